"""Plates by their number of wells, and the places of wells on them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

SIZES = {6: (2, 3), 12: (3, 4), 24: (4, 6), 48: (6, 8), 96: (8, 12), 384: (16, 24), 1536: (32, 48)}
"""The rows and columns of each plate."""
USUAL = 96
_WELL = re.compile(r"([A-Z]|A[A-F])([1-9]\d?)")


def letters(row: int) -> str:
    """The letters of a row, counted from 0.

    >>> letters(0), letters(25), letters(31)
    ('A', 'Z', 'AF')
    """
    return chr(65 + row) if row < 26 else "A" + chr(65 + row - 26)


def place(well: str) -> tuple[int, int] | None:
    """The row and column of a well, counted from 0; None for any other text.

    >>> place("A1"), place("AF48"), place("sample 3")
    ((0, 0), (31, 47), None)
    """
    match = _WELL.fullmatch(well)
    if match is None:
        return None
    row = ord(match[1][-1]) - 65 + 26 * (len(match[1]) - 1)
    column = int(match[2]) - 1
    rows, columns = SIZES[1536]
    return (row, column) if row < rows and column < columns else None


def size_of(wells: Iterable[str], least: int = USUAL) -> int:
    """The smallest plate, of a usual size or larger, that has all of these wells."""
    places = [at for well in wells if (at := place(well))]
    rows = max((row for row, _ in places), default=0)
    columns = max((column for _, column in places), default=0)
    fitting = (size for size, (down, right) in SIZES.items() if rows < down and columns < right)
    return max(next(fitting), least)


def wells_of_size(size: int) -> Iterator[str]:
    """The wells of a plate, row after row."""
    rows, columns = SIZES[size]
    for row in range(rows):
        for column in range(columns):
            yield f"{letters(row)}{column + 1}"
