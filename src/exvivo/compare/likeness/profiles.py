"""The expression of cultured cells and of reference cells as arrays: the genes that are compared,
and both tables whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats
from exvivo.errors import Bug

FEWEST_GENES = 10
"""Genes from which profiles are compared."""
FLAT = 1e-9
"""The spread of a profile below which it has none."""


class Person(NamedTuple):
    """Who gave a sample of cells and how it was made: cells of one person, batch and condition are
    averaged. `donor` is who gave them where that is known; else each sample, by its `name`, counts
    as a person of its own.
    """

    cell: str
    donor: str | None
    name: str
    batch: str = ""
    condition: str = ""

    @property
    def giver(self) -> str:
        """The donor, or else the sample."""
        return self.name if self.donor is None else self.donor

    @property
    def label(self) -> str:
        """CELL:DONOR, or the name of the sample."""
        return self.name if self.donor is None else f"{self.cell}:{self.donor}"


@dataclass(frozen=True)
class Expression:
    """One table whole: `values` (genes, people) on log2 scale, NaN where a gene was not measured;
    `at` is where each gene stands. `libraries` are the sums of counts of its samples, `batches`
    those that are declared of any.
    """

    genes: tuple[str, ...]
    values: Floats
    people: tuple[Person, ...]
    libraries: tuple[float, ...] = ()
    batches: frozenset[str] = frozenset()

    @property
    def at(self) -> dict[str, int]:
        """The row of each gene."""
        return {gene: i for i, gene in enumerate(self.genes)}

    def of(self, genes: Iterable[str]) -> Floats:
        """The rows of some genes."""
        at = self.at
        return np.asarray(self.values[[at[gene] for gene in genes]])


@dataclass(frozen=True)
class Profiles:
    """The log2 expression of the same genes in cultured cells and references, technical repeats
    averaged.

    cultured (genes, donors); references (genes, people), each with its class in `classes` and who
    it is of in `people`. `own` marks, for every donor, the reference samples that the donor gave.
    `asked` are the genes wanted, `missing` those that a table lacks or that were not measured in
    every sample, `constant` those with the same value in every sample of a table, and of
    the other. `whole` are both tables with all
    their genes, people in the same order.
    """

    genes: tuple[str, ...]
    donors: tuple[str, ...]
    cultured: Floats
    classes: tuple[str, ...]
    people: tuple[Person, ...]
    references: Floats
    own: Bools
    asked: int
    whole: tuple[Expression, Expression]
    missing: tuple[str, ...] = ()
    constant: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The reference classes, in the order of the file."""
        return tuple(dict.fromkeys(self.classes))

    @property
    def libraries(self) -> tuple[float, float] | None:
        """The smallest and largest sum of counts, where the tables are counts."""
        sums = [total for table in self.whole for total in table.libraries]
        return (min(sums), max(sums)) if sums else None

    @property
    def fewest_rows(self) -> int:
        """The genes of the smaller table."""
        return min(len(table.genes) for table in self.whole)

    @property
    def givers(self) -> tuple[str, ...]:
        """Who gave each reference sample; the unit of what the references vary by."""
        return tuple(person.giver for person in self.people)

    def of(self, name: str) -> Bools:
        """Which reference samples are of a class."""
        return np.array([one == name for one in self.classes])

    def first_of(self, name: str) -> Person:
        """One who gave a class: what its kind of cell and its condition are called."""
        return self.people[self.classes.index(name)]

    def condition_of(self, name: str) -> str:
        """The condition of a class; empty where none is declared."""
        return self.first_of(name).condition


def profiles_of(frame: pl.DataFrame, wanted: Sequence[str]) -> Profiles:
    """PROFILES of one question, which hold cultured cells and references, as arrays.

    `wanted` are the marker genes; none for all genes in both tables.
    """
    cultured, references = (_averaged(_table(frame, role)) for role in ("cultured", "reference"))
    asked = list(dict.fromkeys(wanted) or dict.fromkeys((*cultured.genes, *references.genes)))
    genes = _sorted_out(asked, cultured, references)
    donors = tuple(str(person.donor) for person in cultured.people)
    return Profiles(
        genes=genes.compared,
        donors=donors,
        cultured=cultured.of(genes.compared),
        classes=_classes(references.people),
        people=references.people,
        references=references.of(genes.compared),
        own=_own(donors, references.people),
        asked=len(asked),
        whole=(cultured, references),
        missing=genes.missing,
        constant=genes.constant,
    )


def with_genes(profiles: Profiles, genes: Sequence[str]) -> Profiles:
    """The same people compared over other genes; none for all genes of both tables."""
    cultured, references = profiles.whole
    asked = list(genes) or list(dict.fromkeys((*cultured.genes, *references.genes)))
    chosen = _sorted_out(asked, cultured, references)
    return Profiles(
        genes=chosen.compared,
        donors=profiles.donors,
        cultured=cultured.of(chosen.compared),
        classes=profiles.classes,
        people=profiles.people,
        references=references.of(chosen.compared),
        own=profiles.own,
        asked=len(asked),
        whole=profiles.whole,
        missing=chosen.missing,
        constant=chosen.constant,
    )


