"""A long table of signals from any plate reader: csv, tsv, txt, xlsx or xls, one row a well (and
analyte).

Columns well and signal, and where there are any analyte, sample, role, nominal, dilution and beads;
`columns` of the assay names those that are called otherwise. Lines above the header are passed over
and listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from exvivo.cells.cell import Cell, OddCell, filled_text, text_of
from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.located import Export, LocatedTable, locate_tables
from exvivo.read.cells.named_columns import NamedColumns
from exvivo.read.cells.table import looks_like_table, unread_columns
from exvivo.read.plate_reader.shared import (
    Signal,
    Signals,
    WellFacts,
    check_rows,
    check_size,
    immunoassay,
    unit_of,
)
from exvivo.read.result import FileRead, Request
from exvivo.study.records import IMMUNOASSAY_COLUMNS
from exvivo.tables import ROLES
from exvivo.words import shortened

NAMES = {name: (name,) for name in IMMUNOASSAY_COLUMNS} | {
    "well": ("well", "well position", "pos", "position"),
    "signal": ("signal", "od", "absorbance", "fluorescence", "rfu", "luminescence", "rlu", "mfi"),
}
"""What each column may be called, in lower case, where the study does not name it."""


def sniff(raw: bytes, suffix: str) -> bool:
    """Any text or workbook: this reader stands last and serves what no other one claims."""
    return looks_like_table(raw, suffix)


def read(raw: bytes, request: Request) -> FileRead:
    """A reading (`signal`) of every row. The channel is the row's analyte, else the assay's.

    Wells may have any name that the layout uses too. The block is the sheet, "table" for a text;
    the unit is OD, RFU or RLU where the column of signals is named so. A role counts where it is
    one of `tables.ROLES`. Raises `ReadError` with every mistake: no such table, columns that are
    not there or not told apart, rows without a well, cells that are no numbers.
    """
    assay = immunoassay(request)
    of_study = {key: name.strip().lower() for key, name in assay.columns.items()}
    columns = NamedColumns(NAMES, of_study)
    check_size(raw, request.source)
    export = locate_tables(
        raw, request.source, lambda header: columns.has(header, "well", "signal")
    )
    gathered = Signals(request)
    tables = list(_chosen(export, gathered))
    if not tables:
        raise ReadError(gathered.mistakes or _no_table(export, request.source, of_study))
    for located in tables:
        undecided = list(columns.mistakes(located.table))
        gathered.mistakes += undecided
        if not undecided:
            _gather(located, columns, gathered)
    header = {
        "format": "plain table of signals",
        "readings": ", ".join(located.block for located in tables),
    }
    return gathered.read(header, separator=tables[0].table.separator)


def _chosen(export: Export, gathered: Signals) -> Iterator[LocatedTable]:
    """The tables that are read; other sheets and lines above are listed."""
    sheets = [located.table.sheet for located in export.tables]
    if not gathered.has_sheet([*sheets, *export.others]):
        return
    for sheet in filter(None, export.others):
        gathered.ignore(f"sheet {sheet}", "no table of signals")
    for located in export.tables:
        if gathered.takes_sheet(located.table.sheet):
            if above := located.first_words_above():
                lines = f"{len(above)} lines above the table"
                gathered.ignore(lines, "no part of it: " + shortened(above))
            yield located


def _gather(located: LocatedTable, columns: NamedColumns, gathered: Signals) -> None:
    """The signal of every row; columns and words for roles that are not read are listed."""
    table = located.table
    check_rows(table)
    place = {key: at for key in NAMES if (at := columns.place(located.names, key)) is not None}
    unit = unit_of([located.names[place["signal"]]])
    signals = _Rows(located, place, immunoassay(gathered.request).analyte, unit)
    for row in range(len(table.rows)):
        mistakes = list(signals.mistakes(row))
        gathered.mistakes += mistakes
        gathered.signals += [] if mistakes else [signals.signal(row)]
    gathered.ignored += unread_columns(
        table, place.values(), otherwise="no column that `columns` of the assay names"
    )
    unsure = [f"{word} ({count})" for word, count in signals.unsure_roles.items()]
    if unsure:
        gathered.ignore(
            f"roles in column {table.header[place['role']]}: {', '.join(unsure)}",
            "words that do not say for certain what a well is for; roles come from the layout",
        )


@dataclass(frozen=True)
class _Rows:
    """The rows of a table: the column of each key, and the analyte of rows that name none. Words
    that do not say a role for certain are counted.
    """

    located: LocatedTable
    place: Mapping[str, int]
    analyte: str
    unit: str
    unsure_roles: Counter[str] = field(default_factory=Counter)

    def cell(self, row: int, key: str) -> Cell:
        """The cell of a row in the column of a key; nothing where there is no such column."""
        return self.located.table.rows[row][self.place[key]] if key in self.place else ""

    def text(self, row: int, key: str) -> str:
        """The same as text; nothing where it says that there is nothing."""
        return filled_text(self.cell(row, key))

    def where(self, row: int, key: str) -> str:
        """The address of that cell."""
        return self.located.table.where(row, self.place[key])

    def signal(self, row: int) -> Signal:
        """The signal of a row."""
        return Signal(
            where=self.where(row, "signal"),
            block=self.located.block,
            well=text_of(self.cell(row, "well")),
            cell=self.cell(row, "signal"),
            channel=self.text(row, "analyte") or self.analyte,
            unit=self.unit,
            facts=self._facts(row),
        )

    def _facts(self, row: int) -> WellFacts:
        role = self.text(row, "role").lower()
        if role and role not in ROLES:
            self.unsure_roles[role] += 1
        nominal, dilution, beads = (self.cell(row, key) for key in ("nominal", "dilution", "beads"))
        known_role = role if role in ROLES else None
        return WellFacts(self.text(row, "sample"), known_role, nominal, dilution, beads)

    def mistakes(self, row: int) -> Iterator[Mistake]:
        """What keeps a row from being read."""
        well = self.cell(row, "well")
        if isinstance(well, OddCell) or not text_of(well):
            yield Mistake(
                self.where(row, "well"),
                well.words() if isinstance(well, OddCell) else "a row without a well",
                "the name of a well",
                "correct the cell; remove lines that are no part of the table",
            )
        if not self.located.reaches(row, self.place["signal"]):
            yield Mistake(
                self.where(row, "signal"),
                "a line that ends before this column",
                "as many cells as the header has",
                "the file is not whole: export it again",
            )
        if "analyte" in self.place and not self.analyte and not self.text(row, "analyte"):
            yield Mistake(
                self.where(row, "analyte"),
                "a row without an analyte",
                "the analyte's name",
                "fill the cell",
            )


def _no_table(export: Export, source: str, of_study: Mapping[str, str]) -> Mistake:
    """Why there is no table, with the first line as the file has it."""
    well, signal = of_study.get("well", "well"), of_study.get("signal", "signal")
    return Mistake(
        source,
        f"no matrix of a plate and no table of signals; it begins: {export.first_line()[:120]!r}",
        "row letters and column numbers of a whole plate, "
        f"or a line with the columns `{well}` and `{signal}`",
        "export the plate as a matrix, or name the columns of the table in study.yaml, "
        "in the assay (`columns: {well: ..., signal: ...}`)",
    )
