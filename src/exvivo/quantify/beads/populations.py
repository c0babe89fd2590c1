"""Which bead an event is: the populations of a whole plate, found once, and every tube held against them.

Populations are never looked for in one tube alone. A tube with few beads of one kind would otherwise be given the
names of its neighbours, which is how a per-file clustering comes to shift every name of a tube by one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from exvivo.errors import Mistake, StudyError
from exvivo.quantify.beads.events import Events
from exvivo.quantify.beads.modes import Array, Modes, find_modes
from exvivo.quantify.beads.panel import Panel

SURE = 0.95
REACH = {1: 9.0, 2: 11.83}
"""Squared distance from a centre within which 99.73 % of a normal population lies, by number of classifiers."""

SCATTER_REACH = 4.0
FITTING_EVENTS = 30_000


@dataclass(frozen=True, slots=True)
class Populations:
    """The populations of a plate, in the order of the panel, on the scale asinh(value / cofactor).

    cofactor (classifiers,); centre (k, classifiers); covariance (k, classifiers, classifiers); share (k,);
    ratio (k,): how clear the weakest peak of a population's axis is, see `Modes`. label (events,): the population of
    each event, -1 for none. drift (tubes, classifiers): how far each tube's centres lie from the plate's (removed).
    """

    cofactor: Array
    centre: Array
    covariance: Array
    share: Array
    ratio: Array
    label: np.ndarray
    drift: Array


def find_populations(events: Events, panel: Panel) -> Populations:
    """Find the populations of a plate and give every event its bead.

    Raises `StudyError` when the number of populations is not the panel's, or when a tube's pattern is shifted against
    the plate's so that its beads could be mistaken for their neighbours.
    """
    cofactor = _cofactor(events.classifier)
    scaled = np.arcsinh(events.classifier / cofactor)
    good = _on_scale(events) & _dense_scatter(events.scatter)
    shifts = _shifts(events, scaled, good)
    label, ratio = _by_modes(scaled, good & _at_rest(shifts)[events.tube], events, panel)
    _refuse_shifted(events, panel, scaled, label, shifts)
    rough = Populations(cofactor, *_moments(scaled, label, len(panel.analytes)), ratio, label, np.zeros((0, 0)))
    picked = np.flatnonzero(good)
    picked = picked[:: max(1, picked.size // FITTING_EVENTS)]
    for _ in range(3):
        members = _assign(scaled[picked], rough)
        rough = replace(rough, **_named(_moments(scaled[picked], members, len(panel.analytes))))
    label = np.where(good, _assign(scaled, rough), -1)
    drift = _drift(scaled, label, events, rough)
    label = np.where(good, _assign(scaled - drift[events.tube], rough), -1)
    return replace(rough, label=_single(events.scatter, label, len(panel.analytes)), drift=drift)


def _cofactor(classifier: Array) -> Array:
    """A fifth of the fifth percentile of the positive values: the scale is a logarithm wherever beads are."""
    return np.array([np.quantile(v[v > 0], 0.05) / 5 if (v > 0).any() else 1.0 for v in classifier.T])


def _on_scale(events: Events) -> np.ndarray:
    """Events not piled up at the end of a scale (ten or more at the very same highest value) in any gating channel."""
    good = np.ones(len(events.tube), dtype=bool)
    for values in (*events.classifier.T, *events.scatter.T):
        top = values == values.max()
        good &= ~top | (top.sum() < 10)
    for values in events.scatter.T:
        good &= values > 0
    return good


def _dense_scatter(scatter: Array, *, cells: int = 64, least: float = 0.02) -> np.ndarray:
    """A loose gate: events where the plate's log scatter is at least 2 % as dense as at its densest."""
    if scatter.shape[1] == 0:
        return np.ones(len(scatter), dtype=bool)
    logs = np.log(np.maximum(scatter, 1e-9))
    low, high = np.quantile(logs, (0.005, 0.995), axis=0)
    cell = np.floor((logs - low) / np.maximum(high - low, 1e-9) * cells).astype(np.int64)
    inside = ((cell >= 0) & (cell < cells)).all(axis=1)
    flat = np.ravel_multi_index(tuple(np.clip(cell, 0, cells - 1).T), (cells,) * cell.shape[1])
    count = np.bincount(flat[inside], minlength=cells ** cell.shape[1]).astype(float)
    grid = count.reshape((cells,) * cell.shape[1])
    for axis in range(grid.ndim):
        grid = _smooth(grid, axis)
    return np.asarray(inside & (grid.ravel()[flat] >= least * grid.max()))


def _smooth(count: Array, axis: int) -> Array:
    return np.asarray(0.5 * count + 0.25 * (np.roll(count, -1, axis) + np.roll(count, 1, axis)))


def _at_rest(shifts: Array) -> np.ndarray:
    """Tubes the populations may be looked for in: those not shifted, or all where most are."""
    still = (shifts == 0).all(axis=1)
    return still if 2 * still.sum() > len(still) else np.ones(len(still), dtype=bool)


