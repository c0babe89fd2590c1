"""One coefficient of a regression of donors on what is asked and what is held, from their wells.

The model of the donors stands in `group_model`, with the design [1, asked, held] on each side and a
covariance of its own for each spread group. The contrast is the coefficient of `asked`: of the
level, or of the response where there are two sides. Held columns are free on both sides, so a
constant added to all wells of a plate changes nothing.

Profile likelihood ratios are turned into t statistics as they are exactly for one group without
bounds: with D twice the fall of the penalised log likelihood at a fixed contrast,

    t = √(ν (exp(D / ν) - 1)).

ν is Satterthwaite's number for the variance c of the contrast if every t was known, c the element
of M⁻¹ with M = Σ_g X_g'X_g ⊗ Ω_g⁻¹,

    ν = 2 c² / (∇c' I⁻¹ ∇c),

∇c its gradient by the elements of all Ω_g, I their restricted information; for two groups and
nothing held it is Welch's (Giesbrecht and Burns 1985, doi 10.2307/2530872). Columns are centred and
orthonormal, so that how they are coded changes nothing.

When not to use: a group of fewer than three donors with a detected well on each side; a group whose
spread has hardly a degree of freedom left beside the columns; more than half undetected (what is
left rests on the shape of what nobody saw).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.blocks import batches
from exvivo.compare.estimate import NotEstimable
from exvivo.compare.methods.donor_likelihoods import Wells
from exvivo.compare.methods.group_model import GroupModel
from exvivo.compare.methods.intervals import critical_t
from exvivo.compare.methods.newton import DIFFERENCE, Maxima, Problems, inverses_of, maximise
from exvivo.compare.methods.regression import NO_BEST_ESTIMATE, least_squares_rest

_COLLINEAR = 1e-9
"""The share of a column's spread below which the others tell it."""
_LEAST_DF = 0.5
"""Degrees of freedom that each spread group must have left."""
_STEPS_TO_AN_END = 25
_AT_AN_END = 1e-6
"""The share of the critical t within which an end is reached."""
_FASTEST = 2.5
"""How many times further a step of the search for an end may go."""
_FARTHEST = 1e4
"""Standard errors beyond which an interval is open."""
_FEW_ROWS = 500
"""Rows up to which a Hessian costs little more than a gradient."""
_CLOSE_ON_PROFILE = 1e-11
"""The decrement at which a point of the profile is reached."""
_CLOSE_WITHOUT_ONE = 1e-7
"""The decrement at which an estimate without one donor is reached: 3e-4 of a standard error."""
_CLOSE_IN_LARGE = 1e-5
"""The same where there are many rows: 3e-3 of a standard error."""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """An estimate with its standard error to either side (infinite where open), and the degrees of
    freedom of both.
    """

    estimate: float
    below: float
    above: float
    df: float


