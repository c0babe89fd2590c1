"""Whether every tube of a plate shows the same bead pattern: a tube that does not is refused by
name.
"""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.errors import Mistake, StudyError
from exvivo.quantify.beads.events import Events
from exvivo.quantify.beads.gates import smooth
from exvivo.quantify.beads.groups import medians

SHIFT = 0.35
"""The part of the smallest gap between two populations by which a tube may be moved."""


def shifts_of_tubes(events: Events, scaled: Floats, good: Bools, *, letter_axis: int) -> Floats:
    """How far each tube's bead map must be moved to fit the plate's best (tubes, axes); 0 where it
    fits at rest.

    Correlation of square-root histograms over all axes at once; a move counts when it fits 5 %
    better than none. Tubes with fewer than 50 beads show no pattern and are taken as they stand.
    """
    shape = tuple(64 if axis == letter_axis else 256 for axis in range(scaled.shape[1]))
    tubes, axes = events.tubes.height, tuple(range(1, 1 + len(shape)))
    seen = np.flatnonzero(good)
    low, high = np.quantile(scaled[seen[:: max(1, seen.size // 20_000)]], (0.001, 0.999), axis=0)
    width = np.maximum(high - low, 1e-9) / (0.9 * np.array(shape))
    flat, inside = events.tube[seen], np.ones(seen.size, dtype=bool)
    for axis, cells in enumerate(shape):
        place = np.floor((scaled[seen, axis] - low[axis]) / width[axis] + 0.05 * cells)
        inside &= (place >= 0) & (place < cells)
        flat = flat * cells + np.clip(place, 0, cells - 1).astype(np.int64)
    flat = flat[inside]
    count = (
        np.bincount(flat, minlength=tubes * int(np.prod(shape)))
        .reshape(tubes, *shape)
        .astype(np.float32)
    )
    for axis in axes:
        count = smooth(smooth(count, axis), axis)
    wave = np.fft.rfftn(np.sqrt(count), axes=axes)
    plate = np.fft.rfftn(np.sqrt(count.sum(axis=0)))
    fit = np.fft.irfftn(wave * np.conj(plate), s=shape, axes=axes).reshape(tubes, -1)
    best = np.argmax(fit, axis=1)
    lag = np.stack(np.unravel_index(best, shape), axis=1)
    lag = np.where(lag > np.array(shape) // 2, lag - np.array(shape), lag)
    clear = (fit[np.arange(tubes), best] > 1.05 * fit[:, 0]) & (count.sum(axis=axes) >= 50)
    return np.where(clear[:, None], lag * width, 0.0)


def at_rest(shifts: Floats) -> Bools:
    """Tubes the populations may be looked for in: those not shifted, or all where most are."""
    still = np.asarray((shifts == 0).all(axis=1))
    return still if 2 * still.sum() > len(still) else np.ones(len(still), dtype=bool)


def refuse_shifted(
    events: Events,
    scaled: Floats,
    label: Ints,
    letter: Ints,
    *,
    letter_axis: int,
    shifts: Floats,
    names: tuple[str, ...],
) -> None:
    """Refuse tubes whose pattern must be moved by more than a third of the smallest gap to fit the
    plate's best.

    letter (k,): the letter of each population; letter_axis: the axis that tells letters apart (-1:
    there is none). Raises `StudyError` naming each such tube.
    """
    if not shifts.any():
        return
    gaps = [
        _least_gap(scaled[:, a], label, letter, of_letters=a == letter_axis)
        for a in range(scaled.shape[1])
    ]
    mistakes = [
        Mistake(
            f"plate {events.plate}, well {well} ({source})",
            f"bead populations shifted by {shifts[i, a]:+.2f} against the rest of the plate "
            f"(the nearest two populations are {gaps[a]:.2f} apart, {names[a]})",
            "the same bead pattern in every tube of a plate",
            "check that the tube was read with the settings of its plate; read it again, or leave it out of the layout",
        )
        for i, (well, source) in enumerate(events.tubes.select("well", "source").iter_rows())
        for a in range(len(gaps))
        if abs(shifts[i, a]) > SHIFT * gaps[a]
    ]
    if mistakes:
        raise StudyError(mistakes)


def _least_gap(values: Floats, label: Ints, letter: Ints, *, of_letters: bool) -> float:
    """The smallest distance of neighbours on an axis; six standard deviations where there is only
    one.
    """
    k = len(letter)
    centre = medians(values, label, k)
    if of_letters:
        gaps = np.diff(
            np.sort([np.median(centre[letter == i]) for i in range(int(letter.max()) + 1)])
        )
    else:
        gaps = np.diff(centre)[np.diff(letter) == 0]
    if gaps.size:
        return float(gaps.min())
    return (
        6
        * 1.4826
        * float(np.nanmedian(medians(np.abs(values - centre[np.maximum(label, 0)]), label, k)))
    )
