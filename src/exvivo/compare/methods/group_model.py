"""The donors of one or more groups as normal around a regression, given what their wells say.

On one side a donor's quantity t is N(x'β, Σ_g) with x the donor's row of the design and Σ_g = σ² of
its own for each spread group g. On two sides (unstimulated, stimulated) the level t₁ and the
response d = t₂ - t₁ have a regression each on the same design and a covariance Ω_g = L L', L with
positive diagonal, so that an undetected unstimulated well costs certainty and brings no bias.
With L_d(t) the likelihood of donor d's wells (`donor_likelihoods`), what is maximised over β and
log L is

    Σ_d log ∫ L_d(t) N(t; μ_d, Σ_g) dt - ½ log |Σ_g X_g'X_g ⊗ Ω_g⁻¹|.

The last term is that of restricted likelihood where t is known: it gives the variances the degrees
of freedom that β took (for a group's mean it is ½ log |Σ|), and keeps them off zero (Chung et al.
2013, doi 10.1007/s11336-013-9328-2). Wells that are normal, with or without bounds, are integrated
exactly; what counts few copies is a sum over points. Arrays have their matrix axes first, then
(batch, rows).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.methods.donor_likelihoods import (
    Wells,
    likelihoods_of,
    on_side,
    places_of,
    sides_of_wells,
)
from exvivo.compare.methods.donor_points import Moments, Points
from exvivo.compare.methods.donor_rows import Box, Rows, rows_of
from exvivo.compare.methods.regression import least_squares_rest
from exvivo.compare.methods.small_matrices import inverse_of, log_normal_between, product

_LEAST_SPREAD, _LEAST_POINTED, _MOST_SPREAD = math.log(1e-4), math.log(0.02), math.log(30.0)
"""The ends of the log diagonal of L; the second where a likelihood stands on points."""

_LEAST_SCALE = 1e-3
"""The least spread (log2) that donors are taken to have before they are fitted."""
_MOST_REST = 0.5
"""The share of rows that are more than points from which all are taken to be."""
_FARTHEST_STEP = 1.5
"""How far a step may move the log of a spread."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Log likelihoods and their gradients: of each donor, `logs` (batch, donors) and `slopes`
    (batch, donors, parameters).
    """

    logs: Floats
    slopes: Floats


@dataclass(frozen=True)
class GroupModel:
    """Donors on one or two sides: their rows, their `design` (donors, columns), and the spread
    group of each, 0 and up. `start` is a first guess of the parameters.

    Parameters are the coefficients, side after side (level, response), then of each spread group
    the lower triangle of L, its diagonal as logs.
    """

    rows: Rows
    design: Floats
    spread: Ints
    start: Floats

    @classmethod
    def of(cls, wells: Wells, design: Floats, spread: Ints) -> GroupModel:
        """The model of some donors' wells."""
        wells_of_sides = [on_side(wells, side) for side in sides_of_wells(wells)]
        scale = _scale(np.array([places_of(side) for side in wells_of_sides]), design)
        sides = [likelihoods_of(side, scale) for side in wells_of_sides]
        middles = np.array([[one.middle for one in side] for side in sides])
        return cls(rows_of(sides, scale), design, spread, _start(middles, design, spread))

    @property
    def sides(self) -> int:
        """1 for levels, 2 for responses."""
        return len(self.rows.values)

    @property
    def columns(self) -> int:
        """Columns of the design."""
        return int(self.design.shape[1])

    @cached_property
    def spreads(self) -> int:
        """Groups with a spread of their own."""
        return int(self.spread.max()) + 1

    @cached_property
    def reach(self) -> Floats:
        """How far one step may move each parameter: log diagonals not far, all else anywhere."""
        one = np.where(self._diagonal, _FARTHEST_STEP, np.inf)
        free = np.full(self.sides * self.columns, np.inf)
        return np.concatenate([free, np.tile(one, self.spreads)])

    @cached_property
    def crossed(self) -> Floats:
        """X'X of every donor (donors, spread groups, columns, columns), 0 but in its own group."""
        outer = np.einsum("dg,di,dj->dgij", self._own, self.design, self.design)
        return np.asarray(outer)

    @cached_property
    def _triangle(self) -> tuple[Ints, Ints]:
        return np.tril_indices(self.sides)

    @cached_property
    def _diagonal(self) -> Bools:
        """Which entries of the triangle stand on the diagonal."""
        row, column = self._triangle
        return np.asarray(row == column)

    @cached_property
    def _own(self) -> Floats:
        """1 for the spread group of each donor (donors, spread groups), else 0."""
        return np.asarray(np.eye(self.spreads)[self.spread])

    @cached_property
    def _add_up(self) -> Floats:
        """From level and response to the quantities of both sides."""
        return np.tri(self.sides)

    @cached_property
    def _least(self) -> float:
        return _LEAST_POINTED if self.rows.pointed else _LEAST_SPREAD

    def coefficients(self, vectors: Floats) -> Floats:
        """The coefficients (batch, sides, columns) of parameters (batch, parameters)."""
        whole = self.sides * self.columns
        return vectors[:, :whole].reshape(len(vectors), self.sides, self.columns)

    def factors(self, vectors: Floats) -> Floats:
        """L of every spread group (sides, sides, batch, groups)."""
        entries = vectors[:, self.sides * self.columns :]
        entries = entries.reshape(len(vectors), self.spreads, -1)
        row, column = self._triangle
        logs = np.minimum(np.maximum(entries, self._least), _MOST_SPREAD)
        factors = np.zeros((self.sides, self.sides, len(vectors), self.spreads))
        factors[row, column] = np.where(self._diagonal, np.exp(logs), entries).transpose(2, 0, 1)
        return factors

    def _by_entries(self, vectors: Floats, by_factor: Floats) -> Floats:
        """Gradients by L (sides, sides, batch, places) as those by its entries (batch, places,
        entries), 0 at the ends of their logs; `vectors` (batch, places, entries) are those.
        """
        row, column = self._triangle
        by = by_factor[row, column].transpose(1, 2, 0)
        inside = (vectors > self._least) & (vectors < _MOST_SPREAD)
        on_diagonal = inside * by * np.exp(np.minimum(vectors, _MOST_SPREAD))
        return np.where(self._diagonal, on_diagonal, by)

    def scores(self, vectors: Floats) -> Scores:
        """What the wells of each donor say of these parameters (batch, parameters).

        By Fisher's identity the gradient is the mean of that of the complete data: with m_d and S_d
        the mean and second moment of t - μ given the wells of donor d, and P = Σ⁻¹,

            ∂/∂μ = P m_d,   ∂/∂Σ = ½ P (S_d - Σ) P.
        """
        factors = self.factors(vectors)
        add_up = self._add_up[:, :, None, None]
        # t = (t₁, t₁ + d): Σ = A A' with A = T L.
        roots = product(add_up, factors)[..., self.spread]
        covariance = product(roots, np.swapaxes(roots, 0, 1))
        precision, _ = inverse_of(covariance)
        coefficients = self.coefficients(vectors)
        means = np.einsum("st,btp,dp->sbd", self._add_up, coefficients, self.design)
        logs, mean, second = self._moments(means, covariance)
        by_mean = np.einsum("ij...,j...->i...", precision, mean)
        by_sigma = product(product(precision, second - covariance), precision)
        by_factor = product(np.swapaxes(add_up, 0, 1), product(by_sigma, roots))
        return Scores(logs, self._slopes(vectors, by_mean, by_factor))

    @cached_property
    def _points(self) -> _Split | None:
        """The rows that are points, and the others; None where few are points."""
        rest = self.rows.rest
        if self.rows.single or rest.mean() > _MOST_REST:
            return None
        return _Split.of(self.rows, rest)

    def _moments(self, means: Floats, covariance: Floats) -> Moments:
        """The moments of every donor, from its `means` (sides, batch, donors) and Σ (sides, sides,
        batch, donors).
        """
        rows = self.rows
        if rows.single:
            return _of_rows(rows, means, covariance)
        if self._points is not None:
            return self._points.moments(means, covariance)
        whole = (means[..., rows.donor], covariance[..., rows.donor])
        return _summed(rows.donor, rows.first, _of_rows(rows, *whole))

    def _slopes(self, vectors: Floats, by_mean: Floats, by_factor: Floats) -> Floats:
        """Gradients by all parameters (batch, donors, parameters)."""
        batch, donors = by_mean.shape[1:]
        by_side = np.einsum("st,sbd->btd", self._add_up, by_mean)
        by_coefficients = np.einsum("btd,dp->bdtp", by_side, self.design)
        entries = vectors[:, self.sides * self.columns :].reshape(batch, self.spreads, -1)
        by_entries = self._by_entries(entries[:, self.spread], by_factor)
        slopes = np.empty((batch, donors, vectors.shape[1]))
        whole = self.sides * self.columns
        slopes[:, :, :whole] = by_coefficients.reshape(batch, donors, -1)
        by_spread = self._own[None, :, :, None] * by_entries[:, :, None, :]
        slopes[:, :, whole:] = by_spread.reshape(batch, donors, -1)
        return slopes

    def information(self, factors: Floats, crossed: Floats) -> tuple[Floats, Floats]:
        """Ω⁻¹ of every group (sides, sides, batch, groups), and Σ_g X_g'X_g ⊗ Ω_g⁻¹ (batch,
        coefficients, coefficients), for X_g'X_g in `crossed` (batch, groups, columns, columns).
        """
        precision, _ = inverse_of(product(factors, np.swapaxes(factors, 0, 1)))
        whole = self.sides * self.columns
        information = np.einsum("bgij,stbg->bsitj", crossed, precision)
        return precision, information.reshape(-1, whole, whole)

    def penalty(self, vectors: Floats, crossed: Floats) -> tuple[Floats, Floats]:
        """-½ log |Σ_g X_g'X_g ⊗ Ω_g⁻¹| (batch,) and its gradient (batch, parameters)."""
        factors = self.factors(vectors)
        precision, information = self.information(factors, crossed)
        logs = np.linalg.slogdet(information)[1]
        shape = (-1, self.sides, self.columns, self.sides, self.columns)
        inverse = np.linalg.inv(information).reshape(shape)
        # -½ tr(M⁻¹ ∂M) with ∂M = X_g'X_g ⊗ ∂P and ∂P = -P ∂Ω P.
        traced = np.einsum("bgij,btjsi->stbg", crossed, inverse)
        by_factor = product(product(product(precision, traced), precision), factors)
        entries = vectors[:, self.sides * self.columns :].reshape(len(vectors), self.spreads, -1)
        gradient = np.zeros_like(vectors)
        by_entries = self._by_entries(entries, by_factor).reshape(len(vectors), -1)
        gradient[:, self.sides * self.columns :] = by_entries
        return -0.5 * logs, gradient


