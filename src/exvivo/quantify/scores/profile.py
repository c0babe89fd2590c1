"""A profile: the answers of a form side by side, as EQ-5D writes its levels (21342)."""

from __future__ import annotations

import numpy as np

from exvivo.quantify.scores.parts import Part, Points
from exvivo.study.scoring import Score

MISSING_LEVEL = 9
"""How EuroQol writes a level that was not given."""


def profile(score: Score, points: Points) -> Part:
    """The profile of each form, a 9 for each gap. It is a text: there is no number."""
    rows = points.rows(score.items)
    levels = np.where(points.gaps[rows], MISSING_LEVEL, points.low[rows]).astype(np.int64)
    texts = ["".join(map(str, form)) for form in levels.T.tolist()]
    none = np.full(levels.shape[1], np.nan)
    return Part(none, none, none, points.missing(score.items), score.items, profile=texts)
