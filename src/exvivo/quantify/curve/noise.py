"""How much a well's reading varies about the curve: sd^2 = sampling^2 + s0^2 + (cv x reading)^2.

The sampling part (the standard error of a median over beads) is known for each well. s0 and cv come
from the replicates of standards and blanks, or where there are too few from the scatter round the
curves (Davidian and Carroll 1987, doi:10.2307/2289383). Analytes may differ: each has its own s0
and cv, drawn towards the others' as far as they agree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from exvivo.arrays import Floats

ASSUMED_CV = 0.05
"""The cv used where an assay shows its noise nowhere: no replicates, and as many parameters as
standards.
"""

ENOUGH = 4
"""Replicated levels from which the noise is taken from replicates; and degrees of freedom, where
from the fits.
"""

_DIFFERENCES = np.array([0.02, 0.1, 0.2, 0.35, 0.6, 1.0, 1.6])
"""Standard deviations of log s0 (or log cv) between analytes that are weighed against one
another.
"""
_FACTORS = np.linspace(-2.0, 4.0, 61)
"""Of the log of what is sought. Far below the spread near zero an s0 would say nothing, and only
weigh the rest down.
"""
_LEAST_FREEDOM = 2.0


@dataclass(frozen=True, slots=True)
class Noise:
    """s0: sd of a reading near zero, in its unit. cv: relative sd of a high reading. groups:
    replicated levels behind them.

    s0 and cv are numbers, or arrays (curves,). vague_s0, vague_cv: variances of log s0 and log cv,
    as far as known.
    """

    s0: float | Floats
    cv: float | Floats
    groups: int
    vague_s0: float | Floats = 0.0
    vague_cv: float | Floats = 0.0

    def sd(self, reading: Floats, sampling: Floats) -> Floats:
        """The standard deviation of a reading with that mean and sampling error (any shape; curves
        first).
        """
        s0, cv = _along(self.s0, reading), _along(self.cv, reading)
        return np.asarray(np.sqrt(np.square(sampling) + np.square(s0) + np.square(cv * reading)))

    def freedom(self, reading: Floats, sampling: Floats) -> Floats:
        """Degrees of freedom of that standard deviation: 2 / variance of its log variance; infinite
        if taken as known.
        """
        s0, cv = _along(self.s0, reading), _along(self.cv, reading)
        variance = np.maximum(np.square(self.sd(reading, sampling)), np.finfo(np.float64).tiny)
        parts = (np.square(s0) / variance, np.square(cv * reading) / variance)
        vague = (_along(self.vague_s0, reading), _along(self.vague_cv, reading))
        spread = sum(
            (4.0 * np.square(p) * v for p, v in zip(parts, vague, strict=True)),
            np.zeros_like(variance),
        )
        with np.errstate(divide="ignore"):
            return np.asarray(np.maximum(2.0 / spread, _LEAST_FREEDOM))

    def at(self, which: np.ndarray) -> Noise:
        """The noise of the curve that serves each row."""
        parts = (np.asarray(part) for part in (self.s0, self.cv, self.vague_s0, self.vague_cv))
        s0, cv, vague_s0, vague_cv = (part[which] if part.ndim else part for part in parts)
        return Noise(s0, cv, self.groups, vague_s0, vague_cv)


def normal_equivalent(freedom: Floats) -> Floats:
    """How much wider a 95 % interval is because the sd was estimated: t quantile over normal
    quantile.
    """
    return np.asarray(stats.t.ppf(0.975, np.minimum(freedom, 1e6)) / stats.norm.ppf(0.975))


def _along(value: float | Floats, like: Floats) -> Floats:
    array = np.asarray(value, dtype=np.float64)
    return array.reshape(array.shape + (1,) * (like.ndim - array.ndim)) if array.ndim else array


@dataclass(frozen=True, slots=True)
class Spreads:
    """Squares about a mean: their sum, degrees of freedom, mean reading and mean squared sampling
    error; all (groups,).
    """

    squares: Floats
    freedom: Floats
    mean: Floats
    sampled: Floats

    def of(self, keep: np.ndarray) -> Spreads:
        """Some of them."""
        return Spreads(self.squares[keep], self.freedom[keep], self.mean[keep], self.sampled[keep])


def spreads_of_replicates(
    group: np.ndarray, reading: Floats, sampling: Floats
) -> tuple[Spreads, np.ndarray]:
    """The spreads of wells that held the same (`group`: (wells,) integers), and the group of each
    spread.
    """
    count = np.bincount(group).astype(np.float64)
    at_least_one = np.maximum(count, 1)
    mean: Floats = np.bincount(group, reading) / at_least_one
    squares: Floats = np.bincount(group, np.square(reading - mean[group])).astype(np.float64)
    sampled: Floats = np.bincount(group, np.square(sampling)) / at_least_one
    keep = count > 1
    return Spreads(squares[keep], count[keep] - 1.0, mean[keep], sampled[keep]), np.flatnonzero(
        keep
    )


def noise_of_replicates(group: np.ndarray, reading: Floats, sampling: Floats) -> Noise:
    """Fit s0 and cv to replicates. group: (wells,) integers, equal for wells that held the same.

    Maximum likelihood of the replicate variances (gamma distributed), after replicates whose spread
    is out of all proportion were set aside by a heavy-tailed first fit. Deterministic: a grid,
    refined four times.
    """
    spreads, _ = spreads_of_replicates(group, reading, sampling)
    if spreads.freedom.size < ENOUGH:
        return assumed_noise(reading, sampling)
    noise, _ = common_noise(spreads)
    return noise


def assumed_noise(reading: Floats, sampling: Floats) -> Noise:
    """`ASSUMED_CV`, and near zero the sampling error of the lowest tenth of the readings: blanks
    vary at least as much.
    """
    if not reading.size:
        return Noise(0.0, ASSUMED_CV, 0)
    lowest = reading <= np.quantile(reading, 0.1)
    return Noise(float(np.sqrt(np.mean(np.square(sampling[lowest])))), ASSUMED_CV, 0)


def common_noise(spreads: Spreads) -> tuple[Noise, np.ndarray]:
    """One s0 and one cv for all, and which spreads were in proportion."""
    scale = max(float(np.median(np.abs(spreads.mean))), 1e-12)
    s0, cv = _search(spreads, scale, heavy=4.0)
    variance = spreads.sampled + s0**2 + np.square(cv * spreads.mean)
    usual = spreads.squares <= 16.0 * np.maximum(spreads.freedom, 1.0) * variance
    s0, cv = _search(spreads.of(usual), scale, heavy=None)
    return Noise(s0, cv, int(usual.sum())), usual


def noise_of_analytes(spreads: Spreads, analyte: np.ndarray, analytes: int) -> Noise:
    """s0 and cv of each analyte (arrays (analytes,)), from `spreads` and the analyte each belongs
    to (0 to analytes - 1).

    log s0 is taken as normal between analytes; its mean and sd are averaged over, weighed by what
    the replicates say (empirical Bayes on a grid), then the same for log cv. Where analytes agree
    all get one value; where one differs and has the replicates to show it, it gets its own. The
    variances say how well each is known. Spreads out of all proportion to their analyte are set
    aside after a heavy-tailed first round.
    """
    noise, _ = common_noise(spreads)
    middles = _spread_near_zero(spreads, analyte, analytes), float(np.log(noise.cv))
    s0, cv = np.full(analytes, np.exp(middles[0])), np.full(analytes, noise.cv)
    used = spreads
    for heavy in (4.0, 4.0, None, None):
        s0, vague_s0 = _by_analyte(used, analyte, middles[0], (s0, cv), heavy, moves_s0=True)
        cv, vague_cv = _by_analyte(used, analyte, middles[1], (s0, cv), heavy, moves_s0=False)
        if heavy is not None:
            variance = (
                spreads.sampled + np.square(s0[analyte]) + np.square(cv[analyte] * spreads.mean)
            )
            usual = spreads.squares <= 16.0 * np.maximum(spreads.freedom, 1.0) * variance
            used = replace(
                spreads, freedom=spreads.freedom * usual, squares=spreads.squares * usual
            )
    return Noise(s0, cv, int(usual.sum()), vague_s0, vague_cv)


def _spread_near_zero(spreads: Spreads, analyte: np.ndarray, analytes: int) -> float:
    """Log of the sd of the lowest quarter of each analyte's spreads, the median over analytes: the
    scale s0 is sought at.
    """
    logs = []
    for one in range(analytes):
        mine = spreads.of(analyte == one)
        if mine.freedom.size:
            low = mine.of(mine.mean <= np.quantile(mine.mean, 0.25))
            logs.append(
                0.5
                * np.log(
                    max(
                        low.squares.sum() / low.freedom.sum(),
                        1e-12 * np.square(mine.mean).max(),
                        1e-300,
                    )
                )
            )
    return float(np.median(logs))


def _by_analyte(
    spreads: Spreads,
    owner: np.ndarray,
    middle: float,
    now: tuple[Floats, Floats],
    heavy: float | None,
    *,
    moves_s0: bool,
) -> tuple[Floats, Floats]:
    """The moved parameter of each analyte (geometric posterior mean) and the posterior variance of
    its log.
    """
    s0, cv = (part[owner][:, None] for part in now)
    tried = np.exp(middle + _FACTORS)
    one, other = (tried, cv) if moves_s0 else (s0, tried)
    variance = spreads.sampled[:, None] + np.square(one) + np.square(other * spreads.mean[:, None])
    freedom, ratio = spreads.freedom[:, None], spreads.squares[:, None] / variance
    tail = ratio if heavy is None else (heavy + freedom) * np.log1p(ratio / heavy)
    likelihood = np.zeros((now[0].size, tried.size))
    np.add.at(likelihood, owner, -0.5 * (freedom * np.log(variance) + tail))
    likelihood -= likelihood.max(axis=1, keepdims=True)
    mean, variance = _averaged(likelihood)
    return np.exp(middle + mean), variance


def _averaged(likelihood: Floats) -> tuple[Floats, Floats]:
    """Posterior mean and variance over `_FACTORS`, averaged over mean and sd between analytes.
    likelihood: log (analytes, factors).
    """
    away = _FACTORS[:, None] - _FACTORS[None, :]
    prior = np.exp(-0.5 * np.square(away / _DIFFERENCES[:, None, None])).reshape(-1, _FACTORS.size)
    prior /= prior.sum(axis=1, keepdims=True)
    said = np.exp(np.maximum(likelihood, -600.0))
    each = said @ prior.T
    weight = np.log(each).sum(axis=0)
    weight = np.exp(weight - weight.max())
    posterior = said * ((weight / each) @ prior)
    posterior /= posterior.sum(axis=1, keepdims=True)
    mean = posterior @ _FACTORS
    return mean, posterior @ np.square(_FACTORS) - np.square(mean)


def _search(spreads: Spreads, scale: float, *, heavy: float | None) -> tuple[float, float]:
    """The s0 and cv with the least minus log likelihood; `heavy` gives the tails of Student's t."""
    freedom, mean = spreads.freedom, spreads.mean
    log_s0, log_cv = (
        np.log(scale) + np.linspace(-12.0, 1.0, 15),
        np.linspace(np.log(0.002), np.log(1.0), 15),
    )
    for _ in range(5):
        s0, cv = np.exp(log_s0)[:, None, None], np.exp(log_cv)[None, :, None]
        variance = spreads.sampled + s0**2 + np.square(cv * mean)
        ratio = spreads.squares / variance
        if heavy is None:
            cost = freedom * np.log(variance) + ratio
        else:
            cost = freedom * np.log(variance) + (heavy + freedom) * np.log1p(ratio / heavy)
        i, j = np.unravel_index(np.argmin(cost.sum(axis=-1)), cost.shape[:2])
        best = log_s0[i], log_cv[j]
        log_s0 = best[0] + np.linspace(-1.2, 1.2, 15) * (log_s0[1] - log_s0[0])
        log_cv = best[1] + np.linspace(-1.2, 1.2, 15) * (log_cv[1] - log_cv[0])
    return float(np.exp(best[0])), float(np.exp(best[1]))
