"""Which wells of the standards are off: each level is held against the curve through the other
levels, and its wells against one another.

In units of the noise of a well, and with f what the curve through the other levels says of this
one, let d_i be the distance of well i from f. Wells of a level share the error of f and of
preparing the standard, with variance tau^2, and differ by noise of variance 1, which the other
levels tell with nu degrees of freedom:

    d_i = shared + own_i,     shared ~ N(0, tau^2),  own_i ~ N(0, 1), Student's t together     (1)

A well that is off lies anywhere about the signal: Cauchy with a scale of W, half the signal over
its noise. A level as a whole may be off as well: shared ~ N(0, tau^2 + W^2). With k wells of
distances d that are not off, mean m and squares S about it, the first factor of the likelihood is

    t density, k dimensions:  Q = S + k m^2 / (1 + k tau^2),  log det = log(1 + k tau^2)       (2)

and the chance that a well is off is the share of the sets of wells, weighed by prior and
likelihood, in which it is. So two wells that disagree are told apart by the curve through the other
levels as far as it reaches, and three or more by one another. Distances are taken on a scale that
falls and rises alike: d = (reading - f) / sqrt(sd(reading) sd(f)).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
from scipy.special import gammaln

from exvivo.arrays import Bools, Floats, Ints
from exvivo.quantify.curve.fit import Fits, fit_curves
from exvivo.quantify.curve.logistic import response, response_and_slopes
from exvivo.quantify.curve.noise import Noise
from exvivo.quantify.curve.points import LEVELS_FOR_4PL, Points, least_sd

_CHANCES = (0.3, 0.01, 0.02)
"""What one well of a level with replicates, two of them, and all are given to be off. Larger than
such slips are frequent: weighed so that of honest wells one in a hundred is marked at most.
"""
_CHANCE_OF_SINGLE = 0.05
"""What the only well of a level is given: it may be the curve that is off."""
_HALF = 0.5
_AGREES = 1.0
"""The mean Cauchy loss of levels that agree; that of wells one sd off is 0.7, two 1.6."""
_NARROWEST = 3.0
"""Of W: where a signal is no larger than its noise."""
_MOST_DF = 1e6


def chance_off(points: Points, sd: Floats, noise: Noise, preparation: Floats, free: Ints) -> Floats:
    """The chance that each well is off (curves, points); 0 where there is none.

    sd: what the wells count with in the fit; noise of each level of each curve, as its other levels
    show it (curves x levels,); preparation and free (4 or 5) of each curve.
    """
    curve, level = _levels_there(points)
    here = points.level[curve] == level[:, None]
    fits = _without(points, here, np.where(here, np.inf, sd[curve]), free[curve], curve)
    noise = noise.at(curve * (points.level.max() + 1) + level)
    distance, shared, wide, df = _distances(points, curve, here, fits, noise, preparation, free)
    chance = np.zeros_like(points.reading)
    for wells in np.unique(here.sum(axis=1)):
        alike = here.sum(axis=1) == wells
        own = distance[here & alike[:, None]].reshape(-1, wells)
        off = _Level(own, shared[alike], wide[alike], df[alike]).chances()
        row, column = np.nonzero(here & alike[:, None])
        chance[curve[row], column] = off.ravel()
    return chance


def contradicting(points: Points, sd: Floats, free: Ints) -> Bools:
    """The wells of one level, of each curve most of whose levels are off: of that level without
    which the others agree, and best (curves, points). Blanks that hold the analyte, or a standard
    of the wrong tube, may tell a curve more than all others together.

    sd: what wells count with before anything is known of them, infinite where they do not.
    """
    curve, level = _levels_there(points)
    here = (points.level[curve] == level[:, None]) & np.isfinite(sd[curve])
    own = here.any(axis=1) & _mostly_off(points, curve, here)[curve]
    chosen = np.zeros_like(points.there)
    if own.any():
        curve, here = curve[own], here[own]
        fits = _without(points, here, np.where(here, np.inf, sd[curve]), free[curve], curve)
        loss = _disagreement(points, sd, curve, here, fits)
        for each in np.unique(curve):
            best = np.argmin(np.where(curve == each, loss, np.inf))
            chosen[each] = here[best] & (loss[best] < _AGREES)
    return chosen


def _mostly_off(points: Points, curve: Ints, here: Bools) -> Bools:
    """The curves at least half of whose levels are off, and that have one more than a curve needs
    (curves,); `here`: the wells that count of each level.
    """
    counts = here.any(axis=1)
    trusted = counts & ((points.trust[curve] * here).max(axis=1) >= _HALF)
    count, held = (np.bincount(curve, each) for each in (counts, trusted))
    return np.asarray((held <= _HALF * count) & (count > LEVELS_FOR_4PL))


def _disagreement(points: Points, sd: Floats, curve: Ints, here: Bools, fits: Fits) -> Floats:
    """The Cauchy loss of the wells of the other levels about their curve (levels,)."""
    distance = (points.reading[curve] - response(fits.theta, points.dose[curve])) / sd[curve]
    counts = np.isfinite(sd[curve]) & ~here
    loss = np.where(counts, np.log1p(np.square(np.where(counts, distance, 0.0))), 0.0)
    return np.asarray(loss.sum(axis=1) / np.maximum(counts.sum(axis=1), 1))


def _levels_there(points: Points) -> tuple[Ints, Ints]:
    """Curve and level of every level there is (levels of all curves,)."""
    count = points.level.max(axis=1) + 1
    curve = np.repeat(np.arange(count.size), count)
    return curve, np.concatenate([np.arange(each) for each in count])


def _without(points: Points, here: Bools, sd: Floats, free: Ints, curve: Ints) -> Fits:
    """The curves without the wells of one level each (levels of all curves,)."""
    dose, reading = points.dose[curve], points.reading[curve]
    theta, information = np.empty((curve.size, 5)), np.empty((curve.size, 5, 5))
    for form in np.unique(free):
        own = free == form
        fits = fit_curves(dose[own], reading[own], sd[own], free=int(form), keep=1)
        theta[own], information[own] = fits.theta, fits.information
    nothing = np.zeros(curve.size)
    return Fits(theta, information, nothing, nothing > 0)


def _distances(
    points: Points,
    curve: Ints,
    here: Bools,
    fits: Fits,
    noise: Noise,
    preparation: Floats,
    free: Ints,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Of each level of all curves: d (levels, points); tau^2, W and nu (levels,)."""
    first = np.argmax(here, axis=1)
    row = np.arange(curve.size)
    dose, sampling = points.dose[curve], points.sampling[curve]
    mean, slopes = response_and_slopes(fits.theta, dose[row, first][:, None])
    least = least_sd(points)[curve]
    sd = np.maximum(noise.sd(np.broadcast_to(mean, sampling.shape), sampling), least)
    sd_there = np.maximum(noise.sd(points.reading[curve], sampling), least)
    distance = (points.reading[curve] - mean) / np.sqrt(sd * sd_there)
    unit = sd[row, first]
    moving = slopes[:, 0] * (np.arange(5) < free[curve, None])
    of_curve = np.einsum("li,lij,lj->l", moving, np.linalg.inv(fits.information), moving)
    along = np.square(slopes[:, 0, 2] * preparation[curve])
    wide = np.maximum(0.5 * np.abs(mean[:, 0]) / unit, _NARROWEST)
    df = np.minimum(noise.df(mean, sampling[row, first][:, None])[:, 0], _MOST_DF)
    return distance, (of_curve + along) / np.square(unit), wide, df


