"""The plate as it lay in the instrument: places of wells, its axes, and signs in its wells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from exvivo.tell.figures.axes import plate_axis, quantitative
from exvivo.tell.figures.chart import Layers, Spec
from exvivo.tell.figures.shapes import Plane, no_number

_SIZES = ((8, 12, 26.0, 18.0), (16, 24, 13.0, 12.0), (32, 48, 7.0, 7.0))
"""Rows and columns of 96, 384 and 1536 wells, and the size of a well in the figure."""
_PLACE = r"^([A-Z]{1,2})\d{1,2}$"


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows and columns of a plate, and the size of a well in pixels."""

    rows: int
    columns: int
    width: float
    height: float

    @property
    def plane(self) -> Plane:
        """Columns across, numbered above the plate, and rows down, with letters beside it."""
        numbers = [str(column + 1) for column in range(self.columns)]
        letters = [row_letters(row) for row in range(self.rows)]
        above = plate_axis(numbers, orient="top")
        beside = plate_axis(letters, orient="left")
        return Plane(
            quantitative("x", [-0.5, self.columns - 0.5], above),
            quantitative("y", [self.rows - 0.5, -0.5], beside),
        )

    @property
    def sign(self) -> float:
        """The size of a sign in a well, in pixels."""
        return min(self.width, self.height)

    def drawing(self, background: str, layers: Layers) -> Spec:
        """The plate as the specification of a panel."""
        return {
            "width": self.columns * self.width,
            "height": self.rows * self.height,
            "view": {"fill": background},
            "layer": list(layers),
        }


def placed_wells(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows whose well is a place on a plate (B7), with its row and column from 0."""
    letters = pl.col("well").str.extract(_PLACE, 1)
    first, second = letters.str.slice(0, 1), letters.str.slice(1, 1)
    beyond_z = 26 * (_rank(first) + 1) + _rank(second)
    column = pl.col("well").str.extract(r"(\d{1,2})$", 1).cast(pl.Int64, strict=False) - 1
    return rows.with_columns(
        row=pl.when(second == "").then(_rank(first)).otherwise(beyond_z), column=column
    ).drop_nulls(["row", "column"])


def _rank(letter: pl.Expr) -> pl.Expr:
    """The place of a letter in the alphabet, from 0."""
    return letter.map_elements(_rank_of, return_dtype=pl.Int64)


def _rank_of(letter: str) -> int | None:
    return ord(letter) - ord("A") if letter else None


def grid_of(wells: pl.DataFrame) -> Grid:
    """The smallest usual plate that holds all wells (`row`, `column`)."""
    ends = wells.select(pl.col("row").max(), pl.col("column").max()).row(0)
    rows, columns = (int(end) + 1 for end in ends)
    for size in _SIZES:
        if rows <= size[0] and columns <= size[1]:
            return Grid(*size)
    return Grid(rows, columns, 7.0, 7.0)


def row_letters(row: int) -> str:
    """The letters of a plate's row, counted from 0.

    >>> row_letters(0), row_letters(26)
    ('A', 'AA')
    """
    return chr(ord("A") + row) if row < 26 else "A" + chr(ord("A") + row - 26)


def corners(wells: pl.DataFrame, half: float) -> list[dict[str, Any]]:
    """Wells as rectangles, `half` a side from their middle."""
    return wells.select(
        x=pl.col("column") - half,
        x2=pl.col("column") + half,
        y=pl.col("row") - half,
        y2=pl.col("row") + half,
    ).to_dicts()


def crosses(wells: pl.DataFrame, size: float, plane: Plane) -> Spec:
    """A cross in every well."""
    return plane.layer(no_number(size), wells.select(x="column", y="row").to_dicts())
