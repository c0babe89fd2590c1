"""The five-parameter logistic curve of a calibration, its slopes and its inverse, for many curves
at once.

    f(x) = A + (B - A) u^F,   u = 1 / (1 + e^-z),   z = D (log x - log C)                     (1)

which is A + (B - A) / (1 + (x/C)^-D)^F: A is the response without analyte, B the response at
saturation, C the midpoint of the four-parameter curve, D the steepness, F the asymmetry (1: the
four-parameter curve). A blank is data: f(0) = A. Fits move in theta = (A, log(B - A), log C, log D,
log F): the curve rises, and A may be negative, as signals are from which a background was taken
off. Source: Gottschalk and Dunn 2005, doi:10.1016/j.ab.2005.04.035.
"""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Floats

NAMES = ("A", "B", "C", "D", "F")
_FLAT = 1e-14
"""The least slope by log dose that is told from none, as a share of B - A."""


def response(theta: Floats, dose: Floats) -> Floats:
    """The mean response at each dose. theta (curves, 5), dose (curves, points), result as dose."""
    return response_and_slopes(theta, dose)[0]


def response_and_slopes(theta: Floats, dose: Floats) -> tuple[Floats, Floats]:
    """The mean response (curves, points) and its derivatives by theta (curves, points, 5)."""
    base, span, steep, skew = _shape(theta)
    zero = dose <= 0
    # Equation (1); `part` is (B - A) u^F, and d log u / dz = 1 - u = 1 / (1 + e^z).
    z = np.clip(steep * (np.log(np.where(zero, 1.0, dose)) - theta[:, 2, None]), -500.0, 500.0)
    log_u = -np.logaddexp(0.0, -z)
    part = np.where(zero, 0.0, span * np.exp(skew * log_u))
    by_z = part * skew * np.exp(-np.logaddexp(0.0, z))
    # By A, log(B - A), log C, log D and log F.
    by_theta = [np.ones_like(part), part, -by_z * steep, by_z * z, part * skew * log_u]
    return base + part, np.stack(by_theta, axis=-1)


def dose_of(theta: Floats, reading: Floats) -> Floats:
    """The natural logarithm of the dose with that mean response; -inf at or below A, inf at or
    above B.

    theta (curves, 5), reading (curves, points), result as reading.
    """
    base, span, steep, skew = _shape(theta)
    # Equation (1) turned round: u = ((f - A) / (B - A))^(1/F), z = log u - log(1 - u).
    share = (reading - base) / span
    inside = (share > 0) & (share < 1)
    log_u = np.log(np.where(inside, share, 0.5)) / skew
    z = log_u - np.log(-np.expm1(log_u))
    return np.where(inside, theta[:, 2, None] + z / steep, np.where(share <= 0, -np.inf, np.inf))


def inverse_slopes(theta: Floats, log_dose: Floats) -> tuple[Floats, Floats]:
    """How a read-off log dose moves with its reading (curves, points) and with theta (curves,
    points, 5).

    By the implicit function theorem on f(theta, x) = reading; `log_dose` must be finite. Where the
    curve is flat to the last digit the slopes are huge, not infinite.
    """
    _, slopes = response_and_slopes(theta, np.exp(log_dose))
    by_reading = _by_reading(theta, slopes)
    return by_reading, -slopes * by_reading[..., None]


def _by_reading(theta: Floats, slopes: Floats) -> Floats:
    """One over the slope of the curve by log dose, which is minus that by log C, and no less than
    `_FLAT`.
    """
    return np.asarray(1.0 / np.maximum(-slopes[..., 2], _FLAT * np.exp(theta[:, 1, None])))


def parameters(theta: Floats) -> Floats:
    """A, B, C, D, F of each curve (curves, 5), on their own scales."""
    base, span, steep, skew = _shape(theta)
    return np.concatenate([base, base + span, np.exp(theta[:, 2, None]), steep, skew], axis=1)


def own_scale(theta: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """A, B, C, D, F (curves, 5) with their covariance (curves, 5, 5), from those of theta."""
    own = parameters(theta)
    # Delta method: dA = 1, dB = dA + (B - A) d log(B - A), and dC = C d log C with D and F alike.
    steps = own.copy()
    steps[:, 0], steps[:, 1] = 1.0, own[:, 1] - own[:, 0]
    jacobian = steps[:, :, None] * np.eye(5)
    jacobian[:, 1, 0] = 1.0
    return own, jacobian @ covariance @ jacobian.transpose(0, 2, 1)


def _shape(theta: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """A, B - A, D and F, each (curves, 1)."""
    return theta[:, 0, None], *(np.exp(theta[:, i, None]) for i in (1, 3, 4))  # type: ignore[return-value]
