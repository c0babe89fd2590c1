"""How much the reading of a well varies about the curve.

Model, for a reading with mean m and sampling standard error s (of a median over beads; known):

    variance(m) = s^2 + s0^2 + (cv m)^2                                                        (1)

s0 is the standard deviation near no signal, in the unit of the reading; cv the relative standard
deviation of a high reading. They come from the replicates of standards and blanks, or where there
are too few from the scatter round the curves (Davidian and Carroll 1987, doi:10.2307/2289383). A
sum of squares Q with d degrees of freedom about a mean is gamma distributed, with the density

    g(Q; variance) = variance^(-d/2) exp(-Q / (2 variance)) x a constant                       (2)

but one in a hundred holds a well that is off, and has any of several larger variances instead:

    log likelihood = sum log(.99 g(Q; variance) + .01 mean over k of g(Q; k variance))         (3)

so that one slip neither hides in a larger s0 or cv nor has to be found first. Log cv of the
analytes of a plate are normal round their mean, which with their standard deviation is averaged
over a grid (empirical Bayes): an analyte is drawn towards the others as far as they agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from exvivo.arrays import Bools, Floats, Ints

ASSUMED_CV = 0.05
"""The cv used where an assay shows its noise nowhere: no replicates, and as many parameters as
standards.
"""

FEWEST_LEVELS = 4
"""Replicated levels from which the noise is taken from replicates; and degrees of freedom, where
from the fits.
"""

_OFF = 0.01
_LARGER = np.array([16.0, 120.0, 1e3, 1e4])
"""Of equation (3): the share of sums of squares with a well that is off, and the variances k."""
_BETWEEN_SDS = np.array([0.02, 0.1, 0.2, 0.35, 0.6, 1.0, 1.6])[:, None, None]
"""Standard deviations of log s0 (or log cv) between analytes that are weighed against one
another.
"""
_LOG_S0 = np.linspace(-2.0, 3.0, 26)
"""Of what is sought, round its middle. Far below the spread near zero an s0 would say nothing, and
only weigh the rest down.
"""
_LOG_CV = np.linspace(np.log(0.004), np.log(1.0), 45)
_LEAST_DF = 2.0
_MOST_DF = 1e6
_TINY = np.finfo(np.float64).tiny

Number = float | Floats


@dataclass(frozen=True, slots=True)
class Noise:
    """s0 and cv of equation (1): numbers, or arrays (curves,). groups: replicated levels behind
    them.

    s0_variance, cv_variance: variances of log s0 and log cv, as far as known (0: taken as known),
    and both: their covariance.
    """

    s0: Number
    cv: Number
    groups: int
    s0_variance: Number = 0.0
    cv_variance: Number = 0.0
    both: Number = 0.0

    def sd(self, reading: Floats, sampling: Floats) -> Floats:
        """Equation (1): the standard deviation of readings with these means (any shape; curves
        first).
        """
        near_zero, relative = self._parts(reading)
        return np.asarray(np.sqrt(np.square(sampling) + near_zero + relative))

    def df(self, reading: Floats, sampling: Floats) -> Floats:
        """Degrees of freedom of that standard deviation, from the variance V of its log variance,
        which for nu of them is the trigamma function of nu / 2, about 2 / nu + 2 / nu^2; infinite
        if taken as known.
        """
        near_zero, relative = self._parts(reading)
        variance = np.maximum(np.square(self.sd(reading, sampling)), _TINY)
        # Delta method: d log variance / d log s0 = 2 s0^2 / variance, and the same of cv.
        by_s0, by_cv = 2.0 * near_zero / variance, 2.0 * relative / variance
        spread = np.square(by_s0) * _along(self.s0_variance, reading)
        spread = spread + np.square(by_cv) * _along(self.cv_variance, reading)
        spread = spread + 2.0 * by_s0 * by_cv * _along(self.both, reading)
        spread = np.maximum(spread, 0.0)
        with np.errstate(divide="ignore"):
            return np.asarray(np.maximum((1.0 + np.sqrt(1.0 + 2.0 * spread)) / spread, _LEAST_DF))

    def at(self, which: Ints) -> Noise:
        """The noise of the curve that serves each row."""
        s0, cv, *spread = (_picked(value, which) for value in self._values())
        return Noise(s0, cv, self.groups, *spread)

    def where(self, known: Bools, other: Noise) -> Noise:
        """Its values where it is known, else the other's; both of arrays of one length."""
        pairs = zip(self._values(), other._values(), strict=True)
        s0, cv, *spread = (np.where(known, own, theirs) for own, theirs in pairs)
        return Noise(s0, cv, self.groups, *spread)

    def put(self, rows: Ints, other: Noise) -> Noise:
        """The other in these rows; both of arrays."""
        values = [np.array(value) for value in self._values()]
        for value, new in zip(values, other._values(), strict=True):
            value[rows] = new
        s0, cv, *spread = values
        return Noise(s0, cv, self.groups, *spread)

    def _values(self) -> tuple[Number, ...]:
        return self.s0, self.cv, self.s0_variance, self.cv_variance, self.both

    def _parts(self, reading: Floats) -> tuple[Floats, Floats]:
        """s0^2 and (cv m)^2 of equation (1)."""
        relative = _along(self.cv, reading) * reading
        return np.square(_along(self.s0, reading)), np.square(relative)


