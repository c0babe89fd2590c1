"""Numbers as a matrix: a row for each donor (or plate), a column for each place that several have,
and the pairs of rows that agree more often than chance lets them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log10

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats, Ints
from exvivo.reconcile.chance import log10_tail

FEWEST = 8
"""Equal numbers from which two vectors are one."""
_SOME = 3
"""Equal numbers under which nothing is looked at."""
SURE, LIKELY = -8.0, -3.0
"""log10 of the chance, over all pairs, from which agreement is no accident, and worth a look."""
_DIGIT = 1.01
"""Steps of the last digit by which numbers that are nearly one may lie apart ..."""
_WIDER = 3.0
"""... and how much more often numbers lie so near by chance."""
_MOSTLY = 0.5
"""The part of two vectors that must nearly agree."""


@dataclass(frozen=True)
class Pair:
    """Two rows that agree: their places, the columns that agree and those that both have, and the
    log10 of the chance of it among all pairs. `near`: to one step of the last digit.
    """

    first: int
    second: int
    equal: Ints
    shared: int
    log10_chance: float
    near: bool

    @property
    def is_sure(self) -> bool:
        """Whether these are identical vectors that no chance explains."""
        enough = self.equal.size >= FEWEST and not self.near
        return enough and self.log10_chance <= SURE

    @property
    def is_whole(self) -> bool:
        """Whether the two rows agree in all that they share."""
        return self.equal.size == self.shared


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """Numbers, steps of their last digits, and chances that another row has the same number:
    (rows, columns), NaN where a row has none. `readings` are the places of the readings, -1 where
    there is none.
    """

    rows: list[tuple[str, ...]]
    values: Floats
    steps: Floats
    chances: Floats
    readings: Ints

    @classmethod
    def of(cls, numbers: pl.DataFrame, row: list[str], column: list[str]) -> Matrix:
        """The matrix of NUMBERS: `row` and `column` are what names them."""
        rows = numbers.select(row).unique(maintain_order=True).with_row_index("row")
        columns = numbers.select(column).unique(maintain_order=True).with_row_index("column")
        placed = numbers.select(*row, *column, "number", "step", "chance").with_row_index("reading")
        for table, key in ((rows, row), (columns, column)):
            placed = placed.join(table, on=key, nulls_equal=True, maintain_order="left")
        at = placed["row"].to_numpy(), placed["column"].to_numpy()
        shape = rows.height, columns.height
        filled = [np.full(shape, np.nan) for _ in range(3)]
        for array, name in zip(filled, ("number", "step", "chance"), strict=True):
            array[at] = placed[name].to_numpy()
        readings = np.full(shape, -1)
        readings[at] = placed["reading"].to_numpy()
        values, steps, chances = filled
        names = [tuple(str(part or "") for part in each) for each in rows.select(row).iter_rows()]
        return cls(rows=names, values=values, steps=steps, chances=chances, readings=readings)

    def pairs(self, *, least: float) -> Iterator[Pair]:
        """The pairs of rows that agree beyond chance, in this part of what they share at least;
        else those that nearly agree.
        """
        seen: set[tuple[int, int]] = set()
        for near in (False, True):
            for i, j in self._candidates(near=near):
                pair = self._pair(i, j, near=near)
                enough = pair.equal.size >= (_MOSTLY if near else least) * pair.shared
                if pair.log10_chance <= LIKELY and enough and (i, j) not in seen:
                    seen.add((i, j))
                    yield pair

    @property
    def _log10_pairs(self) -> float:
        size = len(self.rows)
        return log10(max(size * (size - 1) / 2, 1.0))

    def _candidates(self, *, near: bool) -> list[list[int]]:
        """The pairs whose equal numbers have digits enough."""
        size = len(self.rows)
        counts, digits = np.zeros((size, size)), np.zeros((size, size))
        chances = np.minimum(self.chances * (_WIDER if near else 1.0), 1.0)
        for k, own in enumerate(-np.log10(chances).T):
            same = self._same(
                self.values[:, k, None], self.values[:, k], self.steps[:, k, None], near
            )
            counts += same
            digits += np.where(same, own, 0.0)
        least = self._log10_pairs - LIKELY
        found: list[list[int]] = np.argwhere(
            np.triu((counts >= _SOME) & (np.maximum(digits, digits.T) >= least), 1)
        ).tolist()
        return found

    @staticmethod
    def _same(first: Floats, second: Floats, step: Floats, near: bool) -> Bools:
        """Where numbers are equal, or one step apart at most."""
        same: Bools = np.abs(first - second) <= _DIGIT * step if near else first == second
        return same

    def _pair(self, i: int, j: int, *, near: bool) -> Pair:
        """Two rows, with the chance of their agreement."""
        shared = ~np.isnan(self.values[i]) & ~np.isnan(self.values[j])
        same = self._same(self.values[i], self.values[j], self.steps[i], near) & shared
        chances = np.sqrt(self.chances[i] * self.chances[j]) * (_WIDER if near else 1.0)
        chances = np.minimum(chances, 1.0)
        tail = log10_tail(same[shared], chances[shared]) + self._log10_pairs
        return Pair(i, j, np.flatnonzero(same), int(shared.sum()), tail, near)
