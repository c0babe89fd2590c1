"""Bio-Rad CFX Manager and CFX Maestro: the table of Cq, and the tables of amplification, as csv,
txt, xlsx or xls.

`Quantification Cq Results` (and `Quantification Summary`, the same table with fewer columns) names
target, content and sample of every well and dye. `Quantification Amplification Results` has a
column of cycles and a column a well; the text export is one file a dye, the workbook one sheet a
dye. Format known from the files themselves; the amplification table from its description in the
notes of this project, of which no real file was at hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exvivo.read.cells.located import Export, LocatedTable, holds_table
from exvivo.read.cells.table import unread_columns
from exvivo.read.cells.values import mark_of
from exvivo.read.qpcr.cq_rows import (
    Columns,
    CqRows,
    Words,
    amounts_checked,
    beside_tables,
    labels_above,
    place_of,
    tables_of,
)
from exvivo.read.qpcr.curve_table import CurveTable, last_cycle, read_curves, wells_of
from exvivo.read.qpcr.melting_table import read_melting
from exvivo.read.qpcr.shared import Reactions
from exvivo.read.result import FileRead, Ignored, Request

_CQ_COLUMNS = frozenset({"well", "fluor", "content", "cq"})
_AMOUNT = ("starting quantity (sq)", "sq")
_NUMERIC = (
    "cq mean",
    "cq std. dev",
    "log starting quantity",
    "sq mean",
    "sq std. dev",
    "set point",
)
_CYCLE = 1
"""The column of cycles or temperatures: the first column of every CFX table is empty and has no
name.
"""

_WORDS = Words(
    roles={
        "unkn": "sample",
        "std": "standard",
        "ntc": "ntc",
        "nrt": "no_rt",
        "pos ctrl": "positive",
    },
)
_NO_TABLE = (
    "no table of Cq, of amplification or of melting curves",
    "a line with Well, Fluor, Target, Content, Sample and Cq; or with Cycle or Temperature and the "
    "wells",
    "export `Quantification Cq Results` or `Quantification Amplification Results` again",
)
_COMPUTED = "computed by the vendor's software from the Cq of single wells, which are read"
_WHY = {
    "biological set name": "conditions come from the plate layout",
    "biological group name": "conditions come from the plate layout",
    "cq mean": _COMPUTED,
    "cq std. dev": _COMPUTED,
    "log starting quantity": _COMPUTED,
    "sq mean": _COMPUTED,
    "sq std. dev": _COMPUTED,
    "set point": "the annealing temperature is not needed for quantification",
    "well note": "free text",
}
_FACTS = {
    "file name": "file",
    "run started": "run date",
    "base serial number": "serial number",
    "cfx manager version": "software",
    "cfx maestro version": "software",
    "protocol file name": "protocol",
}


def sniff(raw: bytes, suffix: str) -> bool:
    """A table with Well, Fluor, Content and Cq; or an empty first column, then Cycle or
    Temperature, then wells alone.
    """
    del suffix
    cq = holds_table(raw, _is_cq, ("Fluor", "Content"))
    curves = cq or holds_table(raw, _is_amplification, ("Cycle",))
    return curves or holds_table(raw, _is_melting, ("Temperature",))


def read(raw: bytes, request: Request) -> FileRead:
    """The Cq (`cq`) of every well, or the curves (`amplification`, `melt`), of a CFX export; all
    that a workbook has. Melting curves are taken from their fluorescence, else from its slope.

    The channel is the target; where none is named, the dye if the file has several, else empty.
    N/A, NaN and blank are no Cq. Only amounts of standards are taken, and only to be held against
    their Cq. Raises `ReadError` with every mistake.
    """
    export = tables_of(raw, request, _is_header, _NO_TABLE)
    reactions = Reactions(request)
    curves = _curve_tables(export)
    labels = [label or "a line without a label" for label in labels_above(export)]
    ignored = list(
        beside_tables(
            export,
            labels,
            "facts of the run",
            "no table of Cq or amplification: facts of the run",
        )
    )
    for curve_table in curves:
        ignored += read_curves(curve_table, reactions)
    ignored += read_melting(_melting_tables(export), reactions)
    for located in export.tables:
        if _is_cq(located.names):
            ignored += _read_cq(located, reactions, last_cycle(curves))
    header = {"format": "Bio-Rad CFX", "instrument": "Bio-Rad CFX", **export.facts(_FACTS)}
    return reactions.read(ignored=ignored, header=header)


def _curve_tables(export: Export) -> list[CurveTable]:
    """The tables of amplification; of several, each is of the dye that its sheet is named after."""
    tables = [located for located in export.tables if _is_amplification(located.names)]
    return [CurveTable(located, _CYCLE, _dye(located, tables)) for located in tables]


def _dye(located: LocatedTable, tables: Sequence[LocatedTable]) -> str:
    """The dye of a table of curves: the name of its sheet, where there are several."""
    return located.table.sheet if len(tables) > 1 else ""


def _melting_tables(export: Export) -> list[CurveTable]:
    """The tables of melting curves, and of their slopes."""
    tables = [located for located in export.tables if _is_melting(located.names)]
    return [CurveTable(located, _CYCLE, _dye(located, tables), "temperature") for located in tables]


def _is_header(names: Sequence[str]) -> bool:
    return _is_cq(names) or _is_amplification(names) or _is_melting(names)


def _is_cq(names: Sequence[str]) -> bool:
    return set(names) >= _CQ_COLUMNS


def _is_amplification(names: Sequence[str]) -> bool:
    """Whether an empty column, cycles and wells stand there, and nothing else."""
    return _is_wells_along("cycle", names)


def _is_melting(names: Sequence[str]) -> bool:
    """The same with temperatures."""
    return _is_wells_along("temperature", names)


def _is_wells_along(first: str, names: Sequence[str]) -> bool:
    """Whether a header is an empty cell, what the curves run along, and wells alone."""
    return list(names[:2]) == ["", first] and _are_wells(names)


def _are_wells(names: Sequence[str]) -> bool:
    """Whether all names behind the first two columns are wells, and there are some."""
    named = [name for name in names[2:] if name]
    return bool(named) and len(wells_of(names, _CYCLE)) == len(named)


def _read_cq(located: LocatedTable, reactions: Reactions, last: float | None) -> Iterator[Ignored]:
    table, names = located.table, located.names
    columns = Columns(
        well=names.index("well"),
        cq=names.index("cq"),
        target=place_of(names, "target"),
        dye=names.index("fluor"),
        sample=place_of(names, "sample"),
        role=names.index("content"),
        nominal=place_of(names, *_AMOUNT),
    )
    numeric = [index for index, name in enumerate(names) if name in (*_AMOUNT, *_NUMERIC)]
    mark = mark_of(table, table.columns(numeric), cq=table.column(columns.cq))
    yield from CqRows(located, columns, _WORDS, reactions, mark, last).read()
    yield from unread_columns(table, columns.indices(), _WHY)
    why = "the dye names a reaction only where its target is blank and the table has several dyes"
    yield Ignored("column Fluor", why)
    yield from amounts_checked(table, columns)
