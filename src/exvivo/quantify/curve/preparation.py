"""What was in the wells of a standard is not quite what its label says: the error of preparing it.

Replicates of one standard share it, so they do not show it; the distance of level means from smooth
curves does. With relative sd p of the amounts, and f' the slope of the curve by log dose, the mean
of n wells has

    variance = noise^2 / n + (p f')^2                                                          (1)

It acts along the dose: where the curve is flat it does nothing, and there a standard tells A or B
almost without error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.quantify.curve.logistic import response_and_slopes
from exvivo.quantify.curve.noise import Noise, minus_twice_log_likelihood
from exvivo.quantify.curve.points import Points, least_sd, levels_of, sampled_variance

_TRIED = np.concatenate([[0.0], np.geomspace(0.005, 0.5, 60)])


def sd_of_standards(points: Points, noise: Noise, theta: Floats, preparation: Floats) -> Floats:
    """The sd a well counts with in the fit (curves, points), inf where there is none.

    Wells of one level share its preparation error; it is written larger by their number, so that
    their mean has it once, as in equation (1). A well of little trust counts with a larger sd.
    """
    mean, slopes = response_and_slopes(theta, points.dose)
    along = slopes[..., 2] * preparation[:, None]
    sd = np.sqrt(np.square(noise.sd(mean, points.sampling)) + points.same * along**2)
    sd = np.maximum(sd, least_sd(points)) / np.sqrt(points.trust)
    return np.where(points.there, sd, np.inf)


@dataclass(frozen=True, slots=True)
class _Distances:
    """Squared distances of level means from their curves with their degrees of freedom; the two
    parts of equation (1), noise^2 / n and f'^2; the family. All (levels of all curves,).
    """

    squares: Floats
    df: Floats
    noise: Floats
    along: Floats
    family: Ints

    def at(self, keep: Bools) -> _Distances:
        """Some of them."""
        return _Distances(
            squares=self.squares[keep],
            df=self.df[keep],
            noise=self.noise[keep],
            along=self.along[keep],
            family=self.family[keep],
        )

    def likeliest(self, families: int) -> Floats:
        """The p of equation (1) with the greatest likelihood, of those tried (families,)."""
        tried = self.noise + np.square(_TRIED[:, None]) * self.along
        cost = minus_twice_log_likelihood(self.squares, self.df, tried)
        total = np.zeros((families, _TRIED.size))
        np.add.at(total, self.family, cost.T)
        return np.asarray(_TRIED[total.argmin(axis=1)])


def preparation_error(
    points: Points, noise: Noise, theta: Floats, free: Ints, shown: Bools
) -> Floats:
    """The relative sd of the amounts in standards (curves,), common to all analytes of a family; 0
    where the noise explains the fits, or where it is not `shown` (curves,) apart from this error.

    Maximum likelihood on level means, of which one in a hundred may be off (see `noise`).
    """
    if not shown.any():
        return np.zeros(len(theta))
    distances = _distances(points, noise, theta, free, shown)
    each = distances.likeliest(int(points.family.max()) + 1)
    return np.where(shown, each[points.family[points.analyte]], 0.0)


def _distances(points: Points, noise: Noise, theta: Floats, free: Ints, shown: Bools) -> _Distances:
    """Of the levels that are not blanks, of the curves that are `shown`. A curve takes its
    parameters' share off every level's one degree of freedom.
    """
    levels = levels_of(points)
    dosed = levels.dose > 0
    mean, slopes = response_and_slopes(theta, np.where(dosed, levels.dose, 1.0))
    wells = np.where(dosed, levels.wells, 1.0)
    sd = noise.sd(mean, np.sqrt(sampled_variance(points, levels)))
    share = free[:, None] / (levels.wells > 0).sum(axis=1, keepdims=True)
    df = np.broadcast_to(np.maximum(1.0 - share, 0.0), mean.shape)
    family = np.broadcast_to(points.family[points.analyte][:, None], mean.shape)
    every = _Distances(
        squares=np.square(np.nan_to_num(levels.mean) - mean),
        df=df,
        noise=np.square(sd) / wells,
        along=np.square(slopes[..., 2]),
        family=family,
    )
    return every.at(dosed & shown[:, None])
