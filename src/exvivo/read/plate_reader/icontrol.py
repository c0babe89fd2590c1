"""Tecan i-control (Infinite, Spark under i-control): the workbook it writes, one matrix a label.

Known from public descriptions of the workbook: lines of settings (`Application: Tecan i-control`,
Device, Plate), then for each label its settings (Mode, wavelengths, Gain, Part of Plate) and a
matrix whose corner is `<>`. No real file was at hand. Kinetics, and several reads a well, are laid
out otherwise and are refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from exvivo.cells.cell import Cell, filled_texts, text_of
from exvivo.cells.messages import read_error
from exvivo.cells.sheet import Sheet
from exvivo.cells.workbook import is_workbook, workbook_holds
from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.located import facts_of
from exvivo.read.plate_reader.plate_matrix import Matrix, labelled
from exvivo.read.plate_reader.shared import (
    LONGEST_FACT,
    Signals,
    immunoassay,
    is_text,
    nothing_read,
    number_like,
    sheets_of,
    unit_of,
)
from exvivo.read.result import FileRead, Request

_PROGRAM = "Tecan i-control"
_DEEPEST = 12
_DEEPEST_FACT = 40
_LABEL = re.compile(r"Label: *(.+)$")
_RANGE = re.compile(r"([A-P])([0-9]{1,2})\s*-\s*([A-P])([0-9]{1,2})$")
_PEOPLE = ("user", "system", "computer")
_NOT_ENDPOINT = ("cycle nr", "kinetic", "multiple reads per well", "number of reads")
_FACTS = {
    "device": "instrument",
    "serial number": "serial number",
    "date": "date",
    "plate": "plate type",
    "firmware": "firmware",
}


@dataclass(frozen=True)
class _Label:
    """One label: its name, its matrix, and its settings as (key, what stands there)."""

    name: str
    matrix: Matrix
    settings: tuple[tuple[str, str], ...]

    @property
    def name_with_sheet(self) -> str:
        """The name behind that of its sheet."""
        return f"{self.matrix.sheet.name} {self.name}"

    def setting(self, key: str) -> str:
        """What stands beside a setting; nothing where there is no such line."""
        return next((value for name, value in self.settings if name.lower() == key), "")


def sniff(raw: bytes, suffix: str) -> bool:
    """One of the first lines of a workbook (or of a text saved from it) names Tecan i-control."""
    del suffix
    try:
        may_hold = workbook_holds(raw, (_PROGRAM,)) if is_workbook(raw) else is_text(raw)
        return may_hold and any(map(_is_icontrol, sheets_of(raw, "")))
    except ReadError:
        return False


def _is_icontrol(sheet: Sheet) -> bool:
    first_cells = chain.from_iterable(sheet.rows[:_DEEPEST])
    return any(_PROGRAM in text_of(cell) for cell in first_cells)


def read(raw: bytes, request: Request) -> FileRead:
    """A reading (`signal`) of every well and label. The block is the label (Label1); the unit
    follows from its Mode.

    Settings go to the VENDOR table, users and computers nowhere. Raises `ReadError`: kinetics,
    several reads a well, labels without a matrix, matrices that are neither a whole plate nor the
    `Part of Plate` that the file states, cells that are no signal.
    """
    gathered = Signals(request)
    sheets = sheets_of(raw, request.source)
    if not is_workbook(raw):  # a text is read under the first separator that gives a matrix
        sheets = [sheet for sheet in sheets if labelled(sheet)][:1]
    chosen = [sheet for sheet in sheets if gathered.takes_sheet(sheet.name)]
    labels = list(chain.from_iterable(_labels(sheet, gathered) for sheet in chosen))
    if not labels and not gathered.mistakes:
        raise read_error(
            request.source,
            "no matrix of a plate (`<>`)",
            "one for every label",
            "export an endpoint measurement as a matrix",
        )
    for name, label in _named(labels):
        _gather(label, name, gathered)
    facts = next(filter(None, map(_facts, chosen)), {})
    readings = ", ".join(dict.fromkeys(label.name for label in labels))
    header = {"format": "Tecan i-control", **facts, "readings": readings}
    return gathered.read(header, separator=sheets[0].separator if sheets else "")


def _named(labels: Sequence[_Label]) -> Iterator[tuple[str, _Label]]:
    """Every label under a name of its own: its sheet stands before it where it occurs again."""
    times = Counter(label.name for label in labels)
    for label in labels:
        yield label.name if times[label.name] == 1 else label.name_with_sheet, label


def _labels(sheet: Sheet, gathered: Signals) -> Iterator[_Label]:
    """The labels of a sheet; what is wrong with them goes to the mistakes, what stands beside them
    to VENDOR or `ignored`.
    """
    matrices = labelled(sheet)
    gathered.mistakes += _unread_measurements(sheet, matrices)
    start = 0
    for number, matrix in enumerate(matrices, start=1):
        settings = tuple(_settings(sheet.rows[start : matrix.head]))
        names = [value for key, value in settings if key == "Label"]
        label = _Label(names[-1] if names else f"Label{number}", matrix, settings)
        gathered.mistakes += _not_as_stated(label)
        gathered.mistakes += _outside(matrix)
        start = matrix.bottom
        yield label
    for key, value in _settings(sheet.rows[start:]):
        if key.lower() not in _PEOPLE:
            gathered.beside("end", key, value)
    if not matrices and not gathered.mistakes:
        gathered.ignore(f"sheet {sheet.name}", "no matrix of a plate (`<>`)")


def _settings(rows: Sequence[Sequence[Cell]]) -> Iterator[tuple[str, str]]:
    """Every line as a key and what stands beside it; `Key: value` of one cell comes apart."""
    for row in rows:
        if texts := filled_texts(row):
            yield from _line_settings(*texts)


def _line_settings(first: str, *others: str) -> Iterator[tuple[str, str]]:
    label = _LABEL.match(first)
    key, _, value = first.partition(":")
    if label and not others:
        yield "Label", label[1]
    elif value.strip() and not value[:1].isdigit():
        yield key.strip(), value.strip()
        yield from _settings([[text] for text in others])
    else:
        yield first.rstrip(": "), " ".join(others)


def _facts(sheet: Sheet) -> dict[str, str]:
    facts = facts_of(_settings(sheet.rows[:_DEEPEST_FACT]), _FACTS)
    return {name: fact[:LONGEST_FACT] for name, fact in facts.items()}


def _unread_measurements(sheet: Sheet, matrices: Sequence[Matrix]) -> Iterator[Mistake]:
    """Measurements that are laid out otherwise, and corners without a matrix."""
    heads = {matrix.head for matrix in matrices}
    inside: set[int] = set()
    for matrix in matrices:
        inside.update(range(matrix.top, matrix.bottom))
    for row, cells in enumerate(sheet.rows):
        first = next(iter(filled_texts(cells)), "")
        if row not in inside and first.lower().startswith(_NOT_ENDPOINT):
            yield Mistake(
                sheet.where(row, 0),
                f"{first!r}: kinetics, or several reads a well",
                "an endpoint measurement, one read a well",
                "export an endpoint measurement; "
                "or save the signals as a table with columns well and signal",
            )
        if first == "<>" and row not in heads:
            yield Mistake(
                sheet.where(row, 0),
                "`<>` without column numbers and row letters",
                "a matrix of the plate",
                "export the measurement as a matrix, not as a list",
            )


def _not_as_stated(label: _Label) -> Iterator[Mistake]:
    """A matrix that is no whole plate must be the part that the file says was read."""
    matrix, part = label.matrix, label.setting("part of plate")
    wells = f"{matrix.letters[0]}{matrix.columns[0]}-{matrix.letters[-1]}{matrix.columns[-1]}"
    stated = _RANGE.match(part.strip().upper())
    if matrix.whole or (stated and "{}{}-{}{}".format(*stated.groups()) == wells):
        return
    unstated = "a whole plate, or a line `Part of Plate` that says which wells were read"
    yield Mistake(
        matrix.where(),
        f"the wells {wells} of {label.name}",
        f"the part of the plate the file states: {part}" if part else unstated,
        "export the measurement again",
    )


def _outside(matrix: Matrix) -> Iterator[Mistake]:
    """Numbers beside the columns of a matrix."""
    for row in range(matrix.head, matrix.bottom):
        for column, cell in enumerate(matrix.sheet.rows[row]):
            beside = not matrix.left - 1 <= column < matrix.right
            if beside and not nothing_read(cell) and number_like(cell):
                yield Mistake(
                    matrix.sheet.where(row, column),
                    f"{text_of(cell)!r} beside a matrix",
                    "the columns of the plate alone",
                    "export the measurement again",
                )


def _gather(label: _Label, name: str, gathered: Signals) -> None:
    """The signals of a label, and its settings but for people and computers."""
    analyte, unit = immunoassay(gathered.request).analyte, unit_of([label.setting("mode")])
    gathered.signals += label.matrix.signals(name, analyte, unit)
    people = [key for key, _ in label.settings if key.lower() in _PEOPLE]
    if people:
        gathered.ignore(f"lines {', '.join(people)}", "may name a person")
    for key, value in label.settings:
        if key.lower() not in (*_PEOPLE, "label"):
            gathered.beside(name, key, value)
