"""Tables of gene expression: a column `gene`, then a column a sample; and lists of marker genes.

csv or tsv, plain or packed (.gz). Whether the numbers are log2 or counts is what the study says;
numbers that cannot be what it says are refused. Workbooks are not read: a spreadsheet turns gene
names into dates.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.guards import describe, gunzip, load
from exvivo.read.cells.table import Table, read_table
from exvivo.read.cells.text import Unreadable, decimal_mark, is_blank, number
from exvivo.read.result import Ignored
from exvivo.study import Identity, Study
from exvivo.tables import PROFILES, check

GENE = "gene"
HIGHEST_LOG2 = 50.0
"""No expression has a log2 above this: 2^50 is 10^15."""
FEWEST_WHOLE = 0.01
"""The share of the numbers above 0 that are whole below which they are no counts; estimated counts
keep many whole ones.
"""
_SHOWN = 6
_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(
    r"(?:[0-9]{1,2}[-. /])?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}[-. /][0-9]{1,4}"
    r"|[0-9]{1,2}[-. /](?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(?: [0-9:]+)?",
    re.IGNORECASE,
)
"""A gene name that a spreadsheet turned into a date (MARCH1 into 1-Mar, SEPT2 into 2-Sep)."""
_UNCOUNTED = frozenset({"N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous"})
"""Rows that STAR writes above the genes; HTSeq's start with two underscores."""

Whose = Callable[[str], tuple[str | None, str | None]]
"""Cell and donor of a column by its name; cell None where the name says nothing."""
Read = tuple[pl.DataFrame, tuple[Ignored, ...]]


def read_profiles(
    folder: Path, question: Identity, study: Study
) -> tuple[pl.DataFrame, tuple[tuple[str, Ignored], ...]]:
    """Everything a question of identity is answered from, as PROFILES; and what of each file was
    not read.

    Raises `ReadError` with the mistakes of all its files, a `like` that no reference has among
    them.
    """
    donors = set(study.donors["donor"]) if "donor" in study.donors.columns else set()
    cells = question.cell_type

    def cultured(name: str) -> tuple[str | None, str | None]:
        donor = donor_in(name, donors)
        return (cells if donor else None), donor

    frames: list[pl.DataFrame] = []
    ignored: list[tuple[str, Ignored]] = []
    mistakes: list[Mistake] = []
    for role, source in zip(("cultured", "reference", "markers"), question.files, strict=False):
        try:
            if role == "markers":
                frame, unread = read_markers(folder / source, source=source, question=question.id)
            else:
                whose = cultured if role == "cultured" else lambda name: reference_in(name, donors)
                frame, unread = read_expression(
                    folder / source,
                    source=source,
                    question=question.id,
                    role=role,
                    scale=question.scale,
                    whose=whose,
                )
        except ReadError as error:
            mistakes += error.mistakes
            continue
        frames.append(frame)
        ignored += [(source, what) for what in unread]
        if role == "reference":
            mistakes += _unlike(frame, question, source)
    if mistakes:
        raise ReadError(mistakes)
    return pl.concat([PROFILES.frame(), *frames]), tuple(ignored)


def donor_in(name: str, donors: Collection[str]) -> str | None:
    """The donor a sample is named by: the whole name, or what stands before a colon. None where
    that is no donor.

    >>> donor_in("P1:well 2", {"P1"}), donor_in("P12", {"P1"})
    ('P1', None)
    """
    parts = name.split(":")
    starts = (":".join(parts[:end]).strip() for end in range(len(parts), 0, -1))
    return next((start for start in starts if start in donors), None)


def reference_in(name: str, donors: Collection[str]) -> tuple[str | None, str | None]:
    """The cell of a reference sample, CELL:NAME, and the donor where NAME is one.

    >>> reference_in("monocyte:P1", {"P1"}), reference_in("microglia:GSM1", {"P1"}), reference_in("length", {"P1"})
    (('monocyte', 'P1'), ('microglia', None), (None, None))
    """
    cell, _, rest = (part.strip() for part in name.partition(":"))
    return (cell, donor_in(rest, donors)) if cell and rest else (None, None)


def _unlike(frame: pl.DataFrame, question: Identity, source: str) -> Iterator[Mistake]:
    cells = frame["cell_type"].unique(maintain_order=True).to_list()
    if question.like not in cells:
        yield Mistake(
            source,
            f"no sample of `{question.like}`, which the question {question.id} compares with (`like`); the cells here are: "
            + ", ".join(map(str, cells)),
            "one of the reference cells",
            "correct `like` in study.yaml, or the names of the columns (CELL:NAME)",
        )


