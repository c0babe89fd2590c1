"""Amplification curves to Cq: the cycle at which growth accelerates most, for all curves of an
assay at once.

The second derivative (see `derivatives`) does not see the baseline: adding a constant or a straight
line to a curve changes no Cq. Of each curve the steepest cycle is looked for first, then the foot
of its growth, where the slope was last close to the drift before it; the Cq is the maximum of the
second derivative between the two. The settings below were fixed beforehand and are not adapted to
any data set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
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
RISE_SHARE = 0.05
"""... and by more than this share of the median rise among the amplified curves of its target and
plate.
"""
_FEWEST_EARLY = 3
"""Second differences before growth from which the noise is taken; with fewer, from all cycles."""


@dataclass(frozen=True, slots=True)
class Calls:
    """What was seen of each curve, one entry a curve.

    `cq` in cycles, NaN where there is none; `amplified`; `readable`: false where too little was
    recorded to say, or the curve rose, but far less than its like: that is neither a result nor
    undetected; `bound`: the last cycle at which a maximum could have been seen, so an undetected
    curve has its Cq above it; `rise`, `noise` and `base` (the level before growth) in the
    instrument's units; `level`: growth had slowed to less than half of its fastest by the end of
    the run.
    """

    cq: Floats
    amplified: Bools
    readable: Bools
    bound: Floats
    rise: Floats
    noise: Floats
    base: Floats
    level: Bools


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


def call_curves(cycles: Floats, fluorescence: Floats, series: Ints) -> Calls:
    """Second-derivative-maximum Cq and amplification call of every curve.

    `cycles` (c,) is the common axis, consecutive; `fluorescence` (n, c) holds NaN where a cycle was
    not recorded; `series` (n,) numbers the curves of one target on one plate, whose heights can be
    compared. A curve that still accelerated at its end has no Cq: it lies above `bound`. A curve
    that grew from its first cycles on is not readable: where it began was not recorded. Evaluation
    of the method: doi 10.1016/j.ymeth.2012.08.011.
    """
    lowest = _lowest(fluorescence)
    curve = fluorescence - lowest[:, None]
    shape = derivatives(curve)
    growth = _growth_phase(shape)
    rise, noise = _rise(shape.smooth, growth), _noise(curve, _before(growth.foot, curve))
    amplified, readable = _called(growth, rise, noise, series)
    detected = amplified & readable & (growth.peak < growth.last)
    cq = cycles[growth.peak] + _vertex(shape.bend, growth.peak, detected)
    return Calls(
        cq=np.where(detected, cq, np.nan),
        amplified=amplified,
        readable=readable,
        bound=cycles[np.maximum(growth.last, 0)],
        rise=rise,
        noise=noise,
        base=_base(curve, growth.foot) + lowest,
        level=amplified & _levelled(growth),
    )


def series_medians(values: Floats, chosen: Bools, series: Ints) -> Floats:
    """For each curve the median of `values` (n,) among the chosen curves of its series; 0 where
    none is chosen.
    """
    medians = np.zeros(int(series.max(initial=-1)) + 1)
    for number in np.unique(series[chosen]):
        medians[number] = np.median(values[chosen & (series == number)])
    return medians[series]


def _lowest(fluorescence: Floats) -> Floats:
    lowest = np.where(np.isfinite(fluorescence), fluorescence, np.inf).min(axis=1, initial=np.inf)
    return np.where(np.isfinite(lowest), lowest, 0.0)


def _growth_phase(shape: Shape) -> _Growth:
    finite = np.isfinite(shape.bend)
    place = np.arange(finite.shape[1])
    first, last = first_true(finite), last_true(finite)
    top = _argmax(shape.slope, finite & (place >= first[:, None] + FIRST_GROWTH - HALF))
    # The base ends a whole window before the steepest cycle: its slope is the drift.
    drift = _median(shape.slope, finite & (place <= top[:, None] - 2 * HALF))
    above = shape.slope - drift[:, None]
    foot = _growth_foot(above, top, first)
    growing = finite & (place >= foot[:, None]) & (place <= top[:, None])
    whole = growing.sum(axis=1) == np.minimum(top, last) - foot + 1
    return _Growth(first, last, foot, top, _argmax(shape.bend, growing), drift, whole, above)


def _growth_foot(above: Floats, top: Ints, first: Ints) -> Ints:
    """Where growth begins: the last cycle before the steepest one whose slope was still close to
    the drift.
    """
    steep = above >= GROWTH_FOOT * _at(above, top)[:, None]
    flat = _before(top, above) & ~steep & np.isfinite(above)
    return np.asarray(np.maximum(last_true(flat), first), dtype=np.int64)


def _called(growth: _Growth, rise: Floats, noise: Floats, series: Ints) -> tuple[Bools, Bools]:
    """Which curves amplified, and which can be read at all."""
    recorded = growth.whole & (growth.last - growth.first >= FIRST_GROWTH)
    risen = recorded & (rise > NOISE_FACTOR * noise) & (rise > 0)
    amplified = risen & (rise > RISE_SHARE * series_medians(rise, risen, series))
    from_the_start = amplified & (growth.peak <= growth.first)
    rose_too_little = risen & ~amplified
    return amplified, recorded & ~from_the_start & ~rose_too_little


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
    absolute value is sqrt(2 / pi) of its standard deviation.
    """
    size = np.full_like(curve, np.nan)
    size[:, 1:-1] = np.abs(curve[:, 2:] - 2 * curve[:, 1:-1] + curve[:, :-2])
    finite = np.isfinite(size)
    finite_early = finite & early
    sufficient = finite_early.sum(axis=1, keepdims=True) >= _FEWEST_EARLY
    used = np.where(sufficient, finite_early, finite)
    mean = np.where(used, size, 0.0).sum(axis=1) / np.maximum(used.sum(axis=1), 1)
    return np.asarray(mean * np.sqrt(np.pi / 2) / np.sqrt(6.0))


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
