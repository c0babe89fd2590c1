"""The difference of two means of unequal spread, and what errors that donors share add to it.

With n and m donors, variances s_x² and s_y² and the shared variance v, Welch's test (1947, doi
10.1093/biomet/34.1-2.28) has

    s² = s_x² / n + s_y² / m + v,   df = s⁴ / ((s_x² / n)² / (n - 1) + (s_y² / m)² / (m - 1))
"""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.estimate import Estimate
from exvivo.compare.methods.intervals import student
from exvivo.compare.sample import Sample


def welch(x: Floats, y: Floats, *, alpha: float, shared: float = 0.0) -> Estimate:
    """The mean of x minus the mean of y, with Welch's interval and p value.

    `shared` is the variance that errors shared by donors add to the difference beyond their spread
    (`shared_variance`); it is taken as known (its degrees of freedom are infinite).
    """
    parts = np.array([x.var(ddof=1) / len(x), y.var(ddof=1) / len(y)])
    variance = float(parts.sum() + shared)
    df = variance**2 / float(parts[0] ** 2 / (len(x) - 1) + parts[1] ** 2 / (len(y) - 1))
    return student(float(x.mean() - y.mean()), variance**0.5, df, alpha=alpha)


def hedges_g(x: Floats, y: Floats) -> float:
    """The difference in pooled standard deviations, with the exact small-sample factor (doi
    10.3102/10769986006002107).
    """
    df = len(x) + len(y) - 2
    pooled = (((len(x) - 1) * x.var(ddof=1) + (len(y) - 1) * y.var(ddof=1)) / df) ** 0.5
    return float(_small_sample(df) * (x.mean() - y.mean()) / pooled)


def _small_sample(df: int) -> float:
    """Hedges' factor Γ(df / 2) / (√(df / 2) Γ((df - 1) / 2))."""
    from scipy.special import gammaln

    return float(np.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / (df / 2) ** 0.5)


def shared_variance(x: Sample, y: Sample) -> float:
    """The variance that shared errors add to the difference of the group means, beyond what the
    donors' spread shows.

    An error moves the difference by the difference of its mean loadings. As far as its loadings
    differ between the donors of a group it has spread them as well, and is in their variance
    already: that part is taken off (unbiased), so an error that belongs to one donor alone adds
    nothing, and what cancels between the groups adds nothing.
    """
    keys = sorted(set[str]().union(*x.shared, *y.shared))
    if not keys:
        return 0.0
    (a, spread_a), (b, spread_b) = (_loadings(donors, keys) for donors in (x, y))
    return max(float((-spread_a - spread_b + (a - b) ** 2).sum()), 0.0)


def _loadings(donors: Sample, keys: list[str]) -> tuple[Floats, Floats]:
    """The mean loading of each shared error (keys,) in a group, and the variance of that mean."""
    loadings = np.zeros((len(donors.shared), len(keys)))
    for row, shared in zip(loadings, donors.shared, strict=True):
        row[:] = [shared.get(key, 0.0) for key in keys]
    return loadings.mean(axis=0), loadings.var(axis=0, ddof=1) / len(loadings)
