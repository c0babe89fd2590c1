"""Answers as points: the coding in which they were written, and the points that an item gives."""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.errors import Bug
from exvivo.quantify.scores.parts import Points
from exvivo.study.scoring import Coding, Item, ScoringKey

_AS_POINTS = Coding(id="", meaning="")


def coding_of(key: ScoringKey, name: str) -> Coding:
    """A coding of the key; without a name the first, the published one."""
    if not name:
        return key.codings[0] if key.codings else _AS_POINTS
    return next(coding for coding in key.codings if coding.id == name)


def points_of(key: ScoringKey, answers: Floats, coding: str = "") -> Points:
    """The points of `answers` (forms x items, NaN for a gap).

    An answer a of an item from l to h becomes a - shift, and l + h - (a - shift) where the coding
    writes the item the other way round; then the points that the item's table gives.
    """
    written, items = coding_of(key, coding), key.every_item
    plain = np.array(answers.T, dtype=np.float64, order="C")
    for row, item in enumerate(items):
        if item.missing:
            plain[row] = np.where(np.isin(plain[row], item.missing), np.nan, plain[row])
    if written.shift:
        plain -= written.shift
    gaps = np.isnan(plain)
    low = np.where(gaps, _column([item.lowest for item in items]), plain)
    _refuse_strange(low, items)
    for row, item in enumerate(items):
        if item.id in written.reversed:
            low[row] = item.lowest + item.highest - low[row]
        if item.points:
            low[row] = _from_table(low[row], item)
    return _filled(items, low, gaps)


def _filled(items: tuple[Item, ...], low: Floats, gaps: Bools) -> Points:
    """Points with their gaps filled by the least and by the most of each item."""
    least, most = zip(*map(ends, items), strict=True)
    if not gaps.any():
        return Points(items, low, low, gaps)
    low = np.where(gaps, _column(least), low)
    return Points(items, low, np.where(gaps, _column(most), low), gaps)


def ends(item: Item) -> tuple[float, float]:
    """The least and the most points that an item gives."""
    if item.points:
        return min(item.points), max(item.points)
    return item.lowest, item.highest


def _column(numbers: list[float] | tuple[float, ...]) -> Floats:
    return np.array(numbers, dtype=np.float64)[:, None]


def _from_table(answers: Floats, item: Item) -> Floats:
    """The points of answers, from the table of their item."""
    points: Floats = np.array(item.points)[(answers - item.lowest).astype(np.intp)]
    return points


def _refuse_strange(answers: Floats, items: tuple[Item, ...]) -> None:
    """Raise for an answer outside its item, and for a part of a whole number where one chooses."""
    outside = (answers.min(axis=1, initial=np.inf) < [item.lowest for item in items]) | (
        answers.max(axis=1, initial=-np.inf) > [item.highest for item in items]
    )
    chosen = np.array([item.kind == "choice" for item in items])
    outside[chosen] |= (np.rint(answers[chosen]) != answers[chosen]).any(axis=1)
    if outside.any():
        raise Bug(f"answers that item {items[int(outside.argmax())].id} cannot have")