@dataclass(frozen=True)
class WellRegression:
    """The regression of some donors' wells; `contrast` is the place of the coefficient that is
    asked for among the parameters.
    """

    model: GroupModel
    contrast: int

    @classmethod
    def of(cls, wells: Wells, design: Floats, asked: int, spread: Ints) -> WellRegression:
        """The regression on `design` (donors, columns), of which the column `asked` is the
        contrast.

        spread (donors,): the spread group of each donor, 0 and up. Raises NotEstimable where the
        donors with a value on a side cannot tell the asked column from the others, or leave a
        spread group no degree of freedom.
        """
        model = GroupModel.of(wells, design, spread)
        fit = cls(model, (model.sides - 1) * model.columns + asked)
        if not fit._estimable(np.ones(len(design), dtype=np.bool_)):
            raise NotEstimable(NO_BEST_ESTIMATE)
        return fit

    def _estimable(self, kept: Bools) -> bool:
        """Whether those of some donors (donors,) with a value tell the contrast, and the spread of
        each group, on every side.
        """
        return all(map(self._told_by, kept & self.model.rows.valued))

    def _told_by(self, valued: Bools) -> bool:
        """The same of the donors with a value on one side."""
        design, spread = self.model.design[valued], self.model.spread[valued]
        df = residual_df(design, spread, self.model.spreads)
        return bool(df.min() >= _LEAST_DF) and told_apart(design, self.contrast % design.shape[1])

    @cached_property
    def best(self) -> Maxima:
        """The maximum. Raises NotEstimable where there is none."""
        weights = np.ones((1, len(self.model.design)))
        maxima = maximise(self._problems(weights), self.model.start[None])
        if not maxima.converged[0] or not np.isfinite(maxima.at).all():
            raise NotEstimable(NO_BEST_ESTIMATE)
        return maxima

    @property
    def estimate(self) -> float:
        """The contrast at the maximum."""
        return float(self.best.at[0, self.contrast])

    @property
    def fitted(self) -> tuple[Floats, Floats]:
        """The coefficients at the maximum (sides, columns), and L of every spread group (groups,
        sides, sides).
        """
        factors = self.model.factors(self.best.at)[:, :, 0]
        return self.model.coefficients(self.best.at)[0], np.moveaxis(factors, -1, 0)

    @cached_property
    def df(self) -> float:
        """Satterthwaite's degrees of freedom of the contrast."""
        return satterthwaite(self.model, self.best.at, self.contrast)

    def coefficient(self, *, alpha: float) -> Coefficient:
        """The contrast, with its profile to either side."""
        critical = critical_t(self.df, alpha)
        below, above = (self._ends(critical) / critical).tolist()
        return Coefficient(self.estimate, below, above, self.df)

    def without_each(self) -> Floats:
        """The contrast without each donor (donors,); NaN where it has no estimate without one.

        Newton's method from the maximum of all, with Hessians that are the sum of the other
        donors'. A donor that a column was made for alone moves nothing.
        """
        estimates = np.full(len(self.model.design), self.estimate)
        rest = ~np.eye(len(estimates), dtype=np.bool_)
        estimable = np.array([self._estimable(kept) for kept in rest])
        estimates[~estimable] = np.nan
        moving = estimable & (leverage(self.model.design) < 1 - _COLLINEAR)
        maxima = self._refitted(rest[moving].astype(np.float64))
        estimates[moving] = np.where(maxima.converged, maxima.at[:, self.contrast], np.nan)
        return estimates

    def _problems(self, weights: Floats) -> Problems:
        """The maximum for each row of weights of the donors (problems, donors)."""
        objective = partial(self._objective, weights, self._crossed(weights))
        return Problems(objective, self.model.reach, fresh=self._small)

    @property
    def _small(self) -> bool:
        """Whether a Hessian costs little more than a gradient."""
        return len(self.model.rows.donor) <= _FEW_ROWS

    def _objective(
        self, weights: Floats, crossed: Floats, vectors: Floats, which: Ints
    ) -> tuple[Floats, Floats]:
        """The penalised log likelihood and its gradient, each donor counted by its weight
        (problems, donors); `crossed` is X'X of each problem.
        """
        values, gradients = self._penalty(crossed, vectors, which)
        for part in self._batches(len(vectors)):
            scores, own = self.model.scores(vectors[part]), weights[which[part]]
            values[part] += (own * scores.logs).sum(axis=1)
            gradients[part] += np.einsum("bd,bdq->bq", own, scores.slopes)
        return values, gradients

    def _batches(self, vectors: int) -> Iterator[slice]:
        """Vectors of parameters, as many at a time as their arrays have room."""
        slopes = len(self.model.design) * len(self.model.start)
        return batches(vectors, max(len(self.model.rows.donor), slopes))

    def _penalty(self, crossed: Floats, vectors: Floats, which: Ints) -> tuple[Floats, Floats]:
        """The penalty and its gradient, which hang on the spreads and on X'X of each problem only:
        made once for vectors that differ in coefficients.
        """
        entries = vectors[:, self.model.sides * self.model.columns :]
        keys = np.column_stack([which, entries])
        _, first, place = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        values, gradients = np.empty(len(first)), np.empty((len(first), vectors.shape[1]))
        for part in batches(len(first), crossed[0].size * self.model.sides**2):
            at = first[part]
            values[part], gradients[part] = self.model.penalty(vectors[at], crossed[which[at]])
        return values[place], gradients[place]

    def _crossed(self, weights: Floats) -> Floats:
        """X'X of each spread group for some weights of the donors."""
        crossed = self.model.crossed
        return (weights @ crossed.reshape(len(crossed), -1)).reshape(-1, *crossed.shape[1:])

    def _refitted(self, weights: Floats) -> Maxima:
        """The maxima for other weights of the donors (problems, donors)."""
        start = np.repeat(self.best.at, len(weights), axis=0)
        curvatures = inverses_of(self._hessians(weights))
        close = _CLOSE_WITHOUT_ONE if self._small else _CLOSE_IN_LARGE
        problems = replace(self._problems(weights), fresh=False, close=close)
        return maximise(problems, start, curvatures)

    def _hessians(self, weights: Floats) -> Floats:
        """Hessians at the maximum for other weights of the donors, from differences of every
        donor's gradient.
        """
        at = self.best.at
        parameters = at.shape[1]
        moved = np.vstack([at, at + DIFFERENCE * np.eye(parameters)])
        parts = [self.model.scores(moved[part]).slopes for part in self._batches(len(moved))]
        slopes = np.concatenate(parts)
        own = np.tensordot(weights, (slopes[1:] - slopes[:1]) / DIFFERENCE, axes=(1, 1))
        own += self._penalty_differences(weights, moved)
        return np.asarray((own + np.swapaxes(own, 1, 2)) / 2)

    def _penalty_differences(self, weights: Floats, moved: Floats) -> Floats:
        """Differences of the penalty's gradient (problems, parameters, parameters), from vectors of
        which all but the first are moved in one parameter.
        """
        problems, vectors = len(weights), len(moved)
        which = np.repeat(np.arange(problems), vectors)
        every = np.tile(moved, (problems, 1))
        _, gradients = self._penalty(self._crossed(weights), every, which)
        gradients = gradients.reshape(problems, vectors, -1)
        return np.asarray((gradients[:, 1:] - gradients[:, :1]) / DIFFERENCE)

    def _ends(self, critical: float) -> Floats:
        """How far from the estimate the profile reaches the critical t below and above; infinite
        where it never does. By Newton's method, between brackets.
        """
        search = _Search.of(self.best, self.contrast, critical)
        problems = self._problems(np.ones((2, len(self.model.design))))
        problems = replace(problems, fixed=self.contrast, close=_CLOSE_ON_PROFILE)
        for _ in range(_STEPS_TO_AN_END):
            profile = maximise(problems, search.vectors(), search.curvatures)
            if search.reached(profile, self.df):
                break
        return search.ends()


