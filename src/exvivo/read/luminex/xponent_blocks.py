"""An xPONENT export as its blocks: the facts above, then `DataType:` lines, each with a table.
Format known from its files.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.text import decode
from exvivo.read.luminex.shared import MOST_MISTAKES, text_of_file
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

Line = tuple[int, list[str]]
"""A line's number in the file, and its cells."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its name, the reporter it is of where the file names one, its header, and its
    lines.
    """

    name: str
    line: int
    reporter: str = ""
    header: tuple[str, ...] = ()
    header_line: int = 0
    lines: tuple[Line, ...] = ()

    @property
    def title(self) -> str:
        """Its name with its reporter."""
        return f"{self.name} {self.reporter}".strip()


@dataclass(frozen=True, slots=True)
class Blocks:
    """A whole export. `sealed`: it ends with the checksum that xPONENT writes last, so nothing was
    cut off.
    """

    source: str
    separator: str
    facts: tuple[Line, ...]
    blocks: tuple[Block, ...]
    sealed: bool

    def named(self, name: str) -> list[Block]:
        """The blocks of that name, in lower case: several where there are several reporters."""
        return [block for block in self.blocks if block.name.lower() == name]


def holds_blocks(raw: bytes) -> bool:
    """For a sniffer: whether a text has a `DataType:` line in its beginning."""
    return _TITLE.search(decode(raw[:_START])) is not None


def read_blocks(raw: bytes, source: str) -> Blocks:
    """The blocks of an export. Raises `ReadError` for a file without any, and for quotes that do
    not close.
    """
    text = text_of_file(raw, source)
    title = _TITLE.search(text)
    if title is None:
        raise ReadError(
            Mistake(
                source,
                "no line `DataType:`",
                "an export of xPONENT",
                "export the batch as csv again",
            )
        )
    facts, blocks, sealed = [], [], False
    current: _Open | None = None
    for number, cells in _lines(text, title[1], source):
        first = cells[0].lower().rstrip(": ")
        if first == "datatype" or first == _SEAL:
            blocks += [current.closed()] if current else []
            current = _Open(_title(cells) if first == "datatype" else "CRC", number)
            sealed = sealed or first == _SEAL
        elif current is None:
            facts.append((number, cells))
        else:
            current.lines.append((number, cells))
    blocks += [current.closed()] if current else []
    return Blocks(source, title[1], tuple(facts), tuple(blocks), sealed)


@dataclass
class _Open:
    name: str
    line: int
    lines: list[Line] = field(default_factory=list)

    def closed(self) -> Block:
        known = _REPORTER.match(self.name)
        name = (known[1] if known[2] else known[4]) if known else self.name
        reporter = (known[2] or known[3]).upper() if known else ""
        if not self.lines or self.name == "CRC":
            return Block(name, self.line, reporter, lines=tuple(self.lines))
        line, cells = self.lines[0]
        return Block(name, self.line, reporter, tuple(_trimmed(cells)), line, tuple(self.lines[1:]))


def _title(cells: list[str]) -> str:
    return " ".join(cell for cell in cells[1:] if cell)


def _trimmed(cells: list[str]) -> list[str]:
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return cells[:end]


def _lines(text: str, separator: str, source: str) -> Iterator[Line]:
    """The lines that are not empty. A location that lost its quotes, and so was cut in two, is put
    together again.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                if (
                    separator == ","
                    and len(cells) > 1
                    and _CUT.match(cells[0])
                    and _CUT_OFF.match(cells[1])
                ):
                    cells[:2] = [f"{cells[0]},{cells[1]}"]
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise ReadError(
            Mistake(
                f"{source}:{begins}",
                f"a line that cannot be read ({error})",
                "a line of an xPONENT export",
                "close the double quotes, or export the batch again; a file that breaks off was not copied whole",
            )
        ) from None


def well_of(location: str) -> tuple[str, str] | None:
    """Plate number and well of a location, in plain form; None where it is none.

    >>> well_of("12(1,D02)"), well_of("1,B9"), well_of("Location")
    (('1', 'D2'), ('1', 'B9'), None)
    """
    match = _LOCATION.match(location)
    return (match[1], plain_well(match[2])) if match else None


