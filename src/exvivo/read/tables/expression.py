"""Tables of gene expression: a column `gene`, then a column a sample; and lists of marker genes.

csv or tsv, plain or packed (.gz). Whether the numbers are log2 or counts is what the study says;
numbers that cannot be what it says are refused. Workbooks are not read: a spreadsheet turns gene
names into dates.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.cells.guards import describe, gunzip, load
from exvivo.cells.messages import and_more, read_error
from exvivo.cells.text import Unreadable, is_blank, number
from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.table import Table, read_table
from exvivo.read.cells.values import mark_of_texts
from exvivo.read.result import Ignored
from exvivo.sources import Content, Sources, refuse_excess
from exvivo.study import Identity, Study
from exvivo.table import check
from exvivo.tables import PROFILES
from exvivo.words import shortened

GENE = "gene"
HIGHEST_LOG2 = 50.0
"""No expression has a log2 above this: 2^50 is 10^15."""
FEWEST_WHOLE = 0.01
"""The share of the numbers above 0 that are whole below which they are no counts; estimated counts
keep many whole ones.
"""
_SHOWN = 6
_SHOWN_TWICE = 20
_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_DATE = re.compile(
    rf"(?:[0-9]{{1,2}}[-. /])?{_MONTH}[-. /][0-9]{{1,4}}"
    rf"|[0-9]{{1,2}}[-. /]{_MONTH}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(?: [0-9:]+)?",
    re.IGNORECASE,
)
"""A gene name that a spreadsheet turned into a date (MARCH1 into 1-Mar, SEPT2 into 2-Sep)."""
_UNCOUNTED = frozenset({"N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous"})
"""Rows that STAR writes above the genes; HTSeq's start with two underscores."""
_AS_LOG2 = "write `scale: log2` if these are logarithms"

Role = Literal["cultured", "reference", "markers"]
_FIELDS: Mapping[Role, str] = {
    "cultured": "profiles",
    "reference": "references",
    "markers": "markers",
}
"""The field of a question that names the file of each role, in their order."""
Origin = tuple[str | None, str | None]
"""Cell type and donor of a sample; None where its name does not say."""
Read = tuple[pl.DataFrame, tuple[Ignored, ...]]


@dataclass(frozen=True)
class Samples:
    """Whose the samples of a table are, by the names of its columns: the donors of the study and
    the cultured cells.
    """

    role: Role
    cultured: str
    donors: Collection[str]

    @property
    def form(self) -> str:
        """How a column of a sample is named, in words."""
        if self.role == "cultured":
            return "a donor of donors.csv (donor, or donor:name)"
        return "a reference sample, CELL:NAME"

    def origin(self, name: str) -> Origin:
        """Cell type and donor of a column; no cell type where the name is no sample's."""
        if self.role == "reference":
            return reference_in(name, self.donors)
        donor = donor_in(name, self.donors)
        return (self.cultured if donor else None), donor


def read_profiles(
    sources: Sources, question: Identity, study: Study
) -> tuple[pl.DataFrame, tuple[tuple[str, Ignored], ...]]:
    """Everything a question of identity is answered from, as PROFILES; and what of each file was
    not read.

    Raises `ReadError` with the mistakes of all its files, a `like` that no reference has among
    them.
    """
    donors = set(study.donors["donor"]) if "donor" in study.donors.columns else set()
    frames: list[pl.DataFrame] = [PROFILES.frame()]
    ignored: list[tuple[str, Ignored]] = []
    mistakes: list[Mistake] = []
    for role, field_ in _FIELDS.items():
        source = question.named_files.get(field_)
        if source is None:
            continue
        try:
            content = sources.read(source)
            if role == "markers":
                frame, unread = read_markers(content, source=source, question=question.id)
            else:
                samples = Samples(role, question.cell_type, donors)
                frame, unread = read_expression(content, source, question, samples)
        except ReadError as error:
            mistakes += error.mistakes
            continue
        frames.append(frame)
        ignored += [(source, part) for part in unread]
        if role == "reference":
            mistakes += _not_like(frame, question, source)
    if mistakes:
        raise ReadError(mistakes)
    return pl.concat(frames), tuple(ignored)


