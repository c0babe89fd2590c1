"""How far groups stand apart in what is known of their people, in standard deviations: no p value,
and the same whatever their size.

Of numbers (Austin 2009, doi 10.1002/sim.3697), with means m and standard deviations s:

    d = |m1 - m2| / sqrt((s1^2 + s2^2) / 2)

Of categories (Yang and Dalton 2012, SAS Global Forum, paper 335), with p and q the shares of the
levels but one, and S the mean of both multinomial covariances, diag(p) - p p' and diag(q) - q q':

    d = sqrt((p - q)' S^-1 (p - q))

Levels that nobody has add nothing and are left out. One that a single group lacks is a share of 0,
and S has an inverse as long as the groups have any level in common. Without one the groups are
apart in every person: d is infinite, where a generalised inverse would give a number too small (0
for two levels).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from exvivo.arrays import Floats


def apart_in_numbers(first: Sequence[float], second: Sequence[float]) -> float | None:
    """The standardised difference of two groups of numbers; None with fewer than two in one.

    >>> apart_in_numbers([1, 2, 3], [2, 3, 4])
    1.0
    """
    if min(len(first), len(second)) < 2:
        return None
    x, y = (np.sort(np.asarray(each, dtype=np.float64)) for each in (first, second))
    distance = abs(float(x.mean() - y.mean()))
    spread = math.sqrt((float(x.var(ddof=1)) + float(y.var(ddof=1))) / 2)
    if spread == 0:
        return math.inf if distance else 0.0
    return distance / spread


def apart_in_levels(first: Sequence[int], second: Sequence[int]) -> float | None:
    """The standardised difference of two groups counted by the same levels; None where nobody of
    one is known.

    >>> round(apart_in_levels([10, 4], [3, 7]) or 0, 3), apart_in_levels([14, 0], [0, 10])
    (0.91, inf)
    """
    counts = np.asarray([first, second], dtype=np.float64)
    counts = counts[:, counts.sum(axis=0) > 0]
    if not counts.sum(axis=1).all():
        return None
    if not (counts > 0).all(axis=0).any():
        return math.inf
    p, q = _shares(counts)
    gap = p - q
    spread = (_covariance(p) + _covariance(q)) / 2
    return math.sqrt(max(float(gap @ np.linalg.solve(spread, gap)), 0.0)) if len(gap) else 0.0


def _shares(counts: Floats) -> tuple[Floats, Floats]:
    """The shares of the levels but the first, of either group."""
    shares = counts / counts.sum(axis=1, keepdims=True)
    return shares[0, 1:], shares[1, 1:]


def _covariance(shares: Floats) -> Floats:
    """The covariance of one person's marks of the levels."""
    return np.asarray(np.diag(shares) - np.outer(shares, shares))
