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
from exvivo.quantify.curve.quality import OUTLIER, chi2_per_df, fallen, scaled_residuals
from exvivo.quantify.curve.starts import data_of
from exvivo.quantify.curve.wells_off import chance_off, contradicting

STANDARDS = ("plate", "analyte", "well", "nominal", "reading", "se")
"""The columns `calibrate` reads: one row per well of known concentration (0: blank) with its
reading and the sampling standard error of that reading.
"""

LEVELS_FOR_5PL = 7
_LEAST_WELLS = 0.5
_DISAGREE = 7.0
"""Of the variance of wells of one level, in that of their noise: one in a hundred by chance."""
_SURELY_OFF = 0.2
"""The trust below which a well no longer shows the noise: leaving out what is merely far would make
the noise too small.
"""
_ROUNDS = 2
"""Of noise, curve and wells that are off: a third one marks no more."""
METHOD = (
    "logistic calibration curve on unsubtracted signal, blanks as dose zero "
    "(doi:10.1016/j.ab.2005.04.035); Levenberg-Marquardt, Cauchy loss, variance s0^2 + (cv x "
    "signal)^2 from replicated standards and the error of preparing standards from level means; "
    "wells that are probably off by the curve through the other levels and by their replicates "
    "weigh less; 5 or 4 parameters by AICc over the plates of an analyte; parameters partially "
    "pooled over three or more plates; LoB and LoD after CLSI EP17 and Currie "
    "(doi:10.1021/ac60259a007) with Student's t; LLOQ and ULOQ: the widest stretch within the "
    "standards where the 95 % interval of one well reaches at most twofold up and down"
)


@dataclass(frozen=True, slots=True)
class Curves:
    """Fitted calibration curves, one per plate and analyte (`keys`).

    theta (curves, 5), see `logistic`; root (curves, 5, 5) of its covariance, root @ root.T; free: 4
    or 5 parameters; aicc (curves, 2) of the four- and the five-parameter fit; preparation
    (curves,): relative sd of the amounts in standards; pooled: plates a curve's prior comes from
    (0: none); residual (curves, points) in sd, of wells; limits in the unit of the standards.
    """

    keys: tuple[tuple[str, str], ...]
    points: Points
    noise: Noise
    preparation: Floats
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
        return chi2_per_df(self.residual, self.points.weight, self.free)

    @property
    def outliers(self) -> Bools:
        """Wells that are probably off (curves, points)."""
        return np.asarray(self.points.trust < 1.0)

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
    points, fitted = _fit_in_rounds(points)
    plates: Ints = np.zeros(len(keys), dtype=np.int64)
    if pooled:
        fitted, plates = _pooled(points, fitted)
    residual, root = fitted.residual(points), fitted.root(points)
    return Curves(
        keys=keys,
        points=points,
        noise=fitted.shared,
        preparation=fitted.preparation,
        theta=fitted.theta,
        root=root,
        free=fitted.free,
        aicc=fitted.aicc,
        pooled=plates,
        residual=residual,
        limits=limits_of(points, fitted.noise, fitted.shared, fitted.theta, root),
    )


@dataclass(frozen=True, slots=True)
class _Fitted:
    """Curves with what they were fitted with; see `Curves`. noise: by an analyte's own standards;
    shared: with what the analytes of a plate share.
    """

    fits: Fits
    free: Ints
    aicc: Floats
    noise: Noise
    shared: Noise
    preparation: Floats

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
        scale = np.maximum(chi2_per_df(self.residual(points), points.weight, self.free), 1.0)
        lower = np.linalg.cholesky(self.fits.information)
        root = np.linalg.inv(lower).transpose(0, 2, 1) * np.sqrt(scale)[:, None, None]
        moving = np.arange(5) < self.free[:, None]
        return np.asarray(root * moving[:, :, None] * moving[:, None, :])


def _squared(root: Floats) -> Floats:
    return root @ root.transpose(0, 2, 1)


def _fit_in_rounds(points: Points) -> tuple[Points, _Fitted]:
    """Curves, noise, preparation error and what each well counts for, each from the others. Where
    they leave most levels of a curve off, it begins again without the level that contradicts them.
    """
    replicates, enough = _replicates(points)
    noise, _, _ = _noise(points, replicates, enough)
    beyond = fallen(points, noise) & (points.same > 1)
    judged, fitted = _rounds(points, beyond)
    sd = _sd_at_first(points, noise)
    astray = contradicting(judged, np.where(points.there & ~beyond, sd, np.inf), fitted.free)
    return _rounds(points, beyond | astray) if astray.any() else (judged, fitted)


def _sd_at_first(points: Points, noise: Noise) -> Floats:
    """What wells count with before a curve is known (curves, points)."""
    return np.maximum(noise.sd(mean_of_level(points), points.sampling), least_sd(points))


def _rounds(points: Points, beyond: Bools) -> tuple[Points, _Fitted]:
    """The rounds of `_fit_in_rounds`, in which wells that are `beyond` count for nothing."""
    replicates, enough = _replicates(points)
    noise, _, without = _noise(points, replicates, enough)
    points = _without_disagreeing(points, replicates, without, beyond)
    sd = np.where(points.there, _sd_at_first(points, noise) / np.sqrt(points.trust), np.inf)
    fitted = _fit(points, sd, noise, np.zeros(len(sd)))
    shown = enough[points.analyte]
    for _ in range(_ROUNDS):
        replicates, _ = _replicates(points)
        spreads = replicates.joined(_scatter(points, fitted, ~enough))
        noise, shared, without = _noise(points, spreads, enough)
        preparation = preparation_error(points, noise, fitted.theta, fitted.free, shown)
        sd = sd_of_standards(points, noise, fitted.theta, preparation)
        fitted = _fit(points, sd, noise, preparation)
        off = chance_off(points, sd, without, preparation, fitted.free)
        points = points.trusted(np.where(beyond, 0.0, (1.0 - off) / (1.0 - OUTLIER)))
    return points, replace(fitted, shared=shared)