def normal_equivalent(df: Floats) -> Floats:
    """How much wider a 95 % interval is because the sd was estimated: t quantile over normal
    quantile.
    """
    return np.asarray(stdtrit(np.minimum(df, _MOST_DF), 0.975) / ndtri(0.975))


def _picked(value: Number, which: Ints) -> Number:
    return value[which] if isinstance(value, np.ndarray) else value


def _along(value: Number, like: Floats) -> Floats:
    array = np.asarray(value, dtype=np.float64)
    return array.reshape(array.shape + (1,) * (like.ndim - array.ndim))


@dataclass(frozen=True, slots=True)
class Spreads:
    """Sums of squares about a mean, their degrees of freedom, the mean reading, the mean squared
    sampling error, and what they belong to (a number: group or analyte), and the number of the
    group itself; all (groups,).
    """

    squares: Floats
    df: Floats
    mean: Floats
    sampled: Floats
    owner: Ints
    group: Ints

    def at(self, keep: Bools) -> Spreads:
        """Some of them."""
        return Spreads(*(part[keep] for part in self._parts()))

    @property
    def scale(self) -> float:
        """The size of a usual reading."""
        return max(float(np.median(np.abs(self.mean))), 1e-12)

    def joined(self, others: Spreads) -> Spreads:
        """These, and others behind them."""
        pairs = zip(self._parts(), others._parts(), strict=True)
        return Spreads(*(np.concatenate(pair) for pair in pairs))

    def variance(self, s0: Number, cv: Number) -> Floats:
        """Equation (1); s0 and cv broadcast against the groups, which stand last."""
        return np.asarray(self.sampled + np.square(s0) + np.square(cv * self.mean))

    def cost(self, s0: Number, cv: Number) -> Floats:
        """Minus twice equation (3) of each group; the shape of `variance`."""
        return minus_twice_log_likelihood(self.squares, self.df, self.variance(s0, cv))

    def _parts(self) -> tuple[np.ndarray, ...]:
        return self.squares, self.df, self.mean, self.sampled, self.owner, self.group


def minus_twice_log_likelihood(squares: Floats, df: Floats, variance: Floats) -> Floats:
    """Minus twice equation (3), of sums of squares that stand last."""
    ratio, half = squares / variance, 0.5 * df
    off = sum(np.exp(-half * np.log(k) - 0.5 * ratio / k) for k in _LARGER) / _LARGER.size
    mixed = (1.0 - _OFF) * np.exp(-0.5 * np.minimum(ratio, 1400.0)) + _OFF * off
    return np.asarray(df * np.log(variance) - 2.0 * np.log(np.maximum(mixed, _TINY)))


