"""A long table of signals from any plate reader: csv, tsv, txt, xlsx or xls, one row a well (and
analyte).

Columns well and signal, and where there are any analyte, sample, role, nominal, dilution and beads;
`columns` of the assay names those that are called otherwise. Lines above the header are passed over
and listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.cell import Cell, OddCell, blank, text_of
from exvivo.read.cells.located import Export, LocatedTable, locate_tables
from exvivo.read.cells.messages import shortened
from exvivo.read.cells.table import looks_like_table, unread_columns
from exvivo.read.plate_reader.shared import (
    Signal,
    Signals,
    check_rows,
    check_size,
    immunoassay,
    unit_of,
)
from exvivo.read.result import FileRead, Ignored, Request
from exvivo.study.records import IMMUNOASSAY_COLUMNS
from exvivo.tables import ROLES

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
    named = {key: name.strip().lower() for key, name in assay.columns.items()}
    check_size(raw, request.source)
    export = locate_tables(raw, request.source, lambda names: _is_header(names, named))
    gathered = Signals(request)
    tables = list(_chosen(export, assay.sheet, gathered))
    if not tables:
        raise ReadError(gathered.mistakes or _no_table(export, request.source, named))
    for found in tables:
        undecided = list(_undecided(found, named))
        gathered.mistakes += undecided
        if not undecided:
            _gather(found, named, gathered, assay.analyte)
    header = {
        "format": "plain table of signals",
        "readings": ", ".join(found.block for found in tables),
    }
    return gathered.read(header, separator=tables[0].table.separator)


def _places(names: Sequence[str], key: str, named: Mapping[str, str]) -> list[int]:
    """The columns that may be what `key` says."""
    wanted = (named[key],) if key in named else NAMES[key]
    taken = {name for other, name in named.items() if other != key}
    return [index for index, name in enumerate(names) if name in wanted and name not in taken]


def _is_header(names: Sequence[str], named: Mapping[str, str]) -> bool:
    return bool(_places(names, "well", named)) and bool(_places(names, "signal", named))


def _chosen(export: Export, wanted: str, gathered: Signals) -> Iterator[LocatedTable]:
    """The tables that are read; other sheets and lines above are listed."""
    sheets = [found.table.sheet for found in export.tables] + list(export.others)
    if wanted and wanted not in sheets:
        gathered.mistakes.append(
            Mistake(
                gathered.request.source,
                f"no sheet {wanted!r}",
                "one of its sheets: " + (", ".join(filter(None, sheets)) or "none"),
                "correct `sheet` of the assay in study.yaml",
            )
        )
        return
    for name in export.others:
        if name:
            gathered.ignored.append(Ignored(f"sheet {name}", "no table of signals"))
    for found in export.tables:
        if wanted and found.table.sheet != wanted:
            gathered.ignored.append(
                Ignored(f"sheet {found.table.sheet}", f"the assay names sheet {wanted}")
            )
            continue
        above = [next((cell for cell in row if cell), "") for row in found.above]
        if above:
            gathered.ignored.append(
                Ignored(f"{len(above)} lines above the table", "no part of it: " + shortened(above))
            )
        yield found


def _undecided(found: LocatedTable, named: Mapping[str, str]) -> Iterator[Mistake]:
    """Columns the study names that are not there, and things that two columns may be."""
    table = found.table
    names = [name.lower() for name in table.header]
    listed = ", ".join(name for name in table.header if name)
    for key in NAMES:
        places = _places(names, key, named)
        if key in named and not places:
            yield Mistake(
                table.top(),
                f"no column {named[key]!r} ({key})",
                f"one of its columns: {listed}",
                "correct the name under `columns` of the assay in study.yaml, or in the file",
            )
        if len(places) > 1:
            both = " and ".join(repr(table.header[index]) for index in places)
            yield Mistake(
                table.top(),
                f"{both}, each of which may be the column of {key}",
                "one",
                f"name it in study.yaml, in the assay: `columns: {{{key}: {table.header[places[0]]}}}`",
            )


def _gather(found: LocatedTable, named: Mapping[str, str], gathered: Signals, analyte: str) -> None:
    table = found.table
    check_rows(table)
    names = [name.lower() for name in table.header]
    place = {key: next(iter(_places(names, key, named)), -1) for key in NAMES}
    unit = unit_of([names[place["signal"]]])
    unsure: Counter[str] = Counter()
    for row, cells in enumerate(table.rows):
        at = {key: cells[index] if index >= 0 else "" for key, index in place.items()}
        wrong = list(_row_mistakes(found, row, place, at, analyte))
        gathered.mistakes += wrong
        if wrong:
            continue
        said = _text(at["role"]).lower()
        if said and said not in ROLES:
            unsure[said] += 1
        gathered.signals.append(
            Signal(
                where=table.where(row, place["signal"]),
                block=found.block,
                well=text_of(at["well"]),
                cell=at["signal"],
                channel=_text(at["analyte"]) or analyte,
                unit=unit,
                sample=_text(at["sample"]),
                role=said if said in ROLES else None,
                nominal=at["nominal"],
                dilution=at["dilution"],
                beads=at["beads"],
            )
        )
    gathered.ignored += unread_columns(
        table,
        set(place.values()),
        dict.fromkeys(names, "no column that `columns` of the assay names"),
    )
    if unsure:
        listed = ", ".join(f"{word} ({count})" for word, count in unsure.items())
        gathered.ignored.append(
            Ignored(
                f"roles in column {table.header[place['role']]}: {listed}",
                "words that do not say for certain what a well is for; roles come from the layout",
            )
        )


def _row_mistakes(
    found: LocatedTable, row: int, place: Mapping[str, int], at: Mapping[str, Cell], analyte: str
) -> Iterator[Mistake]:
    table = found.table
    well = at["well"]
    if isinstance(well, OddCell) or not text_of(well):
        said = well.words() if isinstance(well, OddCell) else "a row without a well"
        yield Mistake(
            table.where(row, place["well"]),
            said,
            "the name of a well",
            "correct the cell; remove lines that are no part of the table",
        )
    if not found.reaches(row, place["signal"]):
        yield Mistake(
            table.where(row, place["signal"]),
            "a line that ends before this column",
            "as many cells as the header has",
            "the file is not whole: export it again",
        )
    if place["analyte"] >= 0 and not _text(at["analyte"]) and not analyte:
        yield Mistake(
            table.where(row, place["analyte"]),
            "a row without an analyte",
            "the analyte's name",
            "fill the cell",
        )


def _text(cell: Cell) -> str:
    return "" if blank(cell) else text_of(cell)


def _no_table(export: Export, source: str, named: Mapping[str, str]) -> Mistake:
    """Why no table was found, with the first line as the file has it."""
    words = (" ".join(" ".join(row).split()) for rows in export.others.values() for row in rows)
    first = next((line for line in words if line), "")
    told = {key: named.get(key, key) for key in ("well", "signal")}
    return Mistake(
        source,
        f"no matrix of a plate and no table of signals; it begins: {first[:120]!r}",
        f"row letters and column numbers of a whole plate, or a line with the columns `{told['well']}` and `{told['signal']}`",
        "export the plate as a matrix, or name the columns of the table in study.yaml, in the assay "
        "(`columns: {well: ..., signal: ...}`)",
    )
