"""Ways in which people move a layout by mistake: turned, mirrored, shifted, filled in another
order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product

import numpy as np

from exvivo.arrays import Ints

Move = Callable[[Ints], Ints]
"""Where places (wells, 2: row and column) move to."""

_SIZES = ((8, 12), (16, 24), (4, 6), (6, 8), (32, 48))
_STEPS = (1, -1, 2, -2, 3, -3)
"""Wells by which a layout is tried further on."""


def moves(places: Ints) -> Iterator[tuple[str, Move]]:
    """Every way to move the wells of a layout, in words, the simplest first."""
    corners = _corners(places)
    yield from _turns(corners)
    yield from _shifts(corners[-1])
    yield from _fillings(places)


def _corners(places: Ints) -> list[tuple[Ints, Ints]]:
    """The corners of a layout, and of the plate that it is on."""
    top, bottom = places.min(axis=0), places.max(axis=0)
    for size in sorted(_SIZES):
        if (bottom < size).all():
            return [(top, bottom), (np.zeros_like(top), np.array(size) - 1)]
    return [(top, bottom)]


def _turns(corners: Sequence[tuple[Ints, Ints]]) -> Iterator[tuple[str, Move]]:
    """Half turns, mirrors and transpositions within some corners."""
    for top, bottom in corners:
        both = top + bottom
        yield "turned by 180 degrees", partial(_turned, both, np.array([-1, -1]))
        yield "mirrored left to right", partial(_turned, both * np.array([0, 1]), np.array([1, -1]))
        yield "mirrored top to bottom", partial(_turned, both * np.array([1, 0]), np.array([-1, 1]))
    top = corners[0][0]
    yield "with rows and columns exchanged", lambda places: top + (places - top)[:, ::-1]


def _turned(offset: Ints, direction: Ints, places: Ints) -> Ints:
    return offset + direction * places


def _shifts(corners: tuple[Ints, Ints]) -> Iterator[tuple[str, Move]]:
    """All shifts within the plate, the shortest first."""
    down, over = corners[1] - corners[0]
    steps = product(range(-down, down + 1), range(-over, over + 1))
    for step in sorted(steps, key=lambda step: (abs(step[0]) + abs(step[1]), step)):
        if step != (0, 0):
            yield f"moved by {_steps(*step)}", partial(_turned, np.array(step), np.array([1, 1]))


def _steps(down: int, over: int) -> str:
    """A shift in words.

    >>> _steps(1, 0), _steps(-2, 1)
    ('1 row down', '2 rows up and 1 column to the right')
    """
    rows = f"{abs(down)} row{'s' * (abs(down) > 1)} {'down' if down > 0 else 'up'}"
    side = "right" if over > 0 else "left"
    columns = f"{abs(over)} column{'s' * (abs(over) > 1)} to the {side}"
    return " and ".join(words for words, by in ((rows, down), (columns, over)) if by)


def _fillings(places: Ints) -> Iterator[tuple[str, Move]]:
    """The places of a layout in another order of filling, or some wells further in it."""
    by_row, by_column = np.lexsort(places.T[::-1]), np.lexsort(places.T)
    rows, columns = "along the rows", "down the columns"
    yield f"filled {columns}, not {rows}", partial(_reordered, by_row, by_column)
    yield f"filled {rows}, not {columns}", partial(_reordered, by_column, by_row)
    for order, words in ((by_row, rows), (by_column, columns)):
        for step in _STEPS:
            wells = f"{abs(step)} well{'s' * (abs(step) > 1)} {'on' if step > 0 else 'back'}"
            yield f"moved {wells} {words}", partial(_reordered, order, np.roll(order, -step))


def _reordered(order: Ints, onto: Ints, places: Ints) -> Ints:
    """Each place in some order at the place that stands there in another."""
    moved_to = np.empty_like(places)
    moved_to[order] = places[onto]
    return moved_to
