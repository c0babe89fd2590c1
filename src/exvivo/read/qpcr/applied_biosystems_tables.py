"""The tables of an Applied Biosystems export: what stands where, which well a line is of, and how
numbers are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.table import text_of
from exvivo.read.cells.text import Unreadable, decimal_mark, is_blank, number
from exvivo.read.cells.workbook_cells import Cell
from exvivo.read.qpcr.applied_biosystems_words import (
    COLUMNS,
    CYCLES_RUN,
    READ,
    SECTIONS,
    TITLES,
    is_cq,
    is_number,
)
from exvivo.read.qpcr.sections import Export, Section, plain_name
from exvivo.read.qpcr.shared import Reactions, some
from exvivo.study.layout import plain_well

_BLOCKS = {"48": (6, 8), "96": (8, 12), "384": (16, 24)}
_BLOCK = re.compile(r"(?<![0-9])(384|96|48)(?![0-9])")
_POSITION = re.compile(r"([A-Pa-p])0?([1-9][0-9]?)$")
_GROUPED = re.compile(r"(?<=[0-9])[\u00a0\u202f '’](?=[0-9]{3}(?![0-9]))")
_ZEROS = re.compile(r"\.0+$")


@dataclass(frozen=True, slots=True)
class Table:
    """A section with a table of wells: its kind (a key of `READ`, or empty) and where each thing
    read of it stands.
    """

    section: Section
    kind: str
    columns: Mapping[str, int]

    @property
    def name(self) -> str:
        """Its name in the file, or the one the programs give such a table."""
        return self.section.name or TITLES.get(self.kind, "table")

    def cell(self, cells: Sequence[Cell], name: str) -> Cell:
        """A cell of a line; empty where the table has no such column or the line ends before it."""
        index = self.columns.get(name, len(cells))
        return cells[index] if index < len(cells) else ""

    def text(self, cells: Sequence[Cell], name: str) -> str:
        """A cell of a line as text."""
        return text_of(self.cell(cells, name))

    def where(self, line: int, name: str) -> str:
        """The address of a cell; of the line's first cell where the table has no such column."""
        return self.section.at(line, self.columns.get(name, 0))


@dataclass(slots=True)
class Known:
    """What the tables say of one well and target beside its readings: sample, task, amount, and
    where that stands.
    """

    sample: str = ""
    task: str = ""
    quantity: Cell = ""
    where: str = ""


@dataclass
class Gathered:
    """The reactions, how this file writes wells and numbers, and what of it was not read.

    `mark` is the decimal mark, `shape` the rows and columns of the plate, `positions` the wells the
    file gives numbers to, `targets` whether any line names one, `last` the last cycle.
    """

    reactions: Reactions
    mark: str = "."
    shape: tuple[int, int] | None = None
    positions: dict[str, str] = field(default_factory=dict)
    wells: dict[tuple[str, str], str | None] = field(default_factory=dict)
    known: dict[tuple[str, str], Known] = field(default_factory=dict)
    samples: dict[str, str] = field(default_factory=dict)
    targets: bool = False
    last: float | None = None
    wrong: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)
    listed: dict[tuple[str, str], dict[str, None]] = field(default_factory=dict)

    def note(self, what: str, why: str, place: str) -> None:
        """Note a well under something that is not read as it stands."""
        self.listed.setdefault((what, why), {})[place] = None

    def complain(self, found: str, expected: str, cure: str, place: str) -> None:
        """Note a mistake; the same one in many cells becomes one message."""
        self.wrong.setdefault((found, expected, cure), []).append(place)

    def mistakes(self) -> Iterator[Mistake]:
        """The mistakes noted, each with the first of its places."""
        for message, places in self.wrong.items():
            yield Mistake(some(places, 4), *message)


def gather(export: Export, reactions: Reactions) -> tuple[list[Table], Gathered]:
    """The tables of an export, and what must be known before any number is read of them.

    That is the decimal mark, the wells, the samples, and the number of cycles a fact states. Raises
    `ReadError` where no table can be read or the decimal mark cannot be told.
    """
    gathered = Gathered(reactions)
    tables = _tables(export, reactions)
    gathered.mark = _mark(tables, reactions)
    block = _BLOCK.search(export.facts.get("blocktype", ("", ""))[1])
    gathered.shape = _BLOCKS[block[1]] if block else None
    for table in tables:
        if {"well", "position"} <= table.columns.keys():
            _positions(table, gathered)
    for table in sorted(tables, key=lambda table: table.kind != "results"):
        if table.kind != "amplificationdata" and not {"sample", "task", "quantity"}.isdisjoint(
            table.columns
        ):
            _learn(table, gathered)
    stated = next((export.facts[name][1] for name in CYCLES_RUN if name in export.facts), "")
    gathered.last = counted(stated) or None
    return tables, gathered


def _tables(export: Export, reactions: Reactions) -> list[Table]:
    """The tables of wells with their kinds. A section of another name is judged by its columns, if
    none has the name.
    """
    named = {plain_name(section.name) for section in export.sections if section.header}
    tables = []
    for section in export.sections:
        if section.header:
            columns = _columns(section, reactions)
            tables.append(Table(section, _kind(plain_name(section.name), columns, named), columns))
    if not any(table.kind for table in tables):
        sections = (
            some([section.name or "one without a name" for section in export.sections]) or "none"
        )
        reactions.mistakes.append(
            Mistake(
                reactions.request.source,
                f"no table of wells with Cq, or with cycles and Rn (sections: {sections})",
                "Results with the column CT or Cq, and Amplification Data with the column Rn",
                "export the run again with Results and Amplification Data ticked",
            )
        )
        raise ReadError(reactions.mistakes)
    return tables


