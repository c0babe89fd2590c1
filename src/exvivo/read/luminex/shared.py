"""What the files of Luminex instruments share: cells as numbers, bounds or nothing, the vendor's
own names, and their tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import polars as pl

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.found_tables import number_of
from exvivo.read.cells.text import Unreadable, decimal_mark, decode, is_blank
from exvivo.read.cells.workbook_cells import Cell
from exvivo.read.qpcr.shared import some
from exvivo.read.result import FileRead, Ignored, Request
from exvivo.tables import READINGS, VENDOR

_PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?$")
_DIGIT = re.compile(r"[0-9]")
LARGEST_TEXT = 3 << 20
"""Bytes of a text: 384 wells by 80 analytes take 2.3 MB with all their blocks, 50,000 beads 2.2
MB.
"""
_LARGEST = 1e15
_VENDOR = ("block", "row", "channel", "text")
_ROLES = (
    ("standard", "standard"),
    ("background", "blank"),
    ("control", "qc"),
    ("unknown", "sample"),
)
_NUMBERED = re.compile(r"([A-Za-z]+)([0-9]{1,4})$")
_FEWEST = 4
"""Standards from which one that leaves the order of the others is told from a series without
order.
"""
_MOST = 100
MOST_MISTAKES = 1000
"""Mistakes of one kind after which a file is not looked through further."""


def text_of_file(raw: bytes, source: str) -> str:
    """The text of an export. Raises `ReadError` for binary files, and for text larger than any
    plate or well is written.
    """
    if len(raw) > LARGEST_TEXT:
        raise ReadError(
            Mistake(
                source,
                f"a text of {len(raw) >> 20} MiB",
                f"at most {LARGEST_TEXT >> 20} MiB: one plate, or the beads of one well",
                "export one batch (or one well) a file",
            )
        )
    text = decode(raw)
    if "\x00" in text:
        raise ReadError(Mistake(source, "a binary file", "a csv export", "export it again as csv"))
    return text


@dataclass(frozen=True, slots=True)
class Result:
    """What a cell says: a value, a bound with its censoring, or nothing. `words` is text that is
    none of these.
    """

    value: float | None = None
    censor: str = "none"
    lower: float | None = None
    upper: float | None = None
    words: str = ""

    def times(self, factor: float) -> Result:
        """The same bound, of a sample `factor` times as concentrated."""
        lower = None if self.lower is None else self.lower * factor
        return Result(
            self.value,
            self.censor,
            lower,
            None if self.upper is None else self.upper * factor,
            self.words,
        )


NOTHING = Result()


def result_of(cell: Cell, mark: str, *, bounds: bool = False) -> Result:
    """A cell as a result. Blank cells, NaN and words without a digit are no value; `<3` and `>3`
    are bounds where allowed.

    Raises `Unreadable` for text with digits that is no number, and for numbers out of any range.

    >>> result_of("2.5", ".").value, result_of("< 3", ".", bounds=True).upper, result_of("No data", ".").words
    (2.5, 3.0, 'No data')
    """
    if type(cell) is str and not (mark == "." and _PLAIN.match(cell)):
        if is_blank(cell):
            return NOTHING
        if not _DIGIT.search(cell):
            return Result(words=cell)
        if bounds and cell[0] in "<>":
            bound = _number(cell[1:].strip(), mark)
            if bound < 0:
                raise Unreadable(f"{cell!r}")
            return (
                Result(censor="left", upper=bound)
                if cell[0] == "<"
                else Result(censor="right", lower=bound)
            )
    return Result(_number(cell, mark))


def _number(cell: Cell, mark: str) -> float:
    plain = type(cell) is str and mark == "." and _PLAIN.match(cell)
    value = float(cell) if plain else number_of(cell, mark)
    if not abs(value) <= _LARGEST:
        raise Unreadable(f"{cell!r}")
    return value + 0.0  # no -0.0: a median of nothing is not a negative zero


def results_of(
    cells: Iterable[Cell], mark: str, *, bounds: bool = False
) -> dict[Cell, Result | Unreadable]:
    """Every different cell as a result, or why it cannot be read."""
    found: dict[Cell, Result | Unreadable] = {}
    for cell in set(cells):
        try:
            found[cell] = result_of(cell, mark, bounds=bounds)
        except Unreadable as why:
            found[cell] = why
    return found


def mark_of_texts(texts: Iterable[str], source: str, *, separator: str = ",") -> str:
    """The decimal mark of a file's numbers. Raises `ReadError` where they do not tell, or
    contradict one another.

    A number like 1,234 is asked about; between semicolons, where decimal commas are usual, so is
    1.234.
    """
    bare = {text.lstrip("<>*~ ") for text in texts}
    if not any("," in text for text in bare) and separator != ";":
        return "."
    try:
        return decimal_mark(sorted(bare), doubtful=".," if separator == ";" else ",")
    except Unreadable as why:
        raise ReadError(
            Mistake(
                source,
                str(why),
                "numbers that can be read in one way only, with one decimal mark in the whole file",
                "remove the thousands marks, or export with one decimal mark",
            )
        ) from None


def role_of(name: str) -> str | None:
    """The role a sample's name states, where it is exactly one the vendor's software gives by
    itself; else none.

    >>> role_of("Standard3"), role_of("Background0"), role_of("Control 1"), role_of("Standard")
    ('standard', 'blank', None, None)
    """
    numbered = _NUMBERED.match(name)
    return dict(_ROLES).get(numbered[1].lower()) if numbered else None


def out_of_order(amounts: Mapping[str, float]) -> list[str]:
    """The standards of a series, numbered by name, whose amounts leave its order (rising or
    falling).

    None where the series has no order to leave. A spreadsheet that takes the decimal mark of
    215.625 for one of thousands writes 215625 between 431.25 and 107.8125: such an amount must not
    pass for the truth.
    """
    names = [name for name in sorted(amounts, key=_place) if amounts[name] > 0]
    if not _FEWEST <= len(names) <= _MOST:
        return []
    falling = _longest([-amounts[name] for name in names])
    rising = _longest([amounts[name] for name in names])
    kept = set(falling if len(falling) >= len(rising) else rising)
    outside = [name for place, name in enumerate(names) if place not in kept]
    return outside if len(outside) * _FEWEST <= len(names) else []


def _place(name: str) -> tuple[str, int]:
    numbered = _NUMBERED.match(name)
    return (numbered[1], int(numbered[2])) if numbered else (name, 0)


def _longest(values: Sequence[float]) -> list[int]:
    """The places of the longest run of values that never fall."""
    best: list[list[int]] = []
    for place, value in enumerate(values):
        before = [run for run in best if values[run[-1]] <= value]
        longest = max(before, key=len) if before else []
        best.append([*longest, place])
    return max(best, key=len)


@dataclass
class Gathered:
    """What a Luminex reader gathers of one file. `mistakes` may be added to; `read` raises them
    all, or makes the tables.
    """

    request: Request
    mistakes: list[Mistake] = field(default_factory=list)
    readings: list[pl.DataFrame] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    _vendor: list[tuple[str, str, str, str]] = field(default_factory=list)

    def beside(self, block: str, row: str, channel: str, text: str) -> None:
        """A VENDOR row: what the instrument's software wrote beside its readings. A blank says
        nothing.
        """
        if text:
            self._vendor.append((block, row, channel, text))

    def add(self, results: Sequence[Result], **columns: Sequence[object] | str) -> None:
        """Readings column by column: results, and columns of READINGS; a text is the same in every
        row.
        """
        schema = READINGS.schema
        own = [
            pl.Series("value", [result.value for result in results], dtype=pl.Float64),
            pl.Series("censor", [result.censor for result in results], dtype=pl.String),
            pl.Series("lower", [result.lower for result in results], dtype=pl.Float64),
            pl.Series("upper", [result.upper for result in results], dtype=pl.Float64),
        ]
        own += [
            pl.Series(n, cells, dtype=schema[n])
            for n, cells in columns.items()
            if not isinstance(cells, str)
        ]
        texts = {name: pl.lit(text) for name, text in columns.items() if isinstance(text, str)}
        self.readings.append(pl.DataFrame(own).with_columns(**texts))

    def words(self, block: str, results: Iterable[Result]) -> None:
        """Say which words of a block were taken for no value."""
        said = [result.words for result in results if result.words]
        if said:
            shown = some([f"{word!r} ({said.count(word)})" for word in dict.fromkeys(said)])
            self.ignored.append(Ignored(f"words in {block}: {shown}", "no number, so no value"))

    def read(self, header: Mapping[str, str]) -> FileRead:
        """The tables of the file. Raises `ReadError` with all its mistakes."""
        if not self.mistakes and not any(frame.height for frame in self.readings):
            self.mistakes.append(
                Mistake(
                    self.request.source,
                    "no readings",
                    "wells and their medians",
                    "export the plate again",
                )
            )
        if self.mistakes:
            raise ReadError(self.mistakes)
        own = {name: pl.lit(getattr(self.request, name)) for name in ("source", "sha256", "plate")}
        readings = pl.concat(self.readings, how="diagonal").with_columns(**own)
        said = zip(*self._vendor, strict=True) if self._vendor else [()] * len(_VENDOR)
        vendor = pl.DataFrame(
            [pl.Series(n, c, dtype=pl.String) for n, c in zip(_VENDOR, said, strict=True)]
        )
        return FileRead(
            READINGS.complete(readings),
            tuple(self.ignored),
            dict(header),
            VENDOR.complete(vendor.with_columns(**own)),
        )


def unreadable(
    found: Mapping[Cell, Result | Unreadable], cells: Iterable[tuple[str, Cell]]
) -> Iterator[Mistake]:
    """A mistake for every cell, given with its address, that cannot be read."""
    bad = {cell for cell, what in found.items() if isinstance(what, Unreadable)}
    if bad:
        for where, cell in islice((pair for pair in cells if pair[1] in bad), MOST_MISTAKES):
            yield Mistake(
                where,
                str(found[cell]),
                "a number, or a blank where nothing was measured",
                "correct the cell, or export the plate again",
            )
