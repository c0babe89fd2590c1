"""The way down the REML criterion: where it begins, and Newton's method with exact curvature for
many studies at once.

In the factors a variance of zero is an inner point, where the gradient vanishes and the curvature
is twice the slope toward positive variances: Newton's method converges onto it as onto any other,
and where that slope leads down, it is a saddle that is left. Negative curvature is reversed, and a
step that leads up is tried again with a shorter reach.

Source of the start: Rao's MINQUE 1971, doi 10.1016/0047-259X(71)90001-7.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.mixed.reml import Batch, Pieces, Structure, pieces

MOST_STEPS = 60
"""Newton steps before a study is given up as not converged."""
_CLOSE = 1e-15
"""Newton's decrement (in log likelihood) below which a study has converged."""
_FLAT = 1e-7
"""Curvature, of the largest, below which a direction changes nothing: a turn of the factors, or
parameters no well tells apart.
"""
_ROUNDING = 1e-9
"""By how much the criterion may rise in a step through rounding."""


def start(of: Batch, structure: Structure) -> Floats:
    """Triangular factors to begin with: one step of Fisher's scoring from equal variances (MINQUE),
    made positive.
    """
    parts = len(structure.orders) + 1
    theta = np.zeros((len(of), len(structure.turn)))
    scale = _scales(of, structure)
    theta[:, -1] = 1.0 / parts
    for q, at, _ in structure.starts:
        diagonal = at + np.array([k * (k + 3) // 2 for k in range(q)])
        theta[:, diagonal] = 1.0 / (parts * q * scale[:, diagonal])
    first = pieces(of, structure, _root(theta, structure))
    gradient, _ = first.slopes
    step = np.einsum("bjk,bk->bj", np.linalg.pinv(first.expected, hermitian=True), gradient)
    return _root(_positive(theta - step, theta, structure), structure)


def _scales(of: Batch, structure: Structure) -> Floats:
    """The mean square of the columns of each parameter, which says what a variance of 1 would
    amount to.
    """
    b, d, c, _ = of.columns.shape
    wells = (of.more + 1).sum(axis=(1, 2))[:, None]
    scale = np.ones((b, len(structure.turn)))
    eye = np.arange(c)
    diagonal = of.flat.reshape(b, -1, d, c, c)[:, :, :, eye, eye].sum(axis=(2, 3))
    scale[:, structure.inner] = diagonal / wells
    squares = (of.columns**2).sum(axis=(1, 2))
    scale[:, structure.outer] = squares @ np.einsum("off->fo", structure.pairs) / wells
    return np.maximum(scale, 1e-12)


def _positive(theta: Floats, usual: Floats, structure: Structure) -> Floats:
    """The nearest covariances that are a little above zero, as far as zero is reached."""
    found = theta.copy()
    found[:, -1] = np.maximum(theta[:, -1], 0.05 * usual[:, -1])
    scales = structure.covariances(usual)
    for (q, at, _), g, scale in zip(
        structure.starts, structure.covariances(theta), scales, strict=True
    ):
        unit = np.sqrt(np.einsum("bqq->bq", scale))
        values, vectors = np.linalg.eigh(g / unit[:, :, None] / unit[:, None, :])
        mended = (vectors * np.maximum(values, 0.05)[:, None, :]) @ vectors.swapaxes(1, 2)
        mended = mended * unit[:, :, None] * unit[:, None, :]
        a, b = np.tril_indices(q)
        found[:, at : at + len(a)] = mended[:, a, b]
    return found


def _root(theta: Floats, structure: Structure) -> Floats:
    """The factors of positive definite covariances."""
    root = np.empty((len(theta), structure.turn.shape[1]))
    root[:, -1] = np.sqrt(theta[:, -1])
    for (q, _, at), g in zip(structure.starts, structure.covariances(theta), strict=True):
        root[:, at : at + q * q] = np.linalg.cholesky(g).reshape(-1, q * q)
    return root


@dataclass(frozen=True)
class Minimum:
    """Where Newton's method ended: factors (B, l), curvature there (B, l, l), steps and whether it
    is a minimum.
    """

    root: Floats
    hessian: Floats
    steps: Ints
    converged: Bools


@dataclass
class _Walk:
    """Newton's method under way, for the studies of a batch that are still walking (`at`).

    `reach` (B,) is how far a step may go along each direction of curvature.
    """

    root: Floats
    hessian: Floats
    steps: Ints
    converged: Bools
    at: Ints
    reach: Floats


def minimum(of: Batch, structure: Structure, root: Floats) -> Minimum:
    """The lowest misfit from these factors on."""
    b, size = root.shape
    walk = _Walk(
        root.copy(),
        np.full((b, size, size), np.nan),
        np.zeros(b, dtype=np.intp),
        np.zeros(b, dtype=np.bool_),
        np.arange(b),
        np.ones(b),
    )
    here = of
    now = _local(pieces(here, structure, root), root)
    for _ in range(MOST_STEPS):
        step, decrement, bent = _newton(now, walk.reach[walk.at])
        done = (decrement < _CLOSE) & ~bent
        walk.hessian[walk.at], walk.converged[walk.at[done]] = now[2], True
        if done.any():
            walk.at, here, step = walk.at[~done], here.only(~done), step[~done]
            now = now[0][~done], now[1][~done], now[2][~done]
        if not len(walk.at):
            break
        now = _stepped(walk, here, structure, step, now)
    return Minimum(walk.root, walk.hessian, walk.steps, walk.converged)


Local = tuple[Floats, Floats, Floats]
"""Misfit, gradient and Hessian in the factors, turns of the factors taken out."""


def _local(found: Pieces, root: Floats) -> Local:
    """The misfit with its slopes in the factors instead of theta."""
    gradient, hessian = found.slopes
    turn = found.structure.turn
    by = np.einsum("jkl,bl->bjk", turn, root)
    curved = by.swapaxes(1, 2) @ hessian @ by + np.einsum("bj,jkl->bkl", gradient, turn)
    across = _across(root, found.structure)
    return found.misfit, np.einsum("bj,bjk->bk", gradient, by), across @ curved @ across


def _across(root: Floats, structure: Structure) -> Floats:
    """The projection (B, l, l) onto what is not a turn of a factor: B turned by a rotation is the
    same covariance.

    With it the Hessian is that of the covariances' own curved space (Absil, Mahony and Sepulchre
    2008, ISBN 978-0-691-13298-3, section 5.3).
    """
    b, size = root.shape
    turns = []
    for q, _, at in structure.starts:
        factor = root[:, at : at + q * q].reshape(b, q, q)
        for c in range(q):
            for d in range(c):
                turned = np.zeros((b, size))
                block = np.zeros((b, q, q))
                block[:, :, c], block[:, :, d] = -factor[:, :, d], factor[:, :, c]
                turned[:, at : at + q * q] = block.reshape(b, -1)
                turns.append(turned)
    across = np.broadcast_to(np.eye(size), (b, size, size)).copy()
    for turned in turns:
        left = (across @ turned[:, :, None])[:, :, 0]
        length = np.sqrt((left**2).sum(axis=1, keepdims=True))
        left = np.where(length > 1e-12, left / np.maximum(length, 1e-12), 0.0)
        across -= left[:, :, None] * left[:, None, :]
    return across


def _newton(now: Local, reach: Floats) -> tuple[Floats, Floats, Bools]:
    """The step, Newton's decrement, and where the curvature is negative in some direction."""
    _, gradient, hessian = now
    values, vectors = np.linalg.eigh(hessian)
    most = np.abs(values).max(axis=1, keepdims=True)
    size = np.where(np.abs(values) < _FLAT * most, most, np.abs(values))
    along = np.einsum("bkv,bk->bv", vectors, gradient)
    decrement = (along**2 / size).sum(axis=1)
    bent = values[:, 0] < -_FLAT * most[:, 0]
    saddle = (bent & (decrement < _CLOSE))[:, None] & (values < -_FLAT * most)
    length = np.clip(along / size + np.where(saddle, 1e-3, 0.0), -reach[:, None], reach[:, None])
    return -np.einsum("bkv,bv->bk", vectors, length), decrement, bent


def _stepped(walk: _Walk, here: Batch, structure: Structure, step: Floats, now: Local) -> Local:
    """The slopes after a step where it went down, the old ones and a shorter reach where it did
    not.
    """
    trial = walk.root[walk.at] + step
    with np.errstate(all="ignore"):  # a step too far is not taken
        found = _local(pieces(here, structure, trial), trial)
    better = found[0] <= now[0] + _ROUNDING
    walk.root[walk.at[better]] = trial[better]
    walk.steps[walk.at] += 1
    farther = np.minimum(3 * walk.reach[walk.at], 1.0)
    walk.reach[walk.at] = np.where(better, farther, 0.3 * np.abs(step).max(axis=1))
    keep = [
        np.where(better.reshape(-1, *[1] * (new.ndim - 1)), new, old)
        for new, old in zip(found, now, strict=True)
    ]
    return keep[0], keep[1], keep[2]
