"""Several analytes of the same donors compared between two groups, with p values that know of one
another.

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
from itertools import combinations, product
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
    if values.ndim != 2 or first.shape != (len(values),) or not 0 < int(first.sum()) < len(first):
        raise ValueError(
            f"values {values.shape} and groups {first.shape} are not a family of two groups"
        )
    order, layout = _layout(first, strata)
    exact = prod(comb(n, k) for n, k in layout) <= MOST_LISTED
    marks = _listed(layout) if exact else _drawn(layout, number, seed)
    observed = first[order].astype(np.float64)[None]
    t = _welch(values[order], np.concatenate([observed, marks]))
    there = ~np.isnan(t[0])
    sizes = np.nan_to_num(np.abs(t[:, there]), nan=0.0)
    own, adjusted = _tails(sizes[0], sizes[1:], exact=exact)
    p, raised = np.full(len(there), np.nan), np.full(len(there), np.nan)
    p[there], raised[there] = own, adjusted
    return Family(t[0], p, raised, exact)


def _tails(observed: Floats, drawn: Floats, *, exact: bool) -> tuple[Floats, Floats]:
    """Each analyte's own p value, and those stepped down from the largest statistic to the
    smallest.
    """
    order = np.argsort(-observed, kind="stable")
    ranked = drawn[:, order]
    most = np.maximum.accumulate(ranked[:, ::-1], axis=1)[:, ::-1]
    reached = observed[order] * (1 - _TOLERANCE)
    counts = np.stack([(ranked >= reached).sum(axis=0), (most >= reached).sum(axis=0)]).astype(
        np.float64
    )
    shares = counts / len(drawn) if exact else (counts + 1) / (len(drawn) + 1)
    shares[1] = np.maximum.accumulate(shares[1])
    back = np.argsort(order, kind="stable")
    return shares[0, back], shares[1, back]


def _welch(values: Floats, marks: Floats) -> Floats:
    """Welch's t of every analyte for every set of marks (sets, donors) -> (sets, analytes); NaN
    with one donor or none.
    """
    there = ~np.isnan(values)
    count = np.maximum(there.sum(axis=0), 1)
    centred = np.where(there, values - np.where(there, values, 0.0).sum(axis=0) / count, 0.0)
    spread = np.sqrt((centred**2).sum(axis=0) / count)
    centred = centred / np.where(spread > 0, spread, 1.0)
    parts = np.concatenate([there, centred, centred**2], axis=1)
    whole = parts.sum(axis=0)
    mine = marks @ parts
    n, total, square = np.split(mine, 3, axis=1)
    m, other, rest = np.split(whole - mine, 3, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (square - total**2 / n) / (n * (n - 1)) + (rest - other**2 / m) / (m * (m - 1))
        t = (total / n - other / m) / np.sqrt(np.maximum(variance, _TOLERANCE**2))
    return np.where((n > 1.5) & (m > 1.5), t, np.nan)


Layout = tuple[tuple[int, int], ...]
"""Donors of each stratum, and how many of them are of the first group."""


def _layout(first: Bools, strata: npt.NDArray[np.generic] | None) -> tuple[Ints, Layout]:
    """The donors stratum by stratum, and the strata."""
    if strata is None:
        return np.arange(len(first)), ((len(first), int(first.sum())),)
    if strata.shape != first.shape:
        raise ValueError(f"strata {strata.shape} for {first.shape} donors")
    _, at = np.unique(strata, return_inverse=True)
    sizes, mine = np.bincount(at), np.bincount(at, weights=first)
    return np.argsort(at, kind="stable"), tuple(
        (int(n), int(k)) for n, k in zip(sizes, mine, strict=True)
    )


@lru_cache(maxsize=8)
def _listed(layout: Layout) -> Floats:
    """Every rearrangement within the strata, as marks (sets, donors)."""
    starts = np.cumsum([0, *(n for n, _ in layout)])
    each = [
        list(combinations(range(s, s + n), k))
        for s, (n, k) in zip(starts.tolist(), layout, strict=False)
    ]
    marks = np.zeros((prod(map(len, each)), int(starts[-1])))
    for row, chosen in enumerate(product(*each)):
        marks[row, [donor for part in chosen for donor in part]] = 1.0
    return marks


@lru_cache(maxsize=8)
def _drawn(layout: Layout, number: int, seed: int) -> Floats:
    """Random rearrangements within the strata, the same for every family of the same layout."""
    rng = np.random.default_rng([seed, *(size for stratum in layout for size in stratum)])
    parts = []
    for n, k in layout:
        chosen = np.argsort(rng.random((number, n), dtype=np.float32), axis=1, kind="stable")[:, :k]
        marks = np.zeros((number, n))
        np.put_along_axis(marks, chosen, 1.0, axis=1)
        parts.append(marks)
    return np.concatenate(parts, axis=1)
