"""A plain table of Cq, or of amplification curves, from any instrument: csv, tsv, txt, xlsx or xls.

A table of Cq has one row a well and target, with columns well and cq, and where there are any
target, sample, role and quantity; `columns` of the assay names those that are called otherwise. A
table of curves has a column of cycles and one column a well, named A1, A2, ... Lines above the
header are passed over and listed.

0 and -1 are no Cq: instruments and programs write them (as RDML does -1) where a curve never
crossed the threshold, and neither can be one, for a Cq lies behind the first cycle. Read as numbers
they would be the most abundant of all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from exvivo.cells.messages import read_error
from exvivo.errors import ReadError
from exvivo.read.cells.located import Export, LocatedTable, locate_tables
from exvivo.read.cells.named_columns import NamedColumns
from exvivo.read.cells.table import looks_like_table, unread_columns
from exvivo.read.cells.values import mark_of
from exvivo.read.qpcr.cq_rows import (
    Columns,
    CqRows,
    Words,
    amounts_checked,
    beside_tables,
    labels_above,
)
from exvivo.read.qpcr.curve_table import CurveTable, last_cycle, read_curves, wells_of
from exvivo.read.qpcr.shared import Reactions
from exvivo.read.result import FileRead, Ignored, Request
from exvivo.study import Qpcr

NAMES = {
    "well": ("well", "well position", "pos", "position"),
    "target": ("target", "target name", "gene", "detector"),
    "cq": ("cq", "ct", "cp"),
    "sample": ("sample", "sample name"),
    "role": ("role", "task", "content"),
    "quantity": ("quantity", "starting quantity"),
    "omit": ("omit", "omitted", "exclude", "excluded"),
    "cycle": ("cycle", "cycles", "cycle number"),
}
"""What each column may be called, in lower case, where the study does not name it."""
_CQ = ("well", "cq")
"""The columns that make a table of Cq."""
_OF_CQ = {key: names for key, names in NAMES.items() if key != "cycle"}

_WORDS = Words(
    none=frozenset({"undetermined", "undetected", "no cq", "no ct", "no cp"}),
    no_cq=(0.0, -1.0),
    roles={
        "sample": "sample",
        "unknown": "sample",
        "unkn": "sample",
        "standard": "standard",
        "std": "standard",
        "ntc": "ntc",
        "nrt": "no_rt",
        "no_rt": "no_rt",
        "no rt": "no_rt",
        "positive": "positive",
        "pos ctrl": "positive",
        "positive control": "positive",
    },
    any_name=True,
    omitted=frozenset({"true", "1", "yes", "x"}),
)


def sniff(raw: bytes, suffix: str) -> bool:
    """Any text or workbook: this reader stands last and serves what no other one claims."""
    return looks_like_table(raw, suffix)


def read(raw: bytes, request: Request) -> FileRead:
    """The Cq (`cq`) of every row, or the curve (`amplification`) of every well, of a plain table.

    Undetermined, No Cq, N/A, NaN, -, nothing, 0 and -1 are no Cq. Wells may have any name that the
    layout uses too. Of a workbook, every sheet with such a table is read. Raises `ReadError` with
    every mistake.
    """
    assay = request.assay
    columns = assay.columns if isinstance(assay, Qpcr) else {}
    names = NamedColumns(NAMES, {key: name.strip().lower() for key, name in columns.items()})
    export = locate_tables(raw, request.source, partial(_is_header, names))
    if not export.tables:
        raise _no_table(export, request.source, names)
    reactions = Reactions(request)
    curves, cq_tables = _sorted_by_kind(export, names)
    labels = labels_above(export)
    ignored = list(beside_tables(export, labels, "no part of it", "no table of Cq or curves"))
    for curve_table in curves:
        ignored += read_curves(curve_table, reactions)
    last = last_cycle(curves)
    for located in cq_tables:
        ignored += _read_cq(located, names, reactions, last)
    return reactions.read(ignored=ignored, header={"format": "plain table"})


def _is_header(names: NamedColumns, header: Sequence[str]) -> bool:
    """Whether a line is the header of a table of Cq or of curves."""
    cycle = names.place(header, "cycle")
    is_curves = cycle is not None and bool(wells_of(header, cycle))
    return is_curves or names.has(header, *_CQ)


def _sorted_by_kind(
    export: Export, names: NamedColumns
) -> tuple[list[CurveTable], list[LocatedTable]]:
    """The tables of curves, and those of Cq."""
    curves: list[CurveTable] = []
    cq_tables: list[LocatedTable] = []
    for located in export.tables:
        if names.has(located.names, *_CQ):
            cq_tables.append(located)
        else:
            curves.append(CurveTable(located, names.place(located.names, "cycle") or 0))
    return curves, cq_tables


def _read_cq(
    located: LocatedTable, names: NamedColumns, reactions: Reactions, last: float | None
) -> Iterator[Ignored]:
    table = located.table
    undecided = list(replace(names, usual=_OF_CQ).mistakes(table))
    reactions.mistakes += undecided
    if undecided:
        return
    columns = _columns(located.names, names)
    amounts = () if columns.nominal is None else (columns.nominal,)
    mark = mark_of(table, table.columns(amounts), cq=table.column(columns.cq))
    yield from CqRows(located, columns, _WORDS, reactions, mark, last).read()
    otherwise = "no column that `columns` of the assay names"
    yield from unread_columns(table, columns.indices(), otherwise=otherwise)
    yield from amounts_checked(table, columns)


def _columns(header: Sequence[str], names: NamedColumns) -> Columns:
    """Where a table of Cq keeps what."""
    place = {key: names.place(header, key) for key in NAMES}
    return Columns(
        well=place["well"] or 0,
        cq=place["cq"] or 0,
        target=place["target"],
        sample=place["sample"],
        role=place["role"],
        nominal=place["quantity"],
        omit=place["omit"],
    )


def _no_table(export: Export, source: str, names: NamedColumns) -> ReadError:
    """Why there is no table, with the first line as the file has it."""
    well, cq, cycle = (names.of_study.get(key, key) for key in ("well", "cq", "cycle"))
    return read_error(
        source,
        f"no table of Cq and none of curves; it begins: {export.first_line()[:120]!r}",
        f"a line with the columns `{well}` and `{cq}`, or with `{cycle}` and wells (A1, A2, ...)",
        "name the columns of the table in study.yaml, in the assay "
        "(`columns: {well: ..., cq: ...}`), or give them these names",
    )
