"""Molecular Devices SoftMax Pro: the text export of an experiment, plates first, then groups of
wells.

Known from real files and from the fields that allotropy (MIT) reads. `##BLOCKS= n`, then blocks
that end with `~End`: `Plate:` with a line of settings and the readings of every wavelength side by
side, then the plate as the program reduced it; `Group:` with the wells of standards, controls or
unknowns and what was computed of them. Endpoints in plate format are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.guards import describe
from exvivo.read.cells.text import decode, plain_text
from exvivo.read.plate_reader.plate_matrix import LETTERS, PLATES
from exvivo.read.plate_reader.shared import (
    Signal,
    Signals,
    check_size,
    immunoassay,
    same_unit,
    unit_of,
)
from exvivo.read.result import FileRead, Ignored, Request
from exvivo.study.layout import plain_well

_BLOCKS = re.compile(r"##BLOCKS= *([0-9]+)\s*$")
_STANDARD = re.compile(r"Standard ?Value *(.*)$")
_WELL_COLUMNS = ("Wells", "Well")
_END = "~End"
_FORMAT, _TYPE, _MODE, _DATA, _WAVES = 3, 4, 5, 6, 15
"""Fields of the line `Plate:`; the names of the program's guide."""


@dataclass(frozen=True)
class _Block:
    """A block of the file: the number of its first line, and its lines as cells."""

    number: int
    lines: tuple[tuple[str, ...], ...]

    @property
    def kind(self) -> str:
        """What it is: Plate, Group, Note, ..."""
        return self.lines[0][0].partition(":")[0]

    @property
    def name(self) -> str:
        """How the experiment calls it."""
        said = self.lines[0][0].partition(":")[2].strip()
        return said or (self.lines[0][1] if len(self.lines[0]) > 1 else "")

    def field(self, at: int) -> str:
        """A field of its first line."""
        return self.lines[0][at] if at < len(self.lines[0]) else ""


@dataclass(frozen=True)
class _Known:
    """What a group says of a well: sample, role and amount."""

    sample: str
    role: str | None = None
    nominal: str = ""


def sniff(raw: bytes, suffix: str) -> bool:
    """A text that begins with `##BLOCKS=`."""
    del suffix
    return describe(raw[:4096]) == "text" and decode(raw[:200]).lstrip("\ufeff \r\n").startswith(
        "##BLOCKS="
    )


def read(raw: bytes, request: Request) -> FileRead:
    """A reading (`signal`) of every well and wavelength of one plate; `run` of the plate in
    study.yaml names it where there are several.

    The block is the wavelength. Wells of a group with a `Standard Value` are standards; their
    amounts are taken where they are in the assay's unit, else listed. What the program computed
    goes to the VENDOR table. Raises `ReadError`: a file cut short, several plates and none named,
    kinetics, spectra, reduced data without raw data, matrices that are no whole plate.
    """
    assay = immunoassay(request)
    check_size(raw, request.source)
    text = plain_text(raw, request.source)
    blocks = list(_blocks(text, request.source))
    gathered = Signals(request)
    if text.rpartition(_END)[2].strip():
        gathered.ignored.append(
            Ignored("line behind the last block", "the file's name, and when it was saved")
        )
    plate = _chosen([block for block in blocks if block.kind == "Plate"], request)
    gathered.mistakes += _unread(plate, request.source)
    if gathered.mistakes:
        raise ReadError(gathered.mistakes)
    plates = sum(block.kind == "Plate" for block in blocks)
    known: dict[str, _Known] = {}
    for block in blocks:
        if block.kind == "Group":
            known |= _group(block, plate.name, plates, assay.unit, gathered)
        elif block is not plate:
            why = (
                "another plate: `run` names the one that is read"
                if block.kind == "Plate"
                else "no readings"
            )
            gathered.ignored.append(Ignored(f"block {block.kind} {block.name}".strip(), why))
    _plate(plate, known, gathered, assay.analyte)
    facts = {
        "batch": plate.name,
        "read type": plate.field(_TYPE),
        "read mode": plate.field(_MODE),
        "readings": plate.field(_WAVES),
    }
    return gathered.read({"format": "SoftMax Pro", **facts}, separator="\t")