def _without_disagreeing(
    points: Points, replicates: Spreads, without: Noise, beyond: Bools
) -> Points:
    """Levels whose wells disagree do not count at first: until the others tell which well is off,
    its distance must not pass for an error of preparing standards; nor do wells `beyond` the top.
    `without`: see `_noise`.
    """
    noise = without.at(replicates.group)
    variance = np.square(noise.sd(replicates.mean, np.sqrt(replicates.sampled)))
    disagrees = np.zeros((len(points.level), int(points.level.max()) + 1), dtype=bool)
    far = replicates.squares > _DISAGREE * replicates.df * variance
    disagrees.flat[replicates.group[far]] = True
    level = (points.in_level * disagrees[:, None, :]).any(axis=2)
    return points.trusted(np.where(level | beyond, 0.0, 1.0))


def _replicates(points: Points) -> tuple[Spreads, Bools]:
    """Spreads of wells of one curve and level, by analyte, and whether those of each analyte show
    the noise above zero as well (analytes,).
    """
    there, levels = points.there & (points.trust > _SURELY_OFF), int(points.level.max()) + 1
    group = (np.arange(len(points.level))[:, None] * levels + points.level)[there]
    parts = (points.reading, points.sampling)
    spreads = spreads_of_replicates(group, *(part[there] for part in parts))
    dosed = np.bincount(group, points.dose[there])[spreads.owner] > 0
    owner = points.analyte[spreads.owner // levels]
    count = np.bincount(owner[dosed], minlength=points.analytes)
    return replace(spreads, owner=owner), count >= FEWEST_LEVELS


def _noise(points: Points, spreads: Spreads, enough: Bools) -> tuple[Noise, Noise, Noise]:
    """The noise of each curve, the same with what analytes share, and of each level of each curve
    as the other levels show it (curves x levels,); assumed where there are neither enough
    replicates nor enough scatter.
    """
    df = np.bincount(spreads.owner, spreads.df, minlength=points.analytes)
    shown = enough | (df >= FEWEST_LEVELS)
    levels = int(points.level.max()) + 1
    assumed, place = _assumed(points), np.repeat(points.analyte, levels)
    if not shown.any():
        return assumed.at(points.analyte), assumed.at(points.analyte), assumed.at(place)
    used = spreads.at(shown[spreads.owner])
    known = noise_of_analytes(used, points.analytes, points.family)
    own, shared = (each.where(shown, assumed) for each in (known.own, known.shared))
    without = own.at(place).put(used.group, known.without)
    return own.at(points.analyte), shared.at(points.analyte), without


def _assumed(points: Points) -> Noise:
    """What is taken of each analyte that does not show its noise (analytes,)."""
    own = (points.there & (points.analyte == i)[:, None] for i in range(points.analytes))
    each = [assumed_noise(points.reading[at], points.sampling[at]) for at in own]
    s0, cv = (np.array([getattr(one, name) for one in each]) for name in ("s0", "cv"))
    nothing = np.zeros(points.analytes)
    return Noise(s0, cv, 0, nothing, nothing)


def _scatter(points: Points, fitted: _Fitted, wanted: Bools) -> Spreads:
    """The distances of level means from the curve as spreads, of the `wanted` analytes: noise, for
    want of replicates. A curve takes its parameters' share off every level's one degree of freedom.
    """
    levels = levels_of(points)
    mean = response(fitted.theta, np.nan_to_num(levels.dose))
    df = np.broadcast_to(1.0 - fitted.free[:, None] / levels.count[:, None], mean.shape)
    keep = (levels.wells > _LEAST_WELLS) & (df > 0) & wanted[points.analyte][:, None]
    return Spreads(
        squares=np.nan_to_num(levels.wells * np.square(levels.mean - mean))[keep],
        df=df[keep],
        mean=mean[keep],
        sampled=sampled_variance(points, levels)[keep],
        owner=np.broadcast_to(points.analyte[:, None], mean.shape)[keep],
        group=np.arange(mean.size).reshape(mean.shape)[keep],
    )


def _fit(points: Points, sd: Floats, noise: Noise, preparation: Floats) -> _Fitted:
    """Four- and five-parameter fits; all plates of an analyte take the form with the smaller sum of
    AICc.
    """
    fits, wells = _both_forms(points, sd), points.weight.sum(axis=1)
    aicc = np.stack([_aicc(fit.loss, wells, k) for fit, k in zip(fits, (4, 5), strict=True)])
    four, five = (points.over_plates(each) for each in aicc)
    short = levels_of(points).count < LEVELS_FOR_5PL
    asymmetric = (five < four) & (points.over_plates(short) == 0)
    free = np.where(asymmetric, 5, 4)
    return _Fitted(_chosen(asymmetric, *fits), free, aicc.T, noise, noise, preparation)


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


def _aicc(loss: Floats, wells: Floats, free: int) -> Floats:
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
