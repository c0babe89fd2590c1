"""Least-squares fits of many logistic curves at once: a batched Levenberg-Marquardt method in
NumPy (More 1978, doi:10.1007/BFb0067700).

With residuals r = (f(theta) - y) / sd, a prior of theta with centre c and precision p, and

    rho(r) = r^2, or Cauchy's k^2 log(1 + (r/k)^2)                                             (1)

the loss, half its gradient and the Gauss-Newton half of its Hessian are

    loss = sum rho(r) + sum p (theta - c)^2                                                    (2)
    g = J' w r + p (theta - c),   H = J' w J + diag(p),   w = 1 / (1 + (r/k)^2)                (3)

with J the slopes of r by theta, and a step is (H + damping diag(H))^-1 g. Every curve starts from
the best points of a grid (`starts`); the best end wins. Within this file a curve is a column, so
that sums over its points run along contiguous memory. SciPy's `least_squares` fits one curve a
call, at twenty times the cost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.quantify.curve.starts import Data, data_of, dose_range, starting_points

CAUCHY = 2.385
"""Scale k of the Cauchy loss in standard deviations: 95 % efficient for normal errors, deaf to far
outliers.
"""

_PRIOR_SD = (3.0, 6.0, 1.0, 0.7)
"""Of log(B - A), log C, log D and log F in the weak prior."""
_ROUNDS = 100
_TOLERANCE = 1e-9
_LONGEST_STEP = 2.0
_MOST_DAMPING = 1e10


@dataclass(frozen=True, slots=True)
class Prior:
    """What is known of theta before the standards are seen: centre and precision (1 / variance),
    both (curves, 5).
    """

    centre: Floats
    precision: Floats

    def times(self, another: Prior) -> Prior:
        """The product of two normal priors: precisions add up, centres are weighed by them."""
        precision = self.precision + another.precision
        weighed = self.precision * self.centre + another.precision * another.centre
        return Prior(weighed / np.maximum(precision, 1e-300), precision)


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
    converged: Bools


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
    data, nothing = data_of(dose, reading, sd), np.zeros((len(dose), 5))
    if prior is None:
        prior = weak_prior(data) if steadied else Prior(nothing, nothing)
    problem = _Problem(data, prior.centre.T[:free], prior.precision.T[:free], robust)
    starts = starting_points(data, free, keep=keep, cauchy=CAUCHY if robust else None)
    tries, curves = starts.shape[1:]
    owner = np.tile(np.arange(curves), tries)
    theta, loss, arrived = _descend(problem.at(owner), starts.reshape(5, -1))
    best = np.argmin(loss.reshape(tries, curves), axis=0) * curves + np.arange(curves)
    ends = problem.state(np.ascontiguousarray(theta[:, best]))
    return Fits(ends.theta.T.copy(), _information(ends.hessian), loss[best], arrived[best])


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
    precision = np.tile([0.0, *(sd**-2.0 for sd in _PRIOR_SD)], (low.size, 1))
    precision[:, 0] = 1.0 / np.square(np.maximum(np.abs(low), 0.02 * span))
    return Prior(centre, precision)


@dataclass(frozen=True, slots=True)
class _State:
    """Where the curves stand, columns: theta (5, curves), loss (curves,), half its gradient (free,
    curves) and half the lower half of its Hessian (free, free, curves).
    """

    theta: Floats
    loss: Floats
    gradient: Floats
    hessian: Floats

    def at(self, columns: Bools) -> _State:
        """Some of the curves."""
        return _State(*(np.ascontiguousarray(part[..., columns]) for part in self._parts()))

    def moved(self, trial: _State, better: Bools) -> _State:
        """The trial where it is better."""
        pairs = zip(trial._parts(), self._parts(), strict=True)
        return _State(*(np.where(better, new, old) for new, old in pairs))

    def _parts(self) -> tuple[Floats, Floats, Floats, Floats]:
        return self.theta, self.loss, self.gradient, self.hessian


@dataclass(frozen=True, slots=True)
class _Problem:
    """What is minimised, columns: the data, and the prior's centre and precision of the free
    parameters (free, curves).
    """

    data: Data
    centre: Floats
    precision: Floats
    robust: bool

    def at(self, columns: Ints | Bools) -> _Problem:
        """Some of the curves."""
        centre, precision = self.centre[:, columns], self.precision[:, columns]
        return _Problem(self.data.at(columns), centre, precision, self.robust)

    def state(self, theta: Floats) -> _State:
        """Equations (1) to (3) at theta."""
        residual, slopes = _residuals(theta, self.data)
        if self.robust:
            loss, weighted = _robust_loss(residual, slopes)
        else:
            loss, weighted = np.einsum("pc,pc->c", residual, residual), slopes
        free = len(self.centre)
        gradient, hessian = _normal_equations(weighted[:free], slopes, residual)
        off = theta[:free] - self.centre
        gradient += off * self.precision
        hessian[range(free), range(free)] += self.precision
        loss = loss + (self.precision * np.square(off)).sum(axis=0)
        return _State(theta, loss, gradient, hessian)


def _robust_loss(residual: Floats, slopes: tuple[Floats, ...]) -> tuple[Floats, tuple[Floats, ...]]:
    """Cauchy's loss (curves,), and the slopes times the weights w of equation (3)."""
    squares = np.square(residual / CAUCHY)
    loss = CAUCHY**2 * np.log1p(squares).sum(axis=0)
    return loss, tuple(slope / (1.0 + squares) for slope in slopes)


