"""The tables of a Bio-Plex Manager workbook, whichever way it lays them out, as cells by analyte,
well and figure.

Three layouts are written: analytes over their figures (one table, or one below the other); a table
with a column `Analyte`, often a sheet an analyte; a sheet a figure (FI, Obs Conc), with the
analytes as columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from exvivo.cells.cell import Cell, any_filled, filled_texts, text_of, workbook_address
from exvivo.errors import Mistake
from exvivo.read.cells.located import is_well
from exvivo.study.layout import plain_well
from exvivo.words import shortened

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
_AGAIN = "export the report table again"
_WITH_WELLS = "export the report table again with its wells"
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
    lines: list[tuple[str, int, list[str]]] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every analyte and well, in the order of the workbook."""
        return list(dict.fromkeys((analyte, well) for analyte, well, _ in self.cells))

    def complain(self, where: str, finding: str, expected: str, cure: str = _AGAIN) -> None:
        """Add a mistake."""
        self.mistakes.append(Mistake(where, finding, expected, cure))

    def add_well(self, name: str, well: Well) -> None:
        """What a line states of its well; another type than before is a mistake."""
        before = self.wells.setdefault(name, well)
        if before.kind != well.kind:
            expected = f"{before.kind}, as in {before.where}"
            finding = f"well {name} of type {well.kind}"
            self.complain(well.where, finding, expected, "one plate a workbook")
        else:
            self.wells[name] = replace(
                before,
                description=before.description or well.description,
                dilution=before.dilution if before.dilution != "" else well.dilution,
            )

    def add_cell(self, analyte: str, well: str, column: _Column, address: str, cell: Cell) -> None:
        """A cell once; the same number again (means of one well, above the wells) says nothing new,
        another one is a mistake.
        """
        figure = column.figure.lower()
        self.figures.setdefault(figure, column.figure)
        first_address, first = self.cells.get((analyte, well, figure), ("", ""))
        if first == "":
            self.cells[analyte, well, figure] = (address, cell)
        elif cell not in ("", first):
            self.complain(
                address,
                f"{text_of(cell)} for {figure} of {analyte} in well {well}",
                f"{text_of(first)}, as in {first_address}",
                "one plate a workbook; export single wells, not means of replicates",
            )


def is_header(row: Sequence[Cell]) -> bool:
    """Whether a line is the header of a table: it names Type and Well, and something beside
    them.
    """
    names = {text_of(cell).lower() for cell in row if cell != ""}
    return {"type", "well"} <= names and len(names) > 2


def read_tables(workbook: Mapping[str, list[list[Cell]]], source: str) -> Sheets:
    """All tables of all sheets. Their mistakes are in `mistakes`."""
    sheets = Sheets(source)
    for sheet, rows in workbook.items():
        _read_sheet(sheets, sheet, rows)
    _refuse_lost_wells(sheets)
    return sheets


def _read_sheet(sheets: Sheets, sheet: str, rows: list[list[Cell]]) -> None:
    """The tables of a sheet, and the lines outside them."""
    end = 0
    for top, row in enumerate(rows):
        if is_header(row):
            labels = rows[top - 1] if top > end and _are_labels(rows[top - 1], row) else []
            _outside(sheets, sheet, rows, end, top - bool(labels))
            end = _table_of(sheets, sheet, row, labels, top).read(rows, top + 1)
    _outside(sheets, sheet, rows, end, len(rows))


def _are_labels(above: Sequence[Cell], header: Sequence[Cell]) -> bool:
    """Whether the line above a header names analytes: over figures, and nowhere else."""
    return any_filled(above) and not any_filled(above[: _last_of_wells(header) + 1])


def _last_of_wells(header: Sequence[Cell]) -> int:
    """The place of the last column that says something of a well."""
    own = ("type", "well", "description")
    return max(place for place, cell in enumerate(header) if text_of(cell).lower() in own)


