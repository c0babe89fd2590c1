"""Permutation p values: all rearrangements of the donors where they can be counted, else a random
set of them; within strata (plates, batches) where these are given.

Counting does not list the rearrangements. The donors are cut in two halves, the sums of all subsets
of each half are sorted, and the pairs of sums beyond the observed one are counted by binary search
(meet in the middle; Horowitz and Sahni 1974, doi 10.1145/321812.321823), so that 1,961,256
rearrangements of 10 and 14 donors cost a millisecond. Strata are put together by the sums of one
from each (a convolution); only the stratum that the cut goes through has to be counted by size.

When not to use: where strata are no exchangeable sets of donors. Donors that are alone in a
stratum, or whose stratum is all of one group, tell nothing and take no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from itertools import permutations
from math import comb, factorial, prod

import numpy as np

from exvivo.arrays import Bools, Floats, Ints

MOST_COUNTED = 32
"""Donors up to which all rearrangements of two groups are counted."""
MOST_ORDERED = 8
"""Donors of a stratum up to which all orders of an association are listed."""
_MOST_ORDERS = factorial(MOST_ORDERED)
"""Orders of one half of the strata that are listed."""
_TOLERANCE = 1e-10
Sizes = tuple[tuple[int, int], ...]
"""The donors of each stratum, and how many of them are of the first group."""


@dataclass
class Permutations:
    """Random rearrangements, drawn once per number of donors, so that no result depends on the
    order of questions.

    `number` 0 switches every permutation p value off (None).
    """

    number: int
    seed: int
    _groups: dict[Sizes, Floats] = field(default_factory=dict)
    _orders: dict[tuple[int, ...], Ints] = field(default_factory=dict)

    def between(self, scores: Floats, first: int, strata: Ints | None = None) -> float | None:
        """The two-sided p value of the sum of the first `first` scores, against all splits into
        groups of that size; within `strata` (donors,) where they are given.
        """
        if not self.number:
            return None
        pieces = _pieces(scores, first, strata)
        if not pieces:
            return 1.0
        if sum(len(piece.centred) for piece in pieces) <= MOST_COUNTED:
            return _exact(pieces)
        return self._drawn_between(pieces)

    def between_each(self, scores: Floats, first: int, strata: Ints | None = None) -> Floats | None:
        """The p values of many studies (studies, donors) of one design, all of them against random
        splits: counting would take a millisecond each.
        """
        if not self.number:
            return None
        inside = [
            own for own in _inside(scores.shape[1], strata) if 0 < own[:first].sum() < own.sum()
        ]
        if not inside:
            return np.ones(len(scores))
        own = [scores[:, each] - scores[:, each].mean(axis=1, keepdims=True) for each in inside]
        sizes = tuple((int(each.sum()), int(each[:first].sum())) for each in inside)
        observed = [each[:, :n].sum(axis=1) for each, (_, n) in zip(own, sizes, strict=True)]
        extreme = _beyond_each(
            np.concatenate(own, axis=1), self._splits(sizes), np.sum(observed, 0)
        )
        return np.asarray((extreme + 1) / (self.number + 1))

    def _drawn_between(self, pieces: Sequence[_Piece]) -> float:
        """The p value against random splits."""
        centred = np.concatenate([piece.centred for piece in pieces])
        sums = self._splits(tuple((len(piece.centred), piece.first) for piece in pieces)) @ centred
        observed = sum(piece.observed for piece in pieces)
        extreme = _beyond(sums, observed, float(np.abs(centred).sum()))
        return (extreme + 1) / (self.number + 1)

    def together(self, x: Floats, y: Floats, strata: Ints | None = None) -> float | None:
        """The two-sided p value of the correlation of `x` and `y`, against other orders of `y`;
        within `strata` (donors,), of the correlation within them, where they are given.
        """
        if not self.number:
            return None
        pairs = _pairs_of(x, y, strata)
        if not pairs:
            return 1.0
        halves = _halves([len(own) for own, _ in pairs])
        return _exact_orders(pairs, halves) if halves else self._drawn_together(pairs)

    def _drawn_together(self, pairs: Sequence[Pair]) -> float:
        """The p value against random orders."""
        x, y = (np.concatenate(side) for side in zip(*pairs, strict=True))
        orders = self._shuffles(tuple(len(own) for own, _ in pairs))
        size = float(np.sqrt((x @ x) * (y @ y)))
        return (_beyond(y[orders] @ x, float(x @ y), size) + 1) / (self.number + 1)

    def _splits(self, sizes: Sizes) -> Floats:
        """Random splits (number, total): 1 for those of each stratum that are drawn."""
        if sizes not in self._groups:
            rng = np.random.default_rng([self.seed, *(n for size in sizes for n in size[::-1])])
            drawn = [_drawn_splits(rng, self.number, first, total) for total, first in sizes]
            self._groups[sizes] = np.concatenate(drawn, axis=1)
        return self._groups[sizes]

    def _shuffles(self, sizes: tuple[int, ...]) -> Ints:
        """Random orders (number, total) within strata of these sizes."""
        if sizes not in self._orders:
            numbers = np.random.default_rng([self.seed, *sizes]).random((self.number, sum(sizes)))
            numbers += np.repeat(np.arange(len(sizes)), sizes)
            self._orders[sizes] = np.argsort(numbers, axis=1)
        return self._orders[sizes]


@dataclass(frozen=True)
class _Piece:
    """The donors of one stratum: their scores with mean 0, those of the first group before the
    others, and how many these are.
    """

    centred: Floats
    first: int

    @property
    def observed(self) -> float:
        """The sum of the first group's scores."""
        return float(self.centred[: self.first].sum())

    def cut(self, at: int) -> tuple[list[Floats], list[Floats]]:
        """The sorted sums of all subsets of the donors before a place, and of the others, by the
        size of the subset; the pairs whose sizes make up the first group.
        """
        left, right = _subset_sums(self.centred[:at]), _subset_sums(self.centred[at:])
        sizes = [size for size in range(len(left)) if 0 <= self.first - size < len(right)]
        return [left[size] for size in sizes], [right[self.first - size] for size in sizes]


