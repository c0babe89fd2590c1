"""Forms in a row: answers become points, points become scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats, Ints
from exvivo.quantify.scores.parts import Part, Points
from exvivo.quantify.scores.points import points_of
from exvivo.quantify.scores.rules import part_of
from exvivo.study.score_tables import ScoreTable
from exvivo.study.scoring import Score, ScoringKey

_AT_ONCE = 8192
"""Forms that are scored together: their points stay in the cache of a processor."""


@dataclass(frozen=True)
class Scored:
    """Forms with their scores, one row a form and one column a score of the key.

    `scores` are NaN where there is none. `missing` counts the items of a score without an answer,
    -1 where a score has no items. `lowest` and `highest` are the least and the greatest score that
    the complete rule gives over all possible answers of the gaps; without gaps, the score.
    `standard_errors` are NaN where a score has none. `profiles` are texts by score.
    """

    scores: Floats
    missing: Ints
    lowest: Floats
    highest: Floats
    standard_errors: Floats
    profiles: dict[str, list[str]]


def score_forms(
    key: ScoringKey, answers: Floats, *, coding: str = "", table: ScoreTable | None = None
) -> Scored:
    """The scores of `answers` (forms x items of the key, NaN where none was given), which are
    written in a coding of the key (left out: its first). `table` is the user's own (T-scores, index
    values). Raises `Bug` for an answer that its item cannot have: the door asks about those.
    """
    forms, made = answers.shape[0], _blank(key, answers.shape[0])
    for start in range(0, forms, _AT_ONCE):
        here = slice(start, start + _AT_ONCE)
        points = points_of(key, answers[here], coding)
        for column, score, part in _parts(key, points, table):
            _put(made, here, column, score, part)
    return made


def _blank(key: ScoringKey, forms: int) -> Scored:
    """Forms before they are scored."""
    shape = (forms, len(key.scores))
    return Scored(
        scores=np.full(shape, np.nan),
        missing=np.full(shape, -1, dtype=np.int64),
        lowest=np.full(shape, np.nan),
        highest=np.full(shape, np.nan),
        standard_errors=np.full(shape, np.nan),
        profiles={score.id: [] for score in key.scores if score.rule == "profile"},
    )


def _parts(
    key: ScoringKey, points: Points, table: ScoreTable | None
) -> Iterator[tuple[int, Score, Part]]:
    """Every score that is made of items, with its column: parts before their sums."""
    made: dict[str, Part] = {}
    for column, score in sorted(enumerate(key.scores), key=lambda each: _depth(each[1], key)):
        part = part_of(score, points, made, table)
        if part is not None:
            made[score.id] = part
            yield column, score, part


def _depth(score: Score, key: ScoringKey) -> int:
    """How many scores lie below a score, one under the other."""
    below = (_depth(each, key) for each in key.scores if each.id in score.of)
    return 1 + max(below, default=-1)


def _put(made: Scored, here: slice, column: int, score: Score, part: Part) -> None:
    """Write one score of some forms into its column."""
    made.scores[here, column] = part.score
    made.missing[here, column] = part.missing
    made.lowest[here, column] = part.lowest
    made.highest[here, column] = part.highest
    if part.standard_error is not None:
        made.standard_errors[here, column] = part.standard_error
    if score.id in made.profiles:
        made.profiles[score.id] += part.profile
