"""Analytik Jena qTOWER, the csv table of qPCRsoft: gene of interest and reference gene of a well in
columns of their own.

Above the table stand the device, its dyes and the thermal program. A row of the table is a well:
`GOI` and `Ct GOI` are one reaction, `Reference gene` and `Ct Ref. gene` another; usually a well has
one of the two. `No Ct` is no Cq. The format is known from files that other laboratories published;
the tests hold synthetic ones, as no file is licensed to stand beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from exvivo.cells.cell import blank, text_of
from exvivo.read.cells.located import LocatedTable, holds_table
from exvivo.read.cells.table import Table, unread_columns
from exvivo.read.cells.values import mark_of
from exvivo.read.qpcr.cq_rows import (
    Columns,
    CqRows,
    Words,
    beside_tables,
    labels_above,
    place_of,
    tables_of,
)
from exvivo.read.qpcr.shared import Reactions
from exvivo.read.result import FileRead, Ignored, Request
from exvivo.words import shortened

_PAIRS = (("goi", "ct goi"), ("reference gene", "ct ref. gene"))
"""The target and its Cq: of the gene of interest, and of the reference gene."""
_WORDS = Words(
    none=frozenset({"no ct"}),
    roles={
        "unknown": "sample",
        "standard": "standard",
        "ntc": "ntc",
        "positive control": "positive",
    },
)
_NO_TABLE = (
    "no line with Well, GOI and Ct GOI",
    "the table of results of qPCRsoft",
    "export the table with the gene names and Ct as csv",
)
_COMPUTED = "computed by the vendor's software from the Ct of single wells, which are read"
_FACTS = {"title": "experiment", "date/time": "run date", "device": "instrument"}


def sniff(raw: bytes, suffix: str) -> bool:
    """A table with Well and one of the two pairs of columns: GOI and Ct GOI, Reference gene and Ct
    Ref. gene.
    """
    del suffix
    return holds_table(raw, _is_header, ("Ct GOI",))


def read(raw: bytes, request: Request) -> FileRead:
    """The Cq (`cq`) of every reaction: two a row where a well has both a gene of interest and a
    reference gene.

    The channel is the gene. `No Ct` is no Cq. Wells without a gene, and genes whose Ct is blank
    (not analysed, as against `No Ct`), are no reading and are listed. Raises `ReadError` with every
    mistake.
    """
    export = tables_of(raw, request, _is_header, _NO_TABLE)
    reactions = Reactions(request)
    labels = [label.rstrip(":") for label in labels_above(export)]
    why = "the run, its dyes and its thermal program"
    ignored = list(beside_tables(export, labels, why, "no table of Ct"))
    for located in export.tables:
        ignored += _read(located, reactions)
    header = {"format": "qPCRsoft (qTOWER)", **export.facts(_FACTS)}
    return reactions.read(ignored=ignored, header=header)


def _is_header(names: Sequence[str]) -> bool:
    return "well" in names and any(set(pair) <= set(names) for pair in _PAIRS)


def _read(located: LocatedTable, reactions: Reactions) -> Iterator[Ignored]:
    table = located.table
    pairs = _pairs(located)
    read = set.union(*(columns.indices() for columns in pairs))
    numeric = set(range(len(table.header))) - read
    cq = table.columns([columns.cq for columns in pairs])
    mark = mark_of(table, table.columns(sorted(numeric)), cq=cq)
    ignored: dict[Ignored, None] = {}
    for columns in pairs:
        called = _called(located, columns.cq)
        ignored |= dict.fromkeys(CqRows(called, columns, _WORDS, reactions, mark).read())
        ignored |= dict.fromkeys(_not_analysed(table, columns))
    yield from ignored
    yield from _empty(table, pairs)
    yield from unread_columns(table, read, otherwise=_COMPUTED)


def _pairs(located: LocatedTable) -> list[Columns]:
    """The columns of the gene of interest, and of the reference gene, with those both share."""
    names = located.names
    sample, role = place_of(names, "sample name"), place_of(names, "sample type")
    return [
        Columns(
            well=names.index("well"),
            cq=names.index(ct),
            target=names.index(gene),
            sample=sample,
            role=role,
        )
        for gene, ct in _PAIRS
        if gene in names and ct in names
    ]


def _not_analysed(table: Table, columns: Columns) -> Iterator[Ignored]:
    """Genes whose Ct is blank, as against `No Ct`."""
    if silent := _silent_wells(table, columns):
        what = f"{len(silent)} blank cells of {table.header[columns.cq]}"
        yield Ignored(what, "not analysed: " + shortened(silent))


def _silent_wells(table: Table, columns: Columns) -> list[str]:
    """The wells with a gene and a blank Ct."""
    return [
        text_of(cells[columns.well])
        for cells in table.rows
        if blank(cells[columns.cq]) and not blank(cells[columns.target or 0])
    ]


def _empty(table: Table, pairs: Sequence[Columns]) -> Iterator[Ignored]:
    """Wells without a gene and without a Ct."""
    if empty := _empty_wells(table, pairs):
        what = f"{len(empty)} wells without a gene"
        yield Ignored(what, "nothing was measured in them: " + shortened(empty))


def _empty_wells(table: Table, pairs: Sequence[Columns]) -> list[str]:
    """The wells whose cells of genes and of Ct are all blank."""
    places = _genes_and_cts(pairs)
    return [
        text_of(cells[pairs[0].well])
        for cells in table.rows
        if all(blank(cells[place]) for place in places)
    ]


def _genes_and_cts(pairs: Sequence[Columns]) -> list[int]:
    """The columns of the genes and of their Ct."""
    places: list[int] = []
    for columns in pairs:
        places += (columns.target or 0, columns.cq)
    return places


def _called(located: LocatedTable, cq: int) -> LocatedTable:
    """The rows that have a Cq, or that end before it."""
    rows = enumerate(located.table.rows)
    return _only(
        located,
        [row for row, cells in rows if not blank(cells[cq]) or not located.reaches(row, cq)],
    )


def _only(located: LocatedTable, rows: Sequence[int]) -> LocatedTable:
    """Some rows of a table."""
    table = located.table
    chosen = replace(
        table,
        rows=tuple(table.rows[row] for row in rows),
        lines=tuple(table.lines[row] for row in rows),
    )
    widths = tuple(located.widths[row] for row in rows if located.widths)
    return replace(located, table=chosen, widths=widths)
