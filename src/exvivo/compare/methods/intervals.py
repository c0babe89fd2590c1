"""Critical values, two-sided p values and Student's interval, which many methods share; of one
study, or of many at once.

An estimate b with standard error s on df degrees of freedom has the interval b ± t(1 - α/2, df) s
and the p value 2 P(T < -|b| / s). `scipy.stats` is not used: importing it takes longer than a small
study.
"""

from __future__ import annotations

import math

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.estimate import Estimate, Estimates

Numbers = Floats | np.float64
"""A number a study, or that of a single one."""


def critical_z(alpha: float) -> float:
    """The normal quantile at 1 - α/2."""
    from scipy.special import ndtri

    return float(ndtri(1 - alpha / 2))


def critical_t(df: float, alpha: float) -> float:
    """Student's quantile at 1 - α/2."""
    return float(critical_ts(df, alpha))


def critical_ts(df: Floats | float, alpha: float) -> Floats:
    """Student's quantiles at 1 - α/2."""
    from scipy.special import stdtrit

    return np.asarray(stdtrit(df, 1 - alpha / 2))


def normal_p(z: float) -> float:
    """The two-sided p value of a standard normal statistic."""
    from scipy.special import ndtr

    return 2 * float(ndtr(-abs(z)))


def student_p(t: float, df: float) -> float:
    """The two-sided p value of a t statistic."""
    return float(student_ps(t, df))


def student_ps(t: Floats | float, df: Floats | float) -> Floats:
    """The two-sided p values of t statistics."""
    from scipy.special import stdtr

    return np.asarray(2 * stdtr(df, -np.abs(t)))


def student(estimate: float, error: float, df: float, *, alpha: float) -> Estimate:
    """An estimate with Student's interval and p value, from its standard error."""
    t = np.float64(estimate / error if error > 0 else math.inf)
    centre, half = np.float64(estimate), np.float64(error)
    return one_sided_students(centre, half, half, np.float64(df), alpha=alpha, t=t).one


def students(estimate: Floats, error: Floats, df: Floats, *, alpha: float) -> Estimates:
    """The same of many studies."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(error <= 0, np.inf, estimate / error)
    return one_sided_students(estimate, error, error, df, alpha=alpha, t=t)


def one_sided_students(
    estimate: Numbers, below: Numbers, above: Numbers, df: Numbers, *, alpha: float, t: Numbers
) -> Estimates:
    """Estimates with a standard error to either side, and their t statistics."""
    quantile = critical_ts(df, alpha)
    lower, upper = estimate - quantile * below, estimate + quantile * above
    return Estimates(np.asarray(estimate), lower, upper, student_ps(t, df))
