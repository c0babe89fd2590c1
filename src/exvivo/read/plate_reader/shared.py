"""What the readers of plate readers share: how large a file may be, cells as signals, and the
signals of its wells made into READINGS.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain

import polars as pl

from exvivo.cells.cell import Cell, OddCell, filled_texts, typed_texts
from exvivo.cells.guards import describe, extent, unzip
from exvivo.cells.messages import grouped, read_error
from exvivo.cells.sheet import Sheet, text_sheets, workbook_sheets
from exvivo.cells.text import Unreadable, decode, is_blank, plain_text
from exvivo.cells.workbook import is_workbook
from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.table import Table
from exvivo.read.cells.values import NO_VALUE, CellValue, cell_value, mark_of_texts
from exvivo.read.plate_reader.overflow import (
    UNKNOWN,
    is_overflow,
    is_underflow,
    no_number,
    with_bounds,
)
from exvivo.read.result import FileRead, Gathered, Request
from exvivo.study import Immunoassay
from exvivo.study.layout import plain_well
from exvivo.tables import READINGS
from exvivo.words import shortened

PLATES = ((4, 6), (6, 8), (8, 12), (16, 24), (32, 48))
"""Rows and columns of the plates there are."""
LETTERS = tuple(chr(65 + n) for n in range(26)) + tuple("A" + chr(65 + n) for n in range(6))
"""The rows of a plate."""
LARGEST_PLATE = 2 << 20
"""Bytes of a text; a long table of 1536 wells and 20 analytes has as many."""
MOST_ROWS = 50_000
"""Lines of a text, or rows of a table; a plate of 1536 wells and 20 analytes has 31,000."""
LONGEST_FACT = 300
"""Characters of a fact that are kept."""

_HIDDEN = "range?"
"""What SoftMax Pro shows in place of a number outside the limits of its data reduction."""
_NO_READING = frozenset({"missing", "masked", "mask", "missed", "?????"})
_LEFT_OUT = re.compile(r"\*[^*]+\*$")
"""A number that the reader's program shows between asterisks: its user masked the well."""
_UNITS = (
    (re.compile(r"absorb|optical density|\bod\b", re.IGNORECASE), "OD"),
    (re.compile(r"fluoresc|\brfu\b", re.IGNORECASE), "RFU"),
    (re.compile(r"luminesc|\brlu\b", re.IGNORECASE), "RLU"),
)
_MICRO_SIGNS = str.maketrans({"\u03bc": "u", "\u00b5": "u", " ": None})
_MOST_CELLS = 500_000
"""Cells of a sheet; a plate of 1536 wells and ten readings has 15,000."""
_LARGEST_SHEET = 16 << 20
_SHOWN_OVERFLOWS = 96
_EXPECTED = "a number, OVER (or another word for overflow), or a blank where nothing was read"
_CURE = "correct the cell, or export the plate again"
_UNHIDE = (
    "remove the limits of the data reduction in the program and export the plate again, or write "
    "the limit with its side (>4.0) into the cell"
)


def unit_of(texts: Iterable[str]) -> str:
    """The unit of a signal, where the words beside it name one way of reading: OD, RFU or RLU; else
    nothing.

    >>> unit_of(["Mode: Absorbance"]), unit_of(["Fluorescence Top Reading"]), unit_of(["450 nm"])
    ('OD', 'RFU', '')
    """
    words = " ; ".join(texts)
    named = [unit for pattern, unit in _UNITS if pattern.search(words)]
    return named[0] if len(named) == 1 else ""


def same_unit(first: str, second: str) -> bool:
    """Whether two concentration units are the same one, however they are written.

    >>> same_unit("ng/mL", "ng/ml"), same_unit("ug/mL", "µg/mL"), same_unit("ng/mL", "pg/mL")
    (True, True, False)
    """
    return first.translate(_MICRO_SIGNS).lower() == second.translate(_MICRO_SIGNS).lower()


def immunoassay(request: Request) -> Immunoassay:
    """The assay of the request, which the registry says is an immunoassay."""
    assert isinstance(request.assay, Immunoassay)
    return request.assay


