"""Curves whose Cq and whose growth disagree: a bubble, a bump or a wandering base took the Cq.

In curves of one target the Cq lies at nearly the same distance from where the curve has gone a
tenth, a fifth, a half of its own rise. Where such a distance is off by cycles, the Cq is that of
something else. Replicates are not needed to see it. A threshold that is crossed, left and crossed
again cycles later was crossed by something else too.
"""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.quantify.qpcr.curves import Calls, series_medians
from exvivo.quantify.qpcr.derivatives import first_true, last_true
from exvivo.quantify.qpcr.threshold import SETTLED, above_base, crossing, thresholds

TOLERANCES = {0.1: 3.0, 0.2: 2.0, 0.35: 2.0, 0.5: 3.0, 0.7: 4.0}
"""By share of the rise, how many cycles its distance from the Cq may be off that of the target, in
curves that levelled off: more than in any of 2,000 real curves of seven instruments.
"""
_ONE, _EARLY, _USUAL = 0.2, 1.5, 0.7
"""The share that is judged where nothing is known of the target or the curve is cut off, how much
later it may come, and its usual distance in cycles ...
"""
_LEAST, _MOST = 0.0, 2.5
"""... which is that of the target within these limits: real ones are 0.3 to 2.1."""
_FEWEST = 4
"""Curves that tell the distances of a target."""
_AGAIN = 2
"""Cycles after which a threshold is crossed a second time."""


def distorted(cycles: Floats, fluorescence: Floats, calls: Calls, series: Ints) -> Bools:
    """Which curves have a maximum of the second derivative that their own growth contradicts.

    `cycles` (c,), `fluorescence` (n, c) and `series` (n,) as for `call_curves`. A curve cut off by
    the end of the run reaches a share of its rise early: only a Cq too early is seen of it.
    """
    above = above_base(fluorescence, calls, calls.rise)
    judged = np.isfinite(calls.cq)
    like = judged & calls.level
    known = np.bincount(series, weights=like, minlength=1)[series] >= _FEWEST
    off = np.zeros(len(judged), dtype=bool)
    for share, tolerance in TOLERANCES.items():
        distance = crossing(cycles, above, share * calls.rise, among=judged) - calls.cq
        usual = series_medians(np.nan_to_num(distance), like & np.isfinite(distance), series)
        off |= like & known & (np.abs(np.nan_to_num(distance - usual)) > tolerance)
        if share == _ONE:
            off |= judged & _too_early(distance, series)
    return np.asarray(off)


def crossed_twice(fluorescence: Floats, calls: Calls, series: Ints) -> Bools:
    """Which curves cross the threshold of their target and come back to it cycles later."""
    limit = thresholds(calls, series)
    over = above_base(fluorescence, calls, limit) >= limit[:, None]
    under = np.isfinite(fluorescence) & ~over
    settled = np.arange(fluorescence.shape[1]) >= SETTLED
    return np.asarray(calls.amplified & (last_true(under) - first_true(over & settled) > _AGAIN))


def _too_early(distance: Floats, series: Ints) -> Bools:
    """Where growth comes cycles later after the Cq than in the other curves of the target."""
    seen = np.isfinite(distance)
    count = np.bincount(series, weights=seen, minlength=1)[series]
    usual = np.clip(series_medians(np.nan_to_num(distance), seen, series), _LEAST, _MOST)
    beyond = np.nan_to_num(distance) - np.where(count < _FEWEST, _USUAL, usual)
    return np.asarray(beyond > _EARLY)