def _kind(name: str, columns: Mapping[str, int], named: set[str]) -> str:
    curves = {"cycle", "rn"} <= columns.keys()
    kind = "amplificationdata" if curves else "results" if "cq" in columns else ""
    return (
        kind
        if name == kind or (name not in SECTIONS and name not in READ and kind not in named)
        else ""
    )


def _columns(section: Section, reactions: Reactions) -> dict[str, int]:
    """Where each thing that may be read stands. Two columns for one thing are a mistake where it is
    read.
    """
    plain = [plain_name(name) for name in section.header]
    columns = {}
    for thing, names in COLUMNS.items():
        found = [index for index, name in enumerate(plain) if name in names]
        if len(found) > 1 and plain_name(section.name) not in SECTIONS:
            reactions.mistakes.append(
                Mistake(
                    section.at(section.line, found[1]),
                    f"two columns for one thing: {' and '.join(section.header[index] for index in found)}",
                    "one column",
                    "remove the one that is not meant, or export the run again",
                )
            )
        if found:
            columns[thing] = found[0]
    return columns


def _mark(tables: Sequence[Table], reactions: Reactions) -> str:
    """The decimal mark of the file, told by all its columns of numbers together."""
    texts: list[str] = []
    for table in tables:
        for index, name in enumerate(map(plain_name, table.section.header)):
            if is_number(plain_name(table.section.name), name):
                # no Cq reaches 1000, so the comma of 16,484 is a decimal one: more digits than three behind it say so
                more = "0000" if is_cq(name) else ""
                texts += [_ungrouped(text) + more for text in _texts(table.section, index)]
    try:
        return decimal_mark(texts)
    except Unreadable as error:
        reactions.mistakes.append(
            Mistake(
                reactions.request.source,
                str(error).replace("one table", "one file"),
                "one decimal mark in the whole file, and at least one number that shows which",
                "export the run again in one go, or as a workbook",
            )
        )
        raise ReadError(reactions.mistakes) from None


def _texts(section: Section, index: int) -> Iterator[str]:
    for _, cells in section.rows:
        if index < len(cells) and isinstance(cell := cells[index], str) and cell:
            yield cell


def _ungrouped(text: str) -> str:
    """A number without the spaces and apostrophes that some countries put between thousands."""
    return _GROUPED.sub("", text.strip()).replace("−", "-")


def as_number(cell: Cell, mark: str) -> float:
    """A cell as a number. Raises `Unreadable`."""
    return cell if isinstance(cell, float) else number(_ungrouped(cell), mark=mark)


def counted(cell: Cell) -> float:
    """The cycle a cell counts; 0 where it counts none."""
    text = _bare(text_of(cell))
    return float(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0.0


def _bare(text: str) -> str:
    """A whole number as programs that take it for a measurement write it (`7.0`), without its
    zeros.
    """
    return _ZEROS.sub("", text).lstrip("0")


def _positions(table: Table, gathered: Gathered) -> None:
    """The positions a table gives to the numbers of wells."""
    for line, cells in table.section.rows:
        count, position = (
            _bare(table.text(cells, "well")),
            plain_well(table.text(cells, "position")),
        )
        if count and position and gathered.positions.setdefault(count, position) != position:
            gathered.complain(
                f"well {count} at {gathered.positions[count]} and elsewhere",
                "one position for each number of a well",
                "export one plate a file",
                table.where(line, "position"),
            )


def well_of(table: Table, cells: Sequence[Cell], gathered: Gathered) -> str | None:
    """The well of a line: its position, else the one the file gives its number, else counted along
    the rows.

    None where it cannot be told or lies outside the plate.
    """
    written = table.text(cells, "well"), table.text(cells, "position")
    if written not in gathered.wells:
        gathered.wells[written] = _told(*written, gathered)
    return gathered.wells[written]


def _told(count: str, position: str, gathered: Gathered) -> str | None:
    count = _bare(count)
    position = position or gathered.positions.get(count, count)
    shape = gathered.shape
    if shape and position.isascii() and position.isdigit() and len(position) < 6:
        row, column = divmod(int(position) - 1, shape[1])
        position = f"{chr(65 + row)}{column + 1}" if 0 <= row < shape[0] else ""
    match = _POSITION.match(position)
    rows, columns = shape or _BLOCKS["384"]
    inside = match and ord(match[1].upper()) - 64 <= rows and int(match[2]) <= columns
    return plain_well(position) if inside else None


def no_well(table: Table, line: int, gathered: Gathered) -> None:
    """Complain of a line whose well cannot be told."""
    rows, columns = gathered.shape or (0, 0)
    gathered.complain(
        "a line whose well cannot be told",
        f"a well of a plate of {rows} x {columns}"
        if rows
        else "a position as in A1, or a known Block Type",
        "export the run again with Well Position, and with the lines above the table (Block Type)",
        table.where(line, "position" if "position" in table.columns else "well"),
    )


def _learn(table: Table, gathered: Gathered) -> None:
    """Samples, tasks and amounts of a table of wells, where no table before it said them."""
    for line, cells in table.section.rows:
        well, target = well_of(table, cells, gathered), table.text(cells, "target")
        if well is None:
            continue
        gathered.targets |= bool(target)
        known = gathered.known.setdefault((well, target), Known())
        known.sample = known.sample or table.text(cells, "sample")
        known.task = known.task or plain_name(table.text(cells, "task"))
        if is_blank(text_of(known.quantity)) and "quantity" in table.columns:
            known.quantity, known.where = (
                table.cell(cells, "quantity"),
                table.where(line, "quantity"),
            )
        if known.sample:
            gathered.samples.setdefault(well, known.sample)