def donor_in(name: str, donors: Collection[str]) -> str | None:
    """The donor a sample is named by: the whole name, or what stands before a colon. None where
    that is no donor.

    >>> donor_in("P1:well 2", {"P1"}), donor_in("P12", {"P1"})
    ('P1', None)
    """
    parts = name.split(":")
    starts = (":".join(parts[:end]).strip() for end in range(len(parts), 0, -1))
    return next((start for start in starts if start in donors), None)


def reference_in(name: str, donors: Collection[str]) -> Origin:
    """The cell of a reference sample, CELL:NAME, and the donor where NAME is one.

    >>> reference_in("monocyte:P1", {"P1"}), reference_in("length", {"P1"})
    (('monocyte', 'P1'), (None, None))
    """
    cell, _, rest = (part.strip() for part in name.partition(":"))
    return (cell, donor_in(rest, donors)) if cell and rest else (None, None)


def _not_like(frame: pl.DataFrame, question: Identity, source: str) -> Iterator[Mistake]:
    cells = frame["cell_type"].unique(maintain_order=True).to_list()
    if question.like not in cells:
        compared = f"which the question {question.id} compares with (`like`)"
        listed = ", ".join(map(str, cells))
        yield Mistake(
            source,
            f"no sample of `{question.like}`, {compared}; the cells here are: {listed}",
            "one of the reference cells",
            "correct `like` in study.yaml, or the names of the columns (CELL:NAME)",
        )


def read_markers(file: Path | Content, *, source: str, question: str) -> Read:
    """A list of marker genes, the column `gene` of a table, as a row of PROFILES. Raises
    `ReadError` as `read_expression`.
    """
    table, digest = _open(file, source)
    genes = _genes(table)
    if genes.mistakes:
        raise ReadError(genes.mistakes)
    others = [
        Ignored(f"column {name}", "a list of markers is read for its genes only")
        for name in table.header
        if name != GENE
    ]
    row: dict[str, object] = {
        "source": source,
        "sha256": digest,
        "question": question,
        "role": "markers",
        "sample": Path(source).name,
        "genes": list(genes.rows),
    }
    return PROFILES.frame([row]), (*genes.ignored, *others)


def read_expression(
    file: Path | Content, source: str, question: Identity, samples: Samples
) -> Read:
    """A table of expression as PROFILES: a row a sample, in the order of the columns.

    A blank cell is a gene not measured in that sample. Raises `ReadError` with every mistake: no
    column `gene`, a gene twice, a column that is no sample, a cell that is no number, numbers that
    are not of the question's scale.
    """
    table, digest = _open(file, source)
    genes = _genes(table)
    mistakes = list(_no_samples(table, samples))
    if genes.mistakes:
        raise ReadError([*mistakes, *genes.mistakes])
    rows = tuple(genes.rows.values())
    columns = [at for at, name in enumerate(table.header) if name != GENE]
    mark = _mark(table, rows, columns)
    values = {column: _numbers(table, rows, column, mark, mistakes) for column in columns}
    if not mistakes:
        mistakes += _not_of_scale(table, values, rows, question.scale)
    if mistakes:
        raise ReadError(mistakes)
    same = {
        "source": source,
        "sha256": digest,
        "question": question.id,
        "role": samples.role,
        "scale": question.scale,
        "genes": list(genes.rows),
    }
    profiles = [
        same | _profile(table.header[column], values[column], samples) for column in columns
    ]
    frame = pl.DataFrame(profiles, schema=PROFILES.schema)
    return check(PROFILES, frame), tuple(genes.ignored)


def _profile(name: str, values: Floats, samples: Samples) -> dict[str, object]:
    cell_type, donor = samples.origin(name)
    return {
        "sample": name,
        "cell_type": cell_type,
        "donor": donor,
        "values": [None if np.isnan(value) else value for value in values.tolist()],
    }


