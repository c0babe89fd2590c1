"""How alike profiles of gene expression are, in what tells the references from one another.

Two cells of a lineage share most of what they express, and genes differ far more than cells do:
their plain gene by gene correlation is high whatever they are. So each gene is compared with its
mean over the reference classes, every class weighted alike, and only what is left is correlated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations, product
from math import factorial, prod
from typing import Any, NamedTuple, TypeVar

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats, Ints, Texts
from exvivo.errors import Bug

FEWEST_GENES = 10
"""Genes from which profiles are compared."""
_MOST_LISTED = 40320
"""Rearrangements of pairs up to which all of them are listed (8 donors)."""
_FLAT = 1e-9
"""The spread of a profile below which it has none."""


@dataclass(frozen=True)
class Profiles:
    """The log2 expression of the same genes in cultured cells and references, technical repeats
    averaged.

    cultured (genes, donors); references (genes, people), each with its class in `classes` and its
    name (CELL:NAME) in `people`. `own` marks, for every donor, the reference samples that the donor
    gave. `asked` are the genes wanted, `missing` those that a table lacks or that were not measured
    in every sample, `constant` those with the same value everywhere. `libraries` are the smallest
    and largest sum of counts, where the tables are counts.
    """

    genes: tuple[str, ...]
    donors: tuple[str, ...]
    cultured: Floats
    classes: tuple[str, ...]
    people: tuple[str, ...]
    references: Floats
    own: Bools
    asked: int
    missing: tuple[str, ...] = ()
    constant: tuple[str, ...] = ()
    libraries: tuple[float, float] | None = None
    fewest_rows: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The reference classes, in the order of the file."""
        return tuple(dict.fromkeys(self.classes))

    def of(self, name: str) -> Bools:
        """Which reference samples are of a class."""
        return np.array([one == name for one in self.classes])


def profiles_of(frame: pl.DataFrame, wanted: Sequence[str]) -> Profiles:
    """PROFILES of one question, which hold cultured cells and references, as arrays.

    `wanted` are the marker genes; none for all genes in both tables.
    """
    cultured, references = (_table(frame, role) for role in ("cultured", "reference"))
    asked = list(dict.fromkeys(wanted) or dict.fromkeys((*cultured.genes, *references.genes)))
    genes = _sorted_out(asked, cultured, references)
    donors, x = _averaged([str(one.donor) for one in cultured.people], cultured.of(genes.compared))
    people, y = _averaged(references.people, references.of(genes.compared))
    sums = (*cultured.libraries, *references.libraries)
    return Profiles(
        genes=genes.compared,
        donors=tuple(donors),
        cultured=x,
        classes=tuple(person.cell for person in people),
        people=tuple(person.label for person in people),
        references=y,
        own=_own(donors, people),
        asked=len(asked),
        missing=genes.missing,
        constant=genes.constant,
        libraries=(min(sums), max(sums)) if sums else None,
        fewest_rows=min(len(cultured.at), len(references.at)),
    )


@dataclass(frozen=True)
class _Genes:
    """The genes that are compared, those that are not measured everywhere and those that are the
    same everywhere.
    """

    compared: tuple[str, ...]
    missing: tuple[str, ...]
    constant: tuple[str, ...]


def _sorted_out(asked: Sequence[str], cultured: _Table, references: _Table) -> _Genes:
    """Which of the genes asked for can be compared."""
    shared = [gene for gene in asked if gene in cultured.at and gene in references.at]
    both = np.hstack([cultured.of(shared), references.of(shared)])
    measured: Bools = np.asarray(np.isfinite(both).all(axis=1))
    constant: Bools = np.asarray(measured & (np.ptp(both, axis=1) < _FLAT))
    in_both = set(_marked(shared, measured))
    return _Genes(
        compared=_marked(shared, measured & ~constant),
        missing=tuple(gene for gene in asked if gene not in in_both),
        constant=_marked(shared, constant),
    )


def _own(donors: Sequence[str], people: Sequence[_Person]) -> Bools:
    """Which reference samples each donor gave (donors, people)."""
    givers = np.array([person.donor for person in people], dtype=np.object_)
    return np.asarray(np.array(donors, dtype=np.object_)[:, None] == givers, dtype=np.bool_)


def _marked(genes: Sequence[str], marks: Bools) -> tuple[str, ...]:
    """The genes that are marked."""
    return tuple(gene for gene, marked in zip(genes, marks, strict=True) if marked)


class _Person(NamedTuple):
    """Who gave cells of a class: a donor of the study, or else the sample's own name."""

    cell: str
    donor: str | None
    name: str

    @property
    def label(self) -> str:
        """CELL:DONOR, or the name of the sample."""
        return self.name if self.donor is None else f"{self.cell}:{self.donor}"


@dataclass(frozen=True)
class _Table:
    """One table of PROFILES: values (genes, samples) on log2 scale, and who gave each sample;
    `at` is where each gene stands.
    """

    genes: tuple[str, ...]
    at: dict[str, int]
    values: Floats
    people: tuple[_Person, ...]
    libraries: tuple[float, ...]

    def of(self, genes: Sequence[str]) -> Floats:
        """The rows of some genes."""
        return np.asarray(self.values[[self.at[gene] for gene in genes]])


