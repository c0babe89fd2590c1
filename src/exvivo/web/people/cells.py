"""Cells of a table of people as they are typed: numbers get the decimal mark that their column has,
and what can be read in two ways is asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exvivo.errors import Mistake, StudyError
from exvivo.study import Study
from exvivo.study.characteristics import declared_kind, is_usual
from exvivo.study.decimal_marks import has_decimal_commas
from exvivo.study.questionnaires import answer_columns
from exvivo.study.unknown import is_missing, number_of
from exvivo.visible import one_line
from exvivo.web.numbers import pointed
from exvivo.web.people.table import PeopleTable

_LONGEST = 2000
_WORDS = frozenset({"sex", "gender", "geschlecht"})


@dataclass(frozen=True)
class Typed:
    """A cell that somebody changed: the key of its row, its column, what stood there, and what was
    typed.
    """

    key: str
    column: str
    was: str
    now: str


def written_cells(
    table: PeopleTable, typed: Sequence[Typed], study: Study | None
) -> tuple[Typed, ...]:
    """The cells that differ, as they are to be written. Raises `StudyError` with everything that
    cannot be written so.
    """
    made: list[Typed] = []
    mistakes: list[Mistake] = []
    for cell in typed:
        if cell.now.strip() == cell.was.strip():
            continue
        try:
            made.append(Typed(cell.key, cell.column, cell.was, _written(cell, table, study)))
        except StudyError as error:
            mistakes += error.mistakes
    if mistakes:
        raise StudyError(mistakes)
    return tuple(made)


def _written(cell: Typed, table: PeopleTable, study: Study | None) -> str:
    where = f"{table.file}, {cell.column} of {cell.key.split(chr(9))[0]}"
    _refuse_odd(cell, table, where)
    text = cell.now.strip()
    missing = study.missing if study else ()
    if not text or is_missing(text, missing) or not is_of_numbers(table, cell.column, study):
        return text
    if not any(sign.isdigit() for sign in text):
        return text
    number = pointed(text, where)
    return number.replace(".", ",") if has_decimal_commas(table.words(cell.column)) else number


def _refuse_odd(cell: Typed, table: PeopleTable, where: str) -> None:
    """Raises `StudyError` for a column that the table has not, and text that no table holds."""
    if cell.column not in table.header or cell.column == "donor":
        expected = "a column of the table, and not the name of the donor"
        cure = "load the page again: somebody else may have changed the table"
        raise StudyError(Mistake(where, f"the column `{cell.column}`", expected, cure))
    if len(cell.now) > _LONGEST:
        finding = f"a text of {len(cell.now)} signs"
        raise StudyError(Mistake(where, finding, f"at most {_LONGEST}", "shorten it"))
    if one_line(cell.now) != cell.now:
        finding = "a line break, or a sign that does not print"
        raise StudyError(Mistake(where, finding, "text of one line", "type it anew"))


def is_of_numbers(table: PeopleTable, column: str, study: Study | None) -> bool:
    """Whether the cells of a column are to be numbers: as it is declared, else by its cells."""
    if study is not None and table.kind == "donors":
        declared = declared_kind(study, column)
        if declared:
            return declared == "number"
        if is_usual(column):
            return column.casefold() not in _WORDS
    if study is not None and table.kind == "clinic":
        asked = {each.name: each for each in answer_columns(study)}
        if column in asked:
            item = asked[column].item
            return item is None or item.kind != "clock"
    words = table.words(column) if column not in ("donor", "group", "visit") else []
    return bool(words) and all(number_of(word) is not None for word in words)
