"""The tables of an Applied Biosystems export: what stands where, which well a line is of, and how
numbers are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from exvivo.cells.cell import Cell, text_of, typed_texts
from exvivo.cells.text import Unreadable, decimal_mark, is_blank, number, ungrouped
from exvivo.errors import Mistake, ReadError
from exvivo.read.qpcr.applied_biosystems_words import (
    COLUMNS,
    CYCLES_RUN,
    READ,
    SAME,
    SECTIONS,
    TITLES,
    is_cq,
    is_number,
)
from exvivo.read.qpcr.sections import Export, Section, plain_name
from exvivo.read.qpcr.shared import OMITTED_AND_KEPT, Reactions
from exvivo.study.layout import plain_well
from exvivo.words import shortened

_BLOCKS = {"48": (6, 8), "96": (8, 12), "384": (16, 24)}
_BLOCK = re.compile(r"(?<![0-9])(384|96|48)(?![0-9])")
_POSITION = re.compile(r"([A-Pa-p])0?([1-9][0-9]?)$")
_NEEDED = {
    "amplificationdata": {"cycle", "rn"},
    "meltcurverawdata": {"temperature", "fluorescence"},
    "results": {"cq"},
}
"""The columns that make a table one of its kind."""
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

    @property
    def well_column(self) -> str:
        """The column that tells its wells."""
        return "position" if "position" in self.columns else "well"

    @property
    def lines(self) -> Iterator[Line]:
        """Its lines below the header."""
        return (Line(self, number, cells) for number, cells in self.section.rows)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table of wells."""

    table: Table
    number: int
    cells: Sequence[Cell]

    def cell(self, name: str) -> Cell:
        """A cell; empty where the table has no such column or the line ends before it."""
        index = self.table.columns.get(name, len(self.cells))
        return self.cells[index] if index < len(self.cells) else ""

    def text(self, name: str) -> str:
        """A cell as text."""
        return text_of(self.cell(name))

    def where(self, name: str) -> str:
        """The address of a cell; of the line's first cell where the table has no such column."""
        return self.table.section.at(self.number, self.table.columns.get(name, 0))

    def quoted(self, name: str) -> str:
        """The address of a cell, and the cell."""
        return f"{self.where(name)} ({self.text(name)})"

    def reaches(self, *names: str) -> bool:
        """Whether a line has these columns: one that ends before them was cut short."""
        return len(self.cells) > max(self.table.columns[name] for name in names)


@dataclass(slots=True)
class Stated:
    """What the tables state of one well and target beside its readings: sample, task, amount, and
    where that stands.
    """

    sample: str = ""
    task: str = ""
    quantity: Cell = ""
    where: str = ""

    def add(self, line: Line) -> None:
        """Take from a line what no line before it stated."""
        self.sample = self.sample or line.text("sample")
        self.task = self.task or plain_name(line.text("task"))
        if is_blank(text_of(self.quantity)) and "quantity" in line.table.columns:
            self.quantity, self.where = line.cell("quantity"), line.where("quantity")


@dataclass
class Plate:
    """The reactions of a plate, how its file writes wells and numbers, and what was not read.

    `mark` is the decimal mark, `shape` the rows and columns of the plate, `positions` the wells the
    file gives numbers to, `targets` whether any line names one, `last` the last cycle.
    """

    reactions: Reactions
    mark: str = "."
    shape: tuple[int, int] | None = None
    last: float | None = None
    positions: dict[str, str] = field(default_factory=dict)
    wells: dict[tuple[str, str], str | None] = field(default_factory=dict)
    stated: dict[tuple[str, str], Stated] = field(default_factory=dict)
    samples: dict[str, str] = field(default_factory=dict)
    targets: bool = False
    cell_mistakes: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)
    listed: dict[tuple[str, str], dict[str, None]] = field(default_factory=dict)
    omitted: dict[str, None] = field(default_factory=dict)

    @property
    def any_well(self) -> str:
        """What a well of the plate is, for a message."""
        if self.shape is None:
            return "a position as in A1, or a known Block Type"
        return f"a well of a plate of {self.shape[0]} x {self.shape[1]}"

    def note(self, what: str, why: str, place: str) -> None:
        """Note a well under something that is not read as it stands."""
        self.listed.setdefault((what, why), {})[place] = None

    def note_omitted(self) -> None:
        """Note the omitted wells whose readings stay: those that were not left out."""
        for name in self.omitted:
            if not self.reactions.is_left_out(name):
                self.note("omission marks", OMITTED_AND_KEPT, name)

    def complain(self, finding: str, expected: str, cure: str, place: str) -> None:
        """Note a mistake; the same one in many cells becomes one message."""
        self.cell_mistakes.setdefault((finding, expected, cure), []).append(place)

    def mistakes(self) -> Iterator[Mistake]:
        """The mistakes noted, each with the first of its places."""
        for message, places in self.cell_mistakes.items():
            yield Mistake(shortened(places, 4), *message)


