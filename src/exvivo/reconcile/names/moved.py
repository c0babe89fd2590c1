"""Layouts that agree with the names of a file once they are turned, moved or filled otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from exvivo.arrays import Ints
from exvivo.reconcile.names.moves import moves
from exvivo.reconcile.names.places import Place, place_of
from exvivo.reconcile.names.plate import NamedPlate, Record, agrees, differing
from exvivo.reconcile.names.vocabulary import Says

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


class Moved(NamedTuple):
    """How a layout has to be moved, in words; and how many wells then agree, and differ."""

    words: str
    agree: int
    differ: int


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
        for words, move in moves(self._places):
            yield self._moved(words, move(self._places))

    def _moved(self, words: str, places: Ints) -> Moved:
        inside = ((places >= 0) & (places < self._size)).all(axis=1)
        names = self._names[tuple(places[inside].T)]
        scores = self._scores[names, self._records[inside]][names >= 0]
        return Moved(words, int((scores > 0).sum()), int((scores < 0).sum()))


def _score(says: Says, record: Record) -> int:
    return -1 if differing(says, record) else int(agrees(says, record))
