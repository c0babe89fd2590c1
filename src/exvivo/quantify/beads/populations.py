"""Which bead an event is: the populations of a whole plate, found once, and every tube held against
them.

Populations are never looked for in one tube alone. A tube with few beads of one kind would
otherwise be given the names of its neighbours, which is how a per-file clustering comes to shift
every name of a tube by one.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.errors import Mistake, StudyError
from exvivo.quantify.beads.agreement import at_rest, refuse_shifted, shifts_of_tubes
from exvivo.quantify.beads.events import Events
from exvivo.quantify.beads.gates import plausible, single
from exvivo.quantify.beads.groups import medians_in_order, members
from exvivo.quantify.beads.modes import Modes, bead_modes, median
from exvivo.quantify.beads.panel import Panel
from exvivo.quantify.beads.size import size_axis

SURE = 0.95
REACH = {1: 9.0, 2: 11.83}
"""Squared distance from a centre within which 99.73 % of a normal population lies, by number of
axes.
"""

FITTING_EVENTS, TUBE_EVENTS = 20_000, 600
"""Events of a plate to find its populations with, and of a tube to find its drift with."""
_FAINT = 12.0
"""Beyond `REACH` by this much, a population takes no event from another: its density is below the
other's by exp(-6).
"""


@dataclass(frozen=True, slots=True)
class Populations:
    """The populations of a plate, in the order of the panel. Axes: asinh(value / cofactor) of each
    classifier, and, where letters are sizes of beads, the size last.

    cofactor (classifiers,); size (scatter channels,): weights of log scatter in the size, empty
    where letters are no sizes; centre (k, axes); covariance (k, axes, axes); share (k,); ratio
    (k,): how clear the weakest peak of a population's axis is, see `Modes`. label (events,): the
    population of each event, -1 for none. drift (tubes, axes): how far each tube's centres lie from
    the plate's (removed).
    """

    cofactor: Floats
    size: Floats
    centre: Floats
    covariance: Floats
    share: Floats
    ratio: Floats
    label: Ints
    drift: Floats


def find_populations(events: Events, panel: Panel) -> Populations:
    """Find the populations of a plate and give every event its bead. No randomness.

    Raises `StudyError` when the number of populations is not the panel's, or when a tube's pattern
    is shifted against the plate's so that its beads could be mistaken for their neighbours.
    """
    k, good = len(panel.analytes), plausible(events)
    cofactor = _cofactor(events.classifier)
    size = (
        size_axis(events.scatter[good], panel.shares)
        if _sized(panel) and good.any()
        else np.zeros(0)
    )
    scaled = _scaled(events, cofactor, size)
    letters = 1 if size.size else 0 if scaled.shape[1] == 2 else -1
    shifts = (
        shifts_of_tubes(events, scaled, good, letter_axis=letters)
        if good.any()
        else np.zeros((1, 1))
    )
    label, ratio = _by_modes(scaled, good, at_rest(shifts), events, panel, letters)
    refuse_shifted(
        events,
        scaled,
        label,
        panel.letter_of,
        letter_axis=letters,
        shifts=shifts,
        names=_names(events, letters),
    )
    number = 0 if letters != 0 or scaled.shape[1] == 1 else 1
    order = np.flatnonzero(good)
    order = order[np.argsort(scaled[order, number])]
    sample = order[:: max(1, order.size // FITTING_EVENTS)]
    rough = _Shape(*_moments(scaled[sample], label[sample], k))
    few = scaled[sample]
    for _ in range(3):
        rough = _Shape(*_moments(few, _assign(few, rough, number), k))
        _refuse_swallowed(rough, events, panel)
    part = order[:: max(1, order.size // max(FITTING_EVENTS, TUBE_EVENTS * events.tubes.height))]
    drift = _drift(
        scaled[part],
        _assign(scaled[part], rough, number),
        events.tube[part],
        rough.centre,
        events.tubes.height,
    )
    followed = scaled[order] - drift[events.tube[order]]
    label = _back(
        order, _assign(followed, rough, number, loose=np.ptp(drift[:, number])), len(good)
    )
    found = Populations(
        cofactor, size, rough.centre, rough.covariance, rough.share, ratio, label, drift
    )
    return replace(found, label=single(events, label, k))


def _sized(panel: Panel) -> bool:
    """Whether letters are sizes of beads, and there are several."""
    return panel.by_size and len(panel.counts) > 1


def _cofactor(classifier: Floats) -> Floats:
    """A fifth of the fifth percentile of the positive values: the scale is a logarithm wherever
    beads are.
    """
    step = max(1, len(classifier) // FITTING_EVENTS)
    few = (v[v > 0] for v in classifier[::step].T)
    return np.array([np.quantile(v, 0.05) / 5 if len(v) else 1.0 for v in few])


def _scaled(events: Events, cofactor: Floats, size: Floats) -> Floats:
    classifier = np.arcsinh(events.classifier / cofactor)
    if not size.size:
        return classifier
    logs = np.log(np.maximum(events.scatter[:, : len(size)], 1e-9))
    return np.concatenate([classifier, (logs @ size)[:, None]], axis=1)


def _names(events: Events, letters: int) -> tuple[str, ...]:
    """What each axis is, in words."""
    classifiers = tuple(f"asinh scale of {channel}" for channel in events.channels)
    return (*classifiers, "bead size by scatter") if letters == 1 else classifiers


def _by_modes(
    scaled: Floats, good: Bools, still: Bools, events: Events, panel: Panel, letters: int
) -> tuple[Ints, Floats]:
    """Population of each event by the deepest points between peaks (-1: not looked at), and each
    one's clarity.
    """
    good = good & still[events.tube] if len(still) == events.tubes.height else good
    if good.sum() < 20 * len(panel.analytes):
        raise StudyError(
            Mistake(
                f"plate {events.plate}",
                f"{int(good.sum())} beads in all tubes",
                f"at least 20 for each of {len(panel.analytes)} populations",
                "check channel names and files",
            )
        )
    letter, label = np.zeros(len(good), dtype=np.int64), np.full(len(good), -1)
    ratios: list[float] = []
    names = _names(events, letters)
    seen = np.flatnonzero(good)
    logs = np.log(events.scatter[seen])
    if letters >= 0:
        modes, letter[seen] = bead_modes(
            scaled[seen, letters], logs[:, : 2 * (letters == 0)], shares=panel.shares
        )
        _expect(modes, len(panel.counts), events, names[letters], panel.positions)
        ratios = [modes.ratio] * len(panel.analytes)
    number = 1 if letters == 0 else 0
    first = 0
    for index, count in enumerate(panel.counts):
        inside = letter[seen] == index
        mine = seen[inside]
        modes, bead = bead_modes(
            scaled[mine, number], logs[inside], shares=np.full(count, 1 / count)
        )
        _expect(modes, count, events, names[number], panel.positions[first : first + count])
        label[mine] = np.where(bead >= 0, first + bead, -1)
        ratios[first : first + count] = [min([modes.ratio, *ratios[first : first + 1]])] * count
        first += count
    return label, np.array(ratios)


def _expect(modes: Modes, count: int, events: Events, axis: str, names: tuple[str, ...]) -> None:
    if len(modes.at) != count:
        raise StudyError(
            Mistake(
                f"plate {events.plate}, {axis} (beads {', '.join(names)})",
                f"{len(modes.at)} populations, at {', '.join(f'{v:.2f}' for v in modes.at)}",
                f"{count}, as many as the panel names",
                "name every bead that is in the mixture in the panel, and check the classifier channels",
            )
        )


def _refuse_swallowed(shape: _Shape, events: Events, panel: Panel) -> None:
    """A population that keeps no event of its own cannot be told from its neighbours."""
    lost = [
        position
        for position, share in zip(panel.positions, shape.share, strict=True)
        if not share > 0
    ]
    if lost:
        raise StudyError(
            Mistake(
                f"plate {events.plate}, beads {', '.join(lost)}",
                "no event that is 95 % sure to be one of them",
                "populations that stand apart",
                "check the classifier channels and the settings of the instrument",
            )
        )


@dataclass(frozen=True, slots=True)
class _Shape:
    """Centre (k, axes), covariance (k, axes, axes) and share (k,) of the populations."""

    centre: Floats
    covariance: Floats
    share: Floats


def _moments(scaled: Floats, label: Ints, k: int) -> tuple[Floats, Floats, Floats]:
    """Centre (median), covariance (from median absolute deviations and trimmed correlation) and
    share of each.

    A population without events has a share of 0 and no more.
    """
    axes = scaled.shape[1]
    centre, covariance = np.zeros((k, axes)), np.zeros((k, axes, axes))
    order, ends = members(label, k)
    columns = [np.ascontiguousarray(column) for column in scaled[order].T]
    for i, (start, stop) in enumerate(itertools.pairwise(ends.tolist())):
        if stop == start:
            continue
        mine = [column[start:stop] for column in columns]
        centre[i] = [median(values) for values in mine]
        off = [values - middle for values, middle in zip(mine, centre[i], strict=True)]
        sd = np.maximum([1.4826 * median(np.abs(values)) for values in off], 1e-4)
        covariance[i] = _mixing(off, sd) * np.outer(sd, sd)
    share = np.diff(ends).astype(np.float64)
    return centre, covariance, share / share.sum()


def _mixing(off: list[Floats], sd: Floats) -> Floats:
    """The correlation matrix of distances from a centre, from those within three standard
    deviations on every axis.
    """
    if len(off) == 1:
        return np.ones((1, 1))
    first, second = off[0] / sd[0], off[1] / sd[1]
    near = (np.abs(first) < 3) & (np.abs(second) < 3)
    first, second = first[near] - first[near].mean(), second[near] - second[near].mean()
    bend = (
        float(first @ second / max(np.sqrt((first @ first) * (second @ second)), 1e-12))
        if near.sum() > 10
        else 0.0
    )
    bend = min(max(bend, -0.95), 0.95)
    return np.array([[1.0, bend], [bend, 1.0]])


def _assign(scaled: Floats, shape: _Shape, number: int, *, loose: float = 0.0) -> Ints:
    """The population of each event, -1 unless it lies within reach of it and is 95 % sure to belong
    there.

    `scaled` must rise along the axis `number`, give or take `loose`: each population is then held
    only against the events it could take or contest.
    """
    reach = REACH[scaled.shape[1]]
    turns = np.linalg.inv(np.linalg.cholesky(shape.covariance))
    constants = np.log(shape.share) + np.log(np.abs(np.linalg.det(turns)))
    wide = np.sqrt((reach + _FAINT) * shape.covariance[:, number, number]) + loose
    rising = np.maximum.accumulate(scaled[:, number]) if loose else scaled[:, number]
    starts, stops = (
        np.searchsorted(rising, shape.centre[:, number] + side * wide) for side in (-1, 1)
    )
    best, distance = np.full(len(scaled), -np.inf), np.full(len(scaled), np.inf)
    label, total = np.full(len(scaled), -1), np.zeros(len(scaled))
    columns = [np.ascontiguousarray(column) for column in scaled.T]
    held = []
    for i, (start, stop) in enumerate(zip(starts, stops, strict=True)):
        part = slice(start, stop)
        off = [
            column[part] - middle for column, middle in zip(columns, shape.centre[i], strict=True)
        ]
        squared = np.square(turns[i, 0, 0] * off[0])
        if len(off) == 2:
            squared += np.square(turns[i, 1, 0] * off[0] + turns[i, 1, 1] * off[1])
        logs = constants[i] - 0.5 * squared
        closer = logs > best[part]
        np.copyto(best[part], logs, where=closer)
        np.copyto(label[part], i, where=closer)
        np.copyto(distance[part], squared, where=closer)
        held.append((part, logs))
    for part, logs in held:
        total[part] += np.exp(np.maximum(logs - best[part], -50.0))
    return np.where((total < 1 / SURE) & (distance <= reach), label, -1)


def _back(order: Ints, label: Ints, events: int) -> Ints:
    """Labels in the order of the events; -1 for events that were not looked at."""
    whole = np.full(events, -1)
    whole[order] = label
    return whole


def _drift(scaled: Floats, label: Ints, tube: Ints, centre: Floats, tubes: int) -> Floats:
    """How far the beads of each tube lie from their centres, the median over its beads (tubes,
    axes).
    """
    order, ends = members(np.where(label >= 0, tube, -1), tubes)
    off = scaled[order] - centre[label[order]]
    return np.nan_to_num(np.stack([medians_in_order(column, ends) for column in off.T], axis=1))
