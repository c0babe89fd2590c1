"""Tecan Magellan: the workbook with one line a well (`Well positions`) and one column a reading.

Known from real files: the header, under it the time and the temperature of every reading, the
wells, and below them facts of the run. What Magellan computes has no time of reading, and is kept
beside the readings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.cell import text_of
from exvivo.read.cells.located import is_well
from exvivo.read.cells.sheet import Sheet
from exvivo.read.cells.workbook import is_workbook
from exvivo.read.plate_reader.shared import (
    Signal,
    Signals,
    holds_words,
    immunoassay,
    sheets_of,
    unit_of,
)
from exvivo.read.result import FileRead, Ignored, Request

_FIRST = "Well positions"
_TIME = re.compile(r"[0-9]+(?:[.,][0-9]+)?\s*s$")
_FACTS = {"instrument serial number": "serial number", "date of measurement": "date"}
_PEOPLE = ("user", "operator", "computer")


def sniff(raw: bytes, suffix: str) -> bool:
    """A sheet of a workbook whose first cell says `Well positions`."""
    del suffix
    if not is_workbook(raw) or not holds_words(raw, _FIRST):
        return False
    try:
        return any(text_of(sheet.cell(0, 0)) == _FIRST for sheet in sheets_of(raw, ""))
    except ReadError:
        return False


def read(raw: bytes, request: Request) -> FileRead:
    """A reading (`signal`) of every well and label. The block is the label; the unit OD, RFU or RLU
    as the file says.

    Raises `ReadError`: labels read more than once (kinetics), lines that are no well among the
    wells, cells that are no signal.
    """
    assay = immunoassay(request)
    gathered = Signals(request)
    sheets = [s for s in sheets_of(raw, request.source) if not assay.sheet or s.name == assay.sheet]
    wanted = [sheet for sheet in sheets if text_of(sheet.cell(0, 0)) == _FIRST]
    for sheet in sheets:
        if sheet not in wanted:
            gathered.ignored.append(
                Ignored(f"sheet {sheet.name}", f"it does not begin with `{_FIRST}`")
            )
    if len(wanted) != 1:
        raise ReadError(
            Mistake(
                request.source,
                f"{len(wanted)} sheets that begin with `{_FIRST}`",
                "one",
                "name it under `sheet` of the assay in study.yaml",
            )
        )
    facts = dict(_gather(wanted[0], gathered, assay.analyte))
    return gathered.read({"format": "Tecan Magellan", **facts})


def _gather(sheet: Sheet, gathered: Signals, analyte: str) -> Iterator[tuple[str, str]]:
    """Readings, what stands beside them, and the facts of the lines below the wells."""
    top = next(
        (row for row in range(1, len(sheet.rows)) if is_well(text_of(sheet.cell(row, 0)))),
        len(sheet.rows),
    )
    end = next(
        (row for row in range(top, len(sheet.rows)) if not is_well(text_of(sheet.cell(row, 0)))),
        len(sheet.rows),
    )
    late = [row for row in range(end, len(sheet.rows)) if is_well(text_of(sheet.cell(row, 0)))]
    if late:
        gathered.mistakes.append(
            Mistake(
                sheet.where(end, 0),
                f"{text_of(sheet.cell(end, 0))!r} among the wells",
                "a line a well",
                "export the plate again",
            )
        )
    labels = [text_of(cell) for cell in sheet.rows[0]]
    measured = [
        c
        for c in range(1, len(labels))
        if any(_TIME.match(text_of(sheet.cell(r, c))) for r in range(1, top))
    ]
    gathered.mistakes += _without_readings(sheet, labels, measured)
    below = [text_of(sheet.cell(row, 0)) for row in range(end, len(sheet.rows))]
    unit = unit_of(line for line in below if line.startswith(("Measurement mode", "Unit")))
    for row in range(top, end):
        well = text_of(sheet.cell(row, 0))
        for column, label in enumerate(labels[1:], start=1):
            if column in measured:
                gathered.signals.append(
                    Signal(
                        where=sheet.where(row, column),
                        block=label,
                        well=well,
                        cell=sheet.cell(row, column),
                        channel=analyte,
                        unit=unit,
                    )
                )
            else:
                gathered.beside(label, well, text_of(sheet.cell(row, column)))
    for row in range(1, top):
        for column in measured:
            gathered.beside(labels[column], "time or temperature", text_of(sheet.cell(row, column)))
    yield from _below(below, gathered)
    yield "readings", ", ".join(labels[column] for column in measured)


def _without_readings(sheet: Sheet, labels: list[str], measured: list[int]) -> Iterator[Mistake]:
    named = [labels[column] for column in measured]
    if not measured:
        yield Mistake(
            sheet.where(1, 1),
            "no column with its time of reading (0s)",
            "the raw data of at least one label",
            "export the raw data as well, with the time of reading",
        )
    for name in dict.fromkeys(name for name in named if named.count(name) > 1 or not name):
        yield Mistake(
            sheet.where(0, measured[named.index(name)]),
            f"{named.count(name)} readings called {name!r}",
            "each under its own name",
            "export an endpoint measurement: kinetics are not read",
        )


def _below(lines: list[str], gathered: Signals) -> Iterator[tuple[str, str]]:
    """`Key: value` lines to VENDOR, each once; lines without a key are counted, for they may name a
    person.
    """
    bare, part = 0, "header"
    for line in filter(None, lines):
        key, colon, said = (text.strip() for text in line.partition(":"))
        if not colon or not said or len(key) < 2:
            part = key if colon and len(key) > 1 else part
            bare += not colon or len(key) < 2
            continue
        if not any(word in key.lower() for word in _PEOPLE):
            gathered.beside(part, key, said)
        if key.lower() in _FACTS:
            yield _FACTS[key.lower()], said[:300]
    if bare:
        gathered.ignored.append(
            Ignored(
                f"{bare} lines below the wells",
                "method, files, user and instrument without a word that says which is which",
            )
        )
