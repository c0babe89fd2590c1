"""An xPONENT export as its blocks: the facts above, then `DataType:` lines, each with a table.
Format known from its files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from exvivo.cells.messages import read_error
from exvivo.cells.text import decode
from exvivo.cells.text_rows import TextRow, filled_rows, lines_of, split_rows
from exvivo.errors import Mistake
from exvivo.read.cells.values import MOST_MISTAKES
from exvivo.read.luminex.shared import text_of_file
from exvivo.study.layout import plain_well

_START = 1 << 16
_TITLE = re.compile(r'(?:^|[\r\n])"?DataType:?"?[ ]*([,;\t])', re.IGNORECASE)
_LOCATION = re.compile(
    r"(?:[0-9]{1,4} *\( *)?([0-9]{1,3}) *, *((?:[A-Pa-p]|[Aa][A-Fa-f])0?[1-9][0-9]?) *\)?$"
)
_CUT = re.compile(r"[0-9]{1,4}(\([0-9]{1,3})?$")
_CUT_OFF = re.compile(r"((?:[A-Pa-p]|[Aa][A-Fa-f])0?[1-9][0-9]?)\)?$")
_REPORTER = re.compile(r"(.*?)[ _,-]*\(?(RP[1-9])\)?$|(RP[1-9])[: _,-]+(.*)$", re.IGNORECASE)
_SEAL = "-- crc --"
_COUNT = re.compile(r"[0-9][0-9.,' ]*$")
EVENTS = "total events"
_NOTES = "notes"
_BESIDE = (EVENTS, _NOTES)
"""Columns of a table of wells that are no analyte; a row may end before its notes."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its name, the reporter it is of where the file names one, its header, and its
    lines.
    """

    name: str
    line: int
    reporter: str = ""
    header: Sequence[str] = ()
    header_line: int = 0
    lines: Sequence[TextRow] = ()

    @property
    def title(self) -> str:
        """Its name with its reporter."""
        return f"{self.name} {self.reporter}".strip()

    @property
    def first_analyte(self) -> int:
        """The place of the first column that may be an analyte."""
        return 2 if [name.lower() for name in self.header[1:2]] == ["sample"] else 1

    def cells(self, source: str) -> Iterator[tuple[str, str, str, str]]:
        """Address, row name, column name and text of every cell behind the first column."""
        for line, cells in self.lines:
            for column, cell in zip(self.header[1:], cells[1:], strict=False):
                yield f"{source}:{line} {self.title}, {column}", cells[0], column, cell


@dataclass(frozen=True, slots=True)
class Blocks:
    """A whole export. `sealed`: it ends with the checksum that xPONENT writes last, so nothing was
    cut off.
    """

    source: str
    separator: str
    facts: Sequence[TextRow]
    blocks: Sequence[Block]
    sealed: bool

    def named(self, *names: str) -> list[Block]:
        """The blocks of these names, in lower case: several where there are several reporters."""
        return [block for block in self.blocks if block.name.lower() in names]


def holds_blocks(raw: bytes) -> bool:
    """For a sniffer: whether a text has a `DataType:` line in its beginning."""
    return _TITLE.search(decode(raw[:_START])) is not None


def read_blocks(raw: bytes, source: str) -> Blocks:
    """The blocks of an export. Raises `ReadError` for a file without any, and for quotes that do
    not close.
    """
    text = text_of_file(raw, source)
    separator = _separator(text, source)
    facts: list[TextRow] = []
    blocks: list[_OpenBlock] = []
    for number, cells in filled_rows(split_rows(lines_of(text), separator, source)):
        first = cells[0].lower().rstrip(": ")
        if first in ("datatype", _SEAL):
            blocks.append(_OpenBlock(" ".join(filter(None, cells[1:])), number, first == _SEAL))
        else:
            lines = blocks[-1].lines if blocks else facts
            lines.append((number, _with_location(cells) if separator == "," else cells))
    sealed = any(block.is_seal for block in blocks)
    return Blocks(source, separator, facts, [block.closed() for block in blocks], sealed)


def _separator(text: str, source: str) -> str:
    """What stands behind the first `DataType:`."""
    title = _TITLE.search(text)
    if title is None:
        cure = "export the batch as csv again"
        raise read_error(source, "no line `DataType:`", "an export of xPONENT", cure)
    return title[1]


@dataclass
class _OpenBlock:
    """A block while its lines are read."""

    name: str
    line: int
    is_seal: bool
    lines: list[TextRow] = field(default_factory=list)

    def closed(self) -> Block:
        """The block, whose header is its first line."""
        if self.is_seal:
            return Block("CRC", self.line, lines=self.lines)
        match = _REPORTER.match(self.name)
        name = (match[1] if match[2] else match[4]) if match else self.name
        reporter = (match[2] or match[3]).upper() if match else ""
        if not self.lines:
            return Block(name, self.line, reporter)
        (line, header), *lines = self.lines
        width = max((at + 1 for at, cell in enumerate(header) if cell), default=0)
        return Block(name, self.line, reporter, header[:width], line, lines)


def _with_location(cells: list[str]) -> list[str]:
    """A line whose location lost its quotes, and so was cut in two, with its location whole."""
    if _has_cut_location(cells):
        return [f"{cells[0]},{cells[1]}", *cells[2:]]
    return cells


def _has_cut_location(cells: list[str]) -> bool:
    """Whether the first two cells of a line are the two halves of a location."""
    return len(cells) > 1 and bool(_CUT.match(cells[0]) and _CUT_OFF.match(cells[1]))


def well_of(location: str) -> tuple[str, str] | None:
    """Plate number and well of a location, in plain form; None where it is none.

    >>> well_of("12(1,D02)"), well_of("1,B9"), well_of("Location")
    (('1', 'D2'), ('1', 'B9'), None)
    """
    match = _LOCATION.match(location)
    return (match[1], plain_well(match[2])) if match else None


@dataclass(frozen=True, slots=True)
class Row:
    """A well of a block: its line, its sample, and its cells as in the file."""

    line: int
    well: str
    sample: str
    cells: list[str]

    def cell(self, place: int) -> str:
        """A cell; empty where the row ends before it."""
        return self.cells[place] if place < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A block of wells by analytes. `analytes` and `beside` are the places of the analytes and of
    the other columns.
    """

    block: Block
    analytes: list[int]
    beside: list[int]
    rows: list[Row] = field(default_factory=list)

    @property
    def channels(self) -> list[str]:
        """The names of the analytes."""
        return [self.block.header[place] for place in self.analytes]

    @property
    def wells(self) -> list[str]:
        """The wells, in the order of the file."""
        return [row.well for row in self.rows]

    @property
    def cells(self) -> list[str]:
        """All cells of analytes, one well after the other."""
        cells: list[str] = []
        for row in self.rows:
            cells += (row.cells[place] for place in self.analytes)
        return cells

    def addresses(self, source: str) -> Iterator[tuple[str, str]]:
        """The address of every cell, and the cell."""
        for row in self.rows:
            where = f"{source}:{row.line} {self.block.title}"
            for place in self.analytes:
                yield f"{where}, {self.block.header[place]}", row.cells[place]

    def columns_beside(self) -> Iterator[tuple[str, list[str]]]:
        """The name and the cells of every other column; a row may end before its notes."""
        for place in self.beside:
            yield self.block.header[place], [row.cell(place) for row in self.rows]