@dataclass
class _Search:
    """The search for both ends of a profile: how far `off` the estimate each stands now, between
    `near` and `far`; all (2,).
    """

    best: Maxima
    contrast: int
    critical: float
    error: float
    path: Floats
    at: Floats
    curvatures: Floats
    off: Floats
    near: Floats
    far: Floats

    @classmethod
    def of(cls, best: Maxima, contrast: int, critical: float) -> _Search:
        """Begins where a normal likelihood would end, along the path on which the other parameters
        follow.
        """
        inverse = best.curvatures[0]
        variance = float(inverse[contrast, contrast])
        path = inverse[:, contrast] / variance
        # That of the other parameters at a fixed contrast.
        fixed = inverse - variance * path[:, None] * path[None, :]
        return cls(
            best,
            contrast,
            critical,
            math.sqrt(variance),
            path,
            at=np.repeat(best.at, 2, axis=0),
            curvatures=np.repeat(fixed[None], 2, axis=0),
            off=np.full(2, critical * math.sqrt(variance)),
            near=np.zeros(2),
            far=np.full(2, np.inf),
        )

    def vectors(self) -> Floats:
        """Where the next fit begins."""
        wanted = self.best.at[0, self.contrast] + _SIGNS * self.off
        return np.asarray(self.at + np.outer(wanted - self.at[:, self.contrast], self.path))

    def reached(self, profile: Maxima, df: float) -> bool:
        """Takes a step, and says whether both ends are reached (or nowhere)."""
        self.at, self.curvatures = profile.at, profile.curvatures
        t, slope = self._t(profile, df)
        self.near = np.where(t < self.critical, self.off, self.near)
        self.far = np.where(t < self.critical, self.far, self.off)
        done = np.abs(t - self.critical) < _AT_AN_END * self.critical
        done |= self.off > _FARTHEST * self.error
        following = self.off + (self.critical - t) / np.maximum(slope, 1e-12)
        following = np.minimum(following, _FASTEST * self.off)
        outside = ~((following > self.near) & (following < self.far))
        following = np.where(outside, (self.near + self.far) / 2, following)
        self.off = np.where(done, self.off, following)
        return bool(done.all())

    def _t(self, profile: Maxima, df: float) -> tuple[Floats, Floats]:
        """The t statistics of both places and their slopes: ∂D/∂off is minus twice the gradient by
        the contrast.
        """
        ratio = np.clip(2 * (self.best.values - profile.values) / df, 1e-12, 300.0)
        t = np.sqrt(df * np.expm1(ratio))
        return t, -np.exp(ratio) * _SIGNS * profile.gradients[:, self.contrast] / t

    def ends(self) -> Floats:
        """Both distances."""
        return np.where(self.off > _FARTHEST * self.error, np.inf, self.off)