def plate_of_run(names: Iterable[str], request: Request) -> str:
    """Which of the plates of a file is read: the one that `run` names, or the only one. Raises
    `ReadError` where none or several remain.
    """
    plates = list(dict.fromkeys(names))
    wanted = [plate for plate in plates if request.run in ("", plate)]
    if len(wanted) == 1:
        return wanted[0]
    unknown = bool(request.run) and not wanted
    raise read_error(
        request.source,
        f"no plate {request.run!r}" if unknown else f"{len(wanted)} plates with results",
        f"one of its plates: {', '.join(plates) or 'none'}",
        f'name it in study.yaml: `run: "1"` of plate {request.plate}, or export plates apart',
    )


def is_text(raw: bytes) -> bool:
    """Whether a file is text; one that begins with the corner `<>` of a matrix is no XML."""
    return describe(raw[:4096]) == "text" or decode(raw[:8]).lstrip('\ufeff"').startswith("<>")


def sheets_of(raw: bytes, source: str) -> list[Sheet]:
    """The sheets of a workbook; of a text, the one sheet it would be with each separator it may
    have: tab, `;` and `,`.

    Formulas without a value and errors of a workbook are odd cells, no blanks. Raises `ReadError`
    for a damaged file, one that is neither, and a sheet of more cells than any plate needs.
    """
    check_size(raw, source)
    if is_workbook(raw):
        return workbook_sheets(raw, source)
    return text_sheets(_text_of_plate(raw, source), source)


def _text_of_plate(raw: bytes, source: str) -> str:
    if not is_text(raw):
        raise read_error(
            source,
            describe(raw),
            "a csv, a text or an Excel workbook",
            "export the plate as one",
        )
    return plain_text(raw, source)


def check_size(raw: bytes, source: str) -> None:
    """Refuse a text or workbook that would take more memory than a plate can need, before it is
    laid out.
    """
    if raw.startswith(b"PK"):
        for name, content in unzip(raw, source):
            if len(content) > _LARGEST_SHEET or _most_cells(content) > _MOST_CELLS:
                raise _too_large(
                    source,
                    f"a workbook with a large {name}",
                    f"at most {_MOST_CELLS:,} cells a sheet",
                )
    elif len(raw) > LARGEST_PLATE:
        raise _too_large(
            source, f"a file of {len(raw) >> 20} MiB", f"at most {LARGEST_PLATE >> 20} MiB"
        )
    elif not is_workbook(raw):
        lines, cells = max(map(raw.count, b"\n\r")), max(map(raw.count, b"\t;,"))
        if lines > MOST_ROWS or cells > _MOST_CELLS:
            raise _too_large(
                source,
                f"a text of {lines:,} lines and {cells:,} cells",
                f"at most {MOST_ROWS:,} and {_MOST_CELLS:,}",
            )


def _most_cells(content: bytes) -> int:
    rows, columns = extent(content)
    return rows * columns


def check_rows(table: Table) -> None:
    """Refuse a long table of more rows than a plate has."""
    if len(table.rows) > MOST_ROWS:
        raise _too_large(
            table.top(), f"a table of {len(table.rows):,} rows", f"at most {MOST_ROWS:,}"
        )


def _too_large(source: str, size: str, most: str) -> ReadError:
    return read_error(
        source,
        size,
        f"{most}: one plate",
        "export one plate a file, without kinetics, or delete the empty rows and columns around it",
    )


def number_like(cell: Cell) -> bool:
    """Whether a cell may be a signal: a number under either decimal mark, or a word for overflow.

    >>> number_like("0,123"), number_like("OVER"), number_like("A")
    (True, True, False)
    """
    if not isinstance(cell, str):
        return True
    if isinstance(cell, OddCell):
        return False
    for mark in ".,":
        with suppress(Unreadable):
            signal_of(cell, mark)
            return True
    return False


def nothing_read(cell: Cell) -> bool:
    """Whether a cell says that nothing was read."""
    if not isinstance(cell, str):
        return False
    return is_blank(cell) or cell.lower() in _NO_READING or is_left_out(cell)


def is_left_out(cell: Cell) -> bool:
    """Whether a cell shows a number between asterisks: the program's user masked the well."""
    return isinstance(cell, str) and _LEFT_OUT.match(cell) is not None


def says_something(cell: Cell) -> bool:
    """Whether a cell says that something was read, be it no number (NaN)."""
    return no_number(cell) or not nothing_read(cell)


def signal_of(cell: Cell, mark: str) -> CellValue:
    """A cell as a signal: a number, a bound (>4.0), nothing, or `words` where it was too high or
    too low to be read. Raises `Unreadable`.
    """
    if nothing_read(cell):
        return NO_VALUE
    if is_overflow(cell) or is_underflow(cell):
        return CellValue(words=str(cell))
    signal = cell_value(cell, mark, bounds=True)
    if signal.words:
        raise Unreadable(repr(signal.words))
    return signal


