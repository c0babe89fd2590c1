"""One question of identity put to the tool: samples as arrays in, answers as records out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl
from numpy.random import default_rng

from exvivo.arrays import Floats
from exvivo.compare import compare
from exvivo.findings import Finding, findings_of
from exvivo.study import CellType, Group, Identity, Plan, Study
from exvivo.tables import CLINIC, PROFILES, RESPONSES

CULTURED = "cultured cells"
"""What the cells asked about are called: no name of any kind of cell."""


@dataclass(frozen=True)
class Column:
    """One sample of a table: its kind, its name, the expression of every gene, and whose it is,
    where that is known.
    """

    cell: str
    name: str
    values: Floats = field(repr=False)
    donor: str | None = None
    batch: str = ""
    condition: str = ""


@dataclass(frozen=True)
class Case:
    """Cultured cells held against references, once for every class in `likes`. `genes` are those of
    both tables where `genes_of_references` is empty.
    """

    name: str
    genes: tuple[str, ...] = field(repr=False)
    cultured: tuple[Column, ...]
    references: tuple[Column, ...]
    likes: tuple[str, ...]
    genes_of_references: tuple[str, ...] = field(default=(), repr=False)
    condition: str = ""
    markers: str = ""
    scale: str = "log2"


@dataclass(frozen=True)
class Answer:
    """What the tool said of cultured cells held between two classes."""

    like: str
    against: str
    estimate: float | None
    lower: float | None
    upper: float | None
    verdict: str
    codes: frozenset[str]

    @property
    def supported(self) -> bool:
        """Whether it is claimed."""
        return self.verdict == "supported"

    @property
    def nearer(self) -> str:
        """The class that the estimate says the cells resemble more; empty without an estimate."""
        return "" if self.estimate is None else (self.like if self.estimate > 0 else self.against)

    def __str__(self) -> str:
        number = "none" if self.estimate is None else f"{self.estimate:+.2f}"
        codes = ", ".join(sorted(self.codes))
        return f"{self.like} over {self.against}: {number}, {self.verdict} ({codes})"


def asked(case: Case, seed: int = 1) -> list[Answer]:
    """The answers of a case, question by question."""
    questions = tuple(_question(case, number) for number in range(len(case.likes)))
    found = compare(
        RESPONSES.frame(),
        CLINIC.frame(),
        study=_study(case, questions),
        rng=default_rng(seed),
        profiles=_profiles(case, [question.id for question in questions]),
    )
    return answers_of(found)


def answers_of(found: pl.DataFrame) -> list[Answer]:
    """The answers among FINDINGS that are of identity."""
    chosen = found.filter(pl.col("part") == "answer", pl.col("ask") == "identity")
    return [_answer(finding) for finding in findings_of(chosen)]


def _answer(finding: Finding) -> Answer:
    facts = finding.estimand.facts
    reason = () if finding.reason is None else (finding.reason.code,)
    return Answer(
        like=str(facts.get("like", "")),
        against=str(facts.get("against", "")),
        estimate=finding.estimate,
        lower=finding.lower,
        upper=finding.upper,
        verdict=str(finding.verdict),
        codes=frozenset((*reason, *(caveat.code for caveat in finding.warnings))),
    )


def _question(case: Case, number: int) -> Identity:
    return Identity(
        id=f"q{number}",
        ask="identity",
        cell_type="cultured",
        like=case.likes[number],
        profiles="raw/p.csv",
        references="raw/r.csv",
        scale="counts" if case.scale == "counts" else "log2",
        markers=case.markers,
        condition=case.condition,
    )


def _study(case: Case, questions: tuple[Identity, ...]) -> Study:
    names = [str(column.donor) for column in case.cultured]
    donors = pl.DataFrame({"donor": names, "group": ["A"] * len(names)})
    return Study(
        exvivo=1,
        title=case.name,
        groups=(Group(id="A", name="everybody"),),
        cell_types=(CellType(id="cultured", name=CULTURED),),
        questions=questions,
        plan=Plan(permutations=99),
        donors=donors,
    )


def _profiles(case: Case, questions: Sequence[str]) -> pl.DataFrame:
    """PROFILES; columns that a version of the table does not have are left out."""
    rows = list(_rows(case))
    once = pl.DataFrame(rows, schema=PROFILES.schema)
    named = [once.with_columns(question=pl.lit(name)) for name in questions]
    return pl.concat(named).select(PROFILES.schema.names())


def _rows(case: Case) -> Iterator[dict[str, object]]:
    mine, theirs = pl.Series(case.genes), pl.Series(case.genes_of_references or case.genes)
    known = set(PROFILES.schema.names())
    for role, genes, columns in (
        ("cultured", mine, case.cultured),
        ("reference", theirs, case.references),
    ):
        for column in columns:
            row = {
                "source": f"raw/{role}.csv",
                "sha256": "0",
                "question": "",
                "role": role,
                "sample": column.name,
                "cell_type": "cultured" if role == "cultured" else column.cell,
                "donor": column.donor,
                "batch": column.batch or None,
                "condition": column.condition or None,
                "scale": case.scale,
                "genes": genes,
                "values": pl.Series(column.values).fill_nan(None),
            }
            yield {name: value for name, value in row.items() if name in known}
