"""What studies claim of a correlation, exactly, where both numbers of a donor are normal.

The coefficient r of n donors with the true one ρ has the density (Hotelling 1953, doi
10.1111/j.2517-6161.1953.tb00135.x)

    (n - 2) Γ(n - 1) (1 - ρ²)^((n - 1) / 2) (1 - r²)^((n - 4) / 2)
    / (√(2 π) Γ(n - 1/2) (1 - ρ r)^(n - 3/2)) F(1/2, 1/2; n - 1/2; (1 + ρ r) / 2)

and r is claimed where both its t statistic and Fisher's interval leave nothing out.

When not to use: for ranks, and where plates or covariates are held; these are simulated.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.plan.power.exact import Claims

_POINTS = 400
"""Points of the integral over the angle of r."""


def pearson(truth: float, n: int, *, alpha: float) -> Claims:
    """What studies of `n` donors claim of a correlation."""
    r, weight = _coefficients(truth, n, _smallest(n, alpha))
    lower, upper = _interval(r, n, alpha)
    claimed: Bools = np.abs(r) > _smallest(n, alpha)
    wrong = claimed & (r * truth < 0)
    return Claims(
        supported=float(weight @ claimed),
        wrong=float(weight @ wrong),
        claimed=float(weight @ (np.abs(r) * claimed)),
        equivalent=0.0,
        half_width=float(weight @ (upper - lower)) / 2,
    )


def _smallest(n: int, alpha: float) -> float:
    """The smallest coefficient that is claimed: by its t statistic and by its interval."""
    from scipy.special import ndtri, stdtrit

    t = float(stdtrit(n - 2, 1 - alpha / 2))
    by_interval = math.tanh(float(ndtri(1 - alpha / 2)) / math.sqrt(n - 3))
    return max(t / math.sqrt(n - 2 + t**2), by_interval)


def _interval(r: Floats, n: int, alpha: float) -> tuple[Floats, Floats]:
    """Fisher's interval."""
    from scipy.special import ndtri

    half_width = float(ndtri(1 - alpha / 2)) / math.sqrt(n - 3)
    return np.tanh(np.arctanh(r) - half_width), np.tanh(np.arctanh(r) + half_width)


def _coefficients(truth: float, n: int, smallest: float) -> tuple[Floats, Floats]:
    """Values of r and what each weighs, in three pieces that end at the smallest claim."""
    angle = math.asin(smallest)
    ends = (-math.pi / 2, -angle, angle, math.pi / 2)
    points, weights = np.polynomial.legendre.leggauss(_POINTS // 3)
    angles, steps = [], []
    for lower, upper in pairwise(ends):
        half = (upper - lower) / 2
        angles.append(lower + half * (points + 1))
        steps.append(half * weights)
    theta = np.concatenate(angles)
    density = np.exp(_log_density(np.sin(theta), truth, n)) * np.cos(theta)
    weight = np.concatenate(steps) * density
    return np.sin(theta), weight / weight.sum()


def _log_density(r: Floats, truth: float, n: int) -> Floats:
    """The log density of r."""
    from scipy.special import gammaln, hyp2f1

    constant = math.log(n - 2) + float(gammaln(n - 1) - gammaln(n - 0.5))
    constant += (n - 1) / 2 * math.log1p(-(truth**2)) - math.log(2 * math.pi) / 2
    series = hyp2f1(0.5, 0.5, n - 0.5, (1 + truth * r) / 2)
    tails = (n - 4) / 2 * np.log1p(-(r**2)) - (n - 1.5) * np.log1p(-truth * r)
    return np.asarray(constant + tails + np.log(series))
