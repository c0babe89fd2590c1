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
    Export,
    Found,
    blank,
    cells_of,
    find_tables,
    holds_table,
    mark_of,
)
from exvivo.read.cells.table import text_of
from exvivo.read.qpcr.cq_rows import Columns, Words, read_rows, unread
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
    ignored = list(_beside(export))
    for found in export.found:
        ignored += _read(found, reactions)
    return reactions.read(
        ignored=ignored, header={"format": "qPCRsoft (qTOWER)", **export.facts(_FACTS)}
    )


def _is_header(names: Sequence[str]) -> bool:
    return "well" in names and any(set(pair) <= set(names) for pair in _PAIRS)


def _read(found: Found, reactions: Reactions) -> Iterator[Ignored]:
    table = found.table
    names = [name.lower() for name in table.header]
    pairs = [
        (names.index(gene), names.index(ct)) for gene, ct in _PAIRS if gene in names and ct in names
    ]
    well, sample, kind = (
        names.index("well"),
        _place(names, "sample name"),
        _place(names, "sample type"),
    )
    numeric = set(range(len(names))) - {
        well,
        sample,
        kind,
        *(index for pair in pairs for index in pair),
    }
    mark = mark_of(
        table, cells_of(table, sorted(numeric)), cq=cells_of(table, [ct for _, ct in pairs])
    )
    told: dict[Ignored, None] = {}
    for gene, ct in pairs:
        columns = Columns(well=well, cq=ct, target=gene, sample=sample, role=kind)
        rows = [
            row
            for row, cells in enumerate(table.rows)
            if not blank(cells[ct]) or not found.reaches(row, ct)
        ]
        told |= dict.fromkeys(read_rows(_only(found, rows), columns, _WORDS, reactions, mark=mark))
        silent = [
            text_of(cells[well])
            for cells in table.rows
            if blank(cells[ct]) and not blank(cells[gene])
        ]
        if silent:
            told[
                Ignored(
                    f"{len(silent)} blank cells of {table.header[ct]}",
                    "not analysed: " + some(silent),
                )
            ] = None
    yield from told
    empty = [
        text_of(cells[well])
        for cells in table.rows
        if all(blank(cells[i]) for pair in pairs for i in pair)
    ]
    if empty:
        yield Ignored(
            f"{len(empty)} wells without a gene", "nothing was measured in them: " + some(empty)
        )
    read = {
        index
        for index in (well, sample, kind, *(i for pair in pairs for i in pair))
        if index is not None
    }
    yield from unread(table, read, dict.fromkeys(names, _COMPUTED))


def _only(found: Found, rows: list[int]) -> Found:
    """The table with some of its rows."""
    table = found.table
    kept = replace(
        table,
        rows=tuple(table.rows[row] for row in rows),
        lines=tuple(table.lines[row] for row in rows),
    )
    return replace(
        found, table=kept, widths=tuple(found.widths[row] for row in rows if found.widths)
    )


def _place(names: list[str], name: str) -> int | None:
    return names.index(name) if name in names else None


def _beside(export: Export) -> Iterator[Ignored]:
    """What stands above the table, and sheets without one."""
    above = [
        next((cell for cell in row if cell), "").rstrip(":")
        for found in export.found
        for row in found.above
    ]
    if above:
        yield Ignored(
            f"{len(above)} lines above the table",
            "the run, its dyes and its thermal program: " + some(above),
        )
    for name in export.others:
        yield Ignored(f"sheet {name}", "no table of Ct")