def read_markers(path: Path, *, source: str, question: str) -> Read:
    """A list of marker genes, the column `gene` of a table, as a row of PROFILES. Raises
    `ReadError` as `read_expression`.
    """
    table, digest = _open(path, source)
    place = _gene_column(table)
    kept, ignored = _genes(table, place)
    ignored += [
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
        "genes": list(kept),
    }
    return PROFILES.frame([row]), tuple(ignored)


def read_expression(
    path: Path, *, source: str, question: str, role: str, scale: str, whose: Whose
) -> Read:
    """A table of expression as PROFILES: a row a sample, in the order of the columns. `whose` tells
    cell and donor of a column.

    A blank cell is a gene not measured in that sample. Raises `ReadError` with every mistake: no
    column `gene`, a gene twice, a column that is no sample, a cell that is no number, numbers that
    are not of the scale.
    """
    table, digest = _open(path, source)
    place = _gene_column(table)
    samples = [column for column in range(len(table.header)) if column != place]
    mistakes = list(_strangers(table, samples, role, whose))
    try:
        kept, ignored = _genes(table, place)
    except ReadError as error:
        raise ReadError([*mistakes, *error.mistakes]) from None
    lines = tuple(kept.values())
    mark = _mark(table, lines, samples)
    values = {column: _numbers(table, lines, column, mark, mistakes) for column in samples}
    if not mistakes:
        mistakes += _not_of_scale(table, values, lines, scale)
    if mistakes:
        raise ReadError(mistakes)
    rows = [
        {
            "source": source,
            "sha256": digest,
            "question": question,
            "role": role,
            "sample": table.header[column],
            "cell_type": whose(table.header[column])[0],
            "donor": whose(table.header[column])[1],
            "scale": scale,
            "genes": list(kept),
            "values": [None if np.isnan(v) else v for v in values[column].tolist()],
        }
        for column in samples
    ]
    return check(PROFILES, pl.DataFrame(rows, schema=PROFILES.schema)), tuple(ignored)


def _open(path: Path, source: str) -> tuple[Table, str]:
    raw = load(path, source)
    digest = hashlib.sha256(raw).hexdigest()
    text = gunzip(raw, source) if raw.startswith(b"\x1f\x8b") else raw
    if describe(text[:4096]) != "text":
        raise ReadError(
            Mistake(
                source,
                describe(text),
                "a table of genes: csv or tsv, plain or packed (.gz)",
                "export the table as csv; a spreadsheet may turn names of genes into dates",
            )
        )
    return read_table(text, source, comments=True), digest


def _gene_column(table: Table) -> int:
    if GENE not in table.header or not table.rows:
        found = f"no column `{GENE}`" if GENE not in table.header else "no gene"
        listed = ", ".join(name or "(no name)" for name in table.header[:_SHOWN])
        raise ReadError(
            Mistake(
                table.top(),
                f"{found}; the first columns are: {listed}",
                f"a column `{GENE}` and a row a gene",
                "name the column that holds the genes so",
            )
        )
    return table.header.index(GENE)


def _strangers(table: Table, samples: Sequence[int], role: str, whose: Whose) -> Iterator[Mistake]:
    """Columns that are no sample of anybody. They are not passed over: one may be a sample whose
    name is misspelt.
    """
    form = (
        "a donor of donors.csv (donor, or donor:name)"
        if role == "cultured"
        else "a reference sample, CELL:NAME"
    )
    if not samples:
        yield Mistake(
            table.top(), "no sample", f"a column for each, named as {form}", "add the samples"
        )
    for column in samples:
        if whose(table.header[column])[0] is None:
            yield Mistake(
                table.top(),
                f"a column {table.header[column] or '(no name)'!r}",
                form,
                "correct the name, or take the column out of the table if it is no sample",
            )


