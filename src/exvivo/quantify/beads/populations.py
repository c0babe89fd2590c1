"""Which bead an event is: the populations of a whole plate, found once, and every tube held against
them.

Populations are never looked for in one tube alone. A tube with few beads of one kind would
otherwise be given the names of its neighbours, which is how a per-file clustering comes to shift
every name of a tube by one.

Model: on the axes of `axes`, the beads of kind i are normal with centre m_i, covariance S_i and
share p_i of the beads. With d_i(x)^2 = (x - m_i)' S_i^-1 (x - m_i) the density of an event at x is

    log p_i - (log det S_i + d_i(x)^2) / 2 + constant                                          (1)
    posterior of i = density of i / sum of all densities                                       (2)

An event is a bead of kind i where (2) is above 0.95 and d_i^2 within `WITHIN`. The steps: peaks of
the classifier distributions give first labels (`modes`), labels give m, S and p by robust moments,
these give labels by (1) and (2), three times over; then each tube's drift from the centres is
removed, and all events are labelled.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.errors import Mistake, StudyError
from exvivo.quantify.beads.agreement import at_rest, refuse_shifted, shifts_of_tubes
from exvivo.quantify.beads.axes import Axes, axes_of
from exvivo.quantify.beads.clusters import find_clusters
from exvivo.quantify.beads.events import Events
from exvivo.quantify.beads.gates import plausible, single
from exvivo.quantify.beads.groups import medians_in_order, members
from exvivo.quantify.beads.labeling import Labeling
from exvivo.quantify.beads.modes import bead_modes, median
from exvivo.quantify.beads.naming import named
from exvivo.quantify.beads.panel import Panel

SURE = 0.95
WITHIN = {1: 9.0, 2: 11.83}
"""Squared distance from a centre within which 99.73 % of a normal population lies, by number of
axes.
"""

FITTING_EVENTS, TUBE_EVENTS = 20_000, 600
"""Events of a plate to find its populations with, and of a tube to find its drift with."""
_FAINT = 12.0
"""Beyond `WITHIN` by this much, a population takes no event from another: its density is below the
other's by exp(-6).
"""
_NAME_EVERY_BEAD = (
    "name every bead that is in the mixture in the panel, and check the classifier channels"
)
_FEWEST = 20
"""Beads of each kind a plate must hold."""
_TRIMMED = 3.0
"""Standard deviations on every axis within which events tell of a correlation."""
_MOST_CORRELATED = 0.95


@dataclass(frozen=True, slots=True)
class Populations:
    """The populations of a plate, in the order of the panel. Axes: asinh(value / cofactor) of each
    classifier, and, where letters are sizes of beads, the size last.

    cofactor (classifiers,); size (scatter channels,): weights of log scatter in the size, empty
    where letters are no sizes; centre (k, axes); covariance (k, axes, axes); share (k,); ratio
    (k,): how clear the weakest peak of a population's axis is, see `Modes`. label (events,): the
    population of each event, -1 for none. drift (tubes, axes): how far each tube's centres lie from
    the plate's (removed). naming: how the positions run, of two classifiers.
    """

    cofactor: Floats
    size: Floats
    centre: Floats
    covariance: Floats
    share: Floats
    ratio: Floats
    label: Ints
    drift: Floats
    naming: Labeling | None


def find_populations(events: Events, panel: Panel) -> Populations:
    """Find the populations of a plate and give every event its bead. No randomness.

    Raises `StudyError` when the number of populations is not the panel's, or when a tube's pattern
    is shifted against the plate's so that its beads could be mistaken for their neighbours.
    """
    good = plausible(events)
    axes = axes_of(events, panel, good)
    shifts = shifts_of_tubes(axes, good)
    label, ratio, naming = _first_labels(axes, panel, good, at_rest(shifts))
    refuse_shifted(axes, label, panel, shifts)
    # The events that may be beads, rising along the first axis as `_assign` wants them.
    order = np.flatnonzero(good)
    order = order[np.argsort(axes.values[order, 0])]
    shape = _settled_shape(axes, panel, label, order[:: max(1, order.size // FITTING_EVENTS)])
    most = max(FITTING_EVENTS, TUBE_EVENTS * events.tubes.height)
    drift = _drift(axes, shape, order[:: max(1, order.size // most)])
    return Populations(
        cofactor=axes.cofactor,
        size=axes.size,
        centre=shape.centre,
        covariance=shape.covariance,
        share=shape.share,
        ratio=ratio,
        label=single(events, _final_label(axes, shape, order, drift), len(panel.analytes)),
        drift=drift,
        naming=naming,
    )


def _settled_shape(axes: Axes, panel: Panel, label: Ints, sample: Ints) -> _Shape:
    """Moments and labels in turn, from the first labels of the sampled events."""
    values, k = axes.values[sample], len(panel.analytes)
    shape = _moments(values, label[sample], k)
    for _ in range(3):
        shape = _moments(values, _assign(values, shape), k)
        _refuse_swallowed(shape, axes.events, panel)
    return shape


def _drift(axes: Axes, shape: _Shape, part: Ints) -> Floats:
    """How far the beads of each tube lie from their centres, the median over its beads (tubes,
    axes).
    """
    values, tube = axes.values[part], axes.events.tube[part]
    label = _assign(values, shape)
    off = values - shape.centre[label]
    order, ends = members(np.where(label >= 0, tube, -1), axes.events.tubes.height)
    return np.nan_to_num(_medians_of_columns(off[order], ends))


def _medians_of_columns(values: Floats, ends: Ints) -> Floats:
    return np.stack([medians_in_order(column, ends) for column in values.T], axis=1)


def _final_label(axes: Axes, shape: _Shape, order: Ints, drift: Floats) -> Ints:
    """The population of every event, each tube's drift removed; -1 for events not in `order`."""
    label = np.full(len(axes.values), -1)
    values = axes.values[order] - drift[axes.events.tube[order]]
    label[order] = _assign(values, shape, loose=float(np.ptp(drift[:, 0])))
    return label


