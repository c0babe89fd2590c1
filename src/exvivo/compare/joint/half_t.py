"""Standard deviations with half-t priors: conjugate draws of their squares, and their density.

sd ~ half-t(df, scale) is a mixture: sd^2 = v ~ inverse gamma(df / 2, df / a) given a ~ inverse
gamma(1/2, 1 / scale^2) (Wand et al. 2011, doi 10.1214/11-BA631).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats, Ints

LEAST_VARIANCE = 1e-10
"""No variance is smaller, so that nothing is divided by 0."""


@dataclass(frozen=True)
class HalfT:
    """The prior of standard deviations: `scale` (L, 1), one a chain, or (L, k), and `df`."""

    scale: Floats
    df: float

    def variance(
        self, effects: Floats, start: Ints, old: Floats, rng: np.random.Generator
    ) -> Floats:
        """New variances (L, k), given the effects (L, N) they are of, the first of each at `start`
        (k,), and the `old` ones.
        """
        squares = np.add.reduceat(effects**2, start, axis=1)
        count = np.diff(start, append=effects.shape[1])
        # 1 / a given the old variance, then the variance given 1 / a and the squares.
        rate = self.df / old + 1 / self.scale**2
        mixing = rng.standard_gamma((self.df + 1) / 2, old.shape) / rate
        total = squares / 2 + self.df * mixing
        drawn = total / rng.standard_gamma((count + self.df) / 2, old.shape)
        return np.maximum(drawn, LEAST_VARIANCE)

    def deviance(self, variance: Floats) -> Floats:
        """Minus twice the log density of the standard deviations, without its constant."""
        return (self.df + 1) * np.log1p(variance / (self.df * self.scale**2))