def _genes(table: Table, place: int) -> tuple[dict[str, int], list[Ignored]]:
    """The genes with their rows, and the rows that are none. Raises `ReadError` where a row has no
    gene, or one comes twice.
    """
    names = [str(row[place]) for row in table.rows]
    dates = [name for name in names if _DATE.fullmatch(name)]
    uncounted = [name for name in names if name in _UNCOUNTED or name.startswith("__")]
    passed = {*dates, *uncounted}
    ignored = (
        [Ignored(f"rows {_some(uncounted)}", "reads that belong to no gene")] if uncounted else []
    )
    if dates:
        ignored.append(
            Ignored(
                f"rows {_some(dates)}",
                "a spreadsheet turned the names of these genes into dates; which genes they were cannot be told",
            )
        )
    kept: dict[str, int] = {}
    mistakes = []
    for row, name in enumerate(names):
        if not name:
            mistakes.append(
                Mistake(
                    table.where(row, place),
                    "a row without a gene",
                    "a gene in every row",
                    "name it",
                )
            )
        elif name not in passed:
            kept.setdefault(name, row)
    twice = [
        name
        for name, count in Counter(n for n in names if n and n not in passed).items()
        if count > 1
    ]
    if twice:
        mistakes.append(
            Mistake(
                f"{table.top()} column {GENE}",
                f"genes more than once: {_some(twice, most=20)}",
                "each gene in one row",
                "add up counts of one gene, or keep the one transcript or probe that was chosen beforehand",
            )
        )
    if mistakes:
        raise ReadError(mistakes)
    if not kept:
        raise ReadError(Mistake(table.top(), "no gene", "a row a gene", "fill the table"))
    return kept, ignored


def _some(names: Sequence[str], *, most: int = _SHOWN) -> str:
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def _numbers(
    table: Table, rows: Sequence[int], column: int, mark: str, mistakes: list[Mistake]
) -> Floats:
    """The numbers of a column; NaN where the cell is blank. Of its wrong cells the first is named,
    the others counted.
    """
    values = np.full(len(rows), np.nan)
    wrong: list[tuple[int, str]] = []
    for at, row in enumerate(rows):
        cell = str(table.rows[row][column])
        if mark == "." and _PLAIN.fullmatch(cell):
            values[at] = float(cell)
        elif not is_blank(cell):
            try:
                values[at] = number(cell, mark=mark)
            except Unreadable as why:
                wrong.append((row, str(why)))
    if np.isinf(values).any():
        wrong.append(
            (rows[int(np.flatnonzero(np.isinf(values))[0])], "a number too large to be one")
        )
    if wrong:
        more = f" (and {len(wrong) - 1} more in this column)" if len(wrong) > 1 else ""
        mistakes.append(
            Mistake(
                table.where(wrong[0][0], column),
                wrong[0][1] + more,
                "a number, or nothing where none was measured",
                "correct the cell, or take the column out of the table if it is no sample",
            )
        )
    return values


def _mark(table: Table, rows: Sequence[int], samples: Sequence[int]) -> str:
    cells = [str(table.rows[row][column]) for row in rows for column in samples]
    if not any("," in cell for cell in cells):
        return "."
    try:
        return decimal_mark(cells)
    except Unreadable as why:
        raise ReadError(
            Mistake(
                table.source,
                str(why),
                "one decimal mark in the whole table",
                "export the table with decimal points",
            )
        ) from None


def _not_of_scale(
    table: Table, values: dict[int, Floats], rows: Sequence[int], scale: str
) -> Iterator[Mistake]:
    """Numbers that cannot be what the study says they are."""
    for column, mine in values.items():
        known = mine[~np.isnan(mine)]
        at = (
            table.where(rows[int(np.nanargmax(mine))], column)
            if known.size
            else f"{table.top()} column {table.header[column]}"
        )
        if not known.size:
            yield Mistake(
                at,
                "a sample without a number",
                "the expression of every gene",
                "remove the column, or fill it",
            )
        elif scale == "log2" and known.max() > HIGHEST_LOG2:
            yield Mistake(
                at,
                f"{known.max():g} as a log2",
                f"log2 of expression, at most {HIGHEST_LOG2:g}",
                "write `scale: counts` if these are counts; take log2 of other numbers first",
            )
        elif scale == "counts" and known.min() < 0:
            low = table.where(rows[int(np.nanargmin(mine))], column)
            yield Mistake(
                low,
                f"{known.min():g} as a count",
                "counts, 0 or above",
                "write `scale: log2` if these are logarithms",
            )
        elif scale == "counts" and not known.max():
            yield Mistake(
                at,
                "a sample without a single count",
                "counts of reads",
                "remove the sample, or export it again",
            )
    above = np.concatenate([mine[mine > 0] for mine in values.values()])
    if scale == "counts" and above.size and (above == np.rint(above)).mean() < FEWEST_WHOLE:
        yield Mistake(
            table.top(),
            f"numbers of which {(above == np.rint(above)).mean():.1%} are whole",
            "counts of reads, not normalised",
            "write `scale: log2` if these are logarithms; TPM and FPKM are no counts: take log2 of them and write `scale: log2`",
        )
