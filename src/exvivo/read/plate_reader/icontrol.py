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

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.cell import Cell, text_of
from exvivo.read.cells.sheet import Sheet
from exvivo.read.cells.workbook import is_workbook
from exvivo.read.plate_reader.plate_matrix import Matrix, labelled
from exvivo.read.plate_reader.shared import (
    Signal,
    Signals,
    holds_words,
    immunoassay,
    is_text,
    nothing_read,
    number_like,
    sheets_of,
    unit_of,
)
from exvivo.read.result import FileRead, Ignored, Request

_MARK = "Tecan i-control"
_DEEPEST = 12
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

    def says(self, key: str) -> str:
        """What stands beside a setting; nothing where there is no such line."""
        return next((said for name, said in self.settings if name.lower() == key), "")


def sniff(raw: bytes, suffix: str) -> bool:
    """One of the first lines of a workbook (or of a text saved from it) names Tecan i-control."""
    del suffix
    try:
        if is_workbook(raw):
            return holds_words(raw, _MARK) and any(map(_is_icontrol, sheets_of(raw, "")))
        return is_text(raw) and any(map(_is_icontrol, sheets_of(raw, "")))
    except ReadError:
        return False


def _is_icontrol(sheet: Sheet) -> bool:
    return any(_MARK in text_of(cell) for row in sheet.rows[:_DEEPEST] for cell in row)


def read(raw: bytes, request: Request) -> FileRead:
    """A reading (`signal`) of every well and label. The block is the label (Label1); the unit
    follows from its Mode.

    Settings go to the VENDOR table, users and computers nowhere. Raises `ReadError`: kinetics,
    several reads a well, labels without a matrix, matrices that are neither a whole plate nor the
    `Part of Plate` that the file states, cells that are no signal.
    """
    assay = immunoassay(request)
    gathered = Signals(request)
    sheets = [
        sheet for sheet in sheets_of(raw, request.source) if is_workbook(raw) or labelled(sheet)
    ]
    separator = sheets[0].separator if sheets else ""
    labels: list[tuple[Sheet, _Label]] = []
    facts: dict[str, str] = {}
    for sheet in sheets[:1] if separator else sheets:
        if assay.sheet and sheet.name != assay.sheet:
            gathered.ignored.append(
                Ignored(f"sheet {sheet.name}", f"the assay names sheet {assay.sheet}")
            )
            continue
        found = list(_labels(sheet, gathered))
        if not found and not gathered.mistakes:
            gathered.ignored.append(Ignored(f"sheet {sheet.name}", "no matrix of a plate (`<>`)"))
        labels += [(sheet, label) for label in found]
        facts = facts or _facts(sheet)
    if not labels and not gathered.mistakes:
        raise ReadError(
            Mistake(
                request.source,
                "no matrix of a plate (`<>`)",
                "one for every label",
                "export an endpoint measurement as a matrix",
            )
        )
    times = Counter(label.name for _, label in labels)
    for sheet, label in labels:
        name = label.name if times[label.name] == 1 else f"{sheet.name} {label.name}"
        _add(label, name, gathered, assay.analyte)
    return gathered.read(
        {"format": "Tecan i-control", **facts, "readings": ", ".join(times)}, separator=separator
    )


def _labels(sheet: Sheet, gathered: Signals) -> Iterator[_Label]:
    """The labels of a sheet; what is wrong with them goes to the mistakes, what stands beside them
    to VENDOR or `ignored`.
    """
    matrices = labelled(sheet)
    gathered.mistakes += _unread(sheet, matrices)
    start = 0
    for number, matrix in enumerate(matrices, start=1):
        settings = tuple(_settings(sheet.rows[start : matrix.head]))
        named = [said for key, said in settings if key == "Label"]
        label = _Label(named[-1] if named else f"Label{number}", matrix, settings)
        gathered.mistakes += _not_whole(label)
        gathered.mistakes += _outside(matrix)
        start = matrix.bottom
        yield label
    for key, said in _settings(sheet.rows[start:]):
        if key.lower() not in _PEOPLE:
            gathered.beside("end", key, said)