def gather(export: Export, reactions: Reactions) -> tuple[list[Table], Plate]:
    """The tables of an export, and what must be known before any number is read of them.

    That is the decimal mark, the wells, the samples, and the number of cycles a fact states. Raises
    `ReadError` where no table can be read or the decimal mark cannot be told.
    """
    tables = _tables(export, reactions)
    block = _BLOCK.search(export.fact("blocktype"))
    plate = Plate(
        reactions,
        mark=_mark(tables, reactions),
        shape=_BLOCKS[block[1]] if block else None,
        last=counted(export.fact(*CYCLES_RUN)) or None,
    )
    for table in tables:
        if {"well", "position"} <= table.columns.keys():
            _positions(table, plate)
    for table in sorted(filter(_states_facts, tables), key=lambda table: table.kind != "results"):
        for line in table.lines:
            _learn(line, plate)
    return tables, plate


def _states_facts(table: Table) -> bool:
    """Whether a table states what a well is; that of curves repeats it a line a cycle."""
    facts = ("sample", "task", "quantity")
    of_curves = table.kind in ("amplificationdata", "meltcurverawdata")
    return not of_curves and not table.columns.keys().isdisjoint(facts)


def _tables(export: Export, reactions: Reactions) -> list[Table]:
    """The tables of wells with their kinds. A section of another name is judged by its columns, if
    none has the name.
    """
    sections = [section for section in export.sections if section.header]
    named = {_name(section) for section in sections}
    tables = []
    for section in sections:
        columns = _columns(section, reactions)
        tables.append(Table(section, _kind(_name(section), columns, named), columns))
    tables = _fullest(tables, named)
    if not any(table.kind for table in tables):
        _complain_of_tables(export, reactions)
        reactions.refuse_mistakes()
    return tables


def _name(section: Section) -> str:
    """The plain name of a section, one for all programs."""
    name = plain_name(section.name)
    return SAME.get(name, name)


def _fullest(tables: Sequence[Table], named: set[str]) -> list[Table]:
    """Of several tables with a Cq and none that is called Results, the one with the most columns
    that are read: calls and summaries repeat the Cq of wells beside fewer facts.
    """
    results = [table for table in tables if table.kind == "results"]
    most = max((len(table.columns) for table in results), default=0)
    if "results" in named:
        return list(tables)
    return [
        replace(table, kind="") if table in results and len(table.columns) < most else table
        for table in tables
    ]


def _complain_of_tables(export: Export, reactions: Reactions) -> None:
    """No table can be read: name the sections there are."""
    sections = shortened([section.name or "one without a name" for section in export.sections])
    reactions.complain(
        reactions.request.source,
        f"no table of wells with Cq, or with cycles and Rn (sections: {sections or 'none'})",
        "Results with the column CT or Cq, and Amplification Data with the column Rn",
        "export the run again with Results and Amplification Data ticked",
    )


def _kind(name: str, columns: Mapping[str, int], named: set[str]) -> str:
    kind = next((kind for kind, needed in _NEEDED.items() if needed <= columns.keys()), "")
    is_unknown = name not in SECTIONS and name not in READ
    return kind if name == kind or (is_unknown and kind not in named) else ""


def _columns(section: Section, reactions: Reactions) -> dict[str, int]:
    """Where each thing that may be read stands. Two columns for one thing are a mistake where it is
    read.
    """
    plain = [plain_name(name) for name in section.header]
    columns = {}
    for thing, names in COLUMNS.items():
        places = [index for index, name in enumerate(plain) if name in names]
        if places:
            columns[thing] = places[0]
        if len(places) > 1 and plain_name(section.name) not in SECTIONS:
            _refuse_both(section, places, reactions)
    return columns


def _refuse_both(section: Section, places: Sequence[int], reactions: Reactions) -> None:
    both = " and ".join(section.header[place] for place in places)
    reactions.complain(
        section.at(section.line, places[1]),
        f"two columns for one thing: {both}",
        "one column",
        "remove the one that is not meant, or export the run again",
    )


