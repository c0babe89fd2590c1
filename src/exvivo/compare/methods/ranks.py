"""Ranks of results that may be known only by bounds: Gehan's scores, and the shift they leave
possible.

Two donors are compared only where their bounds settle which is higher; a pair they do not settle
counts as a tie. Without censoring, or with one detection limit shared by all, the scores are twice
the centred mid-ranks, so the test is the Mann-Whitney test with ties (Gehan 1965, doi
10.1093/biomet/52.1-2.203). The scores of Spearman's coefficient are the same.
"""

from __future__ import annotations

from collections.abc import Callable
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

    def statistic(gap: int) -> float:
        """Gehan's statistic where x is shifted back to the middle of a gap between edges."""
        shift = middles[gap]
        return rank_z(low_x - shift, high_x - shift, low_y, high_y)

    def end(limit: float, *, strictly: bool) -> float:
        """The edge from which the statistic has fallen to the limit (or below it)."""
        return float(ends[_first_below(statistic, len(middles), limit, strictly=strictly)])

    critical = float(ndtri(1 - alpha / 2))
    p = 2 * float(ndtr(-abs(rank_z(low_x, high_x, low_y, high_y))))
    centre = (end(0.0, strictly=False) + end(0.0, strictly=True)) / 2
    lower, upper = end(critical, strictly=False), end(-critical, strictly=True)
    return Estimate(centre if np.isfinite(centre) else None, lower, upper, p)


def _first_below(
    statistic: Callable[[int], float], count: int, limit: float, *, strictly: bool
) -> int:
    """The first of `count` places in which a falling statistic is at most (or below) a limit, by
    bisection.
    """
    low, high = 0, count
    while low < high:
        at = (low + high) // 2
        z = statistic(at)
        if z < limit or (z == limit and not strictly):
            high = at
        else:
            low = at + 1
    return low


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
    share = float(higher.mean())
    # Variance from the placements of each donor among those of the other group.
    parts = np.array([higher.mean(axis=1).var(ddof=1) / n, higher.mean(axis=0).var(ddof=1) / m])
    p = 2 * float(ndtr(-abs(rank_z(low_x, high_x, low_y, high_y))))
    if not 0 < share < 1 or parts.sum() == 0:
        return Estimate(share, *_newcombe(share, n, m, alpha=alpha), p)
    df = float(parts.sum() ** 2 / np.sum(parts**2 / np.array([n - 1, m - 1])))
    # On the logit scale the standard error is divided by the slope share (1 - share).
    error = float(parts.sum()) ** 0.5
    half_width = float(stdtrit(df, 1 - alpha / 2)) * error / (share * (1 - share))
    lower, upper = (float(expit(logit(share) + sign * half_width)) for sign in (-1, 1))
    return Estimate(share, lower, upper, p)


def _newcombe(share: float, n: int, m: int, *, alpha: float) -> tuple[float, float]:
    """Newcombe's interval, method 5: inside 0 to 1, and with a width when the groups do not
    overlap. Its ends are the shares that lie `critical` of their own standard errors away.
    """
    from scipy.optimize import brentq
    from scipy.special import ndtri

    half, critical = (n + m) / 2 - 1, float(ndtri(1 - alpha / 2))

    def away(at: float, sign: int) -> float:
        """How far a share is from lying the critical number of standard errors away."""
        overlap = (1 - at) / (2 - at) + at / (1 + at)
        error = float((at * (1 - at) * (1 + half * overlap) / (n * m)) ** 0.5)
        return share - at + sign * critical * error

    # At 0 and 1 the standard error is 0, which is no end.
    below, above = min(share, 1 - 1e-12), max(share, 1e-12)
    lower = brentq(away, 0.0, below, args=(-1,)) if share > 0 else 0.0
    upper = brentq(away, above, 1.0, args=(1,)) if share < 1 else 1.0
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
    """The ranks from 1, tied values sharing their mean rank.

    `scipy.stats.rankdata` gives the same; importing `scipy.stats` takes longer than a small study.
    """
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[place], dtype=np.float64)


@lru_cache(maxsize=256)
def _rank_sum_quantile(n: int, m: int, tail: float) -> int:
    """The smallest U whose distribution function reaches `tail` (at least 1): R's `qwilcox`."""
    from scipy.special import ndtri

    if n * m > _MOST_EXACT:
        spread = (n * m * (n + m + 1) / 12) ** 0.5
        return max(1, int(np.round(n * m / 2 + float(ndtri(tail)) * spread)))
    ways = _rank_sums(n, m)
    return max(1, int(np.searchsorted(np.cumsum(ways) / ways.sum(), tail)))


def _rank_sums(n: int, m: int) -> Floats:
    """In how many ways n of n + m ranks can have each U, from 0 to n m: ranks taken one by one."""
    ways = np.zeros((n + 1, n * m + 1))
    ways[0, 0] = 1
    for place in range(n + m):
        for size in range(min(place + 1, n), 0, -1):
            below = place - (size - 1)
            if 0 <= below <= m:
                ways[size, below:] += ways[size - 1, : n * m + 1 - below]
    return np.asarray(ways[n])
