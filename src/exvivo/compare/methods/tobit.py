"""Regression of results some of which are known only by bounds: below, above, or between two
values.

Normal errors of one spread, by maximum likelihood: a bound counts by the probability to lie beyond
it, and nothing is put in its place (Tobin 1958, doi 10.2307/1907382; intervals as in Therneau's
survreg). With y_i between l_i and u_i, y ~ N(Xβ, σ²), and in Olsen's parameters γ = β / σ and
h = 1 / σ (1978, doi 10.2307/1911445) the log likelihood is

    Σ_exact log h φ(h y_i - x_i γ) + Σ_bounded log (Φ(h u_i - x_i γ) - Φ(h l_i - x_i γ)),

which is concave, so Newton's method finds its only maximum.

When not to use: one row must be one donor, for wells of a donor are not independent; the spread is
a maximum likelihood one, small by a factor of about 1 - p / 2n, and intervals with it are narrow
below some 30 donors (see `well_likelihood` for groups of wells); with more than half undetected the
coefficients rest on the assumed shape of what nobody saw.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from exvivo.arrays import Bools, Floats

MOST_STEPS = 100
"""Newton steps before the fit is given up."""
_CLOSE = 1e-20
"""Newton's decrement (in log likelihood) at which the maximum is reached."""
_ROUNDING = 1e-13


@dataclass(frozen=True)
class Censored:
    """A censored regression: `coefficients` (p,) and `scale` with standard errors, and the log
    likelihood.

    `errors` (p + 1,) are those of the coefficients and of log(scale), from `covariance` (p + 1, p +
    1), which is the observed information's inverse. `converged` is False where the likelihood has
    no maximum, as when everything is undetected.
    """

    coefficients: Floats
    scale: float
    errors: Floats
    covariance: Floats
    log_likelihood: float
    converged: bool


def tobit(lower: Floats, upper: Floats, x: Floats) -> Censored:
    """Regression on `x` (donors, p; give it a constant) of results between `lower` and `upper`
    (donors,), equal where exact.

    Unknown ends are infinite. Raises ValueError where bounds are missing or crossed, columns cannot
    be told apart, or fewer results are known than the spread needs (one).
    """
    exact = lower == upper
    if not np.all(lower <= upper) or np.linalg.matrix_rank(x) < x.shape[1] or not exact.any():
        raise ValueError(
            "bounds are missing or crossed, columns are not independent, or no result is known"
        )
    scale = float(np.std(lower[exact])) or 1.0
    centre, constant = _centre(lower[exact], x)
    # In units of their spread and around their mean.
    data = _Data((lower - centre) / scale, (upper - centre) / scale, x, exact)
    at, (value, _, hessian), converged = _maximum(data)
    log_likelihood = value - float(exact.sum()) * float(np.log(scale))
    fit = _in_units(at, hessian, log_likelihood, scale, converged=converged)
    return replace(fit, coefficients=fit.coefficients + centre * constant)


def _centre(values: Floats, x: Floats) -> tuple[float, Floats]:
    """The mean that can be taken off and carried back by the coefficients of a constant; 0 where
    the columns of x do not add up to one.
    """
    constant = np.linalg.lstsq(x, np.ones(len(x)), rcond=None)[0]
    centre = float(np.mean(values)) if np.allclose(x @ constant, 1.0) else 0.0
    return centre, np.asarray(constant)


def _maximum(data: _Data) -> tuple[Floats, Slopes, bool]:
    """The maximum by Newton's method, with its slopes, and whether it was reached."""
    at = np.append(np.zeros(data.x.shape[1]), 1.0)
    slopes = _slopes(at, data)
    for _ in range(MOST_STEPS):
        value, gradient, hessian = slopes
        step = -np.asarray(np.linalg.lstsq(hessian, gradient, rcond=None)[0])
        if gradient @ step < _CLOSE:
            return at, slopes, True
        at, slopes = _uphill(at, step, value, data)
    return at, slopes, False


@dataclass(frozen=True)
class _Data:
    """Results between `low` and `high`, `exact` where these are equal; `x` (donors, p)."""

    low: Floats
    high: Floats
    x: Floats
    exact: Bools


Slopes = tuple[float, Floats, Floats]
"""Log likelihood, gradient and Hessian."""


