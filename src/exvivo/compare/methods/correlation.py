"""Pearson's and Spearman's coefficient with interval and p value."""

from __future__ import annotations

from typing import Literal

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.estimate import Estimate

METHODS = {
    "spearman": "Spearman's rho, interval of Bonett and Wright (doi 10.1007/BF02294183)",
    "pearson": "Pearson's r, interval by Fisher's z (doi 10.2307/2331838)",
}


_PERFECT = 1 - 1e-12


Method = Literal["spearman", "pearson"]


def correlation(
    x: Floats, y: Floats, *, alpha: float, method: Method, adjusted: int = 0
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
    free = len(x) - 2 - adjusted
    if abs(r) >= _PERFECT:
        r = float(np.sign(r)) * (1 - 6 / (len(x) * (len(x) ** 2 - 1)))
        perfect = float(np.sign(r))
    else:
        perfect = 0.0
    p = 2 * float(stdtr(free, -abs(r) * (free / (1 - r * r)) ** 0.5))
    error = ((1 + r * r / 2 if method == "spearman" else 1.0) / (free - 1)) ** 0.5
    reach = float(ndtri(1 - alpha / 2)) * error
    lower, upper = np.tanh([np.arctanh(r) - reach, np.arctanh(r) + reach])
    if perfect:
        return Estimate(perfect, min(float(lower), perfect), max(float(upper), perfect), p)
    return Estimate(r, float(lower), float(upper), p)
