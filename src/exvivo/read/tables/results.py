"""A table of finished results (concentrations or MFI), wide or long, with undetected results kept
as bounds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import polars as pl

from exvivo.catalog import known_as, spelling
from exvivo.cells.cell import Cell, OddCell, text_of, typed_texts
from exvivo.cells.messages import grouped
from exvivo.cells.text import Unreadable, number
from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.table import (
    Table,
    looks_like_table,
    read_table,
    unread_columns,
    unread_sheets,
)
from exvivo.read.cells.values import CellValue, above, below, number_of, one_mark
from exvivo.read.result import FileRead, Gathered, Request
from exvivo.read.tables.open_results import (
    Beside,
    Side,
    holds_result,
    is_open,
    is_too_high,
    says_nothing,
    signal_column,
)
from exvivo.study import Limit, Results
from exvivo.tables import READINGS
from exvivo.words import counted, shortened

_BELOW = re.compile(
    r"(?:oor\s*<|<\s*(?:oor|lod|lloq|loq|min|ll)?|(?:<\s*=?|≤)\s*(?:lod|lloq|loq)"
    r"|lod|lloq|blq|bloq|below\s+(?:range|lod|lloq))$",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"(?:oor\s*>|>\s*(?:oor|uloq|max|ul)?|uloq|aloq|above\s+(?:range|uloq))$", re.IGNORECASE
)
_BOUND = re.compile(r"(<=?|>=?|≤|≥)\s*(.+)$")
_AMOUNTS = re.compile(r"[gl]\s*/\s*[mµu]?l|\bmfi\b|^[fpnuµm]m$", re.IGNORECASE)
"""Units of concentrations and of fluorescence of beads."""
_EXPECTED = "a number, <number, >number, OOR<, OOR> or nothing"
_CURE = "correct the cell; write `<` and the limit for a result that was not detected"
_TELLS = "no result; it tells on which side results lie that are left open"
_NO_ANALYTE = "no analyte of study.yaml has this name"


@dataclass(frozen=True, slots=True)
class _ResultCell:
    """One cell of results: where it stands, its sample, the name of its analyte, and the signal
    that stands beside it.
    """

    row: int
    column: int
    sample: str
    channel: str
    cell: Cell
    signal: float | None = None


def sniff(raw: bytes, suffix: str) -> bool:
    """Any workbook, and any text."""
    return looks_like_table(raw, suffix)


def read(raw: bytes, request: Request) -> FileRead:
    """One reading a sample and analyte; the well is the sample's name as the file writes it.

    `<3.2`, `OOR<` and numbers outside the limits the study declares become censored results; blanks
    are no reading and are listed. Zeros stay zeros, and logarithms logarithms (`scale`). Raises
    `ReadError` with every mistake of the table: unknown columns, cells that are no result, numbers
    whose decimal mark cannot be told, and samples that occur twice.
    """
    assay = request.assay
    assert isinstance(assay, Results)
    table = read_table(raw, request.source, sheet=assay.sheet)
    analytes = {analyte: analyte for analyte in request.analytes} | assay.channels
    results = _ResultTable(request, table=table, assay=assay, analytes=analytes)
    results.check_sheets()
    cells = results.long_cells() if assay.analyte else results.wide_cells()
    results.refuse_mistakes()
    unknown = [result for result in cells if is_open(result.cell, result.signal)]
    filled = [result for result in cells if holds_result(result.cell, result.signal)]
    results.mistakes += results.repeated([*filled, *unknown])
    values = results.values(filled)
    values |= results.sided(unknown, filled, values)
    if not values and not results.mistakes:
        results.complain(table.top(), "no result in any row", "at least one", "fill the table")
    results.refuse_mistakes()
    results.list_blanks(cells)
    kept = [result for result in cells if (result.row, result.column) in values]
    return results.file_read(results.readings(kept, values), _facts(table))


Values = dict[tuple[int, int], CellValue]
"""The value of every cell, by its row and column."""


@dataclass(kw_only=True)
class _ResultTable(Gathered):
    """The table while it is read. `analytes` are the names of analytes in the file, each with its
    id.
    """

    table: Table
    assay: Results
    analytes: Mapping[str, str]

    def check_sheets(self) -> None:
        """A sheet that a text cannot have, and the sheets that are not read."""
        if self.assay.sheet and not self.table.sheet:
            self.complain(
                self.request.source,
                f"a text table, where study.yaml names the sheet {self.assay.sheet!r}",
                "a workbook",
                f"remove `sheet` from the assay {self.assay.id}, "
                "or name the workbook as the file of the plate",
            )
        self.ignored += unread_sheets(self.table, f"the assay names sheet {self.table.sheet}")

    def wide_cells(self) -> list[_ResultCell]:
        """The results of a table with a column an analyte."""
        table = self.table
        samples = self._samples()
        columns = self._analyte_columns()
        self.mistakes += self._same_analyte(columns.values())
        beside = {
            at: self._signals(table.header, columns.values(), name) for at, name in columns.items()
        }
        read = table.places({*columns.values(), self.assay.sample})
        self.ignored += unread_columns(table, read, otherwise=_NO_ANALYTE)
        cells: list[_ResultCell] = []
        for row, sample in samples.items():
            for column, name in columns.items():
                cell, signal = table.rows[row][column], beside[column].get(row)
                cells.append(_ResultCell(row, column, sample, name, cell, signal))
        return cells

    def _analyte_columns(self) -> dict[int, str]:
        """The columns of analytes, with their names; those that are declared must be there."""
        channels, header = self.assay.channels, self.table.header
        for name, analyte in channels.items():
            self._column(name, f"declared for {analyte}")
        names = set(self.analytes) - {self.assay.sample}
        columns = {at: name for at, name in enumerate(header) if name in names}
        if not columns and not self.mistakes:
            self._column(next(iter(self.analytes), "of an analyte"), "an analyte of study.yaml")
        return columns

    def long_cells(self) -> list[_ResultCell]:
        """The results of a table with a row a sample and analyte."""
        table, assay = self.table, self.assay
        samples = self._samples()
        analyte = self._column(assay.analyte, "the analytes")
        result = self._column(assay.result, "the results") if assay.result else None
        own = (assay.sample, assay.analyte, assay.result)
        signals = signal_column(table.header, own)
        for column, name in enumerate(table.header):
            if name not in own:
                why = "the assay names no such column"
                self.ignore(f"column {name}", _TELLS if column == signals else why)
        if analyte is None or result is None:
            return []
        names = list(map(text_of, table.column(analyte)))
        self._check_names(Counter(names))
        beside = self._signals(table.header, own)
        return [
            _ResultCell(row, result, sample, names[row], table.rows[row][result], beside.get(row))
            for row, sample in samples.items()
            if names[row] in self.analytes
        ]

    def _check_names(self, rows: Counter[str]) -> None:
        """The names of analytes in a long table, with their rows: those that are declared and not
        there, and those that no analyte has.
        """
        for name, analyte in self.assay.channels.items():
            if name not in rows:
                self.complain(
                    self.table.top(),
                    f"no row of {name!r}, declared for {analyte}"
                    f"{spelling.did_you_mean(name, rows, known_as)}",
                    spelling.one_of(sorted(rows), name),
                    "correct `channels` in study.yaml",
                )
        self.mistakes += self._same_analyte(name for name in rows if name in self.analytes)
        for name, count in rows.items():
            if name not in self.analytes:
                of_name = f"of {name}" if name else "without an analyte"
                self.ignore(f"{count} row{'s' * (count != 1)} {of_name}", _NO_ANALYTE)

    def _same_analyte(self, names: Iterable[str]) -> Iterator[Mistake]:
        first: dict[str, str] = {}
        for name in names:
            before = first.setdefault(self.analytes[name], name)
            if name != before:
                yield Mistake(
                    self.table.top(),
                    f"{before!r} and {name!r}, both of analyte {self.analytes[name]}",
                    "one column an analyte",
                    "correct `channels` in study.yaml",
                )

    def _signals(
        self, names: Sequence[str], own: Iterable[str], analyte: str = ""
    ) -> dict[int, float]:
        """The signal beside the result of each row, where a column of signals stands there."""
        column = signal_column(names, own, of=analyte)
        cells = [] if column is None else list(self.table.column(column))
        signals: dict[int, float] = {}
        with suppress(ReadError):
            mark = one_mark(typed_texts(cells), self.table.top(), separator=self.table.separator)
            for row, cell in enumerate(cells):
                with suppress(Unreadable):
                    signals[row] = number_of(cell, mark)
        return signals

    def _column(self, name: str, what: str) -> int | None:
        """The column of a name; None, and a mistake, where there is none."""
        table = self.table
        if name in table.header:
            return table.header.index(name)
        deeper = (
            f"line {line} seems to be the header: remove the lines above it"
            for line, row in zip(table.lines, table.rows, strict=True)
            if name in _pieces(row)
        )
        self.complain(
            table.top(),
            f"no column {name!r} ({what}){spelling.did_you_mean(name, table.header)}",
            f"a column of the table, {spelling.one_of(filter(None, table.header), name)}",
            next(deeper, "correct the name in study.yaml, or in the file"),
        )
        return None

    def _samples(self) -> dict[int, str]:
        """The sample's name of every row that has one."""
        column = self._column(self.assay.sample, "the samples")
        samples: dict[int, str] = {}
        for row, cell in enumerate(() if column is None else self.table.column(column)):
            where = self.table.where(row, column or 0)
            if isinstance(cell, OddCell):
                cure = cell.cure("format the column as text and type the name again")
                self.complain(where, cell.words(), "the sample's name as text", cure)
            elif name := text_of(cell):
                samples[row] = name
            else:
                self.complain(
                    where,
                    "a row without a sample",
                    "the sample's name",
                    "fill the cell, or remove the row",
                )
        return samples

    def list_blanks(self, cells: Iterable[_ResultCell]) -> None:
        """The samples that have no result of an analyte."""
        blanks = grouped(
            (cell.channel, cell.sample) for cell in cells if says_nothing(cell.cell, cell.signal)
        )
        for channel, samples in blanks.items():
            listed = shortened(samples)
            self.ignore(f"blank results of {channel}: {listed}", "nothing was measured")

    def repeated(self, cells: Iterable[_ResultCell]) -> Iterator[Mistake]:
        """Samples that have an analyte twice; of two rows, the first analyte is named."""
        first: dict[tuple[str, str], int] = {}
        pairs: set[tuple[int, int]] = set()
        for result in cells:
            before = first.setdefault((result.sample, self.analytes[result.channel]), result.row)
            if before != result.row and (before, result.row) not in pairs:
                pairs.add((before, result.row))
                first_line = f"(first in line {self.table.lines[before]})"
                yield Mistake(
                    self.table.where(result.row, result.column),
                    f"sample {result.sample}, {result.channel}, again {first_line}",
                    "each sample and analyte once",
                    "rename one of the two samples, here and in the layout",
                )

    def values(self, cells: list[_ResultCell]) -> Values:
        """The value of every cell that is a result; the others are mistakes, column by column.

        One program wrote the whole table, with one decimal mark.
        """
        texts = (_without_sign(text) for text in typed_texts(result.cell for result in cells))
        try:
            mark = one_mark(texts, self.table.top(), separator=self.table.separator)
        except ReadError as error:
            self.mistakes += error.mistakes
            return {}
        values: Values = {}
        logged = self.assay.logged
        for result in sorted(cells, key=lambda result: result.column):
            limit = self.assay.limits.get(self.analytes[result.channel], Limit())
            where = self.table.where(result.row, result.column)
            try:
                values[result.row, result.column] = _value(result.cell, mark, limit, logged)
            except Unreadable as why:
                self.complain(where, str(why), _EXPECTED, _cure(result.cell, why))
        return values

    def sided(
        self, unknown: Sequence[_ResultCell], filled: Sequence[_ResultCell], values: Values
    ) -> Values:
        """The bounds of the cells that hold no result although something was measured; a mistake
        that asks for each analyte of which some stay open.
        """
        known: dict[str, Beside] = {}
        for result in filled:
            if value := values.get((result.row, result.column)):
                known.setdefault(result.channel, Beside()).add(value, result.signal)
        sided: Values = {}
        asked: dict[str, list[_ResultCell]] = {}
        for result in unknown:
            bound = self._sided(result, known.get(result.channel, Beside()))
            if bound:
                sided[result.row, result.column] = bound
            elif self._is_amount or is_too_high(result.cell) or result.signal is not None:
                asked.setdefault(result.channel, []).append(result)
        for channel, cells in asked.items():
            self._ask(channel, cells)
        return sided

    @property
    def _is_amount(self) -> bool:
        """Whether the table holds concentrations or signals: NaN is no absence there."""
        return bool(_AMOUNTS.search(self.assay.unit))

    def _sided(self, result: _ResultCell, known: Beside) -> CellValue | None:
        """The bound of one such cell, where its words or its signal tell the side."""
        side = known.side(result.signal) if result.signal is not None else None
        if is_too_high(result.cell):
            side = "right"
        limit = self.assay.limits.get(self.analytes[result.channel], Limit())
        stated: dict[Side, float | None] = {"left": limit.lower, "right": limit.upper}
        return None if side is None else known.bounded(side, stated)

    def _ask(self, channel: str, cells: Sequence[_ResultCell]) -> None:
        first = cells[0]
        beside = " beside a signal" if first.signal is not None else ""
        said = f"{text_of(first.cell)!r}" if text_of(first.cell) else "nothing"
        names = shortened([cell.sample for cell in cells])
        self.complain(
            self.table.where(first.row, first.column),
            f"{said}{beside} for {channel} of {counted(len(cells), 'sample')}: {names}",
            "a number, or the side on which the result lies: those without one are often the "
            "highest",
            "write `>` or `<` and the limit into the cells; `missing` where nothing was measured",
        )

    def readings(self, cells: list[_ResultCell], values: Values) -> pl.DataFrame:
        """The results as columns of READINGS."""
        samples = [result.sample for result in cells]
        columns: dict[str, list[object]] = {
            "well": [*samples],
            "sample": [*samples],
            "channel": [result.channel for result in cells],
        }
        ordered = [values[result.row, result.column] for result in cells]
        for name in ("value", "censor", "lower", "upper"):
            columns[name] = [getattr(value, name) for value in ordered]
        own = pl.DataFrame(columns, schema={name: READINGS.schema[name] for name in columns})
        return own.with_columns(
            block=pl.lit(self.table.sheet or "table"),
            kind=pl.lit(self.assay.value),
            unit=pl.lit(self.assay.table_unit),
        )


