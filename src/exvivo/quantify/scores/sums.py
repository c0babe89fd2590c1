"""Sums and means of items, prorated where the scale's own rule allows it.

    score = (n / k) * sum(points of the k answered items) * times / divide    if k >= at_least
    bounds = sum(points, the gaps at their least or most) * times / divide

A mean is a sum with `divide` n times as large: the mean of the answered items is the prorated one.
The bounds are those of the complete rule: what the form would have scored with every item answered.
"""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Floats
from exvivo.quantify.scores.parts import Part, Points
from exvivo.study.scoring import Score


def sum_of_items(score: Score, points: Points) -> Part:
    """The sum of the points of a score's items."""
    return _prorated(score, points, score.divide)


def mean_of_items(score: Score, points: Points) -> Part:
    """The mean of the points of a score's items."""
    return _prorated(score, points, score.divide * len(score.items))


def _prorated(score: Score, points: Points, divide: float) -> Part:
    rows, n, items = points.rows(score.items), len(score.items), score.items
    missing = points.missing(items)
    lowest: Floats = points.low[rows].sum(axis=0) * score.times / divide
    if not missing.any():
        return Part(lowest, lowest, lowest, missing, items)
    highest = points.high[rows].sum(axis=0) * score.times / divide
    known = np.where(points.gaps[rows], 0.0, points.low[rows]).sum(axis=0) * score.times
    need = n if score.at_least is None else max(score.at_least, 1)
    answered = n - missing
    prorated = known * n / np.maximum(answered, 1) / divide
    made = np.where(answered >= need, prorated, np.nan)
    return Part(made, np.minimum(lowest, highest), np.maximum(lowest, highest), missing, items)