def _scale(places: Floats, design: Floats) -> float:
    """About how far the donors spread around the design, on the side where they do most, from
    where their wells lie (sides, donors).
    """
    rest = [_rest(side, design) for side in places if np.isfinite(side).any()]
    return max(_LEAST_SCALE, *(float(side.std()) for side in rest))


def _rest(values: Floats, design: Floats) -> Floats:
    """What least squares on the design leaves of values (donors,), a missing one as the mean."""
    values = np.where(np.isfinite(values), values, np.nanmean(values))
    return least_squares_rest(values, design)


def _start(middles: Floats, design: Floats, spread: Ints) -> Floats:
    """Least squares of where the donors' likelihoods lie (sides, donors), and what is left of
    it.
    """
    middles = np.where(np.isfinite(middles), middles, np.nanmean(middles, axis=1, keepdims=True))
    sides = np.vstack([middles[:1], np.diff(middles, axis=0)])
    coefficients = np.linalg.lstsq(design, sides.T, rcond=None)[0]
    rest = sides.T - design @ coefficients
    whole = max(float(rest.std()), 1e-3)
    row, column = np.tril_indices(len(sides))
    parts = [coefficients.T.ravel()]
    for group in range(int(spread.max()) + 1):
        logs = np.log(np.maximum(rest[spread == group].std(axis=0), 0.2 * whole))
        parts.append(np.where(row == column, logs[row], 0.0))
    return np.concatenate(parts)


