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

OUTLIER = 0.5
"""The chance of being off (see `wells_off`) from which a standard is marked."""
_HOOK = 3.0
"""Standard deviations by which the highest standard must fall."""


def scaled_residuals(points: Points, theta: Floats, sd: Floats) -> Floats:
    """Residuals in standard deviations (curves, points); NaN where a curve has no such point."""
    off = points.reading - response(theta, points.dose)
    return np.where(points.there, off / (sd * np.sqrt(points.trust)), np.nan)


def chi2_per_df(residual: Floats, weight: Floats, free: Ints) -> Floats:
    """Chi squared per degree of freedom (curves,) of wells that count for `weight`; none counts for
    more than three standard deviations.
    """
    squares = weight * np.minimum(np.square(np.nan_to_num(residual)), 9.0)
    return np.asarray(squares.sum(axis=1) / np.maximum(weight.sum(axis=1) - free, 1.0))


def lack_of_fit(points: Points, noise: Noise, theta: Floats, free: Ints) -> Floats:
    """The p of the F test of the level means' distance from the curve against pure error (curves,).

    Weighted by the noise of a well. NaN where no level is replicated or there are no more levels
    than parameters. The test asks whether the curve passes through what was in the wells, errors
    made in preparing the standards among it.
    """
    fitted, mean = response(theta, points.dose), mean_of_level(points)
    sd = np.maximum(noise.sd(fitted, points.sampling), least_sd(points))
    weight = points.weight / np.square(sd)
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