def _blocks(text: str, source: str) -> Iterator[_Block]:
    """The blocks of a file. Raises `ReadError` where there are not as many as it says."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    start = next((at for at, line in enumerate(lines) if line.strip()), 0)
    said = _BLOCKS.match(lines[start].strip())
    blocks: list[_Block] = []
    held: list[tuple[str, ...]] = []
    first = start + 1
    for at, line in enumerate(lines[start + 1 :], start=start + 1):
        if line.strip() == _END:
            if held:
                blocks.append(_Block(first + 1, tuple(held)))
            held, first = [], at + 1
        elif held or line.strip():
            first = first if held else at
            held.append(tuple(cell.strip() for cell in line.split("\t")))
    if said is None or len(blocks) != int(said[1]):
        raise ReadError(
            Mistake(
                source,
                f"{len(blocks)} whole blocks",
                f"{said[1] if said else 'a number of'} blocks, as the first line says",
                "export the experiment again: the file is cut short",
            )
        )
    yield from blocks


def _chosen(plates: list[_Block], request: Request) -> _Block:
    wanted = [plate for plate in plates if plate.name == request.run] if request.run else plates
    if len(wanted) == 1:
        return wanted[0]
    names = ", ".join(plate.name for plate in plates) or "none"
    found = f"no plate {request.run!r}" if request.run and not wanted else f"{len(wanted)} plates"
    raise ReadError(
        Mistake(
            request.source,
            found,
            f"one of its plates: {names}",
            f"name it in study.yaml: `run:` of plate {request.plate}",
        )
    )


def _unread(plate: _Block, source: str) -> Iterator[Mistake]:
    """What the plate is that this reader does not read."""
    where = f"{source}:{plate.number}"
    for at, wanted in ((_FORMAT, "PlateFormat"), (_TYPE, "Endpoint"), (_DATA, "Raw")):
        if plate.field(at) != wanted:
            yield Mistake(
                where,
                f"plate {plate.name}: {plate.field(at) or 'nothing'}",
                wanted,
                "export the raw data of an endpoint in plate format",
            )


def _plate(plate: _Block, known: dict[str, _Known], gathered: Signals, analyte: str) -> None:
    """The readings of every wavelength, and the plate as the program reduced it."""
    waves = plate.field(_WAVES).split()
    source = gathered.request.source
    runs = _runs(plate.lines[1] if len(plate.lines) > 1 else ())
    height = next(
        (at for at, line in enumerate(plate.lines[2:]) if not any(line)), len(plate.lines[2:])
    )
    width = runs[0][1] if runs else 0
    if (
        not runs
        or len(waves) != len(runs)
        or (height, width) not in PLATES
        or {w for _, w in runs} != {width}
    ):
        gathered.mistakes.append(
            Mistake(
                f"{source}:{plate.number}",
                f"{len(runs)} matrices of {height} x {width} for the wavelengths {', '.join(waves) or 'none'}",
                "one whole plate a wavelength",
                "export the plate again, as an endpoint in plate format",
            )
        )
        return
    unit = unit_of([plate.field(_MODE)])
    for row, line in enumerate(plate.lines[2 : 2 + height]):
        gathered.beside(
            "temperature",
            f"row {LETTERS[row]}",
            line[1] if len(line) > 1 and line[1] != "NaN" else "",
        )
        for wave, (start, _) in zip(waves, runs, strict=True):
            for column in range(width):
                well = f"{LETTERS[row]}{column + 1}"
                told = known.get(well, _Known(""))
                gathered.signals.append(
                    Signal(
                        where=f"{source}:{plate.number + 2 + row}, {well}",
                        block=wave,
                        well=well,
                        unit=unit,
                        channel=analyte,
                        cell=line[start + column] if start + column < len(line) else "",
                        sample=told.sample,
                        role=told.role,
                        nominal=told.nominal,
                    )
                )
        gathered.mistakes += _outside(line, runs, f"{source}:{plate.number + 2 + row}")
    _reduced(plate, 2 + height, gathered)


def _runs(header: tuple[str, ...]) -> list[tuple[int, int]]:
    """Where column numbers 1, 2, ... start, and how many follow: once for every wavelength."""
    runs: list[tuple[int, int]] = []
    for at, cell in enumerate(header):
        if cell == "1":
            runs.append((at, 1))
        elif runs and at == sum(runs[-1]) and cell == str(runs[-1][1] + 1):
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
    return runs


def _outside(line: tuple[str, ...], runs: list[tuple[int, int]], where: str) -> Iterator[Mistake]:
    for at, cell in enumerate(line[2:], start=2):
        if cell and not any(start <= at < start + width for start, width in runs):
            yield Mistake(
                where,
                f"{cell!r} beside the columns",
                "the columns of the plate alone",
                "export the plate again",
            )


def _reduced(plate: _Block, start: int, gathered: Signals) -> None:
    """What stands behind the readings: a matrix of reduced values, well by well, or lines as they
    are.
    """
    header: list[tuple[int, int]] = []
    row = 0
    for line in plate.lines[start:]:
        if runs := _runs(line):
            header, row = runs, 0
        elif header and row < len(LETTERS):
            for at, width in header[:1]:
                for column in range(width):
                    cell = line[at + column] if at + column < len(line) else ""
                    gathered.beside("reduced", f"{LETTERS[row]}{column + 1}", cell)
            row += 1
        elif any(line):
            gathered.beside("plate", next(filter(None, line)), " ".join(filter(None, line)))


def _group(
    group: _Block, plate: str, plates: int, unit: str, gathered: Signals
) -> dict[str, _Known]:
    """What a group says of the wells of one plate; every line of it goes to VENDOR."""
    header = group.lines[1] if len(group.lines) > 1 else ()
    at = next((header.index(name) for name in _WELL_COLUMNS if name in header), None)
    named = header.index("WellPlateName") if "WellPlateName" in header else None
    end = next(
        (row for row, line in enumerate(group.lines) if row > 1 and not any(line)), len(group.lines)
    )
    for line in group.lines[end:]:
        if any(line):
            gathered.beside(
                f"{group.name}, columns and summaries", line[0], " ".join(filter(None, line[1:]))
            )
    if at is None or (named is None and plates > 1):
        gathered.ignored.append(
            Ignored(
                f"group {group.name}", "it does not say which wells of which plate its lines are"
            )
        )
        return {}
    amount, stated = next(
        ((c, said[1]) for c, name in enumerate(header) if (said := _STANDARD.match(name))),
        (None, ""),
    )
    takes = amount is not None and (not stated or same_unit(stated, unit))
    if amount is not None and not takes:
        gathered.ignored.append(
            Ignored(
                f"amounts of {group.name} in {stated}",
                f"the assay is in {unit}: fill `nominal` in the layout",
            )
        )
    known: dict[str, _Known] = {}
    sample = nominal = ""
    for line in group.lines[2:end]:
        cells = (*line, *[""] * (len(header) - len(line)))
        sample, nominal = (
            (cells[0], cells[amount] if amount is not None else "")
            if cells[0]
            else (sample, nominal)
        )
        if named is None or cells[named] == plate:
            role = "standard" if amount is not None and nominal else None
            known[plain_well(cells[at])] = _Known(
                f"{group.name} {sample}".strip(), role, nominal if takes else ""
            )
        for name, cell in zip(header, cells, strict=False):
            if name and name not in (header[0], header[at], "WellPlateName"):
                row = (
                    f"{cells[named]} {cells[at]}" if named is not None and plates > 1 else cells[at]
                )
                gathered.beside(f"{group.name}, {name}", row, cell)
    return known
