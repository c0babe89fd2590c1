"""Numbers and levels of several groups as rows of the first table."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import TypeVar

import numpy as np

from exvivo.tell.cohort.balance import apart_in_levels, apart_in_numbers
from exvivo.tell.cohort.records import Apart, CategoryRow, Known, NumberRow, Numbers

S = TypeVar("S")


def numbers_of(values: Sequence[float]) -> Numbers | None:
    """Mean, spread, median, quartiles and ends, to the last bit whatever the order; None of
    nobody.
    """
    if not values:
        return None
    x = np.sort(np.asarray(values, dtype=np.float64))
    low, middle, high = (float(each) for each in np.quantile(x, [0.25, 0.5, 0.75]))
    sd = float(x.std(ddof=1)) if len(x) > 1 else None
    return Numbers(float(x.mean()), sd, middle, low, high, float(x.min()), float(x.max()))


def number_row(
    name: str,
    title: str,
    groups: Sequence[str],
    values: Sequence[Sequence[float]],
    known: Sequence[Known],
    *,
    scale: bool = False,
) -> NumberRow:
    """A number of each group; `groups` are their ids."""
    return NumberRow(
        id=name,
        name=title,
        groups=tuple(known),
        numbers=tuple(map(numbers_of, values)),
        apart=furthest(groups, values, apart_in_numbers),
        scale=scale,
    )


def category_row(
    name: str,
    title: str,
    groups: Sequence[str],
    cells: Sequence[Sequence[str]],
    levels: Sequence[str],
    *,
    only_first: bool = False,
) -> CategoryRow:
    """A category of each group: `cells` are those of its people, empty where not known."""
    counts = tuple(tuple(own.count(level) for level in levels) for own in map(list, cells))
    return CategoryRow(
        id=name,
        name=title,
        groups=tuple(map(known_of, cells)),
        levels=tuple(levels),
        counts=counts,
        apart=furthest(groups, counts, apart_in_levels),
        only_first=only_first,
    )


def known_of(cells: Sequence[str]) -> Known:
    """How many cells say something."""
    missing = list(cells).count("")
    return Known(len(cells) - missing, missing)


def furthest(
    groups: Sequence[str], values: Sequence[S], apart: Callable[[S, S], float | None]
) -> Apart:
    """The pair of groups that is furthest apart; the first one of several, None without a pair that
    can be held against each other.
    """
    pairs = combinations(range(len(groups)), 2)
    sizes = {(i, j): apart(values[i], values[j]) for i, j in pairs}
    known = {pair: size for pair, size in sizes.items() if size is not None}
    if not known:
        return Apart(None)
    i, j = max(known, key=lambda pair: known[pair])
    size = known[i, j]
    return Apart(size if math.isfinite(size) else math.inf, (groups[i], groups[j]))
