"""Products and inverses of many matrices of one or two rows, matrix axes first; and the standard
normal between two ends.
"""

from __future__ import annotations

import math

import numpy as np

from exvivo.arrays import Floats

_LOG_ROOT = 0.5 * math.log(2 * math.pi)


def product(a: Floats, b: Floats) -> Floats:
    """The matrix products of a (i, j, ...) and b (j, k, ...)."""
    return np.asarray(np.einsum("ij...,jk...->ik...", a, b))


def inverse_of(matrices: Floats) -> tuple[Floats, Floats]:
    """The inverses and determinants of symmetric matrices (1 or 2, 1 or 2, ...)."""
    if len(matrices) == 1:
        return 1 / matrices, matrices[0, 0]
    (a, b), (_, d) = matrices
    determinant = a * d - b * b
    return np.array([[d, -b], [-b, a]]) / determinant, determinant


def log_normal_between(lower: Floats, upper: Floats) -> tuple[Floats, Floats, Floats]:
    """The log probability that a standard normal lies between two ends, and its mean and mean
    square there; ends may be infinite.
    """
    from scipy.special import log_ndtr

    # On the left of zero, where differences of probabilities keep their digits.
    turned = lower + upper > 0
    low, high = np.where(turned, -upper, lower), np.where(turned, -lower, upper)
    top = log_ndtr(high)
    logs = top + np.log1p(-np.exp(np.minimum(log_ndtr(low) - top, -1e-15)))
    at_low, low_times = _density_ratio(low, logs)
    at_high, high_times = _density_ratio(high, logs)
    first = np.where(turned, -1.0, 1.0) * (at_low - at_high)
    return logs, first, 1 + low_times - high_times


def _density_ratio(z: Floats, logs: Floats) -> tuple[Floats, Floats]:
    """φ(z) over a probability (given as log), and z times it; 0 at infinite ends."""
    finite = np.isfinite(z)
    at = np.where(finite, z, 0.0)
    ratio = np.exp(np.where(finite, -0.5 * at * at - _LOG_ROOT - logs, -np.inf))
    return ratio, at * ratio
