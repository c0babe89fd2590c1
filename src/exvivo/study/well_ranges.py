"""Several wells in one cell: `A1`, `A1;B2`, `A1-A3` along a row or a column, `A1:B3` a block."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product

from exvivo.study.layout import plain_well

_ROW_BASE = 26
_PARTS = re.compile(r"[;,]")
_ENDS = re.compile(r"([A-Z]{1,2})(\d{1,2})\s*([-–:])\s*([A-Z]{1,2})(\d{1,2})", re.IGNORECASE)


class UnclearWells(ValueError):
    """Wells that cannot be told: its text is what was found, `cure` what to write."""

    def __init__(self, finding: str, cure: str) -> None:
        super().__init__(finding)
        self.cure = cure


def wells_of(text: str, known: Sequence[str]) -> list[str]:
    """The wells of a plate that a text names, each once, in the order of the text; `known` are
    those of the plate's layout. Of a range or block, the wells that the layout has.

    Raises `UnclearWells` for a well that the layout lacks, and a range that is neither along a row
    nor along a column.

    >>> wells_of("A1-A3; b1", ["A1", "A2", "A3", "B1"]), wells_of("A1:B2", ["A1", "B1", "C1"])
    (['A1', 'A2', 'A3', 'B1'], ['A1', 'B1'])
    """
    whole = _one(text, known)
    if whole:
        return [whole]
    parts = filter(None, (part.strip() for part in _PARTS.split(text)))
    return list(dict.fromkeys(well for part in parts for well in _part(part, known)))


def _one(text: str, known: Sequence[str]) -> str:
    """The well that a text is the name of; empty where there is none."""
    return next((name for name in (text, plain_well(text)) if name in known), "")


def _part(part: str, known: Sequence[str]) -> list[str]:
    """The wells of one part: a well, a range or a block."""
    if well := _one(part, known):
        return [well]
    ends = _ENDS.fullmatch(part)
    inside = [well for well in _between(ends, part) if well in known] if ends else []
    if not inside:
        what = "wells" if ends else "well"
        raise UnclearWells(
            f"{what} {part}, which the layout does not have",
            "name wells of the layout: A1, A1;B2, A1-A3 along a row or column, A1:B3 for a block",
        )
    return inside


def _between(ends: re.Match[str], part: str) -> Iterator[str]:
    """The wells from one end to the other."""
    rows = _span(_row_number(ends[1]), _row_number(ends[4]))
    columns = _span(int(ends[2]), int(ends[5]))
    if ends[3] != ":" and len(rows) > 1 and len(columns) > 1:
        block = f"{ends[1].upper()}{ends[2]}:{ends[4].upper()}{ends[5]}"
        raise UnclearWells(
            f"wells {part}, which are neither in one row nor in one column",
            f"write {block} for the block, or each row for itself",
        )
    return (f"{_row_name(row)}{column}" for row, column in product(rows, columns))


def _span(first: int, last: int) -> range:
    return range(min(first, last), max(first, last) + 1)


def _row_number(name: str) -> int:
    """A is 1, Z 26, AA 27."""
    number = 0
    for letter in name.upper():
        number = number * _ROW_BASE + ord(letter) - ord("A") + 1
    return number


def _row_name(number: int) -> str:
    name = ""
    while number:
        number, letter = divmod(number - 1, _ROW_BASE)
        name = chr(ord("A") + letter) + name
    return name
