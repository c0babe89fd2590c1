"""Tecan Magellan: the workbook with one line a well (`Well positions`) and one column a reading.

Known from real files: the header, under it the time and the temperature of every reading, the
wells, and below them facts of the run. What Magellan computes has no time of reading, and is kept
beside the readings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exvivo.cells.cell import text_of
from exvivo.cells.messages import read_error
from exvivo.cells.sheet import Sheet
from exvivo.cells.workbook import is_workbook, workbook_holds
from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.located import is_well
from exvivo.read.plate_reader.shared import (
    LONGEST_FACT,
    Signal,
    Signals,
    immunoassay,
    sheets_of,
    unit_of,
)
from exvivo.read.result import FileRead, Request

_FIRST = "Well positions"
_TIME = re.compile(r"[0-9]+(?:[.,][0-9]+)?\s*s$")
_FACTS = {"instrument serial number": "serial number", "date of measurement": "date"}
_PEOPLE = ("user", "operator", "computer")


def sniff(raw: bytes, suffix: str) -> bool:
    """A sheet of a workbook whose first cell says `Well positions`."""
    del suffix
    if not is_workbook(raw) or not workbook_holds(raw, (_FIRST,)):
        return False
    try:
        return any(map(_is_magellan, sheets_of(raw, "")))
    except ReadError:
        return False


def _is_magellan(sheet: Sheet) -> bool:
    return text_of(sheet.cell(0, 0)) == _FIRST


def read(raw: bytes, request: Request) -> FileRead:
    """A reading (`signal`) of every well and label. The block is the label; the unit OD, RFU or RLU
    as the file says.

    Raises `ReadError`: labels read more than once (kinetics), lines that are no well among the
    wells, cells that are no signal.
    """
    assay = immunoassay(request)
    gathered = Signals(request)
    plates: list[Sheet] = []
    for sheet in sheets_of(raw, request.source):
        if assay.sheet and sheet.name != assay.sheet:
            continue
        if _is_magellan(sheet):
            plates.append(sheet)
        else:
            gathered.ignore(f"sheet {sheet.name}", f"it does not begin with `{_FIRST}`")
    if len(plates) != 1:
        raise read_error(
            request.source,
            f"{len(plates)} sheets that begin with `{_FIRST}`",
            "one",
            "name it under `sheet` of the assay in study.yaml",
        )
    layout = _Layout.of(plates[0])
    gathered.mistakes += _late_wells(layout)
    gathered.mistakes += _without_readings(layout)
    _gather(layout, gathered)
    facts = _facts_below(layout.below, gathered)
    readings = ", ".join(layout.labels[column] for column in layout.measured)
    return gathered.read({"format": "Tecan Magellan", **facts, "readings": readings})


@dataclass(frozen=True)
class _Layout:
    """Where a sheet has what: the rows of its wells, the labels of its columns, and which of these
    have a time of reading.
    """

    sheet: Sheet
    wells: range
    labels: list[str]
    measured: list[int]

    @classmethod
    def of(cls, sheet: Sheet) -> _Layout:
        """The layout of a sheet."""
        rows = range(1, len(sheet.rows))
        top = next((row for row in rows if _has_well(sheet, row)), len(sheet.rows))
        below = (row for row in rows if row >= top and not _has_well(sheet, row))
        wells = range(top, next(below, len(sheet.rows)))
        labels = [text_of(cell) for cell in sheet.rows[0]]
        measured = [at for at in range(1, len(labels)) if _has_time(sheet, range(1, top), at)]
        return cls(sheet, wells, labels, measured)

    @property
    def below(self) -> list[str]:
        """The first cells of the lines below the wells."""
        return [text_of(row[0]) if row else "" for row in self.sheet.rows[self.wells.stop :]]

    def text(self, row: int, column: int) -> str:
        """A cell as text."""
        return text_of(self.sheet.cell(row, column))


def _has_well(sheet: Sheet, row: int) -> bool:
    return is_well(text_of(sheet.cell(row, 0)))


def _has_time(sheet: Sheet, rows: range, column: int) -> bool:
    return any(_TIME.match(text_of(sheet.cell(row, column))) for row in rows)


def _late_wells(layout: _Layout) -> Iterator[Mistake]:
    end = layout.wells.stop
    if any(map(is_well, layout.below)):
        yield Mistake(
            layout.sheet.where(end, 0),
            f"{layout.text(end, 0)!r} among the wells",
            "a line a well",
            "export the plate again",
        )


def _without_readings(layout: _Layout) -> Iterator[Mistake]:
    sheet, names = layout.sheet, [layout.labels[column] for column in layout.measured]
    if not names:
        yield Mistake(
            sheet.where(1, 1),
            "no column with its time of reading (0s)",
            "the raw data of at least one label",
            "export the raw data as well, with the time of reading",
        )
    for name in dict.fromkeys(names):
        if names.count(name) > 1 or not name:
            yield Mistake(
                sheet.where(0, layout.measured[names.index(name)]),
                f"{names.count(name)} readings called {name!r}",
                "each under its own name",
                "export an endpoint measurement: kinetics are not read",
            )


def _gather(layout: _Layout, gathered: Signals) -> None:
    """Readings, and what stands beside them."""
    sheet, analyte = layout.sheet, immunoassay(gathered.request).analyte
    unit = unit_of(line for line in layout.below if line.startswith(("Measurement mode", "Unit")))
    for row in layout.wells:
        well = layout.text(row, 0)
        for column, label in enumerate(layout.labels[1:], start=1):
            if column not in layout.measured:
                gathered.beside(label, well, layout.text(row, column))
                continue
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
    for row in range(1, layout.wells.start):
        for column in layout.measured:
            label = layout.labels[column]
            gathered.beside(label, "time or temperature", layout.text(row, column))


def _facts_below(lines: Sequence[str], gathered: Signals) -> dict[str, str]:
    """Facts for the header. `Key: value` lines go to VENDOR; lines without a key are counted, for
    they may name a person.
    """
    facts: dict[str, str] = {}
    without_key, part = 0, "header"
    for line in filter(None, lines):
        key, colon, value = (text.strip() for text in line.partition(":"))
        if not colon or len(key) < 2:
            without_key += 1
        elif not value:
            part = key
        else:
            if not any(word in key.lower() for word in _PEOPLE):
                gathered.beside(part, key, value)
            if name := _FACTS.get(key.lower()):
                facts[name] = value[:LONGEST_FACT]
    if without_key:
        gathered.ignore(
            f"{without_key} lines below the wells",
            "method, files, user and instrument without a word that says which is which",
        )
    return facts
