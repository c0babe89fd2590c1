"""What was in the wells of a standard is not quite what its label says: the error of preparing it.

Replicates of one standard share it, so they do not show it; the distance of level means from smooth
curves does. It acts along the dose: where the curve is flat it does nothing, and there a standard
tells A or B almost without error.
"""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Floats
from exvivo.quantify.curve.logistic import response_and_slopes
from exvivo.quantify.curve.noise import Noise
from exvivo.quantify.curve.points import Points, least_sd, levels_of

_TRIED = np.concatenate([[0.0], np.geomspace(0.005, 0.5, 60)])
_TAILS = 4.0


def sd_of_standards(points: Points, noise: Noise, theta: Floats, preparation: float) -> Floats:
    """The sd a well counts with in the fit (curves, points), inf where there is none.

    Wells of one level share its preparation error; it is written larger by their number, so that
    their mean has it once.
    """
    mean, slopes = response_and_slopes(theta, points.dose)
    along = -slopes[..., 2] * preparation
    sd = np.sqrt(np.square(noise.sd(mean, points.sampling)) + points.same * along**2)
    return np.where(points.there, np.maximum(sd, least_sd(points)), np.inf)


def preparation_error(points: Points, noise: Noise, theta: Floats, free: np.ndarray) -> float:
    """The relative sd of the amounts in standards, common to all curves of an assay; 0 where the
    noise explains the fits.

    Maximum likelihood on level means, after levels out of all proportion were set aside by a
    heavy-tailed first fit.
    """
    levels = levels_of(points)
    known = levels.dose > 0
    mean, slopes = response_and_slopes(theta, np.where(known, levels.dose, 1.0))
    here = points.level[..., None] == np.arange(mean.shape[1])
    wells = np.maximum(levels.wells, 1.0)
    sampled = np.sqrt(
        np.einsum("cp,cpl->cl", np.square(points.sampling), here.astype(np.float64)) / wells
    )
    variance = (np.square(noise.sd(mean, sampled)) / wells)[known]
    along = np.square(slopes[..., 2])[known]
    squares = np.square(np.nan_to_num(levels.mean) - mean)[known]
    count = (levels.wells > 0).sum(axis=1, keepdims=True)
    freedom = np.broadcast_to(np.maximum(1.0 - free[:, None] / count, 0.0), mean.shape)[known]
    best = _likeliest(variance, along, squares, freedom, heavy=True)
    usual = squares <= 12.0 * (variance + best**2 * along)
    return _likeliest(variance[usual], along[usual], squares[usual], freedom[usual], heavy=False)


def _likeliest(
    variance: Floats, along: Floats, squares: Floats, freedom: Floats, *, heavy: bool
) -> float:
    total = variance[:, None] + np.square(_TRIED) * along[:, None]
    ratio = squares[:, None] / total
    part = (_TAILS + freedom[:, None]) * np.log1p(ratio / _TAILS) if heavy else ratio
    cost = (freedom[:, None] * np.log(total) + part).sum(axis=0)
    return float(_TRIED[np.argmin(cost)])
