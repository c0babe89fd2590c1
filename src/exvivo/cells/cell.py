"""A cell of a text or a workbook: what it may be, and how it reads as text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from exvivo.cells.text import is_blank

Cell = str | float
"""Text (stripped; empty where the cell is) or a number of a workbook."""

NEVER_CALCULATED = "=..."
"""What stands for a formula without a value."""
_WHOLE_BELOW = 1e15
"""Whole numbers below this are exact as float64, and are written without `.0`."""


class OddCell(str):
    """A workbook cell that is neither text nor number (a date, true or false, an error), in the
    workbook's own words.
    """

    @property
    def is_error(self) -> bool:
        """Whether it is an error of the workbook (`#DIV/0!`)."""
        return self.startswith("#")

    @property
    def may_be_date(self) -> bool:
        """Whether it is a date, or true or false."""
        return self != NEVER_CALCULATED and not self.is_error

    def words(self) -> str:
        """The cell and what it is, for a message."""
        if self == NEVER_CALCULATED:
            return "a formula whose value was never calculated"
        kind = "an error of the workbook" if self.is_error else "a date or a logical value"
        return f"{self!s}, {kind}"

    def cure(self, otherwise: str) -> str:
        """What to do about it; `otherwise` for a date or a logical value."""
        if self == NEVER_CALCULATED:
            return (
                "open the workbook in the program it is for and save it there: "
                "the values are then stored"
            )
        return "fix the formula, or leave the cell empty" if self.is_error else otherwise


def number_cell(value: float) -> Cell:
    """A number of a workbook as a cell; an infinite one, or NaN, is an odd cell."""
    return value if math.isfinite(value) else OddCell(repr(value))


def text_of(cell: Cell) -> str:
    """A cell as text; a whole number of a workbook without its `.0`.

    >>> text_of(12.0), text_of(" 007 "), text_of(1.5)
    ('12', '007', '1.5')
    """
    if isinstance(cell, str):
        return str(cell).strip()
    return str(int(cell)) if cell == int(cell) and abs(cell) < _WHOLE_BELOW else repr(cell)


def blank(cell: Cell) -> bool:
    """Whether a cell says that nothing was measured."""
    return isinstance(cell, str) and is_blank(cell)


def filled_text(cell: Cell) -> str:
    """A cell as text; nothing where it says that nothing was measured."""
    return "" if blank(cell) else text_of(cell)


def typed_texts(cells: Iterable[Cell]) -> Iterator[str]:
    """The cells that are text as a person or a program wrote it: no number, no odd cell."""
    for cell in cells:
        if isinstance(cell, str) and not isinstance(cell, OddCell):
            yield cell


def filled_texts(row: Iterable[Cell]) -> list[str]:
    """The cells of a row that are not empty, as text."""
    return [text_of(cell) for cell in row if cell != ""]


def any_filled(row: Iterable[Cell]) -> bool:
    """Whether a row has a cell that is not empty."""
    return any(cell != "" for cell in row)


def column_letters(index: int) -> str:
    """The letters of a workbook column, counted from 0.

    >>> column_letters(0), column_letters(27)
    ('A', 'AB')
    """
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def workbook_address(source: str, sheet: str, line: int, column: int) -> str:
    """The address of a cell of a workbook: `raw/x.xlsx Sheet1!C12`; columns count from 0."""
    return f"{source} {sheet}!{column_letters(column)}{line}"