def _pieces(row: Sequence[Cell]) -> list[str]:
    """The cells of a row; what the separator of another line left in one cell comes apart."""
    cells = list(map(text_of, row))
    if len(cells) > 1:
        return cells
    return [piece.strip() for piece in re.split("[,;\t]", cells[0])]


def _cure(cell: Cell, why: Unreadable) -> str:
    cure = why.cure or _CURE
    return cell.cure(cure) if isinstance(cell, OddCell) else cure


def _without_sign(text: str) -> str:
    """The number of a bound, for its decimal mark."""
    match = _BOUND.match(text.strip())
    return match[2] if match else text


def _value(cell: Cell, mark: str, limit: Limit, logged: bool) -> CellValue:
    """Value, censoring and bounds of one cell. Raises `Unreadable` for a cell that is no result."""
    if isinstance(cell, OddCell):
        raise Unreadable(cell.words())
    if isinstance(cell, str):
        text = cell.strip()
        bound = _bound(text, mark, limit, logged)
        if bound:
            return bound
        cell = number(text, mark=mark)
    if limit.lower is not None and cell < limit.lower:
        return below(limit.lower)
    if limit.upper is not None and cell > limit.upper:
        return above(limit.upper)
    return CellValue(cell)


def _bound(text: str, mark: str, limit: Limit, logged: bool) -> CellValue | None:
    """The bound that a text states, by a number or by the limit of the analyte; None for none. Only
    the logarithm of a limit (`logged`) may be 0 or less.
    """
    if _BELOW.match(text):
        return below(_declared(limit.lower, "lower", text))
    if _ABOVE.match(text):
        return above(_declared(limit.upper, "upper", text))
    if text.startswith("*"):
        raise Unreadable(
            text,
            "a value beyond the standards: remove the star to accept it, "
            "or write `<` or `>` and the limit",
        )
    stated = _BOUND.match(text)
    if stated is None:
        return None
    value = number(stated[2], mark=mark)
    if value <= 0 and not logged:
        raise Unreadable(f"{text!r}: a limit above 0 is needed")
    return below(value) if stated[1][0] in "<≤" else above(value)


def _declared(limit: float | None, which: str, text: str) -> float:
    if limit is None:
        raise Unreadable(
            f"Limit not stated: {text!r} where the {which} limit of the analyte is not declared",
            "declare the limit of the analyte under `limits` in study.yaml, "
            "or write it into the cell (<3.2)",
        )
    return limit


def _facts(table: Table) -> dict[str, str]:
    facts = {
        "format": "Excel workbook" if table.sheet else "text table",
        "sheet": table.sheet,
        "rows": str(len(table.rows)),
        "columns": str(len(table.header)),
    }
    return {name: fact for name, fact in facts.items() if fact}
