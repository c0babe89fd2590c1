"""Cells as numbers: a value, a bound (`<3`, `>3`) with its censoring, or nothing.

All numbers of one file are read under one decimal mark, which is decided over all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from exvivo.cells.cell import Cell, OddCell, typed_texts
from exvivo.cells.messages import read_error
from exvivo.cells.text import (
    Unreadable,
    decimal_mark,
    doubtful_marks,
    is_blank,
    number,
    ungrouped,
)
from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.table import Table

MOST_MISTAKES = 1000
"""Mistakes of one kind after which a file is not looked through further."""
_PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?$")
_DIGIT = re.compile(r"[0-9]")
_LARGEST = 1e15
_DATE_HINT = " (spreadsheets make dates of numbers such as 21.5)"


@dataclass(frozen=True, slots=True)
class CellValue:
    """What a cell says: a value, a bound with its censoring, or nothing. `words` is text that is
    none of these.

    A left-censored value is below `upper`, a right-censored one above `lower`.
    """

    value: float | None = None
    censor: str = "none"
    lower: float | None = None
    upper: float | None = None
    words: str = ""

    def times(self, factor: float) -> CellValue:
        """The same bound, of a sample `factor` times as concentrated."""
        lower = None if self.lower is None else self.lower * factor
        upper = None if self.upper is None else self.upper * factor
        return replace(self, lower=lower, upper=upper)


NO_VALUE = CellValue()


def below(limit: float) -> CellValue:
    """A result that was not detected: below a limit (left-censored)."""
    return CellValue(censor="left", upper=limit)


def above(limit: float) -> CellValue:
    """A result above the range: more than a limit (right-censored)."""
    return CellValue(censor="right", lower=limit)


def number_of(cell: Cell, mark: str) -> float:
    """A cell as a number. Raises `Unreadable`, in words for a message, for anything else."""
    if isinstance(cell, OddCell):
        raise Unreadable(cell.words() + (_DATE_HINT if cell.may_be_date else ""))
    return number(ungrouped(cell), mark=mark) if isinstance(cell, str) else cell


def cell_value(cell: Cell, mark: str, *, bounds: bool = False) -> CellValue:
    """A cell as a value. Blank cells, NaN and words without a digit are no value; `<3` and `>3`
    are bounds where allowed.

    Raises `Unreadable` for text with digits that is no number, and for numbers out of any range.

    >>> cell_value("2.5", ".").value, cell_value("No data", ".").words
    (2.5, 'No data')
    >>> cell_value("< 3", ".", bounds=True).upper
    3.0
    """
    if type(cell) is not str or (mark == "." and _PLAIN.match(cell)):
        return CellValue(_in_range(cell, mark))
    if is_blank(cell):
        return NO_VALUE
    if not _DIGIT.search(cell):
        return CellValue(words=cell)
    if bounds and cell[0] in "<>":
        limit = _in_range(cell[1:].strip(), mark)
        if limit < 0:
            raise Unreadable(f"{cell!r}")
        return below(limit) if cell[0] == "<" else above(limit)
    return CellValue(_in_range(cell, mark))


def _in_range(cell: Cell, mark: str) -> float:
    plain = type(cell) is str and mark == "." and _PLAIN.match(cell)
    value = float(cell) if plain else number_of(cell, mark)
    if not abs(value) <= _LARGEST:
        raise Unreadable(f"{cell!r}")
    return value + 0.0  # no -0.0: a median of nothing is not a negative zero


def cell_values(
    cells: Iterable[Cell], mark: str, *, bounds: bool = False
) -> dict[Cell, CellValue | Unreadable]:
    """Every different cell as a value, or why it cannot be read."""
    values: dict[Cell, CellValue | Unreadable] = {}
    for cell in set(cells):
        try:
            values[cell] = cell_value(cell, mark, bounds=bounds)
        except Unreadable as why:
            values[cell] = why
    return values


def unreadable_cells(
    values: Mapping[Cell, CellValue | Unreadable], cells: Iterable[tuple[str, Cell]]
) -> Iterator[Mistake]:
    """A mistake for every cell, given with its address, that cannot be read."""
    bad = {cell for cell, value in values.items() if isinstance(value, Unreadable)}
    if bad:
        for where, cell in islice((pair for pair in cells if pair[1] in bad), MOST_MISTAKES):
            yield Mistake(
                where,
                str(values[cell]),
                "a number, or a blank where nothing was measured",
                "correct the cell, or export the plate again",
            )


def one_mark(texts: Iterable[str], where: str, *, separator: str = "") -> str:
    """The decimal mark of all numbers of a file. Raises `ReadError` where they do not tell, or
    contradict one another.

    A number like 1,234 is asked about; between semicolons, where decimal commas are usual, so is
    1.234.
    """
    try:
        return decimal_mark(texts, doubtful=doubtful_marks(separator))
    except Unreadable as why:
        raise _two_marks(where, str(why)) from None


def mark_of_texts(texts: Iterable[str], source: str, *, separator: str = ",") -> str:
    """The decimal mark of the numbers and bounds of a plate, as `one_mark`.

    Without any comma it is taken for a point at once: a bead-level run has 50,000 numbers.
    """
    bare = {text.lstrip("<>*~ ") for text in texts}
    if separator != ";" and not any("," in text for text in bare):
        return "."
    return one_mark(sorted(bare), source, separator=separator)


def mark_of(table: Table, cells: Iterable[Cell], *, cq: Iterable[Cell] = ()) -> str:
    """The decimal mark of a table, decided over the cells of all its numeric columns together.

    No run has a thousand cycles, so `21,187` among Cq can only be 21.187; in any other column it
    may be 21187, and so may 21.187 between semicolons, where decimal commas are usual. Raises
    `ReadError` where the cells do not tell, or contradict one another.
    """
    written = {_certain_cq(cell): cell for cell in typed_texts(cq)}
    texts = [*dict.fromkeys(map(ungrouped, typed_texts(cells))), *written]
    try:
        return decimal_mark(texts, doubtful=doubtful_marks(table.separator))
    except Unreadable as why:
        words = str(why)
        for certain, cell in written.items():
            words = words.replace(repr(certain), repr(cell))
        raise _two_marks(f"{table.source} {table.sheet}".strip(), words) from None


_THOUSANDS = 3
"""Digits behind a mark of thousands."""


def _certain_cq(cq: str) -> str:
    """A Cq with three decimals, written so that its mark cannot be taken for one of thousands."""
    whole, _, decimals = cq.replace(",", ".").partition(".")
    return cq + "0" if whole.isdigit() and len(decimals) == _THOUSANDS else cq


def _two_marks(where: str, words: str) -> ReadError:
    return read_error(
        where,
        words,
        "numbers that can be read in one way only, with one decimal mark in the whole file",
        "remove the thousands marks, or export with one decimal mark",
    )
