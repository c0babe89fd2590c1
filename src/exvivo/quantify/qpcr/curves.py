"""Amplification curves to Cq: the cycle at which growth accelerates most, for all curves of an
assay at once.

The second derivative (see `derivatives`) does not see the baseline: adding a constant or a straight
line to a curve changes no Cq. `climb` finds where each curve climbs and whether that is growth. The
settings were fixed beforehand and are not adapted to any data set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.quantify.qpcr.climb import (
    FIRST_GROWTH,
    NOISE_FACTOR,
    Climb,
    growth_or_climb,
    steepest_climb,
)
from exvivo.quantify.qpcr.derivatives import HALF, extent
from exvivo.quantify.qpcr.jumps import without_jumps

EARLY, EARLY_SHARE = 15.0, 0.1
"""A curve that grows amplified; where its Cq would lie before cycle `EARLY`, only if it rose by
more than this share of its base, if the instrument left the base in: so much target shows a whole
plateau ...
"""
BLEED_SHARE = 0.02
"""... and, where it levelled off, by more than this share of what those curves of its target and
plate rose that did: light of neighbouring wells has the shape of growth.
"""
AT_ONCE = 1.0
"""A curve that rose by more than this share of its lowest reading, half of that in its first ten
cycles, grew before it was recorded.
"""
WHOLE_SHARE = 0.3
"""A curve that stays higher than where it began by more than this share of that rise, and neither
grew nor fell, is disturbed: drift does not go so far.
"""
KNOWN_SHARE = 0.1
"""... where at least this share of the curves of its target and plate grew and levelled off: one or
two would make all others disturbed.
"""
FALL_SHARE = 0.05
"""A curve falls where it loses more than this share of its base, with the shape of growth."""


@dataclass(frozen=True, slots=True)
class Calls:
    """What was seen of each curve, one entry a curve.

    `cq` in cycles, NaN where there is none; `amplified`; `readable`: false where too little was
    recorded to say, where growth began before the first cycles, where the curve is `disturbed`
    (it goes as far up as growth does, and not as growth does), or
    where it is `falling` (it goes down as others go up: a probe that is quenched): that is neither
    a result nor undetected; `bound`: the last cycle at which a maximum could have been seen, so
    an undetected curve has its Cq above it; `rise`, `noise` and `base` (the level before growth) in
    the instrument's units; `level`: growth had slowed to less than half of its fastest by the end
    of the run; `foot`: the column at which growth begins; `jumped`: a jump (a bubble that came or
    burst) was taken off first.
    """

    cq: Floats
    amplified: Bools
    readable: Bools
    bound: Floats
    rise: Floats
    noise: Floats
    base: Floats
    level: Bools
    falling: Bools
    disturbed: Bools
    foot: Ints
    jumped: Bools


def call_curves(cycles: Floats, fluorescence: Floats, series: Ints) -> Calls:
    """Second-derivative-maximum Cq and amplification call of every curve.

    `cycles` (c,) is the common axis, consecutive; `fluorescence` (n, c) holds NaN where a cycle was
    not recorded; `series` (n,) numbers the curves of one target on one plate, whose heights can be
    compared. A curve that still accelerated at its end has no Cq: it lies above `bound`. A curve
    that grew from its first cycles on is not readable: where it began was not recorded. Evaluation
    of the method: doi 10.1016/j.ymeth.2012.08.011.
    """
    smooth, jumped = without_jumps(fluorescence)
    climb = growth_or_climb(smooth)
    usual = _usual_rise(cycles, climb, series)
    grown = _plausible(cycles, climb) & ~(climb.level & (climb.rise < BLEED_SHARE * usual))
    falling = _falling(smooth, grown)
    before = _from_the_start(smooth, climb, grown)
    known = _usual_is_known(cycles, climb, series)
    disturbed = known & _disturbed(smooth, climb, usual) & ~before & ~falling
    readable = _recorded(climb) & ~before & ~falling & ~disturbed
    detected = grown & readable & (climb.peak < climb.last)
    return Calls(
        cq=np.where(detected, cycles[climb.peak] + climb.vertex, np.nan),
        amplified=grown,
        readable=readable,
        bound=cycles[np.maximum(climb.last, 0)],
        rise=climb.rise,
        noise=climb.noise,
        base=climb.base,
        level=grown & climb.level,
        falling=falling,
        disturbed=disturbed,
        foot=climb.foot,
        jumped=jumped,
    )


def series_medians(values: Floats, chosen: Bools, series: Ints) -> Floats:
    """For each curve the median of `values` (n,) among the chosen curves of its series; 0 where
    none is chosen.
    """
    medians = np.zeros(int(series.max(initial=-1)) + 1)
    order = np.lexsort((values[chosen], series[chosen]))
    ordered = values[chosen][order]
    number, start, count = np.unique(series[chosen][order], return_index=True, return_counts=True)
    medians[number] = (ordered[start + (count - 1) // 2] + ordered[start + count // 2]) / 2
    return medians[series]


def _plausible(cycles: Floats, climb: Climb) -> Bools:
    """The curves that grew, and not at once to less than so much target shows."""
    early = cycles[climb.peak] < EARLY
    return climb.grown & ~(early & (climb.rise < EARLY_SHARE * climb.base))


def _usual_rise(cycles: Floats, climb: Climb, series: Ints) -> Floats:
    """What the curves of each one's target and plate rose that grew and levelled off; 0 if none
    did.
    """
    return series_medians(climb.rise, _plausible(cycles, climb) & climb.level, series)


def _usual_is_known(cycles: Floats, climb: Climb, series: Ints) -> Bools:
    """Whether enough of each curve's target and plate grew and levelled off for what they rose to
    be what growth does there.
    """
    grown = np.bincount(series, weights=_plausible(cycles, climb) & climb.level)
    return np.asarray((grown >= KNOWN_SHARE * np.bincount(series))[series])


def _disturbed(fluorescence: Floats, climb: Climb, usual: Floats) -> Bools:
    """The curves that went as far up as growth does, in a way that is not growth."""
    start, end = (_reading(fluorescence, np.maximum(at, 0)) for at in (climb.first, climb.last))
    far = end - start > WHOLE_SHARE * usual
    return far & (usual > 0) & climb.risen & ~climb.grown


def _from_the_start(fluorescence: Floats, climb: Climb, grown: Bools) -> Bools:
    """The curves whose growth began before anything was recorded.

    Either growth is seen and bends at once, or what is seen is too late to show growth but too high
    for drift: that is known only of a base that the instrument left in.
    """
    rest = np.flatnonzero(~grown)
    lowest, height = extent(fluorescence[rest])
    first, last = np.maximum(climb.first[rest] - HALF, 0), np.maximum(climb.last[rest], 0)
    start, soon, end = (
        _reading(fluorescence[rest], column) - lowest for column in (first, first + 12, last)
    )
    base_left_in = lowest > np.maximum(climb.noise[rest], height / 400) * NOISE_FACTOR
    at_once = (start < height / 2) & (soon > height / 2) & (end > height / 2)
    before = grown & (climb.peak <= climb.first)
    before[rest] = base_left_in & at_once & (height > AT_ONCE * lowest)
    return before


def _falling(fluorescence: Floats, grown: Bools) -> Bools:
    """The curves that are growth turned upside down: no small dip, the most that they do, and lower
    at their end than they began.
    """
    rest = np.flatnonzero(~grown)
    fall = steepest_climb(-fluorescence[rest])
    _, height = extent(fluorescence[rest])
    deep = fall.rise > np.maximum(FALL_SHARE * np.abs(fall.base), height / 2)
    falling = np.zeros(len(grown), dtype=bool)
    down = _reading(fluorescence[rest], fall.last) < _reading(fluorescence[rest], fall.first)
    falling[rest] = fall.grown & deep & down
    return falling


def _recorded(climb: Climb) -> Bools:
    """Whether a curve has readings enough to be read: all of where it climbed, if it did."""
    return (climb.last - climb.first >= FIRST_GROWTH) & (climb.whole | ~climb.risen)


def _reading(fluorescence: Floats, column: Ints) -> Floats:
    """The reading of each curve at its column, or at the last one."""
    inside = np.minimum(column, fluorescence.shape[1] - 1)
    return np.asarray(np.nan_to_num(fluorescence[np.arange(len(fluorescence)), inside]))
