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

from collections.abc import Iterator, Mapping, Sequence

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.found_tables import Export, Found, cells_of, find_tables, mark_of
from exvivo.read.cells.table import looks_like_table
from exvivo.read.qpcr.cq_rows import Columns, Words, read_rows, unread
from exvivo.read.qpcr.curve_table import last_cycle, read_curves, wells_of
from exvivo.read.qpcr.shared import Reactions, some
from exvivo.read.result import FileRead, Ignored, Request
from exvivo.study import Qpcr

NAMES = {
    "well": ("well", "well position", "pos", "position"),
    "target": ("target", "target name", "gene", "detector"),
    "cq": ("cq", "ct", "cp"),
    "sample": ("sample", "sample name"),
    "role": ("role", "task", "content"),
    "quantity": ("quantity", "starting quantity"),
    "cycle": ("cycle", "cycles", "cycle number"),
}
"""What each column may be called, in lower case, where the study does not name it."""

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
    named = (
        {key: name.strip().lower() for key, name in assay.columns.items()}
        if isinstance(assay, Qpcr)
        else {}
    )
    export = find_tables(
        raw, request.source, lambda names: _is_cq(names, named) or _is_curves(names, named)
    )
    if not export.found:
        raise ReadError(_no_table(export, request.source, named))
    reactions = Reactions(request)
    ignored = list(_beside(export))
    curves = [found for found in export.found if not _is_cq(_lower(found), named)]
    cycles = [_place(_lower(found), "cycle", named) or 0 for found in curves]
    ends = [
        end
        for found, cycle in zip(curves, cycles, strict=True)
        if (end := last_cycle(found, cycle)) is not None
    ]
    for found, cycle in zip(curves, cycles, strict=True):
        ignored += read_curves(found, cycle, reactions)
    for found in export.found:
        if found not in curves:
            ignored += _read_cq(found, named, reactions, max(ends, default=None))
    return reactions.read(ignored=ignored, header={"format": "plain table"})


def _lower(found: Found) -> list[str]:
    return [name.lower() for name in found.table.header]


def _places(names: Sequence[str], key: str, named: Mapping[str, str]) -> list[int]:
    """The columns that may be what `key` says."""
    wanted = (named[key],) if key in named else NAMES[key]
    return [index for index, name in enumerate(names) if name in wanted]


def _place(names: Sequence[str], key: str, named: Mapping[str, str]) -> int | None:
    return next(iter(_places(names, key, named)), None)


def _is_cq(names: Sequence[str], named: Mapping[str, str]) -> bool:
    return bool(_places(names, "well", named)) and bool(_places(names, "cq", named))


def _is_curves(names: Sequence[str], named: Mapping[str, str]) -> bool:
    cycle = _place(names, "cycle", named)
    return cycle is not None and bool(wells_of(names, cycle))


def _read_cq(
    found: Found, named: Mapping[str, str], reactions: Reactions, last: float | None
) -> Iterator[Ignored]:
    table, names = found.table, _lower(found)
    undecided = list(_undecided(found, named))
    reactions.mistakes += undecided
    if undecided:
        return
    place = {key: _place(names, key, named) for key in NAMES}
    columns = Columns(
        well=place["well"] or 0,
        cq=place["cq"] or 0,
        target=place["target"],
        sample=place["sample"],
        role=place["role"],
        nominal=place["quantity"],
    )
    amounts = cells_of(table, () if columns.nominal is None else (columns.nominal,))
    mark = mark_of(table, amounts, cq=cells_of(table, (columns.cq,)))
    yield from read_rows(found, columns, _WORDS, reactions, mark=mark, last=last)
    yield from unread(
        table,
        columns.indices(),
        dict.fromkeys(names, "no column that `columns` of the assay names"),
    )
    if columns.nominal is not None:
        yield Ignored(
            f"column {table.header[columns.nominal]}",
            "amounts come from the plate layout; those of standards were held against their Cq",
        )


def _undecided(found: Found, named: Mapping[str, str]) -> Iterator[Mistake]:
    """Columns the study names that are not there, and things that two columns may be."""
    table, names = found.table, _lower(found)
    listed = ", ".join(name for name in table.header if name)
    for key in NAMES:
        places = _places(names, key, named)
        if key in named and not places and key != "cycle":
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


def _no_table(export: Export, source: str, named: Mapping[str, str]) -> Mistake:
    """Why no table was found, with the first lines as the file has them."""
    words = (" ".join(" ".join(row).split()) for rows in export.others.values() for row in rows)
    first = next((line for line in words if line), "")
    told = {key: named.get(key, key) for key in ("well", "cq", "cycle")}
    return Mistake(
        source,
        f"no table of Cq and none of curves; it begins: {first[:120]!r}",
        f"a line with the columns `{told['well']}` and `{told['cq']}`, or with `{told['cycle']}` and wells (A1, A2, ...)",
        "name the columns of the table in study.yaml, in the assay (`columns: {well: ..., cq: ...}`), or give them these names",
    )


def _beside(export: Export) -> Iterator[Ignored]:
    """Lines above a table, and sheets without one."""
    above = [
        next((cell for cell in row if cell), "") for found in export.found for row in found.above
    ]
    if above:
        yield Ignored(f"{len(above)} lines above the table", "no part of it: " + some(above))
    for name in export.others:
        yield Ignored(f"sheet {name}", "no table of Cq or curves")