def _first_labels(
    axes: Axes, panel: Panel, good: Bools, still: Bools
) -> tuple[Ints, Floats, Labeling | None]:
    """Population of each event by peaks (-1: not looked at), each one's clarity, and how the
    positions of two classifiers run. `still`: tubes that are looked at.
    """
    if len(still) == axes.events.tubes.height:
        good = good & still[axes.events.tube]
    if good.sum() < _FEWEST * len(panel.analytes):
        raise StudyError(_too_few(axes.events, int(good.sum()), len(panel.analytes)))
    looked_at, label = np.flatnonzero(good), np.full(len(good), -1)
    if axes.dyes == 2:
        label[looked_at], clarity, naming = _named_clusters(axes, panel, looked_at)
        return label, np.full(len(panel.analytes), clarity), naming
    return (*_by_modes(axes, panel, looked_at, label), None)


def _by_modes(axes: Axes, panel: Panel, looked_at: Ints, label: Ints) -> tuple[Ints, Floats]:
    """Population of each event by the deepest points between peaks, written into `label`, and each
    one's clarity.
    """
    letter, letter_ratio = _letters(axes, panel, looked_at)
    ratios: list[float] = []
    for index, count in enumerate(panel.counts):
        own, first = looked_at[letter == index], len(ratios)
        shares = np.full(count, 1 / count)
        positions = panel.positions[first : first + count]
        bead, ratio = _peaks(axes, 0, own, shares, positions)
        label[own] = np.where(bead >= 0, first + bead, -1)
        ratios += [min(ratio, letter_ratio)] * count
    return label, np.array(ratios)


def _letters(axes: Axes, panel: Panel, looked_at: Ints) -> tuple[Ints, float]:
    """The letter of each of the events looked at, and how clear they are; 0 where there are no
    letters.
    """
    if axes.size_axis < 0:
        return np.zeros(looked_at.size, dtype=np.int64), np.inf
    return _peaks(axes, axes.size_axis, looked_at, panel.shares, panel.positions)


