"""The way down the REML criterion: where it begins, and Newton's method with exact curvature for
many studies at once.

The criterion f (see `reml`) is minimised in the factors l of the covariances, theta_j = l'T_j l /
2. In the factors a variance of zero is an inner point, where the gradient vanishes and the
curvature is twice the slope toward positive variances: Newton's method converges onto it as onto
any other, and where that slope leads down, it is a saddle that is left. Negative curvature is
reversed, and a step that leads up is tried again within a smaller radius.

Source of the start: Rao's MINQUE 1971, doi 10.1016/0047-259X(71)90001-7.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.mixed.cells import over_cells
from exvivo.compare.mixed.reml import Batch, Pieces, Structure, Term, pieces

MOST_STEPS = 60
"""Newton steps before a study is given up as not converged."""
_CLOSE = 1e-15
"""Newton's decrement (in log likelihood) below which a study has converged."""
_FLAT = 1e-7
"""Curvature, of the largest, below which a direction changes nothing: a rotation of the factors, or
parameters no well tells apart.
"""
_OFF_SADDLE = 1e-3
"""The step along a direction of negative curvature where the gradient vanishes."""
_ROUNDING = 1e-9
"""By how much the criterion may rise in a step through rounding."""
_LEAST_SHARE = 0.05
"""A variance to begin with is at least this share of the usual one."""


def start(of: Batch, structure: Structure) -> Floats:
    """Triangular factors (B, l) to begin with: one step of Fisher's scoring from equal variances
    (MINQUE), made positive.
    """
    theta = _equal_variances(of, structure)
    first = pieces(of, structure, _factors(theta, structure))
    gradient, _ = first.slopes
    step = np.einsum("bjk,bk->bj", np.linalg.pinv(first.expected, hermitian=True), gradient)
    return _factors(_positive(theta - step, theta, structure), structure)


def _equal_variances(of: Batch, structure: Structure) -> Floats:
    """Variances (B, j) with which every random effect and the residual make up an equal share of a
    total variance of 1; covariances 0.
    """
    parts = len(structure.terms) + 1
    theta = np.zeros((len(of), len(structure.forms)))
    theta[:, -1] = 1.0 / parts
    scale = _scales(of, structure)
    for term in structure.terms:
        rows, columns = term.triangle
        variances = term.thetas[rows == columns]
        theta[:, variances] = 1.0 / (parts * term.order * scale[:, variances])
    return theta


def _scales(of: Batch, structure: Structure) -> Floats:
    """The mean square of the columns of each parameter (B, j), which says what a variance of 1
    would amount to.
    """
    b, d, c, _ = of.columns.shape
    wells = over_cells(of.more + 1)[:, None]
    scale = np.ones((b, len(structure.forms)))
    eye = np.arange(c)
    diagonals = of.flat.reshape(b, -1, d, c, c)[:, :, :, eye, eye].sum(axis=(2, 3))
    scale[:, structure.inner] = diagonals / wells
    squares = over_cells(of.columns**2)
    scale[:, structure.outer] = squares @ np.einsum("off->fo", structure.pairs) / wells
    return np.maximum(scale, 1e-12)


def _positive(theta: Floats, usual: Floats, structure: Structure) -> Floats:
    """The nearest covariances that are a little above zero, as far as zero is reached."""
    positive = theta.copy()
    positive[:, -1] = np.maximum(theta[:, -1], _LEAST_SHARE * usual[:, -1])
    covariances, scales = structure.covariances(theta), structure.covariances(usual)
    for term, g, scale in zip(structure.terms, covariances, scales, strict=True):
        rows, columns = term.triangle
        positive[:, term.thetas] = _positive_definite(g, scale)[:, rows, columns]
    return positive


def _positive_definite(g: Floats, scale: Floats) -> Floats:
    """Covariances (B, q, q) whose eigenvalues, in units of the variances of `scale`, are raised to
    the least share.
    """
    unit = np.sqrt(np.einsum("bqq->bq", scale))
    values, vectors = np.linalg.eigh(g / unit[:, :, None] / unit[:, None, :])
    raised = (vectors * np.maximum(values, _LEAST_SHARE)[:, None, :]) @ vectors.mT
    return np.asarray(raised * unit[:, :, None] * unit[:, None, :])


def _factors(theta: Floats, structure: Structure) -> Floats:
    """The triangular factors (B, l) of positive definite covariances."""
    factors = np.empty((len(theta), structure.forms.shape[1]))
    factors[:, -1] = np.sqrt(theta[:, -1])
    for term, g in zip(structure.terms, structure.covariances(theta), strict=True):
        factors[:, term.factors] = np.linalg.cholesky(g).reshape(-1, term.order**2)
    return factors


@dataclass(frozen=True)
class Minimum:
    """Where Newton's method ended: `factors` (B, l), the `hessian` there (B, l, l), steps and
    whether it is a minimum.
    """

    factors: Floats
    hessian: Floats
    steps: Ints
    converged: Bools


@dataclass(frozen=True)
class _Local:
    """The criterion (B,), its gradient (B, l) and Hessian (B, l, l) in the factors; rotations of
    the factors are taken out of the Hessian.
    """

    value: Floats
    gradient: Floats
    hessian: Floats

    def only(self, chosen: Bools) -> _Local:
        """The same with some of the studies."""
        return _Local(self.value[chosen], self.gradient[chosen], self.hessian[chosen])

    def where(self, better: Bools, old: _Local) -> _Local:
        """These slopes where a step was `better`, the old ones elsewhere."""
        return _Local(
            np.where(better, self.value, old.value),
            np.where(better[:, None], self.gradient, old.gradient),
            np.where(better[:, None, None], self.hessian, old.hessian),
        )