def nobodys(profiles: Profiles) -> Profiles:
    """The same as if the references were of other people than the donors."""
    return replace(profiles, own=np.zeros_like(profiles.own))


@dataclass(frozen=True)
class _Genes:
    """The genes that are compared, those that are not measured everywhere and those that are the
    same everywhere.
    """

    compared: tuple[str, ...]
    missing: tuple[str, ...]
    constant: tuple[str, ...]


def _sorted_out(asked: Sequence[str], cultured: Expression, references: Expression) -> _Genes:
    """Which of the genes asked for can be compared."""
    in_cultured, in_references = cultured.at, references.at
    shared = [gene for gene in asked if gene in in_cultured and gene in in_references]
    tables = [cultured.of(shared), references.of(shared)]
    measured: Bools = np.logical_and.reduce([np.isfinite(each).all(axis=1) for each in tables])
    # In each table alone: a gene that is silent everywhere is, whatever silent is in either.
    same = [np.ptp(each, axis=1) < FLAT for each in tables]
    constant: Bools = measured & same[0] & same[1]
    in_both = set(compress(shared, measured.tolist()))
    return _Genes(
        compared=tuple(compress(shared, (measured & ~constant).tolist())),
        missing=tuple(gene for gene in asked if gene not in in_both),
        constant=tuple(compress(shared, constant.tolist())),
    )


def _own(donors: Sequence[str], people: Sequence[Person]) -> Bools:
    """Which reference samples each donor gave (donors, people)."""
    givers = np.array([person.donor for person in people], dtype=np.object_)
    return np.asarray(np.array(donors, dtype=np.object_)[:, None] == givers, dtype=np.bool_)


def _classes(people: Sequence[Person]) -> tuple[str, ...]:
    """The class of each reference: its kind of cell, with its condition where the kind is there in
    several: `monocyte`, `monocyte, LPS`.
    """
    conditions: dict[str, set[str]] = {}
    for person in people:
        conditions.setdefault(person.cell, set()).add(person.condition)
    return tuple(
        f"{person.cell}, {person.condition}"
        if person.condition and len(conditions[person.cell]) > 1
        else person.cell
        for person in people
    )


def _table(frame: pl.DataFrame, role: str) -> Expression:
    """The rows of PROFILES with a role. Counts become log2(CPM + 1), counts per million of the sum
    of their sample.
    """
    table = frame.filter(pl.col("role") == role)
    rows = table.drop("genes", "values").rows(named=True)
    genes = table["genes"][0].to_list() if rows else []
    if table["genes"].n_unique() > 1:
        raise Bug("profiles: samples of one table have other genes")
    values = _values(table, len(genes))
    sums = np.nansum(values, axis=0) if rows and rows[0]["scale"] == "counts" else None
    return Expression(
        genes=tuple(genes),
        values=values if sums is None else np.log2(1e6 * values / sums + 1),
        people=_donors(rows) if role == "cultured" else tuple(map(_person, rows)),
        libraries=() if sums is None else tuple(map(float, sums)),
        batches=frozenset(row["batch"] for row in rows if row.get("batch")),
    )


def _values(table: pl.DataFrame, genes: int) -> Floats:
    """The values (genes, samples) of rows of PROFILES, NaN where a gene was not measured."""
    if not genes:
        return np.empty((0, len(table)))
    each = table["values"].explode().cast(pl.Float64).to_numpy()
    return np.asarray(each, dtype=np.float64).reshape(len(table), genes).T


def _person(row: dict[str, Any]) -> Person:
    """Who gave a sample; samples of one donor, class, batch and condition are averaged."""
    donor = row["donor"]
    name = row["sample"] if donor is None else ""
    batch, condition = row.get("batch") or "", row.get("condition") or ""
    return Person(str(row["cell_type"]), donor, name, batch, condition)


def _donors(rows: Sequence[dict[str, Any]]) -> tuple[Person, ...]:
    """Who gave the cultured samples: a donor is one person, in whatever batches the cells were
    measured, and in one condition; of several, which no likeness is asked of, all are named.
    """
    people = list(map(_person, rows))
    conditions = dict.fromkeys(person.condition for person in people)
    several = ", ".join(condition or "resting" for condition in conditions)
    one = several if len(conditions) > 1 else next(iter(conditions), "")
    return tuple(person._replace(batch="", condition=one) for person in people)


def _averaged(table: Expression) -> Expression:
    """The table with one column a person, in the order in which people first come."""
    once = list(dict.fromkeys(table.people))
    chosen = [[i for i, person in enumerate(table.people) if person == one] for one in once]
    means = [table.values[:, columns].mean(axis=1) for columns in chosen]
    values = np.array(means, dtype=np.float64).reshape(len(once), len(table.genes)).T
    return Expression(table.genes, values, tuple(once), table.libraries, table.batches)