def _empty_grid(block: Block) -> Grid:
    """A block by the places of its analytes and of its other columns, without its rows."""
    analytes: list[int] = []
    beside: list[int] = []
    for place in range(block.first_analyte, len(block.header)):
        is_analyte = block.header[place].lower() not in _BESIDE
        (analytes if is_analyte else beside).append(place)
    return Grid(block, analytes, beside)


def grid_of(block: Block, source: str) -> tuple[Grid, list[Mistake]]:
    """The wells of a block, and its mistakes: its columns, cells beyond them, rows cut short, wells
    twice.
    """
    grid = _empty_grid(block)
    mistakes = list(_header_mistakes(block, source))
    if mistakes:
        return grid, mistakes
    lines: dict[str, int] = {}
    for line, cells in block.lines:
        mistake = _row_mistake(block, line, cells, lines, source)
        if mistake:
            mistakes.append(mistake)
        elif place := well_of(cells[0]):
            lines[place[1]] = line
            sample = cells[1] if block.first_analyte == 2 else ""
            grid.rows.append(Row(line, place[1], sample, cells))
        if len(mistakes) >= MOST_MISTAKES:
            break
    return grid, mistakes


def _row_mistake(
    block: Block, line: int, cells: list[str], lines: Mapping[str, int], source: str
) -> Mistake | None:
    """The mistake of a row, if it has one; `lines` are those of the wells above."""
    where = f"{source}:{line} {block.title}"
    place = well_of(cells[0])
    if place is None:
        return Mistake(
            where,
            f"{cells[0]!r} for a location",
            "a location such as 12(1,D2) in every line of the block",
            "remove lines that do not belong to the table, or export the batch again",
        )
    mistake = _width_mistake(block, cells, where) or _moved_cell(block, cells, where)
    if mistake is None and place[1] in lines:
        first = f"plate {place[0]}; first in line {lines[place[1]]}"
        return Mistake(
            where,
            f"well {place[1]} a second time ({first})",
            "every well once: one plate a file",
            "export every plate of the batch into a file of its own",
        )
    return mistake


