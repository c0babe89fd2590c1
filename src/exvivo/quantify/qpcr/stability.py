"""How still reference genes hold, from log2 quantities (samples, genes): geNorm, NormFinder, and
what a mean of genes carries.

Every function sees only differences between genes of one sample, so the amount of cDNA and a
constant per gene do not matter. None of them can tell a gene that moves from all others that move
together.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from exvivo.arrays import Floats, Ints

GENORM = "geNorm, doi 10.1186/gb-2002-3-7-research0034"
NORMFINDER = "NormFinder, doi 10.1158/0008-5472.CAN-04-0496"
_TIED = 1e-9
"""Two M (log2) closer than this are equal: rounding must not rank genes."""
FEWEST_DF = 5
"""Degrees of freedom from which an estimated variance is carried as an error."""


@dataclass(frozen=True)
class Genorm:
    """`m` of each gene among all; `rank` (1: most stable); `variation` as (n, next n, V) for the
    best n genes.

    The last genes that cannot be told apart share rank 1, always at least two.
    """

    m: Floats
    rank: Ints
    variation: tuple[tuple[int, int, float], ...]


def genorm_m(y: Floats) -> Floats:
    """M of each gene: the mean over the other genes of the SD of their log ratio (Vandesompele
    2002, needs two genes).

    doi 10.1186/gb-2002-3-7-research0034.

    >>> genorm_m(np.array([[0.0, 0.0], [0.0, 2.0], [0.0, 4.0]]))
    array([2., 2.])
    """
    return np.asarray(ratio_sd(y).sum(axis=1) / (y.shape[1] - 1))


def ratio_sd(y: Floats) -> Floats:
    """The SD over the samples of the log ratio of each two genes, (genes, genes)."""
    return np.asarray((y[:, :, None] - y[:, None, :]).std(axis=0, ddof=1))


def genorm(y: Floats) -> Genorm:
    """M, the order in which genes are excluded, worst first, and the pairwise variation V between
    successive sets.

    Genes that tie for the worst leave together; where fewer than two would be left, all that are
    remain share rank 1. V is the SD over samples of the log ratio of the two normalisation factors
    (means of log2 quantities).
    """
    rank = np.ones(y.shape[1], dtype=np.int64)
    genes = np.arange(y.shape[1])
    sets = [genes]
    while genes.size > 2:
        m = genorm_m(y[:, genes])
        worst = m >= m.max() - _TIED
        remaining = genes[~worst]
        if remaining.size < 2:
            break
        rank[genes[worst]] = remaining.size + 1
        genes = remaining
        sets.append(genes)
    steps = pairwise(reversed(sets))
    return Genorm(
        genorm_m(y), rank, tuple(_variation(y[:, few], y[:, more]) for few, more in steps)
    )


def _variation(few: Floats, more: Floats) -> tuple[int, int, float]:
    """The sizes of two sets of genes and V, the SD of the log ratio of their means."""
    ratio = few.mean(axis=1) - more.mean(axis=1)
    return few.shape[1], more.shape[1], float(ratio.std(ddof=1))


def specific_variance(y: Floats) -> Floats:
    """The variance of each gene beyond what its sample does to all genes (Andersen 2004,
    supplement; three genes or more).

    It is unbiased, so it may come out below zero for the most stable genes.
    """
    n, k = y.shape
    residual = _doubly_centred(y)
    raw = (residual**2).sum(axis=0) / ((n - 1) * (1 - 2 / k))
    return np.asarray(raw - raw.sum() / (k * (k - 1)))


def normfinder(y: Floats, group: Ints | None = None) -> Floats:
    """Rho of each gene (log2, lower is more stable): its SD within groups joined with its shift
    between groups.

    Without groups the SD alone. `group` numbers the samples' groups from 0, each with two samples
    or more; three genes or more. Shifts are shrunk by what chance alone would give, then averaged
    over the groups with their error (Andersen 2004, doi 10.1158/0008-5472.CAN-04-0496).
    """
    if group is None or np.unique(group).size < 2:
        return np.sqrt(_positive(specific_variance(y)))
    parts = [y[group == number] for number in np.unique(group)]
    variance = np.array([_positive(specific_variance(part)) / len(part) for part in parts])
    # z: what a gene does in a group beyond its mean, the group's and the whole.
    shift = _doubly_centred(np.array([part.mean(axis=0) for part in parts]))
    # gamma^2: variance of those shifts beyond their error.
    between = (shift**2).sum() / ((len(parts) - 1) * (y.shape[1] - 1)) - variance.mean()
    if between <= 0:
        return np.asarray(np.sqrt(variance).mean(axis=0))
    shrinkage = between / (between + variance)
    rho = np.abs(shift) * shrinkage + np.sqrt(variance * (1 + shrinkage))
    return np.asarray(rho.mean(axis=0))


def variance_of_mean(y: Floats, stratum: Ints) -> tuple[float, int]:
    """The variance that genes of their own give the mean of all genes of a sample, and its degrees
    of freedom.

    With gene g of sample s at level + a_s + e_sg, the mean over k genes is off by the mean of the
    e, with variance (sum of the genes' variances) / k^2. The genes' deviations from the sample's
    mean have expected squares of (1 - 1/k) times that sum, so the variance is their sum of squares
    over (degrees of freedom) k (k - 1): it needs two genes, not three, since only the sum is asked
    for and not which gene it is. Deviations are taken from each gene's mean in its stratum: what a
    gene does in all samples of a condition is a bias to be shown, not scatter. NaN with fewer than
    two genes or without degrees of freedom.
    """
    k = y.shape[1]
    _, stratum, counts = np.unique(stratum, return_inverse=True, return_counts=True)
    df = len(y) - counts.size
    if k < 2 or df < 1:
        return float("nan"), max(df, 0)
    deviation = y - y.mean(axis=1, keepdims=True)
    sums = np.array([np.bincount(stratum, weights=column) for column in deviation.T]).T
    within = deviation - (sums / counts[:, None])[stratum]
    return float((within**2).sum() / (df * k * (k - 1))), df


def _positive(variance: Floats) -> Floats:
    return np.maximum(variance, 0.0)


def _doubly_centred(y: Floats) -> Floats:
    return np.asarray(y - y.mean(axis=0) - y.mean(axis=1, keepdims=True) + y.mean())
