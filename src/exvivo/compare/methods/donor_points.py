"""Donors whose likelihood stands on points: what the points say of a normal around each donor's
mean, all points of a donor by one product of matrices.

With d = t - c the way of a point from the middle c of its donor's points, and δ = μ - c, the log
density of N(μ, Σ) at a point, P = Σ⁻¹, is linear in the monomials of d,

    -½ log |Σ| - ½ δ'P δ + (P δ)'d - ½ Σ_ij P_ij d_i d_j,

and with the weights w of the points so are the sums that give the moments of t - μ,

    m = Σ w d / Σ w - δ,   S = Σ w d d' / Σ w - E d δ' - δ E d' + δ δ'.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from exvivo.arrays import Floats, Ints
from exvivo.compare.blocks import by_block
from exvivo.compare.methods.small_matrices import inverse_of

Moments = tuple[Floats, Floats, Floats]
"""A log likelihood (batch, n), and the mean (sides, batch, n) and second moment (sides, sides,
batch, n) of t - μ given the wells.
"""


@dataclass(frozen=True, slots=True)
class Points:
    """The points of some donors: `donor` (n,) their places, `middle` (sides, n), and of each point
    the `log_weights` (n, points; minus infinity beyond the last) and the `monomials` (n, 1 + sides
    + pairs of sides, points) of d: 1, d_i, d_i d_j.
    """

    donor: Ints
    middle: Floats
    log_weights: Floats
    monomials: Floats

    @classmethod
    def of(cls, donor: Ints, values: Floats, log_weights: Floats) -> Points:
        """Points at `values` (sides, points) of donors (points,)."""
        present, block = np.unique(donor, return_inverse=True)
        places = by_block(block)
        inside = places >= 0
        at = values[:, np.where(inside, places, places[:, :1])]
        middle = at.mean(axis=-1)
        off = at - middle[:, :, None]
        pairs = [off[i] * off[j] for i, j in pairs_of(len(values))]
        monomials = np.stack([np.ones_like(off[0]), *off, *pairs], axis=1)
        weights = np.where(inside, log_weights[places], -np.inf)
        return cls(present, middle, weights, monomials)

    def moments(self, means: Floats, covariance: Floats) -> Moments:
        """The moments of the donors, from μ (sides, batch, n) and Σ (sides, sides, batch, n)."""
        delta = means - self.middle[:, None, :]
        logs = np.matmul(_coefficients(delta, covariance), self.monomials)
        logs += self.log_weights[:, None, :]
        highest = logs.max(axis=-1)
        weights = np.exp(logs - highest[:, :, None])
        sums = np.matmul(weights, np.swapaxes(self.monomials, 1, 2)).transpose(2, 1, 0)
        moments = sums[1:] / sums[0]
        return highest.T + np.log(sums[0]), *_around(moments, delta)


def pairs_of(sides: int) -> Iterator[tuple[int, int]]:
    """Every two sides, each with itself as well."""
    return combinations_with_replacement(range(sides), 2)


def _coefficients(delta: Floats, covariance: Floats) -> Floats:
    """The log density by the monomials (n, batch, monomials)."""
    precision, determinant = inverse_of(covariance)
    linear = (precision * delta[None]).sum(axis=1)
    constant = -0.5 * np.log(determinant) - 0.5 * (linear * delta).sum(axis=0)
    pairs = [precision[i, j] * (-0.5 if i == j else -1.0) for i, j in pairs_of(len(delta))]
    return np.ascontiguousarray(np.stack([constant, *linear, *pairs], axis=-1).swapaxes(0, 1))


def _around(moments: Floats, delta: Floats) -> tuple[Floats, Floats]:
    """Mean and second moment of t - μ, from the means of d and its products (sides + pairs, batch,
    n).
    """
    sides = len(delta)
    first, second = moments[:sides], np.empty((sides, sides, *delta.shape[1:]))
    for square, (i, j) in zip(moments[sides:], pairs_of(sides), strict=True):
        second[i, j] = square - first[i] * delta[j] - delta[i] * first[j] + delta[i] * delta[j]
        second[j, i] = second[i, j]
    return first - delta, second
