"""Agilent BioTek Gen5: the text export of one plate, with its Results as a matrix.

Known from real files: facts of the plate, Procedure Details, Layout (Well ID and Conc/Dil of every
well), and Results, in which every row of the plate has one line for each reading and each thing
computed from it, named at the line's end. Without Results every reading has a section of its own.
A part of a plate is read where the procedure says so (`D1..E24`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from exvivo.cells.guards import describe
from exvivo.cells.text import decode, plain_text
from exvivo.cells.text_rows import lines_of
from exvivo.errors import Mistake
from exvivo.read.cells.located import is_well
from exvivo.read.plate_reader.shared import (
    LETTERS,
    LONGEST_FACT,
    PLATES,
    Signal,
    Signals,
    WellFacts,
    check_size,
    immunoassay,
    unit_of,
)
from exvivo.read.result import FileRead, Request

_START = 4096
_FIRST_LINES = re.compile(
    r"\s*Software Version\t.*(?:Experiment File Path:|Plate Number\t)", re.DOTALL
)
_NUMBERS = [str(n) for n in range(1, 1 + max(columns for _, columns in PLATES))]
_WAVES = r"[0-9]{3,4}(?:/[0-9]{1,3})?(?:,[0-9]{3,4}(?:/[0-9]{1,3})?)?"
_READING = re.compile(rf"(?:(?P<step>.+):)?(?P<waves>{_WAVES}|Lum|Alpha)$")
_PART = re.compile(r"([A-P])([0-9]{1,2})\.\.([A-P])([0-9]{1,2})$")
"""The wells that a read step takes, where they are not the whole plate."""
_FULL, _WHOLE = "Full Plate", "a whole plate"
_NUMBERED_STEP = re.compile(r"Read ?#?[0-9]+$")
_ROLES = (
    (re.compile(r"STD[0-9]{1,3}$"), "standard"),
    (re.compile(r"BLK$"), "blank"),
    (re.compile(r"SPL[0-9]{1,4}(?::[0-9]{1,3})?$"), "sample"),
)
"""Well IDs that Gen5 gives by itself."""
_FACTS = {
    "Date": "date",
    "Time": "time",
    "Plate Number": "batch",
    "Reader Type": "instrument",
    "Reader Serial Number": "serial number",
    "Software Version": "software",
}
_PROCEDURE, _LAYOUT, _RESULTS = _TITLES = ("Procedure Details", "Layout", "Results")
_PATH = "File Path:"
_WELL_ID, _AMOUNT = "Well ID", "Conc/Dil"


@dataclass(frozen=True)
class _Line:
    """A line of the file: its number and its cells, without empty ones at its end."""

    number: int
    cells: tuple[str, ...]

    @property
    def read_step(self) -> str:
        """The read step that a line of the procedure names; nothing where it names none."""
        return self.cells[1] if self.cells[0] == "Read" and len(self.cells) > 1 else ""

    @property
    def words(self) -> str:
        """All its cells as one text."""
        return " ".join(self.cells)


@dataclass
class _Matrix:
    """A matrix of Gen5: every line is one thing said of the wells of a row. `width` is the number
    of its columns.
    """

    width: int = 0
    rows: list[tuple[str, str, _Line]] = field(default_factory=list)
    """Letter of the row, what the line says, and the line."""

    @property
    def names(self) -> list[str]:
        """What its lines say, each once."""
        return list(dict.fromkeys(name for _, name, _ in self.rows))

    def cells(self) -> Iterator[tuple[str, str, str, _Line]]:
        """What is said, well, cell and line of every column of every line."""
        for letter, name, line in self.rows:
            cells = (*line.cells[1:], *[""] * self.width)
            for column in range(self.width):
                yield name, f"{letter}{column + 1}", cells[column], line


def sniff(raw: bytes, suffix: str) -> bool:
    """A text that names its Software Version and a Gen5 experiment (.xpt), or the procedure of a
    plate.
    """
    del suffix
    start = raw[:_START]
    return describe(start) == "text" and _FIRST_LINES.match(decode(start)) is not None


def read(raw: bytes, request: Request) -> FileRead:
    """A reading (`signal`) of every well and read step; the block is its name in the file (`450`,
    `Read 1:450`).

    Blanked values, concentrations and all else that Gen5 computes go to the VENDOR table. Well IDs
    that Gen5 gives by itself state a role (STD1, BLK, SPL1:2), and Conc/Dil of a standard its
    amount; that of a sample may be a factor or its inverse, so it is kept as text. Raises
    `ReadError`: several plates, kinetics, a matrix that is no whole plate, cells that are no
    signal.
    """
    check_size(raw, request.source)
    sections = _sections(plain_text(raw, request.source))
    gathered = Signals(request)
    gathered.mistakes += _several_plates(sections, request.source)
    facts = _facts(sections, gathered)
    layout = _matrix(sections.get(_LAYOUT, []), gathered)
    procedure = sections.get(_PROCEDURE, [])
    results = _results(sections, gathered)
    gathered.mistakes += _not_whole(results, procedure, request.source)
    gathered.mistakes += chain(_cut_lines(layout, request), _cut_lines(results, request))
    readings = _readings(results, procedure)
    gathered.mistakes += _rows_without(readings, results, request.source)
    if not readings and not gathered.mistakes:
        gathered.complain(
            request.source,
            "no Results with a read step",
            "the readings of the plate as a matrix",
            "export the raw data of every read as a matrix, with Procedure Details "
            "(one plate a file, no kinetics)",
        )
    unit = unit_of(line.words for line in procedure)
    _gather(results, readings, _well_facts(layout, gathered), unit, gathered)
    header = {"format": "Gen5", **facts, "readings": ", ".join(readings)}
    return gathered.read(header, separator="\t")


def _gather(
    results: _Matrix,
    readings: Sequence[str],
    facts: Mapping[str, WellFacts],
    unit: str,
    gathered: Signals,
) -> None:
    """The signals of the readings; what Gen5 computed of them goes to VENDOR."""
    source, analyte = gathered.request.source, immunoassay(gathered.request).analyte
    for name, well, cell, line in results.cells():
        if name not in readings:
            gathered.beside(name or _RESULTS, well, cell)
            continue
        gathered.signals.append(
            Signal(
                where=f"{source}:{line.number}, {well}",
                block=name,
                well=well,
                cell=cell,
                channel=analyte,
                unit=unit,
                facts=facts.get(well, WellFacts()),
            )
        )


def _sections(text: str) -> dict[str, list[_Line]]:
    """The lines of every section, by its title; those before the first under `header`.

    A title stands alone on its line, after an empty one. A section that occurs twice is told apart
    by a number. A fact of the plate (`Actual Temperature:`) may stand behind a matrix.
    """
    sections: dict[str, list[_Line]] = {"header": []}
    title, after_empty = "header", True
    for number, text_line in enumerate(lines_of(text), start=1):
        cells = tuple(cell.strip() for cell in text_line.rstrip().split("\t"))
        if cells[0] and len(cells) == 1 and after_empty:
            title = cells[0] if cells[0] not in sections else f"{cells[0]} (line {number})"
            sections[title] = []
        elif any(cells):
            of_plate = cells[0].endswith(":") and title in (_LAYOUT, _RESULTS)
            sections["header" if of_plate else title].append(_Line(number, cells))
        after_empty = not any(cells)
    return sections


def _several_plates(sections: Mapping[str, list[_Line]], source: str) -> Iterator[Mistake]:
    plates = 0
    for lines in sections.values():
        plates += sum(line.cells[0] == "Plate Number" for line in lines)
    again = tuple(f"{title} (line " for title in _TITLES)
    repeated = [title for title in sections if title.startswith(again)]
    if plates > 1 or repeated:
        yield Mistake(
            source,
            f"{plates} plates" if plates > 1 else "sections twice: " + ", ".join(repeated),
            "one plate a file",
            "export every plate by itself",
        )


def _facts(sections: Mapping[str, list[_Line]], gathered: Signals) -> dict[str, str]:
    """Facts for the header; every line that is no matrix goes to VENDOR, but for paths."""
    facts: dict[str, str] = {}
    for title, lines in sections.items():
        for line in () if title == _LAYOUT or _is_matrix(lines) else lines:
            key, *words = line.cells
            if key.endswith(_PATH):
                continue
            row = key.rstrip(":") or f"line {line.number}"
            gathered.beside(title, row, " ".join(filter(None, words)))
            if key in _FACTS and words:
                facts[_FACTS[key]] = words[0][:LONGEST_FACT]
    if "software" in facts:
        facts["software"] = f"Gen5 {facts['software']}"
    if any(line.cells[0].endswith(_PATH) for line in sections["header"]):
        gathered.ignore("lines Experiment File Path, Protocol File Path", "paths may name a person")
    return facts


def _matrix(lines: Sequence[_Line], gathered: Signals) -> _Matrix:
    """The matrix of a section: a line of column numbers, then lines that begin with the letter of
    their row, or with nothing where it is the row above.
    """
    matrix, letter = _Matrix(), ""
    for line in lines:
        first = line.cells[0]
        if not matrix.width and (width := _numbered_columns(line)):
            matrix.width = width
            continue
        letter = first if first in LETTERS else letter
        if first in ("", letter) and letter and matrix.width:
            matrix.rows.append((letter, _line_name(line, matrix.width, gathered), line))
        else:
            gathered.complain(
                f"{gathered.request.source}:{line.number}",
                f"a line {first!r} in a matrix",
                "row letters and column numbers",
                "export layout and results as matrices, without kinetics",
            )
    return matrix


def _is_matrix(lines: Sequence[_Line]) -> bool:
    """Whether a section begins with column numbers."""
    return bool(lines) and _numbered_columns(lines[0]) > 0


def _results(sections: Mapping[str, list[_Line]], gathered: Signals) -> _Matrix:
    """The matrix of Results; where there is none, those of the sections that are matrices, one
    under another.
    """
    if _RESULTS in sections:
        return _matrix(sections[_RESULTS], gathered)
    of_readings = [
        _matrix(lines, gathered)
        for title, lines in sections.items()
        if title != _LAYOUT and _is_matrix(lines)
    ]
    return _under_one_another(of_readings)


def _under_one_another(matrices: Sequence[_Matrix]) -> _Matrix:
    """Matrices as one, as wide as the widest of them."""
    together = _Matrix(max((matrix.width for matrix in matrices), default=0))
    for matrix in matrices:
        together.rows += matrix.rows
    return together


def _numbered_columns(line: _Line) -> int:
    """How many columns a line numbers 1, 2, ...; 0 where it is another line."""
    first, *rest = line.cells
    numbers = [cell for cell in rest if cell]
    return 0 if first or numbers != _NUMBERS[: len(numbers)] else len(numbers)


def _line_name(line: _Line, width: int, gathered: Signals) -> str:
    """What a line of a matrix says: the cell behind its last column."""
    last = width + 1
    if len(line.cells) > last + 1:
        gathered.complain(
            f"{gathered.request.source}:{line.number}",
            f"{len(line.cells)} cells",
            f"{last + 1} at most, as the columns are numbered",
            "export the plate again",
        )
    return line.cells[last] if len(line.cells) == last + 1 else ""


def _not_whole(results: _Matrix, procedure: Sequence[_Line], source: str) -> Iterator[Mistake]:
    """Rows or columns that the procedure reads and the results lack."""
    letters = list(dict.fromkeys(letter for letter, _, _ in results.rows))
    wanted = _rows_of_part(procedure)
    size = (len(letters), results.width)
    whole = size in PLATES and letters == list(LETTERS[: size[0]])
    if not letters or whole or (wanted and wanted <= set(letters)):
        return
    yield Mistake(
        f"{source}:{results.rows[0][2].number}",
        f"results of rows {', '.join(letters)} and {size[1]} columns",
        "the rows that the procedure reads: " + ", ".join(sorted(wanted)) if wanted else _WHOLE,
        "export the plate again: these results are cut short",
    )


def _cut_lines(matrix: _Matrix, request: Request) -> Iterator[Mistake]:
    """Lines that end before the name that the other lines have at their end: they lost cells, and
    what is left of them would pass for something else.
    """
    if not any(matrix.names):
        return
    for letter, name, line in matrix.rows:
        if not name:
            yield Mistake(
                f"{request.source}:{line.number}",
                f"{len(line.cells)} cells in a line of row {letter}",
                f"{matrix.width + 2}: {matrix.width} wells, and what the line says at its end",
                "export the plate again: this line lost its last cells",
            )


def _rows_without(names: Sequence[str], results: _Matrix, source: str) -> Iterator[Mistake]:
    """Rows of the plate that lack the line of a reading that others have, or have it twice."""
    letters = list(dict.fromkeys(letter for letter, _, _ in results.rows))
    counts = Counter((letter, name) for letter, name, _ in results.rows)
    for name in names:
        off = [letter for letter in letters if counts[letter, name] != 1]
        if off:
            yield Mistake(
                f"{source}:{results.rows[0][2].number}",
                f"{name!r} in {len(letters) - len(off)} of {len(letters)} rows; not once in row "
                f"{', '.join(off)}",
                "each reading once in every row",
                "export the plate again: these results are cut short",
            )


def _rows_of_part(procedure: Sequence[_Line]) -> set[str]:
    """The letters of the rows that read steps take, where all of them take a part of the plate."""
    if any(_FULL in line.cells for line in procedure):
        return set()
    parts = (_PART.match(cell) for line in procedure for cell in line.cells)
    rows: set[str] = set()
    for part in filter(None, parts):
        rows.update(_letters(part[1], part[3]))
    return rows


def _letters(first: str, last: str) -> Sequence[str]:
    """The letters of the rows from one to another."""
    return LETTERS[LETTERS.index(first) : LETTERS.index(last) + 1]


def _readings(results: _Matrix, procedure: Sequence[_Line]) -> list[str]:
    """The names of the lines that are readings themselves: wavelengths alone, or behind the name of
    a read step.
    """
    steps = [line.read_step for line in procedure if line.read_step]
    return [name for name in results.names if _is_reading(name, steps)]


def _is_reading(name: str, steps: Sequence[str]) -> bool:
    match = _READING.match(name)
    step = match["step"] if match else name
    if match and (step is None or _NUMBERED_STEP.match(step)):
        return True
    return step in steps


def _well_facts(layout: _Matrix, gathered: Signals) -> dict[str, WellFacts]:
    """Well ID, role and amount of every well; the rest of the layout goes to VENDOR."""
    ids: dict[str, str] = {}
    amounts: dict[str, str] = {}
    for name, well, cell, _ in layout.cells():
        if name == _WELL_ID:
            ids[well] = cell
        elif name == _AMOUNT:
            amounts[well] = cell
        gathered.beside(f"{_LAYOUT}, {name}" if name else _LAYOUT, well, cell)
    facts = {well: _facts_of_id(well, ids[well], amounts.get(well, "")) for well in ids}
    samples = [well for well, stated in facts.items() if stated.role == "sample"]
    diluted = sum(bool(amounts.get(well)) for well in samples)
    if diluted:
        gathered.ignore(
            f"{_AMOUNT} of {diluted} samples",
            "0.5 may be half the sample or half the dilution: dilutions come from the layout",
        )
    return facts


def _facts_of_id(well: str, identity: str, amount: str) -> WellFacts:
    """What a Well ID says of a well; the amount counts where it is a standard's."""
    role = next((role for pattern, role in _ROLES if pattern.match(identity)), None)
    return WellFacts(identity, role, amount if role == "standard" and is_well(well) else "")
