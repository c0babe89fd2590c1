"""A sum of other scores of the same form."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exvivo.quantify.scores.parts import Part, Points, items_of
from exvivo.study.scoring import Score


def sum_of_scores(score: Score, points: Points, parts: Sequence[Part]) -> Part:
    """The sum of other scores: none where one of them is missing.

    Its bounds are the sums of theirs: no two parts pull one gap in different directions.
    """
    items = items_of(score, parts)
    made, lowest, highest = (
        np.sum([getattr(part, name) for part in parts], axis=0) * score.times / score.divide
        for name in ("score", "lowest", "highest")
    )
    return Part(made, lowest, highest, points.missing(items), items)
