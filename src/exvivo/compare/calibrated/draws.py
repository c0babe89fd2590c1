"""What is drawn: donors of one shape or another, and levels of terms near or far apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from exvivo.arrays import Floats, Ints

Name = Literal["normal", "skewed", "apart"]
_LOG_SD = 0.5
"""The standard deviation of the logarithm of a skewed donor: a skewness of 1.75."""
_MEAN = math.exp(_LOG_SD**2 / 2)
"""The mean of exp(s z), s the standard deviation of the logarithm."""
_SPREAD = math.sqrt(math.expm1(_LOG_SD**2) * math.exp(_LOG_SD**2))
"""The standard deviation of exp(s z)."""


@dataclass(frozen=True)
class Setting:
    """How studies are drawn. `skewed`: donors are lognormal with the mean and spread of the normal
    ones. `apart`: the levels of every term lie as far apart as the donors.
    """

    name: Name
    skewed: bool = False
    apart: bool = False

    def donors(self, normal: Floats) -> Floats:
        """Standard normal numbers as donors of the setting, with mean 0 and variance 1."""
        return lognormal(normal) if self.skewed else normal


NORMAL = Setting("normal")
SKEWED = Setting("skewed", skewed=True)
APART = Setting("apart", apart=True)


def lognormal(normal: Floats) -> Floats:
    """Standard normal numbers as lognormal ones with mean 0 and variance 1.

    exp(s z) has the mean exp(s² / 2) and the variance (exp(s²) - 1) exp(s²).
    """
    return np.asarray((np.exp(_LOG_SD * normal) - _MEAN) / _SPREAD)


@dataclass(frozen=True)
class Levels:
    """The levels of shared terms: `weights` (donors, levels) of each in each donor's result, and
    the standard deviation `sd` of what a level does.
    """

    weights: Floats
    sd: float

    def drawn(self, studies: int, sd: float, rng: np.random.Generator) -> Floats:
        """What they add to each donor's result (studies, donors)."""
        return np.asarray(rng.normal(0.0, sd, (studies, self.weights.shape[1])) @ self.weights.T)


def projected(weights: Floats, others: Floats) -> Floats:
    """What projects on the levels beside a constant and other columns (donors, donors)."""
    design = np.column_stack([np.ones(len(weights)), others])
    q, _ = np.linalg.qr(design)
    left, sizes, _ = np.linalg.svd(weights - q @ (q.T @ weights), full_matrices=False)
    kept = left[:, sizes > 1e-9 * max(float(sizes.max(initial=0.0)), 1.0)]
    return np.asarray(kept @ kept.T)


def levels_of(weights: Floats, others: Floats, y: Floats, variance: float) -> Levels:
    """The levels of terms as results y (donors,) show them, with donors of some variance.

    With P what projects on the levels Z beside the others, y'P y is k σ² + sd² tr(P Z Z') on
    average, k the rank of P.
    """
    projection = projected(weights, others)
    rank, size = float(np.trace(projection)), float((projection @ weights * weights).sum())
    if size <= 0:
        return Levels(weights[:, :0], 0.0)
    beyond = float(y @ projection @ y) - rank * variance
    return Levels(weights, math.sqrt(max(beyond / size, 0.0)))


def resampled(sample: Floats, normal: Floats) -> Floats:
    """Standard normal numbers as numbers of a sample, in their order: its quantiles."""
    from scipy.special import ndtr

    places: Ints = (ndtr(normal) * len(sample)).astype(np.intp)
    return np.asarray(np.sort(sample)[np.minimum(places, len(sample) - 1)])
