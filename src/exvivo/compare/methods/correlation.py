"""Pearson's and Spearman's coefficient with interval and p value.

With r over n donors, after k further variables were taken out of both sides, df = n - 2 - k:

    p value:   t = r √(df / (1 - r²)), Student's t with df degrees of freedom
    interval:  tanh(atanh(r) ± z(1 - α/2) s),  s² = f / (df - 1)

with f = 1 for Pearson's (Fisher 1921) and f = 1 + r² / 2 for Spearman's coefficient (Bonett and
Wright 2000, doi 10.1007/BF02294183).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.estimate import Estimate, Estimates
from exvivo.compare.methods.intervals import critical_z, student_p, student_ps

PERFECT = 1 - 1e-12
"""A coefficient from here on counts as 1."""
Coefficient = Literal["spearman", "pearson"]


def correlation(
    x: Floats, y: Floats, *, alpha: float, method: Coefficient, adjusted: int = 0
) -> Estimate:
    """The correlation of two sets of numbers (for Spearman: of their ranks), with interval and p
    value.

    `adjusted` says how many further variables were taken out of both. A perfect correlation is
    given the interval and p value of one that lies half a swap of two neighbouring ranks below it:
    no finite sample shows that r is exactly 1.
    """
    return correlations(x, y, alpha=alpha, method=method, adjusted=adjusted).one


def correlations(
    x: Floats, y: Floats, *, alpha: float, method: Coefficient, adjusted: int = 0
) -> Estimates:
    """The same of many studies (studies, donors), NaN where one side does not vary."""
    x, y = (side - side.mean(axis=-1, keepdims=True) for side in (x, y))
    n, size = x.shape[-1], np.sqrt(_dot(x, x) * _dot(y, y))
    r = _dot(x, y) / np.where(size > 0, size, np.nan)
    perfect = np.abs(r) >= PERFECT
    if not perfect.any():
        return Estimates(r, *_around(r, n - 2 - adjusted, alpha=alpha, method=method))
    sign = np.sign(r)
    # A perfect one has the interval and p value of one just below it.
    near = np.where(perfect, sign * (1 - 6 / (n * (n**2 - 1))), r)
    lower, upper, p = _around(near, n - 2 - adjusted, alpha=alpha, method=method)
    lower = np.where(perfect, np.minimum(lower, sign), lower)
    upper = np.where(perfect, np.maximum(upper, sign), upper)
    return Estimates(np.where(perfect, sign, r), lower, upper, p)


def _dot(x: Floats, y: Floats) -> Floats:
    """The sum of products over donors, study by study."""
    return np.asarray(np.vecdot(x, y))


def _around(
    r: Floats, df: int, *, alpha: float, method: Coefficient
) -> tuple[Floats, Floats, Floats]:
    """The interval of coefficients, on Fisher's scale atanh(r), and their p values."""
    p = student_ps(r * (df / (1 - r * r)) ** 0.5, df)
    error = ((1 + r * r / 2 if method == "spearman" else 1.0) / (df - 1)) ** 0.5
    z, half_width = np.arctanh(r), critical_z(alpha) * error
    return np.tanh(z - half_width), np.tanh(z + half_width), p


def robust_p(x: Floats, y: Floats, *, taken_out: int = 0) -> float:
    """The p value of a relation that supposes nothing of the tails of x and y: the larger one of
    both slopes, with HC3 errors (MacKinnon and White 1985, doi 10.1016/0304-4076(85)90158-7).

    `taken_out` columns were taken out of both. Of 20,000 studies of 14 donors with dependent tails
    (bivariate t, 3 df) and no relation it rejects 2.3 %, Pearson's t 18.3 %.
    """
    x, y, df = x - x.mean(), y - y.mean(), len(x) - 2 - taken_out
    return max(student_p(_hc3_t(*pair), df) for pair in ((x, y), (y, x)))


def _hc3_t(x: Floats, y: Floats) -> float:
    """The t statistic of the slope of y on x, both around 0, with HC3 errors."""
    size = float(x @ x)
    slope = float(x @ y) / size
    leverage = 1 / len(x) + x**2 / size
    # s² = Σ x² e² / (1 - h)² / (Σ x²)²
    variance = float(np.sum((x * (y - slope * x) / (1 - leverage).clip(1e-12)) ** 2)) / size**2
    return slope / float(max(variance, 1e-300) ** 0.5)