def _of_rows(rows: Rows, means: Floats, covariance: Floats) -> Moments:
    """The moments of every row, from μ (sides, batch, rows) and Σ (sides, sides, batch, rows)."""
    logs, mean, within = _given_values(rows, means, covariance)
    for box in rows.boxes:
        _within_limits(box, means, (logs, mean, within))
    return logs, mean, within + mean[:, None] * mean[None, :]


@dataclass(frozen=True, slots=True)
class _Split:
    """The rows of donors, those that are `points` taken together for each donor: `order` puts the
    donors of points and the `others` in the order of `donor` (donors of points + others,).
    """

    points: Points
    others: Rows
    of_others: Ints
    order: Ints
    donor: Ints
    first: Ints

    @classmethod
    def of(cls, rows: Rows, rest: Bools) -> _Split:
        """The rows with the `rest` (rows,) by themselves."""
        which = ~rest
        points = Points.of(rows.donor[which], rows.values[:, which], rows.log_weights[which])
        every = np.concatenate([points.donor, rows.donor[rest]])
        order = np.argsort(every, kind="stable")
        first = np.flatnonzero(np.diff(every[order], prepend=-1))
        return cls(points, rows.only(rest), rows.donor[rest], order, every[order], first)

    def moments(self, means: Floats, covariance: Floats) -> Moments:
        """The moments of every donor, from μ and Σ."""
        at, others = self.points.donor, self.of_others
        of_points = self.points.moments(means[..., at], covariance[..., at])
        of_others = _of_rows(self.others, means[..., others], covariance[..., others])
        logs, mean, second = (
            np.concatenate(pair, axis=-1)[..., self.order]
            for pair in zip(of_points, of_others, strict=True)
        )
        return _summed(self.donor, self.first, (logs, mean, second))