def _uphill(at: Floats, step: Floats, value: float, data: _Data) -> tuple[Floats, Slopes]:
    """As much of the step as leads up, halving it; the spread stays positive."""
    size = 1.0
    while at[-1] + size * step[-1] <= 0:
        size /= 2
    slopes = _slopes(at + size * step, data)
    while not slopes[0] >= value - _ROUNDING * (1 + abs(value)) and size > 1e-10:
        size /= 2
        slopes = _slopes(at + size * step, data)
    return at + size * step, slopes


def _slopes(at: Floats, data: _Data) -> Slopes:
    """Log likelihood, gradient and Hessian in Olsen's parameters (coefficients over spread, one
    over spread).
    """
    value, gradient, hessian = _slopes_of_exact(at, data)
    rest = ~data.exact
    logs, first, second = _between(at, data.low[rest], data.high[rest], data.x[rest])
    return value + float(logs.sum()), gradient + first.sum(axis=0), hessian + second


def _slopes_of_exact(at: Floats, data: _Data) -> Slopes:
    """The same of exact results: with z = h y - x γ, the sum of log h - z² / 2."""
    rows = np.column_stack([-data.x, data.low])[data.exact]
    z = rows @ at
    value = -0.5 * float(z @ z) + len(z) * (float(np.log(at[-1])) - 0.5 * float(np.log(2 * np.pi)))
    gradient, hessian = -z @ rows, -rows.T @ rows
    gradient[-1] += len(z) / at[-1]
    hessian[-1, -1] -= len(z) / at[-1] ** 2
    return value, gradient, hessian


def _between(at: Floats, low: Floats, high: Floats, x: Floats) -> tuple[Floats, Floats, Floats]:
    """The same of results between bounds: log probability (n,), gradient (n, p + 1) and the summed
    Hessian.

    With u and v the standardised upper and lower end, the probability is Φ(u) - Φ(v), and its
    derivatives by u and v are densities over that probability.
    """
    (u, row_u), (v, row_v) = (_standardised(at, end, x) for end in (high, low))
    # Both ends in the upper tail: the same probability in the lower one, where digits are kept.
    logs = _log_between(np.where(v > 0, -v, u), np.where(v > 0, -u, v))
    first, second = np.zeros((len(x), len(at))), np.zeros((len(at), len(at)))
    for z, row, sign in ((u, row_u, 1.0), (v, row_v, -1.0)):
        density = sign * _density_over(logs, z)
        first += density[:, None] * row
        second -= (row * (_finite(z) * density)[:, None]).T @ row
    return logs, first, second - first.T @ first


def _density_over(logs: Floats, z: Floats) -> Floats:
    """The normal density at an end over the probability; 0 at an open end."""
    return np.where(np.isfinite(z), np.exp(-0.5 * _finite(z) ** 2 - logs) / np.sqrt(2 * np.pi), 0.0)


def _finite(ends: Floats) -> Floats:
    """Ends, 0 where open."""
    return np.where(np.isfinite(ends), ends, 0.0)


def _standardised(at: Floats, end: Floats, x: Floats) -> tuple[Floats, Floats]:
    """An end in standard deviations from its mean (infinite where open), and its derivatives by the
    parameters.
    """
    row = np.column_stack([-x, _finite(end)])
    return np.where(np.isfinite(end), row @ at, end), row


def _log_between(high: Floats, low: Floats) -> Floats:
    """log(Φ(high) - Φ(low)) without loss of digits in the lower tail."""
    from scipy.special import log_ndtr

    top = log_ndtr(high)
    return np.asarray(top + np.log1p(-np.exp(np.minimum(log_ndtr(low) - top, -1e-300))))


def _in_units(
    at: Floats, hessian: Floats, value: float, scale: float, *, converged: bool
) -> Censored:
    """The fit in coefficients and log(scale), by the delta method, in the units of the results."""
    turn = _derivatives(at, scale)
    covariance = turn @ np.linalg.pinv(-hessian, hermitian=True) @ turn.T
    errors = np.sqrt(np.diag(covariance))
    coefficients = at[:-1] / at[-1] * scale
    return Censored(coefficients, scale / float(at[-1]), errors, covariance, value, converged)


def _derivatives(at: Floats, scale: float) -> Floats:
    """The derivatives of β = γ / h and log σ = -log h by γ and h."""
    p = len(at) - 1
    turn = np.zeros((p + 1, p + 1))
    turn[:p, :p] = np.eye(p) / at[-1] * scale
    turn[:p, p] = -at[:p] / at[-1] ** 2 * scale
    turn[p, p] = -1 / at[-1]
    return turn
