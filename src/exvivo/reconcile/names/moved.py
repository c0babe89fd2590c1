"""Layouts that agree with the names of a file once they are turned, moved or filled otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from typing import NamedTuple

import numpy as np

from exvivo.arrays import Ints
from exvivo.reconcile.names.plate import NamedPlate, Record, agrees, differing
from exvivo.reconcile.names.vocabulary import Says

Place = tuple[int, int]
"""Row and column of a well, from 0."""
Move = Callable[[Ints], Ints]
"""Where places (wells, 2) move to."""

FEWEST = 4
"""Wells that must contradict a layout before it is tried in other places."""
_LEFT = 0.1
"""The share of contradictions that a move may leave."""
_EXPLAINED = 0.6
"""The share of the names that say something that must agree once a layout is moved."""
_SOME = 0.05
"""The share of the names that say something that must contradict a layout: a move of a whole layout
leaves no more alone than wells of one sample beside one another.
"""
_STEPS = (1, -1, 2, -2, 3, -3)
"""Wells by which a layout is tried further on."""
_WELL = re.compile(r"([A-Z]{1,2})(\d+)$")
_SIZES = ((8, 12), (16, 24), (4, 6), (6, 8), (32, 48))


class Moved(NamedTuple):
    """How a layout has to be moved, in words; and how many wells then agree, and differ."""

    words: str
    agree: int
    differ: int


def place_of(well: str) -> Place | None:
    """Row and column of a well.

    >>> place_of("B3"), place_of("AA1"), place_of("S1x")
    ((1, 2), (26, 0), None)
    """
    match = _WELL.match(well)
    if match is None:
        return None
    row = 0
    for letter in match[1]:
        row = row * 26 + ord(letter) - ord("A") + 1
    return row - 1, int(match[2]) - 1


def moved(plate: NamedPlate) -> Moved | None:
    """How the layout of a plate agrees with its file; None where no move explains it."""
    differ = len(plate.differences) + len(plate.displaced)
    places = {well: place_of(well) for well in {*plate.records, *plate.names}}
    if differ < FEWEST or None in places.values():
        return None
    table = _Table(plate, {well: place for well, place in places.items() if place})
    if differ < _SOME * table.telling:
        return None
    best = max(table.tried(), key=lambda each: each.agree - each.differ, default=None)
    if best is None or best.differ > _LEFT * differ or best.agree < _EXPLAINED * table.telling:
        return None
    return best


class _Table:
    """Every name of a plate with every record of its layout, where each stands: a score of 1 where
    they agree, -1 where they differ, else 0.
    """

    def __init__(self, plate: NamedPlate, places: Mapping[str, Place]) -> None:
        names = list(dict.fromkeys(plate.names.values()))
        records = list(dict.fromkeys(plate.records.values()))
        said = [plate.said[name] for name in names]
        self._scores = np.array([[_score(says, record) for record in records] for says in said])
        self._places = np.array([places[well] for well in plate.records])
        self._records = np.array([records.index(each) for each in plate.records.values()])
        named = np.array([places[well] for well in plate.names])
        self._size = np.maximum(self._places.max(axis=0), named.max(axis=0)) + 1
        self._names = np.full(tuple(self._size), -1)
        self._names[tuple(named.T)] = [names.index(name) for name in plate.names.values()]
        telling = (self._scores != 0).any(axis=1)
        self.telling = int(telling[self._names[self._names >= 0]].sum())

    def tried(self) -> Iterator[Moved]:
        """Every way to move the layout, the simplest first."""
        corners = self._corners()
        moves = (*_turns(corners), *_shifts(corners[-1]), *_fillings(self._places))
        for words, move in moves:
            yield self._moved(words, move(self._places))

    def _corners(self) -> list[tuple[Ints, Ints]]:
        """The corners of the layout, and of the plate that it is on."""
        top, bottom = self._places.min(axis=0), self._places.max(axis=0)
        for size in sorted(_SIZES):
            if (self._size <= size).all():
                return [(top, bottom), (np.zeros_like(top), np.array(size) - 1)]
        return [(top, bottom)]

    def _moved(self, words: str, places: Ints) -> Moved:
        inside = ((places >= 0) & (places < self._size)).all(axis=1)
        names = self._names[tuple(places[inside].T)]
        scores = self._scores[names, self._records[inside]][names >= 0]
        return Moved(words, int((scores > 0).sum()), int((scores < 0).sum()))


def _score(says: Says, record: Record) -> int:
    return -1 if differing(says, record) else int(agrees(says, record))


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
