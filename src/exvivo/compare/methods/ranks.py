"""Ranks of results that may be known only by bounds: Gehan's scores, and the shift they leave
possible.

Two donors are compared only where their bounds settle which is higher; a pair they do not settle
counts as a tie. Without censoring, or with one detection limit shared by all, the scores are twice
the centred mid-ranks, so the test is the Mann-Whitney test with ties (Gehan 1965, doi
10.1093/biomet/52.1-2.203). The scores of Spearman's coefficient are the same.

Where plates (or other levels of the design) matter, donors are compared within their stratum only,
and strata are put together as van Elteren does (1960; Lehmann 1975, ISBN 0-8162-4996-6, p. 145): a
constant added to all of a plate changes nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from operator import le, lt

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.estimate import Estimate
from exvivo.compare.methods.intervals import critical_t, critical_z, normal_p

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


@dataclass(frozen=True)
class TwoGroups:
    """Results of two groups between `low` and `high` (donors,), `first` marks the first group.

    Donors are compared within their stratum only (`strata` (donors,), none: all in one).
    """

    low: Floats
    high: Floats
    first: Bools
    strata: Ints

    def shifted_back(self, shift: float) -> TwoGroups:
        """The same with the first group lowered."""
        off = np.where(self.first, shift, 0.0)
        return replace(self, low=self.low - off, high=self.high - off)

    @cached_property
    def pairs(self) -> Bools:
        """Which donors of the first group meet which of the second (n, m)."""
        return np.asarray(self.strata[self.first][:, None] == self.strata[~self.first])

    @cached_property
    def higher(self) -> Floats:
        """1 where the donor of the first group is surely higher, 0 where it is lower, a half where
        the bounds leave it open (n, m).
        """
        low, high, first = self.low, self.high, self.first
        order = settled(low[first][:, None], high[first][:, None], low[~first], high[~first])
        return np.asarray((order + 1) / 2)

    @property
    def pair_weights(self) -> Floats:
        """What a pair counts (n, m), together 1: over N + 1, with N donors in its stratum (van
        Elteren 1960).
        """
        sizes = np.bincount(self.strata)[self.strata[self.first]]
        weights = self.pairs / (sizes[:, None] + 1)
        return np.asarray(weights / weights.sum())


def rank_z(groups: TwoGroups) -> float:
    """Gehan's statistic of the first group against the second over its permutation standard
    deviation, strata with N donors weighing 1 / (N + 1); 0 where all scores are equal.
    """
    total, variance = 0.0, 0.0
    for stratum in np.unique(groups.strata):
        inside = groups.strata == stratum
        scores = gehan_scores(groups.low[inside], groups.high[inside])
        first, donors = groups.first[inside], len(scores)
        n = int(first.sum())
        if 0 < n < donors:
            weight = 1 / (donors + 1)
            total += weight * float(scores[first].sum())
            spread = n * (donors - n) / (donors * (donors - 1)) * float(scores @ scores)
            variance += weight**2 * spread
    return total / variance**0.5 if variance > 0 else 0.0


def censored_shift(groups: TwoGroups, *, alpha: float) -> Estimate:
    """How far the first group lies above the second, by ranks: the shifts the test does not reject,
    and the one it finds nothing left in.

    Each pair of donors settles its order up to one shift and reverses it from another; between two
    such shifts the test does not change, so the ends of the interval are found by bisection among
    them. An end is infinite where no shift is ever rejected. The p value is of the same test at
    shift 0 (normal approximation, ties counted, no continuity correction). Source: Hodges and
    Lehmann 1963, doi 10.1214/aoms/1177704172, with Gehan's scores, within strata as van Elteren
    has them.
    """
    edges = _settling_shifts(groups)
    ends = np.concatenate([[-np.inf], edges, [np.inf]])
    middles = np.concatenate([edges[:1] - 1, (edges[1:] + edges[:-1]) / 2, edges[-1:] + 1])

    def statistic(shift: float) -> float:
        """Gehan's statistic where the first group is shifted back."""
        return rank_z(groups.shifted_back(shift))

    def end(limit: float, reached: Callable[[float, float], bool]) -> float:
        """The edge from which the falling statistic has reached the limit, by bisection."""
        gap = bisect_left(middles, True, key=lambda shift: reached(statistic(shift), limit))
        return float(ends[gap])

    critical = critical_z(alpha)
    centre = (end(0.0, le) + end(0.0, lt)) / 2
    p = normal_p(statistic(0.0))
    estimate = centre if np.isfinite(centre) else None
    return Estimate(estimate, end(critical, le), end(-critical, lt), p)


def _settling_shifts(groups: TwoGroups) -> Floats:
    """The shifts at which the order of a pair of donors changes, from the lowest up."""
    low, high, first = groups.low, groups.high, groups.first
    settles = low[first][:, None] - high[~first]
    reverses = high[first][:, None] - low[~first]
    edges = np.concatenate([settles[groups.pairs], reverses[groups.pairs]])
    return np.unique(edges[np.isfinite(edges)])


