"""Products and parts of many matrices at once, one a chain (L)."""

from __future__ import annotations

from typing import Any

import numpy as np

from exvivo.arrays import Floats


def applied(matrix: Any, vectors: Floats) -> Floats:
    """A sparse matrix (r, k) times each of the vectors (L, k): (L, r)."""
    product: Floats = matrix @ np.ascontiguousarray(vectors.T)
    return product.T


def add_diagonal(matrices: Floats, diagonal: Floats) -> None:
    """Add diagonals (..., k) to matrices (..., k, k), in place."""
    at = np.arange(matrices.shape[-1])
    matrices[..., at, at] += diagonal


def whole(lower: Floats) -> Floats:
    """The symmetric matrices of these lower halves (L, k, k)."""
    return np.tril(lower) + np.tril(lower, -1).mT


def small_inverse(matrices: Floats) -> Floats:
    """The inverses of matrices of one or two rows (..., p, p), by their determinants."""
    if matrices.shape[-1] == 1:
        return np.asarray(1 / matrices)
    (a, b), (c, d) = np.moveaxis(matrices, (-2, -1), (0, 1))
    inverse = np.stack([d, -b, -c, a], axis=-1) / (a * d - b * c)[..., None]
    return np.asarray(inverse.reshape(matrices.shape))


def gaussian(lower: Floats, linear: Floats, normal: Floats) -> Floats:
    """Draws (L, columns) with precision P = L L' and mean P^-1 linear: L'^-1 (L^-1 linear +
    normal).
    """
    from scipy.linalg.blas import dtrsv

    drawn = np.empty_like(linear)
    for i, root in enumerate(lower):
        upper = root.T  # in Fortran's order without a copy
        half = dtrsv(upper, linear[i], trans=1)
        drawn[i] = dtrsv(upper, half + normal[i])
    return drawn
