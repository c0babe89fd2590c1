"""Ranks of results over visits that may be known only by bounds: Gehan's scores of the changes.

The change of donor i between two visits v and w lies between the difference of the bounds at either
visit. Between every two visits donors are ordered by their changes where the bounds settle it (a
pair they leave open is a tie), and the score of a result is the mean of its donor's orders:

    q_iv = 1 / V_i Σ_w 1 / n_vw Σ_j sign((x_iv - x_iw) - (x_jv - x_jw))

with V_i visits of donor i and n_vw donors at both visits. A constant added to a donor, or to all of
a visit (values and bounds), changes nothing. With two visits these are Gehan's scores of the
changes (1965, doi 10.1093/biomet/52.1-2.203). Ranks within each visit would lose what is common to
a donor's visits, and take a detection limit that all drift towards for a change of the low donors:
a relation of that level with the slope of the score then passes for one of the changes.

When not to use: with more than half of the results known only by bounds.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.compare.methods.ranks import settled

_DIGITS = 9
"""Decimals in which changes are compared: what differs behind them is rounding."""


def change_scores(lower: Floats, upper: Floats, strata: Floats | None = None) -> Floats:
    """The scores (donors, visits) of results between bounds (donors, visits) that are equal where
    one is known and NaN where there is none; a donor's scores sum to 0.

    `strata` (donors, visits) numbers the plates: only changes between the same two plates are
    compared, so that a constant added to all of a plate changes nothing.
    """
    present = ~np.isnan(lower)
    strata = np.zeros_like(lower) if strata is None else strata
    scores = np.where(present, 0.0, np.nan)
    for first, last in combinations(range(lower.shape[1]), 2):
        both = present[:, first] & present[:, last]
        orders = _orders(
            lower[both, last] - upper[both, first],
            upper[both, last] - lower[both, first],
            _alike(strata[both, first]) & _alike(strata[both, last]),
        )
        scores[both, last] += orders
        scores[both, first] -= orders
    return np.asarray(scores / present.sum(axis=1, keepdims=True).clip(1))


def _alike(strata: Floats) -> Bools:
    """Which pairs of donors share a stratum."""
    return np.asarray(strata[:, None] == strata)


def _orders(low: Floats, high: Floats, compared: Bools) -> Floats:
    """The mean order of each change among all: 1 where it is higher than every other."""
    low, high = np.round(low, _DIGITS), np.round(high, _DIGITS)
    orders = settled(low[:, None], high[:, None], low, high) * compared
    return np.asarray(orders.sum(axis=1) / max(len(low), 1))