def _normal_equations(
    weighted: tuple[Floats, ...], slopes: tuple[Floats, ...], residual: Floats
) -> tuple[Floats, Floats]:
    """J' w r (free, curves) and the lower half of J' w J (free, free, curves)."""
    free, curves = len(weighted), residual.shape[1]
    gradient, hessian = np.empty((free, curves)), np.empty((free, free, curves))
    for i, slope in enumerate(weighted):
        np.einsum("pc,pc->c", slope, residual, out=gradient[i])
        for k in range(i + 1):
            np.einsum("pc,pc->c", slope, slopes[k], out=hessian[i, k])
    return gradient, hessian


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
    by_z = rest / log_part  # 1 - u
    np.log(log_part, out=log_part)
    log_part *= -skew  # F log u
    part = np.exp(log_part)
    part *= span
    part *= data.dosed  # (B - A) u^F; nothing at dose zero
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


def _descend(problem: _Problem, theta: Floats) -> tuple[Floats, Floats, Bools]:
    """Levenberg-Marquardt on all columns together: their ends, losses, and whether they arrived.

    Columns that have arrived drop out of the work.
    """
    now = problem.state(theta)
    theta, loss, arrived = theta.copy(), now.loss.copy(), np.zeros(now.loss.size, dtype=bool)
    columns, damping = np.arange(loss.size), np.full(loss.size, 1e-3)
    for _ in range(_ROUNDS):
        trial = problem.state(_stepped(now, damping))
        better = trial.loss <= now.loss
        going = (now.loss - trial.loss > _TOLERANCE * now.loss) | ~better
        now = now.moved(trial, better)
        theta[:, columns], loss[columns] = now.theta, now.loss
        damping = damping * np.where(better, 0.1, 8.0)
        going &= damping < _MOST_DAMPING
        arrived[columns[~going]] = True
        if not going.any():
            break
        if not going.all():
            now, problem = now.at(going), problem.at(going)
            columns, damping = columns[going], damping[going]
    return theta, loss, arrived


def _stepped(now: _State, damping: Floats) -> Floats:
    """Theta one damped step on, no coordinate but A by more than `_LONGEST_STEP`."""
    step = _solved(now.hessian, damping, now.gradient)
    theta = now.theta.copy()
    theta[0] -= step[0]
    theta[1 : len(step)] -= np.clip(step[1:], -_LONGEST_STEP, _LONGEST_STEP)
    return theta


def _solved(hessian: Floats, damping: Floats, gradient: Floats) -> Floats:
    """(H + damping diag(H))^-1 g (free, curves), written out over all columns: LAPACK called once a
    curve costs more.
    """
    lower, inverse = _cholesky(hessian, damping)
    forward, step = np.empty_like(gradient), np.empty_like(gradient)
    for i, value in enumerate(gradient):
        forward[i] = _less_products(value, lower[i, :i], forward[:i]) * inverse[i]
    for i in reversed(range(len(gradient))):
        step[i] = _less_products(forward[i], lower[i + 1 :, i], step[i + 1 :]) * inverse[i]
    return step


def _cholesky(hessian: Floats, damping: Floats) -> tuple[Floats, Floats]:
    """L of H + damping diag(H) = L L' below its diagonal (free, free, curves), and one over its
    diagonal (free, curves).
    """
    lower, inverse = np.empty_like(hessian), np.empty_like(hessian[0])
    for i in range(len(hessian)):
        for k in range(i):
            value = _less_products(hessian[i, k], lower[i, :k], lower[k, :k])
            lower[i, k] = value * inverse[k]
        damped = hessian[i, i] * (1.0 + damping) + 1e-30
        pivot = _less_products(damped, lower[i, :i], lower[i, :i])
        inverse[i] = 1.0 / np.sqrt(np.maximum(pivot, 1e-290))
    return lower, inverse


def _less_products(value: Floats, left: Floats, right: Floats) -> Floats:
    """`value` (curves,) less the sum over rows of left x right (rows, curves)."""
    for one, another in zip(left, right, strict=True):
        value = value - one * another
    return value


def _information(hessian: Floats) -> Floats:
    """Both halves of the Hessian (curves, 5, 5); 1 on the diagonal of what is not free."""
    free, _, curves = hessian.shape
    information = np.tile(np.eye(5), (curves, 1, 1))
    information[:, :free, :free] = _symmetric(np.tril(hessian.transpose(2, 0, 1)))
    return information


def _symmetric(lower: Floats) -> Floats:
    return np.asarray(lower + np.tril(lower, -1).transpose(0, 2, 1))