@dataclass(frozen=True, slots=True)
class WellFacts:
    """What a file says of a well beside its signals: sample, role, and as cells the nominal amount,
    the dilution and the count of beads.
    """

    sample: str = ""
    role: str | None = None
    nominal: Cell = ""
    dilution: Cell = ""
    beads: Cell = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One signal of a file: its address, the reading it belongs to (`block`), its well, and what
    else the file says of the well.
    """

    where: str
    block: str
    well: str
    cell: Cell
    channel: str
    unit: str = ""
    facts: WellFacts = field(default_factory=WellFacts)

    @property
    def numbers(self) -> tuple[Cell, ...]:
        """Its cells that hold numbers."""
        return self.cell, self.facts.nominal, self.facts.dilution, self.facts.beads

    @property
    def position(self) -> str:
        """The well as the house writes it (A1, not A01)."""
        return plain_well(self.well)


def _side(words: str) -> str:
    return "low" if is_underflow(words) else "high"


_Amount = tuple[str, float]
"""What a number beside a signal must be, in words, and its least value."""
_NOMINAL: _Amount = ("an amount, 0 or more", 0.0)
_DILUTION: _Amount = ("how many times the sample was diluted", 1e-9)
_BEADS: _Amount = ("a count of beads", 0.0)


@dataclass
class Signals(Gathered):
    """What is gathered of one file. `read` raises its mistakes, or makes the tables."""

    signals: list[Signal] = field(default_factory=list)

    def takes_sheet(self, name: str) -> bool:
        """Whether the assay names this sheet, or none; a sheet that is not taken is listed."""
        wanted = immunoassay(self.request).sheet
        if wanted not in ("", name):
            self.ignore(f"sheet {name}", f"the assay names sheet {wanted}")
        return wanted in ("", name)

    def has_sheet(self, names: Sequence[str]) -> bool:
        """Whether the sheet that the assay names is one of these; a mistake where it is not."""
        wanted = immunoassay(self.request).sheet
        if wanted in ("", *names):
            return True
        of_text = f"a text, where study.yaml names the sheet {wanted!r}"
        self.complain(
            self.request.source,
            f"no sheet {wanted!r}" if any(names) else of_text,
            "one of its sheets: " + (", ".join(names) or "none"),
            "correct `sheet` of the assay in study.yaml",
        )
        return False

    def keep_lines(self, sheet: Sheet, taken: Container[int], people: Sequence[str]) -> None:
        """The lines of a sheet that are no part of a table, as they stand; those that begin with
        what may name a person (`people`, in lower case) are listed.
        """
        block = sheet.name or "lines beside the results"
        for at, cells in enumerate(sheet.rows):
            words = [] if at in taken else filled_texts(cells)
            if words and any(person in words[0].lower() for person in people):
                self.ignore(f"line {words[0].partition(':')[0]}", "may name a person")
            elif words:
                self.beside(block, f"line {sheet.lines[at]}", ", ".join(words)[:LONGEST_FACT])

    def read(self, header: Mapping[str, str], *, separator: str = "") -> FileRead:
        """READINGS of every position that was read, and VENDOR. Raises `ReadError` with all
        mistakes of the file.

        A signal too high or too low to be read lies beyond all that was read of its block and
        channel; it is listed with its well.
        """
        if not self.signals and not self.mistakes:
            self.complain(
                self.request.source,
                "no signal of any well",
                "wells with their signals",
                "export the plate again",
            )
        mark = self._decimal_mark(separator)
        self.mistakes += self._repeated_signals()
        signals = self._signals_of_read_wells()
        values = with_bounds(
            [self._value(signal, mark) for signal in signals],
            [(signal.block, signal.channel) for signal in signals],
        )
        # mistakes of signals come without those of the amounts beside them
        readings = self._readings(signals, values, mark) if not self.mistakes else pl.DataFrame()
        self.refuse_mistakes()
        self._list_overflows(signals, values)
        self._list_masked()
        self._list_without_number(signals)
        return self.file_read(readings, header)

    def _decimal_mark(self, separator: str) -> str:
        cells = chain.from_iterable(signal.numbers for signal in self.signals)
        try:
            return mark_of_texts(typed_texts(cells), self.request.source, separator=separator)
        except ReadError as error:
            self.mistakes += error.mistakes
            return "."

    def _repeated_signals(self) -> Iterator[Mistake]:
        first: dict[tuple[str, str, str], str] = {}
        for signal in self.signals:
            key = (signal.block, signal.position, signal.channel)
            if key in first:
                yield Mistake(
                    signal.where,
                    f"{signal.well} {signal.channel} again (first at {first[key]})",
                    "one signal of a well, reading and analyte",
                    "export one plate a file, with every reading under its own name",
                )
            first.setdefault(key, signal.where)

    def _signals_of_read_wells(self) -> list[Signal]:
        """The signals of positions of the plate at which anything was read; the others are
        listed.
        """
        read = {signal.position for signal in self.signals if says_something(signal.cell)}
        positions = dict.fromkeys(signal.position for signal in self.signals)
        empty = [position for position in positions if position not in read]
        if empty:
            self.ignore(
                f"{len(empty)} wells without a signal", "nothing was read: " + shortened(empty)
            )
        if self.signals and not read:
            self.complain(
                self.request.source,
                "wells without any signal",
                "at least one",
                "export the plate again",
            )
        return [signal for signal in self.signals if signal.position in read]

    def _value(self, signal: Signal, mark: str) -> CellValue:
        if no_number(signal.cell):
            return UNKNOWN
        try:
            return signal_of(signal.cell, mark)
        except Unreadable as why:
            hidden = isinstance(signal.cell, str) and signal.cell.lower() == _HIDDEN
            self.complain(signal.where, str(why), _EXPECTED, _UNHIDE if hidden else _CURE)
            return NO_VALUE

    def _list_overflows(self, signals: Sequence[Signal], values: Sequence[CellValue]) -> None:
        overflows = grouped(
            (f"{signal.block} too {_side(value.words)}", f"{signal.position} ({value.words})")
            for signal, value in zip(signals, values, strict=True)
            if value.words
        )
        for beyond, places in overflows.items():
            listed = shortened(places, _SHOWN_OVERFLOWS)
            self.ignore(
                f"{len(places)} signals of {beyond} to be read: {listed}",
                "no value: taken as beyond all that was read there",
            )

    def _list_without_number(self, signals: Sequence[Signal]) -> None:
        places = [
            f"{signal.position} of {signal.block}" for signal in signals if no_number(signal.cell)
        ]
        if places:
            self.ignore(
                f"{len(places)} signals that are no number (NaN): {shortened(places)}",
                "something was read: of samples, another reading tells the side, or it is asked",
            )

    def _list_masked(self) -> None:
        masked = [f"{s.position} ({s.cell})" for s in self.signals if is_left_out(s.cell)]
        if masked:
            self.ignore(
                f"{len(masked)} signals masked in the reader's program: {shortened(masked)}",
                "its user left these wells out",
            )

    def _readings(
        self, signals: Sequence[Signal], values: Sequence[CellValue], mark: str
    ) -> pl.DataFrame:
        columns: dict[str, list[object]] = {
            "block": [signal.block for signal in signals],
            "well": [signal.position for signal in signals],
            "sample": [signal.facts.sample or None for signal in signals],
            "channel": [signal.channel for signal in signals],
            "kind": ["signal"] * len(signals),
            "unit": [signal.unit for signal in signals],
            "vendor_role": [signal.facts.role for signal in signals],
        }
        for name in ("value", "censor", "lower", "upper"):
            columns[name] = [getattr(value, name) for value in values]
        amounts = {"vendor_nominal": _NOMINAL, "vendor_dilution": _DILUTION, "beads": _BEADS}
        for name, amount in amounts.items():
            fact = name.removeprefix("vendor_")
            columns[name] = [
                self._amount(signal, getattr(signal.facts, fact), mark, amount)
                for signal in signals
            ]
        return pl.DataFrame(columns, schema={name: READINGS.schema[name] for name in columns})

    def _amount(self, signal: Signal, cell: Cell, mark: str, amount: _Amount) -> float | None:
        """A number beside a signal; None where there is none."""
        expected, least = amount
        try:
            number = cell_value(cell, mark)
            if number.words or (number.value is not None and number.value < least):
                raise Unreadable(f"{cell!r}")
        except Unreadable as why:
            self.complain(signal.where.split(" column ")[0], str(why), expected, _CURE)
            return None
        return number.value
