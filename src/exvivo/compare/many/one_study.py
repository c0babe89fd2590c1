"""Answers for which every study is asked by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import compress

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.estimate import Estimates
from exvivo.compare.many.answered import About, Answered
from exvivo.compare.many.layout import Laid
from exvivo.findings import Finding

Answer = Callable[[int], Finding]
"""The answer of the study at a place."""


def answered_each(about: About, studies: int, answer: Answer) -> Answered:
    """The answer of every study."""
    rows = [_numbers(answer(study)) for study in range(studies)]
    whole = np.array(rows, dtype=np.float64).reshape(studies, 4).T
    return Answered(about, Estimates(*whole), np.full(studies, np.nan))


def _numbers(finding: Finding) -> tuple[float | None, ...]:
    """What stands in an answer; None is NaN in an array of floats."""
    if finding.estimate is None:
        return (None,) * 4
    return (finding.estimate, finding.lower, finding.upper, finding.p)


def scores_at(scale: str, visit: str, laid: Laid) -> Floats:
    """The scores of a scale at a visit (studies, donors), NaN where none was given."""
    none = np.full(laid.many.present.shape, np.nan)
    return laid.many.scores.get((scale, visit), none)


def scores_of_study(scale: str, visit: str, study: int, laid: Laid) -> Mapping[str, float]:
    """The scores that the donors of one study gave."""
    scores = scores_at(scale, visit, laid)[study]
    given = (~np.isnan(scores) & laid.many.present[study]).tolist()
    return dict(compress(zip(laid.many.donors, scores.tolist(), strict=True), given))
