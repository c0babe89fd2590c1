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
_TAILS = 4.0
_OUT_OF_PROPORTION = 12.0
"""A squared distance this many times its variance is set aside after the first fit."""


def sd_of_standards(points: Points, noise: Noise, theta: Floats, preparation: float) -> Floats:
    """The sd a well counts with in the fit (curves, points), inf where there is none.

    Wells of one level share its preparation error; it is written larger by their number, so that
    their mean has it once, as in equation (1).
    """
    mean, slopes = response_and_slopes(theta, points.dose)
    along = -slopes[..., 2] * preparation
    sd = np.sqrt(np.square(noise.sd(mean, points.sampling)) + points.same * along**2)
    return np.where(points.there, np.maximum(sd, least_sd(points)), np.inf)


@dataclass(frozen=True, slots=True)
class _Distances:
    """Squared distances of level means from their curves with their degrees of freedom; the two
    parts of equation (1): noise^2 / n, and f'^2. All (levels of all curves,).
    """

    squares: Floats
    df: Floats
    noise: Floats
    along: Floats

    def at(self, keep: Bools) -> _Distances:
        return _Distances(self.squares[keep], self.df[keep], self.noise[keep], self.along[keep])

    def variance(self, preparation: float | Floats) -> Floats:
        """Equation (1); `preparation` broadcasts against the levels, which stand last."""
        return np.asarray(self.noise + np.square(preparation) * self.along)

    def in_proportion(self, preparation: float) -> Bools:
        """Which are no larger than distances of such an error may well be."""
        return np.asarray(self.squares <= _OUT_OF_PROPORTION * self.variance(preparation))

    def likeliest(self, tails: float | None) -> float:
        """The p of equation (1) with the greatest likelihood, of those tried."""
        tried = self.variance(_TRIED[:, None])
        cost = minus_twice_log_likelihood(self.squares, self.df, tried, tails)
        return float(_TRIED[cost.sum(axis=1).argmin()])


def preparation_error(points: Points, noise: Noise, theta: Floats, free: Ints) -> float:
    """The relative sd of the amounts in standards, common to all curves of an assay; 0 where the
    noise explains the fits.

    Maximum likelihood on level means, after levels out of all proportion were set aside by a
    heavy-tailed first fit.
    """
    distances = _distances(points, noise, theta, free)
    usual = distances.in_proportion(distances.likeliest(_TAILS))
    return distances.at(usual).likeliest(None)


def _distances(points: Points, noise: Noise, theta: Floats, free: Ints) -> _Distances:
    """Of the levels that are not blanks. A curve takes its parameters' share off every level's one
    degree of freedom.
    """
    levels = levels_of(points)
    dosed = levels.dose > 0
    mean, slopes = response_and_slopes(theta, np.where(dosed, levels.dose, 1.0))
    wells = np.maximum(levels.wells, 1.0)
    sd = noise.sd(mean, np.sqrt(sampled_variance(points, levels)))
    share = free[:, None] / (levels.wells > 0).sum(axis=1, keepdims=True)
    df = np.broadcast_to(np.maximum(1.0 - share, 0.0), mean.shape)
    every = _Distances(
        squares=np.square(np.nan_to_num(levels.mean) - mean),
        df=df,
        noise=np.square(sd) / wells,
        along=np.square(slopes[..., 2]),
    )
    return every.at(dosed)
