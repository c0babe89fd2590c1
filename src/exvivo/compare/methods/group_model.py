"""The donors of one group as normal around the group's mean, given what their wells say.

On one side a donor's quantity t is N(μ, Σ) with Σ = σ²; on two sides (unstimulated, stimulated) t
is a pair with means μ and

    Σ = [[σ₁², ρ σ₁ σ₂], [ρ σ₁ σ₂, σ₂²]],   ρ = 0.999 tanh(turn)

so that an undetected unstimulated well costs certainty and brings no bias. With L_d(t) the
likelihood of donor d's wells (`donor_likelihoods`), what is maximised over μ, log σ and turn is

    Σ_d log ∫ L_d(t) N(t; μ, Σ) dt + ½ log |Σ|.

The last term gives the variance the degree of freedom that the mean took, and keeps it off zero
(Chung et al. 2013, doi 10.1007/s11336-013-9328-2). The integrals are sums over the donors' grids.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.methods.donor_likelihoods import (
    Donors,
    Wells,
    likelihoods_of,
    sides_of_wells,
)

_LEAST_SPREAD, _MOST_SPREAD = math.log(0.02), math.log(30.0)
"""The ends of log σ."""
_LEAST = 1e-300


@dataclass(frozen=True, slots=True)
class Maximum:
    """A maximum: the parameters (means, log spreads, turn), and minus the log of what was
    maximised.
    """

    vector: Floats
    neg_log_likelihood: float


@dataclass(frozen=True)
class GroupModel:
    """The donors of one group on one or two sides: means, log standard deviations and, for two,
    the turn of their correlation.
    """

    sides: list[Donors]

    @classmethod
    def of(cls, wells: Wells) -> GroupModel:
        """The model of some donors' wells."""
        return cls([likelihoods_of(wells, side) for side in sides_of_wells(wells)])

    def start(self) -> Floats:
        """Means and spread of the donors' likelihoods as a first guess."""
        middles = np.array(
            [(d.weights * d.points).sum(axis=1) / d.weights.sum(axis=1) for d in self.sides]
        )
        spread = np.log(np.maximum(middles.std(axis=1), 0.2))
        return np.concatenate([middles.mean(axis=1), spread, np.full(len(self.sides) - 1, 0.5)])

    def contrast(self, vector: Floats) -> float:
        """The mean response (or level)."""
        return float(vector[1] - vector[0]) if len(self.sides) == 2 else float(vector[0])

    def fit(self, vector: Floats, contrast: float | None = None) -> Maximum:
        """The maximum, or the maximum with the contrast held at a value."""
        from scipy.optimize import minimize

        free = vector if contrast is None else np.delete(vector, len(self.sides) - 1)
        optimum = minimize(
            partial(self.neg_log_likelihood, contrast=contrast),
            free,
            method="L-BFGS-B",
            jac=True,
            options={"maxiter": 200, "ftol": 1e-8, "gtol": 1e-4},
        )
        return Maximum(self._whole(optimum.x, contrast), float(optimum.fun))

    def error(self, vector: Floats) -> float:
        """About the standard error of the mean, to begin the search for the ends."""
        covariance = self._covariance(vector)
        ones = np.array([1.0]) if len(self.sides) == 1 else np.array([-1.0, 1.0])
        return float(math.sqrt(max(ones @ covariance @ ones, 0.01) / len(self.sides[0].weights)))

    def _whole(self, free: Floats, contrast: float | None) -> Floats:
        """All parameters; a held contrast gives the last mean."""
        if contrast is None:
            return np.asarray(free, dtype=np.float64)
        last = len(self.sides) - 1
        return np.insert(free, last, contrast + (free[0] if last else 0.0))

    def _covariance(self, whole: Floats) -> Floats:
        """Σ of all parameters."""
        sides = len(self.sides)
        sd = np.exp(np.clip(whole[sides : 2 * sides], _LEAST_SPREAD, _MOST_SPREAD))
        if sides == 1:
            return np.array([[sd[0] ** 2]])
        product = 0.999 * math.tanh(whole[-1]) * sd[0] * sd[1]
        return np.array([[sd[0] ** 2, product], [product, sd[1] ** 2]])

    def neg_log_likelihood(self, free: Floats, contrast: float | None) -> tuple[float, Floats]:
        """What is minimised and its gradient, from the donors' moments given their wells.

        By Fisher's identity the gradient is the mean of that of the complete data: with m_d and S_d
        the mean and second moment of t - μ given the wells of donor d, and P = Σ⁻¹,

            ∂/∂μ = P Σ_d m_d,   ∂/∂Σ = ½ (P (Σ_d S_d) P - n P) + ½ P.
        """
        whole = self._whole(free, contrast)
        covariance = self._covariance(whole)
        inverse = np.asarray(np.linalg.inv(covariance), dtype=np.float64)
        means = whole[: len(self.sides)]
        total, mean, second = _moments(self.sides, means, inverse, covariance)
        fit = -float(np.log(np.maximum(total, _LEAST)).sum())
        penalty = 0.5 * math.log(np.linalg.det(covariance))
        by_mean = -inverse @ mean.sum(axis=0)
        by_covariance = (
            -0.5 * (inverse @ second.sum(axis=0) @ inverse - len(total) * inverse) - 0.5 * inverse
        )
        gradient = self._gradient(whole, by_mean, by_covariance)
        return fit - penalty, self._held(gradient, contrast)

    def _gradient(self, whole: Floats, by_mean: Floats, by_covariance: Floats) -> Floats:
        """The gradient by means, log spreads (0 at their ends) and turn, by the chain rule."""
        sides = len(self.sides)
        covariance, spread = self._covariance(whole), whole[sides : 2 * sides]
        logs = np.array([2 * (by_covariance[i] * covariance[i]).sum() for i in range(sides)])
        inside = (spread > _LEAST_SPREAD) & (spread < _MOST_SPREAD)
        parts = [by_mean, np.where(inside, logs, 0.0)]
        if sides == 2:
            first, second = np.sqrt(np.diag(covariance))
            slope = 1 - math.tanh(whole[-1]) ** 2
            parts.append(np.array([2 * by_covariance[0, 1] * 0.999 * slope * first * second]))
        return np.concatenate(parts)

    def _held(self, gradient: Floats, contrast: float | None) -> Floats:
        """The gradient by what is free: with a held contrast the last mean moves with the first."""
        if contrast is None:
            return gradient
        free = np.delete(gradient, len(self.sides) - 1)
        if len(self.sides) == 2:
            free[0] += gradient[1]
        return free


