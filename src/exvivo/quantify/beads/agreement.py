"""Whether every tube of a plate shows the same bead pattern: a tube that does not is refused by
name.
"""

from __future__ import annotations

import itertools

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.errors import Mistake, StudyError
from exvivo.quantify.beads.axes import Axes
from exvivo.quantify.beads.gates import Counts, range_of, smooth
from exvivo.quantify.beads.groups import medians
from exvivo.quantify.beads.panel import Panel
from exvivo.words import signed

SHIFT = 0.35
"""The part of the smallest gap between two populations by which a tube may be moved."""
_BETTER = 1.05
"""A move counts when it fits this many times as well as none."""
_FEWEST = 50
"""Beads of a tube that show a pattern."""
_FINE, _COARSE, _EVEN = 256, 64, 128
"""Cells of a histogram along an axis; along the axis of sizes; along each of two classifiers."""


def shifts_of_tubes(axes: Axes, good: Bools) -> Floats:
    """How far each tube's bead map must be moved to fit the plate's best (tubes, axes); 0 where it
    fits at rest.

    Correlation of square-root histograms over all axes at once; a move counts when it fits 5 %
    better than none. Tubes with fewer than 50 beads show no pattern and are taken as they stand.
    """
    if not good.any():
        return np.zeros((1, 1))
    count, width = _histograms(axes, np.flatnonzero(good))
    return np.asarray(_best_lags(count) * width)


def _histograms(axes: Axes, seen: Ints) -> tuple[Counts, Floats]:
    """Smoothed histograms of the `seen` events of each tube (tubes, cells of each axis), and the
    width of a cell on each axis.
    """
    cells = np.array([_EVEN] * 2 if axes.dyes == 2 else [_FINE, _COARSE][: axes.count])
    values, tube = axes.values[seen], axes.events.tube[seen]
    low, high = range_of(values, 0.001)
    width = np.maximum(high - low, 1e-9) / (0.9 * cells)
    place = np.floor((values - low) / width + 0.05 * cells)
    inside = ((place >= 0) & (place < cells)).all(axis=1)
    shape = (axes.events.tubes.height, *cells.tolist())
    flat = np.ravel_multi_index((tube[inside], *place[inside].astype(np.int64).T), shape)
    count: Counts = np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape)
    count = count.astype(np.float32)
    for axis in range(1, count.ndim):
        count = smooth(smooth(count, axis), axis)
    return count, width


def _best_lags(count: Counts) -> Ints:
    """By how many cells each tube's histogram must be moved to fit the plate's (tubes, axes)."""
    tubes, *shape = count.shape
    axes = tuple(range(1, count.ndim))
    # Cross correlation by the Fourier transform: the lag with the greatest sum of products.
    wave = np.fft.rfftn(np.sqrt(count), axes=axes)
    plate = np.fft.rfftn(np.sqrt(count.sum(axis=0)))
    fit = np.fft.irfftn(wave * np.conj(plate), s=shape, axes=axes).reshape(tubes, -1)
    best = np.argmax(fit, axis=1)
    lag = np.stack(np.unravel_index(best, shape), axis=1)
    lag = np.where(lag > np.array(shape) // 2, lag - np.array(shape), lag)
    enough = count.sum(axis=axes) >= _FEWEST
    clear = enough & (fit[np.arange(tubes), best] > _BETTER * fit[:, 0])
    return np.where(clear[:, None], lag, 0)


def at_rest(shifts: Floats) -> Bools:
    """Tubes the populations may be looked for in: those not shifted, or all where most are."""
    still = np.asarray((shifts == 0).all(axis=1))
    return still if 2 * still.sum() > len(still) else np.ones(len(still), dtype=bool)


def refuse_shifted(axes: Axes, label: Ints, panel: Panel, shifts: Floats) -> None:
    """Refuse tubes whose pattern must be moved by more than a third of the smallest gap to fit the
    plate's best. Raises `StudyError` naming each such tube.
    """
    if not shifts.any():
        return
    gaps = _least_gaps(axes, label, panel)
    far = np.argwhere(np.abs(shifts) > SHIFT * np.array(gaps))
    mistakes = [_shifted(axes, tube, axis, shifts[tube, axis], gaps[axis]) for tube, axis in far]
    if mistakes:
        raise StudyError(mistakes)


def _shifted(axes: Axes, tube: int, axis: int, shift: float, gap: float) -> Mistake:
    well, source = axes.events.tubes.select("well", "source").row(tube)
    return Mistake(
        f"plate {axes.events.plate}, well {well} ({source})",
        f"bead populations shifted by {signed(shift)} against the rest of the plate "
        f"(the nearest two populations are {gap:.2f} apart, {axes.names[axis]})",
        "the same bead pattern in every tube of a plate",
        "check that the tube was read with the settings of its plate; read it again, "
        "or leave it out of the layout",
    )


def _least_gaps(axes: Axes, label: Ints, panel: Panel) -> list[float]:
    """The smallest distance of neighbours on each axis; six standard deviations where there is only
    one.
    """
    k = len(panel.analytes)
    centre = np.stack([medians(values, label, k) for values in axes.values.T], axis=1)
    gaps = _gaps_of_pairs(centre) if axes.dyes == 2 else _gaps_of_sizes(centre, axes, panel)
    off = np.abs(axes.values - centre[np.maximum(label, 0)])
    return [
        min(gap, default=6 * 1.4826 * float(np.nanmedian(medians(off[:, axis], label, k))))
        for axis, gap in enumerate(gaps)
    ]


def _gaps_of_pairs(centre: Floats) -> list[list[float]]:
    """The distances of all pairs of populations, each on the axis on which the two are farther
    apart: a tube must be moved as far there for one to be taken for the other.
    """
    gaps: list[list[float]] = [[], []]
    for first, second in itertools.combinations(centre, 2):
        apart = np.abs(first - second)
        gaps[int(np.argmax(apart))].append(float(apart.max()))
    return gaps


def _gaps_of_sizes(centre: Floats, axes: Axes, panel: Panel) -> list[list[float]]:
    """The distances of neighbours of one size, and those of sizes."""
    letter = panel.letter_of
    gaps = [np.diff(centre[:, 0])[np.diff(letter) == 0].tolist()]
    if axes.size_axis > 0:
        gaps.append(np.diff(_sizes(centre[:, 1], letter)).tolist())
    return gaps


def _sizes(size: Floats, letter: Ints) -> Floats:
    """The median size of the beads of each letter (letters,), rising."""
    return np.sort([np.median(size[letter == i]) for i in range(int(letter.max()) + 1)])
