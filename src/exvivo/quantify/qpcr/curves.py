"""Amplification curves to Cq: the cycle at which growth accelerates most, for all curves of an
assay at once.

The second derivative comes from cubic polynomials through seven neighbouring cycles (Savitzky and
Golay 1964, doi 10.1021/ac60214a047). It does not see the baseline: adding a constant or a straight
line to a curve changes no Cq. The settings below were fixed beforehand and are not adapted to any
data set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints

HALF = 3
"""Cycles on either side of the one looked at."""
FEWEST = 5
"""Readings a window of seven needs where a curve has gaps."""
FIRST_GROWTH = 5
"""Growth is not looked for before this many cycles: the first ones are unsettled on every
instrument.
"""
GROWTH_FOOT = 0.05
"""The growth phase begins where the slope last was below this share of its maximum."""
NOISE_FACTOR = 20.0
"""A curve amplified if it rose by more than this many times the noise of its early cycles ..."""
RISE_SHARE = 0.05
"""... and by more than this share of the median rise among the amplified curves of its target and
plate.
"""

_OFFSETS = np.arange(-HALF, HALF + 1, dtype=np.float64)
_DESIGN = np.vander(_OFFSETS, 4, increasing=True)
_KERNELS = np.linalg.pinv(_DESIGN)[:3] * np.array([[1.0], [1.0], [2.0]])


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


def call_curves(cycles: Floats, fluorescence: Floats, series: Ints) -> Calls:
    """Second-derivative-maximum Cq and amplification call of every curve.

    `cycles` (c,) is the common axis, consecutive; `fluorescence` (n, c) holds NaN where a cycle was
    not recorded; `series` (n,) numbers the curves of one target on one plate, whose heights can be
    compared. A curve that still accelerated at its end has no Cq: it lies above `bound`. A curve
    that grew from its first cycles on is not readable: where it began was not recorded. Evaluation
    of the method: doi 10.1016/j.ymeth.2012.08.011.
    """
    level = np.where(np.isfinite(fluorescence), fluorescence, np.inf).min(axis=1, initial=np.inf)
    curve = fluorescence - np.where(np.isfinite(level), level, 0.0)[:, None]
    smooth, slope, bend = _derivatives(curve)
    seen = np.isfinite(bend)
    place = np.arange(cycles.size)
    last = np.where(seen, place, -1).max(axis=1, initial=-1)
    first = np.where(seen, place, cycles.size).min(axis=1, initial=cycles.size)

    top = _argmax(slope, seen & (place >= first[:, None] + FIRST_GROWTH - HALF))
    base = seen & (place <= top[:, None] - 2 * HALF)
    drift = _median(slope, base)
    above = slope - drift[:, None]
    foot = _growth_foot(above, top, first, place)
    growing = seen & (place >= foot[:, None]) & (place <= top[:, None])
    peak = _argmax(bend, growing)

    noise = _noise(curve, place < foot[:, None])
    rise = _rise(smooth, drift, foot, place)
    span = np.minimum(top, last) - foot + 1
    readable = (last - first >= FIRST_GROWTH) & (growing.sum(axis=1) == span)
    risen = readable & (rise > NOISE_FACTOR * noise) & (rise > 0)
    amplified = risen & (rise > RISE_SHARE * _median_rise(rise, risen, series))
    readable &= ~(amplified & (peak <= first)) & (amplified | ~risen)
    found = amplified & readable & (peak < last)
    cq = np.where(found, cycles[peak] + _vertex(bend, peak, found), np.nan)
    steepest, ending = (
        np.take_along_axis(above, at[:, None], axis=1)[:, 0] for at in (top, np.maximum(last, 0))
    )
    start = _median(curve, np.isfinite(curve) & (place <= foot[:, None])) + np.where(
        np.isfinite(level), level, 0.0
    )
    return Calls(
        cq,
        amplified,
        readable,
        cycles[np.maximum(last, 0)],
        rise,
        noise,
        start,
        amplified & (ending < 0.5 * steepest),
    )


def threshold_cq(cycles: Floats, fluorescence: Floats, calls: Calls, series: Ints) -> Floats:
    """Where each amplified curve crosses the threshold of its series for the last time; NaN where
    it does not.

    The threshold, above the base, is midway (on a log scale) between `NOISE_FACTOR` times the
    median noise and a tenth of the median rise. Between two cycles the crossing is read off the
    line through their logarithms.
    """
    limit = _thresholds(calls, series)[:, None]
    above = fluorescence - calls.base[:, None]
    over = np.isfinite(above) & (above >= limit)
    under = np.isfinite(above) & ~over
    place = np.arange(cycles.size)
    before = np.where(under, place, -1).max(axis=1, initial=-1)
    after = np.where(over & (place > before[:, None]), place, cycles.size).min(
        axis=1, initial=cycles.size
    )
    crossed = calls.amplified & (before >= 0) & (after < cycles.size)
    row = np.flatnonzero(crossed)
    low, high = before[row], after[row]
    floor = 1e-3 * limit[row, 0]
    y0, y1 = (np.log(np.maximum(above[row, at], floor)) for at in (low, high))
    cq = np.full(len(fluorescence), np.nan)
    share = (np.log(limit[row, 0]) - y0) / np.maximum(y1 - y0, 1e-12)
    cq[row] = cycles[low] + share * (cycles[high] - cycles[low])
    return cq


def _thresholds(calls: Calls, series: Ints) -> Floats:
    limits = np.full(int(series.max(initial=-1)) + 1, np.inf)
    for number in np.unique(series[calls.amplified]):
        mine = calls.amplified & (series == number)
        limits[number] = np.sqrt(
            NOISE_FACTOR * np.median(calls.noise[mine]) * 0.1 * np.median(calls.rise[mine])
        )
    return np.asarray(np.maximum(limits[series], 1e-300))


def _derivatives(curve: Floats) -> tuple[Floats, Floats, Floats]:
    """Smoothed curve, slope and second derivative per cycle; NaN where the window leaves the
    curve.
    """
    wide = np.pad(curve, ((0, 0), (HALF, HALF)), constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(wide, 2 * HALF + 1, axis=1)
    made = np.einsum("ncw,kw->knc", windows, _KERNELS, optimize=True)
    seen = np.isfinite(curve)
    before = np.cumsum(seen, axis=1) > HALF
    after = np.cumsum(seen[:, ::-1], axis=1)[:, ::-1] > HALF
    gaps = np.argwhere(before & after & np.isnan(made[2]))
    if len(gaps):
        made[:, gaps[:, 0], gaps[:, 1]] = _through_gaps(windows[gaps[:, 0], gaps[:, 1]])
    return made[0], made[1], made[2]


def _through_gaps(windows: Floats) -> Floats:
    """The same polynomial through the readings a window does have, if there are enough on both
    sides of it.
    """
    seen = np.isfinite(windows)
    enough = (
        (seen.sum(axis=1) >= FEWEST)
        & (seen[:, :HALF].sum(axis=1) >= 2)
        & (seen[:, HALF + 1 :].sum(axis=1) >= 2)
    )
    made = np.full((3, len(windows)), np.nan)
    weight, value = seen[enough].astype(np.float64), np.where(seen, windows, 0.0)[enough]
    normal = np.einsum("gw,wi,wj->gij", weight, _DESIGN, _DESIGN)
    right = np.einsum("gw,wi->gi", value, _DESIGN)
    made[:, enough] = np.linalg.solve(normal, right[..., None])[:, :3, 0].T * np.array(
        [[1.0], [1.0], [2.0]]
    )
    return made


def _argmax(values: Floats, where: Bools) -> Ints:
    return np.asarray(np.argmax(np.where(where, values, -np.inf), axis=1), dtype=np.int64)


def _median(values: Floats, where: Bools) -> Floats:
    """Row medians over the places marked; 0 where none is."""
    ordered = np.sort(np.where(where, values, np.inf), axis=1)
    count = where.sum(axis=1)
    row = np.arange(len(values))
    middle = (
        ordered[row, np.maximum(count - 1, 0) // 2]
        + ordered[row, np.minimum(count // 2, values.shape[1] - 1)]
    ) / 2
    return np.where(count > 0, middle, 0.0)


def _growth_foot(above: Floats, top: Ints, first: Ints, place: Ints) -> Ints:
    """Where growth begins: the last cycle before the steepest one whose slope was still close to
    the drift.
    """
    steepest = np.take_along_axis(above, top[:, None], axis=1)
    flat = (place < top[:, None]) & ~(above >= GROWTH_FOOT * steepest)
    last_flat = np.where(flat & np.isfinite(above), place, -1).max(axis=1, initial=-1)
    return np.asarray(np.maximum(last_flat, first), dtype=np.int64)


def _noise(curve: Floats, early: Bools) -> Floats:
    """Standard deviation of single readings before growth, from second differences, which see no
    drift.
    """
    wobble = np.full_like(curve, np.nan)
    wobble[:, 1:-1] = np.abs(curve[:, 2:] - 2 * curve[:, 1:-1] + curve[:, :-2])
    use = np.isfinite(wobble)
    some = use & early
    use = np.where(some.sum(axis=1, keepdims=True) >= 3, some, use)
    mean = np.where(use, wobble, 0.0).sum(axis=1) / np.maximum(use.sum(axis=1), 1)
    return np.asarray(mean * np.sqrt(np.pi / 2) / np.sqrt(6.0))


def _rise(smooth: Floats, drift: Floats, foot: Ints, place: Ints) -> Floats:
    """How far a curve climbed after the foot of its growth, its drift taken off."""
    start = np.take_along_axis(smooth, np.minimum(foot, len(place) - 1)[:, None], axis=1)
    climb = smooth - start - drift[:, None] * (place - foot[:, None])
    climb = np.where(np.isfinite(climb) & (place > foot[:, None]), climb, 0.0)
    return np.asarray(climb.max(axis=1, initial=0.0))


def _median_rise(rise: Floats, risen: Bools, series: Ints) -> Floats:
    """The median rise among the risen curves of each curve's series; 0 where none rose."""
    medians = np.zeros(int(series.max(initial=-1)) + 1)
    for number in np.unique(series[risen]):
        medians[number] = np.median(rise[risen & (series == number)])
    return medians[series]


def _vertex(bend: Floats, peak: Ints, found: Bools) -> Floats:
    """Sub-cycle place of the maximum: the vertex of the parabola through it and its neighbours,
    within half a cycle.
    """
    row = np.arange(len(bend))
    left, middle, right = (
        np.nan_to_num(bend[row, np.clip(peak + step, 0, bend.shape[1] - 1)]) for step in (-1, 0, 1)
    )
    curvature = left - 2 * middle + right
    usable = found & (curvature < 0)
    shift = np.where(usable, 0.5 * (left - right), 0.0) / np.where(usable, curvature, 1.0)
    return np.clip(shift, -0.5, 0.5)
