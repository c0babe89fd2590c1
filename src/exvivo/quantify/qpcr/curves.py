"""Amplification curves to Cq: the cycle at which growth accelerates most, for all curves of an
assay at once.

The second derivative (see `derivatives`) does not see the baseline: adding a constant or a straight
line to a curve changes no Cq. Of each curve the cycle is looked for to which its slope climbed
most, then the foot of its growth, where the slope was last close to the drift before it; the Cq is
the maximum of the second derivative between the two. Whether that climb is growth or drift,
`amplification` decides. The settings below were fixed beforehand and are not adapted to any data
set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.quantify.qpcr.amplification import grows
from exvivo.quantify.qpcr.derivatives import (
    HALF,
    Shape,
    derivatives,
    first_true,
    last_true,
    parabola_vertex,
)

FIRST_GROWTH = 5
"""Growth is not looked for before this many cycles: the first ones are unsettled on every
instrument.
"""
GROWTH_FOOT = 0.05
"""The growth phase begins where the slope last was below this share of its maximum."""
LEVELLED = 0.5
"""A curve has levelled off where its last slope is below this share of its maximum."""
NOISE_FACTOR = 20.0
"""A curve amplified if it rose by more than this many times the noise of its early cycles ..."""
EARLY, EARLY_SHARE = 15.0, 0.1
"""... where its Cq would lie before cycle `EARLY`, by more than this share of its base, if the
instrument left the base in: so much target shows a whole plateau ...
"""
BLEED_SHARE = 0.02
"""... and by more than this share of what the curves of its target and plate rose that grew and
levelled off: light of neighbouring wells has the shape of growth.
"""
AT_ONCE = 1.0
"""A curve that rose by more than this share of its lowest reading, half of that in its first ten
cycles, grew before it was recorded.
"""
FALL_SHARE = 0.05
"""A curve falls where it loses more than this share of its base, with the shape of growth."""
_FEWEST_EARLY = 8
"""Second differences before growth from which the noise is taken; with fewer, from all cycles."""


@dataclass(frozen=True, slots=True)
class Calls:
    """What was seen of each curve, one entry a curve.

    `cq` in cycles, NaN where there is none; `amplified`; `readable`: false where too little was
    recorded to say, where growth began before the first cycles, or where the curve is `falling`
    (it goes down as others go up: a probe that is quenched): that is neither a result nor
    undetected; `bound`: the last cycle at which a maximum could have been seen, so an undetected
    curve has its Cq above it; `rise`, `noise` and `base` (the level before growth) in the
    instrument's units; `level`: growth had slowed to less than half of its fastest by the end of
    the run; `foot`: the column at which growth begins.
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
    foot: Ints


@dataclass(frozen=True, slots=True)
class _Growth:
    """The growth phase of each curve, as columns of the curve matrix, (n,).

    `first` and `last` have a second derivative; between `foot` and the steepest cycle `top` the
    curve grows, most quickly accelerating at `peak`; `drift` is the slope before growth (units a
    cycle). `whole`: every cycle of the growth phase was recorded. `above` (n, c): slope minus
    drift.
    """

    first: Ints
    last: Ints
    foot: Ints
    top: Ints
    peak: Ints
    drift: Floats
    whole: Bools
    above: Floats


@dataclass(frozen=True, slots=True)
class _Climb:
    """Each curve's steepest climb: how far it `rise`s, from which `base`, beside which `noise`;
    `risen` far beyond that noise, `grown` with the shape of growth.
    """

    shape: Shape
    growth: _Growth
    rise: Floats
    noise: Floats
    base: Floats
    risen: Bools
    grown: Bools


def call_curves(cycles: Floats, fluorescence: Floats, series: Ints) -> Calls:
    """Second-derivative-maximum Cq and amplification call of every curve.

    `cycles` (c,) is the common axis, consecutive; `fluorescence` (n, c) holds NaN where a cycle was
    not recorded; `series` (n,) numbers the curves of one target on one plate, whose heights can be
    compared. A curve that still accelerated at its end has no Cq: it lies above `bound`. A curve
    that grew from its first cycles on is not readable: where it began was not recorded. Evaluation
    of the method: doi 10.1016/j.ymeth.2012.08.011.
    """
    climb = _climb(fluorescence)
    growth, grown = climb.growth, _high_enough(cycles, climb, series)
    falling = _falling(fluorescence, grown)
    readable = _recorded(climb) & ~_from_the_start(fluorescence, climb, grown) & ~falling
    detected = grown & readable & (growth.peak < growth.last)
    cq = cycles[growth.peak] + _vertex(climb.shape.bend, growth.peak, detected)
    return Calls(
        cq=np.where(detected, cq, np.nan),
        amplified=grown,
        readable=readable,
        bound=cycles[np.maximum(growth.last, 0)],
        rise=climb.rise,
        noise=climb.noise,
        base=climb.base,
        level=grown & _levelled(growth),
        falling=falling,
        foot=growth.foot,
    )


