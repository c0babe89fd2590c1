"""The populations on a map of two classifiers, found before anybody says which bead is which.

A population is a peak of the pooled map. Its prominence is how far one has to go down from it to
come to something higher, on the square root of the smoothed counts, where counting noise is even.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.quantify.beads.groups import medians, members
from exvivo.quantify.beads.modes import CORE, FAR, FOOT, LOOSE, RARE, Peaks, kernel

_CELLS = 160
"""Cells of the map along an axis."""
_WIDTHS: tuple[float, ...] = tuple(np.geomspace(1.0, 5.0, 7).tolist())
"""Standard deviations of the smoothing, in cells."""
_EVENTS = 40_000
_NEARLY_ALL = (0.001, 0.999)
_ROUNDS, _COMPARED = 2, 3
"""Looks after the first; clusters of which one can be told to be unlike the others."""
_HALF_OF_NEIGHBOURS = ((0, 1), (1, -1), (1, 0), (1, 1))
"""Steps to the neighbours of a cell, each pair of neighbours once."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """Populations of a map. label (events,): which one an event belongs to, -1: none. centre
    (clusters, 2): medians. ratio: prominence of the weakest over that of the next peak, at most
    100.
    """

    label: Ints
    centre: Floats
    ratio: float


def find_clusters(values: Floats, scatter: Floats, *, expected: int) -> Clusters:
    """The populations of events (events, 2). No randomness.

    scatter (events, channels): their log scatter. Peaks beyond the `expected` ones are passed over
    where they are less than a quarter as high, hold less than a third of the events of a bead, or
    have a scatter half as wide again as usual: doublets, debris and unlabelled particles. Events
    far from every peak, and those of such particles, are taken out and the map is looked at again,
    for they widen it.
    """
    step = max(1, -(-len(values) // _EVENTS))
    few, logs = values[::step], scatter[::step]
    for _ in range(_ROUNDS):
        label, _ = _peaks(few, expected)(few)
        near = _near(few, label) & _tight(label, logs)
        if near.mean() > 0.999:  # too few to move the ends of the map
            break
        few, logs = few[near], logs[near]
    label, ratio = _peaks(few, expected)(values)
    label = _beads_only(label, scatter, expected)
    label = np.where(_near(values, label), label, -1)
    return Clusters(label, _centres(values, label), ratio)


def _centres(values: Floats, label: Ints) -> Floats:
    """Medians of each cluster on each axis (clusters, axes)."""
    k = int(label.max(initial=-1)) + 1
    return np.stack([medians(column, label, k) for column in values.T], axis=1)


def _near(values: Floats, label: Ints) -> Bools:
    """Events of a cluster within six robust standard deviations of its middle on every axis."""
    centre = _centres(values, label)
    off = np.abs(values - centre[label])
    sd = 1.4826 * _centres(off, label)
    return np.asarray((label >= 0) & (off <= FAR * np.maximum(sd, 1e-6)[label]).all(axis=1))


def _tight(label: Ints, scatter: Floats) -> Bools:
    """Events whose cluster has a scatter like that of the usual cluster, in every channel."""
    return np.append(_tight_clusters(label, scatter), False)[label]


def _tight_clusters(label: Ints, scatter: Floats) -> Bools:
    """Clusters whose scatter is not half as wide again as usual (clusters,); all of them where
    there are too few to compare.
    """
    k = int(label.max(initial=-1)) + 1
    if k < _COMPARED or not scatter.shape[1]:
        return np.ones(k, dtype=bool)
    spread = _spreads(label, scatter, k)
    usual = np.maximum(np.median(spread, axis=0), 1e-9)
    slack = 1 + 2 / np.sqrt(2 * np.maximum(np.bincount(label[label >= 0], minlength=k), 1))
    return np.asarray((spread / usual).max(axis=1) <= LOOSE * slack)


def _spreads(label: Ints, scatter: Floats, k: int) -> Floats:
    """How widely the core of each cluster scatters, in every channel (clusters, channels)."""
    order, ends = members(label, k)
    parts = itertools.starmap(slice, itertools.pairwise(ends))
    return np.array([_core_spread(scatter[order[part]]) for part in parts])


def _core_spread(logs: Floats) -> Floats:
    """The median distance from the median, of the events within two standard deviations."""
    off = np.abs(logs - np.median(logs, axis=0))
    core = _is_core(off)
    return np.asarray(np.median(off[core] if core.any() else off, axis=0))


def _is_core(off: Floats) -> Bools:
    """Events (n,) within two robust standard deviations of the median in every channel; off
    (n, channels): how far each is from it.
    """
    return np.asarray((off <= CORE * 1.4826 * np.median(off, axis=0)).all(axis=1))


def _beads_only(label: Ints, scatter: Floats, expected: int) -> Ints:
    """The clusters without those that are no beads, if that leaves as many as expected."""
    count = np.bincount(label[label >= 0])
    common = count >= RARE * count.sum() / expected
    for kept in (common, _tight_clusters(label, scatter), common & _tight_clusters(label, scatter)):
        if len(count) > expected and kept.sum() == expected:
            new = np.where(kept, np.cumsum(kept) - 1, -1)
            return np.append(new, -1)[label]
    return label


@dataclass(frozen=True, slots=True)
class _Map:
    """A map cut into basins. low, high (2,): its range; basin (cells, cells): the cluster of each
    cell, -1: none; ratio: see `Clusters`.
    """

    low: Floats
    high: Floats
    basin: Ints
    ratio: float

    def __call__(self, values: Floats) -> tuple[Ints, float]:
        """The cluster of each event, and how clear they are."""
        cell = _cells(values, self.low, self.high)
        inside = ((cell >= 0) & (cell < _CELLS)).all(axis=1)
        first, second = np.clip(cell, 0, _CELLS - 1).T
        return np.where(inside, self.basin[first, second], -1), self.ratio


def _cells(values: Floats, low: Floats, high: Floats) -> Ints:
    return np.floor((values - low) / (high - low) * _CELLS).astype(np.int64)


def _peaks(values: Floats, expected: int) -> _Map:
    """The map of the events, by the middle of the widest range of smoothing widths that show as
    many peaks.
    """
    low, high = np.quantile(values, _NEARLY_ALL, axis=0)
    margin = 0.06 * np.maximum(high - low, 1e-9)
    low, high = low - margin, high + margin
    cell = _cells(values, low, high)
    inside = ((cell >= 0) & (cell < _CELLS)).all(axis=1)
    flat = np.ravel_multi_index(tuple(cell[inside].T), (_CELLS, _CELLS))
    count = np.bincount(flat, minlength=_CELLS**2).reshape(_CELLS, _CELLS).astype(np.float64)
    tried = [_hills(_smoothed(count, width)) for width in _WIDTHS]
    hills = tried[_middle_of_longest_run([hills.clear for hills in tried])]
    kept = hills.clear_of_minor(expected)
    return _Map(low, high, hills.basins(kept).reshape(_CELLS, _CELLS), hills.ratio(kept))


def _middle_of_longest_run(numbers: list[int]) -> int:
    """The index in the middle of the longest run of equal numbers; the first of equally long
    ones.
    """
    ends = np.flatnonzero(np.diff([-1, *numbers, -1]))
    longest = int(np.argmax(np.diff(ends)))
    return int(ends[longest] + ends[longest + 1] - 1) // 2


def _smoothed(count: Floats, width: float) -> Floats:
    """The square root of the counts after smoothing along both axes."""
    band = _band(kernel(width))
    return np.sqrt(np.maximum(band @ count @ band.T, 0.0))


def _band(weight: Floats) -> Floats:
    """The matrix (cells, cells) that smooths along an axis: the weights around its diagonal."""
    half_width = len(weight) // 2
    off = np.arange(_CELLS)[:, None] - np.arange(_CELLS)
    place = np.clip(off + half_width, 0, 2 * half_width)
    return np.where(np.abs(off) <= half_width, weight[place], 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hills(Peaks):
    """The peaks of a map. own (cells,): which one lies uphill of a cell, -1 at the foot; into
    (peaks,): the higher one that each runs into.
    """

    own: Ints
    into: Ints

    def ratio(self, count: int) -> float:
        """How much clearer the last of `count` peaks is than the next one."""
        order = np.append(self.prominence[self.falling], 0.0)
        return float(min(order[count - 1] / max(order[count], order[0] * 0.01), 100.0))

    def basins(self, count: int) -> Ints:
        """The cells of the `count` most prominent peaks, those of the others with the one they run
        into (cells,).
        """
        number = np.full(len(self.prominence) + 1, -1)
        number[np.sort(self.falling[:count])] = np.arange(count)
        for peak in self.falling[count:]:  # into is always more prominent
            number[peak] = number[self.into[peak]]
        return number[self.own]


def _hills(height: Floats) -> _Hills:
    own, summit = _uphill(height)
    prominence, into = _merged(height.ravel()[summit], _saddles(height, own))
    return _Hills(own=own, prominence=prominence, into=into)


def _uphill(height: Floats) -> tuple[Ints, Ints]:
    """The peak that lies uphill of each cell (cells,), -1 at the foot; the cell of each peak."""
    padded = np.pad(height, 1, constant_values=-1.0)
    places = np.pad(np.arange(height.size).reshape(height.shape), 1)
    shifts = sorted(np.ndindex(3, 3), key=lambda shift: shift != (1, 1))  # itself first
    rows, columns = height.shape
    windows = [(slice(i, i + rows), slice(j, j + columns)) for i, j in shifts]
    best = np.argmax([padded[window] for window in windows], axis=0)
    upward = np.choose(best, [places[window] for window in windows]).ravel()
    while (upward != upward[upward]).any():
        upward = upward[upward]
    tall = (height >= FOOT * height.max()).ravel()
    summit, number = np.unique(upward[tall], return_inverse=True)
    own = np.full(height.size, -1)
    own[tall] = number
    return own, summit


def _saddles(height: Floats, own: Ints) -> list[tuple[float, int, int]]:
    """The highest pass between each two peaks whose cells meet, the highest first: height, peak,
    peak.
    """
    peaks, whose = int(own.max()) + 1, own.reshape(height.shape)
    passes = np.full(peaks * peaks, -1.0)
    for low, first, second in _meetings(height, whose):
        np.maximum.at(passes, first * peaks + second, low)
    pairs = np.flatnonzero(passes >= 0)
    order = pairs[np.argsort(-passes[pairs], kind="stable")]
    return [(float(passes[pair]), *divmod(int(pair), peaks)) for pair in order]


def _meetings(height: Floats, whose: Ints) -> Iterator[tuple[Floats, Ints, Ints]]:
    """Neighbouring cells of different peaks: the lower height, and the two peaks."""
    rows, columns = height.shape
    for down, right in _HALF_OF_NEIGHBOURS:
        here = (slice(0, rows - down), slice(max(0, -right), columns - max(0, right)))
        there = (slice(down, rows), slice(max(0, right), columns + min(0, right)))
        first, second = whose[here], whose[there]
        meet = (first != second) & (first >= 0) & (second >= 0)
        low = np.minimum(height[here], height[there])[meet]
        yield low, np.minimum(first, second)[meet], np.maximum(first, second)[meet]


def _merged(summit: Floats, saddles: list[tuple[float, int, int]]) -> tuple[Floats, Ints]:
    """Prominence of each peak, and the higher one it runs into as the water falls (-1: none)."""
    prominence, into = summit.copy(), np.full(len(summit), -1)
    for level, *pair in saddles:
        first, second = (_root(into, peak) for peak in pair)
        if first != second:
            low, high = sorted((first, second), key=lambda peak: summit[peak])
            prominence[low], into[low] = summit[low] - level, high
    return prominence, into


def _root(into: Ints, peak: int) -> int:
    while into[peak] >= 0:
        peak = int(into[peak])
    return peak
