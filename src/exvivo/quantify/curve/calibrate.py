"""Calibration curves of an assay: standards in, curves with limits out.

Serves every assay with standards (bead arrays, Luminex, ELISA). All plates and analytes are fitted
together, in rounds: curves (`fit`) given the noise of a well (`noise`) and the error of preparing
standards (`preparation`), then these given the curves. Of n wells and k free parameters, a fit with
loss S has

    AICc = n log(S / n) + 2 k + 2 k (k + 1) / (n - k - 1)                                      (1)

and all plates of an analyte take the form, four or five parameters, with the smaller sum of it. The
covariance of theta is chi squared per degree of freedom (at least 1) times the inverse of the
information; its root, by Cholesky, carries the errors that wells of one curve share.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats, Ints
from exvivo.quantify.curve.fit import Fits, Prior, fit_curves, weak_prior
from exvivo.quantify.curve.limits import Limits, limits_of
from exvivo.quantify.curve.logistic import response
from exvivo.quantify.curve.noise import (
    FEWEST_LEVELS,
    Noise,
    Spreads,
    assumed_noise,
    noise_of_analytes,
    spreads_of_replicates,
)
from exvivo.quantify.curve.points import (
    Points,
    least_sd,
    levels_of,
    mean_of_level,
    points_of,
    sampled_variance,
)
from exvivo.quantify.curve.pool import prior_of_plates
from exvivo.quantify.curve.preparation import preparation_error, sd_of_standards
from exvivo.quantify.curve.quality import OUTLIER, chi2_per_df, scaled_residuals
from exvivo.quantify.curve.starts import data_of

STANDARDS = ("plate", "analyte", "well", "nominal", "reading", "se")
"""The columns `calibrate` reads: one row per well of known concentration (0: blank) with its
reading and the sampling standard error of that reading.
"""

LEVELS_FOR_4PL = 4
LEVELS_FOR_5PL = 7
METHOD = (
    "logistic calibration curve on unsubtracted signal, blanks as dose zero "
    "(doi:10.1016/j.ab.2005.04.035); Levenberg-Marquardt, Cauchy loss, variance s0^2 + (cv x "
    "signal)^2 from replicated standards and the error of preparing standards from level means; 5 "
    "or 4 parameters by AICc over the plates of an analyte; parameters partially pooled over three "
    "or more plates; LoB and LoD after CLSI EP17 and Currie (doi:10.1021/ac60259a007) with "
    "Student's t; LLOQ and ULOQ: longest run of standards within 20 % (25 % at its ends) in "
    "accuracy and predicted CV"
)


@dataclass(frozen=True, slots=True)
class Curves:
    """Fitted calibration curves, one per plate and analyte (`keys`).

    theta (curves, 5), see `logistic`; root (curves, 5, 5) of its covariance, root @ root.T; free: 4
    or 5 parameters; aicc (curves, 2) of the four- and the five-parameter fit; preparation: relative
    sd of the amounts in standards; pooled: plates a curve's prior comes from (0: none); residual
    (curves, points) in sd, of wells; limits in the unit of the standards.
    """

    keys: tuple[tuple[str, str], ...]
    points: Points
    noise: Noise
    preparation: float
    theta: Floats
    root: Floats
    free: Ints
    aicc: Floats
    pooled: Ints
    residual: Floats
    limits: Limits

    @property
    def covariance(self) -> Floats:
        """The covariance of theta (curves, 5, 5)."""
        return _squared(self.root)

    @property
    def chi2_per_df(self) -> Floats:
        """Chi squared of the wells per degree of freedom (curves,)."""
        return chi2_per_df(self.residual, self.free)

    @property
    def outliers(self) -> Bools:
        """Wells farther than `OUTLIER` sd from their curve (curves, points)."""
        return _outliers(self.residual)

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

    def index(self, plate: pl.Series, analyte: pl.Series) -> Ints:
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
    fitted = _fit_in_rounds(points)
    plates: Ints = np.zeros(len(keys), dtype=np.int64)
    if pooled:
        fitted, plates = _pooled(points, fitted)
    residual, root = fitted.residual(points), fitted.root(points)
    return Curves(
        keys=keys,
        points=points,
        noise=fitted.noise,
        preparation=fitted.preparation,
        theta=fitted.theta,
        root=root,
        free=fitted.free,
        aicc=fitted.aicc,
        pooled=plates,
        residual=residual,
        limits=_limits(points, fitted, root, residual),
    )


@dataclass(frozen=True, slots=True)
class _Fitted:
    """Curves with what they were fitted with; see `Curves`."""

    fits: Fits
    free: Ints
    aicc: Floats
    noise: Noise
    preparation: float

    @property
    def theta(self) -> Floats:
        return self.fits.theta

    def sd(self, points: Points) -> Floats:
        """Of the standards (curves, points)."""
        return sd_of_standards(points, self.noise, self.theta, self.preparation)

    def residual(self, points: Points) -> Floats:
        """Of the standards, in sd (curves, points)."""
        return scaled_residuals(points, self.theta, self.sd(points))

    def root(self, points: Points) -> Floats:
        """A root of the covariance of theta (curves, 5, 5): of the fit, widened where standards lie
        farther off than their sd says; 0 for parameters that are not free.
        """
        scale = np.maximum(chi2_per_df(self.residual(points), self.free), 1.0)
        lower = np.linalg.cholesky(self.fits.information)
        root = np.linalg.inv(lower).transpose(0, 2, 1) * np.sqrt(scale)[:, None, None]
        moving = np.arange(5) < self.free[:, None]
        return np.asarray(root * moving[:, :, None] * moving[:, None, :])


def _squared(root: Floats) -> Floats:
    return root @ root.transpose(0, 2, 1)


def _outliers(residual: Floats) -> Bools:
    return np.asarray(np.abs(np.nan_to_num(residual)) > OUTLIER)


def _limits(points: Points, fitted: _Fitted, root: Floats, residual: Floats) -> Limits:
    levels = levels_of(points, points.there & ~_outliers(residual))
    return limits_of(points, levels, fitted.noise, fitted.theta, root)


def _fit_in_rounds(points: Points) -> _Fitted:
    """Curves, noise and preparation error, each from the others: four rounds are enough for three
    digits.
    """
    wells = points.there
    replicates, enough = _replicates(points)
    noise = assumed_noise(points.reading[wells], points.sampling[wells])
    if enough:
        noise = noise_of_analytes(replicates, points.analytes).at(points.analyte)
    sd = np.maximum(noise.sd(mean_of_level(points), points.sampling), least_sd(points))
    fitted = _fit(points, np.where(wells, sd, np.inf), noise, 0.0)
    for _ in range(3):
        preparation = fitted.preparation
        if enough:
            preparation = preparation_error(points, noise, fitted.theta, fitted.free)
        else:
            noise = _noise_with_scatter(points, fitted, replicates)
        sd = sd_of_standards(points, noise, fitted.theta, preparation)
        fitted = _fit(points, sd, noise, preparation)
    return fitted


def _replicates(points: Points) -> tuple[Spreads, bool]:
    """Spreads of wells of one curve and level, by analyte, and whether they show the noise above
    zero as well.
    """
    there, levels = points.there, int(points.level.max()) + 1
    group = (np.arange(len(points.level))[:, None] * levels + points.level)[there]
    spreads = spreads_of_replicates(group, points.reading[there], points.sampling[there])
    dosed = np.bincount(group, points.dose[there])[spreads.owner] > 0
    owner = points.analyte[spreads.owner // levels]
    return replace(spreads, owner=owner), bool(dosed.sum() >= FEWEST_LEVELS)


def _noise_with_scatter(points: Points, fitted: _Fitted, replicates: Spreads) -> Noise:
    """The noise of each curve from the few replicates and the scatter round the curves."""
    spreads = replicates.joined(_scatter(points, fitted))
    if spreads.df.sum() < FEWEST_LEVELS:
        return fitted.noise
    return noise_of_analytes(spreads, points.analytes).at(points.analyte)


def _scatter(points: Points, fitted: _Fitted) -> Spreads:
    """The distances of level means from the curve as spreads, by analyte: noise, for want of
    replicates. A curve takes its parameters' share off every level's one degree of freedom.
    """
    levels = levels_of(points)
    mean = response(fitted.theta, np.nan_to_num(levels.dose))
    df = np.broadcast_to(1.0 - fitted.free[:, None] / levels.count[:, None], mean.shape)
    keep = (levels.wells > 0) & (df > 0)
    return Spreads(
        squares=np.nan_to_num(levels.wells * np.square(levels.mean - mean))[keep],
        df=df[keep],
        mean=mean[keep],
        sampled=sampled_variance(points, levels)[keep],
        owner=np.broadcast_to(points.analyte[:, None], mean.shape)[keep],
    )


def _fit(points: Points, sd: Floats, noise: Noise, preparation: float) -> _Fitted:
    """Four- and five-parameter fits; all plates of an analyte take the form with the smaller sum of
    AICc.
    """
    fits = _both_forms(points, sd)
    aicc = np.stack([_aicc(fit.loss, points.count, k) for fit, k in zip(fits, (4, 5), strict=True)])
    four, five = (points.over_plates(each) for each in aicc)
    short = levels_of(points).count < LEVELS_FOR_5PL
    asymmetric = (five < four) & (points.over_plates(short) == 0)
    free = np.where(asymmetric, 5, 4)
    return _Fitted(_chosen(asymmetric, *fits), free, aicc.T, noise, preparation)


def _both_forms(points: Points, sd: Floats, prior: Prior | None = None) -> tuple[Fits, Fits]:
    """With four parameters, and with five."""
    four, five = (
        fit_curves(points.dose, points.reading, sd, free=free, prior=prior) for free in (4, 5)
    )
    return four, five


def _chosen(asymmetric: Bools, four: Fits, five: Fits) -> Fits:
    each = asymmetric[:, None]
    return Fits(
        theta=np.where(each, five.theta, four.theta),
        information=np.where(each[..., None], five.information, four.information),
        loss=np.where(asymmetric, five.loss, four.loss),
        converged=np.where(asymmetric, five.converged, four.converged),
    )


def _aicc(loss: Floats, wells: Ints, free: int) -> Floats:
    """Equation (1), of a fit whose noise level is not taken as known; infinite where there are too
    few wells.
    """
    spare = wells - free - 1
    penalty = 2 * free * (free + 1) / np.maximum(spare, 1)
    value = wells * np.log(np.maximum(loss, 1e-12) / wells) + 2 * free + penalty
    return np.where(spare > 0, value, np.inf)


def _pooled(points: Points, fitted: _Fitted) -> tuple[_Fitted, Ints]:
    """The curves with what the other plates of their analyte say added to the weak prior, and how
    many plates were pooled (0: none) (curves,).
    """
    covariance = _squared(fitted.root(points))
    others, plates = prior_of_plates(fitted.theta, covariance, fitted.free, points.analyte)
    if not plates.any():
        return fitted, plates
    sd = fitted.sd(points)
    prior = weak_prior(data_of(points.dose, points.reading, sd)).times(others)
    fits = _chosen(fitted.free == 5, *_both_forms(points, sd, prior))
    return replace(fitted, fits=fits), plates