def series_medians(values: Floats, chosen: Bools, series: Ints) -> Floats:
    """For each curve the median of `values` (n,) among the chosen curves of its series; 0 where
    none is chosen.
    """
    medians = np.zeros(int(series.max(initial=-1)) + 1)
    for number in np.unique(series[chosen]):
        medians[number] = np.median(values[chosen & (series == number)])
    return medians[series]


def _climb(fluorescence: Floats) -> _Climb:
    lowest = _lowest(fluorescence)
    curve = fluorescence - lowest[:, None]
    shape = derivatives(curve)
    growth = _growth_phase(shape)
    rise, noise = _rise(shape.smooth, growth), _noise(curve, _before(growth.foot, curve))
    recorded = growth.whole & (growth.last - growth.first >= FIRST_GROWTH)
    risen = (rise > NOISE_FACTOR * noise) & (rise > 0)
    grown = recorded & risen
    grown[grown] = grows(curve[grown], growth.peak[grown], noise[grown])
    return _Climb(shape, growth, rise, noise, _base(curve, growth.foot) + lowest, risen, grown)


def _high_enough(cycles: Floats, climb: _Climb, series: Ints) -> Bools:
    """The curves that grew, and to a height that amplification can have."""
    early = cycles[climb.growth.peak] < EARLY
    plausible = climb.grown & ~(early & (climb.rise < EARLY_SHARE * climb.base))
    usual = series_medians(climb.rise, plausible & _levelled(climb.growth), series)
    return plausible & (climb.rise > BLEED_SHARE * usual)


def _from_the_start(fluorescence: Floats, climb: _Climb, grown: Bools) -> Bools:
    """The curves whose growth began before anything was recorded.

    Either growth is seen and bends at once, or what is seen is too late to show growth but too high
    for drift: that is known only of a base that the instrument left in.
    """
    bends_at_once = grown & (climb.growth.peak <= climb.growth.first)
    lowest = _lowest(fluorescence)
    smooth = np.where(np.isfinite(climb.shape.smooth), climb.shape.smooth, 0.0)
    half = smooth.max(axis=1, initial=0.0) / 2
    place = np.clip([climb.growth.first, climb.growth.first + 10, climb.growth.last], 0, None)
    start, soon, end = (_at(smooth, np.minimum(column, smooth.shape[1] - 1)) for column in place)
    base_left_in = lowest > np.maximum(NOISE_FACTOR * climb.noise, half / NOISE_FACTOR)
    at_once = (start < half) & (soon > half) & (end > half) & (2 * half > AT_ONCE * lowest)
    return bends_at_once | (~grown & base_left_in & at_once)


def _falling(fluorescence: Floats, grown: Bools) -> Bools:
    """The curves that are growth turned upside down: no small dip, and the most that they do."""
    rest = np.flatnonzero(~grown)
    fall = _climb(-fluorescence[rest])
    smooth = np.where(np.isfinite(fall.shape.smooth), fall.shape.smooth, 0.0)
    height = smooth.max(axis=1, initial=0.0)
    deep = fall.rise > np.maximum(FALL_SHARE * np.abs(fall.base), height / 2)
    falling = np.zeros(len(grown), dtype=bool)
    falling[rest] = fall.grown & deep
    return falling


def _recorded(climb: _Climb) -> Bools:
    """Whether a curve has readings enough to be read: all of where it climbed, if it did."""
    growth = climb.growth
    return (growth.last - growth.first >= FIRST_GROWTH) & (growth.whole | ~climb.risen)


def _lowest(fluorescence: Floats) -> Floats:
    lowest = np.where(np.isfinite(fluorescence), fluorescence, np.inf).min(axis=1, initial=np.inf)
    return np.where(np.isfinite(lowest), lowest, 0.0)


def _growth_phase(shape: Shape) -> _Growth:
    finite = np.isfinite(shape.bend)
    place = np.arange(finite.shape[1])
    first, last = first_true(finite), last_true(finite)
    later = finite & (place >= first[:, None] + FIRST_GROWTH - HALF)
    top = _argmax(_climbed(shape.slope, finite), later)
    # The base ends a whole window before the steepest cycle: its slope is the drift.
    drift = _median(shape.slope, finite & (place <= top[:, None] - 2 * HALF))
    above = shape.slope - drift[:, None]
    foot = _growth_foot(above, top, first)
    growing = finite & (place >= foot[:, None]) & (place <= top[:, None])
    whole = growing.sum(axis=1) == np.minimum(top, last) - foot + 1
    return _Growth(first, last, foot, top, _argmax(shape.bend, growing), drift, whole, above)


