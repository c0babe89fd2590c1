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

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.found_tables import (
    Found,
    blank,
    cells_of,
    find_tables,
    holds_table,
    mark_of,
)
from exvivo.read.cells.table import Table, text_of
from exvivo.read.qpcr.cq_rows import (
    Columns,
    CqRows,
    Words,
    beside_tables,
    first_filled,
    names_of,
    place_of,
    unread,
)
from exvivo.read.qpcr.shared import Reactions, some
from exvivo.read.result import FileRead, Ignored, Request

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
    export = find_tables(raw, request.source, _is_header)
    if not export.found:
        raise ReadError(
            Mistake(
                request.source,
                "no line with Well, GOI and Ct GOI",
                "the table of results of qPCRsoft",
                "export the table with the gene names and Ct as csv",
            )
        )
    reactions = Reactions(request)
    why = "the run, its dyes and its thermal program"
    ignored = list(beside_tables(export, _label, why, "no table of Ct"))
    for found in export.found:
        ignored += _read(found, reactions)
    header = {"format": "qPCRsoft (qTOWER)", **export.facts(_FACTS)}
    return reactions.read(ignored=ignored, header=header)


def _is_header(names: Sequence[str]) -> bool:
    return "well" in names and any(set(pair) <= set(names) for pair in _PAIRS)


def _label(row: Sequence[str]) -> str:
    return first_filled(row).rstrip(":")


def _read(found: Found, reactions: Reactions) -> Iterator[Ignored]:
    table = found.table
    pairs = _pairs(table)
    read = set.union(*(columns.indices() for columns in pairs))
    numeric = set(range(len(table.header))) - read
    cq = cells_of(table, [columns.cq for columns in pairs])
    mark = mark_of(table, cells_of(table, sorted(numeric)), cq=cq)
    ignored: dict[Ignored, None] = {}
    for columns in pairs:
        called = _called(found, columns.cq)
        ignored |= dict.fromkeys(CqRows(called, columns, _WORDS, reactions, mark).read())
        ignored |= dict.fromkeys(_not_analysed(table, columns))
    yield from ignored
    yield from _empty(table, pairs)
    yield from unread(table, read, dict.fromkeys(names_of(table), _COMPUTED))


def _pairs(table: Table) -> list[Columns]:
    """The columns of the gene of interest, and of the reference gene, with those both share."""
    names = names_of(table)
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
    silent = [
        text_of(cells[columns.well])
        for cells in table.rows
        if blank(cells[columns.cq]) and not blank(cells[columns.target or 0])
    ]
    if silent:
        what = f"{len(silent)} blank cells of {table.header[columns.cq]}"
        yield Ignored(what, "not analysed: " + some(silent))


def _empty(table: Table, pairs: Sequence[Columns]) -> Iterator[Ignored]:
    """Wells without a gene and without a Ct."""
    places: list[int] = []
    for columns in pairs:
        places += (columns.target or 0, columns.cq)
    empty = [
        text_of(cells[pairs[0].well])
        for cells in table.rows
        if all(map(blank, (cells[place] for place in places)))
    ]
    if empty:
        what = f"{len(empty)} wells without a gene"
        yield Ignored(what, "nothing was measured in them: " + some(empty))


def _called(found: Found, cq: int) -> Found:
    """The rows that have a Cq, or that end before it."""
    table = found.table
    rows = [
        row
        for row, cells in enumerate(table.rows)
        if not blank(cells[cq]) or not found.reaches(row, cq)
    ]
    chosen = replace(
        table,
        rows=tuple(table.rows[row] for row in rows),
        lines=tuple(table.lines[row] for row in rows),
    )
    widths = tuple(found.widths[row] for row in rows if found.widths)
    return replace(found, table=chosen, widths=widths)
