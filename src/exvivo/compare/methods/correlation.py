"""Pearson's and Spearman's coefficient with interval and p value."""

from __future__ import annotations

from typing import Literal

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.estimate import Estimate

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
    from scipy.special import ndtri, stdtr

    x, y = x - x.mean(), y - y.mean()
    r = float(x @ y / np.sqrt((x @ x) * (y @ y)))
    perfect = float(np.sign(r)) if abs(r) >= PERFECT else None
    if perfect is not None:
        r = perfect * (1 - 6 / (len(x) * (len(x) ** 2 - 1)))
    df = len(x) - 2 - adjusted
    p = 2 * float(stdtr(df, -abs(r) * (df / (1 - r * r)) ** 0.5))
    # On Fisher's scale atanh(r): variance 1 / (n - 3), for ranks (1 + r² / 2) / (n - 3).
    error = ((1 + r * r / 2 if method == "spearman" else 1.0) / (df - 1)) ** 0.5
    half_width = float(ndtri(1 - alpha / 2)) * error
    lower, upper = np.tanh([np.arctanh(r) - half_width, np.arctanh(r) + half_width])
    if perfect is not None:
        return Estimate(perfect, min(float(lower), perfect), max(float(upper), perfect), p)
    return Estimate(r, float(lower), float(upper), p)