def _outside(sheets: Sheets, sheet: str, rows: list[list[Cell]], start: int, end: int) -> None:
    """Keep the lines outside the tables."""
    for place in range(start, end):
        if words := filled_texts(rows[place]):
            sheets.lines.append((sheet, place + 1, words))


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a figure; its analyte is empty where a column names that of every line."""

    place: int
    figure: str
    analyte: str


def _at(row: Sequence[Cell], place: int) -> Cell:
    return row[place] if place < len(row) else ""


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of a sheet: the places of what it states of a well (`own`), and its figures."""

    sheets: Sheets
    sheet: str
    own: Mapping[str, int]
    columns: list[_Column]

    def address(self, place: int, line: int) -> str:
        """The address of a cell."""
        return workbook_address(self.sheets.source, self.sheet, line, place)

    def read(self, rows: list[list[Cell]], start: int) -> int:
        """Read the lines from `start` on, up to a line without type and well or the next header,
        which is returned.
        """
        for place, row in enumerate(rows[start:], start):
            if is_header(row) or not self._states_a_well(row):
                return place
            self._row(row, place + 1)
        return len(rows)

    def _states_a_well(self, row: list[Cell]) -> bool:
        """Whether a line has a type or a well."""
        return any(text_of(_at(row, self.own[name])) for name in ("type", "well"))

    def _row(self, row: list[Cell], line: int) -> None:
        """The cells of one line, which is of one well, or the mean of several."""
        own = {name: _at(row, place) for name, place in self.own.items()}
        where = self.address(self.own["well"], line)
        wells = [part.strip() for part in text_of(own["well"]).split(",")]
        if not all(map(is_well, wells)):
            self.sheets.complain(where, f"{text_of(own['well'])!r}", "a well (A1)", _WITH_WELLS)
            return
        self._check_end(row, where)
        wells = list(map(plain_well, wells))
        if len(wells) == 1:
            self.sheets.add_well(wells[0], _well(own, where))
        if self._has_analyte(own, where):
            for column in self.columns:
                analyte = column.analyte or text_of(own["analyte"])
                self._cell(wells, analyte, column, _at(row, column.place), line)

    def _has_analyte(self, own: Mapping[str, Cell], where: str) -> bool:
        """Whether every figure of a line is of an analyte."""
        named = text_of(own.get("analyte", "")) != ""
        sound = named or all(column.analyte for column in self.columns)
        if not sound:
            self.sheets.complain(where, "a line of no analyte", "an analyte")
        return sound

    def _check_end(self, row: list[Cell], where: str) -> None:
        """Refuse cells behind the last column."""
        if beyond := filled_texts(row[self._last + 1 :]):
            finding = f"cells behind the last column: {shortened(beyond)}"
            self.sheets.complain(where, finding, "a name over every column")

    @property
    def _last(self) -> int:
        """The place of the last column."""
        return max([*self.own.values(), *(column.place for column in self.columns)])

    def _cell(self, wells: list[str], analyte: str, column: _Column, cell: Cell, line: int) -> None:
        if len(wells) > 1:
            self.sheets.means.append((column.figure, ",".join(wells), analyte, text_of(cell)))
        else:
            address = self.address(column.place, line)
            self.sheets.add_cell(analyte, wells[0], column, address, cell)
            self.sheets.sheet.setdefault((analyte, wells[0]), self.sheet)


def _well(own: Mapping[str, Cell], where: str) -> Well:
    """What a line states of its well."""
    description = text_of(own.get("description", ""))
    return Well(where, text_of(own["type"]), description, own.get("dilution", ""))


def _table_of(
    sheets: Sheets, sheet: str, header: Sequence[Cell], labels: Sequence[Cell], top: int
) -> _Table:
    """The table under a header, with mistakes where a column is of no analyte or stands twice."""
    names = [text_of(cell) for cell in header]
    own = {name.lower(): place for place, name in enumerate(names) if name.lower() in _OF_A_WELL}
    table = _Table(sheets, sheet, own, list(_columns(sheet, names, labels, own)))
    seen: set[tuple[str, str]] = set()
    for column in table.columns:
        where, key = table.address(column.place, top + 1), (column.analyte, column.figure.lower())
        if not column.analyte and "analyte" not in own:
            sheets.complain(
                where,
                f"a column {names[column.place]} of no analyte",
                "the name of an analyte above it, a column Analyte, or a sheet an analyte",
                "export the report table again with the names of the analytes",
            )
        elif key in seen:
            finding = f"{names[column.place]} of {column.analyte or 'an analyte'} twice"
            sheets.complain(where, finding, "each figure of an analyte once")
        seen.add(key)
    return table


def _columns(
    sheet: str, names: Sequence[str], labels: Sequence[Cell], own: Mapping[str, int]
) -> Iterator[_Column]:
    """Figure and analyte of every column: the analyte from the line above, the name of the sheet or
    the column itself.
    """
    is_figure = sheet.strip().lower() in FIGURES
    of_sheet = sheet if _REGION.match(sheet) else ""
    above = ""
    for place, name in enumerate(names):
        above = text_of(_at(labels, place)) or above
        if place in own.values() or not name:
            continue
        if above or "analyte" in own:
            yield _Column(place, name, above)
        elif is_figure:
            yield _Column(place, sheet.strip(), name)
        else:
            yield _Column(place, name, of_sheet)


def _lost_wells(sheets: Sheets) -> list[str]:
    """The wells of means (A1,B1) of which at least one has no line of its own."""
    means = dict.fromkeys(wells for _, wells, _, _ in sheets.means)
    return [wells for wells in means if not set(wells.split(",")) <= set(sheets.wells)]


def _refuse_lost_wells(sheets: Sheets) -> None:
    """Means of wells that have no line of their own: the wells behind them cannot be told apart any
    more.
    """
    if lost := _lost_wells(sheets):
        sheets.complain(
            sheets.source,
            f"means of several wells ({shortened(lost)}) without the wells themselves",
            "a line a well",
            "export the report table with single wells (not averaged by replicates)",
        )
