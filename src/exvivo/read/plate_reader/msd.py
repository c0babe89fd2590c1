"""Meso Scale Discovery Workbench (MSD): the table it exports, one line a well and spot, as csv, txt
or workbook.

Known from real files. `Signal` is read; what the program makes of it (Adjusted Signal, means,
calculated concentrations, Detection Range) is kept beside it as text, for the file does not say
whether concentrations are of the undiluted sample.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from exvivo.cells.cell import Cell, text_of
from exvivo.cells.messages import read_error
from exvivo.errors import Mistake
from exvivo.read.cells.located import Export, LocatedTable, holds_table, is_well, locate_tables
from exvivo.read.plate_reader.shared import (
    LONGEST_FACT,
    Signal,
    Signals,
    WellFacts,
    check_rows,
    check_size,
    immunoassay,
    nothing_read,
)
from exvivo.read.result import FileRead, Request
from exvivo.study.layout import plain_well

_HEADER = frozenset({"sample", "assay", "well", "signal"})
_OWN = ("spot", "calc. concentration", "adjusted signal", "detection range", "calc. conc. mean")
_NAME = re.compile(r"([SU])[0-9]{3}$")
"""Names the program gives by itself: S001 a standard, U001 a sample."""
_ROLES = {("S", True): "standard", ("U", False): "sample"}
"""Roles by the letter of such a name, and whether the file states an amount."""
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
    check_size(raw, request.source)
    export = locate_tables(raw, request.source, _is_header)
    gathered = Signals(request)
    located = _chosen(export, gathered)
    check_rows(located.table)
    place = {name: at for at, name in enumerate(located.names) if name in _READ}
    for row in range(len(located.table.rows)):
        _gather_row(located, row, place, gathered)
    above = [" ".join(filter(None, line)) for line in located.above]
    for line in above:
        gathered.beside("header", "line above the table", line)
    facts = {"batch": above[0][:LONGEST_FACT]} if above else {}
    return gathered.read({"format": "MSD Workbench", **facts}, separator=located.table.separator)


def _chosen(export: Export, gathered: Signals) -> LocatedTable:
    """The table of the sheet the assay names, else the only one; other sheets are listed."""
    request = gathered.request
    sheet = immunoassay(request).sheet
    tables = [located for located in export.tables if sheet in ("", located.table.sheet)]
    passed_over = [located.table.sheet for located in export.tables if located not in tables]
    for name in filter(None, [*export.others, *passed_over]):
        gathered.ignore(f"sheet {name}", "no table of signals, or not the sheet the assay names")
    if len(tables) != 1:
        raise read_error(
            request.source,
            f"{len(tables)} tables with Sample, Assay, Well and Signal",
            "one: one plate a file",
            "export one plate a file, or name its sheet under `sheet` of the assay in study.yaml",
        )
    return tables[0]


def _gather_row(
    located: LocatedTable, row: int, place: Mapping[str, int], gathered: Signals
) -> None:
    """The signal of a row, whose columns are in `place`; its other cells go to VENDOR."""
    table = located.table
    mistakes = list(_row_mistakes(located, row, place))
    gathered.mistakes += mistakes
    if mistakes:
        return
    cells = {name: table.rows[row][column] for name, column in place.items()}
    well, channel = text_of(cells["well"]), text_of(cells["assay"])
    gathered.signals.append(
        Signal(
            where=table.where(row, place["signal"]),
            block="Signal",
            well=well,
            cell=cells["signal"],
            channel=channel,
            facts=_facts(cells),
        )
    )
    for column, name in enumerate(table.header):
        if column not in place.values():
            text = text_of(table.rows[row][column])
            gathered.beside(name or f"column {column + 1}", plain_well(well), text, channel)


def _row_mistakes(located: LocatedTable, row: int, place: Mapping[str, int]) -> Iterator[Mistake]:
    table = located.table
    well = text_of(table.rows[row][place["well"]])
    if not is_well(well):
        yield Mistake(
            table.where(row, place["well"]),
            f"well {well!r}",
            "a well of a plate (A01): one plate a file",
            "export one plate a file",
        )
    elif not located.reaches(row, place["signal"]):
        yield Mistake(
            table.where(row, place["signal"]),
            "a line that ends before this column",
            "a whole file",
            "export it again",
        )


def _facts(cells: Mapping[str, Cell]) -> WellFacts:
    sample, nominal = text_of(cells["sample"]), cells.get("concentration", "")
    return WellFacts(sample, _role(sample, nominal), nominal, cells.get("dilution", ""))


def _role(sample: str, concentration: Cell) -> str | None:
    """The role that a name the program gives by itself states, where the amount agrees with it."""
    match = _NAME.match(sample)
    return _ROLES.get((match[1], not nothing_read(concentration))) if match else None
