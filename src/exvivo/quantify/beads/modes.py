"""Where the peaks of a pooled classifier distribution stand, and which of them count."""

from __future__ import annotations

import itertools
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


def find_modes(values: Floats, *, expected: int) -> Modes:
    """The peaks of a smoothed histogram of `values`, as many as persist over the widest range of
    smoothing widths.

    Widths run from 0.25 to 2 % of the range. The square root of the density is used, on which
    counting noise is even and a small population stands out as one should. Where there are more
    peaks than `expected`, and the rest are less than a quarter as high as the weakest expected one,
    the rest are passed over: doublets and debris, for beads of a mixture come in like numbers. No
    randomness.
    """
    low, high = np.quantile(values, (0.001, 0.999))
    margin = 0.04 * max(high - low, 1e-9)
    edges = np.linspace(low - margin, high + margin, BINS + 1)
    count = np.histogram(values, BINS, (edges[0], edges[-1]))[0].astype(float)
    found = [_peaks(np.sqrt(np.convolve(count, _kernel(width), mode="same"))) for width in _WIDTHS]
    numbers = [int((prominence >= CLEAR * prominence.max()).sum()) for _, prominence, _ in found]
    start, stop = _longest_run(numbers)
    place, prominence, density = found[(start + stop) // 2]
    k = numbers[start]
    order = np.argsort(-prominence, kind="stable")
    if k > expected and prominence[order[expected - 1]] > MINOR * prominence[order[expected]]:
        k = expected
    kept = np.sort(place[order[:k]])
    rest = prominence[order[k]] if len(order) > k else 0.0
    ratio = prominence[order[k - 1]] / max(rest, prominence[order[0]] * 0.01)
    centres = (edges[:-1] + edges[1:]) / 2
    cuts = [a + int(np.argmin(density[a : b + 1])) for a, b in itertools.pairwise(kept)]
    return Modes(centres[kept], centres[np.array(cuts, dtype=np.int64)], float(min(ratio, 100.0)))


def common_peaks(values: Floats, modes: Modes, shares: Floats) -> Modes:
    """The peaks without rare ones, if that leaves as many as `shares`: the part of the beads that
    each should hold (sum 1).

    Beads of a mixture come in like numbers. A peak of less than a third of the events that the
    least should hold, where there are more peaks than there should be, is one of doublets or
    debris.
    """
    if len(modes.at) <= len(shares):
        return modes
    share = np.bincount(np.searchsorted(modes.cuts, values), minlength=len(modes.at)) / max(
        len(values), 1
    )
    kept = np.flatnonzero(share >= RARE * shares.min())
    if len(kept) != len(shares):
        return modes
    return Modes(modes.at[kept], modes.cuts[kept[1:] - 1], modes.ratio)


def bead_modes(values: Floats, scatter: Floats, *, shares: Floats) -> tuple[Modes, Ints]:
    """The peaks that are beads, and which of them each value belongs to (-1: to none).

    scatter (events, channels): log scatter of the same events. Beads are all of a size; unlabelled
    particles are not, and a peak whose scatter is spread half as wide again as that of the usual
    peak, in any channel, is made of them. Such peaks, and events farther than six standard
    deviations from their peak, are taken out and the rest is looked at again, more closely for its
    shorter range: a crowd of debris else hides two beads in one peak, and stands in for the one
    that is missing. shares: see `common_peaks`.
    """
    expected = len(shares)
    step = max(1, -(-len(values) // _FEW))
    few, logs = values[::step], scatter[::step]
    modes = common_peaks(few, find_modes(few, expected=expected), shares)
    for _ in range(_ROUNDS):
        middle, sd, tight = _peaks_of(few, logs, modes)
        label = np.searchsorted(modes.cuts, few)
        beads = (np.abs(few - middle[label]) <= FAR * sd[label]) & tight[label]
        if beads.mean() > 0.999:  # too few to move the ends of the range
            break
        few, logs = few[beads], logs[beads]
        modes = common_peaks(few, find_modes(few, expected=expected), shares)
    middle, sd, _ = _peaks_of(few, logs, modes)
    label = np.searchsorted(modes.cuts, values)
    return modes, np.where(np.abs(values - middle[label]) <= FAR * sd[label], label, -1)


def _peaks_of(values: Floats, scatter: Floats, modes: Modes) -> tuple[Floats, Floats, Bools]:
    """Middle and standard deviation of each peak, and whether its scatter is in every channel as
    tight as that of most.
    """
    label, k = np.searchsorted(modes.cuts, values), len(modes.at)
    middle, sd, spread, count = (
        modes.at.copy(),
        np.full(k, 1e-9),
        np.ones((k, max(scatter.shape[1], 1))),
        np.ones(k),
    )
    for i in range(k):
        mine = np.flatnonzero(label == i)
        if not mine.size:
            continue
        middle[i] = median(values[mine])
        off = np.abs(values[mine] - middle[i])
        sd[i] = 1.4826 * max(median(off), 1e-9)
        core = scatter[mine[off <= CORE * sd[i]]]
        count[i] = len(core)
        spread[i] = [median(np.abs(column - median(column))) for column in core.T] or 1.0
    usual = np.maximum(np.median(spread, axis=0), 1e-9)
    slack = 1 + 2 / np.sqrt(2 * count)  # twice the sampling error of a spread
    tight = ((spread / usual).max(axis=1) <= LOOSE * slack) | (k < _COMPARED)
    return middle, sd, np.asarray(tight)


@cache
def _kernel(width: float) -> Floats:
    reach = np.arange(-int(4 * width) - 1, int(4 * width) + 2)
    weight = np.exp(-0.5 * np.square(reach / width))
    return np.asarray(weight / weight.sum())


def _peaks(density: Floats) -> tuple[Ints, Floats, Floats]:
    """Local maxima of a curve that are not lost at its foot, their topographic prominence, and the
    curve.
    """
    padded = np.concatenate([[-1.0], density, [-1.0]])
    place = np.flatnonzero(
        (padded[1:-1] > padded[:-2])
        & (padded[1:-1] >= padded[2:])
        & (density >= FOOT * density.max())
    )
    at, top = np.arange(len(density)), place[:, None]
    higher = density > density[top]
    left = np.where(higher & (at < top), at, -1).max(axis=1, keepdims=True)
    right = np.where(higher & (at > top), at, len(density)).min(axis=1, keepdims=True)
    # On each side the lowest point on the way to something higher; on a side without, none.
    down = np.where((at >= left) & (at < top) & (left >= 0), density, np.inf).min(axis=1)
    up = np.where((at >= top) & (at < right) & (right < len(density)), density, np.inf).min(axis=1)
    saddle = np.maximum(np.where(np.isfinite(down), down, 0.0), np.where(np.isfinite(up), up, 0.0))
    return place, density[place] - saddle, density


def _longest_run(numbers: list[int]) -> tuple[int, int]:
    """First and last index of the longest run of equal numbers; of equally long ones the one with
    more peaks.
    """
    best, start = (0, 0, 0), 0
    for i in range(len(numbers)):
        if numbers[i] != numbers[start]:
            start = i
        if (i - start + 1, numbers[i]) > (best[1] - best[0] + 1, numbers[best[0]]) or i == 0:
            best = (start, i, numbers[i])
    return best[0], best[1]
