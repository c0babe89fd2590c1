"""A table of finished results (concentrations or MFI), wide or long, with undetected results kept
as bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import polars as pl

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.cell import Cell, OddCell, text_of
from exvivo.read.cells.table import Table, looks_like_table, read_table
from exvivo.read.cells.text import Unreadable, decimal_mark, is_blank, number
from exvivo.read.result import FileRead, Ignored, Request
from exvivo.study import Limit, Results
from exvivo.tables import READINGS

_BELOW = re.compile(
    r"(?:oor\s*<|<\s*(?:oor|lod|lloq|loq|min|ll)?|(?:<\s*=?|≤)\s*(?:lod|lloq|loq)|lod|lloq|blq|bloq|below\s+(?:range|lod|lloq))$",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"(?:oor\s*>|>\s*(?:oor|uloq|max|ul)?|uloq|aloq|above\s+(?:range|uloq))$", re.IGNORECASE
)
_BOUND = re.compile(r"(<=?|>=?|≤|≥)\s*(.+)$")


@dataclass(frozen=True)
class _Found:
    """One cell of results: where it stands, whose it is, and which analyte."""

    row: int
    column: int
    sample: str
    channel: str
    cell: Cell


@dataclass
class _Gathered:
    """Mistakes, blanks and ignored parts, as they are met."""

    mistakes: list[Mistake] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    blanks: dict[str, list[str]] = field(default_factory=dict)


def read(raw: bytes, request: Request) -> FileRead:
    """One reading a sample and analyte; the well is the sample's name as the file writes it.

    `<3.2`, `OOR<` and numbers outside the limits the study declares become censored results; blanks
    are no reading and are listed. Zeros stay zeros. Raises `ReadError` with every mistake of the
    table: unknown columns, cells that are no result, numbers whose decimal mark cannot be told, and
    samples that occur twice.
    """
    assay = request.assay
    assert isinstance(assay, Results)
    table = read_table(raw, request.source, sheet=assay.sheet)
    gathered = _Gathered()
    if assay.sheet and not table.sheet:
        gathered.mistakes.append(
            Mistake(
                request.source,
                f"a text table, where study.yaml names the sheet {assay.sheet!r}",
                "a workbook",
                f"remove `sheet` from the assay {assay.id}, or name the workbook as the file of the plate",
            )
        )
    gathered.ignored += [
        Ignored(f"sheet {name}", f"the assay names sheet {table.sheet}")
        for name in table.other_sheets
    ]
    names = {analyte: analyte for analyte in request.analytes} | assay.channels
    cells = (
        _long(table, assay, names, gathered)
        if assay.analyte
        else _wide(table, assay, names, gathered)
    )
    if gathered.mistakes:
        raise ReadError(gathered.mistakes)
    cells = _drop_blanks(table, cells, gathered)
    gathered.mistakes += _twice(table, cells, names)
    rows = _rows(table, cells, assay, names, gathered)
    if not rows and not gathered.mistakes:
        gathered.mistakes.append(
            Mistake(table.top(), "no result in any row", "at least one", "fill the table")
        )
    if gathered.mistakes:
        raise ReadError(gathered.mistakes)
    for channel, samples in gathered.blanks.items():
        gathered.ignored.append(
            Ignored(f"blank results of {channel}: {_some(samples)}", "nothing was measured")
        )
    return FileRead(_frame(rows, table, request, assay), tuple(gathered.ignored), _header(table))


def sniff(raw: bytes, suffix: str) -> bool:
    """Any workbook, and any text."""
    return looks_like_table(raw, suffix)


def _column(table: Table, name: str, what: str, gathered: _Gathered) -> int | None:
    if name in table.header:
        return table.header.index(name)
    listed = ", ".join(column for column in table.header if column) or "none"
    deeper = next(
        (line for line, row in zip(table.lines, table.rows, strict=True) if name in _pieces(row)),
        None,
    )
    gathered.mistakes.append(
        Mistake(
            table.top(),
            f"no column {name!r} ({what})",
            f"one of its columns: {listed}",
            "correct the name in study.yaml, or in the file"
            if deeper is None
            else f"line {deeper} seems to be the header: remove the lines above it",
        )
    )
    return None


def _pieces(row: tuple[Cell, ...]) -> list[str]:
    """The cells of a row; what the separator of another line left in one cell comes apart."""
    cells = [text_of(cell) for cell in row]
    return (
        cells if len(cells) > 1 else [piece.strip() for piece in re.split("[,;\t]", "".join(cells))]
    )


def _wide(table: Table, assay: Results, names: dict[str, str], gathered: _Gathered) -> list[_Found]:
    samples = _samples(table, _column(table, assay.sample, "the samples", gathered), gathered)
    columns = {
        i: name for i, name in enumerate(table.header) if name in names and name != assay.sample
    }
    for name in assay.channels:
        _column(table, name, f"declared for {assay.channels[name]}", gathered)
    if not columns and not gathered.mistakes:
        _column(table, next(iter(names), "of an analyte"), "an analyte of study.yaml", gathered)
    gathered.mistakes += _same_analyte(table, columns.values(), names)
    for index, name in enumerate(table.header):
        if index not in columns and name != assay.sample:
            what = f"column {name}" if name else f"column {index + 1}, which has no name"
            gathered.ignored.append(Ignored(what, "no analyte of study.yaml has this name"))
    return [
        _Found(row, column, samples[row], name, cells[column])
        for row, cells in enumerate(table.rows)
        for column, name in columns.items()
        if row in samples
    ]


def _same_analyte(
    table: Table, channels: Iterable[str], names: dict[str, str]
) -> Iterator[Mistake]:
    first: dict[str, str] = {}
    for channel in channels:
        if channel != (before := first.setdefault(names[channel], channel)):
            yield Mistake(
                table.top(),
                f"{before!r} and {channel!r}, both of analyte {names[channel]}",
                "one column an analyte",
                "correct `channels` in study.yaml",
            )


def _long(table: Table, assay: Results, names: dict[str, str], gathered: _Gathered) -> list[_Found]:
    samples = _samples(table, _column(table, assay.sample, "the samples", gathered), gathered)
    analyte = _column(table, assay.analyte, "the analytes", gathered)
    result = _column(table, assay.result, "the results", gathered) if assay.result else None
    read = {assay.sample, assay.analyte, assay.result}
    for name in table.header:
        if name not in read:
            gathered.ignored.append(Ignored(f"column {name}", "the assay names no such column"))
    if analyte is None or result is None:
        return []
    named = [text_of(cells[analyte]) for cells in table.rows]
    for name in assay.channels:
        if name not in named:
            gathered.mistakes.append(
                Mistake(
                    table.top(),
                    f"no row of {name!r}, declared for {assay.channels[name]}",
                    "one of: " + _some(sorted(set(named))),
                    "correct `channels` in study.yaml",
                )
            )
    gathered.mistakes += _same_analyte(
        table, [n for n in dict.fromkeys(named) if n in names], names
    )
    for name in dict.fromkeys(named):
        if name not in names:
            rows = f"{named.count(name)} row{'s' * (named.count(name) != 1)}"
            what = f"{rows} of {name}" if name else f"{rows} without an analyte"
            gathered.ignored.append(Ignored(what, "no analyte of study.yaml has this name"))
    return [
        _Found(row, result, samples[row], named[row], cells[result])
        for row, cells in enumerate(table.rows)
        if named[row] in names and row in samples
    ]


def _samples(table: Table, column: int | None, gathered: _Gathered) -> dict[int, str]:
    """The sample's name of every row that has one."""
    if column is None:
        return {}
    samples = {}
    for row, cells in enumerate(table.rows):
        cell = cells[column]
        name = text_of(cell)
        if isinstance(cell, OddCell):
            gathered.mistakes.append(
                Mistake(
                    table.where(row, column),
                    cell.words(),
                    "the sample's name as text",
                    cell.cure("format the column as text and type the name again"),
                )
            )
        elif name:
            samples[row] = name
        else:
            gathered.mistakes.append(
                Mistake(
                    table.where(row, column),
                    "a row without a sample",
                    "the sample's name",
                    "fill the cell, or remove the row",
                )
            )
    return samples