Moments = tuple[Floats, Floats, Floats]
"""Of each donor: its likelihood, and the mean and second moment of t - μ given its wells."""


def _moments(sides: list[Donors], mean: Floats, inverse: Floats, covariance: Floats) -> Moments:
    """The moments of every donor, as sums over the grids with the density N(t; μ, Σ) as weights."""
    off = [side.points - at for side, at in zip(sides, mean, strict=True)]
    steps = np.prod([side.points[:, 1] - side.points[:, 0] for side in sides], axis=0)
    constant = steps / math.sqrt(float(np.linalg.det(2 * math.pi * covariance)))
    if len(sides) == 1:
        total, first, second = _moments_of_one(sides[0], off[0], inverse)
    else:
        total, first, second = _moments_of_two(sides, off, inverse)
    return constant * total, first, second


def _moments_of_one(side: Donors, off: Floats, inverse: Floats) -> Moments:
    """Moments on one side, up to the constant of the density."""
    mass = side.weights * np.exp(-0.5 * inverse[0, 0] * off**2)
    total, first, second = ((mass * off**power).sum(axis=1) for power in (0, 1, 2))
    safe = np.maximum(total, _LEAST)
    return total, (first / safe)[:, None], (second / safe)[:, None, None]


def _moments_of_two(sides: list[Donors], off: list[Floats], inverse: Floats) -> Moments:
    """Moments on two sides, over the grid (donors, first side, second side)."""
    a, b = off[0][:, :, None], off[1][:, None, :]
    mass = np.exp(
        -0.5 * (inverse[0, 0] * a * a + 2 * inverse[0, 1] * a * b + inverse[1, 1] * b * b)
    )
    mass *= sides[0].weights[:, :, None] * sides[1].weights[:, None, :]
    margins = mass.sum(axis=2), mass.sum(axis=1)
    total = margins[0].sum(axis=1)
    safe = np.maximum(total, _LEAST)
    sums = [(margin * one).sum(axis=1) for margin, one in zip(margins, off, strict=True)]
    squares = [(margin * one**2).sum(axis=1) for margin, one in zip(margins, off, strict=True)]
    cross = ((mass * b).sum(axis=2) * off[0]).sum(axis=1)
    first = np.stack(sums, axis=1) / safe[:, None]
    second = np.stack([squares[0], cross, cross, squares[1]], axis=1).reshape(-1, 2, 2)
    return total, first, second / safe[:, None, None]
