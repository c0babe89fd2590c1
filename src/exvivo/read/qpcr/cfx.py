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

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.found_tables import (
    Export,
    Found,
    cells_of,
    find_tables,
    holds_table,
    mark_of,
)
from exvivo.read.qpcr.cq_rows import Columns, Words, read_rows, unread
from exvivo.read.qpcr.curve_table import last_cycle, read_curves, wells_of
from exvivo.read.qpcr.shared import Reactions, some
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
"""The column of cycles: the first column of every CFX table is empty and has no name."""

_WORDS = Words(
    roles={
        "unkn": "sample",
        "std": "standard",
        "ntc": "ntc",
        "nrt": "no_rt",
        "pos ctrl": "positive",
    },
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
    """A table with Well, Fluor, Content and Cq; or an empty first column, then Cycle, then wells
    alone.
    """
    del suffix
    return holds_table(raw, _is_cq, ("Fluor", "Content")) or holds_table(
        raw, _is_amplification, ("Cycle",)
    )


def read(raw: bytes, request: Request) -> FileRead:
    """The Cq (`cq`) of every well, or the curves (`amplification`), of a CFX export; both, where a
    workbook has both.

    The channel is the target; where none is named, the dye if the file has several, else empty.
    N/A, NaN and blank are no Cq. Only amounts of standards are taken, and only to be held against
    their Cq. Raises `ReadError` with every mistake.
    """
    export = find_tables(
        raw, request.source, lambda names: _is_cq(names) or _is_amplification(names)
    )
    if not export.found:
        raise ReadError(
            Mistake(
                request.source,
                "no table of Cq and none of amplification",
                "a line with Well, Fluor, Target, Content, Sample and Cq; or with Cycle and the wells",
                "export `Quantification Cq Results` or `Quantification Amplification Results` again",
            )
        )
    reactions = Reactions(request)
    curves = [found for found in export.found if not _is_cq(_names(found))]
    ignored = list(_beside(export))
    last = max(
        (cycle for found in curves if (cycle := last_cycle(found, _CYCLE)) is not None),
        default=None,
    )
    for found in curves:
        ignored += read_curves(
            found, _CYCLE, reactions, channel=found.table.sheet if len(curves) > 1 else ""
        )
    for found in export.found:
        if found not in curves:
            ignored += _read_cq(found, reactions, last)
    return reactions.read(
        ignored=ignored,
        header={"format": "Bio-Rad CFX", "instrument": "Bio-Rad CFX", **export.facts(_FACTS)},
    )


def _is_cq(names: Sequence[str]) -> bool:
    return set(names) >= _CQ_COLUMNS


def _is_amplification(names: Sequence[str]) -> bool:
    named = [name for name in names[2:] if name]
    return (
        list(names[:2]) == ["", "cycle"]
        and bool(named)
        and len(wells_of(names, _CYCLE)) == len(named)
    )


def _names(found: Found) -> list[str]:
    return [name.lower() for name in found.table.header]


def _read_cq(found: Found, reactions: Reactions, last: float | None) -> Iterator[Ignored]:
    names = _names(found)
    columns = Columns(
        well=names.index("well"),
        cq=names.index("cq"),
        target=_place(names, "target"),
        dye=names.index("fluor"),
        sample=_place(names, "sample"),
        role=names.index("content"),
        nominal=_place(names, *_AMOUNT),
    )
    numeric = [index for index, name in enumerate(names) if name in (*_AMOUNT, *_NUMERIC)]
    mark = mark_of(
        found.table, cells_of(found.table, numeric), cq=cells_of(found.table, [columns.cq])
    )
    yield from read_rows(found, columns, _WORDS, reactions, mark=mark, last=last)
    yield from unread(found.table, columns.indices(), _WHY)
    yield Ignored(
        "column Fluor",
        "the dye names a reaction only where its target is blank and the table has several dyes",
    )
    if columns.nominal is not None:
        yield Ignored(
            f"column {found.table.header[columns.nominal]}",
            "amounts come from the plate layout; those of standards were held against their Cq",
        )


def _place(names: list[str], *wanted: str) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


def _beside(export: Export) -> Iterator[Ignored]:
    """Lines above a table, and sheets without one: facts of the run."""
    above = [row[0] or "a line without a label" for found in export.found for row in found.above]
    if above:
        yield Ignored(f"{len(above)} lines above the table", "facts of the run: " + some(above))
    for name in export.others:
        yield Ignored(f"sheet {name}", "no table of Cq or amplification: facts of the run")