@dataclass
class _Walk:
    """Newton's method under way, for the studies of a batch that are still walking (`at`).

    `radius` (B,) is how far a step may go along each direction of curvature.
    """

    factors: Floats
    hessian: Floats
    steps: Ints
    converged: Bools
    at: Ints
    radius: Floats


def minimum(of: Batch, structure: Structure, factors: Floats) -> Minimum:
    """The minimum of f that Newton's method reaches from these factors (B, l)."""
    walk = _begun(factors)
    walking = of
    now = _local(pieces(walking, structure, factors), factors)
    for _ in range(MOST_STEPS):
        step, done = _newton(now, walk.radius[walk.at])
        walk.hessian[walk.at], walk.converged[walk.at[done]] = now.hessian, True
        if done.any():
            more = ~done
            walk.at, walking = walk.at[more], walking.only(more)
            step, now = step[more], now.only(more)
        if not len(walk.at):
            break
        now = _stepped(walk, walking, structure, step, now)
    return Minimum(walk.factors, walk.hessian, walk.steps, walk.converged)


def _begun(factors: Floats) -> _Walk:
    """The walk of every study before its first step."""
    b, size = factors.shape
    return _Walk(
        factors=factors.copy(),
        hessian=np.full((b, size, size), np.nan),
        steps=np.zeros(b, dtype=np.intp),
        converged=np.zeros(b, dtype=np.bool_),
        at=np.arange(b),
        radius=np.ones(b),
    )


def _local(of: Pieces, factors: Floats) -> _Local:
    """The criterion with its slopes in the factors instead of theta, by the chain rule."""
    gradient, hessian = of.slopes
    by = of.structure.by_factors(factors)
    curvature = np.einsum("bj,jkl->bkl", gradient, of.structure.forms)
    whole = by.mT @ hessian @ by + curvature
    across = _across(factors, of.structure)
    slope = np.einsum("bj,bjk->bk", gradient, by)
    return _Local(of.neg_log_likelihood, slope, across @ whole @ across)


def _across(factors: Floats, structure: Structure) -> Floats:
    """The projection (B, l, l) onto what is not a rotation of a factor: B times a rotation is the
    factor of the same covariance.

    With it the Hessian is that of the covariances' own curved space (Absil, Mahony and Sepulchre
    2008, ISBN 978-0-691-13298-3, section 5.3).
    """
    b, size = factors.shape
    across = np.broadcast_to(np.eye(size), (b, size, size)).copy()
    for term in structure.terms:
        for rotation in _rotations(factors, term):
            # Gram and Schmidt: what earlier rotations have not taken, at length 1 (or 0).
            rest = (across @ rotation[:, :, None])[:, :, 0]
            length = np.sqrt((rest**2).sum(axis=1, keepdims=True))
            rest = np.where(length > 1e-12, rest / np.maximum(length, 1e-12), 0.0)
            across -= rest[:, :, None] * rest[:, None, :]
    return across


def _rotations(factors: Floats, term: Term) -> Iterator[Floats]:
    """The directions (B, l) in which each pair of columns of a factor rotates."""
    factor = factors[:, term.factors].reshape(-1, term.order, term.order)
    for c, d in zip(*np.tril_indices(term.order, -1), strict=True):
        rotation, block = np.zeros_like(factors), np.zeros_like(factor)
        block[:, :, c], block[:, :, d] = -factor[:, :, d], factor[:, :, c]
        rotation[:, term.factors] = block.reshape(len(factors), -1)
        yield rotation


def _newton(now: _Local, radius: Floats) -> tuple[Floats, Bools]:
    """The step (B, l), and which studies have converged: Newton's decrement g'H^-1 g is close to 0
    and no direction curves down.
    """
    values, vectors = np.linalg.eigh(now.hessian)
    largest = np.abs(values).max(axis=1, keepdims=True)
    # Along each eigenvector the step is slope / |curvature|; flat directions get a small one.
    size = np.where(np.abs(values) < _FLAT * largest, largest, np.abs(values))
    slope = np.einsum("bkv,bk->bv", vectors, now.gradient)
    close = (slope**2 / size).sum(axis=1) < _CLOSE
    down = values < -_FLAT * largest
    nudge = np.where(close[:, None] & down, _OFF_SADDLE, 0.0)
    length = np.clip(slope / size + nudge, -radius[:, None], radius[:, None])
    return -np.einsum("bkv,bv->bk", vectors, length), close & ~down[:, 0]


def _stepped(
    walk: _Walk, walking: Batch, structure: Structure, step: Floats, now: _Local
) -> _Local:
    """The slopes after a step where it went down, the old ones and a smaller radius where it did
    not.
    """
    trial = walk.factors[walk.at] + step
    with np.errstate(all="ignore"):  # a step too far is not taken
        new = _local(pieces(walking, structure, trial), trial)
    better = new.value <= now.value + _ROUNDING
    walk.factors[walk.at[better]] = trial[better]
    walk.steps[walk.at] += 1
    farther = np.minimum(3 * walk.radius[walk.at], 1.0)
    walk.radius[walk.at] = np.where(better, farther, 0.3 * np.abs(step).max(axis=1))
    return new.where(better, now)
