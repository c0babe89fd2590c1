"""Have chains met, and how many independent draws are they worth? After Vehtari et al. 2021 (doi
10.1214/20-BA1221).

Written for many parameters at once: draws are arrays (chains, draws, parameters). With N draws in
each of M chains (cut in two), W the mean variance within chains and B / N the variance of their
means::

    R-hat = sqrt(((N - 1) / N W + B / N) / W)
    rho_t = 1 - (W - mean autocovariance at lag t) / ((N - 1) / N W + B / N)
    size  = M N / (-1 + 2 sum (rho_2k + rho_2k+1)),  Geyer's initial monotone sequence
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats


@dataclass(frozen=True, slots=True)
class Mixing:
    """Of each parameter: rank-normalised split R-hat (the worse of location and scale), bulk and
    tail effective sample size.
    """

    rhat: Floats
    bulk: Floats
    tail: Floats

    @property
    def worst(self) -> tuple[float, float, float]:
        """The largest R-hat and the smallest sizes of all parameters."""
        return float(self.rhat.max()), float(self.bulk.min()), float(self.tail.min())


def mixing(draws: Floats) -> Mixing:
    """Rank-normalised diagnostics of draws (chains, draws, parameters), at least 4 draws a chain.

    A parameter that never moves has R-hat 1 and the number of draws as its sizes.
    """
    split = _split(np.asarray(draws, dtype=np.float64))
    ranked = _normal_scores(split)
    middle = np.median(split, axis=(0, 1))
    folded = _normal_scores(np.abs(split - middle))
    worst = np.maximum(rhat(ranked), rhat(folded))
    return Mixing(worst, effective(ranked), _tail_size(split))


def _tail_size(split: Floats) -> Floats:
    """The smaller size of the 5 % and 95 % quantiles, by the share of draws below each."""
    low, high = np.quantile(split, [0.05, 0.95], axis=(0, 1))
    below, above = (split <= end for end in (low, high))
    return np.minimum(effective(below.astype(np.float64)), effective(above.astype(np.float64)))


def rhat(split: Floats) -> Floats:
    """The square root of total over within-chain variance, of chains as they stand."""
    draws = split.shape[1]
    within = split.var(axis=1, ddof=1).mean(axis=0)
    between = split.mean(axis=1).var(axis=0, ddof=1)
    moves = within > 0
    ratio = (draws - 1) / draws + between / np.where(moves, within, 1.0)
    return np.where(moves, np.sqrt(ratio), 1.0)


def effective(split: Floats) -> Floats:
    """Effective sample size of chains as they stand: Geyer's initial monotone sequence on
    autocovariances over chains.
    """
    chains, draws, parameters = split.shape
    rho, moves = _autocorrelation(split)
    time = np.array([_geyer(rho[:, p]) for p in range(parameters)])
    most = chains * draws
    size = most / np.maximum(time, 1 / np.log10(most))
    return np.where(moves, size, float(most))


def _autocorrelation(split: Floats) -> tuple[Floats, Bools]:
    """The autocorrelations over all chains (lags, parameters), and which parameters move at all."""
    chains, draws, _ = split.shape
    covariance = _autocovariance(split)
    within = (covariance[:, 0] * draws / (draws - 1)).mean(axis=0)
    total = within * (draws - 1) / draws
    if chains > 1:
        total = total + split.mean(axis=1).var(axis=0, ddof=1)
    moves = total > 0
    rho = 1 - (within - covariance.mean(axis=0)) / np.where(moves, total, 1.0)
    rho[0] = 1.0
    return rho, moves


def _geyer(rho: Floats) -> float:
    """The integrated autocorrelation time, from sums of pairs of lags while they are positive, made
    monotone.
    """
    even = len(rho) // 2 * 2
    pairs = rho[:even:2] + rho[1:even:2]
    pairs = pairs[: max(len(pairs) - 1, 1)]
    negative = np.flatnonzero(pairs < 0)
    stop = int(negative[0]) if len(negative) else len(pairs)
    monotone = np.minimum.accumulate(pairs[:stop])
    rest = max(float(rho[2 * stop]), 0.0) if 2 * stop < len(rho) else 0.0
    return float(-1 + 2 * monotone.sum() + rest)


def _autocovariance(split: Floats) -> Floats:
    """Autocovariances (chains, lags, parameters), each sum over a lag divided by the number of
    draws.
    """
    draws = split.shape[1]
    length = 1 << (2 * draws - 1).bit_length()
    centred = split - split.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(centred, length, axis=1)
    return np.asarray(np.fft.irfft(np.abs(spectrum) ** 2, length, axis=1)[:, :draws] / draws)


def _split(draws: Floats) -> Floats:
    """Every chain cut in two; a middle draw is left out."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]], axis=0)


def _normal_scores(split: Floats) -> Floats:
    """The normal scores of the ranks over all chains; ties share their middle rank."""
    from scipy.special import ndtri

    flat = split.reshape(-1, split.shape[2])
    ranks = np.column_stack([_ranks(column) for column in flat.T])
    scores: Floats = ndtri((ranks - 0.375) / (len(flat) + 0.25))
    return scores.reshape(split.shape)


def _ranks(values: Floats) -> Floats:
    """Ranks from 1; ties share their middle rank."""
    ordered = np.sort(values)
    below, up_to = (np.searchsorted(ordered, values, side=side) for side in ("left", "right"))
    return np.asarray((below + up_to + 1) / 2)
