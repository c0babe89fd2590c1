"""Agilent BioTek Gen5: the text export of one plate, with its Results as a matrix.

Known from real files: facts of the plate, Procedure Details, Layout (Well ID and Conc/Dil of every
well), and Results, in which every row of the plate has one line for each reading and each thing
computed from it, named at the line's end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from exvivo.errors import Mistake
from exvivo.read.cells.guards import describe
from exvivo.read.cells.located import is_well
from exvivo.read.cells.text import decode, plain_text
from exvivo.read.plate_reader.plate_matrix import LETTERS, PLATES
from exvivo.read.plate_reader.shared import Signal, Signals, check_size, immunoassay, unit_of
from exvivo.read.result import FileRead, Ignored, Request

_START = 4096
_WAVES = r"[0-9]{3,4}(?:/[0-9]{1,3})?(?:,[0-9]{3,4}(?:/[0-9]{1,3})?)?"
_RAW = re.compile(rf"(?:(?P<name>.+):)?(?P<waves>{_WAVES}|Lum)$")
_IDS = (
    (re.compile(r"STD[0-9]{1,3}$"), "standard"),
    (re.compile(r"BLK$"), "blank"),
    (re.compile(r"SPL[0-9]{1,4}(?::[0-9]{1,3})?$"), "sample"),
)
_FACTS = {
    "Date": "date",
    "Time": "time",
    "Plate Number": "batch",
    "Reader Type": "instrument",
    "Reader Serial Number": "serial number",
}
_TITLES = ("Procedure Details", "Layout", "Results")


@dataclass(frozen=True)
class _Line:
    """A line of the file: its number and its cells."""

    number: int
    cells: tuple[str, ...]


@dataclass
class _Grid:
    """A matrix of Gen5: every line is one thing said of the wells of a row. `columns` are the
    numbers above it.
    """

    columns: tuple[int, ...] = ()
    rows: list[tuple[str, str, _Line]] = field(default_factory=list)
    """Letter, what the line says, and the line."""

    def cells(self, letter: str, line: _Line) -> Iterator[tuple[str, str]]:
        """Well and cell of every column."""
        for at, column in enumerate(self.columns, start=1):
            yield f"{letter}{column}", line.cells[at] if at < len(line.cells) else ""


def sniff(raw: bytes, suffix: str) -> bool:
    """A text that names its Software Version and a Gen5 experiment (.xpt), or the procedure of a
    plate.
    """
    del suffix
    if describe(raw[:_START]) != "text":
        return False
    start = decode(raw[:_START])
    return re.search(r"^\s*Software Version\t", start) is not None and (
        "Experiment File Path:" in start or "Plate Number\t" in start
    )


def read(raw: bytes, request: Request) -> FileRead:
    """A reading (`signal`) of every well and read step; the block is its name in the file (`450`,
    `Read 1:450`).

    Blanked values, concentrations and all else that Gen5 computes go to the VENDOR table. Well IDs
    that Gen5 gives by itself state a role (STD1, BLK, SPL1:2), and Conc/Dil of a standard its
    amount; that of a sample may be a factor or its inverse, so it is kept as text. Raises
    `ReadError`: several plates, kinetics, a matrix that is no whole plate, cells that are no
    signal.
    """
    assay = immunoassay(request)
    check_size(raw, request.source)
    sections = _sections(plain_text(raw, request.source))
    gathered = Signals(request)
    facts = dict(_facts(sections, gathered))
    layout = _grid(sections.get("Layout", []), gathered, whole=False)
    results = _grid(sections.get("Results", []), gathered, whole=True)
    steps = [
        line.cells[1]
        for line in sections.get("Procedure Details", [])
        if line.cells[0] == "Read" and len(line.cells) > 1
    ]
    unit = unit_of(" ".join(line.cells) for line in sections.get("Procedure Details", []))
    raw_names = [name for _, name, _ in results.rows if _is_read(name, steps)]
    if not raw_names and not gathered.mistakes:
        gathered.mistakes.append(
            Mistake(
                request.source,
                "no Results with a read step",
                "the readings of the plate as a matrix",
                "export the raw data of every read as a matrix, with Procedure Details (one plate a file, no kinetics)",
            )
        )
    known = _known(layout, gathered)
    for letter, name, line in results.rows:
        for well, cell in results.cells(letter, line):
            if name not in raw_names:
                gathered.beside(name or "Results", well, cell)
                continue
            identity, role, nominal = known.get(well, ("", None, ""))
            gathered.signals.append(
                Signal(
                    where=f"{request.source}:{line.number}, {well}",
                    block=name,
                    well=well,
                    cell=cell,
                    channel=assay.analyte,
                    unit=unit,
                    sample=identity,
                    role=role,
                    nominal=nominal,
                )
            )
    readings = ", ".join(dict.fromkeys(raw_names))
    return gathered.read({"format": "Gen5", **facts, "readings": readings}, separator="\t")


def _sections(text: str) -> dict[str, list[_Line]]:
    """The lines of every section, by its title; those before the first under `header`.

    A title stands alone on its line, after an empty one. A section that occurs twice is told apart
    by a number.
    """
    sections: dict[str, list[_Line]] = {"header": []}
    title, empty = "header", True
    for number, line in enumerate(
        text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1
    ):
        cells = tuple(cell.strip() for cell in line.split("\t"))
        while len(cells) > 1 and not cells[-1]:
            cells = cells[:-1]
        if cells[0] and len(cells) == 1 and empty:
            title = cells[0] if cells[0] not in sections else f"{cells[0]} (line {number})"
            sections[title] = []
        elif any(cells):
            sections[title].append(_Line(number, cells))
        empty = not any(cells)
    return sections


def _facts(sections: Mapping[str, list[_Line]], gathered: Signals) -> Iterator[tuple[str, str]]:
    """Facts for the header; every line that is no matrix goes to VENDOR. Several plates are a
    mistake.
    """
    plates = [
        line for lines in sections.values() for line in lines if line.cells[0] == "Plate Number"
    ]
    again = [
        title
        for title in sections
        if title.startswith(tuple(f"{known} (line " for known in _TITLES))
    ]
    if len(plates) > 1 or again:
        found = (
            f"{len(plates)} plates" if len(plates) > 1 else "sections twice: " + ", ".join(again)
        )
        gathered.mistakes.append(
            Mistake(
                gathered.request.source, found, "one plate a file", "export every plate by itself"
            )
        )
    for title, lines in sections.items():
        if title in ("Layout", "Results"):
            continue
        for line in lines:
            first = line.cells[0]
            if first.endswith("File Path:"):
                continue
            gathered.beside(
                title,
                first.rstrip(":") or f"line {line.number}",
                " ".join(filter(None, line.cells[1:])),
            )
            if first in _FACTS and len(line.cells) > 1:
                yield _FACTS[first], line.cells[1][:300]
            if first == "Software Version" and len(line.cells) > 1:
                yield "software", f"Gen5 {line.cells[1]}"
    if any(line.cells[0].endswith("File Path:") for line in sections["header"]):
        gathered.ignored.append(
            Ignored("lines Experiment File Path, Protocol File Path", "paths may name a person")
        )


def _grid(lines: list[_Line], gathered: Signals, *, whole: bool) -> _Grid:
    """The matrix of a section. With `whole`, one that is no whole plate is a mistake."""
    grid = _Grid()
    letter = ""
    for line in lines:
        numbers = [cell for cell in line.cells[1:] if cell]
        if (
            not line.cells[0]
            and not grid.columns
            and numbers == [str(n) for n in range(1, len(numbers) + 1)]
        ):
            grid.columns = tuple(range(1, len(numbers) + 1))
            continue
        letter = line.cells[0] if line.cells[0] in LETTERS else letter
        if line.cells[0] not in ("", letter) or not letter or not grid.columns:
            gathered.mistakes.append(
                Mistake(
                    f"{gathered.request.source}:{line.number}",
                    f"a line {line.cells[0]!r} in a matrix",
                    "row letters and column numbers",
                    "export layout and results as matrices, without kinetics",
                )
            )
            continue
        width = len(grid.columns) + 1
        if len(line.cells) > width + 1:
            gathered.mistakes.append(
                Mistake(
                    f"{gathered.request.source}:{line.number}",
                    f"{len(line.cells)} cells",
                    f"{width + 1} at most, as the columns are numbered",
                    "export the plate again",
                )
            )
        grid.rows.append((letter, line.cells[width] if len(line.cells) == width + 1 else "", line))
    letters = list(dict.fromkeys(letter for letter, _, _ in grid.rows))
    size = (len(letters), len(grid.columns))
    if whole and grid.rows and (size not in PLATES or letters != list(LETTERS[: size[0]])):
        gathered.mistakes.append(
            Mistake(
                f"{gathered.request.source}:{lines[0].number}",
                f"results of rows {', '.join(letters)} and {size[1]} columns",
                "a whole plate",
                "export the whole plate; the file may be cut short",
            )
        )
    return grid


def _is_read(name: str, steps: list[str]) -> bool:
    """Whether a line of the results is a reading itself: wavelengths alone, or behind the name of a
    read step.
    """
    found = _RAW.match(name)
    if found is None:
        return name in steps
    return (
        found["name"] is None
        or found["name"] in steps
        or re.match(r"Read ?#?[0-9]+$", found["name"]) is not None
    )


def _known(layout: _Grid, gathered: Signals) -> dict[str, tuple[str, str | None, str]]:
    """Well ID, role and amount of every well; the rest of the layout goes to VENDOR."""
    ids: dict[str, str] = {}
    amounts: dict[str, str] = {}
    samples = 0
    for letter, name, line in layout.rows:
        for well, cell in layout.cells(letter, line):
            if name == "Well ID":
                ids[well] = cell
            elif name == "Conc/Dil":
                amounts[well] = cell
            gathered.beside(f"Layout, {name}" if name else "Layout", well, cell)
    known: dict[str, tuple[str, str | None, str]] = {}
    for well, identity in ids.items():
        role = next((role for pattern, role in _IDS if pattern.match(identity)), None)
        standard = role == "standard" and is_well(well)
        samples += role == "sample" and bool(amounts.get(well))
        known[well] = (identity, role, amounts.get(well, "") if standard else "")
    if samples:
        gathered.ignored.append(
            Ignored(
                f"Conc/Dil of {samples} samples",
                "0.5 may be half the sample or half the dilution: dilutions come from the layout",
            )
        )
    return known
