"""A score that the user's table gives: a T-score of a raw sum, or an index of a profile.

With a gap there is no such score: a sum short of an item is another sum (PROMIS scores such forms
by the pattern of their answers only). Its bounds are the least and the most that the table gives
for any of the sums, or profiles, that the gaps allow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from exvivo.arrays import Floats, Ints
from exvivo.quantify.scores.parts import Part, Points
from exvivo.quantify.scores.profile import MISSING_LEVEL
from exvivo.study.score_tables import ScoreTable
from exvivo.study.scoring import Item

Answered = tuple[float, float, float, float]
"""The score of a table, its standard error, and the bounds."""
_NONE = float("nan")


def by_table(raw: Part, points: Points, table: ScoreTable) -> Part:
    """The scores of a table for the raw sums, or the profiles, of some forms."""
    if raw.profile:
        items = [points.items[points.place[name]] for name in raw.items]
        columns = _of_profiles(raw.profile, items, table)
    else:
        columns = _of_sums(raw, table)
    score, error, lowest, highest = columns
    return Part(score, lowest, highest, raw.missing, raw.items, standard_error=error)


def _of_sums(raw: Part, table: ScoreTable) -> Floats:
    """Four columns for raw sums."""
    bounds, place = np.unique([raw.lowest, raw.highest], axis=1, return_inverse=True)
    rows = [_of_range(least, most, table) for least, most in bounds.T.tolist()]
    return _columns(rows, place)


def _of_range(least: float, most: float, table: ScoreTable) -> Answered:
    """What the table gives for the sums from `least` to `most`: a score where they are one."""
    scores = [score for sum_, (score, _) in table.sums.items() if least <= sum_ <= most]
    if least == most:
        score, error = table.sums.get(least, (_NONE, _NONE))
        return score, error, score, score
    return _NONE, _NONE, min(scores, default=_NONE), max(scores, default=_NONE)


def _of_profiles(profiles: Sequence[str], items: Sequence[Item], table: ScoreTable) -> Floats:
    """Four columns for profiles."""
    texts, place = np.unique(profiles, return_inverse=True)
    rows = [_of_profile(str(text), items, table) for text in texts]
    return _columns(rows, place)


def _of_profile(text: str, items: Sequence[Item], table: ScoreTable) -> Answered:
    """What the table gives for a profile; for one with gaps the bounds over all that it may be."""
    if str(MISSING_LEVEL) not in text:
        score, error = table.profiles.get(text, (_NONE, _NONE))
        return score, error, score, score
    possible = map("".join, product(*_levels(text, items)))
    scores = [table.profiles[each][0] for each in possible if each in table.profiles]
    return _NONE, _NONE, min(scores, default=_NONE), max(scores, default=_NONE)


def _levels(text: str, items: Sequence[Item]) -> Iterator[list[str]]:
    """The levels that each place of a profile may have."""
    for level, item in zip(text, items, strict=True):
        every = range(int(item.lowest), int(item.highest) + 1)
        yield [str(each) for each in every] if level == str(MISSING_LEVEL) else [level]


def _columns(rows: Sequence[Answered], place: Ints) -> Floats:
    """Rows of distinct forms as columns of all forms."""
    columns: Floats = np.array(rows, dtype=np.float64).reshape(-1, 4)[place.ravel()].T
    return columns