def _given_values(rows: Rows, means: Floats, covariance: Floats) -> Moments:
    """The normal density of the values of every row, and the mean and covariance of t - μ given
    them.
    """
    whole = covariance.copy()
    for side in range(len(whole)):
        whole[side, side] += rows.variances[side]
    inverse, determinant = inverse_of(whole)
    off = rows.values[:, None, :] - means
    weighted = np.einsum("ij...,j...->i...", inverse, off)
    logs = rows.log_weights - 0.5 * np.log(determinant) - 0.5 * (off * weighted).sum(axis=0)
    mean = np.einsum("ij...,j...->i...", covariance, weighted)
    # Σ - Σ (Σ + E)⁻¹ Σ = Σ (Σ + E)⁻¹ E.
    gain = product(covariance, inverse)
    return logs, mean, np.asarray(gain * rows.variances[None, :, None, :])


def _within_limits(box: Box, means: Floats, moments: Moments) -> None:
    """Brings in the limits of some rows: t_s and a normal error between two ends. Writes into the
    moments.

    With z the standardised sum, k its covariance with t over its spread, and Φ the probability to
    lie between, log Φ adds to the likelihood, k E z to the mean, and k k' (Var z - 1) to the
    covariance.
    """
    logs, mean, within = moments
    side, at = box.side, box.at
    variance = within[side, side][:, at]
    spread = np.sqrt(np.maximum(variance, 0.0) + box.variance)
    centre = means[side][:, at] + mean[side][:, at]
    log_between, first, second = log_normal_between(
        (box.lower - centre) / spread, (box.upper - centre) / spread
    )
    gain = within[:, side][:, :, at] / spread
    logs[:, at] += log_between
    mean[:, :, at] += gain * first
    within[:, :, :, at] += gain[:, None] * gain[None, :] * (second - first**2 - 1)


def _summed(donor: Ints, first: Ints, moments: Moments) -> Moments:
    """The moments of donors from those of their rows, of which each has its `first` at a place."""
    logs, mean, second = moments
    highest = np.maximum.reduceat(logs, first, axis=-1)
    weights = np.exp(logs - highest[:, donor])
    total = np.add.reduceat(weights, first, axis=-1)
    weights = weights / total[:, donor]
    mean, second = (np.add.reduceat(moment * weights, first, axis=-1) for moment in (mean, second))
    return highest + np.log(total), mean, second