def _open(file: Path | Content, source: str) -> tuple[Table, str]:
    """The table of a file, which has a column of genes and rows, and the file's hash."""
    packed = load(file, source)
    is_packed = packed.raw.startswith(b"\x1f\x8b")
    content = gunzip(packed.raw, source) if is_packed else packed.raw
    refuse_excess(content, packed.bounds, source)
    if describe(content[:4096]) != "text":
        raise read_error(
            source,
            describe(content),
            "a table of genes: csv or tsv, plain or packed (.gz)",
            "export the table as csv; a spreadsheet may turn names of genes into dates",
        )
    table = read_table(content, source, comments=True)
    if GENE not in table.header or not table.rows:
        lack = f"no column `{GENE}`" if GENE not in table.header else "no gene"
        listed = ", ".join(name or "(no name)" for name in table.header[:_SHOWN])
        raise read_error(
            table.top(),
            f"{lack}; the first columns are: {listed}",
            f"a column `{GENE}` and a row a gene",
            "name the column that holds the genes so",
        )
    return table, packed.sha256


def _no_samples(table: Table, samples: Samples) -> Iterator[Mistake]:
    """Columns that are no sample of anybody. They are not passed over: one may be a sample whose
    name is misspelt.
    """
    names = [name for name in table.header if name != GENE]
    if not names:
        yield Mistake(
            table.top(),
            "no sample",
            f"a column for each, named as {samples.form}",
            "add the samples",
        )
    for name in names:
        if samples.origin(name)[0] is None:
            yield Mistake(
                table.top(),
                f"a column {name or '(no name)'!r}",
                samples.form,
                "correct the name, or take the column out of the table if it is no sample",
            )


@dataclass(frozen=True)
class _Genes:
    """The genes of a table with their rows, the rows that are none, and what is wrong with them."""

    rows: dict[str, int] = field(default_factory=dict)
    ignored: list[Ignored] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)


def _genes(table: Table) -> _Genes:
    """The genes, each in one row; rows without a gene, and genes in several rows, are mistakes."""
    names = table.texts(GENE)
    dates = [name for name in names if _DATE.fullmatch(name)]
    uncounted = [name for name in names if name in _UNCOUNTED or name.startswith("__")]
    genes = _Genes(ignored=list(_no_genes(dates, uncounted)))
    times, passed_over = Counter(names), {"", *dates, *uncounted}
    for row, name in enumerate(names):
        if name not in passed_over:
            genes.rows.setdefault(name, row)
    twice = [name for name in genes.rows if times[name] > 1]
    genes.mistakes.extend((*_without_gene(table, names), *_genes_twice(table, twice)))
    if not genes.rows and not genes.mistakes:
        genes.mistakes.append(Mistake(table.top(), "no gene", "a row a gene", "fill the table"))
    return genes


def _no_genes(dates: Sequence[str], uncounted: Sequence[str]) -> Iterator[Ignored]:
    if uncounted:
        yield Ignored(f"rows {shortened(uncounted)}", "reads that belong to no gene")
    if dates:
        yield Ignored(
            f"rows {shortened(dates)}",
            "a spreadsheet turned the names of these genes into dates; "
            "which genes they were cannot be told",
        )


def _without_gene(table: Table, names: Sequence[str]) -> Iterator[Mistake]:
    for row, name in enumerate(names):
        if not name:
            yield Mistake(
                table.where(row, table.header.index(GENE)),
                "a row without a gene",
                "a gene in every row",
                "name it",
            )


def _genes_twice(table: Table, twice: Sequence[str]) -> Iterator[Mistake]:
    if twice:
        yield Mistake(
            f"{table.top()} column {GENE}",
            f"genes more than once: {shortened(twice, _SHOWN_TWICE)}",
            "each gene in one row",
            "add up counts of one gene, "
            "or keep the one transcript or probe that was chosen beforehand",
        )