def spreads_of_replicates(group: Ints, reading: Floats, sampling: Floats) -> Spreads:
    """The spreads of wells that held the same; they belong to `group` ((wells,) integers)."""
    count = np.bincount(group).astype(np.float64)
    wells = np.maximum(count, 1)
    mean: Floats = np.bincount(group, reading) / wells
    squares: Floats = np.bincount(group, np.square(reading - mean[group])).astype(np.float64)
    sampled: Floats = np.bincount(group, np.square(sampling)) / wells
    number = np.arange(count.size)
    return Spreads(squares, count - 1.0, mean, sampled, number, number).at(count > 1)


def noise_of_replicates(group: Ints, reading: Floats, sampling: Floats) -> Noise:
    """Fit s0 and cv to replicates. group: (wells,) integers, equal for wells that held the same.

    Maximum likelihood by equation (3). No randomness: a grid, refined.
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
    """One s0 and one cv for all: the likeliest, on a grid of 15 by 15 that is refined."""
    log_s0 = np.log(spreads.scale) + np.linspace(-12.0, 1.0, 15)
    log_cv = np.linspace(np.log(0.002), np.log(1.0), 15)
    for _ in range(5):
        s0, cv = np.exp(log_s0)[:, None, None], np.exp(log_cv)[None, :, None]
        cost = spreads.cost(s0, cv).sum(axis=-1)
        row, column = np.unravel_index(np.argmin(cost), cost.shape)
        best_s0, best_cv = log_s0[row], log_cv[column]
        log_s0, log_cv = _finer(log_s0, best_s0), _finer(log_cv, best_cv)
    return Noise(float(np.exp(best_s0)), float(np.exp(best_cv)), spreads.df.size)


def _finer(grid: Floats, middle: float) -> Floats:
    return np.asarray(middle + np.linspace(-1.2, 1.2, 15) * (grid[1] - grid[0]))


@dataclass(frozen=True, slots=True)
class NoiseOfAnalytes:
    """The noise of each analyte by its own spreads (arrays (analytes,)), with its cv drawn towards
    that of its family, and by its own spreads but one (arrays (spreads,)).
    """

    own: Noise
    shared: Noise
    without: Noise


def noise_of_analytes(
    spreads: Spreads, analytes: int, family: Ints | None = None
) -> NoiseOfAnalytes:
    """s0 and cv of each analyte, from `spreads` that belong to analytes 0 to analytes - 1, by the
    likelihood (3) on a grid of both.

    Where the analytes of one `family` (analytes,; all are one if left out) agree they share a cv;
    where one differs and has the replicates to show it, it gets its own.
    """
    family = np.zeros(analytes, dtype=np.int64) if family is None else family
    middle = _middle_log_s0(spreads, analytes)
    every, one = _log_likelihoods(spreads, middle, analytes)
    likelihood, without = _scaled(every), _scaled(every[spreads.owner] - one)
    prior = _priors_of_cv(likelihood.sum(axis=1), family)
    groups, flat = int((spreads.df > 0.5).sum()), np.ones_like(prior[:1])
    return NoiseOfAnalytes(
        _expected(likelihood, flat, middle, groups),
        _expected(likelihood, prior, middle, groups),
        _expected(without, flat, middle[spreads.owner], groups),
    )


def _log_likelihoods(spreads: Spreads, middle: Floats, analytes: int) -> tuple[Floats, Floats]:
    """Equation (3) at every s0 and cv: of each analyte (analytes, s0s, cvs), and of each spread
    (spreads, s0s, cvs).
    """
    s0 = np.exp(middle[spreads.owner] + _LOG_S0[:, None])[:, None, :]
    one = -0.5 * spreads.cost(s0, np.exp(_LOG_CV)[:, None]).transpose(2, 0, 1)
    every = np.zeros((analytes, *one.shape[1:]))
    np.add.at(every, spreads.owner, one)
    return every, one


def _scaled(log_likelihood: Floats) -> Floats:
    """The likelihood, 1 at its maximum over s0 and cv."""
    highest = log_likelihood.max(axis=(1, 2), keepdims=True)
    return np.asarray(np.exp(np.maximum(log_likelihood - highest, -600.0)))


def _expected(likelihood: Floats, prior: Floats, middle: Floats, groups: int) -> Noise:
    """Posterior means and variances, on log scale; likelihood (analytes, s0s, cvs), prior
    (analytes, cvs).
    """
    log_s0, s0_variance = _moments(_shares(likelihood.sum(axis=2)), _LOG_S0)
    log_cv, cv_variance = _moments(_shares(likelihood.sum(axis=1) * prior), _LOG_CV)
    share = likelihood / likelihood.sum(axis=(1, 2), keepdims=True)
    about = _LOG_S0 - (share.sum(axis=2) @ _LOG_S0)[:, None]
    own_cv = share.sum(axis=1) @ _LOG_CV
    product = np.einsum("asc,as,c->a", share, about, _LOG_CV)
    own = share.sum(axis=1) @ np.square(_LOG_CV) - np.square(own_cv)
    # What ties the two in an analyte's own spreads is less by as much as its cv is known better.
    both = product * np.sqrt(cv_variance / np.maximum(own, _TINY))
    s0, cv = np.exp(middle + log_s0), np.exp(log_cv)
    return Noise(s0, cv, groups, s0_variance, cv_variance, both)


def _middle_log_s0(spreads: Spreads, analytes: int) -> Floats:
    """The log sd of the lowest readings of each analyte (analytes,): where its s0 is sought."""
    own = (spreads.at(spreads.owner == analyte) for analyte in range(analytes))
    return np.array([_log_sd_of_lowest(each) if each.df.size else 0.0 for each in own])


def _log_sd_of_lowest(spreads: Spreads) -> float:
    """Log of the sd of the lowest quarter of the readings, or half, whichever is less: one well
    that is off stands in one of them at most as their median.
    """
    typical = min(_median_variance(spreads, share) for share in (0.25, 0.5))
    least = 1e-12 * np.square(spreads.mean).max()
    return 0.5 * float(np.log(max(typical, least, 1e-300)))


def _median_variance(spreads: Spreads, share: float) -> float:
    """The median variance of a share of the spreads, those of the lowest readings."""
    lowest = spreads.mean <= np.quantile(spreads.mean, share)
    return float(np.median(spreads.squares[lowest] / spreads.df[lowest]))


def _priors_of_cv(likelihood: Floats, family: Ints) -> Floats:
    """The prior of each analyte's log cv, given the likelihood of all; both (analytes, cvs).

    The log cv of an analyte is normal round a mean shared by its family, with an sd between its
    analytes; both are averaged over a grid, weighed by what the rest of the family says of them.
    """
    # Marginal likelihood of each (sd, mean) of the prior: by analyte, then of all together.
    prior = _priors()
    marginal = np.maximum(likelihood @ prior.T, _TINY)
    log_weight = np.zeros((family.max() + 1, len(prior)))
    np.add.at(log_weight, family, np.log(marginal))
    others = log_weight[family] - np.log(marginal)
    weight = np.exp(others - others.max(axis=1, keepdims=True))
    return np.asarray(weight @ prior)


def _moments(share: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of `values` under each row of shares."""
    mean = share @ values
    return mean, share @ np.square(values) - np.square(mean)


def _priors() -> Floats:
    """Normal densities of the log cv, one row for each sd between analytes and mean."""
    away = _LOG_CV[:, None] - _LOG_CV
    density = np.exp(-0.5 * np.square(away / _BETWEEN_SDS))
    return _shares(density.reshape(-1, _LOG_CV.size))


def _shares(weight: Floats) -> Floats:
    """Each row over its sum."""
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))