_SIGNS = np.array([-1.0, 1.0])


def centred_design(asked: Floats, held: Floats) -> Floats:
    """The design [1, asked, held] (donors, 2 + columns) with the held columns centred and
    orthonormal.

    Raises NotEstimable where the held columns tell the asked one.
    """
    n = len(asked)
    left, sizes, _ = np.linalg.svd(held - held.mean(axis=0), full_matrices=False)
    kept = left[:, sizes > _COLLINEAR * max(float(sizes.max(initial=0.0)), 1e-300)]
    centred = asked - asked.mean()
    rest = centred - kept @ (kept.T @ centred)
    if rest @ rest <= _COLLINEAR * max(float(centred @ centred), 1e-300):
        raise NotEstimable(NO_BEST_ESTIMATE)
    return np.column_stack([np.ones(n), asked, kept * math.sqrt(n)])


def leverage(design: Floats) -> Floats:
    """How far each donor's own result draws its fitted value (donors,)."""
    left, sizes, _ = np.linalg.svd(design, full_matrices=False)
    kept = left[:, sizes > _COLLINEAR * sizes.max()]
    return np.asarray(np.square(kept).sum(axis=1))


def residual_df(design: Floats, spread: Ints, spreads: int) -> Floats:
    """The degrees of freedom that the columns leave each of some spread groups: its donors less
    their leverages.
    """
    return np.bincount(spread, 1 - leverage(design), minlength=spreads).astype(np.float64)


def told_apart(design: Floats, asked: int) -> bool:
    """Whether a column of a design (donors, columns) is no sum of the others."""
    column = design[:, asked]
    rest = least_squares_rest(column, np.delete(design, asked, axis=1))
    return bool(rest @ rest > _COLLINEAR * (column @ column))


def satterthwaite(model: GroupModel, at: Floats, contrast: int) -> float:
    """Degrees of freedom of the variance of a contrast at some parameters (1, parameters), as if
    every t was known.
    """
    crossed = model.crossed.sum(axis=0)
    precisions, information = model.information(model.factors(at), crossed[None])
    variances = np.linalg.inv(information[0])
    own = variances[:, contrast].reshape(model.sides, model.columns)
    donors = np.bincount(model.spread)
    gradient: list[float] = []
    bent: list[Floats] = []
    inner: list[Floats] = []
    for g, of_group in enumerate(crossed):
        precision = precisions[:, :, 0, g]
        weight = precision @ (own @ of_group @ own.T) @ precision
        turned = [precision @ unit for unit in _units(model.sides)]
        gradient += [float((weight * unit).sum()) for unit in _units(model.sides)]
        bent += [variances @ np.kron(one @ precision, of_group) for one in turned]
        inner.append(_within_group(turned, precision, of_group, variances, int(donors[g])))
    return _df(np.array(gradient), bent, inner, float(variances[contrast, contrast]))


def _units(sides: int) -> list[Floats]:
    """The directions in which a covariance can move."""
    units = []
    for row, column in zip(*np.tril_indices(sides), strict=True):
        unit = np.zeros((sides, sides))
        unit[row, column] = unit[column, row] = 1.0
        units.append(unit)
    return units


def _within_group(
    turned: list[Floats], precision: Floats, crossed: Floats, variances: Floats, donors: int
) -> Floats:
    """For all directions A and B of one group: n tr(P A P B) - 2 tr(M⁻¹ (X'X ⊗ P A P B P))."""
    whole = np.empty((len(turned), len(turned)))
    for i, a in enumerate(turned):
        for j, b in enumerate(turned):
            bent = np.kron(a @ b @ precision, crossed)
            whole[i, j] = donors * np.trace(a @ b) - 2 * (variances * bent.T).sum()
    return whole


def _df(gradient: Floats, bent: list[Floats], inner: list[Floats], variance: float) -> float:
    """2 c² / (∇c' I⁻¹ ∇c), the information from its parts within groups and between all."""
    from scipy.linalg import block_diag

    information = block_diag(*inner)
    for i, a in enumerate(bent):
        for j, b in enumerate(bent):
            information[i, j] += (a * b.T).sum()
    spread = gradient @ np.linalg.pinv(information / 2, hermitian=True) @ gradient
    return float(2 * variance**2 / max(float(spread), 1e-300))
