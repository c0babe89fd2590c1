"""Whether a mean shift is shown to be too small to matter: its 90 % interval inside the margin.

The interval inside the margin is two one-sided tests at 5 % (Schuirmann 1987, doi
10.1007/BF01068419). That a shift is not distinguishable from zero shows nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats

LEVEL = 0.90
_UPPER = (1 + LEVEL) / 2


@dataclass(frozen=True, slots=True)
class Shift:
    """A mean shift (log2), its 90 % interval (NaN where too few donors give none) and the donors
    behind it.
    """

    mean: float
    lower: float
    upper: float
    donors: int

    def within(self, margin: float) -> bool:
        """The interval lies inside the margin: the shift is shown not to matter."""
        return -margin < self.lower and self.upper < margin

    def moves(self, margin: float) -> bool:
        """The interval leaves the margin, and not for want of donors: it leaves out zero, or its
        middle is outside too.
        """
        if math.isnan(self.lower) or self.within(margin):
            return False
        return self.lower > 0 or self.upper < 0 or abs(self.mean) > margin


def mean_shift(values: Floats) -> Shift:
    """The mean of one value a donor, with Student's interval."""
    n = values.size
    error = values.std(ddof=1) / math.sqrt(n) if n > 1 else math.nan
    return _shift(values.mean(), error, n - 1.0, n)


def shift_between(first: Floats, second: Floats) -> Shift:
    """The mean of the first donors minus that of the second, with Welch's interval (doi
    10.1093/biomet/34.1-2.28).
    """
    mean, n = first.mean() - second.mean(), first.size + second.size
    if min(first.size, second.size) < 2:
        return _shift(mean, math.nan, math.nan, n)
    # Satterthwaite: df = (v1 + v2)^2 / (v1^2 / (n1 - 1) + v2^2 / (n2 - 1)), v_i = s_i^2 / n_i.
    parts = np.array([x.var(ddof=1) / x.size for x in (first, second)])
    variance = float(parts.sum())
    squares = float((parts**2 / [first.size - 1, second.size - 1]).sum())
    return _shift(mean, math.sqrt(variance), variance**2 / squares if variance else n - 2.0, n)


def _shift(mean: float, error: float, df: float, donors: int) -> Shift:
    from scipy.special import stdtrit

    half_width = stdtrit(df, _UPPER) * error if error else 0.0
    return Shift(float(mean), float(mean - half_width), float(mean + half_width), donors)
