"""What studies of one size claim, exactly: no simulation where an integral will do.

An estimate D is normal around the truth δ with the standard deviation s, and its interval is D ± h
with h = c(B) √(g(B)) U. U is the root of a χ² of ν degrees of freedom and independent of B, the
share of the squares that the first group has, which is beta. With S_i² the sample variances of n_i
donors, ν_i = n_i - 1, ν = ν_1 + ν_2 and σ_i the true ones,

    B ~ beta(ν_1 / 2, ν_2 / 2),   ν_i S_i² = σ_i² U² (B, 1 - B)

so that Welch's variance of the difference is U² g with g = σ_1² B / (n_1 ν_1) + σ_2² (1 - B) /
(n_2 ν_2), and its degrees of freedom (Welch 1947, doi 10.1093/biomet/34.1-2.28) are a function of B
alone. Given B the statistic is a noncentral t, so power is one integral over B (Gauss and Jacobi's
rule has its weights). With σ_1 = σ_2 and one variance for both groups g does not depend on B: that
is Student's noncentral t. The chance of `equivalent` is that of |D| + h < margin without a claim.

When not to use: where donors are not normal, results are bounds, plates are held, or several tests
are corrected together; these are simulated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from exvivo.arrays import Floats

_SHARES = 48
"""Points of the integral over B."""
_NARROW = 1_000
"""Degrees of freedom above which the distribution of B is narrow."""
_ROOTS = 64
"""Points of the integral over U."""
_INSIDE = 40
"""Points of each of its pieces between which the margin binds."""
_TAIL = 1e-13
"""What is left of the distribution of U on either side."""
Pair = tuple[float, float]
Sizes = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Claims:
    """What is true of all studies of one size: means over them, each over all studies.

    `supported`: the interval excludes nothing; `wrong`: it does, on the wrong side; `claimed`: the
    mean of |estimate| where it does, 0 where it does not; `equivalent` inside the margin, without a
    claim; `half_width` of the interval; `answered`: the share of studies that have an answer at
    all, of which all of these are.
    """

    supported: float
    wrong: float
    claimed: float
    equivalent: float
    half_width: float
    answered: float = 1.0

    def plus(self, other: Claims, weight: float) -> Claims:
        """These, and others with a weight (what is added up over numbers of donors)."""
        return Claims(
            self.supported + weight * other.supported,
            self.wrong + weight * other.wrong,
            self.claimed + weight * other.claimed,
            self.equivalent + weight * other.equivalent,
            self.half_width + weight * other.half_width,
            self.answered + weight * other.answered,
        )

    @property
    def power(self) -> float:
        """The share of answered studies that claim an effect."""
        return self.supported / self.answered if self.answered else math.nan

    @property
    def wrong_sign(self) -> float:
        """The share of the claims that point the wrong way."""
        return self.wrong / self.supported if self.supported else math.nan

    @property
    def mean_half_width(self) -> float:
        """The mean half width of the interval, of answered studies."""
        return self.half_width / self.answered if self.answered else math.nan

    @property
    def small(self) -> float:
        """The share of answered studies that are equivalent."""
        return self.equivalent / self.answered if self.answered else math.nan

    def exaggeration(self, truth: float) -> float:
        """How many times too large the claims are; NaN where the truth is nothing."""
        if not truth or not self.supported:
            return math.nan
        return self.claimed / self.supported / abs(truth)


NOTHING = Claims(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""No studies."""


@dataclass(frozen=True)
class Law:
    """How an estimate and its interval come out: the standard deviation `error` of the estimate, ν
    (`df`), and c √g at each point of B (`reach`) with what the point weighs.
    """

    truth: float
    error: float
    df: int
    reach: Floats
    weight: Floats

    @property
    def half_width(self) -> float:
        """The mean of h."""
        from scipy.special import gammaln

        root = math.sqrt(2) * math.exp(gammaln((self.df + 1) / 2) - gammaln(self.df / 2))
        return float(self.weight @ self.reach) * root

    def claims(self, margin: float | None = None) -> Claims:
        """What studies claim; `margin` in the unit of the truth."""
        from scipy.special import ndtr

        roots, weights = _chi(self.df)
        h = self.reach[:, None] * roots
        above, below = (ndtr((sign * self.truth - h) / self.error) for sign in (1, -1))
        size = self._beyond(self.truth, h) + self._beyond(-self.truth, h)
        right, wrong, claimed = (self.weight @ part @ weights for part in (above, below, size))
        if self.truth < 0:
            wrong = right
        return Claims(
            supported=float(self.weight @ (above + below) @ weights),
            wrong=float(wrong),
            claimed=float(claimed),
            equivalent=self._equivalent(margin) if margin else 0.0,
            half_width=self.half_width,
        )

    def claimed_over_roots(self) -> float:
        """The mean of |D| / U where it is claimed, 0 where it is not."""
        roots, weights = _chi(self.df)
        h = self.reach[:, None] * roots
        size = self._beyond(self.truth, h) + self._beyond(-self.truth, h)
        return float(self.weight @ size @ (weights / roots))

    def _beyond(self, truth: float, h: Floats) -> Floats:
        """E[D; D > h]."""
        from scipy.special import ndtr

        z = (truth - h) / self.error
        density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
        return np.asarray(truth * ndtr(z) + self.error * density)

    def _equivalent(self, margin: float) -> float:
        """The chance that |D| ≤ h and |D| + h < margin: two pieces, since below half the margin
        the first binds and above it the second.
        """
        lowest, highest = _ends(self.df)
        half = np.clip(margin / 2 / self.reach, lowest, highest)
        whole = np.clip(margin / self.reach, lowest, highest)
        start = np.full_like(half, lowest)
        return self._inside(start, half, margin) + self._inside(half, whole, margin)

    def _inside(self, lower: Floats, upper: Floats, margin: float) -> float:
        """The same of U between two ends at each point of B."""
        from scipy.special import ndtr

        points, weights = _legendre(_INSIDE)
        half = (upper - lower)[:, None] / 2
        u = lower[:, None] + half * (points + 1)
        h = self.reach[:, None] * u
        room = np.maximum(np.minimum(h, margin - h), 0.0)
        inside = ndtr((room - self.truth) / self.error) - ndtr((-room - self.truth) / self.error)
        return float(self.weight @ ((half * inside * _chi_density(u, self.df)) @ weights))


