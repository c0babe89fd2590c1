"""Tables of the study without a line end whose last cell an answer rests on: a score or an age that
broke off (`62` as `6`) is a number all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from exvivo.cells.open_end import ends_open, is_whole
from exvivo.cells.text import decode
from exvivo.cells.text_rows import lines_of
from exvivo.errors import StudyError
from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.study import Study
from exvivo.study.csv_rows import locate
from exvivo.study.files import CLINIC_FILE, DONORS_FILE
from exvivo.study.headings import Columns
from exvivo.study.questionnaires import answer_columns
from exvivo.words import shortened

_COLUMNS = {
    DONORS_FILE: Columns(("donor", "group"), open=True),
    CLINIC_FILE: Columns(("donor",), ("visit",), open=True),
}


_LINE = "last row without a line end"
"""The fact of an export of REDCap that `gather` states: the line on which its last row begins."""


@dataclass(frozen=True)
class _End:
    """The last cell of a table: its line, its column, and the donor of the line."""

    file: str
    line: int
    column: str
    cell: str
    donor: str

    @property
    def where(self) -> str:
        """Its place, as messages name it."""
        return f"{self.file}:{self.line} {self.column}"


def tables_that_may_be_cut(held: Held) -> Iterator[Flag]:
    """Donors whose line of donors.csv or clinic.csv ends in a last cell that nothing shows to be
    whole.
    """
    for file in _COLUMNS:
        end = _end(held.texts.get(file, b""), file)
        scope = _scope(end, held) if end else None
        if end and scope:
            yield _flag(end, scope)


def exports_that_may_be_cut(held: Held) -> Iterator[Flag]:
    """Donors of the last row of a REDCap export without a line end, which every export has. Its
    cells are not shown: any of them may be an identifier.
    """
    for file, facts in held.headers.items():
        if line := facts.get(_LINE):
            place = pl.col("place").str.starts_with(f"{file}:{line} ")
            donors = tuple(held.answers.filter(place)["donor"].unique(maintain_order=True))
            if donors:
                yield _export_flag(file, line, donors)


def _export_flag(file: str, line: str, donors: tuple[str, ...]) -> Flag:
    where = f"{file}:{line}"
    return Flag(
        table="clinic",
        row=where,
        severity="look",
        place="redcap",
        evidence=(where, *donors),
        scope=Scope(donors=donors),
        what=f"{file} ends without a line end, in the row of donor {shortened(donors)}: the row "
        "may be cut short",
        why="REDCap ends every row of an export with one: the file was cut, or saved by another "
        "program",
        cure="export the records again: csv, raw data",
    )


def _end(raw: bytes, file: str) -> _End | None:
    """The last cell of a table that may be cut."""
    if not ends_open(raw):
        return None
    try:
        located, _ = locate(raw, file=file, columns=_COLUMNS[file])
    except StudyError:
        return None  # refused already
    lines = lines_of(decode(raw))
    if not located.lines or located.lines[-1] != len(lines):
        return None
    *others, row = [dict(zip(located.header, texts, strict=True)) for texts in located.texts]
    column = located.header[-1]
    cell = lines[-1].rpartition(located.sheet.separator or ",")[2]
    if is_whole(cell, [other[column] for other in others]):
        return None
    return _End(file, len(lines), column, row[column], row["donor"])


def _scope(end: _End, held: Held) -> Scope | None:
    """The answers that the cell may change; None where there are none."""
    if end.column in ("donor", "group", "visit"):
        return Scope(donors=(end.donor,))
    if end.file == DONORS_FILE:
        used = end.column in _columns_used(held.study)
        return Scope(donors=(end.donor,), columns=(end.column,)) if used else None
    scales = tuple(_scales_of(end.column, held.study))
    return Scope(donors=(end.donor,), scales=scales) if scales else None


def _scales_of(name: str, study: Study) -> Iterator[str]:
    """The scales that a column of clinic.csv makes, as a total or as an item."""
    for column in answer_columns(study):
        if column.name == name and column.scale is not None:
            yield column.scale.id
        elif column.name == name:
            own = column.questionnaire
            yield from (scale.id for scale in study.scales if scale.questionnaire == own)


def _columns_used(study: Study) -> set[str]:
    """The columns of donors.csv that a question or the first table of the report uses."""
    adjusted = [name for each in study.questions for name in getattr(each, "adjust", ())]
    exposures = (getattr(each, "exposure", "") for each in study.questions)
    return {*adjusted, *exposures, *(each.id for each in study.characteristics)}


def _flag(end: _End, scope: Scope) -> Flag:
    return Flag(
        table="donors" if end.file == DONORS_FILE else "clinic",
        row=end.where,
        severity="look",
        place=end.column,
        evidence=(end.where, end.cell),
        scope=scope,
        what=f"{end.file} ends with {end.cell[-40:]!r} of donor {end.donor}, without a line end: "
        "the cell may be cut short",
        why="a copy that broke off inside a number leaves a smaller number",
        cure="compare the last line with the form; if it is whole, end the line (press Enter "
        "behind it and save)",
    )
