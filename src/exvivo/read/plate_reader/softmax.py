"""Molecular Devices SoftMax Pro: the text export of an experiment, plates first, then groups of
wells.

Known from real files and from the fields that allotropy (MIT) reads. `##BLOCKS= n`, then blocks
that end with `~End`: `Plate:` with a line of settings and the readings of every wavelength side by
side, then the plate as the program reduced it; `Group:` with the wells of standards, controls or
unknowns and what was computed of them. Endpoints are read, whole plates and parts of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from exvivo.cells.guards import describe
from exvivo.cells.messages import read_error
from exvivo.cells.text import decode, plain_text
from exvivo.cells.text_rows import lines_of
from exvivo.read.plate_reader.shared import (
    LETTERS,
    Signal,
    Signals,
    WellFacts,
    check_size,
    immunoassay,
    same_unit,
    unit_of,
)
from exvivo.read.plate_reader.softmax_plate import (
    FIRST_ROW,
    Cells,
    Settings,
    Span,
    cell_at,
    spans,
    wells_of,
)
from exvivo.read.result import FileRead, Request
from exvivo.study.layout import plain_well

_BLOCKS = re.compile(r"##BLOCKS= *([0-9]+)\s*$")
_STANDARD = re.compile(r"Standard ?Value *(.*)$")
_WELL_COLUMNS = ("Wells", "Well")
_PLATE_COLUMN = "WellPlateName"
_END = "~End"
NamedCell = tuple[str, str]
"""The name of a column, and a cell of it."""


@dataclass(frozen=True)
class _Block:
    """A block of the file: the number of its first line, and its lines as cells."""

    number: int
    lines: tuple[Cells, ...]

    @property
    def kind(self) -> str:
        """What it is: Plate, Group, Note, ..."""
        return self.lines[0][0].partition(":")[0]

    @property
    def name(self) -> str:
        """How the experiment calls it."""
        return self.lines[0][0].partition(":")[2].strip() or cell_at(self.lines[0], 1)

    @property
    def settings(self) -> Settings:
        """What the first line of a plate says."""
        return Settings(self.lines[0])

    @property
    def header(self) -> Cells:
        """Its line of column names."""
        return self.lines[1] if len(self.lines) > 1 else ()

    @property
    def rows(self) -> list[Cells]:
        """Its lines below the header, up to an empty one."""
        return list(takewhile(any, self.lines[FIRST_ROW:]))

    @property
    def below(self) -> tuple[Cells, ...]:
        """Its lines below the rows."""
        return self.lines[FIRST_ROW + len(self.rows) :]


def _words(cells: Sequence[str]) -> str:
    return " ".join(filter(None, cells))


def sniff(raw: bytes, suffix: str) -> bool:
    """A text that begins with `##BLOCKS=`."""
    del suffix
    start = decode(raw[:200]).lstrip("\ufeff \r\n")
    return start.startswith("##BLOCKS=") and describe(raw[:4096]) == "text"


def read(raw: bytes, request: Request) -> FileRead:
    """A reading (`signal`) of every well and wavelength of one plate; `run` of the plate in
    study.yaml names it where there are several.

    The block is the wavelength. Wells of a group with a `Standard Value` are standards; their
    amounts are taken where they are in the assay's unit, else listed. What the program computed
    goes to the VENDOR table. Raises `ReadError`: a file cut short, several plates and none named,
    kinetics, spectra, reduced data without raw data, matrices that are no whole plate.
    """
    check_size(raw, request.source)
    text = plain_text(raw, request.source)
    blocks = _blocks(text, request.source)
    gathered = Signals(request)
    if text.rpartition(_END)[2].strip():
        gathered.ignore("line behind the last block", "the file's name, and when it was saved")
    plate = _chosen([block for block in blocks if block.kind == "Plate"], request)
    gathered.mistakes += plate.settings.unread(f"{request.source}:{plate.number}", plate.name)
    gathered.refuse_mistakes()
    _gather(plate, _facts_of_groups(blocks, plate, gathered), gathered)
    header = {
        "format": "SoftMax Pro",
        "batch": plate.name,
        "read type": plate.settings.type,
        "read mode": plate.settings.mode,
        "readings": " ".join(plate.settings.waves),
    }
    return gathered.read(header, separator="\t")


def _facts_of_groups(
    blocks: Sequence[_Block], plate: _Block, gathered: Signals
) -> dict[str, WellFacts]:
    """What the groups say of the wells of a plate; other blocks are listed."""
    plates = sum(block.kind == "Plate" for block in blocks)
    facts: dict[str, WellFacts] = {}
    for block in blocks:
        if block.kind == "Group":
            facts |= _well_facts(_GroupTable.of(block, plates), plate.name, gathered)
        elif block is not plate:
            not_chosen = "another plate: `run` names the one that is read"
            why = not_chosen if block.kind == "Plate" else "no readings"
            gathered.ignore(f"block {block.kind} {block.name}".strip(), why)
    return facts


def _blocks(text: str, source: str) -> list[_Block]:
    """The blocks of a file. Raises `ReadError` where there are fewer than it says."""
    lines = lines_of(text)
    start = next((at for at, line in enumerate(lines) if line.strip()), 0)
    stated = _BLOCKS.match(lines[start].strip())
    blocks = list(_ended_blocks(lines, start + 1))
    if stated is None or len(blocks) < int(stated[1]):
        raise read_error(
            source,
            f"{len(blocks)} whole blocks",
            f"{stated[1] if stated else 'a number of'} blocks, as the first line says",
            "export the experiment again: the file is cut short",
        )
    return blocks


def _ended_blocks(lines: Sequence[str], start: int) -> Iterator[_Block]:
    """The blocks that end with `~End`; empty lines before a block are no part of it."""
    block: list[Cells] = []
    first = start
    for at, line in enumerate(lines[start:], start=start):
        if line.strip() == _END:
            if block:
                yield _Block(first + 1, tuple(block))
            block = []
        elif block or line.strip():
            first = first if block else at
            block.append(tuple(cell.strip() for cell in line.split("\t")))


def _chosen(plates: Sequence[_Block], request: Request) -> _Block:
    wanted = [plate for plate in plates if request.run in ("", plate.name)]
    if len(wanted) == 1:
        return wanted[0]
    unknown = bool(request.run) and not wanted
    names = ", ".join(plate.name for plate in plates) or "none"
    raise read_error(
        request.source,
        f"no plate {request.run!r}" if unknown else f"{len(wanted)} plates",
        f"one of its plates: {names}",
        f"name it in study.yaml: `run:` of plate {request.plate}, or, where these are no names, "
        "export the experiment again as text with tabs",
    )


def _gather(plate: _Block, facts: Mapping[str, WellFacts], gathered: Signals) -> None:
    """The readings of every wavelength, and the plate as the program reduced it."""
    source, analyte = gathered.request.source, immunoassay(gathered.request).analyte
    wells, unit = wells_of(plate.lines, plate.number, source), unit_of([plate.settings.mode])
    gathered.mistakes += wells.mistakes
    for reading in wells.readings:
        gathered.signals.append(
            Signal(
                where=f"{source}:{plate.number + reading.line}, {reading.well}",
                block=reading.wave,
                well=reading.well,
                cell=reading.cell,
                channel=analyte,
                unit=unit,
                facts=facts.get(plain_well(reading.well), WellFacts()),
            )
        )
    if wells.mistakes:
        return
    for row, temperature in wells.temperatures:
        if temperature != "NaN":
            gathered.beside("temperature", row, temperature)
    _gather_reduced(wells.below, _letters_of(plate), gathered)


def _letters_of(plate: _Block) -> Sequence[str]:
    """The letters of the rows of a plate, from the first that was read."""
    rows = plate.settings.rows
    return LETTERS[rows.start - 1 :] if rows else LETTERS


def _gather_reduced(lines: Sequence[Cells], letters: Sequence[str], gathered: Signals) -> None:
    """What stands behind the readings: a matrix of reduced values, well by well, or lines as they
    are.
    """
    span: Span | None = None
    row = 0
    for line in lines:
        if runs := spans(line):
            span, row = runs[0], 0
        elif span and any(line) and row < len(letters):
            for column, cell in span.cells(line):
                gathered.beside("reduced", f"{letters[row]}{column}", cell)
            row += 1
        elif any(line):
            gathered.beside("plate", next(filter(None, line)), _words(line))


@dataclass(frozen=True)
class _GroupRow:
    """A line of a group, and the sample and amount it belongs to: where a line names no sample, it
    is of the one above.
    """

    cells: Cells
    sample: str
    amount: str


@dataclass(frozen=True)
class _GroupTable:
    """The table of a group: its block, and the columns of well, plate and amount; None where it has
    no such column. `amount_unit` is empty where the file states none.
    """

    block: _Block
    well: int | None
    plate: int | None
    amount: int | None
    amount_unit: str
    plates: int
    """Plates of the experiment."""

    @classmethod
    def of(cls, block: _Block, plates: int) -> _GroupTable:
        """The table of a block; `plates` of them are in the experiment."""
        header = block.header
        well = next((header.index(name) for name in _WELL_COLUMNS if name in header), None)
        plate = header.index(_PLATE_COLUMN) if _PLATE_COLUMN in header else None
        for column, name in enumerate(header):
            if match := _STANDARD.match(name):
                return cls(block, well, plate, column, match[1], plates)
        return cls(block, well, plate, None, "", plates)

    def rows(self) -> Iterator[_GroupRow]:
        """Its lines, each as long as the header."""
        sample = amount = ""
        for line in self.block.rows:
            cells = self._padded(line)
            if cells[0]:
                sample = cells[0]
                amount = "" if self.amount is None else cells[self.amount]
            yield _GroupRow(cells, sample, amount)

    def _padded(self, line: Cells) -> Cells:
        return (*line, *[""] * (len(self.block.header) - len(line)))

    def vendor_row(self, row: _GroupRow) -> str:
        """The well of a line, behind the name of its plate where the experiment has several."""
        places = (self.plate, self.well) if self.plates > 1 else (self.well,)
        return " ".join(row.cells[place] for place in places if place is not None)

    def other_cells(self, row: _GroupRow) -> Iterator[NamedCell]:
        """Name and cell of the columns beside those of sample, well and plate."""
        for at, name in enumerate(self.block.header):
            if name and at not in (0, self.well, self.plate):
                yield name, row.cells[at]


def _well_facts(table: _GroupTable, plate: str, gathered: Signals) -> dict[str, WellFacts]:
    """What a group says of the wells of one plate; every line of it goes to VENDOR."""
    group = table.block.name
    for first, *words in filter(any, table.block.below):
        gathered.beside(f"{group}, columns and summaries", first, _words(words))
    if table.well is None or (table.plate is None and table.plates > 1):
        gathered.ignore(
            f"group {group}", "it does not say which wells of which plate its lines are"
        )
        return {}
    takes_amounts = _takes_amounts(table, gathered)
    facts: dict[str, WellFacts] = {}
    for row in table.rows():
        well = row.cells[table.well]
        if table.plate is None or row.cells[table.plate] == plate:
            sample, role = f"{group} {row.sample}".strip(), "standard" if row.amount else None
            amount = row.amount if takes_amounts else ""
            facts[plain_well(well)] = WellFacts(sample, role, amount)
        for name, cell in table.other_cells(row):
            gathered.beside(f"{group}, {name}", table.vendor_row(row), cell)
    return facts


def _takes_amounts(table: _GroupTable, gathered: Signals) -> bool:
    """Whether the amounts of a group are in the assay's unit; they are listed where not."""
    unit = immunoassay(gathered.request).unit
    if table.amount is None or not table.amount_unit or same_unit(table.amount_unit, unit):
        return table.amount is not None
    gathered.ignore(
        f"amounts of {table.block.name} in {table.amount_unit}",
        f"the assay is in {unit}: fill `nominal` in the layout",
    )
    return False
