"""BMG LABTECH SMART Control: the workbook of an endpoint, with its `Table End point`.

Known from public descriptions of the workbook: `Protocol Information` with the settings, `Table
End point` in which every row is one thing said of all wells (Well, Content, Raw Data
(480-14/520-30), Blank corrected ..., Standard Concentrations [ng/mL], Dilutions), and `Microplate
End point` with the same as matrices. No real workbook was at hand. The table is read, whichever way
it lies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exvivo.cells.cell import Cell, any_filled, text_of
from exvivo.cells.messages import read_error
from exvivo.cells.sheet import Sheet
from exvivo.cells.workbook import is_workbook, workbook_holds
from exvivo.errors import ReadError
from exvivo.read.plate_reader.shared import (
    LONGEST_FACT,
    Signal,
    Signals,
    WellFacts,
    immunoassay,
    same_unit,
    sheets_of,
    unit_of,
)
from exvivo.read.result import FileRead, Request

_TABLE, _PROTOCOL, _MATRICES = "table end point", "protocol information", "microplate end point"
_WELL, _CONTENT, _DILUTION = "well", "content", "dilutions"
_RAW = re.compile(r"Raw Data(?: \((?P<waves>.+)\))?", re.IGNORECASE)
_AMOUNT = re.compile(r"Standard Concentrations? *(?:\[(?P<unit>.+)\])?$", re.IGNORECASE)
_CONTENTS = (
    (re.compile(r"Standard", re.IGNORECASE), "standard"),
    (re.compile(r"Blank", re.IGNORECASE), "blank"),
    (re.compile(r"Sample", re.IGNORECASE), "sample"),
)
"""What the content of a well states by its first word."""
_PEOPLE = ("user", "path")
_FACTS = {"test name": "protocol", "date": "date", "time": "time", "id3": "batch"}


@dataclass(frozen=True)
class _Table:
    """The table, a list of cells for each thing it says of the wells, with the sheet and the place
    of its first cell.
    """

    sheet: Sheet
    names: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    wheres: tuple[tuple[str, ...], ...]

    def column(self, name: str) -> tuple[Cell, ...]:
        """The cells of one thing; blanks where the table does not say it."""
        lowered = [known.lower() for known in self.names]
        return self.cells[lowered.index(name)] if name in lowered else ("",) * len(self.cells[0])


def sniff(raw: bytes, suffix: str) -> bool:
    """A workbook with a sheet `Table End point`."""
    del suffix
    if not is_workbook(raw) or not workbook_holds(raw, ("Table End point",)):
        return False
    try:
        return any(sheet.name.lower() == _TABLE for sheet in sheets_of(raw, ""))
    except ReadError:
        return False


def read(raw: bytes, request: Request) -> FileRead:
    """A reading (`signal`) of every well and `Raw Data`; the block is its wavelengths
    (480-14/520-30).

    Contents state a role (Standard S1, Blank B, Sample X1), Standard Concentrations the amounts
    where they are in the assay's unit. Blank corrected values go to the VENDOR table. Raises
    `ReadError` for a workbook without raw data, and for cells that are no signal.
    """
    gathered = Signals(request)
    sheets = {sheet.name.lower(): sheet for sheet in sheets_of(raw, request.source)}
    table = _table(sheets[_TABLE], request.source)
    waves = [name for name in table.names if _RAW.match(name)]
    if not waves:
        gathered.complain(
            table.sheet.where(0, 0),
            "no row or column Raw Data",
            "the raw data",
            "export it as well",
        )
    unit = unit_of(_words(sheets.get(_PROTOCOL)))
    for name, cells, wheres in zip(table.names, table.cells, table.wheres, strict=True):
        if name in waves:
            gathered.signals += _signals(table, name, cells, wheres, unit, gathered)
        elif name.lower() not in (_WELL, _CONTENT, _DILUTION):
            for well, cell in zip(table.column(_WELL), cells, strict=True):
                gathered.beside(name, text_of(well), text_of(cell))
    for name, sheet in sheets.items():
        if name == _PROTOCOL:
            gathered.keep_lines(sheet, (), _PEOPLE)
        elif name != _TABLE:
            why = "the table as matrices" if name == _MATRICES else "no table of the endpoint"
            gathered.ignore(f"sheet {sheet.name}", why)
    facts = dict(_facts(sheets.get(_PROTOCOL)))
    return gathered.read({"format": "SMART Control", **facts, "readings": ", ".join(waves)})


def _table(sheet: Sheet, source: str) -> _Table:
    """The table from the cell `Well` on: wells beside it, or below it."""
    for row, cells in enumerate(sheet.rows):
        if cells and text_of(cells[0]).lower() == _WELL:
            below = [at for at in range(row, len(sheet.rows)) if any_filled(sheet.rows[at])]
            if _CONTENT in {text_of(cell).lower() for cell in cells}:
                return _by_columns(sheet, row, below)
            return _by_rows(sheet, row, below)
    raise read_error(
        source, f"no cell `Well` on the sheet {sheet.name}", "a table of wells", "export it again"
    )


def _by_rows(sheet: Sheet, row: int, rows: Sequence[int]) -> _Table:
    columns = [at for at in range(1, len(sheet.rows[row])) if sheet.cell(row, at) != ""]
    return _Table(
        sheet,
        tuple(text_of(sheet.cell(at, 0)) for at in rows),
        tuple(tuple(sheet.cell(at, column) for column in columns) for at in rows),
        tuple(tuple(sheet.where(at, column) for column in columns) for at in rows),
    )


def _by_columns(sheet: Sheet, row: int, rows: Sequence[int]) -> _Table:
    columns = [at for at in range(len(sheet.rows[row])) if sheet.cell(row, at) != ""]
    wells = [at for at in rows if at > row and sheet.cell(at, 0) != ""]
    return _Table(
        sheet,
        tuple(text_of(sheet.cell(row, column)) for column in columns),
        tuple(tuple(sheet.cell(at, column) for at in wells) for column in columns),
        tuple(tuple(sheet.where(at, column) for at in wells) for column in columns),
    )


def _signals(
    table: _Table,
    name: str,
    cells: Sequence[Cell],
    wheres: Sequence[str],
    unit: str,
    gathered: Signals,
) -> Iterator[Signal]:
    raw = _RAW.match(name)
    block = (raw["waves"] if raw else "") or name
    amounts = _amounts(table, gathered)
    told = zip(
        table.column(_WELL), table.column(_CONTENT), amounts, table.column(_DILUTION), strict=True
    )
    for cell, where, (well, content, amount, dilution) in zip(cells, wheres, told, strict=True):
        role = _role(text_of(content))
        yield Signal(
            where=where,
            block=block,
            well=text_of(well),
            cell=cell,
            channel=immunoassay(gathered.request).analyte,
            unit=unit,
            facts=WellFacts(text_of(content), role, amount if role == "standard" else "", dilution),
        )


def _amounts(table: _Table, gathered: Signals) -> Sequence[Cell]:
    """The amounts of the standards, where they are in the assay's unit."""
    unit = immunoassay(gathered.request).unit
    for name, cells in zip(table.names, table.cells, strict=True):
        stated = _AMOUNT.match(name)
        if stated and (not stated["unit"] or same_unit(stated["unit"], unit)):
            return cells
        if stated:
            gathered.ignore(name, f"the assay is in {unit}: fill `nominal` in the layout")
    return ("",) * len(table.cells[0])


def _role(content: str) -> str | None:
    return next((role for pattern, role in _CONTENTS if pattern.match(content)), None)


def _words(sheet: Sheet | None) -> list[str]:
    return [text_of(cell) for row in (sheet.rows if sheet else ()) for cell in row if cell != ""]


def _facts(sheet: Sheet | None) -> Iterator[tuple[str, str]]:
    """Facts of the protocol (`Test Name: ELISA`)."""
    for word in _words(sheet):
        key, _, value = word.partition(": ")
        if key.lower() in _FACTS and value:
            yield _FACTS[key.lower()], value.strip()[:LONGEST_FACT]
