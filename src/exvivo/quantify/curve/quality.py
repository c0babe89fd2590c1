"""Whether a curve fits its standards: lack of fit against replicates, wells that stand out, a
falling top.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from exvivo.arrays import Floats
from exvivo.quantify.curve.logistic import response
from exvivo.quantify.curve.noise import Noise
from exvivo.quantify.curve.points import Points, least_sd, levels_of

OUTLIER = 3.5
"""Standard deviations from a robust fit beyond which a standard is marked: one in two thousand by
chance.
"""


def scaled_residuals(points: Points, theta: Floats, sd: Floats) -> Floats:
    """Residuals in standard deviations (curves, points); NaN where a curve has no such point."""
    return np.where(points.there, (points.reading - response(theta, points.dose)) / sd, np.nan)


def misfit(residual: Floats, free: np.ndarray) -> Floats:
    """Chi squared per degree of freedom (curves,), an outlier counting no more than three standard
    deviations.
    """
    there = np.isfinite(residual)
    squares = np.where(there, np.minimum(np.square(residual), 9.0), 0.0)
    return np.asarray(squares.sum(axis=1) / np.maximum(there.sum(axis=1) - free, 1))


def lack_of_fit(points: Points, noise: Noise, theta: Floats, free: np.ndarray) -> Floats:
    """The p of the F test of the level means' distance from the curve against pure error (curves,).

    Weighted by the noise of a well. NaN where no level is replicated or there are no more levels
    than parameters. The test asks whether the curve passes through what was in the wells, errors
    made in preparing the standards among it.
    """
    fitted = response(theta, points.dose)
    sd = np.maximum(noise.sd(fitted, points.sampling), least_sd(points))
    weight = np.where(points.there, 1.0 / np.square(sd), 0.0)
    levels = levels_of(points)
    mean = np.take_along_axis(np.nan_to_num(levels.mean), np.maximum(points.level, 0), axis=1)
    pure = (weight * np.square(points.reading - mean)).sum(axis=1)
    lack = (weight * np.square(mean - fitted)).sum(axis=1)
    count = (levels.wells > 0).sum(axis=1)
    few, many = count - free, points.there.sum(axis=1) - count
    with np.errstate(invalid="ignore", divide="ignore"):
        p = stats.f.sf((lack / few) / (pure / many), np.maximum(few, 1), np.maximum(many, 1))
    return np.where((few > 0) & (many > 0) & (pure > 0), p, np.nan)


def hook_suspected(points: Points, noise: Noise) -> np.ndarray:
    """Whether the highest standard reads lower than the next one by more than three standard
    deviations (curves,).
    """
    levels = levels_of(points)
    last = (levels.wells > 0).sum(axis=1) - 1
    row = np.arange(len(last))
    top, next_one = levels.mean[row, last], levels.mean[row, last - 1]
    none = np.zeros_like(top)
    sd = np.sqrt(
        np.square(noise.sd(top, none)) / levels.wells[row, last]
        + np.square(noise.sd(next_one, none)) / levels.wells[row, last - 1]
    )
    return np.asarray(next_one - top > 3.0 * sd)
