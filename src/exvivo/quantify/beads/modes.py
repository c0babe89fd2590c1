"""Where the peaks of a pooled classifier distribution stand, and which of them count."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from exvivo.arrays import Bools, Floats, Ints

BINS = 512
CLEAR = 0.2
"""A peak counts when its prominence on the square-root scale is a fifth of the largest: one with 4
% of its height.
"""
MINOR = 2.0
"""A peak this many times as prominent (square-root scale; four times as high) as the next makes
that one a side issue.
"""
RARE = 1 / 3
FOOT = 0.03
"""Peaks below this part of the highest (square-root scale) are not looked at: their prominence
cannot matter.
"""
LOOSE = 1.5
"""A peak whose scatter is spread this many times as wide as that of the usual peak is no bead."""
FAR = 6.0
"""Standard deviations from its peak beyond which an event says nothing of where peaks are."""
CORE = 2.0
"""Standard deviations around its peak within which its scatter is looked at: beyond, neighbours and
doublets mix in.
"""
_NEARLY_ALL = (0.001, 0.999)
_ROUNDS, _FEW, _COMPARED = 2, 6_000, 3
"""Looks after the first; events looked at; peaks of which one can be told to be unlike the
others.
"""

_WIDTHS: tuple[float, ...] = tuple(np.geomspace(1.2, 10.0, 10).tolist())


def median(values: Floats) -> float:
    """The median of a row of finite numbers, without what makes `numpy.median` slow on short
    ones.
    """
    high = len(values) // 2
    low = high - 1 + len(values) % 2
    ordered = np.partition(values, (low, high))
    return 0.5 * float(ordered[low] + ordered[high])


@dataclass(frozen=True, slots=True)
class Modes:
    """Peaks in ascending order, the cuts between them, and how clear they are.

    at (k,): where they stand. cuts (k - 1,): the deepest points between. ratio: prominence of the
    weakest peak that counts over that of the strongest that does not (at most 100), on the
    square-root scale, where noise is even.
    """

    at: Floats
    cuts: Floats
    ratio: float

    def label(self, values: Floats) -> Ints:
        """The peak each value lies at (values,)."""
        return np.searchsorted(self.cuts, values)

    def share(self, values: Floats) -> Floats:
        """The part of the values at each peak (k,)."""
        counts = np.bincount(self.label(values), minlength=len(self.at))
        return np.asarray(counts / max(len(values), 1))

    def only(self, peaks: Ints) -> Modes:
        """Some of the peaks, in their order."""
        return Modes(self.at[peaks], self.cuts[peaks[1:] - 1], self.ratio)


def find_modes(values: Floats, *, expected: int) -> Modes:
    """The peaks of a smoothed histogram of `values`, as many as persist over the widest range of
    smoothing widths.

    Widths run from 0.25 to 2 % of the range. The square root of the density is used, on which
    counting noise is even and a small population stands out as one should. Where there are more
    peaks than `expected`, and the rest are less than a quarter as high as the weakest expected one,
    the rest are passed over: doublets and debris, for beads of a mixture come in like numbers. No
    randomness.
    """
    edges = _edges(values)
    count = np.histogram(values, BINS, (edges[0], edges[-1]))[0].astype(float)
    peaks = _steadiest_peaks(count)
    return peaks.modes(peaks.clear_of_minor(expected), (edges[:-1] + edges[1:]) / 2)


def _edges(values: Floats) -> Floats:
    """Of `BINS` cells over the range of nearly all values."""
    low, high = np.quantile(values, _NEARLY_ALL)
    margin = 0.04 * max(high - low, 1e-9)
    return np.linspace(low - margin, high + margin, BINS + 1)


def _steadiest_peaks(count: Floats) -> _PeaksOfCurve:
    """The peaks in the middle of the widest range of widths that show as many."""
    tried = [_peaks_of(_smoothed(count, width)) for width in _WIDTHS]
    start, stop = _longest_run([peaks.clear for peaks in tried])
    return tried[(start + stop) // 2]


def _smoothed(count: Floats, width: float) -> Floats:
    """The square root of the smoothed counts."""
    return np.asarray(np.sqrt(np.convolve(count, kernel(width), mode="same")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Peaks:
    """Local maxima of a density, by how far each stands out: topographic prominence (peaks,)."""

    prominence: Floats

    @property
    def clear(self) -> int:
        """How many count."""
        return int((self.prominence >= CLEAR * self.prominence.max()).sum())

    @property
    def falling(self) -> Ints:
        """The peaks in order of prominence, the most prominent first."""
        return np.argsort(-self.prominence, kind="stable")

    def clear_of_minor(self, expected: int) -> int:
        """How many count, those beyond the expected ones left out where they are minor."""
        order = self.prominence[self.falling]
        if self.clear > expected and order[expected - 1] > MINOR * order[expected]:
            return expected
        return self.clear


@dataclass(frozen=True, slots=True, kw_only=True)
class _PeaksOfCurve(Peaks):
    """Local maxima of a curve: where (peaks,), and the curve."""

    place: Ints
    density: Floats

    def modes(self, count: int, centres: Floats) -> Modes:
        """The `count` most prominent peaks; centres: where the points of the curve stand."""
        at, order = np.sort(self.place[self.falling[:count]]), self.prominence[self.falling]
        weakest_rest = order[count] if len(order) > count else 0.0
        ratio = order[count - 1] / max(weakest_rest, order[0] * 0.01)
        pairs = itertools.pairwise(at)
        cuts = [left + int(np.argmin(self.density[left : right + 1])) for left, right in pairs]
        return Modes(centres[at], centres[np.array(cuts, dtype=np.int64)], float(min(ratio, 100.0)))


def common_peaks(values: Floats, modes: Modes, shares: Floats) -> Modes:
    """The peaks without rare ones, if that leaves as many as `shares`: the part of the beads that
    each should hold (sum 1).

    Beads of a mixture come in like numbers. A peak of less than a third of the events that the
    least should hold, where there are more peaks than there should be, is one of doublets or
    debris.
    """
    common = np.flatnonzero(modes.share(values) >= RARE * shares.min())
    return modes.only(common) if len(common) == len(shares) else modes


def bead_modes(values: Floats, scatter: Floats, *, shares: Floats) -> tuple[Modes, Ints]:
    """The peaks that are beads, and which of them each value belongs to (-1: to none).

    scatter (events, channels): log scatter of the same events. Beads are all of a size; unlabelled
    particles are not, and a peak whose scatter is spread half as wide again as that of the usual
    peak, in any channel, is made of them. Such peaks, and events farther than six standard
    deviations from their peak, are taken out and the rest is looked at again, more closely for its
    shorter range: a crowd of debris else hides two beads in one peak, and stands in for the one
    that is missing. shares: see `common_peaks`.
    """
    step = max(1, -(-len(values) // _FEW))
    few, logs = values[::step], scatter[::step]
    modes = _expected_modes(few, shares)
    for _ in range(_ROUNDS):
        spreads = _spreads(few, logs, modes)
        label = modes.label(few)
        beads = spreads.near(few, label) & spreads.tight[label]
        if beads.mean() > 0.999:  # too few to move the ends of the range
            break
        few, logs = few[beads], logs[beads]
        modes = _expected_modes(few, shares)
    label = modes.label(values)
    return modes, np.where(_spreads(few, logs, modes).near(values, label), label, -1)


def _expected_modes(values: Floats, shares: Floats) -> Modes:
    return common_peaks(values, find_modes(values, expected=len(shares)), shares)


@dataclass(frozen=True, slots=True)
class _Spreads:
    """Middle and standard deviation of each peak, and whether its scatter is in every channel as
    tight as that of most; (peaks,).
    """

    middle: Floats
    sd: Floats
    tight: Bools

    def near(self, values: Floats, label: Ints) -> Bools:
        """Whether each value says something of its peak."""
        return np.asarray(np.abs(values - self.middle[label]) <= FAR * self.sd[label])


def _spreads(values: Floats, scatter: Floats, modes: Modes) -> _Spreads:
    label, k = modes.label(values), len(modes.at)
    middle, sd, count = modes.at.copy(), np.full(k, 1e-9), np.ones(k)
    spread = np.ones((k, max(scatter.shape[1], 1)))
    for i in range(k):
        own = np.flatnonzero(label == i)
        if own.size:
            middle[i] = median(values[own])
            off = np.abs(values[own] - middle[i])
            sd[i] = 1.4826 * max(median(off), 1e-9)
            core = scatter[own[off <= CORE * sd[i]]]
            count[i], spread[i] = len(core), [_absolute_deviation(x) for x in core.T] or 1.0
    usual = np.maximum(np.median(spread, axis=0), 1e-9)
    slack = 1 + 2 / np.sqrt(2 * count)  # twice the sampling error of a spread
    tight = ((spread / usual).max(axis=1) <= LOOSE * slack) | (k < _COMPARED)
    return _Spreads(middle, sd, np.asarray(tight))


def _absolute_deviation(values: Floats) -> float:
    return median(np.abs(values - median(values)))


@cache
def kernel(width: float) -> Floats:
    """The weights of a normal smoothing (cells,), sum 1; width: its standard deviation in cells."""
    half_width = int(4 * width) + 1
    weight = np.exp(-0.5 * np.square(np.arange(-half_width, half_width + 1) / width))
    return np.asarray(weight / weight.sum())


def _peaks_of(density: Floats) -> _PeaksOfCurve:
    """The peaks of a curve that are not lost at its foot. SciPy's `find_peaks` would cost its
    import.
    """
    place = _maxima(density)
    saddle = np.maximum(*(_lowest_on_the_way(density, place, side) for side in (-1, 1)))
    return _PeaksOfCurve(prominence=density[place] - saddle, place=place, density=density)


def _maxima(density: Floats) -> Ints:
    tall = density >= FOOT * density.max()
    return np.flatnonzero(
        tall & (np.diff(density, prepend=-1.0) > 0) & (np.diff(density, append=-1.0) <= 0)
    )


def _lowest_on_the_way(density: Floats, place: Ints, side: int) -> Floats:
    """The lowest point on one side (-1: left) of each peak before something higher; 0 where nothing
    there is higher.
    """
    # Distance from each peak to each point, rising on the side that is looked at (peaks, points).
    away = side * (np.arange(len(density)) - place[:, None])
    higher = (density > density[place][:, None]) & (away > 0)
    end = np.where(higher, away, len(density)).min(axis=1, keepdims=True)
    lowest = np.where((away >= 0) & (away < end), density, np.inf).min(axis=1)
    return np.where(end[:, 0] < len(density), lowest, 0.0)


def _longest_run(numbers: list[int]) -> tuple[int, int]:
    """First and last index of the longest run of equal numbers; of equally long ones the one with
    more peaks.
    """
    length, _, start = max(_runs(numbers))
    return -start, length - start - 1


def _runs(numbers: list[int]) -> Iterator[tuple[int, int, int]]:
    """Runs of equal numbers: how long, of which number, and the first index, negative."""
    start = 0
    for number, run in itertools.groupby(numbers):
        length = len(list(run))
        yield length, number, -start
        start += length
