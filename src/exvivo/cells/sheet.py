"""The cells of a sheet or a text, row by row and without a header, each with its address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from exvivo.cells.cell import Cell, workbook_address
from exvivo.cells.messages import read_error
from exvivo.cells.text_rows import SEPARATORS, lines_of, split_rows
from exvivo.cells.workbook import open_workbook
from exvivo.errors import ReadError


@dataclass(frozen=True)
class Sheet:
    """The cells of one sheet (or of a text, whose name is empty), row by row; `lines` are the rows'
    numbers in the file.
    """

    source: str
    name: str
    rows: Sequence[Sequence[Cell]]
    lines: Sequence[int]
    separator: str = ""

    def cell(self, row: int, column: int) -> Cell:
        """A cell; nothing where the sheet has none."""
        inside = 0 <= row < len(self.rows) and 0 <= column < len(self.rows[row])
        return self.rows[row][column] if inside else ""

    def where(self, row: int, column: int) -> str:
        """The address of a cell: `raw/x.xlsx Sheet1!C12`, or `raw/x.csv:12, cell 3`."""
        line = self.lines[row] if row < len(self.lines) else row + 1
        if self.name:
            return workbook_address(self.source, self.name, line, column)
        return f"{self.source}:{line}, cell {column + 1}"


def workbook_sheets(raw: bytes, source: str) -> list[Sheet]:
    """The sheets of a workbook. Errors and formulas without a value are odd cells, no blanks.
    Raises `ReadError` for a workbook that is not sound.
    """
    workbook = open_workbook(raw, source)
    return [
        Sheet(source, name, rows := workbook.marked_rows(name), range(1, len(rows) + 1))
        for name in workbook.sheets
    ]


def text_sheets(text: str, source: str) -> list[Sheet]:
    """The sheet a text would be with each separator it may have: tab, `;` and `,`. Raises
    `ReadError` where it can be cut at none of them.
    """
    sheets = list(_cut_at_each(lines_of(text), source))
    if not sheets:
        raise read_error(
            source,
            "a double quote that is not closed",
            "a table",
            "close the double quotes, or export it again",
        )
    return sheets


def _cut_at_each(lines: list[str], source: str) -> Iterator[Sheet]:
    for separator in SEPARATORS:
        with suppress(ReadError):
            numbers, rows = zip(*split_rows(lines, separator, source), strict=True)
            yield Sheet(source, "", rows, numbers, separator)
