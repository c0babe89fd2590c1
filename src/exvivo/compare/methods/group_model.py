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
_LARGEST_CORRELATION = 0.999
_LEAST = 1e-300
_STOP = {"maxiter": 200, "ftol": 1e-8, "gtol": 1e-4}


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

    @property
    def _last(self) -> int:
        """Where the last mean stands among the parameters: 0 on one side, 1 on two."""
        return len(self.sides) - 1

    def start(self) -> Floats:
        """Means and spread of the donors' likelihoods as a first guess."""
        middles = np.array([side.middles() for side in self.sides])
        spread = np.log(np.maximum(middles.std(axis=1), 0.2))
        return np.concatenate([middles.mean(axis=1), spread, np.full(self._last, 0.5)])

    def contrast(self, vector: Floats) -> float:
        """The mean response (or level)."""
        return float(vector[1] - vector[0]) if self._last else float(vector[0])

    def fit(self, vector: Floats, contrast: float | None = None) -> Maximum:
        """The maximum, or the maximum at a fixed contrast."""
        from scipy.optimize import minimize

        optimum = minimize(
            partial(self.neg_log_likelihood, contrast=contrast),
            vector if contrast is None else np.delete(vector, self._last),
            method="L-BFGS-B",
            jac=True,
            options=_STOP,
        )
        return Maximum(self._whole(optimum.x, contrast), float(optimum.fun))

    def error(self, vector: Floats) -> float:
        """About the standard error of the mean, to begin the search for the ends."""
        signs = np.array([-1.0, 1.0])[-len(self.sides) :]
        variance = signs @ self._covariance(vector) @ signs
        return math.sqrt(max(variance, 0.01) / len(self.sides[0].weights))

    def _whole(self, free: Floats, contrast: float | None) -> Floats:
        """All parameters; a fixed contrast gives the last mean."""
        if contrast is None:
            return np.asarray(free, dtype=np.float64)
        return np.insert(free, self._last, contrast + (free[0] if self._last else 0.0))

    def _covariance(self, whole: Floats) -> Floats:
        """Σ of all parameters."""
        sd = np.exp(np.clip(self._log_spreads(whole), _LEAST_SPREAD, _MOST_SPREAD))
        covariance = np.diag([one**2 for one in sd])
        if self._last:
            # ρ σ₁ σ₂
            product = _LARGEST_CORRELATION * math.tanh(whole[-1]) * sd[0] * sd[1]
            covariance[0, 1] = covariance[1, 0] = product
        return covariance

    def _log_spreads(self, whole: Floats) -> Floats:
        """Log σ of each side."""
        return whole[len(self.sides) : 2 * len(self.sides)]

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
        moments = _moments(self.sides, means, inverse, covariance)
        fit = -float(np.log(np.maximum(moments[0], _LEAST)).sum())
        penalty = 0.5 * math.log(np.linalg.det(covariance))
        gradient = self._gradient(whole, covariance, *_slopes(moments, inverse))
        return fit - penalty, self._free(gradient, contrast)

    def _gradient(
        self, whole: Floats, covariance: Floats, by_mean: Floats, by_covariance: Floats
    ) -> Floats:
        """The gradient by means, log spreads (0 at their ends) and turn, by the chain rule."""
        # ∂Σ/∂log σ_i: twice row i of Σ.
        logs = 2 * (by_covariance * covariance).sum(axis=1)
        spread = self._log_spreads(whole)
        inside = (spread > _LEAST_SPREAD) & (spread < _MOST_SPREAD)
        by_turn = _by_turn(by_covariance[0, 1:], whole[-1], covariance)
        return np.concatenate([by_mean, np.where(inside, logs, 0.0), by_turn])

    def _free(self, gradient: Floats, contrast: float | None) -> Floats:
        """The gradient by what is free: at a fixed contrast the last mean moves with the first."""
        if contrast is None:
            return gradient
        free = np.delete(gradient, self._last)
        if self._last:
            free[0] += gradient[1]
        return free


def _by_turn(by_product: Floats, turn: float, covariance: Floats) -> Floats:
    """The gradient by turn from that by ρ σ₁ σ₂ (no number on one side), ρ = 0.999 tanh(turn)."""
    first, second = np.sqrt(np.diag(covariance))[[0, -1]]
    slope = 1 - math.tanh(turn) ** 2
    return np.asarray(2 * by_product * _LARGEST_CORRELATION * slope * first * second)


Moments = tuple[Floats, Floats, Floats]
"""Of each donor: its likelihood, and the mean and second moment of t - μ given its wells."""


def _slopes(moments: Moments, inverse: Floats) -> tuple[Floats, Floats]:
    """Minus the gradient by μ and by Σ of what is maximised, by Fisher's identity."""
    total, mean, second = moments
    by_mean = -inverse @ mean.sum(axis=0)
    complete = inverse @ second.sum(axis=0) @ inverse - len(total) * inverse
    return by_mean, -0.5 * complete - 0.5 * inverse


def _moments(sides: list[Donors], mean: Floats, inverse: Floats, covariance: Floats) -> Moments:
    """The moments of every donor, as sums over the grids with the density N(t; μ, Σ) as weights."""
    off = [side.points - at for side, at in zip(sides, mean, strict=True)]
    if len(sides) == 1:
        total, first, second = _sums_of_one(sides[0], off[0], inverse)
    else:
        total, first, second = _sums_of_two(sides, off, inverse)
    # The area of a cell of the grid, over √|2πΣ|.
    steps = np.prod([side.points[:, 1] - side.points[:, 0] for side in sides], axis=0)
    constant = steps / math.sqrt(float(np.linalg.det(2 * math.pi * covariance)))
    safe = np.maximum(total, _LEAST)
    return constant * total, first / safe[:, None], second / safe[:, None, None]


def _power_sums(mass: Floats, off: Floats) -> list[Floats]:
    """Of each donor: the sums of the mass, and of it times t - μ and times its square."""
    return [(mass * off**power).sum(axis=1) for power in range(3)]


def _sums_of_one(side: Donors, off: Floats, inverse: Floats) -> Moments:
    """Mass and its first two moments on one side, up to the constant of the density."""
    mass = side.weights * np.exp(-0.5 * inverse[0, 0] * off**2)
    total, first, second = _power_sums(mass, off)
    return total, first[:, None], second[:, None, None]


def _sums_of_two(sides: list[Donors], off: list[Floats], inverse: Floats) -> Moments:
    """The same on two sides, over the grid (donors, first side, second side)."""
    a, b = off[0][:, :, None], off[1][:, None, :]
    mass = _density_of_two(a, b, inverse)
    mass *= sides[0].weights[:, :, None] * sides[1].weights[:, None, :]
    # Each side's own moments from its margin, and the mixed one.
    total, first, first_squared = _power_sums(mass.sum(axis=2), off[0])
    _, second, second_squared = _power_sums(mass.sum(axis=1), off[1])
    cross = ((mass * b).sum(axis=2) * off[0]).sum(axis=1)
    squares = np.stack([first_squared, cross, cross, second_squared], axis=1)
    return total, np.stack([first, second], axis=1), squares.reshape(-1, 2, 2)


def _density_of_two(a: Floats, b: Floats, inverse: Floats) -> Floats:
    """exp(-½ (t - μ)' Σ⁻¹ (t - μ)) at the deviations a and b of both sides."""
    squared = inverse[0, 0] * a * a + 2 * inverse[0, 1] * a * b + inverse[1, 1] * b * b
    return np.asarray(np.exp(-0.5 * squared))
