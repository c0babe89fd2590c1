"""Several analytes of the same donors compared between two groups, with p values that take
account of one another.

Westfall and Young's step-down max T (1993, ISBN 0-471-55761-7; algorithm of Ge, Dudoit and Speed
2003, doi 10.1007/BF02595811): donors change groups as whole people, so what the analytes have in
common stays, and related analytes cost less than Holm's correction takes. The statistic is Welch's
t, which keeps analytes of unequal spread on one scale.

When not to use: where a smaller group is much the wider one it claims too much (14 v 10 with twice
the spread: any false claim of five in 8 studies of 100, not 5); errors that donors share are
unknown to it; with fewer than four donors a group there are too few rearrangements for a small p
value; where many donors are undetected, give scores (`ranks.gehan_scores`) instead of values;
missing results must not depend on the group.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations, product
from math import comb, prod

import numpy as np
import numpy.typing as npt

from exvivo.arrays import Bools, Floats, Ints

MOST_LISTED = 20_000
"""Rearrangements up to which all are listed, whatever number was asked for."""
_TOLERANCE = 1e-10


@dataclass(frozen=True)
class Family:
    """Welch's `t` of each analyte, its own permutation `p`, and the p value `adjusted` for all
    analytes of the family.

    Each is an array (analytes,), NaN for an analyte with fewer than two donors in a group. `exact`:
    all rearrangements were listed.
    """

    t: Floats
    p: Floats
    adjusted: Floats
    exact: bool


def max_t(
    values: Floats,
    first: Bools,
    *,
    number: int,
    seed: int,
    strata: npt.NDArray[np.generic] | None = None,
) -> Family:
    """Two-sided p values of a family of analytes, `values` (donors, analytes), NaN where a donor
    has no result.

    `first` (donors,) marks the donors of the first group. `strata` (donors,) are batches or plates
    within which donors may change places; none: everywhere. All rearrangements are listed where
    there are at most `MOST_LISTED` of them, else `number` are drawn with `seed`. Raises ValueError
    where a group is empty or shapes differ.
    """
    _check(values, first)
    order, layout = _layout(first, strata)
    exact = prod(comb(n, k) for n, k in layout) <= MOST_LISTED
    marks = _listed(layout) if exact else _drawn(layout, number, seed)
    observed = first[order].astype(np.float64)[None]
    t = _welch(values[order], np.concatenate([observed, marks]))
    given = ~np.isnan(t[0])
    sizes = np.nan_to_num(np.abs(t[:, given]), nan=0.0)
    p = np.full((2, len(given)), np.nan)
    p[:, given] = _tails(sizes[0], sizes[1:], exact=exact)
    return Family(t[0], p[0], p[1], exact)


def _check(values: Floats, first: Bools) -> None:
    """Raise ValueError where these are not two groups of donors with several results each."""
    if values.ndim != 2 or first.shape != (len(values),) or not 0 < int(first.sum()) < len(first):
        raise ValueError(
            f"values {values.shape} and groups {first.shape} are not a family of two groups"
        )


def _tails(observed: Floats, drawn: Floats, *, exact: bool) -> Floats:
    """Each analyte's own p value, and those stepped down from the largest statistic to the
    smallest: (2, analytes).
    """
    order = np.argsort(-observed, kind="stable")
    ranked = drawn[:, order]
    # The largest statistic among an analyte and those that rank behind it, in each arrangement.
    largest = np.maximum.accumulate(ranked[:, ::-1], axis=1)[:, ::-1]
    threshold = observed[order] * (1 - _TOLERANCE)
    counts = np.stack([ranked >= threshold, largest >= threshold]).sum(axis=1).astype(np.float64)
    p: Floats = counts / len(drawn) if exact else (counts + 1) / (len(drawn) + 1)
    # Step down: no adjusted p value is below that of a larger statistic.
    p[1] = np.maximum.accumulate(p[1])
    return p[:, np.argsort(order, kind="stable")]


def _welch(values: Floats, marks: Floats) -> Floats:
    """Welch's t of every analyte for every set of marks (sets, donors) -> (sets, analytes); NaN
    with one donor or none.
    """
    given = ~np.isnan(values)
    scores = _standardised(values, given)
    parts = np.concatenate([given, scores, scores**2], axis=1)
    in_first = marks @ parts
    with np.errstate(divide="ignore", invalid="ignore"):
        n, mean, variance = _moments(in_first)
        m, mean_of_rest, variance_of_rest = _moments(parts.sum(axis=0) - in_first)
        error = np.sqrt(np.maximum(variance + variance_of_rest, _TOLERANCE**2))
        t = (mean - mean_of_rest) / error
    return np.where((n > 1.5) & (m > 1.5), t, np.nan)


def _standardised(values: Floats, given: Bools) -> Floats:
    """Each analyte with mean 0 and standard deviation 1 over its donors; 0 where there is no
    result.
    """
    n = np.maximum(given.sum(axis=0), 1)
    centred = np.where(given, values - np.where(given, values, 0.0).sum(axis=0) / n, 0.0)
    sd = np.sqrt((centred**2).sum(axis=0) / n)
    return np.asarray(centred / np.where(sd > 0, sd, 1.0))


def _moments(sums: Floats) -> tuple[Floats, Floats, Floats]:
    """The number, the mean and the variance of the mean, from sums of ones, values and squares."""
    n, total, square = np.split(sums, 3, axis=1)
    return n, total / n, (square - total**2 / n) / (n * (n - 1))


Layout = tuple[tuple[int, int], ...]
"""Donors of each stratum, and how many of them are of the first group."""


def _layout(first: Bools, strata: npt.NDArray[np.generic] | None) -> tuple[Ints, Layout]:
    """The donors stratum by stratum, and the strata."""
    if strata is None:
        return np.arange(len(first)), ((len(first), int(first.sum())),)
    if strata.shape != first.shape:
        raise ValueError(f"strata {strata.shape} for {first.shape} donors")
    _, at = np.unique(strata, return_inverse=True)
    sizes = np.bincount(at).tolist()
    in_first = np.bincount(at, weights=first).astype(np.intp).tolist()
    return np.argsort(at, kind="stable"), tuple(zip(sizes, in_first, strict=True))


@lru_cache(maxsize=8)
def _listed(layout: Layout) -> Floats:
    """Every rearrangement within the strata, as marks (sets, donors)."""
    choices, start = [], 0
    for n, k in layout:
        choices.append(list(combinations(range(start, start + n), k)))
        start += n
    marks = np.zeros((prod(map(len, choices)), start))
    for row, chosen in zip(marks, product(*choices), strict=True):
        row[list(chain(*chosen))] = 1.0
    return marks


@lru_cache(maxsize=8)
def _drawn(layout: Layout, number: int, seed: int) -> Floats:
    """Random rearrangements within the strata, the same for every family of the same layout."""
    rng = np.random.default_rng([seed, *chain(*layout)])
    parts = [_drawn_in_stratum(n, k, number, rng) for n, k in layout]
    return np.concatenate(parts, axis=1)


def _drawn_in_stratum(n: int, k: int, number: int, rng: np.random.Generator) -> Floats:
    """Marks (sets, n) of k donors of one stratum, drawn for each set."""
    chosen = np.argsort(rng.random((number, n), dtype=np.float32), axis=1, kind="stable")[:, :k]
    marks = np.zeros((number, n))
    np.put_along_axis(marks, chosen, 1.0, axis=1)
    return marks
