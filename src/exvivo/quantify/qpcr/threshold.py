"""The Cq of curves without a plateau: where they cross a threshold common to their target and
plate.
"""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.quantify.qpcr.curves import NOISE_FACTOR, Calls, series_medians
from exvivo.quantify.qpcr.derivatives import first_true, last_true

RISE_TENTH = 0.1
"""The share of the median rise below which a threshold lies; above it lies the noise."""


def threshold_cq(cycles: Floats, fluorescence: Floats, calls: Calls, series: Ints) -> Floats:
    """Where each amplified curve crosses the threshold of its series for the last time; NaN where
    it does not.

    `cycles` (c,), `fluorescence` (n, c) and `series` (n,) as for `call_curves`. The threshold,
    above the base, is midway (on a log scale) between `NOISE_FACTOR` times the median noise and a
    tenth of the median rise. Between two cycles the crossing is read off the line through their
    logarithms.
    """
    crossed = _crossings(cycles, fluorescence, calls, series)
    return np.where(calls.amplified, crossed, np.nan)


def threshold_bound(cycles: Floats, fluorescence: Floats, calls: Calls, series: Ints) -> Floats:
    """The Cq above which a curve without one lies, (n,), on the scale of `threshold_cq`.

    Where every curve that crosses the threshold counts as amplified that is the last cycle. Where
    late ones do not, it is where as many curves of the series have crossed as were called (from
    the middle one of these on: what crosses earlier is no late curve).
    """
    crossed = _crossings(cycles, fluorescence, calls, series)
    bound = np.full(len(crossed), cycles[-1])
    for number in np.unique(series):
        own = series == number
        bound[own] = _called_until(crossed[own], calls.amplified[own], cycles[-1])
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


def _crossings(cycles: Floats, fluorescence: Floats, calls: Calls, series: Ints) -> Floats:
    """Where every curve crosses the threshold of its series for the last time, amplified or not."""
    limit = _thresholds(calls, series)
    above = fluorescence - calls.base[:, None]
    before, after = _last_crossing(above, limit)
    row = np.flatnonzero((before >= 0) & (after < cycles.size))
    low, high = before[row], after[row]
    share = _log_share(above[row, low], above[row, high], limit[row])
    cq = np.full(len(fluorescence), np.nan)
    cq[row] = cycles[low] + share * (cycles[high] - cycles[low])
    return cq


def _thresholds(calls: Calls, series: Ints) -> Floats:
    """The geometric mean of the two limits, for each curve."""
    noise, rise = (
        series_medians(values, calls.amplified, series) for values in (calls.noise, calls.rise)
    )
    return np.maximum(np.sqrt(NOISE_FACTOR * noise * RISE_TENTH * rise), 1e-300)


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
