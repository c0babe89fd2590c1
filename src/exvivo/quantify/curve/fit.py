"""Least-squares fits of many logistic curves at once: a batched Levenberg-Marquardt method in
NumPy.

Source of the method: More 1978, doi:10.1007/BFb0067700. Every curve starts from the best points of
a grid (`starts`); the best end wins. Within this file a curve is a column, so that sums over its
points run along contiguous memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats
from exvivo.quantify.curve.starts import Data, data_of, dose_range, starting_points

CAUCHY = 2.385
"""Scale of the Cauchy loss in standard deviations: 95 % efficient for normal errors, deaf to far
outliers.
"""

_PRIOR_SD = (3.0, 6.0, 1.0, 0.7)
_ROUNDS = 100
_TOLERANCE = 1e-9
_LONGEST_STEP = 2.0


@dataclass(frozen=True, slots=True)
class Prior:
    """What is known of theta before the standards are seen: centre and precision (1 / variance),
    both (curves, 5).
    """

    centre: Floats
    precision: Floats


@dataclass(frozen=True, slots=True)
class Fits:
    """The best fit of each curve.

    theta: (curves, 5), see `logistic`. information: (curves, 5, 5), the Gauss-Newton Hessian of
    half the loss. loss: (curves,), the sum of the (robust) squared residuals in units of their sd,
    the prior's among them. converged: (curves,).
    """

    theta: Floats
    information: Floats
    loss: Floats
    converged: np.ndarray


def fit_curves(
    dose: Floats,
    reading: Floats,
    sd: Floats,
    *,
    free: int = 5,
    robust: bool = True,
    prior: Prior | None = None,
    steadied: bool = True,
    keep: int = 2,
) -> Fits:
    """Fit a curve to each row. dose, reading, sd: (curves, points); sd inf where a point does not
    count.

    free: 5, or 4 to hold F at 1. robust: Cauchy loss instead of squares. prior: a normal prior on
    theta; without one `steadied` takes `weak_prior`, which only speaks where the standards do not,
    such as a plateau that was never reached. keep: how many points of the grid are followed to
    their end.
    """
    data = data_of(dose, reading, sd)
    curves = len(dose)
    if prior is None:
        prior = (
            weak_prior(data) if steadied else Prior(np.zeros((curves, 5)), np.zeros((curves, 5)))
        )
    starts = starting_points(data, free, keep=keep, cauchy=CAUCHY if robust else None)
    tries = starts.shape[1]
    owner = np.tile(np.arange(curves), tries)
    centre, pull = prior.centre[owner].T, prior.precision[owner].T
    theta, loss, done = _descend(
        starts.reshape(5, -1), data.at(owner), (centre, pull), free, robust
    )
    best = np.argmin(loss.reshape(tries, curves), axis=0) * curves + np.arange(curves)
    here = np.ascontiguousarray(theta[:, best])
    _, _, half = _state(here, data, (prior.centre.T, prior.precision.T), free, robust)
    information = np.tile(np.eye(5), (curves, 1, 1))
    for i in range(free):
        for k in range(i + 1):
            information[:, i, k] = information[:, k, i] = half[i, k]
    return Fits(here.T.copy(), information, loss[best], done[best])


def weak_prior(data: Data) -> Prior:
    """Round what the readings look like: sd 3, 6, 1 and 0.7 in log(B-A), log C, log D and log F; A
    as its size.
    """
    counts = data.weight > 0
    low = np.min(np.where(counts, data.reading, np.inf), axis=0)
    high = np.max(np.where(counts, data.reading, -np.inf), axis=0)
    span = np.maximum(high - low, 1e-6 * np.maximum(np.abs(high), 1e-6))
    first, width = dose_range(data)
    centre = np.stack([low, np.log(span), first + 0.65 * width, 0 * low, 0 * low], axis=1)
    base = 1.0 / np.square(np.maximum(np.abs(low), 0.02 * span))
    return Prior(centre, np.stack([base, *(np.full_like(low, s**-2.0) for s in _PRIOR_SD)], axis=1))


def _state(
    theta: Floats, data: Data, prior: tuple[Floats, Floats], free: int, robust: bool
) -> tuple[Floats, Floats, Floats]:
    """Loss (curves,), half its gradient (free, curves) and the lower half of its Hessian (free,
    free, curves), halved.
    """
    residual, slopes = _residuals(theta, data)
    weighed = slopes
    if robust:
        squares = np.square(residual / CAUCHY)
        loss = CAUCHY**2 * np.log1p(squares).sum(axis=0)
        weighed = tuple(slope / (1.0 + squares) for slope in slopes)
    else:
        loss = np.einsum("pc,pc->c", residual, residual)
    gradient, hessian = np.empty((free, loss.size)), np.empty((free, free, loss.size))
    for i in range(free):
        np.einsum("pc,pc->c", weighed[i], residual, out=gradient[i])
        for k in range(i + 1):
            np.einsum("pc,pc->c", weighed[i], slopes[k], out=hessian[i, k])
    centre, pull = prior
    off = theta[:free] - centre[:free]
    gradient += off * pull[:free]
    hessian[range(free), range(free)] += pull[:free]
    return loss + (pull[:free] * np.square(off)).sum(axis=0), gradient, hessian


def _residuals(theta: Floats, data: Data) -> tuple[Floats, tuple[Floats, ...]]:
    """Residuals and their derivatives by theta (points, curves), in standard deviations.

    `logistic.response_and_slopes` says the same; here exp and log run on plain arrays in place,
    which is what a fit costs.
    """
    span, steep, skew = np.exp(theta[1]), np.exp(theta[3]), np.exp(theta[4])
    z = data.log_dose - theta[2]
    z *= steep
    np.clip(z, -600.0, 600.0, out=z)
    rest = np.exp(-z)
    log_part = 1.0 + rest
    by_z = rest / log_part
    np.log(log_part, out=log_part)
    log_part *= -skew
    part = np.exp(log_part)
    part *= span
    part *= data.known
    residual = part + theta[0]
    residual -= data.reading
    residual *= data.weight
    part *= data.weight
    by_z *= part
    by_z *= skew
    by_middle = by_z * -steep
    by_z *= z
    log_part *= part
    return residual, (data.weight, part, by_middle, by_z, log_part)


def _descend(
    theta: Floats, data: Data, prior: tuple[Floats, Floats], free: int, robust: bool
) -> tuple[Floats, Floats, np.ndarray]:
    """Levenberg-Marquardt on all columns together; columns that have arrived drop out of the
    work.
    """
    end = theta.copy()
    loss, gradient, hessian = _state(theta, data, prior, free, robust)
    final, arrived = loss.copy(), np.zeros(loss.size, dtype=bool)
    going, damping = np.arange(loss.size), np.full(loss.size, 1e-3)
    for _ in range(_ROUNDS):
        step = _solve(hessian, damping, gradient)
        trial = theta.copy()
        trial[0] -= step[0]
        trial[1:free] -= np.clip(step[1:], -_LONGEST_STEP, _LONGEST_STEP)
        new_loss, new_gradient, new_hessian = _state(trial, data, prior, free, robust)
        better = new_loss <= loss
        still = (loss - new_loss > _TOLERANCE * loss) | ~better
        theta, loss = np.where(better, trial, theta), np.where(better, new_loss, loss)
        gradient, hessian = (
            np.where(better, new_gradient, gradient),
            np.where(better, new_hessian, hessian),
        )
        damping = damping * np.where(better, 0.1, 8.0)
        end[:, going], final[going] = theta, loss
        still &= damping < 1e10
        arrived[going[~still]] = True
        if not still.any():
            break
        if not still.all():
            theta, gradient = (
                np.ascontiguousarray(theta[:, still]),
                np.ascontiguousarray(gradient[:, still]),
            )
            hessian, loss, damping = (
                np.ascontiguousarray(hessian[:, :, still]),
                loss[still],
                damping[still],
            )
            going, data = going[still], data.at(still)
            prior = (prior[0][:, still], prior[1][:, still])
    return end, final, arrived


def _solve(hessian: Floats, damping: Floats, gradient: Floats) -> Floats:
    """The damped step (free, curves) by Cholesky, written out over all columns: LAPACK called once
    a curve costs more.
    """
    free = len(gradient)
    lower: dict[tuple[int, int], Floats] = {}
    inverse: list[Floats] = []
    forward: list[Floats] = []
    step = np.empty_like(gradient)
    for i in range(free):
        for k in range(i + 1):
            value = hessian[i, k] if i != k else hessian[i, i] * (1.0 + damping) + 1e-30
            for m in range(k):
                value = value - lower[i, m] * lower[k, m]
            if i == k:
                inverse.append(1.0 / np.sqrt(np.maximum(value, 1e-290)))
            else:
                lower[i, k] = value * inverse[k]
        known = gradient[i]
        for m in range(i):
            known = known - lower[i, m] * forward[m]
        forward.append(known * inverse[i])
    for i in reversed(range(free)):
        known = forward[i]
        for m in range(i + 1, free):
            known = known - lower[m, i] * step[m]
        step[i] = known * inverse[i]
    return step