def welch(truth: float, sds: Pair, sizes: Sizes, *, alpha: float) -> Law:
    """The difference of two groups by Welch's interval: donors' standard deviations, and donors."""
    share, weight = share_points(sizes[0] - 1, sizes[1] - 1)
    first, second = _parts(sds, sizes, share)
    df = (first + second) ** 2 / (first**2 / (sizes[0] - 1) + second**2 / (sizes[1] - 1))
    return _two_groups(truth, sds, sizes, _critical(df, alpha) * np.sqrt(first + second), weight)


def student(truth: float, sds: Pair, sizes: Sizes, *, alpha: float) -> Law:
    """The difference of two groups by Student's interval, with one variance for both."""
    share, weight = share_points(sizes[0] - 1, sizes[1] - 1)
    df = sum(sizes) - 2
    pooled = (sds[0] ** 2 * share + sds[1] ** 2 * (1 - share)) / df
    scale = pooled * (1 / sizes[0] + 1 / sizes[1])
    critical = _critical(np.full_like(scale, float(df)), alpha)
    return _two_groups(truth, sds, sizes, critical * np.sqrt(scale), weight)


def one_mean(truth: float, sd: float, n: int, *, alpha: float) -> Law:
    """The mean of one group's donors by Student's interval."""
    df = n - 1
    reach = _critical(np.array([float(df)]), alpha) * sd / math.sqrt(n * df)
    return Law(truth, sd / math.sqrt(n), df, reach, np.ones(1))


def _two_groups(truth: float, sds: Pair, sizes: Sizes, reach: Floats, weight: Floats) -> Law:
    error = math.hypot(sds[0] / math.sqrt(sizes[0]), sds[1] / math.sqrt(sizes[1]))
    return Law(truth, error, sum(sizes) - 2, reach, weight)


def _parts(sds: Pair, sizes: Sizes, share: Floats) -> tuple[Floats, Floats]:
    """What each group adds to g."""
    first = sds[0] ** 2 * share / (sizes[0] * (sizes[0] - 1))
    return first, sds[1] ** 2 * (1 - share) / (sizes[1] * (sizes[1] - 1))


def _critical(df: Floats, alpha: float) -> Floats:
    from scipy.special import stdtrit

    return np.asarray(stdtrit(df, 1 - alpha / 2))


@lru_cache(maxsize=4)
def _legendre(points: int) -> tuple[Floats, Floats]:
    """Points and weights between -1 and 1."""
    return np.polynomial.legendre.leggauss(points)


@lru_cache(maxsize=512)
def share_points(first: int, second: int) -> tuple[Floats, Floats]:
    """Points and weights of the share that the first of two χ² of these degrees of freedom has in
    their sum.
    """
    from scipy.special import betaincinv, roots_jacobi

    if first + second > _NARROW:
        # So narrow that equal chances serve; Jacobi's weights would overflow.
        points, weights = _legendre(_SHARES)
        return betaincinv(first / 2, second / 2, (1 + points) / 2), weights / 2
    points, weights = roots_jacobi(_SHARES, second / 2 - 1, first / 2 - 1)
    return (1 + points) / 2, weights / weights.sum()


@lru_cache(maxsize=512)
def _ends(df: int) -> tuple[float, float]:
    """Between which U lies, but for a part that no answer shows."""
    from scipy.special import gammainccinv, gammaincinv

    lowest, highest = gammaincinv(df / 2, _TAIL), gammainccinv(df / 2, _TAIL)
    return float(np.sqrt(2 * lowest)), float(np.sqrt(2 * highest))


@lru_cache(maxsize=512)
def _chi(df: int) -> tuple[Floats, Floats]:
    """Points and weights of U."""
    lowest, highest = _ends(df)
    points, weights = _legendre(_ROOTS)
    roots = lowest + (highest - lowest) / 2 * (points + 1)
    return roots, weights * (highest - lowest) / 2 * _chi_density(roots, df)


def _chi_density(u: Floats, df: int) -> Floats:
    from scipy.special import gammaln

    constant = (1 - df / 2) * math.log(2) - float(gammaln(df / 2))
    return np.asarray(np.exp(constant + (df - 1) * np.log(u) - u**2 / 2))
