"""How much the reading of a well varies about the curve.

Model, for a reading with mean m and sampling standard error s (of a median over beads; known):

    variance(m) = s^2 + s0^2 + (cv m)^2                                                        (1)

s0 is the standard deviation near no signal, in the unit of the reading; cv the relative standard
deviation of a high reading. They come from the replicates of standards and blanks, or where there
are too few from the scatter round the curves (Davidian and Carroll 1987, doi:10.2307/2289383). A
sum of squares Q with d degrees of freedom about a mean is gamma distributed; its log likelihood is

    -2 log L = d log variance + Q / variance                                                   (2)

or, with the tails of Student's t with k degrees of freedom, d log variance + (k + d) log(1 + Q / (k
variance)). Analytes may differ: log s0 and log cv are normal between analytes, their mean and
standard deviation averaged over a grid (empirical Bayes), so each analyte is drawn towards the
others as far as they agree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from exvivo.arrays import Bools, Floats, Ints

ASSUMED_CV = 0.05
"""The cv used where an assay shows its noise nowhere: no replicates, and as many parameters as
standards.
"""

FEWEST_LEVELS = 4
"""Replicated levels from which the noise is taken from replicates; and degrees of freedom, where
from the fits.
"""

_TAILS = 4.0
"""Degrees of freedom of the heavy-tailed first fit."""
_OUT_OF_PROPORTION = 16.0
"""A sum of squares this many times its expectation is set aside after the first fit."""
_BETWEEN_SDS = np.array([0.02, 0.1, 0.2, 0.35, 0.6, 1.0, 1.6])[:, None, None]
"""Standard deviations of log s0 (or log cv) between analytes that are weighed against one
another.
"""
_LOG_FACTORS = np.linspace(-2.0, 4.0, 61)
"""Of what is sought, round its middle. Far below the spread near zero an s0 would say nothing, and
only weigh the rest down.
"""
_LEAST_DF = 2.0
_MOST_DF = 1e6
_TINY = np.finfo(np.float64).tiny

Number = float | Floats


@dataclass(frozen=True, slots=True)
class Noise:
    """s0 and cv of equation (1): numbers, or arrays (curves,). groups: replicated levels behind
    them.

    s0_variance, cv_variance: variances of log s0 and log cv, as far as known (0: taken as known).
    """

    s0: Number
    cv: Number
    groups: int
    s0_variance: Number = 0.0
    cv_variance: Number = 0.0

    def sd(self, reading: Floats, sampling: Floats) -> Floats:
        """Equation (1): the standard deviation of readings with these means (any shape; curves
        first).
        """
        near_zero, relative = self._parts(reading)
        return np.asarray(np.sqrt(np.square(sampling) + near_zero + relative))

    def df(self, reading: Floats, sampling: Floats) -> Floats:
        """Degrees of freedom of that standard deviation: 2 / variance of its log variance; infinite
        if taken as known.
        """
        near_zero, relative = self._parts(reading)
        variance = np.maximum(np.square(self.sd(reading, sampling)), _TINY)
        # Delta method: d log variance / d log s0 = 2 s0^2 / variance, and the same of cv.
        spread = 4.0 * np.square(near_zero / variance) * _along(self.s0_variance, reading)
        spread = spread + 4.0 * np.square(relative / variance) * _along(self.cv_variance, reading)
        with np.errstate(divide="ignore"):
            return np.asarray(np.maximum(2.0 / spread, _LEAST_DF))

    def at(self, which: Ints) -> Noise:
        """The noise of the curve that serves each row."""
        return Noise(
            s0=_picked(self.s0, which),
            cv=_picked(self.cv, which),
            groups=self.groups,
            s0_variance=_picked(self.s0_variance, which),
            cv_variance=_picked(self.cv_variance, which),
        )

    def _parts(self, reading: Floats) -> tuple[Floats, Floats]:
        """s0^2 and (cv m)^2 of equation (1)."""
        relative = _along(self.cv, reading) * reading
        return np.square(_along(self.s0, reading)), np.square(relative)


def normal_equivalent(df: Floats) -> Floats:
    """How much wider a 95 % interval is because the sd was estimated: t quantile over normal
    quantile.
    """
    return np.asarray(stats.t.ppf(0.975, np.minimum(df, _MOST_DF)) / stats.norm.ppf(0.975))


def _picked(value: Number, which: Ints) -> Number:
    return value[which] if isinstance(value, np.ndarray) else value


def _along(value: Number, like: Floats) -> Floats:
    array = np.asarray(value, dtype=np.float64)
    return array.reshape(array.shape + (1,) * (like.ndim - array.ndim))


@dataclass(frozen=True, slots=True)
class Spreads:
    """Sums of squares about a mean, their degrees of freedom, the mean reading, the mean squared
    sampling error, and what they belong to (a number: group or analyte); all (groups,).
    """

    squares: Floats
    df: Floats
    mean: Floats
    sampled: Floats
    owner: Ints

    def at(self, keep: Bools) -> Spreads:
        """Some of them."""
        return Spreads(*(part[keep] for part in self._parts()))

    @property
    def scale(self) -> float:
        """The size of a usual reading."""
        return max(float(np.median(np.abs(self.mean))), 1e-12)

    @property
    def pooled(self) -> float:
        """The variance of all together."""
        return float(self.squares.sum() / self.df.sum())

    def joined(self, others: Spreads) -> Spreads:
        """These, and others behind them."""
        pairs = zip(self._parts(), others._parts(), strict=True)
        return Spreads(*(np.concatenate(pair) for pair in pairs))

    def variance(self, s0: Number, cv: Number) -> Floats:
        """Equation (1); s0 and cv broadcast against the groups, which stand last."""
        return np.asarray(self.sampled + np.square(s0) + np.square(cv * self.mean))

    def cost(self, s0: Number, cv: Number, tails: float | None) -> Floats:
        """Equation (2) of each group; the shape of `variance`."""
        return minus_twice_log_likelihood(self.squares, self.df, self.variance(s0, cv), tails)

    def in_proportion(self, s0: Number, cv: Number) -> Bools:
        """Which are no larger than replicates of such noise may well be."""
        bar = _OUT_OF_PROPORTION * np.maximum(self.df, 1.0)
        return np.asarray(self.squares <= bar * self.variance(s0, cv))

    def _parts(self) -> tuple[np.ndarray, ...]:
        return self.squares, self.df, self.mean, self.sampled, self.owner


def minus_twice_log_likelihood(
    squares: Floats, df: Floats, variance: Floats, tails: float | None
) -> Floats:
    """Equation (2) of sums of squares; `tails`: degrees of freedom of Student's t, None for the
    gamma distribution.
    """
    ratio = squares / variance
    tail = ratio if tails is None else (tails + df) * np.log1p(ratio / tails)
    return np.asarray(df * np.log(variance) + tail)


def spreads_of_replicates(group: Ints, reading: Floats, sampling: Floats) -> Spreads:
    """The spreads of wells that held the same; they belong to `group` ((wells,) integers)."""
    count = np.bincount(group).astype(np.float64)
    wells = np.maximum(count, 1)
    mean: Floats = np.bincount(group, reading) / wells
    squares: Floats = np.bincount(group, np.square(reading - mean[group])).astype(np.float64)
    sampled: Floats = np.bincount(group, np.square(sampling)) / wells
    spreads = Spreads(squares, count - 1.0, mean, sampled, np.arange(count.size))
    return spreads.at(count > 1)


def noise_of_replicates(group: Ints, reading: Floats, sampling: Floats) -> Noise:
    """Fit s0 and cv to replicates. group: (wells,) integers, equal for wells that held the same.

    Maximum likelihood of the replicate variances, after replicates whose spread is out of all
    proportion were set aside by a heavy-tailed first fit. No randomness: a grid, refined.
    """
    spreads = spreads_of_replicates(group, reading, sampling)
    if spreads.df.size < FEWEST_LEVELS:
        return assumed_noise(reading, sampling)
    return _common_noise(spreads)


def assumed_noise(reading: Floats, sampling: Floats) -> Noise:
    """`ASSUMED_CV`, and near zero the sampling error of the lowest tenth of the readings: blanks
    vary at least as much.
    """
    if not reading.size:
        return Noise(0.0, ASSUMED_CV, 0)
    lowest = sampling[reading <= np.quantile(reading, 0.1)]
    return Noise(float(np.sqrt(np.square(lowest).mean())), ASSUMED_CV, 0)


def _common_noise(spreads: Spreads) -> Noise:
    """One s0 and one cv for all."""
    usual = spreads.in_proportion(*_likeliest(spreads, spreads.scale, _TAILS))
    return Noise(*_likeliest(spreads.at(usual), spreads.scale, None), int(usual.sum()))


def _likeliest(spreads: Spreads, scale: float, tails: float | None) -> tuple[float, float]:
    """The s0 and cv with the least sum of equation (2), on a grid of 15 by 15 that is refined."""
    log_s0 = np.log(scale) + np.linspace(-12.0, 1.0, 15)
    log_cv = np.linspace(np.log(0.002), np.log(1.0), 15)
    for _ in range(5):
        s0, cv = np.exp(log_s0)[:, None, None], np.exp(log_cv)[None, :, None]
        cost = spreads.cost(s0, cv, tails).sum(axis=-1)
        row, column = np.unravel_index(np.argmin(cost), cost.shape)
        best_s0, best_cv = log_s0[row], log_cv[column]
        log_s0, log_cv = _finer(log_s0, best_s0), _finer(log_cv, best_cv)
    return float(np.exp(best_s0)), float(np.exp(best_cv))


def _finer(grid: Floats, middle: float) -> Floats:
    return np.asarray(middle + np.linspace(-1.2, 1.2, 15) * (grid[1] - grid[0]))


def noise_of_analytes(spreads: Spreads, analytes: int) -> Noise:
    """s0 and cv of each analyte (arrays (analytes,)), from `spreads` that belong to analytes 0 to
    analytes - 1.

    In turn: log s0 of all analytes given their cv, then log cv given their s0 (see `_posterior`).
    Where analytes agree all get one value; where one differs and has the replicates to show it, it
    gets its own. Spreads out of all proportion to their analyte are set aside after each of two
    heavy-tailed rounds.
    """
    owner, common_cv = spreads.owner, _common_noise(spreads).cv
    middle_s0, middle_cv = _middle_log_s0(spreads, analytes), float(np.log(common_cv))
    tried_s0, tried_cv = (np.exp(middle + _LOG_FACTORS) for middle in (middle_s0, middle_cv))
    cv, used = np.full(analytes, common_cv), spreads
    for tails in (_TAILS, _TAILS, None, None):
        cost = used.cost(tried_s0[:, None], cv[owner], tails)
        log_s0, s0_variance = _posterior(cost, owner, analytes)
        s0 = np.exp(middle_s0 + log_s0)
        cost = used.cost(s0[owner], tried_cv[:, None], tails)
        log_cv, cv_variance = _posterior(cost, owner, analytes)
        cv = np.exp(middle_cv + log_cv)
        if tails is not None:
            usual = spreads.in_proportion(s0[owner], cv[owner])
            used = replace(spreads, df=spreads.df * usual, squares=spreads.squares * usual)
    return Noise(s0, cv, int(usual.sum()), s0_variance, cv_variance)


def _middle_log_s0(spreads: Spreads, analytes: int) -> float:
    """The median over analytes of the log sd of their lowest readings: where s0 is sought."""
    own = (spreads.at(spreads.owner == analyte) for analyte in range(analytes))
    return float(np.median([_log_sd_of_lowest(each) for each in own if each.df.size]))


def _log_sd_of_lowest(spreads: Spreads) -> float:
    """Log of the sd of the lowest quarter of the readings."""
    lowest = spreads.at(spreads.mean <= np.quantile(spreads.mean, 0.25))
    least = 1e-12 * np.square(spreads.mean).max()
    return 0.5 * float(np.log(max(lowest.pooled, least, 1e-300)))


def _posterior(cost: Floats, owner: Ints, analytes: int) -> tuple[Floats, Floats]:
    """Posterior mean and variance of each analyte's log factor (analytes,).

    cost: equation (2) of each spread at each of `_LOG_FACTORS` (factors, spreads). The log factor
    of an analyte is normal round a mean shared by the analytes, with an sd between them; both are
    averaged over a grid, weighed by what all analytes together say of them.
    """
    # Log likelihood of each analyte at each factor, its maximum at 0 (analytes, factors).
    log_likelihood = np.zeros((analytes, _LOG_FACTORS.size))
    np.add.at(log_likelihood, owner, -0.5 * cost.T)
    log_likelihood -= log_likelihood.max(axis=1, keepdims=True)
    likelihood = np.exp(np.maximum(log_likelihood, -600.0))
    # Marginal likelihood of each (sd, mean) of the prior: by analyte, then of all together.
    prior = _priors()
    marginal = likelihood @ prior.T
    log_weight = np.log(marginal).sum(axis=0)
    weight = np.exp(log_weight - log_weight.max())
    # Each analyte's posterior over the factors, averaged over the priors, and its two moments.
    posterior = _shares(likelihood * ((weight / marginal) @ prior))
    mean = posterior @ _LOG_FACTORS
    return mean, posterior @ np.square(_LOG_FACTORS) - np.square(mean)


def _priors() -> Floats:
    """Normal densities of the log factor, one row for each sd between analytes and mean."""
    away = _LOG_FACTORS[:, None] - _LOG_FACTORS
    density = np.exp(-0.5 * np.square(away / _BETWEEN_SDS))
    return _shares(density.reshape(-1, _LOG_FACTORS.size))


def _shares(weight: Floats) -> Floats:
    """Each row over its sum."""
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))
