"""Where a curve climbs: its steepest cycle, the foot of that climb, and whether it is growth.

Of each curve the cycle is looked for to which its slope climbed most, then the foot of its growth,
where the slope was last close to the drift before it; growth accelerates most at the maximum of the
second derivative between the two. A climb that `amplification` takes for drift is set aside, and
what comes after it and before it is looked at in turn: a well may drift and grow. So is what comes
beside a growth that is the smaller part of all that the curve does: a bump may be steeper.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.quantify.qpcr.amplification import grows
from exvivo.quantify.qpcr.derivatives import (
    HALF,
    Shape,
    derivatives,
    extent,
    first_true,
    last_true,
    parabola_vertex,
    row_median,
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
"""A climb rises by more than this many times the noise before it."""
MAIN_SHARE = 0.6
"""A growth that rises by less than this share of the curve's extent may not be the main one."""
_FEWEST_EARLY = 8
"""Second differences before growth from which the noise is taken; with fewer, from all cycles."""


@dataclass(frozen=True, slots=True)
class Climb:
    """The climb of each curve, one entry a curve.

    As columns of the curve matrix: `first` and `last` have a second derivative; between `foot` and
    the steepest cycle `top` the curve climbs, most quickly accelerating at `peak`, or `vertex` of a
    cycle beside it. `rise` beyond drift, `noise` of a reading before the foot, and `base` (the
    level there) are in the instrument's units. `whole`: every cycle of the climb was recorded;
    `risen`: far beyond the noise; `grown`: with the shape of growth; `level`: it had slowed by the
    end of the run.
    """

    first: Ints
    last: Ints
    foot: Ints
    top: Ints
    peak: Ints
    vertex: Floats
    rise: Floats
    noise: Floats
    base: Floats
    whole: Bools
    risen: Bools
    grown: Bools
    level: Bools


@dataclass(frozen=True, slots=True)
class _Phase:
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


def growth_or_climb(fluorescence: Floats) -> Climb:
    """The highest climb of every curve (n, c) that has the shape of growth; where none has, the
    steepest climb.
    """
    climb = steepest_climb(fluorescence)
    place = np.arange(fluorescence.shape[1])
    _, height = extent(fluorescence)
    beside = climb.risen & (~climb.grown | (climb.rise < MAIN_SHARE * height))
    steepest, rows = climb, np.flatnonzero(beside)
    for after in (True, False):
        beyond = place > steepest.top[rows, None] + HALF
        kept = beyond if after else place < steepest.foot[rows, None] - HALF
        climb = _instead(climb, steepest_climb(np.where(kept, fluorescence[rows], np.nan)), rows)
    return climb


def _instead(climb: Climb, other: Climb, rows: Ints) -> Climb:
    """The climbs, those of some rows replaced where the other one is growth.

    It must be higher than the first one if that grew too, or came later: what precedes a higher
    climb is a bump, or part of it.
    """
    higher, later = other.rise > climb.rise[rows], other.foot > climb.foot[rows]
    whole = later | (other.peak < other.last)
    better = other.grown & whole & (higher | (later & ~climb.grown[rows]))
    merged = []
    for field in fields(Climb):
        values = getattr(climb, field.name).copy()
        if field.name not in ("first", "last"):
            values[rows[better]] = getattr(other, field.name)[better]
        merged.append(values)
    return Climb(*merged)


def steepest_climb(fluorescence: Floats) -> Climb:
    """The steepest climb of every curve (n, c); a reading is NaN where a cycle was not recorded."""
    lowest, _ = extent(fluorescence)
    curve = fluorescence - lowest[:, None]
    shape = derivatives(curve)
    growth = _growth_phase(shape)
    rise, noise = _rise(shape.smooth, curve, growth), _noise(curve, _before(growth.foot, curve))
    whole = growth.whole & (growth.last - growth.first >= FIRST_GROWTH)
    risen = (rise > NOISE_FACTOR * noise) & (rise > 0)
    grown = whole & risen
    grown[grown] = grows(curve[grown], growth.peak[grown], noise[grown])
    return Climb(
        first=growth.first,
        last=growth.last,
        foot=growth.foot,
        top=growth.top,
        peak=growth.peak,
        vertex=_vertex(shape.bend, growth.peak, grown),
        rise=rise,
        noise=noise,
        base=_base(curve, growth.foot) + lowest,
        whole=growth.whole,
        risen=risen,
        grown=grown,
        level=_levelled(growth),
    )


def _growth_phase(shape: Shape) -> _Phase:
    finite = np.isfinite(shape.bend)
    place = np.arange(finite.shape[1])
    first, last = first_true(finite), last_true(finite)
    later = finite & (place >= first[:, None] + FIRST_GROWTH - HALF)
    top = _argmax(_climbed(shape.slope, finite), later)
    # The base ends a whole window before the steepest cycle: its slope is the drift.
    drift = row_median(shape.slope, finite & (place <= top[:, None] - 2 * HALF))
    above = shape.slope - drift[:, None]
    foot = _growth_foot(above, top, first)
    growing = finite & (place >= foot[:, None]) & (place <= top[:, None])
    whole = growing.sum(axis=1) == np.minimum(top, last) - foot + 1
    return _Phase(first, last, foot, top, _argmax(shape.bend, growing), drift, whole, above)


def _climbed(slope: Floats, finite: Bools) -> Floats:
    """How far each slope lies above the lowest one before it: a curve that only settles, steeply at
    first, climbs nowhere.

    Slopes below the usual one of the curve count as that: a fall that comes to rest is no growth.
    """
    beyond = np.where(finite, slope - row_median(slope, finite)[:, None], 0.0)
    lowest = np.where(finite, np.maximum(beyond, 0.0), np.inf)
    return np.asarray(beyond - np.minimum.accumulate(lowest, axis=1))


def _growth_foot(above: Floats, top: Ints, first: Ints) -> Ints:
    """Where growth begins: the last cycle before the steepest one whose slope was still close to
    the drift.
    """
    steep = above >= GROWTH_FOOT * _at(above, top)[:, None]
    flat = _before(top, above) & ~steep & np.isfinite(above)
    return np.asarray(np.maximum(last_true(flat), first), dtype=np.int64)


def _levelled(growth: _Phase) -> Bools:
    ending = _at(growth.above, np.maximum(growth.last, 0))
    return ending < LEVELLED * _at(growth.above, growth.top)


def _base(curve: Floats, foot: Ints) -> Floats:
    return row_median(curve, np.isfinite(curve) & _before(foot + 1, curve))


def _before(column: Ints, curve: Floats) -> Bools:
    """The columns of each curve that come before the one given."""
    return np.arange(curve.shape[1]) < column[:, None]


def _at(values: Floats, column: Ints) -> Floats:
    return values[np.arange(len(values)), column]


def _argmax(values: Floats, where: Bools) -> Ints:
    return np.asarray(np.argmax(np.where(where, values, -np.inf), axis=1), dtype=np.int64)


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
    mean[few] = row_median(size[few], finite[few]) / 0.6745
    return np.asarray(mean / np.sqrt(6.0))


def _rise(smooth: Floats, curve: Floats, growth: _Phase) -> Floats:
    """How far a curve climbed after the foot of its growth, its drift taken off: smoothed, or to
    its last readings, where nothing smooths them.
    """
    after_foot = np.arange(smooth.shape[1]) - growth.foot[:, None]
    start = _at(smooth, np.minimum(growth.foot, smooth.shape[1] - 1))
    height = np.where(np.isfinite(smooth), smooth, curve)
    climb = height - start[:, None] - growth.drift[:, None] * after_foot
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
