"""The difference of two means of unequal spread, and what errors that donors share add to it."""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.estimate import Estimate
from exvivo.compare.sample import Sample


def welch(x: Floats, y: Floats, *, alpha: float, shared: float = 0.0) -> Estimate:
    """The mean of x minus the mean of y, with Welch's interval and p value.

    `shared` is the variance that errors shared by donors add to the difference beyond their spread
    (`shared_variance`); it is taken as known (its degrees of freedom are infinite).
    """
    from scipy.special import stdtr, stdtrit

    parts = np.array([x.var(ddof=1) / len(x), y.var(ddof=1) / len(y)])
    variance = float(parts.sum() + shared)
    df = variance**2 / float(parts[0] ** 2 / (len(x) - 1) + parts[1] ** 2 / (len(y) - 1))
    centre, error = float(x.mean() - y.mean()), variance**0.5
    half_width = float(stdtrit(df, 1 - alpha / 2)) * error
    p = 2 * float(stdtr(df, -abs(centre) / error))
    return Estimate(centre, centre - half_width, centre + half_width, p)


def hedges_g(x: Floats, y: Floats) -> float:
    """The difference in pooled standard deviations, with the exact small-sample factor (doi
    10.3102/10769986006002107).
    """
    from scipy.special import gammaln

    df = len(x) + len(y) - 2
    pooled = (((len(x) - 1) * x.var(ddof=1) + (len(y) - 1) * y.var(ddof=1)) / df) ** 0.5
    factor = np.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / (df / 2) ** 0.5
    return float(factor * (x.mean() - y.mean()) / pooled)


def shared_variance(x: Sample, y: Sample) -> float:
    """The variance that shared errors add to the difference of the group means, beyond what the
    donors' spread shows.

    An error moves the difference by the difference of its mean loadings. As far as its loadings
    differ between the donors of a group it has spread them as well, and is in their variance
    already: that part is taken off (unbiased), so an error that belongs to one donor alone adds
    nothing, and what cancels between the groups adds nothing.
    """
    keys = sorted({key for shared in (*x.shared, *y.shared) for key in shared})
    if not keys:
        return 0.0
    added = np.zeros(len(keys))
    means = []
    for donors in (x, y):
        loadings = np.array([[shared.get(key, 0.0) for key in keys] for shared in donors.shared])
        means.append(loadings.mean(axis=0))
        added -= loadings.var(axis=0, ddof=1) / len(loadings)
    return max(float((added + (means[0] - means[1]) ** 2).sum()), 0.0)
