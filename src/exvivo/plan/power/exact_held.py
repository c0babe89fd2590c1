"""What studies of two groups claim where plates are held, exactly, if donors of both vary alike.

The residuals e of least squares beside k held columns are normal in ν = n - 2 - k dimensions, and
independent of the estimate. The squares of the groups, S_g = e'E_g e, add up to e'e, so both are
sums over the same directions z: S_1 = Σ λ_i z_i², S_2 = Σ (1 - λ_i) z_i², λ_i the eigenvalues of
M E_1 M. Most are 1 or 0 (directions within the donors of one group); those between are what a group
differs by from plate to plate. With U² = Σ z_i² and shares of it that are Dirichlet and independent
of U, error and degrees of freedom are those that `regression` gives for any z with these shares:
an interval is c √g U as in `exact`, over two shares in place of one.

When not to use: where the groups spread differently, or donors are lost; these are simulated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from exvivo.arrays import Floats, Ints
from exvivo.compare.design import Held, held
from exvivo.compare.estimate import NotEstimable
from exvivo.compare.methods.intervals import critical_ts
from exvivo.compare.methods.regression import Weights, coefficients_of, weights_of
from exvivo.compare.sample import Sample
from exvivo.compare.terms import Term
from exvivo.plan.power.exact import Law, share_points

_MOST_DONORS = 400
"""Donors above which a design is not taken apart: it takes longer than a simulation."""
_ALIKE = 0.05
"""How far eigenvalues between 0 and 1 may lie apart to count as one."""
_END = 1e-9
Shares = tuple[Floats, Floats, Floats]
"""The shares of the squares: of the first group, of the second, between them."""


@dataclass(frozen=True)
class Directions:
    """The residual directions of a design: `within` are those of the first group and of the second,
    `between` the others (each of them (n, so many), unit vectors).
    """

    within: tuple[Floats, Floats]
    between: Floats

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many there are of each kind."""
        first, second = self.within
        return first.shape[1], second.shape[1], self.between.shape[1]

    def results(self, shares: Shares) -> Floats:
        """Results (points, n) whose squares have these shares along one direction of each kind."""
        kinds = zip(shares, (*self.within, self.between), strict=True)
        return np.asarray(sum(np.sqrt(share)[:, None] * _one_of(kind) for share, kind in kinds))


def _one_of(kind: Floats) -> Floats:
    """The middle one of some directions; nothing where there is none."""
    n, several = kind.shape
    return kind[:, several // 2] if several else np.zeros(n)


def plates_held(groups: Ints, plate: Ints, asked: Floats | None) -> Held:
    """What `compare` holds of plates beside the asked column, for donors with their group and
    plate (donors,).
    """
    levels = np.unique(plate)
    weights = np.asarray(plate[:, None] == levels, dtype=np.float64)
    n = len(plate)
    term = Term("plate", True, tuple(map(str, levels)), weights)
    sample = Sample(
        donors=tuple(map(str, range(n))),
        groups=groups.astype(np.str_),
        lower=np.zeros(n),
        upper=np.zeros(n),
        sd=np.zeros(n),
        shared=({},) * n,
        plates=((),) * n,
        visit="",
        readout="",
        cell_type=None,
        terms=(term,),
    )
    return held(sample, asked)


def least_squares(
    truth: float, sd: float, first: Ints, columns: Floats, *, alpha: float
) -> Law | None:
    """The difference of two groups, `first` (donors,) 1 for the first, beside held columns
    (donors, k); both groups have one standard deviation. None where the directions between groups
    are of several kinds.
    """
    if len(first) > _MOST_DONORS:
        return None
    try:
        weights = weights_of(first.astype(np.float64), columns, first.astype(np.bool_))
    except NotEstimable:
        return None
    directions = _directions(weights)
    if directions is None:
        return None
    shares, weight = _shares(directions.counts)
    fits = coefficients_of(weights, directions.results(shares) * sd)
    reach = critical_ts(fits.df, alpha) * fits.errors
    error = sd * float(np.sqrt(weights.squared_weights.sum()))
    return Law(truth, error, sum(directions.counts), reach, weight)


def _directions(weights: Weights) -> Directions | None:
    """The residual directions by their kind; None where those between are not alike."""
    values, vectors = _residual(weights)
    first, second = values > 1 - _END, values < _END
    between = ~(first | second)
    if between.any() and np.ptp(values[between]) > _ALIKE:
        return None
    return Directions((vectors[:, first], vectors[:, second]), vectors[:, between])


def _residual(weights: Weights) -> tuple[Floats, Floats]:
    """The eigenvalues λ of M E_1 M among residuals, from the smallest, and their vectors."""
    m, first = weights.m, weights.marks[0]
    # What least squares takes away is moved to -1.
    form = (m * first) @ m + m - np.eye(len(first))
    values, vectors = np.linalg.eigh(form)
    left = values > -0.5
    return values[left], vectors[:, left]


@lru_cache(maxsize=64)
def _shares(counts: tuple[int, int, int]) -> tuple[Shares, Floats]:
    """Points and weights of the shares: that of the directions between groups is beta, what is left
    is split by another beta.
    """
    first, second, between = counts
    if not between:
        own, weight = share_points(first, second)
        return (own, 1 - own, np.zeros_like(own)), weight
    outer, outer_weight = share_points(between, first + second)
    own, weight = share_points(first, second)
    middle, split = (axis.ravel() for axis in np.meshgrid(outer, own, indexing="ij"))
    left = 1 - middle
    return (left * split, left * (1 - split), middle), np.outer(outer_weight, weight).ravel()
