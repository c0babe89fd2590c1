"""Where wells lie on a plate, and what a position may do to what is measured there.

A plate has rows A, B, ... and columns 1, 2, ...; its features are numbers a well that place effects
would go with:

::

    edge      1 in the outermost rows and columns, 0 inside
    rows      -1/2 in the first row to 1/2 in the last
    columns   -1/2 in the first column to 1/2 in the last
    bowl      4 rows^2, and 4 columns^2: 0 in the middle, 1 at both ends
    twist     4 rows columns: 1 in two opposite corners, -1 in the others
    drift     -1/2 in the well that is read first to 1/2 in the last one, row after row

so that the coefficient of a feature is a difference between two ends of a plate, in the unit of the
results.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from exvivo.arrays import Floats, Ints
from exvivo.study.layout import is_well, plain_well

FeatureName = Literal[
    "edge", "rows", "columns", "bowl of rows", "bowl of columns", "twist", "drift"
]
_LETTERS = 26


@dataclass(frozen=True)
class PlateShape:
    """A plate (or a rack of tubes) of some rows and columns; its wells are numbered row by row."""

    rows: int
    columns: int

    @property
    def size(self) -> int:
        """How many wells it has."""
        return self.rows * self.columns

    @cached_property
    def wells(self) -> tuple[str, ...]:
        """The names of its wells, row by row.

        >>> PlateShape(2, 2).wells
        ('A1', 'A2', 'B1', 'B2')
        """
        names = map(row_name, range(self.rows))
        return tuple(f"{row}{column + 1}" for row in names for column in range(self.columns))

    def place(self, well: str) -> tuple[int, int]:
        """Row and column of a well, counted from 0.

        >>> PlateShape(8, 12).place("B01"), PlateShape(32, 48).place("AA2")
        ((1, 0), (26, 1))
        """
        return place_of(well)

    def number(self, well: str) -> int | None:
        """The number of a well; None where the plate has no such well."""
        if not is_well(well):
            return None
        row, column = place_of(well)
        inside = row < self.rows and column < self.columns
        return row * self.columns + column if inside else None


SHAPES = (PlateShape(4, 6), PlateShape(6, 8), PlateShape(8, 12), PlateShape(16, 24))
"""Plates of 24, 48, 96 and 384 wells."""
_LARGEST = PlateShape(32, 48)


def row_name(row: int) -> str:
    """The letters of a row, counted from 0.

    >>> row_name(0), row_name(25), row_name(26)
    ('A', 'Z', 'AA')
    """
    high, low = divmod(row, _LETTERS)
    return (row_name(high - 1) if high else "") + chr(ord("A") + low)


def place_of(well: str) -> tuple[int, int]:
    """Row and column of the name of a well, counted from 0."""
    name = plain_well(well)
    letters = name.rstrip("0123456789")
    row = 0
    for letter in letters:
        row = row * _LETTERS + ord(letter) - ord("A") + 1
    return row - 1, int(name[len(letters) :]) - 1


def shape_of(wells: Iterable[str]) -> PlateShape | None:
    """The smallest usual plate that has all these wells; None where one of them is no well."""
    names = list(wells)
    if not names or not all(map(is_well, names)):
        return None
    rows, columns = map(max, zip(*map(place_of, names), strict=True))
    fitting = (s for s in (*SHAPES, _LARGEST) if rows < s.rows and columns < s.columns)
    return next(fitting, None)


@dataclass(frozen=True)
class Positions:
    """Some wells of a plate: `row` and `column` (wells,), counted from 0."""

    shape: PlateShape
    row: Ints
    column: Ints

    @classmethod
    def of(cls, shape: PlateShape, wells: Iterable[int]) -> Positions:
        """The wells of some numbers."""
        row, column = np.divmod(np.fromiter(wells, dtype=np.int64), shape.columns)
        return cls(shape, row, column)

    @property
    def order(self) -> Ints:
        """The place of each well where a plate is read row after row."""
        return np.asarray(self.row * self.shape.columns + self.column)

    @property
    def edge(self) -> Floats:
        """1 for wells of the outermost rows and columns, else 0."""
        at_end = np.isin(self.row, (0, self.shape.rows - 1))
        at_side = np.isin(self.column, (0, self.shape.columns - 1))
        return np.asarray(at_end | at_side, dtype=np.float64)

    def features(self) -> dict[FeatureName, Floats]:
        """Each feature of the module's table, (wells,)."""
        x, y = _spread(self.row, self.shape.rows), _spread(self.column, self.shape.columns)
        return {
            "edge": self.edge,
            "rows": x,
            "columns": y,
            "bowl of rows": 4 * x * x,
            "bowl of columns": 4 * y * y,
            "twist": 4 * x * y,
            "drift": _spread(self.order, self.shape.size),
        }


def _spread(place: Ints, size: int) -> Floats:
    """Places 0 to size - 1 as numbers from -1/2 to 1/2."""
    return np.asarray(place / max(size - 1, 1) - (0.5 if size > 1 else 0.0))
