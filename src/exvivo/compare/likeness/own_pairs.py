"""Own pairs: are a donor's cultured cells more like that donor's own reference cells than like
those of other donors?
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations, product
from math import factorial, prod

import numpy as np

from exvivo.arrays import Bools, Floats, Ints, Texts
from exvivo.compare.likeness.profiles import FLAT, Profiles
from exvivo.compare.likeness.similar import correlations

_MOST_LISTED = 40320
"""Rearrangements of pairs up to which all of them are listed (8 donors)."""


@dataclass(frozen=True)
class Pairs:
    """The profiles of the same donors in cultured cells and one reference: `rows` of the donors.

    `gene_by_gene`: for each gene the correlation across donors. `own` and `others`: mean
    correlation over genes of a donor's profile with the donor's own reference and with those of the
    other donors of the group, each gene less its mean over the donors of the group. `p`: the share
    of rearrangements of the pairs within groups whose own-pair mean is as high; None where no
    permutation was asked for. `floor`: the smallest p that could be.
    """

    rows: Ints
    gene_by_gene: Floats
    own: float
    others: float
    p: float | None
    floor: float


def own_pairs(p: Profiles, name: str, groups: Texts, *, number: int, seed: int) -> Pairs | None:
    """Own pairs against shuffled pairs for a class; None where fewer than 3 donors of groups of two
    or more gave both.
    """
    given = p.own & p.of(name)
    rows = donors_with_own(given, groups)
    if rows.size < 3:
        return None
    groups = groups[rows]
    x = less_group_means(p.cultured[:, rows], groups)
    y = less_group_means(own_means(p, name, rows), groups)
    alike = np.nan_to_num(correlations(x, y))
    apart = others_of_group(groups)
    others = float(((alike * apart).sum(axis=0) / apart.sum(axis=0)).mean())
    own = float(np.trace(alike)) / rows.size
    share, floor = _share(alike, groups, number=number, seed=seed)
    return Pairs(rows, _gene_by_gene(x, y), own, others, share, floor)


def own_means(p: Profiles, name: str, rows: Ints) -> Floats:
    """The mean of what each donor in `rows` gave of a class (genes, donors)."""
    given = p.own[rows] & p.of(name)
    return np.asarray(p.references @ (given / given.sum(axis=1, keepdims=True)).T)


def others_of_group(groups: Texts) -> Bools:
    """Which two donors are different ones of one group (donors, donors)."""
    return np.asarray((groups[:, None] == groups) & ~np.eye(len(groups), dtype=np.bool_))


def donors_with_own(given: Bools, groups: Texts) -> Ints:
    """The donors with an own reference (donors, samples), in groups of two or more of them."""
    rows = np.flatnonzero(given.any(axis=1))
    _, at, counts = np.unique(groups[rows], return_inverse=True, return_counts=True)
    return rows[counts[at] > 1]


def less_group_means(values: Floats, groups: Texts) -> Floats:
    """Every gene less its mean over the donors of each group (genes, donors)."""
    less = values.copy()
    for group in np.unique(groups):
        less[:, groups == group] -= values[:, groups == group].mean(axis=1, keepdims=True)
    return less


def _gene_by_gene(x: Floats, y: Floats) -> Floats:
    """Correlation across donors of every gene that varies in both."""
    size = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
    varied = size > FLAT
    return np.asarray((x[varied] * y[varied]).sum(axis=1) / size[varied])


def _share(alike: Floats, groups: Texts, *, number: int, seed: int) -> tuple[float | None, float]:
    """The one-sided permutation p value of the own pairs, and the smallest it could be."""
    members = [np.flatnonzero(groups == group) for group in dict.fromkeys(groups.tolist())]
    ways = prod(factorial(len(rows)) for rows in members)
    if not number:
        return None, 1 / ways
    # Sums that agree to rounding count as equal.
    observed = float(np.trace(alike)) - 1e-10 * len(alike)
    if ways <= _MOST_LISTED:
        sums = [_all_sums(alike[np.ix_(rows, rows)]) for rows in members]
        as_high = sum(float(sum(parts)) >= observed for parts in product(*sums))
        return as_high / ways, 1 / ways
    totals = _drawn_sums(alike, members, number, np.random.default_rng([seed, len(groups)]))
    return float((totals >= observed).sum() + 1) / (number + 1), 1 / (number + 1)


def _drawn_sums(
    alike: Floats, members: Sequence[Ints], number: int, rng: np.random.Generator
) -> Floats:
    """The sum over the pairs in each of `number` random rearrangements within groups."""
    totals = np.zeros(number)
    for rows in members:
        orders = np.argsort(rng.random((number, len(rows))), axis=1)
        totals += alike[rows[None, :], rows[orders]].sum(axis=1)
    return totals


def _all_sums(alike: Floats) -> list[float]:
    """The sum over the pairs in every rearrangement of one group."""
    orders = np.array(list(permutations(range(len(alike)))), dtype=np.intp)
    return [float(total) for total in alike[np.arange(len(alike)), orders].sum(axis=1)]
