"""Which counts of a table are not printed, so that no small one can be worked out.

Model. The printed numbers are whole numbers x with sums among them (the levels of a sex make up a
group, the groups make up all): A x = 0, x >= 0. A reader knows every printed number and all of A.
What can be known of a hidden number j is the range

    [min x_j, max x_j]  over  A x = 0,  x_i = printed for every i that is printed,  x >= lowest

which two linear programs give. `lowest` is 1 while zeros are printed (a hidden number is then none
of them), and 0 where zeros are hidden too.

Primary: every count from 1 to `smallest` - 1 is hidden. A zero is printed: nobody stands in it.
Secondary: as long as a hidden number has fewer than `smallest` possible values, another one that
shares a sum with it is hidden. Where nothing helps, all numbers that may be hidden are. The numbers
of a row or a column that share sums two ways have ranges whose ends are whole numbers (the
constraints are totally unimodular), so that the range tells all that there is to be known.

Sources: Cox 1980, doi 10.1080/01621459.1980.10477481 (complementary suppression); Fischetti and
Salazar 2001, doi 10.1287/mnsc.47.7.1008.9805 (the attacker as linear programs).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise
from math import comb

import numpy as np

from exvivo.arrays import Floats

Sum = tuple[int, tuple[int, ...]]
"""The place of a number, and the places of the numbers that make it up."""
Range = tuple[float, float]
Hidden = frozenset[int]
SMALLEST = 5
"""The smallest count that is printed where nothing else is asked for."""
_TRIED = 2000
"""Columns that print alike which are tried one by one."""
_ROOM = 1e-6
"""What the ends of a range may miss by the arithmetic of a linear program."""


@dataclass(frozen=True)
class Cells:
    """Counts that are printed together: `sums` says which are made up of which, `kept` are those
    that stand elsewhere as well and cannot be hidden.
    """

    counts: tuple[int, ...]
    sums: tuple[Sum, ...]
    kept: frozenset[int] = frozenset()

    @cached_property
    def sums_of(self) -> Mapping[int, tuple[tuple[int, ...], ...]]:
        """The sums in which each number takes part, all their places together."""
        places: dict[int, tuple[tuple[int, ...], ...]] = {}
        for whole, parts in self.sums:
            for place in (whole, *parts):
                places[place] = (*places.get(place, ()), (whole, *parts))
        return places

    @cached_property
    def balance(self) -> Floats:
        """The matrix A: a row for each sum, 1 at the whole and -1 at its parts."""
        matrix = np.zeros((len(self.sums), len(self.counts)))
        for row, (whole, parts) in enumerate(self.sums):
            matrix[row, whole] = 1.0
            matrix[row, list(parts)] = -1.0
        return matrix


def primary(cells: Cells, smallest: int) -> Hidden:
    """The places of the counts that are too small to print."""
    return frozenset(i for i, count in enumerate(cells.counts) if 0 < count < smallest)


def hidden(cells: Cells, smallest: int = SMALLEST) -> Hidden | None:
    """The places that are not printed; None where even hiding all that may be hidden leaves a small
    count to be worked out: then nothing of the table may be printed.
    """
    places = primary(cells, smallest)
    if not places:
        return places
    if places & cells.kept:
        return None
    while loose := exposed(cells, places, smallest):
        more = next((each for each in _complements(cells, places, loose)), None)
        if more is None:
            return _everything(cells, smallest)
        places |= {more}
    return places


def _everything(cells: Cells, smallest: int) -> Hidden | None:
    """All that may be hidden, zeros as well; None where that is not enough."""
    places = frozenset(range(len(cells.counts))) - cells.kept
    return None if exposed(cells, places, smallest) else places


def exposed(cells: Cells, places: Hidden, smallest: int) -> list[int]:
    """The hidden numbers with fewer than `smallest` possible values, the fewest first."""
    ranges = possible(cells, places)
    few = {i: high - low for i, (low, high) in ranges.items() if _values(low, high) < smallest}
    return sorted(few, key=lambda place: (few[place], place))


def _values(low: float, high: float) -> float:
    """How many whole numbers lie in a range."""
    return float(np.floor(high + _ROOM) - np.ceil(low - _ROOM)) + 1.0


def _complements(cells: Cells, places: Hidden, loose: Sequence[int]) -> Iterator[int]:
    """Numbers that could be hidden beside those that are too well known: of the sum with the fewest
    hidden numbers the smallest part, before the whole; else the same of numbers further away.
    """
    seen, reach = set[int](), list(loose)
    while reach:
        sums = {each for place in reach for each in cells.sums_of.get(place, ())}
        for each in sorted(sums, key=lambda each: (len(places & {*each}), each)):
            yield from _by_cost(cells, places, each)
        seen |= {*reach}
        reach = sorted({place for each in sums for place in each} - seen)


def _by_cost(cells: Cells, places: Hidden, of_sum: Sequence[int]) -> list[int]:
    """The numbers of a sum that can be hidden, the least loss first."""
    whole, counts = of_sum[0], cells.counts
    free = [i for i in of_sum if counts[i] and i not in places and i not in cells.kept]
    return sorted(free, key=lambda place: (place == whole, counts[place], place))


def possible(cells: Cells, places: Hidden) -> dict[int, Range]:
    """The range of each hidden number, as the printed ones leave it."""
    from scipy.optimize import linprog

    lowest = 1.0 if all(cells.counts[place] for place in places) else 0.0
    bounds = [
        (lowest, None) if i in places else (float(count), float(count))
        for i, count in enumerate(cells.counts)
    ]
    zeros = np.zeros(len(cells.sums))
    ranges = {}
    for place in sorted(places):
        aim = np.zeros(len(cells.counts))
        ends = []
        for sign in (1.0, -1.0):
            aim[place] = sign
            solved = linprog(aim, A_eq=cells.balance, b_eq=zeros, bounds=bounds)
            ends.append(sign * solved.fun if solved.status == 0 else sign * -np.inf)
        ranges[place] = (ends[0], ends[1])
    return ranges


@dataclass(frozen=True)
class Counted:
    """A table of counts: rows of levels by columns of groups, and the people of each group. The
    levels make up a group; with `total` a last column is the sum of the others.
    """

    rows: tuple[tuple[int, ...], ...]
    wholes: tuple[int, ...]
    total: bool = False

    @cached_property
    def cells(self) -> Cells:
        """The numbers of the table with their sums: levels row by row, then the wholes."""
        columns, levels = len(self.wholes), len(self.rows)
        counts = (*(count for row in self.rows for count in row), *self.wholes)
        wholes = range(levels * columns, (levels + 1) * columns)
        sums: list[Sum] = [
            (whole, tuple(range(column, levels * columns, columns)))
            for column, whole in enumerate(wholes)
        ]
        if self.total:
            sums += [(end - 1, tuple(range(end - columns, end - 1))) for end in self._ends]
        return Cells(counts, tuple(sums), frozenset(wholes))

    @property
    def _ends(self) -> range:
        """Behind the last column of each row, the wholes as well."""
        columns = len(self.wholes)
        return range(columns, (len(self.rows) + 1) * columns + 1, columns)


Printed = tuple[tuple[int | None, ...], ...]
"""The rows of a table as they may be printed: None for a number that is hidden."""


def printed(table: Counted, smallest: int = SMALLEST) -> Printed:
    """The table with None for what is hidden.

    A group of fewer than twice `smallest` people has no count of its levels, whatever they are:
    that a number is hidden would tell of it. The column of all is left out with it, and where it
    would leave nothing to print.
    """
    large = all(whole >= 2 * smallest for whole in table.wholes)
    places = hidden(table.cells, smallest) if table.total and large else None
    if places is not None:
        return _rows(table, places)
    last = len(table.wholes) - 1
    columns = [
        _column(table, i, smallest) if i < last or not table.total else [None] * len(table.rows)
        for i in range(len(table.wholes))
    ]
    return tuple(zip(*columns, strict=True))


def _rows(table: Counted, places: Hidden) -> Printed:
    """The rows of a table without some of its places."""
    width = len(table.wholes)
    return tuple(
        tuple(None if n * width + i in places else count for i, count in enumerate(row))
        for n, row in enumerate(table.rows)
    )


def _column(table: Counted, column: int, smallest: int) -> list[int | None]:
    """The levels of one group, which share no sum with those of others."""
    counts = tuple(row[column] for row in table.rows)
    if table.wholes[column] < 2 * smallest:
        return [None] * len(counts)
    return list(column_printed(counts, smallest))


def column_printed(counts: tuple[int, ...], smallest: int = SMALLEST) -> tuple[int | None, ...]:
    """Levels that make up a printed whole, with None for what is hidden.

    Where a reader who also knows this rule, and tries every column of counts with this whole, would
    be left with fewer than `smallest` - 1 values for a hidden number, all levels are hidden, zeros
    as well: for every column that prints alike, so that this tells nothing in its turn. Where the
    columns to try are more than `_TRIED`, the sum of the hidden numbers is large and leaves enough.
    """
    places = _hidden_levels(counts, smallest)
    shown = tuple(None if place in places else count for place, count in enumerate(counts))
    if places and len(places) < len(counts) and _known_rule(shown, counts, smallest):
        return (None,) * len(counts)
    return shown


def _hidden_levels(counts: tuple[int, ...], smallest: int) -> Hidden:
    """What `hidden` hides of levels that share one sum, without a linear program: of m hidden
    numbers with the sum r each may be from 1 to r - m + 1.
    """
    places = {place for place, count in enumerate(counts) if 0 < count < smallest}
    free = sorted((count, place) for place, count in enumerate(counts) if count >= smallest)
    for _, place in free:
        if _is_wide(counts, places, smallest):
            break
        places.add(place)
    wide = _is_wide(counts, places, smallest)
    return frozenset(places if wide else range(len(counts)))


def _is_wide(counts: tuple[int, ...], places: set[int], smallest: int) -> bool:
    """Whether each hidden number has enough possible values; also where none is hidden."""
    several = len(places) > 1
    rest = sum(counts[place] for place in places)
    return not places or (several and rest - len(places) + 1 >= smallest)


def _known_rule(shown: tuple[int | None, ...], counts: tuple[int, ...], smallest: int) -> bool:
    """Whether the columns that print alike leave too few values for a hidden number."""
    places = [place for place, cell in enumerate(shown) if cell is None]
    rest = sum(counts[place] for place in places)
    if comb(rest - 1, len(places) - 1) > _TRIED:
        return False
    values: list[set[int]] = [set() for _ in places]
    for parts in _parts(rest, len(places)):
        column = list(counts)
        for place, part in zip(places, parts, strict=True):
            column[place] = part
        if _hidden_levels(tuple(column), smallest) == frozenset(places):
            for own, part in zip(values, parts, strict=True):
                own.add(part)
    return min(map(len, values)) < smallest - 1


def _parts(whole: int, count: int) -> Iterator[tuple[int, ...]]:
    """Every way to write a number as so many numbers from 1 on, in their order."""
    for bars in combinations(range(1, whole), count - 1):
        ends = (0, *bars, whole)
        yield tuple(after - before for before, after in pairwise(ends))


def at_least(n: int, whole: int, smallest: int = SMALLEST) -> tuple[int, int]:
    """The range in which the number of those of a group who are in an answer is printed.

    Exact where everybody is, or where so many are not that these may be counted; else without the
    1 to `smallest` - 1 people who are not. Of a group of fewer than twice `smallest` people it is
    always `smallest` to all of them: whether somebody is not in it stays open.

    >>> at_least(14, 14), at_least(12, 14), at_least(9, 14), at_least(7, 8), at_least(8, 8)
    ((14, 14), (10, 13), (9, 9), (5, 8), (5, 8))
    """
    if whole < 2 * smallest:
        return smallest, whole
    if 0 < whole - n < smallest:
        return whole - smallest + 1, whole - 1
    return n, n


def smallest_class(keys: Iterable[object]) -> tuple[int, int]:
    """How many people are the only one with their key, and how many share the rarest one (k)."""
    from collections import Counter

    sizes = Counter(keys).values()
    return sum(size == 1 for size in sizes), min(sizes, default=0)
