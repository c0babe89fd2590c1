"""Calibration curves of an assay: standards in, curves with limits out, and readings turned into concentrations.

Serves every assay with standards (bead arrays, ELISA). All plates and analytes are fitted together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.quantify.curve.fit import Fits, fit_curves
from exvivo.quantify.curve.logistic import Array, dose_of, inverse_slopes, response
from exvivo.quantify.curve.noise import Noise, noise_of_replicates

STANDARDS = ("plate", "analyte", "well", "nominal", "reading", "se")
"""The columns `calibrate` reads: one row per well of known concentration (0: blank) with its reading and the
sampling standard error of that reading."""

LEVELS_FOR_4PL = 4
LEVELS_FOR_5PL = 7
ACCURATE = 0.25
Z = 1.645
METHOD = (
    "logistic calibration curve on unsubtracted signal, blanks as dose zero (doi:10.1016/j.ab.2005.04.035); "
    "Levenberg-Marquardt, Cauchy loss, variance s0^2 + (cv x signal)^2 from replicated standards; 5 or 4 parameters "
    "by AICc; LoD after Currie (doi:10.1021/ac60259a007)"
)


@dataclass(frozen=True, slots=True)
class Points:
    """The standards of all curves as arrays (curves, points); `sd` is inf where a curve has no such point."""

    wells: tuple[tuple[str, ...], ...]
    dose: Array
    reading: Array
    sampling: Array
    there: np.ndarray
    level: np.ndarray


@dataclass(frozen=True, slots=True)
class Curves:
    """Fitted calibration curves, one per plate and analyte (`keys`).

    theta (curves, 5), see `logistic`; covariance of theta (curves, 5, 5), and a root of it with root @ root.T =
    covariance; free: 4 or 5 parameters; aicc (curves, 2) of the four- and the five-parameter fit; misfit: chi squared
    per degree of freedom; limits in the unit of the standards.
    """

    keys: tuple[tuple[str, str], ...]
    points: Points
    noise: Noise
    theta: Array
    covariance: Array
    root: Array
    free: np.ndarray
    aicc: Array
    misfit: Array
    lod: Array
    lower: Array
    upper: Array

    def index(self, plate: pl.Series, analyte: pl.Series) -> np.ndarray:
        """Which curve serves each row."""
        where = {key: i for i, key in enumerate(self.keys)}
        return np.array([where[key] for key in zip(plate, analyte, strict=True)], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Reads:
    """Concentrations read off curves, on log2 scale: value and own sd (NaN when censored), bounds, and the loading of
    each of the curve's five shared errors (wells, 5).
    """

    censor: np.ndarray
    value: Array
    sd: Array
    lower: Array
    upper: Array
    loading: Array


def calibrate(standards: pl.DataFrame) -> Curves:
    """Fit a curve to each plate and analyte of `standards` (columns `STANDARDS`, any order of rows).

    Each curve needs `LEVELS_FOR_4PL` different amounts; the caller answers for that.
    """
    standards = standards.sort("plate", "analyte", "nominal", "well")
    keys = tuple(standards.select("plate", "analyte").unique(maintain_order=True).iter_rows())
    points = _points(standards, keys)
    noise = _noise(points)
    fits, free, aicc = _fit(points, noise)
    residual = _scaled(points, noise, fits.theta)
    freedom = np.maximum(points.there.sum(axis=1) - free, 1)
    misfit = np.array([_misfit(r, n) for r, n in zip(residual, freedom, strict=True)])
    covariance, root = _covariance(fits, free, np.maximum(misfit, 1.0))
    lod = _lod(points, noise, fits.theta, covariance)
    lower, upper = _limits(points, fits.theta, lod)
    return Curves(keys, points, noise, fits.theta, covariance, root, free, aicc, misfit, lod, lower, upper)


def read_off(curves: Curves, which: np.ndarray, reading: Array, sampling: Array, dilution: Array) -> Reads:
    """Concentrations in the undiluted samples. All arrays (wells,); `which` from `Curves.index`.

    The own sd holds the response noise of a well (bead sampling and what replicates differ by), the loadings the
    error of the curve. Where standards were not replicated, the scatter of the fit widens the assumed noise. A reading beyond the limits of its curve is censored at that limit times the dilution.
    """
    theta = curves.theta[which]
    edges = response(theta, np.stack([curves.lower[which], curves.upper[which]], axis=1))
    low, high = reading < edges[:, 0], reading > edges[:, 1]
    censor = np.where(low, "left", np.where(high, "right", "none"))
    times = np.log2(dilution)
    inside = ~(low | high)
    log_dose = np.where(inside, dose_of(theta, reading[:, None])[:, 0], np.log(curves.upper[which]))
    by_reading, by_theta = inverse_slopes(theta, log_dose[:, None])
    wider = np.sqrt(np.maximum(curves.misfit[which], 1.0)) if not curves.noise.groups else 1.0
    sd = wider * np.abs(by_reading[:, 0]) * curves.noise.sd(reading, sampling) / np.log(2)
    loading = np.einsum("wi,wij->wj", by_theta[:, 0], curves.root[which]) / np.log(2)
    return Reads(
        censor,
        np.where(inside, log_dose / np.log(2) + times, np.nan),
        np.where(inside, sd, np.nan),
        np.where(high, np.log2(curves.upper[which]) + times, np.nan),
        np.where(low, np.log2(curves.lower[which]) + times, np.nan),
        np.where(inside[:, None], loading, 0.0),
    )


def _points(standards: pl.DataFrame, keys: tuple[tuple[str, str], ...]) -> Points:
    parts = standards.partition_by("plate", "analyte", maintain_order=True)
    size = max(part.height for part in parts)
    filled = np.full((3, len(parts), size), np.nan)
    level = np.full((len(parts), size), -1)
    for i, part in enumerate(parts):
        filled[:, i, : part.height] = part.select("nominal", "reading", "se").to_numpy().T
        level[i, : part.height] = np.unique(part["nominal"].to_numpy(), return_inverse=True)[1]
    there = level >= 0
    dose, reading, sampling = (np.where(there, array, fill) for array, fill in zip(filled, (1, 0, 0), strict=True))
    return Points(tuple(tuple(part["well"]) for part in parts), dose, reading, sampling, there, level)


def _noise(points: Points) -> Noise:
    """Replicates are wells of one curve and one level; analytes and plates are pooled."""
    levels = int(points.level.max()) + 1
    group = (np.arange(len(points.level))[:, None] * levels + points.level)[points.there]
    return noise_of_replicates(group, points.reading[points.there], points.sampling[points.there])


def level_means(points: Points) -> tuple[Array, Array, np.ndarray]:
    """Dose, mean reading and number of wells of each level (curves, levels); NaN where a curve has fewer levels."""
    one = (points.level[..., None] == np.arange(points.level.max() + 1)).astype(float)
    count = one.sum(axis=1)
    with np.errstate(invalid="ignore"):
        dose, mean = (np.einsum("cp,cpl->cl", a, one) / count for a in (points.dose, points.reading))
    return dose, mean, count


def _fit(points: Points, noise: Noise) -> tuple[Fits, np.ndarray, Array]:
    """Four- and five-parameter fits, weighted first by the level means and then by the fitted curve."""
    _, mean, count = level_means(points)
    expected = np.take_along_axis(np.where(count > 0, mean, 0.0), np.maximum(points.level, 0), axis=1)
    both = []
    for free in (4, 5):
        sd = np.where(points.there, noise.sd(expected, points.sampling), np.inf)
        first = fit_curves(points.dose, points.reading, sd, free=free)
        sd = np.where(points.there, noise.sd(response(first.theta, points.dose), points.sampling), np.inf)
        both.append(fit_curves(points.dose, points.reading, sd, free=free))
    wells = points.there.sum(axis=1)
    aicc = np.stack([_aicc(f.loss, wells, k) for f, k in zip(both, (4, 5), strict=True)], axis=1)
    five = (aicc[:, 1] < aicc[:, 0]) & ((count > 0).sum(axis=1) >= LEVELS_FOR_5PL)
    pick = [np.where(five.reshape(-1, *[1] * (a.ndim - 1)), b, a) for a, b in zip(*map(_parts, both), strict=True)]
    return Fits(*pick), np.where(five, 5, 4), aicc


def _parts(fits: Fits) -> tuple[Array, Array, Array, np.ndarray]:
    return fits.theta, fits.information, fits.loss, fits.converged


def _aicc(loss: Array, wells: np.ndarray, free: int) -> Array:
    """Of a fit whose noise level is not taken as known; infinite where there are too few wells."""
    spare = wells - free - 1
    value = wells * np.log(np.maximum(loss, 1e-12) / wells) + 2 * free + 2 * free * (free + 1) / np.maximum(spare, 1)
    return np.where(spare > 0, value, np.inf)


def _scaled(points: Points, noise: Noise, theta: Array) -> Array:
    """Residuals in standard deviations; NaN where a curve has no such point."""
    mean = response(theta, points.dose)
    return np.where(points.there, (points.reading - mean) / noise.sd(mean, points.sampling), np.nan)


def _misfit(residual: Array, freedom: int) -> float:
    """Chi squared per degree of freedom, an outlier counting no more than three standard deviations."""
    return float(np.sum(np.minimum(np.square(residual[np.isfinite(residual)]), 9.0)) / freedom)


def _covariance(fits: Fits, free: np.ndarray, scale: Array) -> tuple[Array, Array]:
    root = np.linalg.inv(np.linalg.cholesky(fits.information)).transpose(0, 2, 1) * np.sqrt(scale)[:, None, None]
    moving = np.arange(5) < free[:, None]
    root = root * moving[:, :, None] * moving[:, None, :]
    return root @ root.transpose(0, 2, 1), root


def _lod(points: Points, noise: Noise, theta: Array, covariance: Array) -> Array:
    """Currie's detection limit: the dose whose reading is A + 1.645 (sd of a blank + sd at the limit).

    The sd of a blank holds the error of A itself; with fewer than about ten blanks that error is not small.
    """
    base = np.exp(theta[:, 0])
    sampling = np.array(
        [s[t & (d == d[t].min())].mean() for s, d, t in zip(points.sampling, points.dose, points.there, strict=True)]
    )
    unsure = base * np.sqrt(covariance[:, 0, 0])
    blank = np.hypot(noise.sd(base, sampling), unsure)
    limit = base + 2 * Z * blank
    for _ in range(5):
        limit = base + Z * (blank + np.hypot(noise.sd(limit, sampling), unsure))
    top = np.max(np.where(points.there, points.dose, 0.0), axis=1)
    return np.asarray(np.minimum(np.exp(dose_of(theta, limit[:, None])[:, 0]), top))


def recovered(points: Points, theta: Array) -> tuple[Array, Array]:
    """Dose of each level and what the curve reads its mean as, over that dose (curves, levels); NaN for blanks."""
    dose, mean, _ = level_means(points)
    with np.errstate(invalid="ignore", divide="ignore"):
        known = np.where(dose > 0, dose, np.nan)
        return known, np.exp(dose_of(theta, np.where(np.isfinite(mean), mean, 0.0))) / known


def _limits(points: Points, theta: Array, lod: Array) -> tuple[Array, Array]:
    """From the lowest to the highest standard that reads back within 25 %, and not below the limit of detection.

    Where none does, the range of the standards stands: the curve's own error then says how little it knows.
    """
    dose, ratio = recovered(points, theta)
    good = np.abs(ratio - 1.0) <= ACCURATE
    good |= ~good.any(axis=1, keepdims=True) & np.isfinite(dose)
    low = np.min(np.where(good, dose, np.inf), axis=1)
    high = np.max(np.where(good, dose, -np.inf), axis=1)
    lower = np.maximum(lod, low)
    return lower, np.maximum(high, lower)


def own_scale(theta: Array, covariance: Array) -> tuple[Array, Array]:
    """A, B, C, D, F (curves, 5) with their covariance (curves, 5, 5), from those of theta."""
    own = np.exp(theta)
    jacobian = own[:, :, None] * np.eye(5)
    jacobian[:, 1, 0] = own[:, 0]
    own[:, 1] += own[:, 0]
    return own, jacobian @ covariance @ jacobian.transpose(0, 2, 1)


def hook_suspected(curves: Curves) -> np.ndarray:
    """Whether the highest standard reads lower than the next one by more than three standard deviations (curves,)."""
    _, mean, count = level_means(curves.points)
    last = (count > 0).sum(axis=1) - 1
    row = np.arange(len(last))
    top, next_one = mean[row, last], mean[row, last - 1]
    sd = np.sqrt(
        np.square(curves.noise.sd(top, np.zeros_like(top))) / count[row, last]
        + np.square(curves.noise.sd(next_one, np.zeros_like(top))) / count[row, last - 1]
    )
    return np.asarray(next_one - top > 3.0 * sd)