@cache
def _sets(wells: int) -> Bools:
    """Which wells are off in each set that is weighed (sets, wells); all but the last leave one."""
    most = min(2, wells - 1)
    sets = [each for size in range(most + 1) for each in combinations(range(wells), size)]
    off = np.zeros((len(sets), wells), dtype=bool)
    for row, each in zip(off, sets, strict=True):
        row[list(each)] = True
    return off


def _log_prior(off: int, wells: int) -> float:
    """Of one set of so many wells that are off."""
    if wells == 1:
        return math.log(1.0 - _CHANCE_OF_SINGLE)
    if off == 0:
        return math.log(1.0 - sum(_CHANCES))
    return math.log(_CHANCES[off - 1] / math.comb(wells, off))


@dataclass(frozen=True, slots=True)
class _Level:
    """Levels with one number of wells: d (levels, wells); tau^2, W and nu (levels,)."""

    distance: Floats
    shared: Floats
    wide: Floats
    df: Floats

    def chances(self) -> Floats:
        """That each well is off (levels, wells)."""
        off = _sets(self.distance.shape[1])
        weight = [self._log_weight(each) for each in off]
        weight.append(self._whole())
        log = np.stack(weight, axis=1)
        share = np.exp(log - log.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        return np.asarray(share[:, :-1] @ off + share[:, -1:])

    def _log_weight(self, off: Bools) -> Floats:
        """Log of prior and likelihood of one set of wells that are off (levels,)."""
        prior = _log_prior(int(off.sum()), off.size)
        wide = self.wide[:, None]
        anywhere = -np.log(np.pi * wide) - np.log1p(np.square(self.distance[:, off] / wide))
        inside = self._density(self.distance[:, ~off], self.shared)
        return np.asarray(prior + inside + anywhere.sum(axis=1))

    def _whole(self) -> Floats:
        """The same where the whole level is off."""
        wells = self.distance.shape[1]
        prior = math.log(_CHANCES[2] if wells > 1 else _CHANCE_OF_SINGLE)
        return np.asarray(prior + self._density(self.distance, self.shared + self.wide**2))

    def _density(self, distance: Floats, shared: Floats) -> Floats:
        """Equation (2), the log of the density (levels,)."""
        k, df = distance.shape[1], self.df
        mean = distance.mean(axis=1)
        about = np.square(distance - mean[:, None]).sum(axis=1)
        wider = 1.0 + k * shared
        squares = about + k * np.square(mean) / wider
        constant = gammaln((df + k) / 2) - gammaln(df / 2) - 0.5 * k * np.log(np.pi * df)
        tail = -0.5 * (df + k) * np.log1p(squares / df)
        return np.asarray(constant - 0.5 * np.log(wider) + tail)
