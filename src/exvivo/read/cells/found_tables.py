"""The tables of an export, found by their header whatever stands above it, and their numbers under
one decimal mark.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.guards import describe, unzip
from exvivo.read.cells.table import Table, is_workbook, read_sheets, table_of, text_of
from exvivo.read.cells.text import Unreadable, decimal_mark, decode, is_blank, number
from exvivo.read.cells.workbook_cells import Cell, OddCell

IsHeader = Callable[[Sequence[str]], bool]
"""Whether the cells of a line (in lower case) are the header of a table that a reader knows."""

_DEEPEST = 200
"""Lines in which the header of a table is looked for."""
_START = 1 << 16
"""Bytes of a text in which a sniffer looks."""
_SEPARATORS = "\t;,"
_GROUPED = re.compile(r"(?<=[0-9])[\u00a0\u202f '’](?=[0-9]{3}(?![0-9]))")
_WELL = re.compile(r"(?:[A-Pa-p]|[Aa][A-Fa-f])0?[1-9][0-9]?$")


@dataclass(frozen=True)
class Found:
    """A table, the lines above its header, and how far its rows reach."""

    table: Table
    above: tuple[tuple[str, ...], ...] = ()
    widths: tuple[int, ...] = ()
    """The cells of every row as the file has them; empty for a workbook, whose rows all reach to
    the end.
    """

    def reaches(self, row: int, column: int) -> bool:
        """Whether a row has this column: a line that ends before it was cut short, and its cell is
        not a blank one.
        """
        return not self.widths or self.widths[row] > column

    @property
    def block(self) -> str:
        """The name of its sheet; a text file has none."""
        return self.table.sheet or "table"


@dataclass(frozen=True)
class Export:
    """The tables of a file that a reader knows, and the lines of the sheets that hold none."""

    found: tuple[Found, ...]
    others: Mapping[str, tuple[tuple[str, ...], ...]]

    def facts(self, wanted: Mapping[str, str]) -> dict[str, str]:
        """What the lines beside the tables say: for each label in `wanted` the fact it stands for,
        with its words.
        """
        rows = [row for found in self.found for row in found.above]
        rows += [row for sheet in self.others.values() for row in sheet]
        said: dict[str, str] = {}
        for row in rows:
            label, *words = [cell for cell in row if cell] or [""]
            name = wanted.get(label.rstrip(": ").lower())
            if name and words:
                said.setdefault(name, " ".join(words))
        return said


def is_well(name: str) -> bool:
    """Whether a name is a well of a plate of up to 1536 wells.

    >>> is_well("A01"), is_well("af48"), is_well("Temperature")
    (True, True, False)
    """
    return _WELL.match(name) is not None


def find_tables(raw: bytes, source: str, is_header: IsHeader) -> Export:
    """The tables of a text file (one at most) or of the sheets of a workbook (one a sheet).

    Raises `ReadError` for a file that is neither, for a table with a column twice or rows longer
    than its header, and for a text that breaks off within its last line.
    """
    if is_workbook(raw):
        return _workbook_tables(raw, source, is_header)
    if describe(raw) != "text":
        raise ReadError(
            Mistake(
                source,
                describe(raw),
                "a table: csv, tsv, txt or xlsx",
                "export or save the table as csv or .xlsx",
            )
        )
    text = decode(raw)
    if "\x00" in text:
        raise ReadError(
            Mistake(
                source, "a binary file", "a table: csv, tsv, txt or xlsx", "export it again as csv"
            )
        )
    lines = _lines(text)
    place = _text_header(lines, is_header)
    if place is None:
        return Export((), {"": tuple((line,) for line in lines[:_DEEPEST] if line.strip())})
    top, separator = place
    grid = _text_grid(lines, top, separator, source)
    above = tuple(_split(line, separator) for line in lines[:top] if line.strip())
    table = replace(table_of(source, "", (), grid), separator=separator)
    return Export((Found(table, above, tuple(len(row) for _, row in grid[1:])),), {})


def holds_table(raw: bytes, is_header: IsHeader, words: Iterable[str]) -> bool:
    """For a sniffer: whether a file seems to hold such a table. Of a workbook, only one with all
    `words` is opened.
    """
    if is_workbook(raw):
        try:
            return _has_words(raw, words) and bool(_workbook_tables(raw, "", is_header).found)
        except ReadError:
            return False
    if describe(raw[:4096]) != "text":
        return False
    return _text_header(_lines(decode(raw[:_START])), is_header) is not None


def _has_words(raw: bytes, words: Iterable[str]) -> bool:
    """Whether a workbook has cells with these words, as far as can be told without opening its
    sheets.
    """
    if not raw.startswith(b"PK"):
        return all(word.encode() in raw or word.encode("utf-16-le") in raw for word in words)
    missing = {f">{word}<".encode() for word in words}
    for name, content in unzip(raw, ""):
        if name.endswith(".xml"):
            missing = {word for word in missing if word not in content}
    return not missing


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _text_header(lines: list[str], is_header: IsHeader) -> tuple[int, str] | None:
    """The first line that is a header, and its separator."""
    for index, line in enumerate(lines[:_DEEPEST]):
        for separator in _SEPARATORS:
            if separator in line and is_header([cell.lower() for cell in _split(line, separator)]):
                return index, separator
    return None


def _split(line: str, separator: str) -> tuple[str, ...]:
    try:
        return tuple(cell.strip() for cell in next(csv.reader([line], delimiter=separator)))
    except (csv.Error, StopIteration):
        return ()


def _text_grid(
    lines: list[str], top: int, separator: str, source: str
) -> list[tuple[int, list[Cell]]]:
    """The rows from the header on, each with its line number, without those that are empty."""
    reader = csv.reader((line + "\n" for line in lines[top:]), delimiter=separator, strict=True)
    grid: list[tuple[int, list[Cell]]] = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                grid.append((reader.line_num + top, [cell.strip() for cell in row]))
    except csv.Error as error:
        raise ReadError(
            Mistake(
                f"{source}:{reader.line_num + top}",
                f"a line that cannot be read ({error})",
                "a line of a table",
                "close the double quotes, or export the file again",
            )
        ) from None
    if lines[-1] and len(grid) > 2 and len(grid[-1][1]) < min(len(grid[0][1]), len(grid[-2][1])):
        raise ReadError(
            Mistake(
                f"{source}:{grid[-1][0]}",
                f"a last line that breaks off: {lines[-1][-40:]!r}",
                "a whole file",
                "copy or export the file again",
            )
        )
    return grid


def _workbook_tables(raw: bytes, source: str, is_header: IsHeader) -> Export:
    found, others = [], {}
    for name, cells in read_sheets(raw, source).items():
        top = next((i for i, row in enumerate(cells[:_DEEPEST]) if is_header(_names(row))), None)
        if top is None:
            others[name] = tuple(tuple(map(text_of, row)) for row in cells[:_DEEPEST])
            continue
        grid = [
            (line, row)
            for line, row in enumerate(cells[top:], start=top + 1)
            if any(c != "" for c in row)
        ]
        above = tuple(tuple(map(text_of, row)) for row in cells[:top] if any(c != "" for c in row))
        found.append(Found(table_of(source, name, (), grid), above))
    return Export(tuple(found), others)


def _names(row: list[Cell]) -> list[str]:
    return [text_of(cell).lower() for cell in row]


def cells_of(table: Table, columns: Iterable[int]) -> Iterator[Cell]:
    """The cells of some columns, one column after the other."""
    for column in columns:
        yield from (row[column] for row in table.rows)


def mark_of(table: Table, cells: Iterable[Cell], *, cq: Iterable[Cell] = ()) -> str:
    """The decimal mark of a table, decided over the cells of all its numeric columns together.

    No run has a thousand cycles, so `21,187` among Cq can only be 21.187; in any other column it
    may be 21187, and so may 21.187 between semicolons, where decimal commas are usual. Raises
    `ReadError` where the cells do not tell, or contradict one another.
    """
    texts = dict.fromkeys(
        _ungrouped(cell)
        for cell in cells
        if isinstance(cell, str) and not isinstance(cell, OddCell)
    )
    written = {
        _sure(cell): cell for cell in cq if isinstance(cell, str) and not isinstance(cell, OddCell)
    }
    try:
        return decimal_mark([*texts, *written], doubtful=".," if table.separator == ";" else ",")
    except Unreadable as why:
        found = str(why)
        for sure, cell in written.items():
            found = found.replace(repr(sure), repr(cell))
        raise ReadError(
            Mistake(
                f"{table.source} {table.sheet}".strip(),
                found,
                "numbers that can be read in one way only, with one decimal mark in the whole file",
                "remove the thousands marks, or export with one decimal mark",
            )
        ) from None


def _sure(cq: str) -> str:
    """A Cq with three decimals, written so that its mark cannot be taken for one of thousands."""
    return cq + "0" if cq.count(",") + cq.count(".") == 1 else cq


def _ungrouped(text: str) -> str:
    """A number without the spaces or apostrophes that some countries put between thousands."""
    return _GROUPED.sub("", text)


def number_of(cell: Cell, mark: str) -> float:
    """A cell as a number. Raises `Unreadable`, in words for a message, for anything else."""
    if isinstance(cell, OddCell):
        hint = (
            " (spreadsheets make dates of numbers such as 21.5)" if "date" in cell.words() else ""
        )
        raise Unreadable(cell.words() + hint)
    return number(_ungrouped(cell), mark=mark) if isinstance(cell, str) else cell


def blank(cell: Cell) -> bool:
    """Whether a cell says that nothing was measured."""
    return isinstance(cell, str) and is_blank(cell)
