"""Calibration curves of an assay: standards in, curves with limits out.

Serves every assay with standards (bead arrays, Luminex, ELISA). All plates and analytes are fitted
together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.quantify.curve.fit import Fits, Prior, fit_curves, weak_prior
from exvivo.quantify.curve.limits import Limits, limits_of
from exvivo.quantify.curve.logistic import response
from exvivo.quantify.curve.noise import (
    ENOUGH,
    Noise,
    Spreads,
    assumed_noise,
    noise_of_analytes,
    spreads_of_replicates,
)
from exvivo.quantify.curve.points import Points, least_sd, levels_of, points_of
from exvivo.quantify.curve.pool import prior_of_plates
from exvivo.quantify.curve.preparation import preparation_error, sd_of_standards
from exvivo.quantify.curve.quality import OUTLIER, misfit, scaled_residuals
from exvivo.quantify.curve.starts import data_of

STANDARDS = ("plate", "analyte", "well", "nominal", "reading", "se")
"""The columns `calibrate` reads: one row per well of known concentration (0: blank) with its
reading and the sampling standard error of that reading.
"""

LEVELS_FOR_4PL = 4
LEVELS_FOR_5PL = 7
METHOD = (
    "logistic calibration curve on unsubtracted signal, blanks as dose zero (doi:10.1016/j.ab.2005.04.035); "
    "Levenberg-Marquardt, Cauchy loss, variance s0^2 + (cv x signal)^2 from replicated standards and the error of preparing "
    "standards from level means; 5 or 4 parameters by AICc over the plates of an analyte; parameters partially pooled over "
    "three or more plates; LoB and LoD after CLSI EP17 and Currie (doi:10.1021/ac60259a007) with Student's t; LLOQ and ULOQ: longest run of "
    "standards within 20 % (25 % at its ends) in accuracy and predicted CV"
)


@dataclass(frozen=True, slots=True)
class Curves:
    """Fitted calibration curves, one per plate and analyte (`keys`).

    theta (curves, 5), see `logistic`; covariance of theta (curves, 5, 5), and a root of it with
    root @ root.T = covariance; free: 4 or 5 parameters; aicc (curves, 2) of the four- and the
    five-parameter fit; misfit: chi squared per degree of freedom; preparation: relative sd of the
    amounts in standards; pooled: plates a curve's prior comes from (0: none); residual (curves,
    points) in sd, of wells; limits in the unit of the standards.
    """

    keys: tuple[tuple[str, str], ...]
    points: Points
    noise: Noise
    preparation: float
    theta: Floats
    covariance: Floats
    root: Floats
    free: np.ndarray
    aicc: Floats
    misfit: Floats
    pooled: np.ndarray
    residual: Floats
    limits: Limits

    @property
    def lod(self) -> Floats:
        """The limits of detection (curves,)."""
        return self.limits.lod

    @property
    def lower(self) -> Floats:
        """The lower limits of quantification (curves,)."""
        return self.limits.lower

    @property
    def upper(self) -> Floats:
        """The upper limits of quantification (curves,)."""
        return self.limits.upper

    def index(self, plate: pl.Series, analyte: pl.Series) -> np.ndarray:
        """Which curve serves each row."""
        where = {key: i for i, key in enumerate(self.keys)}
        return np.array([where[key] for key in zip(plate, analyte, strict=True)], dtype=np.int64)


def calibrate(standards: pl.DataFrame, *, pooled: bool = True) -> Curves:
    """Fit a curve to each plate and analyte of `standards` (columns `STANDARDS`, any order of
    rows).

    Each curve needs `LEVELS_FOR_4PL` different amounts; the caller answers for that. `pooled=False`
    keeps the plates of an analyte apart.
    """
    standards = standards.sort("plate", "analyte", "nominal", "well")
    keys = tuple(standards.select("plate", "analyte").unique(maintain_order=True).iter_rows())
    points = points_of(standards, keys)
    fitted = _fit_with_noise(points)
    covariance, root = _covariance(fitted, points)
    count = np.zeros(len(keys), dtype=np.int64)
    if pooled:
        others, count = prior_of_plates(fitted.fits.theta, covariance, fitted.free, points.analyte)
        if count.any():
            fitted = _refit(points, fitted, others, count)
            covariance, root = _covariance(fitted, points)
    sd, theta = fitted.sd(points), fitted.fits.theta
    residual = scaled_residuals(points, theta, sd)
    outliers = np.abs(np.nan_to_num(residual)) > OUTLIER
    levels = levels_of(points, points.there & ~outliers)
    outlying = (levels_of(points).wells > 0) & (levels.wells == 0)
    limits = limits_of(points, levels, fitted.noise, theta, root, outlying)
    return Curves(
        keys,
        points,
        fitted.noise,
        fitted.preparation,
        theta,
        covariance,
        root,
        fitted.free,
        fitted.aicc,
        misfit(residual, fitted.free),
        count,
        residual,
        limits,
    )


@dataclass(frozen=True, slots=True)
class _Fitted:
    fits: Fits
    free: np.ndarray
    aicc: Floats
    noise: Noise
    preparation: float

    def sd(self, points: Points) -> Floats:
        return sd_of_standards(points, self.noise, self.fits.theta, self.preparation)


def _fit_with_noise(points: Points) -> _Fitted:
    """Curves, noise and preparation error, each from the others: four rounds are enough for three
    digits.
    """
    assumed = assumed_noise(points.reading[points.there], points.sampling[points.there])
    pure, whose, enough = _replicates(points)
    analytes = int(points.analyte.max()) + 1
    noise = noise_of_analytes(pure, whose, analytes).at(points.analyte) if enough else assumed
    first = np.maximum(noise.sd(_expected(points), points.sampling), least_sd(points))
    sd = np.where(points.there, first, np.inf)
    fits, free, aicc = _fit(points, sd)
    preparation = 0.0
    for _ in range(3):
        if enough:
            preparation = preparation_error(points, noise, fits.theta, free)
        else:
            rest, owner = _scatter(points, fits.theta, free)
            spreads, owners = _joined(pure, rest), np.concatenate([whose, owner])
            if spreads.freedom.sum() >= ENOUGH:
                noise = noise_of_analytes(spreads, owners, analytes).at(points.analyte)
        fits, free, aicc = _fit(points, sd_of_standards(points, noise, fits.theta, preparation))
    return _Fitted(fits, free, aicc, noise, preparation)


def _replicates(points: Points) -> tuple[Spreads, np.ndarray, bool]:
    """Spreads of wells of one curve and level, their analytes, and whether they show the noise
    above zero as well.
    """
    levels = int(points.level.max()) + 1
    group = (np.arange(len(points.level))[:, None] * levels + points.level)[points.there]
    spreads, of = spreads_of_replicates(
        group, points.reading[points.there], points.sampling[points.there]
    )
    dosed = np.bincount(group, points.dose[points.there])[of] > 0
    return spreads, points.analyte[of // levels], bool(dosed.sum() >= ENOUGH)


def _scatter(points: Points, theta: Floats, free: np.ndarray) -> tuple[Spreads, np.ndarray]:
    """The distances of level means from the curve as spreads, and their analytes: noise, for want
    of replicates.
    """
    levels = levels_of(points)
    there = levels.wells > 0
    count = there.sum(axis=1, keepdims=True)
    mean = response(theta, np.nan_to_num(levels.dose))
    squares = np.nan_to_num(levels.wells * np.square(levels.mean - mean))
    freedom = np.broadcast_to(1.0 - free[:, None] / count, mean.shape)
    one = (points.level[..., None] == np.arange(mean.shape[1])).astype(np.float64)
    sampled = np.einsum("cp,cpl->cl", np.square(points.sampling), one) / np.maximum(
        levels.wells, 1.0
    )
    keep = there & (freedom > 0)
    owner = np.broadcast_to(points.analyte[:, None], mean.shape)[keep]
    return Spreads(squares[keep], freedom[keep], mean[keep], sampled[keep]), owner


def _joined(one: Spreads, other: Spreads) -> Spreads:
    both = zip(
        (one.squares, one.freedom, one.mean, one.sampled),
        (other.squares, other.freedom, other.mean, other.sampled),
        strict=True,
    )
    return Spreads(*(np.concatenate(pair) for pair in both))


def _expected(points: Points) -> Floats:
    mean = np.nan_to_num(levels_of(points).mean)
    return np.take_along_axis(mean, np.maximum(points.level, 0), axis=1)


def _fit(points: Points, sd: Floats, prior: Prior | None = None) -> tuple[Fits, np.ndarray, Floats]:
    """Four- and five-parameter fits; all plates of an analyte take the form with the smaller sum of
    AICc.
    """
    both = [fit_curves(points.dose, points.reading, sd, free=free, prior=prior) for free in (4, 5)]
    wells = points.there.sum(axis=1)
    aicc = np.stack([_aicc(f.loss, wells, k) for f, k in zip(both, (4, 5), strict=True)], axis=1)
    total = np.stack([np.bincount(points.analyte, column) for column in aicc.T], axis=1)[
        points.analyte
    ]
    enough = np.ones(int(points.analyte.max()) + 1, dtype=bool)
    np.logical_and.at(
        enough, points.analyte, (levels_of(points).wells > 0).sum(axis=1) >= LEVELS_FOR_5PL
    )
    five = (total[:, 1] < total[:, 0]) & enough[points.analyte]
    return _chosen(five, *both), np.where(five, 5, 4), aicc


def _chosen(five: np.ndarray, four_fit: Fits, five_fit: Fits) -> Fits:
    pairs = zip(_parts(four_fit), _parts(five_fit), strict=True)
    return Fits(*(np.where(five.reshape(-1, *[1] * (a.ndim - 1)), b, a) for a, b in pairs))


def _parts(fits: Fits) -> tuple[Floats, Floats, Floats, np.ndarray]:
    return fits.theta, fits.information, fits.loss, fits.converged


def _aicc(loss: Floats, wells: np.ndarray, free: int) -> Floats:
    """Of a fit whose noise level is not taken as known; infinite where there are too few wells."""
    spare = wells - free - 1
    value = (
        wells * np.log(np.maximum(loss, 1e-12) / wells)
        + 2 * free
        + 2 * free * (free + 1) / np.maximum(spare, 1)
    )
    return np.where(spare > 0, value, np.inf)


def _refit(points: Points, fitted: _Fitted, others: Prior, count: np.ndarray) -> _Fitted:
    """The curves of pooled analytes with what the other plates say added to the weak prior."""
    sd = fitted.sd(points)
    weak = weak_prior(data_of(points.dose, points.reading, sd))
    precision = weak.precision + others.precision
    centre = (weak.precision * weak.centre + others.precision * others.centre) / np.maximum(
        precision, 1e-300
    )
    both = [
        fit_curves(points.dose, points.reading, sd, free=free, prior=Prior(centre, precision))
        for free in (4, 5)
    ]
    return _Fitted(
        _chosen(fitted.free == 5, *both), fitted.free, fitted.aicc, fitted.noise, fitted.preparation
    )


def _covariance(fitted: _Fitted, points: Points) -> tuple[Floats, Floats]:
    """Covariance of theta and a root of it: of the fit, widened where standards lie farther off
    than their sd says.
    """
    theta, free = fitted.fits.theta, fitted.free
    scale = np.maximum(misfit(scaled_residuals(points, theta, fitted.sd(points)), free), 1.0)
    root = (
        np.linalg.inv(np.linalg.cholesky(fitted.fits.information)).transpose(0, 2, 1)
        * np.sqrt(scale)[:, None, None]
    )
    moving = np.arange(5) < free[:, None]
    root = root * moving[:, :, None] * moving[:, None, :]
    return root @ root.transpose(0, 2, 1), root