def _pieces(scores: Floats, first: int, strata: Ints | None) -> list[_Piece]:
    """The strata that hold donors of both groups."""
    in_first = np.arange(len(scores)) < first
    pieces = []
    for inside in _inside(len(scores), strata):
        own = scores[inside]
        if 0 < in_first[inside].sum() < len(own):
            pieces.append(_Piece(own - own.mean(), int(in_first[inside].sum())))
    return pieces


def _inside(donors: int, strata: Ints | None) -> list[Bools]:
    """Who belongs to each stratum: to one, where none are given."""
    if strata is None:
        return [np.ones(donors, np.bool_)]
    return [np.asarray(strata == stratum) for stratum in np.unique(strata)]


def exact_split(centred: Floats, first: int) -> float:
    """The share of all splits whose sum lies as far from 0 as that of the first `first` scores (or
    farther).

    `centred` are scores with mean 0. Sums that agree to 1e-10 of the scores' size count as equal.
    """
    return _exact([_Piece(centred, first)])


def _exact(pieces: Sequence[_Piece]) -> float:
    """The same with splits within each of several strata."""
    size = sum(float(np.abs(piece.centred).sum()) for piece in pieces)
    far = abs(sum(piece.observed for piece in pieces)) - _TOLERANCE * size
    if far <= 0:
        return 1.0
    before, piece, at, after = _cut(pieces)
    pairs = 0
    for left, right in zip(*piece.cut(at), strict=True):
        pairs += _pairs_beyond(_sums([*before, left]), np.sort(_sums([*after, right])), far)
    return pairs / prod(comb(len(piece.centred), piece.first) for piece in pieces)


def _cut(pieces: Sequence[_Piece]) -> tuple[list[Floats], _Piece, int, list[Floats]]:
    """Strata cut at half of the donors: the sums of those before the cut and of those behind it,
    and between them the stratum that the cut goes through, with its place there.
    """
    half = sum(len(piece.centred) for piece in pieces) // 2
    ends = np.cumsum([len(piece.centred) for piece in pieces])
    through = int(np.searchsorted(ends, half, side="right"))
    before = [_sums_of_first(piece) for piece in pieces[:through]]
    after = [_sums_of_first(piece) for piece in pieces[through + 1 :]]
    piece = pieces[through]
    return before, piece, half - int(ends[through]) + len(piece.centred), after


def _sums_of_first(piece: _Piece) -> Floats:
    """The sums of all first groups that a stratum can have."""
    return _subset_sums(piece.centred)[piece.first]


def _sums(parts: Sequence[Floats]) -> Floats:
    """All sums of one number from each part."""
    return reduce(lambda sums, part: np.add.outer(sums, part).ravel(), parts)


