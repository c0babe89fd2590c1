"""The cells of a project, column by column: given, missing, not applicable or unopened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from exvivo.read.redcap.checked import Checked
from exvivo.read.redcap.dictionary import Field
from exvivo.read.redcap.forms import Opened
from exvivo.read.redcap.headings import Column
from exvivo.read.redcap.project import Cell
from exvivo.read.redcap.values import moment_of

MISSING, UNOPENED, NOT_APPLICABLE = Cell("missing"), Cell("unopened"), Cell("not applicable")
_BOX = {"0": Cell("given", "0"), "1": Cell("given", "1")}

Shown = Mapping[str, Sequence[bool | None]]
"""Whether each field with branching logic was shown, row by row; None where that is not known."""


def cells_of(
    data: Checked, opened: Opened, shown: Shown, columns: Sequence[Column]
) -> dict[str, tuple[Cell, ...]]:
    """The cells of some columns of an export, in their order."""
    blanks = {
        form: [MISSING if is_open else UNOPENED for is_open in rows]
        for form, rows in opened.items()
    }
    cells: dict[str, tuple[Cell, ...]] = {}
    for column in columns:
        texts = data.export.texts[column.name]
        made = _cells(column, texts, data, blanks[column.form])
        if column.field is not None and column.field.name in shown:
            made = _hidden(made, shown[column.field.name])
        cells[column.name] = tuple(made)
    return cells


def _cells(
    column: Column, texts: Sequence[str], data: Checked, blanks: Sequence[Cell]
) -> list[Cell]:
    """The cells of a column, whatever hides it."""
    match column.role, column.field:
        case "field", Field() as field:
            known = _answers(field, data)
        case "box", Field() as field:
            return _box_cells(field, texts, data, blanks)
        case "timestamp", _:
            known = {text: _moment(text) for text in set(texts) if text}
        case _:
            known = {text: Cell("given", text) for text in set(texts) if text}
    return [known[text] if text else blank for text, blank in zip(texts, blanks, strict=True)]


def _answers(field: Field, data: Checked) -> dict[str, Cell]:
    """The cell of each text of a field; one in which something is wrong is missing."""
    codes = data.codes_of(field)
    cells = {
        text: MISSING if value is None else Cell("given", value)
        for text, value in data.values[field.name].items()
    }
    return {**cells, **{code: Cell("missing", code=code) for code in codes}}


def _moment(text: str) -> Cell:
    """The time at which a survey was completed; `[not completed]` is none."""
    return MISSING if moment_of(text) is None else Cell("given", text)


def _box_cells(
    field: Field, texts: Sequence[str], data: Checked, blanks: Sequence[Cell]
) -> list[Cell]:
    """The cells of a box: its 0 is an answer only where the form was opened, and no missing-data
    code of its field is ticked.
    """
    cells = [
        blank if blank is UNOPENED else _BOX.get(text, blank)
        for text, blank in zip(texts, blanks, strict=True)
    ]
    for name, code in data.missing_boxes(field).items():
        cell = Cell("missing", code=code)
        for row, text in enumerate(data.export.texts[name]):
            if text == "1":
                cells[row] = cell
    return cells


def _hidden(cells: list[Cell], shown: Sequence[bool | None]) -> list[Cell]:
    """The cells of a field: not applicable where branching logic hides it."""
    return [
        NOT_APPLICABLE if visible is False else cell
        for cell, visible in zip(cells, shown, strict=True)
    ]


def given_days(cells: Sequence[Cell]) -> Iterator[tuple[int, str]]:
    """The rows in which a column is given, with its value."""
    for row, cell in enumerate(cells):
        if cell.state == "given":
            yield row, cell.value
