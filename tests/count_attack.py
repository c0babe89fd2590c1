"""What a reader can work out of a printed table of counts: written apart from what hides them.

The reader has the rows as they are printed, the people of each group, and knows that a hidden
number is none of the zeros that are printed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from scipy.optimize import linprog

Rows = Sequence[Sequence[int | None]]
Place = tuple[int, int]


def ranges(
    rows: Rows, wholes: Sequence[int], *, total: bool = False
) -> dict[Place, tuple[float, float]]:
    """The least and the most that each hidden number can be, by linear programs over the hidden
    numbers alone: columns add up to the wholes, and rows to their last number where there is one.
    """
    places = [(i, j) for i, row in enumerate(rows) for j, cell in enumerate(row) if cell is None]
    if not places:
        return {}
    equations, right = [], []
    for j, whole in enumerate(wholes):
        equations.append([float(place[1] == j) for place in places])
        right.append(whole - sum(row[j] or 0 for row in rows))
    if total:
        last = len(wholes) - 1
        for i, row in enumerate(rows):
            signs = [float(p[0] == i) * (1.0 if p[1] < last else -1.0) for p in places]
            equations.append(signs)
            right.append((row[last] or 0) - sum(cell or 0 for cell in row[:last]))
    floor = 1.0 if any(cell == 0 for row in rows for cell in row) or _some_printed(rows) else 0.0
    found = {}
    for at, place in enumerate(places):
        aim = np.eye(len(places))[at]
        ends = [
            linprog(sign * aim, A_eq=equations, b_eq=right, bounds=(floor, None), method="highs-ds")
            for sign in (1, -1)
        ]
        assert all(each.status == 0 for each in ends), (rows, wholes)
        found[place] = (ends[0].fun, -ends[1].fun)
    return found


def _some_printed(rows: Rows) -> bool:
    """Whether any level is printed: then zeros are, and no hidden number is one."""
    return any(cell is not None for row in rows for cell in row)


def tables_like(column: Sequence[int | None], whole: int, floor: int) -> Iterator[tuple[int, ...]]:
    """Every column of counts that prints as this one, tried one by one."""
    holes = [i for i, cell in enumerate(column) if cell is None]
    rest = whole - sum(cell or 0 for cell in column)
    for filling in product(range(floor, rest + 1), repeat=len(holes)):
        if sum(filling) == rest:
            filled = dict(zip(holes, filling, strict=True))
            yield tuple(filled.get(i, cell or 0) for i, cell in enumerate(column))