def _drop_blanks(table: Table, cells: list[_Found], gathered: _Gathered) -> list[_Found]:
    del table
    kept = []
    for found in cells:
        if isinstance(found.cell, str) and is_blank(found.cell):
            gathered.blanks.setdefault(found.channel, []).append(found.sample)
        else:
            kept.append(found)
    return kept


def _twice(table: Table, cells: list[_Found], names: dict[str, str]) -> Iterator[Mistake]:
    first: dict[tuple[str, str], int] = {}
    told: set[tuple[int, int]] = set()
    for found in cells:
        before = first.setdefault((found.sample, names[found.channel]), found.row)
        if before != found.row and (before, found.row) not in told:
            told.add((before, found.row))
            yield Mistake(
                table.where(found.row, found.column),
                f"sample {found.sample}, {found.channel}, again (first in line {table.lines[before]})",
                "each sample and analyte once",
                "rename one of the two samples, here and in the layout",
            )


def _rows(
    table: Table, cells: list[_Found], assay: Results, names: dict[str, str], gathered: _Gathered
) -> list[dict[str, object]]:
    try:
        mark = _mark(table, cells)
    except Unreadable as why:
        gathered.mistakes.append(
            Mistake(
                table.top(),
                str(why),
                "numbers that can be read in one way only",
                "remove thousands marks, or save with one decimal mark",
            )
        )
        return []
    known: dict[tuple[int, int], dict[str, object]] = {}
    for found in sorted(cells, key=lambda f: f.column):
        try:
            limit = assay.limits.get(names[found.channel], Limit())
            known[found.row, found.column] = _result(found.cell, mark, limit)
        except Unreadable as why:
            cure = _CURES.get(str(why)[:1], _CURE)
            cure = found.cell.cure(cure) if isinstance(found.cell, OddCell) else cure
            gathered.mistakes.append(
                Mistake(table.where(found.row, found.column), str(why), _EXPECTED, cure)
            )
    return [
        {"well": f.sample, "sample": f.sample, "channel": f.channel, **known[f.row, f.column]}
        for f in cells
        if (f.row, f.column) in known
    ]