def _by_modes(scaled: Array, good: np.ndarray, events: Events, panel: Panel) -> tuple[np.ndarray, Array]:
    """Population of each event by the deepest points between peaks (-1: not looked at), and each one's clarity."""
    if good.sum() < 20 * len(panel.analytes):
        raise StudyError(
            Mistake(f"plate {events.plate}", f"{int(good.sum())} beads in all tubes",
                    f"at least 20 for each of {len(panel.analytes)} populations", "check channel names and files")
        )  # fmt: skip
    letter, label = np.zeros(len(good), dtype=np.int64), np.full(len(good), -1)
    ratios: list[float] = []
    if scaled.shape[1] == 2:
        modes = find_modes(scaled[good, 0], expected=len(panel.counts))
        _expect(modes, len(panel.counts), events, "first classifier", tuple(panel.positions))
        letter = np.searchsorted(modes.cuts, scaled[:, 0])
        ratios = [modes.ratio] * len(panel.analytes)
    first = 0
    for index, count in enumerate(panel.counts):
        mine = letter == index
        names = panel.positions[first : first + count]
        modes = find_modes(scaled[good & mine, -1], expected=count)
        _expect(modes, count, events, "last classifier" if scaled.shape[1] == 2 else "classifier", names)
        label[mine] = first + np.searchsorted(modes.cuts, scaled[mine, -1])
        ratios[first : first + count] = [min([modes.ratio, *ratios[first : first + 1]])] * count
        first += count
    return np.where(good, label, -1), np.array(ratios)


def _expect(modes: Modes, count: int, events: Events, axis: str, names: tuple[str, ...]) -> None:
    if len(modes.at) != count:
        raise StudyError(
            Mistake(
                f"plate {events.plate}, {axis} (beads {', '.join(names)})",
                f"{len(modes.at)} populations, at {', '.join(f'{v:.2f}' for v in modes.at)} (asinh scale)",
                f"{count}, as many as the panel names",
                "name every bead that is in the mixture in the panel, and check the classifier channels",
            )
        )


def _moments(scaled: Array, label: np.ndarray, k: int) -> tuple[Array, Array, Array]:
    """Centre (median), covariance (from median absolute deviations and trimmed correlation) and share of each."""
    centre, covariance, share = np.zeros((k, scaled.shape[1])), np.zeros((k, *[scaled.shape[1]] * 2)), np.zeros(k)
    for i in range(k):
        mine = scaled[label == i]
        centre[i] = np.median(mine, axis=0)
        sd = np.maximum(1.4826 * np.median(np.abs(mine - centre[i]), axis=0), 1e-4)
        near = mine[(np.abs(mine - centre[i]) < 3 * sd).all(axis=1)]
        bend = np.clip(np.corrcoef(near.T)[0, 1], -0.95, 0.95) if scaled.shape[1] == 2 and len(near) > 10 else 0.0
        mixing = np.eye(len(sd)) + np.nan_to_num(bend) * (1 - np.eye(len(sd)))
        covariance[i] = mixing * np.outer(sd, sd)
        share[i] = len(mine)
    return centre, covariance, share / share.sum()


def _named(moments: tuple[Array, Array, Array]) -> dict[str, Array]:
    return dict(zip(("centre", "covariance", "share"), moments, strict=True))


def _assign(scaled: Array, populations: Populations) -> np.ndarray:
    """The population of each event, -1 unless it lies within reach of it and is 95 % sure to belong there."""
    root = np.linalg.inv(np.linalg.cholesky(populations.covariance))
    constant = np.log(populations.share) + np.log(np.abs(np.linalg.det(root)))
    best = np.full(len(scaled), -np.inf)
    label, total, distance = np.full(len(scaled), -1), np.zeros(len(scaled)), np.zeros(len(scaled))
    logs = np.empty((len(constant), len(scaled)))
    for i, (centre, turn) in enumerate(zip(populations.centre, root, strict=True)):
        squared = np.square((scaled - centre) @ turn.T).sum(axis=1)
        logs[i] = constant[i] - 0.5 * squared
        closer = logs[i] > best
        best[closer], label[closer], distance[closer] = logs[i][closer], i, squared[closer]
    total = np.exp(np.maximum(logs - best, -50.0)).sum(axis=0)
    return np.where((total < 1 / SURE) & (distance <= REACH[scaled.shape[1]]), label, -1)