@dataclass(frozen=True, slots=True)
class Grid:
    """A block of wells by analytes: `rows[i][j]` is the cell of well i and analyte j. `beside`: its
    other columns.
    """

    block: Block
    channels: list[str]
    wells: list[str]
    samples: list[str]
    lines: list[int]
    rows: list[list[str]]
    beside: dict[str, list[str]]

    @property
    def cells(self) -> list[str]:
        """All cells, one well after the other."""
        return [cell for row in self.rows for cell in row]

    def addresses(self, source: str) -> Iterator[tuple[str, str]]:
        """The address of every cell, and the cell."""
        for line, row in zip(self.lines, self.rows, strict=True):
            for channel, cell in zip(self.channels, row, strict=True):
                yield f"{source}:{line} {self.block.title}, {channel}", cell


def grid_of(block: Block, source: str) -> tuple[Grid, list[Mistake]]:
    """The wells of a block, and what is wrong with it: its columns, cells beyond them, rows cut
    short, wells twice.
    """
    first = 2 if len(block.header) > 1 and block.header[1].lower() == "sample" else 1
    names = [name.lower() for name in block.header]
    beside = [place for place, name in enumerate(names) if place >= first and name in _BESIDE]
    analytes = [place for place in range(first, len(names)) if names[place] not in _BESIDE]
    grid = Grid(
        block,
        [block.header[p] for p in analytes],
        [],
        [],
        [],
        [],
        {block.header[p]: [] for p in beside},
    )
    mistakes = list(_header_mistakes(block, first, source))
    seen: dict[str, int] = {}
    for line, cells in block.lines if not mistakes else ():
        wrong = _row_mistake(block, line, cells, seen, source)
        if wrong:
            mistakes.append(wrong)
            if len(mistakes) >= MOST_MISTAKES:
                break
            continue
        grid.wells.append(next(reversed(seen)))
        grid.samples.append(cells[1] if first == 2 else "")
        grid.lines.append(line)
        grid.rows.append([cells[p] for p in analytes])
        for p in beside:
            grid.beside[block.header[p]].append(cells[p] if p < len(cells) else "")
    return grid, mistakes


def _row_mistake(
    block: Block, line: int, cells: list[str], seen: dict[str, int], source: str
) -> Mistake | None:
    """What is wrong with a row; a sound one's well is added to `seen`."""
    where = f"{source}:{line} {block.title}"
    place = well_of(cells[0])
    width = len(block.header)
    least = width - (block.header[-1].lower() == _NOTES)
    if place is None:
        return Mistake(
            where,
            f"{cells[0]!r} for a location",
            "a location such as 12(1,D2) in every line of the block",
            "remove lines that do not belong to the table, or export the batch again",
        )
    if len(cells) < least or any(cells[width:]):
        return Mistake(
            where,
            f"{len(cells)} cells",
            f"{width}, as in the header (line {block.header_line})",
            "export the batch again; perhaps decimal commas in a file separated by commas, or a file cut short",
        )
    for name, cell in zip(block.header, cells, strict=False):
        if (name.lower() == EVENTS and not _COUNT.match(cell)) or (
            name.lower() == _NOTES and _COUNT.match(cell)
        ):
            return Mistake(
                where,
                f"{cell!r} for {name}",
                f"{'a whole number' if name.lower() == EVENTS else 'words or nothing'} there: "
                "cells of this line have moved",
                "export the batch again; perhaps decimal commas in a file separated by commas",
            )
    if place[1] in seen:
        return Mistake(
            where,
            f"well {place[1]} a second time (plate {place[0]}; first in line {seen[place[1]]})",
            "every well once: one plate a file",
            "export every plate of the batch into a file of its own",
        )
    seen[place[1]] = line
    return None


def _header_mistakes(block: Block, first: int, source: str) -> Iterator[Mistake]:
    where = f"{source}:{block.header_line or block.line} {block.title}"
    if not block.header or block.header[0].lower() != "location":
        yield Mistake(
            where,
            "no column Location",
            "Location, Sample and the analytes",
            "export the batch again",
        )
        return
    named = block.header[first:]
    analytes = [name for name in named if name.lower() not in _BESIDE]
    if not analytes or "" in analytes:
        what = "a column without a name" if analytes else "no analytes"
        yield Mistake(
            where, what, "the name of an analyte over every column", "export the batch again"
        )
    for name, times in Counter(named).items():
        if name and times > 1:
            yield Mistake(
                where,
                f"the column {name!r} {times} times",
                "each analyte once",
                "rename one in the protocol",
            )
