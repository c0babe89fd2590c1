"""Meso Scale Discovery Workbench (MSD): the table it exports, one line a well and spot, as csv, txt
or workbook.

Known from real files. `Signal` is read; what the program makes of it (Adjusted Signal, means,
calculated concentrations, Detection Range) is kept beside it as text, for the file does not say
whether concentrations are of the undiluted sample.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.cell import text_of
from exvivo.read.cells.located import LocatedTable, holds_table, is_well, locate_tables
from exvivo.read.plate_reader.shared import (
    Signal,
    Signals,
    check_rows,
    check_size,
    immunoassay,
    nothing_read,
)
from exvivo.read.result import FileRead, Ignored, Request
from exvivo.study.layout import plain_well

_HEADER = frozenset({"sample", "assay", "well", "signal"})
_OWN = ("spot", "calc. concentration", "adjusted signal", "detection range", "calc. conc. mean")
_NAME = re.compile(r"([SU])[0-9]{3}$")
"""Names the program gives by itself: S001 a standard, U001 a sample."""
_READ = ("sample", "assay", "well", "dilution", "concentration", "signal")


def sniff(raw: bytes, suffix: str) -> bool:
    """A table with Sample, Assay, Well and Signal, and a column of MSD's own."""
    del suffix
    return holds_table(raw, _is_header, ("Sample", "Assay", "Signal"))


def _is_header(names: Sequence[str]) -> bool:
    return set(names) >= _HEADER and any(name in names for name in _OWN)


def read(raw: bytes, request: Request) -> FileRead:
    """A reading (`signal`) of every well and assay of the plate; the channel is the assay's name in
    the file.

    A sample named S and three digits whose Concentration is stated is a standard, one named U and
    three digits without one a sample, as the program names them; other names state no role. Raises
    `ReadError` with every mistake.
    """
    assay = immunoassay(request)
    check_size(raw, request.source)
    export = locate_tables(raw, request.source, _is_header)
    gathered = Signals(request)
    tables = [
        found for found in export.tables if not assay.sheet or found.table.sheet == assay.sheet
    ]
    for name in [*export.others, *(f.table.sheet for f in export.tables if f not in tables)]:
        if name:
            gathered.ignored.append(
                Ignored(f"sheet {name}", "no table of signals, or not the sheet the assay names")
            )
    if len(tables) != 1:
        raise ReadError(
            Mistake(
                request.source,
                f"{len(tables)} tables with Sample, Assay, Well and Signal",
                "one: one plate a file",
                "export one plate a file, or name its sheet under `sheet` of the assay in study.yaml",
            )
        )
    found = tables[0]
    _gather(found, gathered)
    above = [" ".join(filter(None, row)) for row in found.above]
    for line in above:
        gathered.beside("header", "line above the table", line)
    facts = {"batch": above[0][:300]} if above else {}
    return gathered.read({"format": "MSD Workbench", **facts}, separator=found.table.separator)


def _gather(found: LocatedTable, gathered: Signals) -> None:
    table = found.table
    check_rows(table)
    names = [name.lower() for name in table.header]
    place = {name: names.index(name) for name in _READ if name in names}
    for row, cells in enumerate(table.rows):
        at = {name: text_of(cells[column]) for name, column in place.items()}
        if not is_well(at["well"]):
            gathered.mistakes.append(
                Mistake(
                    table.where(row, place["well"]),
                    f"well {at['well']!r}",
                    "a well of a plate (A01): one plate a file",
                    "export one plate a file",
                )
            )
            continue
        if not found.reaches(row, place["signal"]):
            gathered.mistakes.append(
                Mistake(
                    table.where(row, place["signal"]),
                    "a line that ends before this column",
                    "a whole file",
                    "export it again",
                )
            )
            continue
        gathered.signals.append(
            Signal(
                where=table.where(row, place["signal"]),
                block="Signal",
                well=at["well"],
                cell=cells[place["signal"]],
                channel=at["assay"],
                sample=at["sample"],
                role=_role(at),
                nominal=cells[place["concentration"]] if "concentration" in place else "",
                dilution=cells[place["dilution"]] if "dilution" in place else "",
            )
        )
        for column, name in enumerate(table.header):
            if column not in place.values():
                gathered.beside(
                    name or f"column {column + 1}",
                    plain_well(at["well"]),
                    text_of(cells[column]),
                    at["assay"],
                )


def _role(at: Mapping[str, str]) -> str | None:
    named = _NAME.match(at["sample"])
    stated = not nothing_read(at.get("concentration", ""))
    if named is None:
        return None
    if named[1] == "S":
        return "standard" if stated else None
    return None if stated else "sample"
