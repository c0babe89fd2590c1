"""A table of a csv, tsv or xlsx file as cells: text or number, each with an address a person can
find.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.guards import check_workbook, describe
from exvivo.read.cells.old_workbook import read_old_sheets
from exvivo.read.cells.text import decode
from exvivo.read.cells.text_table import text_grid
from exvivo.read.cells.workbook_cells import Cell, OddCell, hollow_cells


@dataclass(frozen=True)
class Table:
    """A header and the rows under it. `lines` are the rows' numbers in the file; `sheet` is empty
    for text files.

    `separator` stands between the cells of a text file.
    """

    source: str
    sheet: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    header_line: int
    lines: tuple[int, ...]
    other_sheets: tuple[str, ...] = field(default=())
    separator: str = ""

    def where(self, row: int, column: int) -> str:
        """The address of a cell: `raw/x.xlsx Sheet1!C12`, or `raw/x.csv:12 column TNF`."""
        line = self.lines[row] if row >= 0 else self.header_line
        if self.sheet:
            return f"{self.source} {self.sheet}!{column_letters(column)}{line}"
        return f"{self.source}:{line} column {self.header[column]}"

    def top(self) -> str:
        """The address of the header line."""
        return (
            f"{self.source} {self.sheet}!A{self.header_line}"
            if self.sheet
            else f"{self.source}:{self.header_line}"
        )


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


def looks_like_table(raw: bytes, suffix: str) -> bool:
    """Whether a file is a workbook or text that may be a table."""
    kind = describe(raw[:4096])
    return (
        kind == "text"
        or raw.startswith(_OLE)
        or (raw.startswith(b"PK") and suffix in (".xlsx", ".xlsm", "", ".xls"))
    )


def read_table(raw: bytes, source: str, *, sheet: str = "", comments: bool = False) -> Table:
    """The table of a csv, tsv or xlsx file. With `comments`, lines starting with # are passed over.

    Raises `ReadError` for a damaged file, an unknown or undecided sheet, a column named twice, and
    rows longer (in text: or shorter) than the header.
    """
    if raw.startswith((b"PK", _OLE)):
        name, others, grid = _sheet(raw, source, sheet)
        kept = [row for row in grid if any(c != "" for c in row[1]) and not _comment(row, comments)]
        return table_of(source, name, others, kept)
    if describe(raw) != "text":
        raise ReadError(
            Mistake(
                source,
                describe(raw),
                "a table: csv, tsv or xlsx",
                "save the table as .xlsx or as csv",
            )
        )
    lines, separator = text_grid(decode(raw), source, comments=comments)
    return replace(
        table_of(source, "", (), [(line, [*row]) for line, row in lines]), separator=separator
    )


def _comment(row: tuple[int, list[Cell]], comments: bool) -> bool:
    return comments and isinstance(row[1][0], str) and row[1][0].startswith("#")


def table_of(
    source: str, sheet: str, others: tuple[str, ...], grid: list[tuple[int, list[Cell]]]
) -> Table:
    """The table of rows that are not empty, each with its line; the first is the header.

    Raises `ReadError` for a table without rows, a column named twice and rows longer than the
    header.
    """
    where = f"{source} {sheet}".strip()
    if not grid:
        raise ReadError(
            Mistake(where, "an empty table", "a header line and rows", "fill the table")
        )
    line, first = grid[0]
    while first and first[-1] == "":
        first = first[:-1]
    header = tuple(text_of(cell) for cell in first)
    mistakes = [
        Mistake(
            f"{where}, line {line}",
            f"the column `{name}` twice",
            "each column once",
            "rename or remove one",
        )
        for name in sorted({name for name in header if name and header.count(name) > 1})
    ]
    long = [
        (number, row) for number, row in grid[1:] if any(cell != "" for cell in row[len(header) :])
    ]
    if long:
        number, row = long[0]
        more = f" (and {len(long) - 1} line{'s' * (len(long) > 2)} more)" if len(long) > 1 else ""
        mistakes.append(
            Mistake(
                f"{where}, line {number}",
                f"{len(row)} cells{more}",
                f"{len(header)} at most: the first line that is not empty (line {line}) is the header of the table",
                "remove lines above the header; put text that holds a separator in double quotes, give every column a name, "
                "and keep one table alone",
            )
        )
    if mistakes:
        raise ReadError(mistakes)
    rows = tuple(tuple((row + [""] * len(header))[: len(header)]) for _, row in grid[1:])
    return Table(source, sheet, header, rows, line, tuple(number for number, _ in grid[1:]), others)


def text_of(cell: Cell) -> str:
    """A cell as text; a whole number of a workbook without its `.0`.

    >>> text_of(12.0), text_of(" 007 "), text_of(1.5)
    ('12', '007', '1.5')
    """
    if isinstance(cell, str):
        return str(cell).strip()
    return str(int(cell)) if cell == int(cell) and abs(cell) < 1e15 else repr(cell)


def is_workbook(raw: bytes) -> bool:
    """Whether a file is an Excel workbook, new (.xlsx) or old (.xls), by its bytes."""
    return raw.startswith(_OLE) or (raw.startswith(b"PK") and b"xl/" in raw)


def read_sheets(raw: bytes, source: str) -> dict[str, list[list[Cell]]]:
    """Every sheet of a workbook (.xlsx or .xls) as rows of cells, by its name. Raises `ReadError`
    if it is no sound one.
    """
    if raw.startswith(_OLE):
        return read_old_sheets(raw, source)
    workbook = _workbook(raw, source)
    return {
        name: [[_cell(c) for c in row] for row in _cells(workbook, name, source)]
        for name in workbook.sheet_names
    }


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def _workbook(raw: bytes, source: str) -> Any:
    check_workbook(raw, source)
    from python_calamine import CalamineWorkbook

    return _calamine(lambda: CalamineWorkbook.from_filelike(io.BytesIO(raw)), source)


def _cells(workbook: Any, name: str, source: str) -> list[list[object]]:
    rows: list[list[object]] = _calamine(
        lambda: workbook.get_sheet_by_name(name).to_python(skip_empty_area=False), source
    )
    return rows


def _sheet(
    raw: bytes, source: str, wanted: str
) -> tuple[str, tuple[str, ...], list[tuple[int, list[Cell]]]]:
    sheets = read_sheets(raw, source) if raw.startswith(_OLE) else {}
    workbook: Any = None if sheets else _workbook(raw, source)
    names: list[str] = list(sheets) or workbook.sheet_names
    if wanted not in names and (wanted or len(names) != 1):
        found = (
            f"no sheet {wanted!r}" if wanted else f"{len(names)} sheets and no word which to read"
        )
        raise ReadError(
            Mistake(
                source,
                found,
                "one of its sheets: " + ", ".join(names),
                "name the sheet in study.yaml (`sheet:`)",
            )
        )
    name = wanted or names[0]
    rows = (
        sheets[name]
        if sheets
        else [[_cell(cell) for cell in row] for row in _cells(workbook, name, source)]
    )
    grid = list(enumerate(rows, start=1))
    for (row, column), found in hollow_cells(raw, name).items() if raw.startswith(b"PK") else ():
        if row < len(grid) and column < len(grid[row][1]):
            grid[row][1][column] = OddCell(found)
    return name, tuple(n for n in names if n != name), grid


def _cell(value: object) -> Cell:
    if isinstance(value, bool):
        return OddCell("TRUE" if value else "FALSE")
    if isinstance(value, (int, float)):
        return float(value) if abs(value) < float("inf") else OddCell(repr(value))
    if isinstance(value, (datetime, date, time, timedelta)):
        return OddCell(str(value))
    return str(value).strip()


def _calamine(call: Callable[[], Any], source: str) -> Any:
    """Run the workbook reader; whatever it throws, panics of its Rust included, becomes a
    `ReadError`.
    """
    try:
        return call()
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            locked = type(error).__name__ == "PasswordError"
            found = (
                "a workbook with a password"
                if locked
                else f"a workbook that cannot be read ({error})"
            )
            raise ReadError(
                Mistake(
                    source,
                    found,
                    "an .xlsx workbook",
                    "open it and save it again as .xlsx, without a password",
                )
            ) from None
        raise