def _numbers(
    table: Table, rows: Sequence[int], column: int, mark: str, mistakes: list[Mistake]
) -> Floats:
    """The numbers of a column; NaN where the cell is blank. Of its cells that are no number the
    first is named, the others counted.
    """
    values = np.full(len(rows), np.nan)
    bad: list[tuple[int, str]] = []
    for at, row in enumerate(rows):
        try:
            values[at] = _number(str(table.rows[row][column]), mark)
        except Unreadable as why:
            bad.append((row, str(why)))
    infinite = np.flatnonzero(np.isinf(values))
    if infinite.size:
        bad.append((rows[int(infinite[0])], "a number too large to be one"))
    if bad:
        row, words = bad[0]
        mistakes.append(
            Mistake(
                table.where(row, column),
                words + and_more(len(bad) - 1, "in this column"),
                "a number, or nothing where none was measured",
                "correct the cell, or take the column out of the table if it is no sample",
            )
        )
    return values


def _number(cell: str, mark: str) -> float:
    """A cell as a number, infinite where it is too large for one; NaN where it is blank."""
    if mark == "." and _PLAIN.fullmatch(cell):  # nearly every cell: tables have a million of them
        return float(cell)
    return np.nan if is_blank(cell) else number(cell, mark=mark)


def _mark(table: Table, rows: Sequence[int], columns: Sequence[int]) -> str:
    cells: set[str] = set()
    for column in columns:
        cells |= {str(table.rows[row][column]) for row in rows}
    return mark_of_texts(cells, table.source)


def _not_of_scale(
    table: Table, values: dict[int, Floats], rows: Sequence[int], scale: str
) -> Iterator[Mistake]:
    """Numbers that cannot be what the study says they are."""
    for column, expression in values.items():
        if np.isnan(expression).all():
            yield Mistake(
                f"{table.top()} column {table.header[column]}",
                "a sample without a number",
                "the expression of every gene",
                "remove the column, or fill it",
            )
            continue
        low, high = int(np.nanargmin(expression)), int(np.nanargmax(expression))
        lowest = _Number(float(expression[low]), table.where(rows[low], column))
        highest = _Number(float(expression[high]), table.where(rows[high], column))
        yield from _no_log2(highest) if scale == "log2" else _no_counts(lowest, highest)
    if scale == "counts":
        yield from _not_whole(table, list(values.values()))


@dataclass(frozen=True, slots=True)
class _Number:
    """A number of a table, and its address."""

    value: float
    where: str


def _no_log2(highest: _Number) -> Iterator[Mistake]:
    if highest.value > HIGHEST_LOG2:
        yield Mistake(
            highest.where,
            f"{highest.value:g} as a log2",
            f"log2 of expression, at most {HIGHEST_LOG2:g}",
            "write `scale: counts` if these are counts; take log2 of other numbers first",
        )


def _no_counts(lowest: _Number, highest: _Number) -> Iterator[Mistake]:
    """What keeps a sample's numbers from being counts."""
    if lowest.value < 0:
        below_0 = f"{lowest.value:g} as a count"
        yield Mistake(lowest.where, below_0, "counts, 0 or above", _AS_LOG2)
    elif highest.value == 0:
        yield Mistake(
            highest.where,
            "a sample without a single count",
            "counts of reads",
            "remove the sample, or export it again",
        )


def _not_whole(table: Table, values: Sequence[Floats]) -> Iterator[Mistake]:
    """Of all numbers above 0, too few are whole for counts."""
    numbers = np.concatenate(values)
    positive = numbers[numbers > 0]
    whole = (positive == np.rint(positive)).mean() if positive.size else 1.0
    if whole < FEWEST_WHOLE:
        yield Mistake(
            table.top(),
            f"numbers of which {whole:.1%} are whole",
            "counts of reads, not normalised",
            f"{_AS_LOG2}; TPM and FPKM are no counts: take log2 of them and write `scale: log2`",
        )