def _climbed(slope: Floats, finite: Bools) -> Floats:
    """How far each slope lies above the lowest one before it: a curve that only settles, steeply at
    first, climbs nowhere.

    Slopes below the usual one of the curve count as that: a fall that comes to rest is no growth.
    """
    beyond = np.where(finite, slope - _median(slope, finite)[:, None], 0.0)
    lowest = np.where(finite, np.maximum(beyond, 0.0), np.inf)
    return np.asarray(beyond - np.minimum.accumulate(lowest, axis=1))


def _growth_foot(above: Floats, top: Ints, first: Ints) -> Ints:
    """Where growth begins: the last cycle before the steepest one whose slope was still close to
    the drift.
    """
    steep = above >= GROWTH_FOOT * _at(above, top)[:, None]
    flat = _before(top, above) & ~steep & np.isfinite(above)
    return np.asarray(np.maximum(last_true(flat), first), dtype=np.int64)


def _levelled(growth: _Growth) -> Bools:
    ending = _at(growth.above, np.maximum(growth.last, 0))
    return ending < LEVELLED * _at(growth.above, growth.top)


def _base(curve: Floats, foot: Ints) -> Floats:
    return _median(curve, np.isfinite(curve) & _before(foot + 1, curve))


def _before(column: Ints, curve: Floats) -> Bools:
    """The columns of each curve that come before the one given."""
    return np.arange(curve.shape[1]) < column[:, None]


def _at(values: Floats, column: Ints) -> Floats:
    return values[np.arange(len(values)), column]


def _argmax(values: Floats, where: Bools) -> Ints:
    return np.asarray(np.argmax(np.where(where, values, -np.inf), axis=1), dtype=np.int64)


def _median(values: Floats, where: Bools) -> Floats:
    """Row medians over the places marked; 0 where none is. (`nanmedian` is slower, and warns.)"""
    ordered = np.sort(np.where(where, values, np.inf), axis=1)
    count = where.sum(axis=1)
    lower = _at(ordered, np.maximum(count - 1, 0) // 2)
    upper = _at(ordered, np.minimum(count // 2, values.shape[1] - 1))
    return np.where(count > 0, (lower + upper) / 2, 0.0)


def _noise(curve: Floats, early: Bools) -> Floats:
    """Standard deviation of single readings before growth, from second differences, which see no
    drift.

    The second difference of independent readings has 6 times their variance, and the mean of its
    absolute value is sqrt(2 / pi) of its standard deviation. Where too few readings come before
    growth, the median over all cycles serves (0.6745 of its standard deviation): growth takes few
    of them.
    """
    size = np.full_like(curve, np.nan)
    size[:, 1:-1] = np.abs(curve[:, 2:] - 2 * curve[:, 1:-1] + curve[:, :-2])
    finite = np.isfinite(size)
    used = finite & early
    count = used.sum(axis=1)
    mean = np.where(used, size, 0.0).sum(axis=1) / np.maximum(count, 1) * np.sqrt(np.pi / 2)
    few = np.flatnonzero(count < _FEWEST_EARLY)
    mean[few] = _median(size[few], finite[few]) / 0.6745
    return np.asarray(mean / np.sqrt(6.0))


def _rise(smooth: Floats, growth: _Growth) -> Floats:
    """How far a curve climbed after the foot of its growth, its drift taken off."""
    after_foot = np.arange(smooth.shape[1]) - growth.foot[:, None]
    start = _at(smooth, np.minimum(growth.foot, smooth.shape[1] - 1))
    climb = smooth - start[:, None] - growth.drift[:, None] * after_foot
    climb = np.where(np.isfinite(climb) & (after_foot > 0), climb, 0.0)
    return np.asarray(climb.max(axis=1, initial=0.0))


def _vertex(bend: Floats, peak: Ints, detected: Bools) -> Floats:
    """Sub-cycle place of the maximum: the vertex of the parabola through it and its neighbours,
    within half a cycle.
    """
    end = bend.shape[1] - 1
    before, middle, after = (
        np.where(detected, np.nan_to_num(_at(bend, np.clip(peak + step, 0, end))), 0.0)
        for step in (-1, 0, 1)
    )
    return np.clip(parabola_vertex(before, middle, after), -0.5, 0.5)