def _pairs_beyond(sums: Floats, added: Floats, far: float) -> int:
    """How many pairs of a sum and a sorted one to add lie `far` or farther from 0."""
    below = np.searchsorted(added, -far - sums, side="right")
    return int(np.sum(below + len(added) - np.searchsorted(added, far - sums, side="left")))


Pair = tuple[Floats, Floats]
"""Two measurements of the donors of a stratum, each with mean 0."""


def _pairs_of(x: Floats, y: Floats, strata: Ints | None) -> list[Pair]:
    """The strata with more than one donor."""
    several = (inside for inside in _inside(len(x), strata) if inside.sum() > 1)
    return [(_centred(x[inside]), _centred(y[inside])) for inside in several]


def _centred(values: Floats) -> Floats:
    """Values less their mean."""
    return np.asarray(values - values.mean())


def _halves(sizes: Sequence[int]) -> list[list[int]]:
    """Strata in two halves whose orders can be listed; none where they are too many."""
    halves: list[list[int]] = [[], []]
    orders = [1, 1]
    for place in np.argsort(-np.array(sizes), kind="stable").tolist():
        least = int(orders[1] < orders[0])
        orders[least] *= factorial(sizes[place])
        halves[least].append(place)
        if orders[least] > _MOST_ORDERS:
            return []
    return halves


def _exact_orders(pairs: Sequence[Pair], halves: list[list[int]]) -> float:
    """The share of all orders within strata whose sum of products lies as far from 0."""
    x, y = (np.concatenate(side) for side in zip(*pairs, strict=True))
    far = abs(float(x @ y)) - _TOLERANCE * float(np.sqrt((x @ x) * (y @ y)))
    if far <= 0:
        return 1.0
    left, right = (
        _sums([np.zeros(1), *(_products(pairs[place]) for place in half)]) for half in halves
    )
    return _pairs_beyond(left, np.sort(right), far) / (len(left) * len(right))


def _products(pair: Pair) -> Floats:
    """The sums of products of a stratum in all orders of the second."""
    x, y = pair
    return np.asarray(y[_all_orders(len(y))] @ x)


def _drawn_splits(rng: np.random.Generator, number: int, first: int, total: int) -> Floats:
    """Random splits: the `first` smallest of random numbers are drawn."""
    order = np.argpartition(rng.random((number, total), dtype=np.float32), first, axis=1)
    marks = np.zeros((number, total))
    np.put_along_axis(marks, order[:, :first], 1.0, axis=1)
    return marks


def _subset_sums(scores: Floats) -> list[Floats]:
    """The sorted sums of all subsets, listed by the size of the subset."""
    sums, sizes = _sums_in_order(scores), _subset_sizes(len(scores))
    return [np.sort(sums[sizes == size]) for size in range(len(scores) + 1)]


def _sums_in_order(scores: Floats) -> Floats:
    """The sums of all subsets (2^scores,): bit i of a place says whether score i belongs to it."""
    sums = np.zeros(1)
    for score in scores:
        sums = np.concatenate([sums, sums + score])
    return sums


@lru_cache(maxsize=32)
def _subset_sizes(total: int) -> Ints:
    sizes = np.zeros(1, dtype=np.int64)
    for _ in range(total):
        sizes = np.concatenate([sizes, sizes + 1])
    return sizes


@lru_cache(maxsize=8)
def _all_orders(total: int) -> Ints:
    return np.array(list(permutations(range(total))), dtype=np.intp)


_TOGETHER = 256
"""Studies whose sums are made in one product."""


def _beyond_each(centred: Floats, splits: Floats, observed: Floats) -> Ints:
    """How many splits of each study lie as far from 0 as its observed sum (studies,)."""
    far = np.abs(observed) - _TOLERANCE * np.abs(centred).sum(axis=1)
    counts = np.empty(len(centred), np.intp)
    for at in range(0, len(centred), _TOGETHER):
        rows = slice(at, at + _TOGETHER)
        sums = np.abs(centred[rows] @ splits.T)
        counts[rows] = np.count_nonzero(sums >= far[rows, None], axis=1)
    return counts


def _beyond(sums: Floats, observed: float, size: float) -> int:
    """How many sums lie as far from 0 as the observed one, up to rounding of their size."""
    return int(np.sum(np.abs(sums) >= abs(observed) - _TOLERANCE * size))