def _named_clusters(axes: Axes, panel: Panel, looked_at: Ints) -> tuple[Ints, float, Labeling]:
    """The bead of each event on the map of two classifiers (-1: none), how clear the populations
    are, and how positions run. Raises `StudyError` where they are not as many as the beads, or
    their names are in doubt.
    """
    values, scatter = axes.values[looked_at], np.log(axes.events.scatter[looked_at][:, :2])
    clusters = find_clusters(values, scatter, expected=len(panel.analytes))
    log10 = clusters.centre / np.log(10) + np.log10(axes.cofactor / 2)
    if len(log10) != len(panel.analytes):
        raise StudyError(_other_count(axes.events, log10, panel))
    channels = axes.events.channels
    naming = named(log10, panel, plate=axes.events.plate, channels=channels)
    bead = np.append(np.argsort(naming.order), -1)
    return bead[clusters.label], clusters.ratio, naming


def _other_count(events: Events, log10: Floats, panel: Panel) -> Mistake:
    at = "; ".join(" and ".join(f"{10**value:.3g}" for value in place) for place in log10)
    return Mistake(
        f"plate {events.plate}, {' and '.join(events.channels)} "
        f"(beads {', '.join(panel.positions)})",
        f"{len(log10)} populations, at {at}",
        f"{len(panel.analytes)}, as many as the panel names",
        _NAME_EVERY_BEAD,
    )


def _peaks(
    axes: Axes, axis: int, looked_at: Ints, shares: Floats, positions: tuple[str, ...]
) -> tuple[Ints, float]:
    """The peak of each event on an axis (-1: none) and how clear they are. Raises `StudyError`
    where they are not as many as `shares`.
    """
    scatter = axes.events.scatter[looked_at]
    if axis == axes.size_axis:
        scatter = scatter[:, :0]  # a size is itself made of scatter
    values = axes.values[looked_at, axis]
    modes, peak = bead_modes(values, np.log(scatter), shares=shares)
    if len(modes.at) != len(shares):
        place = f"plate {axes.events.plate}, {axes.names[axis]} (beads {', '.join(positions)})"
        at = ", ".join(f"{value:.2f}" for value in modes.at)
        raise StudyError(
            Mistake(
                place,
                f"{len(modes.at)} populations, at {at}",
                f"{len(shares)}, as many as the panel names",
                _NAME_EVERY_BEAD,
            )
        )
    return peak, modes.ratio


def _too_few(events: Events, beads: int, populations: int) -> Mistake:
    return Mistake(
        f"plate {events.plate}",
        f"{beads} beads in all tubes",
        f"at least {_FEWEST} for each of {populations} populations",
        "check channel names and files",
    )


def _refuse_swallowed(shape: _Shape, events: Events, panel: Panel) -> None:
    """A population that keeps no event of its own cannot be told from its neighbours."""
    swallowed = np.array(panel.positions)[~(shape.share > 0)].tolist()
    if swallowed:
        raise StudyError(_swallowed(events, swallowed))


def _swallowed(events: Events, positions: list[str]) -> Mistake:
    return Mistake(
        f"plate {events.plate}, beads {', '.join(positions)}",
        "no event that is 95 % sure to be one of them",
        "populations that stand apart",
        "check the classifier channels and the settings of the instrument",
    )


@dataclass(frozen=True, slots=True)
class _Shape:
    """Centre m (k, axes), covariance S (k, axes, axes) and share p (k,) of the populations."""

    centre: Floats
    covariance: Floats
    share: Floats


def _moments(values: Floats, label: Ints, k: int) -> _Shape:
    """Centre (median), covariance (from median absolute deviations and trimmed correlation) and
    share of each.

    A population without events has a share of 0 and no more.
    """
    axes = values.shape[1]
    centre, covariance = np.zeros((k, axes)), np.zeros((k, axes, axes))
    order, ends = members(label, k)
    columns = [np.ascontiguousarray(column) for column in values[order].T]
    for i, (start, stop) in enumerate(itertools.pairwise(ends.tolist())):
        if stop > start:
            own = [column[start:stop] for column in columns]
            centre[i], covariance[i] = _robust_moments(own)
    share = np.diff(ends).astype(np.float64)
    return _Shape(centre, covariance, share / share.sum())