def _mark(tables: Sequence[Table], reactions: Reactions) -> str:
    """The decimal mark of the file, told by all its columns of numbers together."""
    try:
        return decimal_mark(_numbers_of_all(tables))
    except Unreadable as error:
        reactions.complain(
            reactions.request.source,
            str(error).replace("one table", "one file"),
            "one decimal mark in the whole file, and at least one number that shows which",
            "export the run again in one go, or as a workbook",
        )
        raise ReadError(reactions.mistakes) from None


def _numbers_of_all(tables: Sequence[Table]) -> list[str]:
    """The texts of the columns that hold numbers, of all tables."""
    texts: list[str] = []
    for table in tables:
        texts += _numbers(table.section)
    return texts


def _numbers(section: Section) -> Iterator[str]:
    """The texts of the columns that hold numbers.

    No Cq reaches 1000, so the comma of 16,484 is a decimal one: zeros behind it show that.
    """
    for index, name in enumerate(map(plain_name, section.header)):
        if is_number(plain_name(section.name), name):
            zeros = "0000" if is_cq(name) else ""
            for text in typed_texts(section.column(index)):
                if text:
                    yield _bare_number(text) + zeros


def _bare_number(text: str) -> str:
    """A number with a minus that programs read, and without signs between thousands."""
    return ungrouped(text.strip()).replace("−", "-")


def as_number(cell: Cell, mark: str) -> float:
    """A cell as a number. Raises `Unreadable`."""
    return cell if isinstance(cell, float) else number(_bare_number(cell), mark=mark)


def counted(cell: Cell) -> float:
    """The cycle a cell counts; 0 where it counts none."""
    text = _bare(text_of(cell))
    return float(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0.0


def _bare(text: str) -> str:
    """A whole number as programs that take it for a measurement write it (`7.0`), without its
    zeros.
    """
    return _ZEROS.sub("", text).lstrip("0")


def _positions(table: Table, plate: Plate) -> None:
    """The positions a table gives to the numbers of wells."""
    for line in table.lines:
        count, position = _bare(line.text("well")), plain_well(line.text("position"))
        if count and position and plate.positions.setdefault(count, position) != position:
            plate.complain(
                f"well {count} at {plate.positions[count]} and elsewhere",
                "one position for each number of a well",
                "export one plate a file",
                line.where("position"),
            )


def well_of(line: Line, plate: Plate) -> str | None:
    """The well of a line: its position, else the one the file gives its number, else counted along
    the rows.

    None where it cannot be told or lies outside the plate.
    """
    written = line.text("well"), line.text("position")
    if written not in plate.wells:
        count = _bare(written[0])
        position = written[1] or plate.positions.get(count, count)
        plate.wells[written] = _well_at(position, plate.shape)
    return plate.wells[written]


def _well_at(position: str, shape: tuple[int, int] | None) -> str | None:
    """A position (A1, or counted along the rows) as a well of the plate."""
    if shape and position.isascii() and position.isdigit() and len(position) < 6:
        position = _counted_along(int(position), *shape)
    is_inside = _is_inside(position, *(shape or _BLOCKS["384"]))
    return plain_well(position) if is_inside else None


def _counted_along(number: int, rows: int, columns: int) -> str:
    """The position of a number counted along the rows; empty where it is outside the plate."""
    row, column = divmod(number - 1, columns)
    return f"{chr(65 + row)}{column + 1}" if 0 <= row < rows else ""


def _is_inside(position: str, rows: int, columns: int) -> bool:
    """Whether a position (A1) is one of the plate."""
    match = _POSITION.match(position)
    return match is not None and ord(match[1].upper()) - 64 <= rows and int(match[2]) <= columns


def required_well(line: Line, plate: Plate) -> str | None:
    """The well of a line; a mistake where it cannot be told."""
    well = well_of(line, plate)
    if well is None:
        plate.complain(
            "a line whose well cannot be told",
            plate.any_well,
            "export the run again with Well Position, "
            "and with the lines above the table (Block Type)",
            line.where(line.table.well_column),
        )
    return well


def _learn(line: Line, plate: Plate) -> None:
    """Sample, task and amount of a line, where no table before it stated them."""
    well, target = well_of(line, plate), line.text("target")
    if well is None:
        return
    plate.targets |= bool(target)
    stated = plate.stated.setdefault((well, target), Stated())
    stated.add(line)
    if stated.sample:
        plate.samples.setdefault(well, stated.sample)
