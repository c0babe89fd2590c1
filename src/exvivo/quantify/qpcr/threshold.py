"""The Cq of curves that do not level off: where they cross a threshold common to their target and
plate.

A curve that goes on in a line has no sharp bend: its second derivative is greatest somewhere in a
broad rise, and where, depends on how much of the line was recorded. All such curves of a target
grow alike from where they stand at a common height, so the cycle of that height is compared.
"""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.quantify.qpcr.climb import NOISE_FACTOR
from exvivo.quantify.qpcr.curves import Calls, series_medians
from exvivo.quantify.qpcr.derivatives import first_true, last_true
from exvivo.quantify.qpcr.jumps import without_jumps

RISE_SHARE = 0.13
"""The threshold as a share of the median rise. Of the shares tried, from 0.08 to 0.3, replicates of
twelve targets on eight plates whose curves do not level scatter least about here, as little as by
the instruments' Cq.
"""
RISE_TENTH, UNREACHED = 0.1, 0.1
"""Where more than this share of the curves do not get so high before the run ends, the threshold
lies midway (on a log scale) between the noise and this share of the median rise.
"""
LOW_SHARE, GAP, GAP_LOW = 0.06, 1, 4
"""Below this share of its rise a threshold is low; cycles from the base to growth, if it is not and
if it is.
"""
SETTLED = 2
"""The first cycles, which do not enter the base."""
BASE_CYCLES, BASE_FEWEST = 20, 6
"""The base is a line through at most this many readings before growth, or level through fewer than
these.
"""


def threshold_cq(cycles: Floats, fluorescence: Floats, calls: Calls, series: Ints) -> Floats:
    """Where each amplified curve crosses the threshold of its series for the last time; NaN where
    it does not.

    `cycles` (c,), `fluorescence` (n, c) and `series` (n,) as for `call_curves`. The threshold,
    above the base, is `RISE_SHARE` of the median rise, or lower where many curves do not reach
    that, and lies above the noise. Between two cycles the crossing is read off the line through
    their logarithms.
    """
    limit = thresholds(calls, series)
    above = above_base(fluorescence, calls, limit)
    return crossing(cycles, above, limit, among=calls.amplified)


def threshold_bound(cycles: Floats, fluorescence: Floats, calls: Calls, series: Ints) -> Floats:
    """The Cq above which a curve without one lies, (n,), on the scale of `threshold_cq`.

    Where every curve that crosses the threshold counts as amplified that is the last cycle. Where
    late ones do not, it is where as many curves of the series have crossed as were called (from
    the middle one of these on: what crosses earlier is no late curve).
    """
    limit = thresholds(calls, series)
    above = above_base(fluorescence, calls, limit)
    crossed = crossing(cycles, above, limit, among=calls.readable)
    bound = last_recorded(cycles, fluorescence)
    for number in np.unique(series):
        own = series == number
        until = _called_until(crossed[own], calls.amplified[own], cycles[-1])
        bound[own] = np.minimum(bound[own], until)
    return bound


def _called_until(crossed: Floats, called: Bools, last: float) -> float:
    """Between the two places that have as many crossings before them as curves were called."""
    known = called & np.isfinite(crossed)
    if not known.any():
        return last
    middle = np.median(crossed[known])
    late = np.sort(crossed[crossed >= middle])
    number = int((known & (crossed >= middle)).sum())
    return float(late[number - 1 : number + 1].mean()) if number < len(late) else last


def above_base(fluorescence: Floats, calls: Calls, limit: Floats) -> Floats:
    """The curves (n, c) above their bases, jumps taken off, as a `limit` (n,) asks for.

    At the foot of its growth a curve stands about a hundredth of its rise above its base. That is
    nothing to a threshold of a tenth; of a low one, the base ends cycles earlier.
    """
    even, _ = without_jumps(fluorescence)
    low = limit < LOW_SHARE * calls.rise
    return even - _base(even, calls, np.where(low, GAP_LOW, GAP))


def crossing(cycles: Floats, above: Floats, limit: Floats, *, among: Bools) -> Floats:
    """Where each curve `among` them crosses its `limit` (n,) for the last time, `above` its base;
    NaN where it does not.
    """
    before, after = _last_crossing(above, limit)
    row = np.flatnonzero(among & (limit > 0) & (before >= 0) & (after < cycles.size))
    low, high = before[row], after[row]
    share = _log_share(above[row, low], above[row, high], limit[row])
    cq = np.full(len(above), np.nan)
    cq[row] = cycles[low] + share * (cycles[high] - cycles[low])
    return cq


def last_recorded(cycles: Floats, fluorescence: Floats) -> Floats:
    """The last cycle with a reading: up to it a threshold can be crossed. The first cycle where
    there is none.
    """
    return np.asarray(cycles[np.maximum(last_true(np.isfinite(fluorescence)), 0)])


def thresholds(calls: Calls, series: Ints) -> Floats:
    """The threshold of each curve's series, above the base, in the instrument's units."""
    noise, rise = (
        series_medians(values, calls.amplified, series) for values in (calls.noise, calls.rise)
    )
    least, usual = NOISE_FACTOR * noise, RISE_SHARE * rise
    low = np.sqrt(least * RISE_TENTH * rise)
    count, below = (
        np.bincount(series, weights=calls.amplified & curves, minlength=1)[series]
        for curves in (calls.amplified, calls.rise < usual)
    )
    height = np.where(below > UNREACHED * count, low, usual)
    return np.maximum(np.maximum(height, least), 1e-300)


def _base(fluorescence: Floats, calls: Calls, gap: Ints) -> Floats:
    """The base of every curve at every cycle, (n, c): the regression line of its last settled
    readings, `gap` cycles before growth.
    """
    place = np.arange(fluorescence.shape[1], dtype=np.float64)
    last = (calls.foot - gap)[:, None]
    used = np.isfinite(fluorescence) & (place >= SETTLED) & (place <= last)
    used &= place > last - BASE_CYCLES
    count = used.sum(axis=1, keepdims=True)
    time = np.where(used, place - _mean(place * used, count), 0.0)
    level = _mean(np.where(used, fluorescence, 0.0), count)
    moments = (time * np.where(used, fluorescence, 0.0)).sum(axis=1, keepdims=True)
    slope = moments / np.maximum((time**2).sum(axis=1, keepdims=True), 1e-300)
    line = level + np.where(count < BASE_FEWEST, 0.0, slope) * (place - _mean(place * used, count))
    return np.where(count < BASE_FEWEST // 2, calls.base[:, None], line)


def _mean(values: Floats, count: Ints) -> Floats:
    return np.asarray(values.sum(axis=1, keepdims=True) / np.maximum(count, 1))


def _last_crossing(above: Floats, limit: Floats) -> tuple[Ints, Ints]:
    """The last cycle below the threshold, and the first one after it that is not, as columns."""
    over = np.isfinite(above) & (above >= limit[:, None])
    under = np.isfinite(above) & ~over
    before = last_true(under)
    return before, first_true(over & (np.arange(above.shape[1]) > before[:, None]))


def _log_share(low: Floats, high: Floats, limit: Floats) -> Floats:
    """How far the threshold lies from one reading to the next, on a log scale."""
    floor = 1e-3 * limit
    start, end = (np.log(np.maximum(reading, floor)) for reading in (low, high))
    return np.asarray((np.log(limit) - start) / np.maximum(end - start, 1e-12))
