"""Critical values, two-sided p values and Student's interval, which many methods share.

An estimate b with standard error s on df degrees of freedom has the interval b ± t(1 - α/2, df) s
and the p value 2 P(T < -|b| / s). `scipy.stats` is not used: importing it takes longer than a small
study.
"""

from __future__ import annotations

import math

from exvivo.compare.estimate import Estimate


def critical_z(alpha: float) -> float:
    """The normal quantile at 1 - α/2."""
    from scipy.special import ndtri

    return float(ndtri(1 - alpha / 2))


def critical_t(df: float, alpha: float) -> float:
    """Student's quantile at 1 - α/2."""
    from scipy.special import stdtrit

    return float(stdtrit(df, 1 - alpha / 2))


def normal_p(z: float) -> float:
    """The two-sided p value of a standard normal statistic."""
    from scipy.special import ndtr

    return 2 * float(ndtr(-abs(z)))


def student_p(t: float, df: float) -> float:
    """The two-sided p value of a t statistic."""
    from scipy.special import stdtr

    return 2 * float(stdtr(df, -abs(t)))


def student(estimate: float, error: float, df: float, *, alpha: float) -> Estimate:
    """An estimate with Student's interval and p value, from its standard error."""
    half_width = critical_t(df, alpha) * error
    return Estimate(
        estimate,
        estimate - half_width,
        estimate + half_width,
        student_p(estimate / error if error > 0 else math.inf, df),
    )
