"""In how many regions of the body something hurts."""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Floats
from exvivo.quantify.scores.parts import Part, Points
from exvivo.study.coded import least_and_most
from exvivo.study.scoring import Score


def painful_regions(score: Score, points: Points) -> Part:
    """The number of groups with an item above its least; none where a gap decides it."""
    items = tuple(dict.fromkeys(name for group in score.groups for name in group))
    lowest, highest = (_count(score, points, filled) for filled in (points.low, points.high))
    made = np.where(lowest == highest, lowest, np.nan)
    return Part(made, lowest, highest, points.missing(items), items)


def _count(score: Score, points: Points, filled: Floats) -> Floats:
    count = np.zeros(filled.shape[1])
    for group in score.groups:
        rows = [points.place[name] for name in group]
        least = np.array([least_and_most(points.items[row])[0] for row in rows])[:, None]
        count += (filled[rows] > least).any(axis=0)
    return count