def superiority(groups: TwoGroups, *, alpha: float) -> Estimate:
    """The probability that a donor of the first group is higher than one of the second in the same
    stratum, pairs that the bounds leave open counting half.

    Interval by the variance of Brunner and Munzel (2000, doi
    10.1002/(SICI)1521-4036(200001)42:1<17::AID-BIMJ17>3.0.CO;2-U), which respects ties, on the
    logit scale with their degrees of freedom; where the groups do not overlap at all it has no
    width and Newcombe's method 5 stands in (2006, doi 10.1002/sim.2324). The p value is of Gehan's
    test, as for a shift.
    """
    p, shape = normal_p(rank_z(groups)), groups.higher.shape
    share = float((groups.pair_weights * groups.higher).sum())
    variances = _placement_variances(groups, share)
    if not 0 < share < 1 or variances.sum() == 0:
        return Estimate(share, *_newcombe(share, *shape, alpha=alpha), p)
    less = np.array(shape) - 1
    df = float(variances.sum() ** 2 / np.sum(variances**2 / less))
    error = float(variances.sum()) ** 0.5
    return Estimate(share, *_logit_interval(share, critical_t(df, alpha) * error), p)


def _placement_variances(groups: TwoGroups, share: float) -> Floats:
    """The variance that the donors of each group bring: of n donors n / (n - 1) Σ a², where a is
    how far the pairs of a donor move the share.
    """
    moved = groups.pair_weights * (groups.higher - share)
    sums = (moved.sum(axis=1), moved.sum(axis=0))
    return np.array([len(a) / (len(a) - 1) * float(a @ a) for a in sums])


def _logit_interval(share: float, half_width: float) -> tuple[float, float]:
    """An interval on the logit scale, where the width is divided by the slope share (1 - share)."""
    from scipy.special import expit, logit

    wide = half_width / (share * (1 - share))
    return float(expit(logit(share) - wide)), float(expit(logit(share) + wide))


def _newcombe(share: float, n: int, m: int, *, alpha: float) -> tuple[float, float]:
    """Newcombe's interval, method 5: inside 0 to 1, and with a width when the groups do not
    overlap. Its ends are the shares that lie `critical` of their own standard errors away.
    """
    from scipy.optimize import brentq

    critical = critical_z(alpha)

    def away(at: float, sign: int) -> float:
        """How far a share is from lying the critical number of standard errors away."""
        return share - at + sign * critical * _newcombe_error(at, n, m)

    # At 0 and 1 the standard error is 0, which is no end.
    below, above = min(share, 1 - 1e-12), max(share, 1e-12)
    lower = brentq(away, 0.0, below, args=(-1,)) if share > 0 else 0.0
    upper = brentq(away, above, 1.0, args=(1,)) if share < 1 else 1.0
    return float(lower), float(upper)


def _newcombe_error(share: float, n: int, m: int) -> float:
    """The standard error of a share, after Newcombe's method 5."""
    overlap = (1 - share) / (2 - share) + share / (1 + share)
    pairs = 1 + ((n + m) / 2 - 1) * overlap
    return float((share * (1 - share) * pairs / (n * m)) ** 0.5)


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
    """The ranks from 1 along the last axis, tied values sharing their mean rank.

    `scipy.stats.rankdata` gives the same; importing `scipy.stats` takes longer than a small study.
    """
    order = np.argsort(values, axis=-1)
    ordered = np.take_along_axis(values, order, axis=-1)
    another = ordered[..., 1:] != ordered[..., :-1]
    places = np.broadcast_to(np.arange(1.0, values.shape[-1] + 1), values.shape)
    if not another.all():
        places = _shared_places(another, places)
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, places, axis=-1)
    return ranks


def _shared_places(another: Bools, places: Floats) -> Floats:
    """The mean place of equal values in order; `another` says where a value is not the one
    before.
    """
    edge = np.ones((*another.shape[:-1], 1), dtype=np.bool_)
    begins = np.concatenate([edge, another], axis=-1)
    ends = np.concatenate([another, edge], axis=-1)
    first = np.maximum.accumulate(np.where(begins, places, 0.0), axis=-1)
    last = np.minimum.accumulate(np.where(ends, places, np.inf)[..., ::-1], axis=-1)[..., ::-1]
    return np.asarray((first + last) / 2)


@lru_cache(maxsize=256)
def _rank_sum_quantile(n: int, m: int, tail: float) -> int:
    """The smallest U whose distribution function reaches `tail` (at least 1): R's `qwilcox`."""
    if n * m > _MOST_EXACT:
        return max(1, _normal_quantile(n, m, tail))
    ways = _rank_sums(n, m)
    return max(1, int(np.searchsorted(np.cumsum(ways) / ways.sum(), tail)))


def _normal_quantile(n: int, m: int, tail: float) -> int:
    """The same by the normal approximation."""
    from scipy.special import ndtri

    spread: float = (n * m * (n + m + 1) / 12) ** 0.5
    return round(n * m / 2 + float(ndtri(tail)) * spread)


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