def _table(frame: pl.DataFrame, role: str) -> _Table:
    """The rows of PROFILES with a role. Counts become log2(CPM + 1), counts per million of the sum
    of their sample.
    """
    rows = frame.filter(pl.col("role") == role).rows(named=True)
    genes = rows[0]["genes"] if rows else []
    if any(row["genes"] != genes for row in rows):
        raise Bug("profiles: samples of one table have other genes")
    values = np.array([row["values"] for row in rows], dtype=np.float64)
    values = values.reshape(len(rows), len(genes)).T
    sums = np.nansum(values, axis=0) if rows and rows[0]["scale"] == "counts" else None
    return _Table(
        genes=tuple(genes),
        at={gene: i for i, gene in enumerate(genes)},
        values=values if sums is None else np.log2(1e6 * values / sums + 1),
        people=tuple(map(_person, rows)),
        libraries=() if sums is None else tuple(map(float, sums)),
    )


def _person(row: dict[str, Any]) -> _Person:
    """Who gave a sample; samples of one donor and class are averaged."""
    donor = row["donor"]
    return _Person(str(row["cell_type"]), donor, row["sample"] if donor is None else "")


Key = TypeVar("Key")


def _averaged(keys: Sequence[Key], values: Floats) -> tuple[list[Key], Floats]:
    """The mean of the columns of each key, in the order in which the keys first come."""
    once = list(dict.fromkeys(keys))
    chosen = [[i for i, key in enumerate(keys) if key == one] for one in once]
    means = [values[:, columns].mean(axis=1) for columns in chosen]
    return once, np.array(means, dtype=np.float64).reshape(len(once), len(values)).T


def similarities(p: Profiles, *, without: int | None = None) -> Floats:
    """Similarity of every donor's profile to every class (donors, classes): Pearson's r of centred
    genes; NaN where there is none.

    A donor's own reference samples take no part in the class the donor is compared with, as long as
    others gave that class; `without` leaves out one more reference sample.
    """
    everyone = np.ones(len(p.people), dtype=np.bool_)
    if without is not None:
        everyone[without] = False
    similar = _similar(p.cultured, class_means(p, everyone))
    for donor in np.flatnonzero(p.own.any(axis=1)):
        means = class_means(p, everyone & ~p.own[donor])
        similar[donor] = _similar(p.cultured[:, [donor]], means)[0]
    return similar


def class_means(p: Profiles, kept: Bools) -> Floats:
    """Mean profile of every class over the reference samples kept, or over all of a class none of
    whose samples is.
    """
    return np.column_stack([_class_mean(p, p.of(name), kept) for name in p.names])


def _class_mean(p: Profiles, members: Bools, kept: Bools) -> Floats:
    """Mean profile of one class."""
    chosen = members & kept if (members & kept).any() else members
    return np.asarray(p.references[:, chosen].mean(axis=1))


def _similar(cultured: Floats, means: Floats) -> Floats:
    centre = means.mean(axis=1, keepdims=True)
    return correlations(cultured - centre, means - centre)


def correlations(x: Floats, y: Floats) -> Floats:
    """Pearson's r of every column of x with every column of y; NaN for a column without spread."""
    unit_x, unit_y = _unit_columns(x), _unit_columns(y)
    return np.asarray(np.clip(unit_x.T @ unit_y, -1.0, 1.0))


def _unit_columns(columns: Floats) -> Floats:
    """Columns less their mean, of length 1; NaN where they have no spread."""
    centred = columns - columns.mean(axis=0)
    norm = np.linalg.norm(centred, axis=0)
    return np.asarray(centred / np.where(norm > _FLAT, norm, np.nan))


def pooled(p: Profiles) -> Floats:
    """Pearson's r of all genes of all donors, not centred, with the mean profile of every class
    (classes,).
    """
    means = class_means(p, np.ones(len(p.people), dtype=np.bool_))
    each = np.repeat(means, len(p.donors), axis=0)
    return np.asarray(correlations(p.cultured.reshape(-1, 1), each)[0])


@dataclass(frozen=True)
class Pairs:
    """The profiles of the same donors in cultured cells and one reference: `rows` of the donors.

    `gene_by_gene`: for each gene the correlation across donors. `own` and `others`: mean
    correlation over genes of a donor's profile with the donor's own reference and with those of
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
    rows = _donors_with_own(given, groups)
    if rows.size < 3:
        return None
    groups = groups[rows]
    x = _less_group_means(p.cultured[:, rows], groups)
    y = _less_group_means(p.references[:, given[rows].argmax(axis=1)], groups)
    alike = np.nan_to_num(correlations(x, y))
    # Pairs of two donors of one group.
    apart = (groups[:, None] == groups[None, :]) & ~np.eye(rows.size, dtype=np.bool_)
    own = float(np.trace(alike)) / rows.size
    share, floor = _share(alike, groups, number=number, seed=seed)
    return Pairs(rows, _gene_by_gene(x, y), own, float(alike[apart].mean()), share, floor)


def _donors_with_own(given: Bools, groups: Texts) -> Ints:
    """The donors with an own reference, in groups of two or more of them."""
    rows = np.flatnonzero(given.any(axis=1))
    _, at, counts = np.unique(groups[rows], return_inverse=True, return_counts=True)
    return rows[counts[at] > 1]


def _less_group_means(values: Floats, groups: Texts) -> Floats:
    less = values.copy()
    for group in np.unique(groups):
        less[:, groups == group] -= values[:, groups == group].mean(axis=1, keepdims=True)
    return less


def _gene_by_gene(x: Floats, y: Floats) -> Floats:
    """Correlation across donors of every gene that varies in both."""
    size = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
    varied = size > _FLAT
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
