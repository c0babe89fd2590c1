"""Studies of which the layout tells the same.

Donors are of one kind where group, terms of the design and columns of donors.csv agree. Studies in
which as many donors of each kind are present are alike: which of them are lost changes nothing that
the layout tells.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints, Texts
from exvivo.compare.sample import Sample
from exvivo.compare.terms import Term


@dataclass(frozen=True)
class Alike:
    """Studies that are laid out alike: their places, the donors of each (studies, donors) in an
    order in which the layout is the same, the donors whose layout stands for theirs, and their
    `levels` (donors, columns) of what is drawn of donors.csv.
    """

    studies: Ints
    donors: Ints
    rows: Ints
    levels: Ints

    def of(self, values: Floats) -> Floats:
        """The numbers (studies, donors) of these studies and donors."""
        return np.take_along_axis(values[self.studies], self.donors, axis=1)


def alike(kinds: Ints, present: Bools, levels: Ints | None = None) -> Iterator[Alike]:
    """Studies by layout: `kinds` (donors,) are numbers of donors who may stand for one another,
    `levels` (studies, donors, columns) what is drawn of each.
    """
    if present.all() and (levels is None or not levels.size):
        yield _everybody(*present.shape)
        return
    told = _told(kinds, present.shape, levels)
    sizes = tuple((told.max(axis=(1, 2), initial=0) + 1).tolist())
    nobody = math.prod(sizes)
    keys = np.where(present, np.ravel_multi_index(tuple(told), sizes), nobody)
    order = np.argsort(keys, axis=1, kind="stable")
    ordered = np.take_along_axis(keys, order, axis=1)
    patterns, which = np.unique(ordered, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        own, kept = np.flatnonzero(which.reshape(-1) == number), pattern[pattern < nobody]
        kind, *drawn = np.unravel_index(kept, sizes)
        columns = np.array(drawn, dtype=np.intp).reshape(len(drawn), len(kept)).T
        yield Alike(own, order[own, : len(kept)], _standing_for(kinds, kind), columns)


def _everybody(studies: int, donors: int) -> Alike:
    """Studies in which nobody is lost."""
    whole = np.arange(donors)
    each = np.broadcast_to(whole, (studies, donors))
    return Alike(np.arange(studies), each, whole, np.zeros((donors, 0), np.intp))


def _told(kinds: Ints, shape: tuple[int, ...], levels: Ints | None) -> Ints:
    """The kind and the levels of each donor (1 + columns, studies, donors)."""
    first = np.broadcast_to(kinds, shape)[None]
    return first if levels is None else np.concatenate([first, np.moveaxis(levels, 2, 0)])


def _standing_for(kinds: Ints, wanted: Ints) -> Ints:
    """A donor of each wanted kind, none twice."""
    rows = np.empty(len(wanted), np.intp)
    for kind in np.unique(wanted):
        own = wanted == kind
        rows[own] = np.flatnonzero(kinds == kind)[: int(own.sum())]
    return rows


def kinds_of(samples: Sequence[Sample], words: Texts | None = None) -> Ints:
    """Numbers of the donors that agree in group, in the terms of each sample, and in `words`
    (donors, columns).
    """
    groups = samples[0].groups
    terms = [term for sample in samples for term in sample.terms]
    texts = np.column_stack([groups, _numbered(_weights(terms, len(groups))).astype(str)])
    return _numbered(texts if words is None else np.column_stack([texts, words]))


def _weights(terms: Sequence[Term], donors: int) -> Floats:
    """The weights of all levels (donors, levels), rounding left out."""
    return np.column_stack([np.zeros((donors, 1)), *(term.weights for term in terms)]).round(9)


def _numbered(rows: Floats | Texts) -> Ints:
    """Equal rows as equal numbers."""
    _, number = np.unique(rows, axis=0, return_inverse=True)
    return np.asarray(number.reshape(-1), dtype=np.intp)
