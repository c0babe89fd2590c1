"""Wells as places on a plate."""

from __future__ import annotations

import re

Place = tuple[int, int]
"""Row and column of a well, from 0."""

_WELL = re.compile(r"([A-Z]{1,2})(\d{1,2})$")


def place_of(well: str) -> Place | None:
    """Row and column of a well.

    >>> place_of("B3"), place_of("AA1"), place_of("S1x")
    ((1, 2), (26, 0), None)
    """
    match = _WELL.match(well)
    return (_row(match[1]), int(match[2]) - 1) if match else None


def _row(letters: str) -> int:
    """The place of a row: A is 0, AA comes after Z."""
    row = 0
    for letter in letters:
        row = row * 26 + ord(letter) - ord("A") + 1
    return row - 1