def _robust_moments(columns: list[Floats]) -> tuple[Floats, Floats]:
    """Centre (axes,) and covariance (axes, axes) of one population; a column an axis."""
    centre = np.array([median(values) for values in columns])
    off = [values - middle for values, middle in zip(columns, centre, strict=True)]
    sd = np.maximum([1.4826 * median(np.abs(values)) for values in off], 1e-4)
    return centre, _correlation(off, sd) * np.outer(sd, sd)


def _correlation(off: list[Floats], sd: Floats) -> Floats:
    """The correlation matrix of distances from a centre, from those within three standard
    deviations on every axis.
    """
    if len(off) == 1:
        return np.ones((1, 1))
    scaled = np.stack(off) / sd[:, None]
    near = scaled.compress((np.abs(scaled) < _TRIMMED).all(axis=0), axis=1)
    if near.shape[1] <= 10:
        return np.eye(2)
    first, second = near - near.mean(axis=1, keepdims=True)
    size = np.sqrt((first @ first) * (second @ second))
    r = min(max(float(first @ second / max(size, 1e-12)), -_MOST_CORRELATED), _MOST_CORRELATED)
    return np.array([[1.0, r], [r, 1.0]])


def _assign(values: Floats, shape: _Shape, *, loose: float = 0.0) -> Ints:
    """The population of each event, -1 unless it lies within reach of it and is 95 % sure to belong
    there.

    `values` must rise along the first axis, give or take `loose`: each population is then held only
    against the events it could take or contest.
    """
    events, within = len(values), WITHIN[values.shape[1]]
    best, distance = np.full(events, -np.inf), np.full(events, np.inf)
    label, total = np.full(events, -1), np.zeros(events)
    contests = list(_contests(values, shape, _windows(values, shape, loose)))
    for i, (window, log_density, squared) in enumerate(contests):
        closer = log_density > best[window]
        np.copyto(best[window], log_density, where=closer)
        np.copyto(label[window], i, where=closer)
        np.copyto(distance[window], squared, where=closer)
    # Equation (2): one over the posterior of the best.
    for window, log_density, _ in contests:
        total[window] += np.exp(np.maximum(log_density - best[window], -50.0))
    return np.where((total < 1 / SURE) & (distance <= within), label, -1)


def _windows(values: Floats, shape: _Shape, loose: float) -> list[slice]:
    """The events that each population could take or contest."""
    variance = shape.covariance[:, 0, 0]
    half_width = np.sqrt((WITHIN[values.shape[1]] + _FAINT) * variance) + loose
    rising = np.maximum.accumulate(values[:, 0]) if loose else values[:, 0]
    starts, stops = (
        np.searchsorted(rising, shape.centre[:, 0] + side * half_width) for side in (-1, 1)
    )
    return [slice(start, stop) for start, stop in zip(starts, stops, strict=True)]


def _contests(
    values: Floats, shape: _Shape, windows: list[slice]
) -> Iterator[tuple[slice, Floats, Floats]]:
    """Of each population the events of its window: equation (1), and the squared distance d^2 by
    the inverse of the Cholesky root of S.
    """
    turns = np.linalg.inv(np.linalg.cholesky(shape.covariance))
    constants = np.log(shape.share) + np.log(np.abs(np.linalg.det(turns)))
    columns = [np.ascontiguousarray(column) for column in values.T]
    for window, turn, constant, centre in zip(windows, turns, constants, shape.centre, strict=True):
        off = [column[window] - middle for column, middle in zip(columns, centre, strict=True)]
        squared = np.square(turn[0, 0] * off[0])
        if len(off) == 2:
            squared += np.square(turn[1, 0] * off[0] + turn[1, 1] * off[1])
        yield window, constant - 0.5 * squared, squared