def medians(values: Array, group: np.ndarray, groups: int) -> Array:
    """Median of `values` in each group 0..groups-1 (negative: left out); NaN where a group is empty."""
    kept = group >= 0
    values, group = values[kept], group[kept]
    ordered = values[np.lexsort((values, group))]
    count = np.bincount(group, minlength=groups)
    first = np.cumsum(count) - count
    low, high = (np.clip(first + h, 0, max(len(ordered) - 1, 0)) for h in ((count - 1) // 2, count // 2))
    middle = (ordered[low] + ordered[high]) / 2 if len(ordered) else np.zeros(groups)
    return np.where(count > 0, middle, np.nan)


def _drift(scaled: Array, label: np.ndarray, events: Events, populations: Populations) -> Array:
    """How far the beads of each tube lie from their centres, the median over its beads (tubes, classifiers)."""
    tubes = events.tubes.height
    off = scaled - populations.centre[np.maximum(label, 0)]
    group = np.where(label >= 0, events.tube, -1)
    return np.nan_to_num(np.stack([medians(o, group, tubes) for o in off.T], axis=1))


def _single(scatter: Array, label: np.ndarray, k: int) -> np.ndarray:
    """Leave out events whose log scatter is far from their own population's: doublets, fragments."""
    for values in np.log(np.maximum(scatter, 1e-9)).T:
        middle = medians(values, label, k)
        off = np.abs(values - middle[np.maximum(label, 0)])
        sd = 1.4826 * medians(off, label, k)
        label = np.where(off > SCATTER_REACH * np.maximum(sd, 1e-6)[np.maximum(label, 0)], -1, label)
    return label


def _refuse_shifted(events: Events, panel: Panel, scaled: Array, label: np.ndarray, shifts: Array) -> None:
    """Refuse tubes whose pattern must be moved by more than a third of the smallest gap to fit the plate's best."""
    gaps = [_least_gap(scaled, label, panel, axis) for axis in range(scaled.shape[1])]
    mistakes = [
        Mistake(
            f"plate {events.plate}, well {well} ({source})",
            f"bead populations shifted by {shifts[i, a]:+.2f} against the rest of the plate "
            f"(the nearest two populations are {gaps[a]:.2f} apart, asinh scale, classifier {a + 1})",
            "the same bead pattern in every tube of a plate",
            "check that the tube was read with the settings of its plate; read it again, or leave it out of the layout",
        )
        for i, (well, source) in enumerate(events.tubes.select("well", "source").iter_rows())
        for a in range(len(gaps))
        if abs(shifts[i, a]) > 0.35 * gaps[a]
    ]
    if mistakes:
        raise StudyError(mistakes)


def _least_gap(scaled: Array, label: np.ndarray, panel: Panel, axis: int) -> float:
    """The smallest distance of neighbours on an axis; six standard deviations where there is only one."""
    k = len(panel.analytes)
    centre = medians(scaled[:, axis], label, k)
    letter = np.repeat(np.arange(len(panel.counts)), panel.counts)
    if axis == 0 and scaled.shape[1] == 2:
        centre = np.sort([np.median(centre[letter == i]) for i in range(len(panel.counts))])
        gaps = np.diff(centre)
    else:
        gaps = np.diff(centre)[np.diff(letter) == 0]
    spread = 1.4826 * np.nanmedian(
        medians(np.abs(scaled[:, axis] - medians(scaled[:, axis], label, k)[label]), label, k)
    )
    return float(gaps.min()) if gaps.size else 6 * float(spread)


def _shifts(events: Events, scaled: Array, good: np.ndarray) -> Array:
    """How far each tube's bead map must be moved to fit the plate's best (tubes, classifiers); 0 where it fits at rest.

    Correlation of square-root histograms over all classifiers at once; a move counts when it fits 5 % better than none.
    Tubes with fewer than 50 beads show no pattern and are taken as they stand.
    """
    shape = (256,) if scaled.shape[1] == 1 else (64, 256)
    tubes, axes = events.tubes.height, tuple(range(1, 1 + len(shape)))
    low, high = np.quantile(scaled[good], (0.001, 0.999), axis=0)
    width = np.maximum(high - low, 1e-9) / (0.9 * np.array(shape))
    place = np.floor((scaled - low) / width + 0.05 * np.array(shape)).astype(np.int64)
    inside = good & ((place >= 0) & (place < shape)).all(axis=1)
    flat = np.ravel_multi_index((events.tube[inside], *place[inside].T), (tubes, *shape))
    count = np.bincount(flat, minlength=tubes * int(np.prod(shape))).reshape(tubes, *shape).astype(np.float64)
    for axis in axes:
        count = _smooth(_smooth(count, axis), axis)
    wave = np.fft.rfftn(np.sqrt(count), axes=axes)
    plate = np.fft.rfftn(np.sqrt(count.sum(axis=0)))
    fit = np.fft.irfftn(wave * np.conj(plate), s=shape, axes=axes).reshape(tubes, -1)
    best = np.argmax(fit, axis=1)
    lag = np.stack(np.unravel_index(best, shape), axis=1)
    lag = np.where(lag > np.array(shape) // 2, lag - np.array(shape), lag)
    clear = (fit[np.arange(tubes), best] > 1.05 * fit[:, 0]) & (count.sum(axis=axes) >= 50)
    return np.where(clear[:, None], lag * width, 0.0)
