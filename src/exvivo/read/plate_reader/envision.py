"""PerkinElmer EnVision: the csv of its Workstation, plates one under another, a matrix a label.

Known from public exports: blocks of `Plate information`, `Background information` and `Results for
LABEL - channel n (unit)` or `Calculated results`, then what the protocol says. One plate is read;
`run` names its number where the file has several.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from exvivo.cells.sheet import Sheet
from exvivo.cells.text import decode, plain_text
from exvivo.cells.text_rows import lines_of, separator_of, split_rows
from exvivo.read.plate_reader.plate_matrix import Matrix, labelled
from exvivo.read.plate_reader.shared import (
    LONGEST_FACT,
    Signals,
    check_size,
    immunoassay,
    is_text,
    plate_of_run,
    unit_of,
)
from exvivo.read.result import FileRead, Request

_START = 2048
_PLATE = "plate information"
_RESULTS = re.compile(
    r"Results for (?P<label>.+?) - (?P<channel>channel [^()]+?) *(?:\((?P<unit>[^()]+)\))?$"
)
_CALCULATED = re.compile(r"Calculated results")
_FIRST_LINES = re.compile(
    r'\s*"?Plate information *"?[,;\t]*\s*\n"?Plate"?[,;\t]"?Repeat', re.IGNORECASE
)
_UNITS = {"A": "OD", "CPS": "RLU"}
"""The unit of a signal by what stands in brackets behind its channel: absorbance, counts."""
_FACTS = {
    "Assay Started": "start",
    "Serial#": "serial number",
    "Protocol Name": "protocol",
}
_PEOPLE = ("edited by", "user", "operator", "file name format")
_VALUE = re.compile(r'=?"*([^"]*)"*$')
"""A cell, out of the `="..."` that keeps a spreadsheet from reading it as a number."""


@dataclass(frozen=True)
class _Result:
    """A matrix with the plate and the repeat it belongs to, and its title; `label` is empty where
    the program computed it.
    """

    plate: str
    repeat: str
    title: str
    label: str
    unit: str
    matrix: Matrix

    def named(self, times: Counter[str], repeats: int) -> str:
        """Its label; with the channel where the label has several, and the repeat of several."""
        name = self.label if times[self.label] == repeats else self.title
        return f"{name} repeat {self.repeat}" if repeats > 1 else name


def sniff(raw: bytes, suffix: str) -> bool:
    """A text that begins with Plate information."""
    del suffix
    start = decode(raw[:_START]).replace("\r\n", "\n").replace("\r", "\n")
    return is_text(raw) and _FIRST_LINES.match(start) is not None


def read(raw: bytes, request: Request) -> FileRead:
    """A reading (`signal`) of every well and label of one plate; `run` of the plate in study.yaml
    is its number where there are several.

    The block is the label (A450(1)). Calculated results go to the VENDOR table; what the protocol
    says is listed. Raises `ReadError`: several plates and none named, matrices that are no whole
    plate, cells that are no signal.
    """
    check_size(raw, request.source)
    text = plain_text(raw, request.source)
    separator = separator_of(lines_of(text.lstrip())[1])
    lines, rows = zip(
        *split_rows(lines_of(text), separator, request.source, strict=False), strict=True
    )
    sheet = Sheet(request.source, "", rows, lines, separator)
    results = list(_results(sheet))
    plate_read = plate_of_run((result.plate for result in results), request)
    chosen = [result for result in results if result.plate == plate_read]
    gathered = Signals(request)
    measured = [result for result in chosen if result.label]
    repeats = len({result.repeat for result in measured})
    times = Counter(result.label for result in measured)
    for result in chosen:
        name = result.named(times, repeats)
        if not result.label:
            _beside(result, gathered)
        elif not result.matrix.whole:
            gathered.mistakes.append(result.matrix.not_whole())
        else:
            analyte = immunoassay(request).analyte
            gathered.signals += result.matrix.signals(name, analyte, result.unit)
    others = sorted({result.plate for result in results} - {result.plate for result in chosen})
    for plate in others:
        gathered.ignore(f"plate {plate}", "another plate: `run` names the one that is read")
    gathered.keep_lines(sheet, _rows_of_matrices(sheet), _PEOPLE)
    names = ", ".join(result.named(times, repeats) for result in measured)
    header = {"format": "EnVision", **_facts(rows), "readings": names}
    return gathered.read(header, separator=separator)


def _results(sheet: Sheet) -> Iterator[_Result]:
    """Every matrix with the plate, the repeat and the title above it."""
    matrices = {matrix.head: matrix for matrix in labelled(sheet)}
    plate = repeat = title = ""
    awaited = False
    for at, cells in enumerate(sheet.rows):
        first = str(cells[0]).strip() if cells else ""
        if first.lower() == _PLATE:
            plate, repeat = (_value(sheet.cell(at + 2, column)) for column in (0, 1))
        elif _RESULTS.match(first) or _CALCULATED.match(first):
            title, awaited = first, True
        elif at in matrices and awaited:
            yield _result(plate, repeat, title, matrices[at])
            awaited = False


def _result(plate: str, repeat: str, title: str, matrix: Matrix) -> _Result:
    of_label = _RESULTS.match(title)
    if of_label is None:
        return _Result(plate, repeat, title, "", "", matrix)
    unit = _UNITS.get(of_label["unit"] or "", "") or unit_of([of_label["label"]])
    name = f"{of_label['label']} - {of_label['channel']}"
    return _Result(plate, repeat, name, of_label["label"], unit, replace(matrix, title=title))


def _rows_of_matrices(sheet: Sheet) -> set[int]:
    """The rows that matrices take, maps of the plate among them."""
    rows: set[int] = set()
    for matrix in labelled(sheet):
        rows.update(range(matrix.head, matrix.bottom))
    return rows


def _beside(result: _Result, gathered: Signals) -> None:
    """The cells of a matrix that the program computed."""
    for signal in result.matrix.signals(result.title, "", ""):
        gathered.beside(result.title, signal.position, str(signal.cell))


def _value(cell: object) -> str:
    match = _VALUE.match(str(cell).strip())
    return match[1].strip() if match else str(cell)


def _facts(rows: Sequence[Sequence[object]]) -> Mapping[str, str]:
    """The facts of the file, each as it states it first."""
    facts: dict[str, str] = {}
    for cells in rows:
        key = _key(cells)
        if key in _FACTS:
            facts.setdefault(_FACTS[key], _first_value(cells)[:LONGEST_FACT])
    return facts


def _key(cells: Sequence[object]) -> str:
    """What a line begins with, without its colon."""
    return str(cells[0]).strip().rstrip(": ") if cells else ""


def _first_value(cells: Sequence[object]) -> str:
    """The first cell of a line that is filled, behind its key."""
    return next((_value(cell) for cell in cells[1:] if str(cell).strip()), "")
