"""Whether a curve fits its standards: lack of fit against replicates, wells that stand out, a
falling top.
"""

from __future__ import annotations

import numpy as np
from scipy.special import fdtrc

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
        p = fdtrc(np.maximum(df_lack, 1), np.maximum(df_pure, 1), ratio)
    return np.where((df_lack > 0) & (df_pure > 0) & (pure > 0), p, np.nan)


def fallen(points: Points, noise: Noise) -> Bools:
    """Wells of standards above the level that reads highest whose level reads lower than it by more
    than three standard deviations, with every well below every well of it (curves, points).
    """
    levels = levels_of(points.trusted(np.ones_like(points.trust)))
    mean = np.where(levels.wells > 0, levels.mean, -np.inf)
    lowest, highest = (_extreme(points, sign) for sign in (-1.0, 1.0))
    row, peak = np.arange(len(mean)), np.argmax(np.where(levels.wells > 0, lowest, -np.inf), axis=1)
    variance = np.square(noise.sd(np.nan_to_num(mean, neginf=0.0), np.zeros_like(mean)))
    variance = variance / np.maximum(levels.wells, 1.0)
    fall = mean[row, peak][:, None] - mean
    far = fall > _HOOK * np.sqrt(variance + variance[row, peak][:, None])
    below = highest < lowest[row, peak][:, None]
    above_peak = np.arange(mean.shape[1]) > peak[:, None]
    level = far & below & above_peak & (levels.wells > 0)
    return np.asarray((points.in_level * level[:, None, :]).any(axis=2))


def _extreme(points: Points, sign: float) -> Floats:
    """The highest (sign 1) or lowest (-1) reading of each level (curves, levels)."""
    reading = np.where(points.in_level > 0, sign * points.reading[..., None], -np.inf)
    return np.asarray(sign * reading.max(axis=1))