def _width_mistake(block: Block, cells: list[str], where: str) -> Mistake | None:
    """A row that is longer than the header, or shorter; it may end before its notes."""
    if _is_as_wide(cells, block.header):
        return None
    return Mistake(
        where,
        f"{len(cells)} cells",
        f"{len(block.header)}, as in the header (line {block.header_line})",
        "export the batch again; perhaps decimal commas in a file separated by commas, "
        "or a file cut short",
    )


def _is_as_wide(cells: list[str], header: Sequence[str]) -> bool:
    """Whether a row has a cell in every column but its notes, and none behind the last."""
    least = len(header) - (header[-1].lower() == _NOTES)
    return len(cells) >= least and not any(cells[len(header) :])


def _moved_cell(block: Block, cells: list[str], where: str) -> Mistake | None:
    """A count of events that is no count, or notes that are one: cells of the row have moved."""
    for name, cell in zip(block.header, cells, strict=False):
        is_events, is_count = name.lower() == EVENTS, _COUNT.match(cell) is not None
        if (is_events and not is_count) or (name.lower() == _NOTES and is_count):
            kind = "a whole number" if is_events else "words or nothing"
            return Mistake(
                where,
                f"{cell!r} for {name}",
                f"{kind} there: cells of this line have moved",
                "export the batch again; perhaps decimal commas in a file separated by commas",
            )
    return None


def _header_mistakes(block: Block, source: str) -> Iterator[Mistake]:
    where = f"{source}:{block.header_line or block.line} {block.title}"
    again = "export the batch again"
    if not block.header or block.header[0].lower() != "location":
        yield Mistake(where, "no column Location", "Location, Sample and the analytes", again)
        return
    named = block.header[block.first_analyte :]
    analytes = [name for name in named if name.lower() not in _BESIDE]
    if not analytes or "" in analytes:
        finding = "a column without a name" if analytes else "no analytes"
        yield Mistake(where, finding, "the name of an analyte over every column", again)
    for name, times in Counter(filter(None, named)).items():
        if times > 1:
            finding = f"the column {name!r} {times} times"
            yield Mistake(where, finding, "each analyte once", "rename one in the protocol")