def _settings(rows: Sequence[Sequence[Cell]]) -> Iterator[tuple[str, str]]:
    """Every line as a key and what stands beside it; `Key: value` of one cell comes apart."""
    for row in rows:
        said = [text_of(cell) for cell in row if cell != ""]
        if not said:
            continue
        label = _LABEL.match(said[0])
        key, colon, value = said[0].partition(":")
        if label and len(said) == 1:
            yield "Label", label[1]
        elif colon and value.strip() and not value[:1].isdigit():
            yield key.strip(), value.strip()
            yield from _settings([[text] for text in said[1:]])
        else:
            yield said[0].rstrip(": "), " ".join(said[1:])


def _facts(sheet: Sheet) -> dict[str, str]:
    facts: dict[str, str] = {}
    for key, said in _settings(sheet.rows[:40]):
        name = _FACTS.get(key.lower())
        if name and said:
            facts.setdefault(name, said[:300])
    return facts


def _unread(sheet: Sheet, matrices: list[Matrix]) -> Iterator[Mistake]:
    """Measurements that are laid out otherwise, and corners without a matrix."""
    heads = {matrix.head for matrix in matrices}
    inside = {row for matrix in matrices for row in range(matrix.top, matrix.bottom)}
    for row, cells in enumerate(sheet.rows):
        first = next((text_of(cell) for cell in cells if cell != ""), "")
        if row not in inside and first.lower().startswith(_NOT_ENDPOINT):
            yield Mistake(
                sheet.where(row, 0),
                f"{first!r}: kinetics, or several reads a well",
                "an endpoint measurement, one read a well",
                "export an endpoint measurement; or save the signals as a table with columns well and signal",
            )
        if first == "<>" and row not in heads:
            yield Mistake(
                sheet.where(row, 0),
                "`<>` without column numbers and row letters",
                "a matrix of the plate",
                "export the measurement as a matrix, not as a list",
            )


def _not_whole(label: _Label) -> Iterator[Mistake]:
    """A matrix that is no whole plate must be the part that the file says was read."""
    matrix, part = label.matrix, label.says("part of plate")
    if matrix.whole:
        return
    found = f"{matrix.letters[0]}{matrix.columns[0]}-{matrix.letters[-1]}{matrix.columns[-1]}"
    stated = _RANGE.match(part.strip().upper())
    if stated is None or "{}{}-{}{}".format(*stated.groups()) != found:
        yield Mistake(
            matrix.where(),
            f"the wells {found} of {label.name}",
            f"the part of the plate the file states: {part}"
            if part
            else "a whole plate, or a line `Part of Plate` that says which wells were read",
            "export the measurement again",
        )


def _outside(matrix: Matrix) -> Iterator[Mistake]:
    """Numbers beside the columns of a matrix."""
    for row in range(matrix.head, matrix.bottom):
        for column, cell in enumerate(matrix.sheet.rows[row]):
            beside = column >= matrix.right or column < matrix.left - 1
            if beside and not nothing_read(cell) and number_like(cell):
                yield Mistake(
                    matrix.sheet.where(row, column),
                    f"{text_of(cell)!r} beside a matrix",
                    "the columns of the plate alone",
                    "export the measurement again",
                )


def _add(label: _Label, name: str, gathered: Signals, analyte: str) -> None:
    unit = unit_of([label.says("mode")])
    for where, well, cell in label.matrix.wells():
        gathered.signals.append(
            Signal(where=where, block=name, well=well, cell=cell, channel=analyte, unit=unit)
        )
    people = [key for key, _ in label.settings if key.lower() in _PEOPLE]
    if people:
        gathered.ignored.append(Ignored(f"lines {', '.join(people)}", "may name a person"))
    for key, said in label.settings:
        if key.lower() not in (*_PEOPLE, "label"):
            gathered.beside(name, key, said)
