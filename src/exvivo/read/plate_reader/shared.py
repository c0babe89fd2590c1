"""What the readers of plate readers share: the sheets of a file as cells, and the signals of its
wells made into READINGS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.cell import Cell, OddCell
from exvivo.read.cells.guards import describe, unzip
from exvivo.read.cells.messages import shortened
from exvivo.read.cells.sheet import Sheet, text_sheets, workbook_sheets
from exvivo.read.cells.table import Table
from exvivo.read.cells.text import Unreadable, decode, is_blank, plain_text
from exvivo.read.cells.values import NO_VALUE, CellValue, cell_value, mark_of_texts
from exvivo.read.cells.workbook import is_workbook
from exvivo.read.result import FileRead, Ignored, Request
from exvivo.study import Immunoassay
from exvivo.study.layout import plain_well
from exvivo.tables import READINGS, VENDOR

_OVERFLOW = re.compile(r"(?:#?(?:over|ovrflw|overflow|sat|saturated)|\*{3,})$", re.IGNORECASE)
_NO_READING = frozenset({"masked", "mask", "?????"})
_UNITS = (
    (re.compile(r"absorb|optical density|\bod\b", re.IGNORECASE), "OD"),
    (re.compile(r"fluoresc|\brfu\b", re.IGNORECASE), "RFU"),
    (re.compile(r"luminesc|\brlu\b", re.IGNORECASE), "RLU"),
)
_ADDRESS = re.compile(rb"""\br\s*=\s*["']\s*([A-Za-z]{1,7})([0-9]{1,10})\s*["']""")
_MOST_CELLS = 500_000
"""Cells of a sheet; a plate of 1536 wells and ten readings has 15,000."""
_LARGEST_SHEET = 16 << 20
LARGEST_PLATE = 2 << 20
"""Bytes of a text; a long table of 1536 wells and 20 analytes has as many."""
MOST_ROWS = 50_000
"""Lines of a text, or rows of a table; a plate of 1536 wells and 20 analytes has 31,000."""
_VENDOR = ("block", "row", "channel", "text")
_EXPECTED = "a number, OVER (or another word for overflow), or a blank where nothing was read"
_CURE = "correct the cell, or export the plate again"


def unit_of(texts: Iterable[str]) -> str:
    """The unit of a signal, where the words beside it name one way of reading: OD, RFU or RLU; else
    nothing.

    >>> unit_of(["Mode: Absorbance"]), unit_of(["Fluorescence Top Reading"]), unit_of(["450 nm"])
    ('OD', 'RFU', '')
    """
    words = " ; ".join(texts)
    named = [unit for pattern, unit in _UNITS if pattern.search(words)]
    return named[0] if len(named) == 1 else ""


def same_unit(one: str, other: str) -> bool:
    """Whether two concentration units are the same one, however they are written.

    >>> same_unit("ng/mL", "ng/ml"), same_unit("ug/mL", "µg/mL"), same_unit("ng/mL", "pg/mL")
    (True, True, False)
    """

    def plain(unit: str) -> str:
        return unit.replace("\u03bc", "u").replace("\u00b5", "u").replace(" ", "").lower()

    return plain(one) == plain(other)


def immunoassay(request: Request) -> Immunoassay:
    """The assay of the request, which the registry says is an immunoassay."""
    assert isinstance(request.assay, Immunoassay)
    return request.assay


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
    if not is_text(raw):
        raise ReadError(
            Mistake(
                source,
                describe(raw),
                "a csv, a text or an Excel workbook",
                "export the plate as one",
            )
        )
    return text_sheets(plain_text(raw, source), source)


def check_size(raw: bytes, source: str) -> None:
    """Refuse a text or workbook that would take more memory than a plate can need, before it is
    laid out.
    """
    if not raw.startswith(b"PK"):
        if len(raw) > LARGEST_PLATE:
            raise _too_large(
                source, f"a file of {len(raw) >> 20} MiB", f"at most {LARGEST_PLATE >> 20} MiB"
            )
        lines, cells = max(map(raw.count, b"\n\r")), max(map(raw.count, b"\t;,"))
        if not is_workbook(raw) and (lines > MOST_ROWS or cells > _MOST_CELLS):
            raise _too_large(
                source,
                f"a text of {lines:,} lines and {cells:,} cells",
                f"at most {MOST_ROWS:,} and {_MOST_CELLS:,}",
            )
        return
    for name, content in unzip(raw, source):
        addresses = set(_ADDRESS.findall(content)) if len(content) <= _LARGEST_SHEET else set()
        rows = max((int(digits) for _, digits in addresses), default=0)
        columns = max((_column(letters) for letters, _ in addresses), default=0)
        if len(content) > _LARGEST_SHEET or rows * columns > _MOST_CELLS:
            raise _too_large(
                source, f"a workbook with a large {name}", f"at most {_MOST_CELLS:,} cells a sheet"
            )


def check_rows(table: Table) -> None:
    """Refuse a long table of more rows than a plate has."""
    if len(table.rows) > MOST_ROWS:
        raise _too_large(
            table.top(), f"a table of {len(table.rows):,} rows", f"at most {MOST_ROWS:,}"
        )


def _too_large(source: str, found: str, expected: str) -> ReadError:
    return ReadError(
        Mistake(
            source,
            found,
            f"{expected}: one plate",
            "export one plate a file, without kinetics, or delete the empty rows and columns around it",
        )
    )


def holds_words(raw: bytes, words: str) -> bool:
    """Whether a workbook holds these words anywhere, as far as can be told without opening its
    sheets.
    """
    if not raw.startswith(b"PK"):
        return words.encode() in raw or words.encode("utf-16-le") in raw
    try:
        return any(
            words.encode() in content for name, content in unzip(raw, "") if name.endswith(".xml")
        )
    except ReadError:
        return False


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


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
        try:
            return not signal_of(cell, mark).words or is_overflow(cell)
        except Unreadable:
            continue
    return False


def is_overflow(cell: Cell) -> bool:
    """Whether a cell says that the signal was too high to be read, without a bound."""
    return isinstance(cell, str) and _OVERFLOW.match(cell) is not None


def nothing_read(cell: Cell) -> bool:
    """Whether a cell says that nothing was read."""
    return isinstance(cell, str) and (is_blank(cell) or cell.lower() in _NO_READING)


def signal_of(cell: Cell, mark: str) -> CellValue:
    """A cell as a signal: a number, a bound (>4.0), nothing, or `words` where it overflowed. Raises
    `Unreadable`.
    """
    if nothing_read(cell):
        return NO_VALUE
    if is_overflow(cell):
        return CellValue(words=str(cell))
    found = cell_value(cell, mark, bounds=True)
    if found.words:
        raise Unreadable(f"{found.words!r}")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One signal of a file: its address, the reading it belongs to, its well, and what else the
    file says. Numbers as cells.
    """

    where: str
    block: str
    well: str
    cell: Cell
    channel: str
    unit: str = ""
    sample: str = ""
    role: str | None = None
    nominal: Cell = ""
    dilution: Cell = ""
    beads: Cell = ""


@dataclass
class Signals:
    """What is gathered of one file. `mistakes` and `ignored` may be added to; `read` raises the
    first, or makes the tables.
    """

    request: Request
    mistakes: list[Mistake] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    _vendor: list[tuple[str, str, str, str]] = field(default_factory=list)

    def beside(self, block: str, row: str, text: str, channel: str = "") -> None:
        """A VENDOR row: what the instrument's software wrote beside its readings. A blank says
        nothing.
        """
        if text:
            self._vendor.append((block, row, channel, text))

    def read(self, header: Mapping[str, str], *, separator: str = "") -> FileRead:
        """READINGS of every position that was read, and VENDOR. Raises `ReadError` with all
        mistakes of the file.

        An overflow has no stated bound: it is no value, and it is listed with its well.
        """
        if not self.signals and not self.mistakes:
            self.mistakes.append(
                Mistake(
                    self.request.source,
                    "no signal of any well",
                    "wells with their signals",
                    "export the plate again",
                )
            )
        mark = self._mark(separator)
        self.mistakes += self._twice()
        kept = self._not_empty()
        results = self._results(kept, mark)
        own = self._frame(kept, results, mark) if not self.mistakes else pl.DataFrame()
        if self.mistakes:
            raise ReadError(self.mistakes)
        self._list_overflows(kept, results)
        named = {
            name: pl.lit(getattr(self.request, name)) for name in ("source", "sha256", "plate")
        }
        said = zip(*self._vendor, strict=True) if self._vendor else [()] * len(_VENDOR)
        vendor = pl.DataFrame(
            [pl.Series(n, c, dtype=pl.String) for n, c in zip(_VENDOR, said, strict=True)]
        )
        return FileRead(
            READINGS.complete(own.with_columns(**named)),
            tuple(self.ignored),
            dict(header),
            VENDOR.complete(vendor.with_columns(**named)),
        )

    def _mark(self, separator: str) -> str:
        cells = [c for s in self.signals for c in (s.cell, s.nominal, s.dilution, s.beads)]
        texts = dict.fromkeys(c for c in cells if isinstance(c, str) and not isinstance(c, OddCell))
        try:
            return mark_of_texts(texts, self.request.source, separator=separator)
        except ReadError as error:
            self.mistakes += error.mistakes
            return "."

    def _twice(self) -> Iterator[Mistake]:
        first: dict[tuple[str, str, str], str] = {}
        for signal in self.signals:
            key = (signal.block, plain_well(signal.well), signal.channel)
            if key in first:
                yield Mistake(
                    signal.where,
                    f"{signal.well} {signal.channel} again (first at {first[key]})",
                    "one signal of a well, reading and analyte",
                    "export one plate a file, with every reading under its own name",
                )
            first.setdefault(key, signal.where)

    def _not_empty(self) -> list[Signal]:
        """The signals of positions of the plate at which anything was read; the others are
        listed.
        """
        read = {plain_well(s.well) for s in self.signals if not nothing_read(s.cell)}
        empty = dict.fromkeys(w for s in self.signals if (w := plain_well(s.well)) not in read)
        if empty:
            self.ignored.append(
                Ignored(
                    f"{len(empty)} wells without a signal",
                    "nothing was read: " + shortened(list(empty)),
                )
            )
        if self.signals and not read:
            self.mistakes.append(
                Mistake(
                    self.request.source,
                    "wells without any signal",
                    "at least one",
                    "export the plate again",
                )
            )
        return [s for s in self.signals if plain_well(s.well) in read]

    def _results(self, kept: list[Signal], mark: str) -> list[CellValue]:
        results = []
        for signal in kept:
            try:
                results.append(signal_of(signal.cell, mark))
            except Unreadable as why:
                self.mistakes.append(Mistake(signal.where, str(why), _EXPECTED, _CURE))
                results.append(NO_VALUE)
        return results

    def _list_overflows(self, kept: list[Signal], results: list[CellValue]) -> None:
        wells: dict[str, list[str]] = {}
        for signal, result in zip(kept, results, strict=True):
            if result.words:
                wells.setdefault(signal.block, []).append(
                    f"{plain_well(signal.well)} ({result.words})"
                )
        for block, places in wells.items():
            self.ignored.append(
                Ignored(
                    f"{len(places)} signals of {block} too high to be read: {shortened(places, 96)}",
                    "the file states no bound, so no value",
                )
            )

    def _frame(self, kept: list[Signal], results: list[CellValue], mark: str) -> pl.DataFrame:
        columns: dict[str, list[object]] = {
            "block": [s.block for s in kept],
            "well": [plain_well(s.well) for s in kept],
            "sample": [s.sample or None for s in kept],
            "channel": [s.channel for s in kept],
            "kind": ["signal"] * len(kept),
            "value": [r.value for r in results],
            "censor": [r.censor for r in results],
            "lower": [r.lower for r in results],
            "upper": [r.upper for r in results],
            "unit": [s.unit for s in kept],
            "vendor_role": [s.role for s in kept],
            "vendor_nominal": [
                self._amount(s, s.nominal, mark, "an amount, 0 or more") for s in kept
            ],
            "vendor_dilution": [
                self._amount(
                    s, s.dilution, mark, "how many times the sample was diluted", least=1e-9
                )
                for s in kept
            ],
            "beads": [self._amount(s, s.beads, mark, "a count of beads") for s in kept],
        }
        schema = READINGS.schema
        return pl.DataFrame(
            [pl.Series(name, cells, dtype=schema[name]) for name, cells in columns.items()]
        )

    def _amount(
        self, signal: Signal, cell: Cell, mark: str, expected: str, *, least: float = 0.0
    ) -> float | None:
        """A number beside a signal; None where there is none."""
        try:
            found = cell_value(cell, mark)
            if found.words or (found.value is not None and found.value < least):
                raise Unreadable(f"{cell!r}")
        except Unreadable as why:
            self.mistakes.append(
                Mistake(signal.where.split(" column ")[0], str(why), expected, _CURE)
            )
            return None
        return found.value
