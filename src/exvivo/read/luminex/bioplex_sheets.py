"""The tables of a Bio-Plex Manager workbook, whichever way it lays them out, as cells by analyte,
well and figure.

Three layouts are written: analytes over their figures (one table, or one below the other); a table
with a column `Analyte`, often a sheet an analyte; a sheet a figure (FI, Obs Conc), with the
analytes as columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from exvivo.errors import Mistake
from exvivo.read.cells.found_tables import is_well
from exvivo.read.cells.table import column_letters, text_of
from exvivo.read.cells.workbook_cells import Cell
from exvivo.read.qpcr.shared import some
from exvivo.study.layout import plain_well

FIGURES = (
    "fi",
    "fi - bkgd",
    "obs conc",
    "exp conc",
    "bead count",
    "conc in range",
    "std dev",
    "%cv",
    "dilution",
    "outlier",
)
"""Figures that a sheet may be named after."""
_OF_A_WELL = ("type", "well", "description", "dilution", "analyte")
_REGION = re.compile(r".+\([0-9]{1,3}\)$")


@dataclass(frozen=True, slots=True)
class Well:
    """What the workbook says of one well: its type (S1), description and dilution as they stand
    there.
    """

    where: str
    kind: str
    description: str = ""
    dilution: Cell = ""


@dataclass
class Sheets:
    """Everything of a workbook: `cells` by analyte, well and figure (in lower case), each with its
    address; its wells; the rest.

    `means` are lines of several wells (A1,B1), with analyte and figure: they repeat what the wells
    say, and are kept as text. `lines` are the lines outside the tables, by sheet.
    """

    source: str
    cells: dict[tuple[str, str, str], tuple[str, Cell]] = field(default_factory=dict)
    sheet: dict[tuple[str, str], str] = field(default_factory=dict)
    wells: dict[str, Well] = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict)
    means: list[tuple[str, str, str, str]] = field(default_factory=list)
    lines: list[tuple[str, int, tuple[str, ...]]] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)

    @property
    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every analyte and well, in the order of the workbook."""
        yield from dict.fromkeys((analyte, well) for analyte, well, _ in self.cells)

    def cell(self, analyte: str, well: str, figure: str) -> Cell:
        """A figure of an analyte in a well; a blank where the workbook has none."""
        return self.cells.get((analyte, well, figure), ("", ""))[1]


def is_header(row: Sequence[Cell]) -> bool:
    """Whether a line is the header of a table: it names Type and Well, and something beside
    them.
    """
    names = {text_of(cell).lower() for cell in row if cell != ""}
    return {"type", "well"} <= names and len(names) > 2


def read_tables(sheets: Mapping[str, list[list[Cell]]], source: str) -> Sheets:
    """All tables of all sheets. What is wrong with them is in `mistakes`."""
    found = Sheets(source)
    for sheet, rows in sheets.items():
        at = 0
        tops = [place for place, row in enumerate(rows) if is_header(row)]
        for top in tops:
            labels = rows[top - 1] if top > at and _is_label(rows[top - 1], rows[top]) else []
            _outside(found, sheet, rows, at, top - bool(labels))
            at = _table(found, sheet, rows, top, labels)
        _outside(found, sheet, rows, at, len(rows))
    _lost_wells(found)
    return found


def _is_label(above: Sequence[Cell], header: Sequence[Cell]) -> bool:
    """Whether the line above a header names analytes: over figures, and nowhere else."""
    own = [
        place
        for place, cell in enumerate(header)
        if text_of(cell).lower() in ("type", "well", "description")
    ]
    filled = [place for place, cell in enumerate(above) if cell != ""]
    return bool(filled) and filled[0] > max(own)


def _outside(found: Sheets, sheet: str, rows: list[list[Cell]], start: int, end: int) -> None:
    for place in range(start, end):
        said = tuple(text_of(cell) for cell in rows[place] if cell != "")
        if said:
            found.lines.append((sheet, place + 1, said))


@dataclass(frozen=True, slots=True)
class _Column:
    place: int
    figure: str
    analyte: str


def _table(
    found: Sheets, sheet: str, rows: list[list[Cell]], top: int, labels: Sequence[Cell]
) -> int:
    """Read one table; the line behind it is returned. It ends at a line without type and well, or
    at the next header.
    """
    names = [text_of(cell) for cell in rows[top]]
    own = {name.lower(): place for place, name in enumerate(names) if name.lower() in _OF_A_WELL}
    columns = list(_columns(found, sheet, names, labels, own, top))
    place = top + 1
    while place < len(rows):
        row = rows[place]
        kind, well = (
            text_of(row[own[name]]) if own[name] < len(row) else "" for name in ("type", "well")
        )
        if (not kind and not well) or is_header(row):
            break
        where = f"{found.source} {sheet}!{column_letters(own['well'])}{place + 1}"
        _row(found, sheet, row, own, columns, (where, kind, well), place + 1)
        place += 1
    return place


