"""Ranks of results that may be known only by bounds: Gehan's scores, and the shift they leave
possible.

Two donors are compared only where their bounds settle which is higher; a pair they do not settle
counts as a tie. Without censoring, or with one detection limit shared by all, the scores are twice
the centred mid-ranks, so the test is the Mann-Whitney test with ties (Gehan 1965, doi
10.1093/biomet/52.1-2.203). The scores of Spearman's coefficient are the same.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.estimate import Estimate

_MOST_EXACT = 2500
"""Pairs of donors up to which the rank-sum distribution is counted rather than approximated."""


def settled(low_a: Floats, high_a: Floats, low_b: Floats, high_b: Floats) -> Floats:
    """+1 where a is surely higher than b, -1 where it is surely lower, 0 where the bounds leave it
    open.

    The arrays broadcast against each other. A value equal to another's bound is on its own side of
    it: a detected result at the limit is higher than an undetected one.
    """
    exact = (low_a == high_a) & (low_b == high_b)
    higher = np.where(exact, low_a > low_b, low_a >= high_b)
    lower = np.where(exact, low_a < low_b, high_a <= low_b)
    return higher.astype(np.float64) - lower.astype(np.float64)


def gehan_scores(low: Floats, high: Floats) -> Floats:
    """For each result, how many others are surely lower minus how many are surely higher; they sum
    to 0.
    """
    return np.asarray(settled(low[:, None], high[:, None], low[None, :], high[None, :]).sum(axis=1))


def rank_z(low_x: Floats, high_x: Floats, low_y: Floats, high_y: Floats) -> float:
    """Gehan's statistic of x against y over its permutation standard deviation; 0 where all scores
    are equal.
    """
    scores = gehan_scores(np.concatenate([low_x, low_y]), np.concatenate([high_x, high_y]))
    n, m = len(low_x), len(low_y)
    variance = n * m / ((n + m) * (n + m - 1)) * float(scores @ scores)
    return float(scores[:n].sum()) / variance**0.5 if variance > 0 else 0.0


def censored_shift(
    low_x: Floats, high_x: Floats, low_y: Floats, high_y: Floats, *, alpha: float
) -> Estimate:
    """How far x lies above y, by ranks: the shifts Gehan's test does not reject, and the one it
    finds nothing left in.

    Each pair of donors settles its order up to one shift and reverses it from another; between two
    such shifts the test does not change, so the ends of the interval are found by bisection among
    them. An end is infinite where no shift is ever rejected. The p value is of the same test at
    shift 0 (normal approximation, ties counted, no continuity correction). Source: Hodges and
    Lehmann 1963, doi 10.1214/aoms/1177704172, with Gehan's scores.
    """
    from scipy.special import ndtr, ndtri

    edges = np.concatenate([(low_x[:, None] - high_y).ravel(), (high_x[:, None] - low_y).ravel()])
    edges = np.unique(edges[np.isfinite(edges)])
    ends = np.concatenate([[-np.inf], edges, [np.inf]])
    middles = np.concatenate([edges[:1] - 1, (edges[1:] + edges[:-1]) / 2, edges[-1:] + 1])

    def first_below(limit: float, strictly: bool) -> int:
        """The first gap between edges in which the statistic has fallen to the limit (or below
        it).
        """
        low, high = 0, len(middles)
        while low < high:
            at = (low + high) // 2
            z = rank_z(low_x - middles[at], high_x - middles[at], low_y, high_y)
            low, high = (low, at) if (z < limit if strictly else z <= limit) else (at + 1, high)
        return low

    critical = float(ndtri(1 - alpha / 2))
    p = 2 * float(ndtr(-abs(rank_z(low_x, high_x, low_y, high_y))))
    lower, upper = ends[first_below(critical, False)], ends[first_below(-critical, True)]
    centre = (ends[first_below(0.0, False)] + ends[first_below(0.0, True)]) / 2
    return Estimate(float(centre) if np.isfinite(centre) else None, float(lower), float(upper), p)


def superiority(
    low_x: Floats, high_x: Floats, low_y: Floats, high_y: Floats, *, alpha: float
) -> Estimate:
    """The probability that a donor of x is higher than one of y, pairs that the bounds leave open
    counting half.

    Interval by the variance of Brunner and Munzel (2000, doi
    10.1002/(SICI)1521-4036(200001)42:1<17::AID-BIMJ17>3.0.CO;2-U), which respects ties, on the
    logit scale with their degrees of freedom; where the groups do not overlap at all it has no
    width and Newcombe's method 5 stands in (2006, doi 10.1002/sim.2324). The p value is of Gehan's
    test, as for a shift.
    """
    from scipy.special import expit, logit, ndtr, stdtrit

    n, m = len(low_x), len(low_y)
    higher = (settled(low_x[:, None], high_x[:, None], low_y, high_y) + 1) / 2
    found = float(higher.mean())
    parts = np.array([higher.mean(axis=1).var(ddof=1) / n, higher.mean(axis=0).var(ddof=1) / m])
    p = 2 * float(ndtr(-abs(rank_z(low_x, high_x, low_y, high_y))))
    if not 0 < found < 1 or parts.sum() == 0:
        return Estimate(found, *_newcombe(found, n, m, alpha=alpha), p)
    freedom = float(parts.sum() ** 2 / np.sum(parts**2 / np.array([n - 1, m - 1])))
    reach = (
        float(stdtrit(freedom, 1 - alpha / 2)) * float(parts.sum()) ** 0.5 / (found * (1 - found))
    )
    return Estimate(
        found, float(expit(logit(found) - reach)), float(expit(logit(found) + reach)), p
    )


def _newcombe(found: float, n: int, m: int, *, alpha: float) -> tuple[float, float]:
    """Newcombe's interval, method 5: inside 0 to 1, and with a width when the groups do not
    overlap.
    """
    from scipy.optimize import brentq
    from scipy.special import ndtri

    half, critical = (n + m) / 2 - 1, float(ndtri(1 - alpha / 2))

    def width(at: float) -> float:
        return float(
            (at * (1 - at) * (1 + half * ((1 - at) / (2 - at) + at / (1 + at))) / (n * m)) ** 0.5
        )

    below, above = (
        min(found, 1 - 1e-12),
        max(found, 1e-12),
    )  # at 0 and 1 the width is 0, which is no end
    lower = brentq(lambda at: found - at - critical * width(at), 0.0, below) if found > 0 else 0.0
    upper = brentq(lambda at: found - at + critical * width(at), above, 1.0) if found < 1 else 1.0
    return float(lower), float(upper)


def shift_of_ranks(x: Floats, y: Floats, *, alpha: float) -> tuple[float, float, float]:
    """Hodges and Lehmann's shift of x above y (the median of all differences) with its rank-sum
    interval.

    Exact where nothing is tied and the groups are small, as R's `wilcox.test(exact=TRUE,
    conf.int=TRUE)` gives it.
    """
    differences = np.sort((x[:, None] - y).ravel())
    cut = _rank_sum_quantile(len(x), len(y), alpha / 2)
    return float(np.median(differences)), float(differences[cut - 1]), float(differences[-cut])


def midranks(values: Floats) -> Floats:
    """The ranks from 1, tied values sharing their mean rank."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[place], dtype=np.float64)


@lru_cache(maxsize=256)
def _rank_sum_quantile(n: int, m: int, tail: float) -> int:
    """The smallest U whose distribution function reaches `tail` (at least 1): R's `qwilcox`."""
    from scipy.special import ndtri

    if n * m > _MOST_EXACT:
        spread = (n * m * (n + m + 1) / 12) ** 0.5
        return max(1, int(np.round(n * m / 2 + float(ndtri(tail)) * spread)))
    ways = np.zeros((n + 1, n * m + 1))
    ways[0, 0] = 1
    for place in range(n + m):
        for size in range(min(place + 1, n), 0, -1):
            below = place - (size - 1)
            if 0 <= below <= m:
                ways[size, below:] += ways[size - 1, : n * m + 1 - below]
    share = np.cumsum(ways[n]) / ways[n].sum()
    return max(1, int(np.searchsorted(share, tail)))
