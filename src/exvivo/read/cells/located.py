"""The tables of an export, located by their header whatever stands above it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from exvivo.cells.cell import Cell, any_filled, text_of
from exvivo.cells.guards import describe
from exvivo.cells.messages import read_error
from exvivo.cells.text import decode, table_text
from exvivo.cells.text_rows import (
    SEPARATORS,
    TextRow,
    filled_rows,
    lines_of,
    split_line,
    split_rows,
)
from exvivo.cells.workbook import is_workbook, read_sheets, workbook_holds
from exvivo.errors import ReadError
from exvivo.read.cells.table import Table, table_of

IsHeader = Callable[[Sequence[str]], bool]
"""Whether the cells of a line (in lower case) are the header of a table that a reader knows."""

_DEEPEST = 200
"""Lines in which the header of a table is looked for."""
_START = 1 << 16
"""Bytes of a text in which a sniffer looks."""
_WELL = re.compile(r"(?:[A-Pa-p]|[Aa][A-Fa-f])0?[1-9][0-9]?$")


@dataclass(frozen=True)
class LocatedTable:
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

    @property
    def names(self) -> list[str]:
        """The names of its columns in lower case."""
        return [name.lower() for name in self.table.header]

    def first_words_above(self) -> list[str]:
        """What every line above the table begins with."""
        return [next(filter(None, line), "") for line in self.above]


@dataclass(frozen=True)
class Export:
    """The tables of a file that a reader knows, and the lines of the sheets that hold none."""

    tables: tuple[LocatedTable, ...]
    others: Mapping[str, tuple[tuple[str, ...], ...]]

    def facts(self, wanted: Mapping[str, str]) -> dict[str, str]:
        """What the lines beside the tables say: for each label in `wanted` the fact it stands for,
        with its words.
        """
        return facts_of(self._labelled_words(), wanted)

    def first_line(self) -> str:
        """The first line of the sheets without a table, for a message."""
        lines = (" ".join(" ".join(row).split()) for rows in self.others.values() for row in rows)
        return next(filter(None, lines), "")

    def _labelled_words(self) -> Iterator[tuple[str, str]]:
        """What every line beside the tables begins with, and the words behind it."""
        above = (located.above for located in self.tables)
        for line in chain.from_iterable((*above, *self.others.values())):
            label, *words = [cell for cell in line if cell] or [""]
            yield label.rstrip(": "), " ".join(words)


def facts_of(labelled: Iterable[tuple[str, str]], wanted: Mapping[str, str]) -> dict[str, str]:
    """The facts that labels (in any case) stand for in `wanted`, each with the words behind its
    first label that has any.
    """
    facts: dict[str, str] = {}
    for label, words in labelled:
        name = wanted.get(label.lower())
        if name and words:
            facts.setdefault(name, words)
    return facts


def is_well(name: str) -> bool:
    """Whether a name is a well of a plate of up to 1536 wells.

    >>> is_well("A01"), is_well("af48"), is_well("Temperature")
    (True, True, False)
    """
    return _WELL.match(name) is not None


def locate_tables(raw: bytes, source: str, is_header: IsHeader) -> Export:
    """The tables of a text file (one at most) or of the sheets of a workbook (one a sheet).

    Raises `ReadError` for a file that is neither, for a table with a column twice or rows longer
    than its header, and for a text that breaks off within its last line.
    """
    if is_workbook(raw):
        return _workbook_tables(raw, source, is_header)
    return _text_table(lines_of(table_text(raw, source)), source, is_header)


def _text_table(lines: list[str], source: str, is_header: IsHeader) -> Export:
    """The one table of a text, from its header on."""
    place = _text_header(lines, is_header)
    if place is None:
        return Export((), {"": tuple((line,) for line in lines[:_DEEPEST] if line.strip())})
    top, separator = place
    rows = filled_rows(split_rows(lines[top:], separator, source, first=top + 1))
    _refuse_broken_end(rows, lines[-1], source)
    table = replace(table_of(source, "", rows), separator=separator)
    above = tuple(split_line(line, separator) for line in lines[:top] if line.strip())
    widths = tuple(len(cells) for _, cells in rows[1:])
    return Export((LocatedTable(table, above, widths),), {})


def holds_table(raw: bytes, is_header: IsHeader, words: Iterable[str]) -> bool:
    """For a sniffer: whether a file seems to hold such a table. Of a workbook, only one with all
    `words` as cells is opened.
    """
    if is_workbook(raw):
        return _workbook_holds_table(raw, is_header, words)
    if describe(raw[:4096]) != "text":
        return False
    return _text_header(lines_of(decode(raw[:_START])), is_header) is not None


def _workbook_holds_table(raw: bytes, is_header: IsHeader, words: Iterable[str]) -> bool:
    try:
        may_hold = workbook_holds(raw, words, whole_cells=True)
        return may_hold and bool(_workbook_tables(raw, "", is_header).tables)
    except ReadError:
        return False


def _text_header(lines: list[str], is_header: IsHeader) -> tuple[int, str] | None:
    """The first line that is a header, and its separator."""
    for index, line in enumerate(lines[:_DEEPEST]):
        for separator in SEPARATORS:
            if separator in line and is_header(_names(split_line(line, separator))):
                return index, separator
    return None


def _names(row: Sequence[Cell]) -> list[str]:
    return [text_of(cell).lower() for cell in row]


def _refuse_broken_end(rows: list[TextRow], end: str, source: str) -> None:
    """A last line without a line end that is shorter than the header and the line before was cut
    off.
    """
    if not end or len(rows) < 3:
        return
    (_, header), (_, before), (line, last) = rows[0], rows[-2], rows[-1]
    if len(last) < min(len(header), len(before)):
        raise read_error(
            f"{source}:{line}",
            f"a last line that breaks off: {end[-40:]!r}",
            "a whole file",
            "copy or export the file again",
        )


def _workbook_tables(raw: bytes, source: str, is_header: IsHeader) -> Export:
    tables: list[LocatedTable] = []
    others: dict[str, tuple[tuple[str, ...], ...]] = {}
    for name, rows in read_sheets(raw, source).items():
        headers = (at for at, row in enumerate(rows[:_DEEPEST]) if is_header(_names(row)))
        top = next(headers, None)
        if top is None:
            others[name] = _texts(rows[:_DEEPEST])
            continue
        body = [(at + 1, row) for at, row in enumerate(rows) if at >= top and any_filled(row)]
        above = _texts(filter(any_filled, rows[:top]))
        tables.append(LocatedTable(table_of(source, name, body), above))
    return Export(tuple(tables), others)


def _texts(rows: Iterable[Sequence[Cell]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(map(text_of, row)) for row in rows)
