"""The clinic table: one row a donor and visit, one column a clinical scale."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from exvivo.errors import Mistake, ReadError, StudyError
from exvivo.read.cells.cell import Cell, OddCell, text_of
from exvivo.read.cells.guards import load
from exvivo.read.cells.table import Table, read_table
from exvivo.read.cells.text import Unreadable, decimal_mark, is_blank, number
from exvivo.read.result import Ignored
from exvivo.study import Scale, Study
from exvivo.tables import CLINIC, check

_SHEET = "clinic"


def read_clinic(
    path: Path, *, source: str, study: Study
) -> tuple[pl.DataFrame, tuple[Ignored, ...]]:
    """The CLINIC table of a csv, tsv or xlsx file (a workbook: its only sheet, or the sheet
    `clinic`), and what was ignored.

    Column `donor`, `visit` where there is more than one (else visit 1), and a column for every
    scale of the study; blank or NA is a score not given. Raises `StudyError` with every mistake: a
    missing column, an unknown donor, a donor and visit twice, a score that is no number or outside
    its scale.
    """
    try:
        raw = load(path, source)
        table = _table(raw, source)
    except ReadError as error:
        raise StudyError(error.mistakes) from None
    mistakes = list(_column_mistakes(table, study))
    if mistakes:
        raise StudyError(mistakes)
    groups = (
        dict(study.donors.select("donor", "group").iter_rows())
        if "donor" in study.donors.columns
        else {}
    )
    people = _people(table)
    mistakes += _people_mistakes(table, people, groups)
    scores: dict[str, list[float | None]] = {}
    for scale in study.scales:
        scores[scale.id], wrong = _scores(table, scale, people)
        mistakes += wrong
    if mistakes:
        raise StudyError(mistakes)
    rows: list[dict[str, object]] = [
        {
            "source": source,
            "sha256": hashlib.sha256(raw).hexdigest(),
            "donor": donor,
            "visit": visit,
            "group": groups[donor],
            "scale": scale.id,
            "score": scores[scale.id][i],
            "missing_items": 0,
            "higher_is": scale.higher_is,
        }
        for i, (donor, visit) in enumerate(people)
        for scale in study.scales
    ]
    return check(CLINIC, pl.DataFrame(rows, schema=CLINIC.schema)), tuple(_ignored(table, study))


def _table(raw: bytes, source: str) -> Table:
    try:
        return read_table(raw, source, comments=True)
    except ReadError as error:
        if "sheets and no word" not in error.mistakes[0].found:
            raise
    return read_table(raw, source, sheet=_SHEET, comments=True)


def _column_mistakes(table: Table, study: Study) -> Iterator[Mistake]:
    listed = ", ".join(name for name in table.header if name) or "none"
    for name in ("donor", *(scale.id for scale in study.scales)):
        if name not in table.header:
            what = "the donor" if name == "donor" else "a scale of study.yaml"
            yield Mistake(
                table.top(),
                f"no column `{name}` ({what}); there are: {listed}",
                "donor and one column a scale",
                "name the column so, or correct the scale's id in study.yaml",
            )


def _people(table: Table) -> list[tuple[str, str]]:
    donor = table.header.index("donor")
    visit = table.header.index("visit") if "visit" in table.header else None
    return [
        (text_of(row[donor]), (text_of(row[visit]) if visit is not None else "") or "1")
        for row in table.rows
    ]


def _people_mistakes(
    table: Table, people: list[tuple[str, str]], groups: dict[str, str]
) -> Iterator[Mistake]:
    column = table.header.index("donor")
    first: dict[tuple[str, str], int] = {}
    for row, (donor, visit) in enumerate(people):
        where = table.where(row, column)
        if not donor:
            yield Mistake(
                where, "no donor", "a donor of donors.csv", "fill the cell, or remove the row"
            )
            continue
        if donor not in groups:
            yield Mistake(
                where,
                f"donor {donor}",
                "a donor of donors.csv",
                "correct the name, or add the donor to donors.csv",
            )
        before = first.setdefault((donor, visit), row)
        if before != row:
            yield Mistake(
                where,
                f"donor {donor}, visit {visit}, again (first in line {table.lines[before]})",
                "each donor once a visit",
                "remove one row, or number the visits in a column `visit`",
            )


def _scores(
    table: Table, scale: Scale, people: list[tuple[str, str]]
) -> tuple[list[float | None], list[Mistake]]:
    column = table.header.index(scale.id)
    cells = [row[column] for row in table.rows]
    expected = f"a number from {scale.lowest:g} to {scale.highest:g} ({scale.name}), or nothing"
    try:
        mark = decimal_mark(c for c in cells if isinstance(c, str) and not isinstance(c, OddCell))
    except Unreadable as why:
        return [], [
            Mistake(f"{table.top()} column {scale.id}", str(why), expected, "use one decimal mark")
        ]
    scores: list[float | None] = []
    mistakes = []
    for row, cell in enumerate(cells):
        where = table.where(row, column)
        try:
            score = _score(cell, mark)
        except Unreadable as why:
            found = f"{why} as {scale.id} of donor {people[row][0]}"
            mend = "correct the score, or leave the cell empty"
            mistakes.append(
                Mistake(
                    where, found, expected, cell.cure(mend) if isinstance(cell, OddCell) else mend
                )
            )
            continue
        if score is not None and not scale.lowest <= score <= scale.highest:
            mistakes.append(
                Mistake(
                    where,
                    f"{score:g} as {scale.id} of donor {people[row][0]}",
                    expected,
                    "correct the score, or the range of the scale in study.yaml",
                )
            )
        scores.append(score)
    return scores, mistakes


def _score(cell: Cell, mark: str) -> float | None:
    if isinstance(cell, OddCell):
        raise Unreadable(cell.words())
    if isinstance(cell, float):
        return cell
    return None if is_blank(cell) else number(cell, mark=mark)


def _ignored(table: Table, study: Study) -> Iterator[Ignored]:
    read = {"donor", "visit", *(scale.id for scale in study.scales)}
    for index, name in enumerate(table.header):
        if name not in read:
            what = f"column {name}" if name else f"column {index + 1}, which has no name"
            yield Ignored(what, "no scale of study.yaml has this name")
    for name in table.other_sheets:
        yield Ignored(f"sheet {name}", f"the scores are on sheet {table.sheet}")
