"""The rules by which items become scores: one a file, and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from exvivo.quantify.scores.by_table import by_table
from exvivo.quantify.scores.composite import sum_of_scores
from exvivo.quantify.scores.criteria import criteria_2011, criteria_2016
from exvivo.quantify.scores.parts import Part, Points
from exvivo.quantify.scores.profile import profile
from exvivo.quantify.scores.psqi import component
from exvivo.quantify.scores.regions import painful_regions
from exvivo.quantify.scores.sums import mean_of_items, sum_of_items
from exvivo.study.score_tables import ScoreTable
from exvivo.study.scoring import RuleName, Score

OF_ITEMS: dict[RuleName, Callable[[Score, Points], Part]] = {
    "sum": sum_of_items,
    "mean": mean_of_items,
    "regions": painful_regions,
    "psqi": component,
    "profile": profile,
}
"""Rules that make a score of items."""
OF_SCORES: dict[RuleName, Callable[[Score, Points, Sequence[Part]], Part]] = {
    "sum of scores": sum_of_scores,
    "acr 2011": criteria_2011,
    "acr 2016": criteria_2016,
}
"""Rules that make a score of the scores above it."""


def part_of(
    score: Score, points: Points, made: Mapping[str, Part], table: ScoreTable | None
) -> Part | None:
    """One score of some forms; none where it is a ready total only, or lacks its table. `made` are
    the scores above it.
    """
    if score.rule in OF_ITEMS:
        return OF_ITEMS[score.rule](score, points)
    if not all(name in made for name in score.of):
        return None
    parts = [made[name] for name in score.of]
    if score.rule in OF_SCORES:
        return OF_SCORES[score.rule](score, points, parts)
    return by_table(parts[0], points, table) if table and parts else None