def _columns(
    found: Sheets,
    sheet: str,
    names: list[str],
    labels: Sequence[Cell],
    own: Mapping[str, int],
    top: int,
) -> Iterator[_Column]:
    """Figure and analyte of every column: the analyte from the line above, the name of the sheet or
    the column itself.
    """
    above = ""
    seen: set[tuple[str, str]] = set()
    for place, name in enumerate(names):
        above = text_of(labels[place]) if place < len(labels) and labels[place] != "" else above
        if place in own.values() or not name:
            continue
        if above or "analyte" in own:
            column = _Column(place, name, above)
        elif sheet.strip().lower() in FIGURES:
            column = _Column(place, sheet.strip(), name)
        else:
            column = _Column(place, name, sheet if _REGION.match(sheet) else "")
        where = f"{found.source} {sheet}!{column_letters(place)}{top + 1}"
        if not column.analyte and "analyte" not in own:
            found.mistakes.append(
                Mistake(
                    where,
                    f"a column {name} of no analyte",
                    "the name of an analyte above it, a column Analyte, or a sheet an analyte",
                    "export the report table again with the names of the analytes",
                )
            )
        elif (column.analyte, column.figure.lower()) in seen:
            found.mistakes.append(
                Mistake(
                    where,
                    f"{name} of {column.analyte or 'an analyte'} twice",
                    "each figure of an analyte once",
                    "export the report table again",
                )
            )
        seen.add((column.analyte, column.figure.lower()))
        yield column


def _row(
    found: Sheets,
    sheet: str,
    row: list[Cell],
    own: Mapping[str, int],
    columns: Sequence[_Column],
    place: tuple[str, str, str],
    line: int,
) -> None:
    """The cells of one line, which is of one well, or the mean of several."""
    where, kind, well = place
    wells = [part.strip() for part in well.split(",")]
    if not all(is_well(part) for part in wells):
        found.mistakes.append(
            Mistake(
                where, f"{well!r}", "a well (A1)", "export the report table again with its wells"
            )
        )
        return
    said = {name: row[at] if at < len(row) else "" for name, at in own.items()}
    beyond = [
        cell for cell in row[max([*own.values(), *(c.place for c in columns)]) + 1 :] if cell != ""
    ]
    if beyond:
        found.mistakes.append(
            Mistake(
                where,
                f"cells behind the last column: {some([text_of(cell) for cell in beyond])}",
                "a name over every column",
                "export the report table again",
            )
        )
    if len(wells) == 1:
        own_well = Well(where, kind, text_of(said.get("description", "")), said.get("dilution", ""))
        _same_well(found, plain_well(well), own_well)
    for column in columns:
        cell = row[column.place] if column.place < len(row) else ""
        analyte = column.analyte or text_of(said.get("analyte", ""))
        address = f"{found.source} {sheet}!{column_letters(column.place)}{line}"
        if not analyte:
            found.mistakes.append(
                Mistake(
                    where, "a line of no analyte", "an analyte", "export the report table again"
                )
            )
            return
        if len(wells) > 1:
            found.means.append(
                (column.figure, ",".join(map(plain_well, wells)), analyte, text_of(cell))
            )
        else:
            found.figures.setdefault(column.figure.lower(), column.figure)
            _keep(found, (analyte, plain_well(well), column.figure.lower()), address, cell)
            found.sheet.setdefault((analyte, plain_well(well)), sheet)


def _same_well(found: Sheets, well: str, said: Well) -> None:
    before = found.wells.setdefault(well, said)
    if before.kind != said.kind:
        found.mistakes.append(
            Mistake(
                said.where,
                f"well {well} of type {said.kind}",
                f"{before.kind}, as in {before.where}",
                "one plate a workbook",
            )
        )
    elif (before.description, before.dilution) != (said.description, said.dilution):
        found.wells[well] = Well(
            before.where,
            before.kind,
            before.description or said.description,
            before.dilution if before.dilution != "" else said.dilution,
        )


def _keep(found: Sheets, key: tuple[str, str, str], address: str, cell: Cell) -> None:
    """A cell once; the same number again (means of one well, above the wells) says nothing new,
    another one is a mistake.
    """
    before = found.cells.get(key)
    if before is None or before[1] == "":
        found.cells[key] = (address, cell)
    elif cell not in ("", before[1]):
        found.mistakes.append(
            Mistake(
                address,
                f"{text_of(cell)} for {key[2]} of {key[0]} in well {key[1]}",
                f"{text_of(before[1])}, as in {before[0]}",
                "one plate a workbook; export single wells, not means of replicates",
            )
        )


def _lost_wells(found: Sheets) -> None:
    """Means of wells that have no line of their own: the wells behind them cannot be told apart any
    more.
    """
    lost = [
        row
        for row in dict.fromkeys(row for _, row, _, _ in found.means)
        if not set(row.split(",")) <= set(found.wells)
    ]
    if lost:
        found.mistakes.append(
            Mistake(
                found.source,
                f"means of several wells ({some(lost)}) without the wells themselves",
                "a line a well",
                "export the report table with single wells (not averaged by replicates)",
            )
        )
