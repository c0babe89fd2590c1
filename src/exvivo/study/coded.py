"""Answers of an item as the points they give, whatever coding they were written in."""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Floats
from exvivo.study.scoring import Coding, Item, ScoringKey

AS_POINTS = Coding(id="", meaning="each answer is the points of its item")


def coding_named(key: ScoringKey, name: str = "") -> Coding:
    """A coding of the key; without a name the first, the published one."""
    if not name:
        return key.codings[0] if key.codings else AS_POINTS
    return next(coding for coding in key.codings if coding.id == name)


def as_published(answers: Floats, item: Item, coding: Coding) -> Floats:
    """Answers (NaN for a gap) as the key counts them, before points are given.

    An answer a of an item from l to h becomes a - shift, and l + h - (a - shift) where the coding
    writes the item the other way round. What the authors write for no answer is a gap.
    """
    if item.missing:
        answers = np.where(np.isin(answers, item.missing), np.nan, answers)
    if coding.shift:
        answers = answers - coding.shift
    if item.id in coding.reversed:
        answers = item.lowest + item.highest - answers
    return answers


def points_of_item(answers: Floats, item: Item, coding: Coding) -> Floats:
    """The points of answers in a coding; NaN stays a gap. Answers outside the item have none."""
    own = as_published(answers, item, coding)
    if not item.points:
        return own
    place = np.nan_to_num(own - item.lowest, nan=-1.0)
    whole = (place >= 0) & (place < len(item.points)) & (np.rint(place) == place)
    points: Floats = np.full(own.shape, np.nan)
    points[whole] = np.array(item.points)[place[whole].astype(np.intp)]
    return points


def least_and_most(item: Item) -> tuple[float, float]:
    """The least and the most points that an item gives.

    >>> least_and_most(Item(id="1", lowest=1, highest=3, points=(100, 50, 0)))
    (0, 100)
    """
    if item.points:
        return min(item.points), max(item.points)
    return item.lowest, item.highest
