"""Whether a curve fits its standards: lack of fit against replicates, wells that stand out, a
falling top.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from exvivo.arrays import Bools, Floats, Ints
from exvivo.quantify.curve.logistic import response
from exvivo.quantify.curve.noise import Noise
from exvivo.quantify.curve.points import Points, least_sd, levels_of, mean_of_level

OUTLIER = 3.5
"""Standard deviations from a robust fit beyond which a standard is marked: one in two thousand by
chance.
"""
_HOOK = 3.0
"""Standard deviations by which the highest standard must fall."""


def scaled_residuals(points: Points, theta: Floats, sd: Floats) -> Floats:
    """Residuals in standard deviations (curves, points); NaN where a curve has no such point."""
    return np.where(points.there, (points.reading - response(theta, points.dose)) / sd, np.nan)


def chi2_per_df(residual: Floats, free: Ints) -> Floats:
    """Chi squared per degree of freedom (curves,), an outlier counting no more than three standard
    deviations.
    """
    squares = np.minimum(np.square(residual), 9.0)
    df = np.maximum(np.isfinite(residual).sum(axis=1) - free, 1)
    return np.asarray(np.nansum(squares, axis=1) / df)


def lack_of_fit(points: Points, noise: Noise, theta: Floats, free: Ints) -> Floats:
    """The p of the F test of the level means' distance from the curve against pure error (curves,).

    Weighted by the noise of a well. NaN where no level is replicated or there are no more levels
    than parameters. The test asks whether the curve passes through what was in the wells, errors
    made in preparing the standards among it.
    """
    fitted, mean = response(theta, points.dose), mean_of_level(points)
    sd = np.maximum(noise.sd(fitted, points.sampling), least_sd(points))
    weight = np.where(points.there, 1.0 / np.square(sd), 0.0)
    pure = (weight * np.square(points.reading - mean)).sum(axis=1)
    lack = (weight * np.square(mean - fitted)).sum(axis=1)
    count = levels_of(points).count
    df_lack, df_pure = count - free, points.count - count
    # F = (lack / its df) / (pure error / its df)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = (lack / df_lack) / (pure / df_pure)
        p = stats.f.sf(ratio, np.maximum(df_lack, 1), np.maximum(df_pure, 1))
    return np.where((df_lack > 0) & (df_pure > 0) & (pure > 0), p, np.nan)


def hook_suspected(points: Points, noise: Noise) -> Bools:
    """Whether the highest standard reads lower than the next one by more than three standard
    deviations (curves,).
    """
    levels = levels_of(points)
    last, row = levels.count - 1, np.arange(len(points.level))
    variance = np.square(noise.sd(levels.mean, np.zeros_like(levels.mean))) / levels.wells
    fall = levels.mean[row, last - 1] - levels.mean[row, last]
    return np.asarray(fall > _HOOK * np.sqrt(variance[row, last] + variance[row, last - 1]))
