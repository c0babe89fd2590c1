"""Thermo SkanIt (Varioskan, Multiskan): the workbook of a session, a sheet a measurement.

Known from public descriptions of the workbook: sheets of session, instrument and layout, and for
each measurement a sheet (Absorbance 1_01) in which `Plate 1` and `Wavelength: 450 nm` stand above a
matrix whose corner says what it holds: Abs, RFU, RLU, or Sample with the names of the layout. No
real workbook was at hand. One plate is read; `run` names it where there are several.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from exvivo.cells.cell import filled_texts, text_of
from exvivo.cells.sheet import Sheet
from exvivo.cells.workbook import is_workbook, workbook_holds
from exvivo.errors import ReadError
from exvivo.read.plate_reader.plate_matrix import Matrix, labelled
from exvivo.read.plate_reader.shared import (
    LONGEST_FACT,
    Signals,
    WellFacts,
    immunoassay,
    plate_of_run,
    sheets_of,
)
from exvivo.read.result import FileRead, Request

_PROGRAM = "SkanIt"
_UNITS = {"abs": "OD", "od": "OD", "rfu": "RFU", "rlu": "RLU"}
"""The unit of a matrix by its corner."""
_SAMPLE = "sample"
_OF_SESSION = ("session information", "instrument information", "layout definitions")
_GENERAL = "general information"
_PLATE = re.compile(r"Plate *([0-9]+)")
_WAVE = re.compile(r"Wavelength: *([0-9]{3,4}) *nm", re.IGNORECASE)
_ROLE = re.compile(r"(Std|Blank|Un|Ctrl)[0-9]{0,4}$", re.IGNORECASE)
_ROLES = {"std": "standard", "blank": "blank", "un": "sample", "ctrl": None}
_PEOPLE = ("user", "executed by", "created by", "file path", "path")
_FACTS = {
    "Execution time": "start",
    "Session name": "session",
    "Serial number": "serial number",
    "Report generated with SW version": "software",
}


@dataclass(frozen=True)
class _Part:
    """A matrix, and the plate and the wavelength that stand above it."""

    plate: str
    wave: str
    matrix: Matrix

    @property
    def corner(self) -> str:
        """What the matrix holds."""
        return self.matrix.corner.lower()


def sniff(raw: bytes, suffix: str) -> bool:
    """A workbook that names SkanIt and has a matrix of SkanIt's."""
    del suffix
    try:
        if not is_workbook(raw) or not workbook_holds(raw, (_PROGRAM,)):
            return False
        return any(_has_matrix(sheet) for sheet in sheets_of(raw, ""))
    except ReadError:
        return False


def _has_matrix(sheet: Sheet) -> bool:
    return any(matrix.corner.lower() in _UNITS for matrix in labelled(sheet))


def read(raw: bytes, request: Request) -> FileRead:
    """A reading (`signal`) of every well and wavelength of one plate; `run` of the plate in
    study.yaml is its number where there are several.

    The block is the wavelength, with the sheet before it where several sheets have it. Names of
    the layout state a role (Std1, Blank1, Un1). Other lines and matrices go to the VENDOR table,
    but for those that may name a person. Raises `ReadError`: several plates and none named,
    matrices that are no whole plate, cells that are no signal.
    """
    gathered = Signals(request)
    sheets = sheets_of(raw, request.source)
    parts = [part for sheet in sheets for part in _parts(sheet) if gathered.takes_sheet(sheet.name)]
    known = [part for part in parts if part.corner in (*_UNITS, _SAMPLE)]
    plate_read = plate_of_run((part.plate for part in known), request)
    chosen = [part for part in known if part.plate == plate_read]
    facts = _facts_of_wells([part.matrix for part in chosen if part.corner == _SAMPLE])
    measured = [part for part in chosen if part.corner in _UNITS]
    names = _names(measured)
    for name, part in zip(names, measured, strict=True):
        if not part.matrix.whole:
            gathered.mistakes.append(part.matrix.not_whole())
            continue
        analyte, unit = immunoassay(request).analyte, _UNITS[part.corner]
        for signal in part.matrix.signals(name, analyte, unit):
            stated = facts.get(signal.position, WellFacts())
            gathered.signals.append(replace(signal, facts=stated))
    others = {part.plate for part in parts} - {part.plate for part in chosen}
    for plate in sorted(others):
        gathered.ignore(f"plate {plate}", "another plate: `run` names the one that is read")
    for sheet in sheets:
        _beside(sheet, gathered)
    header = {"format": "SkanIt", **dict(_facts(sheets)), "readings": ", ".join(names)}
    return gathered.read(header)


def _beside(sheet: Sheet, gathered: Signals) -> None:
    """The lines of a sheet that belong to no matrix; matrices of another kind, well by well."""
    taken: set[int] = set()
    for matrix in labelled(sheet):
        taken.update(range(matrix.head, matrix.bottom))
        if matrix.corner.lower() not in (*_UNITS, _SAMPLE):
            for signal in matrix.signals("", "", ""):
                gathered.beside(
                    f"{sheet.name} {matrix.corner}", signal.position, text_of(signal.cell)
                )
    gathered.keep_lines(sheet, taken, _PEOPLE)


def _parts(sheet: Sheet) -> Iterator[_Part]:
    """The matrices of a sheet, with the plate and the wavelength last named above each."""
    matrices = {matrix.head: matrix for matrix in labelled(sheet)}
    plate = wave = ""
    for at, cells in enumerate(sheet.rows):
        first = text_of(cells[0]) if cells else ""
        if found := _PLATE.search(first):
            plate, wave = found[1], ""
        if named := _WAVE.search(first):
            wave = named[1]
        if at in matrices:
            yield _Part(plate, wave, matrices[at])


def _names(measured: Sequence[_Part]) -> list[str]:
    """The name of every matrix: its wavelength, else its sheet; both where one is not enough."""
    times = Counter(part.wave for part in measured)
    return [
        part.wave
        if part.wave and times[part.wave] == 1
        else f"{part.matrix.sheet.name} {part.wave}".strip()
        for part in measured
    ]


def _facts_of_wells(samples: Sequence[Matrix]) -> dict[str, WellFacts]:
    """The name and the role that the layout gives each well."""
    facts: dict[str, WellFacts] = {}
    for matrix in samples:
        for signal in matrix.signals("", "", ""):
            name = text_of(signal.cell)
            role = _ROLE.match(name)
            facts[signal.position] = WellFacts(name, _ROLES[role[1].lower()] if role else None)
    return facts


def _facts(sheets: Sequence[Sheet]) -> Iterator[tuple[str, str]]:
    of_session = [s for s in sheets if s.name.lower() in (*_OF_SESSION, _GENERAL)]
    for cells in chain.from_iterable(sheet.rows for sheet in of_session):
        texts = filled_texts(cells)
        if len(texts) > 1 and texts[0] in _FACTS:
            yield _FACTS[texts[0]], texts[-1][:LONGEST_FACT]
