"""Least-squares fits of many logistic curves at once: a batched Levenberg-Marquardt method in NumPy.

Source of the method: More 1978, doi:10.1007/BFb0067700. Every curve starts from several fixed points; the best end wins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.quantify.curve.logistic import Array, response_and_slopes

CAUCHY = 2.385
"""Scale of the Cauchy loss in standard deviations: 95 % efficient for normal errors, deaf to far outliers."""

_STEEPNESS = (0.7, 1.2, 2.0)
_MIDPOINTS = (0.35, 0.65, 0.9)
_PRIOR_SD = (np.inf, 3.0, 6.0, 1.0, 0.7)


@dataclass(frozen=True, slots=True)
class Fits:
    """The best fit of each curve.

    theta: (curves, 5), see `logistic`. information: (curves, 5, 5), the Gauss-Newton Hessian of half the loss.
    loss: (curves,), the sum of the (robust) squared residuals in units of their sd. converged: (curves,).
    """

    theta: Array
    information: Array
    loss: Array
    converged: np.ndarray


def fit_curves(
    dose: Array, reading: Array, sd: Array, *, free: int = 5, robust: bool = True, steadied: bool = True
) -> Fits:
    """Fit a curve to each row. dose, reading, sd: (curves, points); sd inf where a point does not count.

    free: 5, or 4 to hold F at 1. robust: Cauchy loss instead of squares. steadied: a weak normal prior on theta round
    its starting values (sd 3, 6, 1 and 0.7 in log(B-A), log C, log D, log F), which only speaks where the standards do
    not, such as a plateau that was never reached.
    """
    starts, centre = _starts(dose, reading, sd, free)
    curves, tries = starts.shape[:2]
    owner = np.repeat(np.arange(curves), tries)
    pull = 1.0 / np.square(_PRIOR_SD) if steadied else np.zeros(5)
    moving = np.arange(5) < free
    end, loss, done = _descend(
        starts.reshape(-1, 5), dose[owner], reading[owner], sd[owner], centre[owner], pull, moving, robust
    )
    best = np.argmin(loss.reshape(curves, tries), axis=1) + np.arange(curves) * tries
    theta = end[best]
    _, _, hessian = _state(theta, dose, reading, sd, centre, pull, moving, robust)
    return Fits(theta, hessian, loss[best], done[best])


def _starts(dose: Array, reading: Array, sd: Array, free: int) -> tuple[Array, Array]:
    """Starting points (curves, tries, 5) and the centre of the weak prior (curves, 5)."""
    counts = np.isfinite(sd)
    low = np.min(np.where(counts, reading, np.inf), axis=1)
    high = np.max(np.where(counts, reading, -np.inf), axis=1)
    span = np.maximum(high - low, 1e-6 * np.maximum(np.abs(high), 1e-6))
    known = counts & (dose > 0)
    log_dose = np.log(np.where(dose > 0, dose, 1.0))
    first = np.min(np.where(known, log_dose, np.inf), axis=1)
    last = np.max(np.where(known, log_dose, -np.inf), axis=1)
    base = np.log(np.maximum(low, 1e-3 * span))
    grid = [(m, d, f) for m in _MIDPOINTS for d in _STEEPNESS for f in ((1.0,) if free == 4 else (0.6, 1.8))]
    starts = np.stack(
        [
            np.stack(
                [
                    base,
                    np.log(1.2 * span),
                    first + m * (last - first),
                    *(np.full_like(base, np.log(v)) for v in (d, f)),
                ],
                axis=-1,
            )
            for m, d, f in grid
        ],
        axis=1,
    )
    centre = np.stack([base, np.log(span), first + 0.65 * (last - first), 0 * base, 0 * base], axis=-1)
    return starts, centre


def _state(
    theta: Array, dose: Array, reading: Array, sd: Array, centre: Array, pull: Array, moving: np.ndarray, robust: bool
) -> tuple[Array, Array, Array]:
    """Loss (curves,), half its gradient (curves, 5) and its Gauss-Newton Hessian (curves, 5, 5), halved too."""
    mean, slopes = response_and_slopes(theta, dose)
    weight = 1.0 / sd
    residual = (mean - reading) * weight
    squares = np.square(residual)
    factor = 1.0 / (1.0 + squares / CAUCHY**2) if robust else np.ones_like(squares)
    loss = CAUCHY**2 * np.log1p(squares / CAUCHY**2) if robust else squares
    jacobian = slopes * weight[..., None] * moving
    off = (theta - centre) * moving
    gradient = np.einsum("cpi,cp->ci", jacobian, residual * factor) + off * pull
    hessian = np.matmul((jacobian * factor[..., None]).transpose(0, 2, 1), jacobian)
    hessian[:, range(5), range(5)] += np.where(moving, pull, 1.0)
    return loss.sum(axis=1) + (pull * np.square(off)).sum(axis=1), gradient, hessian


def _descend(
    theta: Array, dose: Array, reading: Array, sd: Array, centre: Array, pull: Array, moving: np.ndarray, robust: bool,
    *, rounds: int = 200, tolerance: float = 1e-10,
) -> tuple[Array, Array, np.ndarray]:  # fmt: skip
    """Levenberg-Marquardt on all rows together; rows that have arrived drop out of the work."""
    theta = theta.copy()
    loss, gradient, hessian = _state(theta, dose, reading, sd, centre, pull, moving, robust)
    damping = np.full(len(theta), 1e-2)
    going = np.arange(len(theta))
    for _ in range(rounds):
        here = hessian[going]
        diagonal = np.maximum(here[:, range(5), range(5)], 1e-9)
        here[:, range(5), range(5)] += damping[going, None] * diagonal
        step = np.clip(-np.linalg.solve(here, gradient[going][..., None])[..., 0], -2.0, 2.0)
        trial = theta[going] + step
        data = (dose[going], reading[going], sd[going], centre[going])
        new_loss, new_gradient, new_hessian = _state(trial, *data, pull, moving, robust)
        gain = loss[going] - new_loss
        better = gain >= 0
        won = going[better]
        theta[won], loss[won] = trial[better], new_loss[better]
        gradient[won], hessian[won] = new_gradient[better], new_hessian[better]
        damping[going] = np.clip(damping[going] * np.where(better, 0.2, 5.0), 1e-12, 1e12)
        still = ~(better & (gain <= tolerance * (1.0 + new_loss)) & (np.abs(step).max(axis=1) < 1e-3))
        still &= damping[going] < 1e11
        going = going[still]
        if going.size == 0:
            break
    arrived = np.ones(len(theta), dtype=bool)
    arrived[going] = False
    return theta, loss, arrived
