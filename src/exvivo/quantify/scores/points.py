"""Answers as points: the coding in which they were written, and the points that an item gives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.errors import Bug
from exvivo.quantify.scores.parts import Points
from exvivo.study.coded import coding_named, least_and_most, points_of_item
from exvivo.study.scoring import Coding, Item, ScoringKey


def points_of(key: ScoringKey, answers: Floats, coding: str = "") -> Points:
    """The points of `answers` (forms x items, NaN for a gap) in a coding of the key."""
    written, items = coding_named(key, coding), key.every_item
    low: Floats = np.array(answers.T, dtype=np.float64, order="C")
    gaps = np.isnan(low)
    for row, item in enumerate(items):
        if _is_plain(item, written):
            continue
        low[row] = points_of_item(low[row], item, written)
        coded = np.isin(answers[:, row], item.missing)
        _refuse(item, bool((np.isnan(low[row]) & ~gaps[row] & ~coded).any()))
        gaps[row] |= coded
    return _filled(items, low, gaps)


def _is_plain(item: Item, coding: Coding) -> bool:
    """Whether an answer is its points."""
    changed = item.points or item.missing or coding.shift
    return not changed and item.id not in coding.reversed


def _filled(items: tuple[Item, ...], low: Floats, gaps: Bools) -> Points:
    """Points with their gaps filled by the least and by the most of each item."""
    least, most = zip(*map(least_and_most, items), strict=True)
    some = bool(gaps.any())
    if some:
        low[gaps] = np.broadcast_to(_column(least), low.shape)[gaps]
    outside = (low.min(axis=1, initial=np.inf) < least) | (low.max(axis=1, initial=-np.inf) > most)
    _refuse(items[int(outside.argmax())], bool(outside.any()))
    high = np.where(gaps, _column(most), low) if some else low
    return Points(items, low, high, gaps)


def _column(numbers: Sequence[float]) -> Floats:
    return np.array(numbers, dtype=np.float64)[:, None]


def _refuse(item: Item, strange: bool) -> None:
    """Raise for an answer that an item cannot have."""
    if strange:
        raise Bug(f"an answer that item {item.id} cannot have")