def _mark(table: Table, cells: list[_Found]) -> str:
    """The decimal mark of all results together: one program wrote the whole table, with one mark.

    Between semicolons a lone 1.234 may be a thousand (decimal comma) or not: without a cell that
    tells, it is refused.
    """
    texts = [
        _bare(f.cell) for f in cells if isinstance(f.cell, str) and not isinstance(f.cell, OddCell)
    ]
    return decimal_mark(texts, doubtful=".," if table.separator == ";" else ",")


_EXPECTED = "a number, <number, >number, OOR<, OOR> or nothing"
_CURE = "correct the cell; write `<` and the limit for a result that was not detected"
_CURES = {
    "L": "declare the limit of the analyte under `limits` in study.yaml, or write it into the cell (<3.2)",
    "*": "a value beyond the standards: remove the star to accept it, or write `<` or `>` and the limit",
}


def _bare(text: str) -> str:
    match = _BOUND.match(text.strip())
    return match[2] if match else text


def _result(cell: Cell, mark: str, limit: Limit) -> dict[str, object]:
    """Value, censoring and bounds of one cell. Raises `Unreadable` for a cell that is no result."""
    if isinstance(cell, OddCell):
        raise Unreadable(cell.words())
    if isinstance(cell, str):
        text = cell.strip()
        if _BELOW.match(text):
            return _left(_declared(limit.lower, "lower", text))
        if _ABOVE.match(text):
            return _right(_declared(limit.upper, "upper", text))
        if bound := _BOUND.match(text):
            value = number(bound[2], mark=mark)
            if value <= 0:
                raise Unreadable(f"{text!r}: a limit above 0 is needed")
            return _left(value) if bound[1][0] in "<≤" else _right(value)
        if text.startswith("*"):
            raise Unreadable(f"{text}")
        cell = number(text, mark=mark)
    if limit.lower is not None and cell < limit.lower:
        return _left(limit.lower)
    if limit.upper is not None and cell > limit.upper:
        return _right(limit.upper)
    return {"value": cell, "censor": "none", "lower": None, "upper": None}


def _declared(limit: float | None, which: str, text: str) -> float:
    if limit is None:
        raise Unreadable(
            f"Limit not stated: {text!r} where the {which} limit of the analyte is not declared"
        )
    return limit


def _left(limit: float) -> dict[str, object]:
    return {"value": None, "censor": "left", "lower": None, "upper": limit}


def _right(limit: float) -> dict[str, object]:
    return {"value": None, "censor": "right", "lower": limit, "upper": None}


def _some(names: list[str]) -> str:
    return ", ".join(names[:12]) + (f", ... ({len(names)} in all)" if len(names) > 12 else "")


def _frame(
    rows: list[dict[str, object]], table: Table, request: Request, assay: Results
) -> pl.DataFrame:
    schema = READINGS.schema
    varying = ("well", "sample", "channel", "value", "censor", "lower", "upper")
    own = pl.DataFrame(
        [pl.Series(name, [row[name] for row in rows], dtype=schema[name]) for name in varying]
    )
    same = {
        "source": request.source,
        "sha256": request.sha256,
        "block": table.sheet or "table",
        "plate": request.plate,
        "kind": assay.value,
        "unit": assay.unit,
    }
    whole = own.with_columns(
        [pl.lit(cell, dtype=schema[name]).alias(name) for name, cell in same.items()]
    )
    return READINGS.complete(whole)


def _header(table: Table) -> dict[str, str]:
    facts = {
        "format": "Excel workbook" if table.sheet else "text table",
        "sheet": table.sheet,
        "rows": str(len(table.rows)),
        "columns": str(len(table.header)),
    }
    return {name: fact for name, fact in facts.items() if fact}
