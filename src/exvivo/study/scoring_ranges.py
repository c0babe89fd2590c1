"""The lowest and the highest score that a rule reaches over all complete forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exvivo.study.coded import least_and_most
from exvivo.study.scoring import Score, ScoringKey

Range = tuple[float, float]

_COMPONENT = (0.0, 3.0)
_MET = (0.0, 1.0)


def reachable(key: ScoringKey) -> dict[str, Range]:
    """The range of each score that is made of items, by its id: of a sum the sum of the ranges of
    its parts. Scores that are given, or that a table makes, have none here; neither have those
    that name an item, or a score above them, that is not there.
    """
    points = {item.id: least_and_most(item) for item in key.every_item}
    levels = {item.id: (item.lowest, item.highest) for item in key.every_item}
    ranges: dict[str, Range] = {}
    for score in key.scores:
        own = levels if score.rule == "profile" else points
        known = set(score.items) <= set(own) and set(score.of) <= set(ranges)
        if known and score.divide > 0 and score.times > 0:
            made = _range_of(score, [own[name] for name in score.items], ranges)
            ranges |= {score.id: made} if made else {}
    return ranges


def is_sharp(score: Score, key: ScoringKey) -> bool:
    """Whether both ends of the range of a score are reached for sure: scores that share an item may
    not reach their ends in one form.
    """
    below = {each.id: each.items for each in key.scores}
    items = [name for part in score.of for name in below.get(part, ())]
    return score.rule != "sum of scores" or len(items) == len(set(items))


def _range_of(score: Score, items: Sequence[Range], ranges: Mapping[str, Range]) -> Range | None:
    """The range of one score, from those of its items and of the scores above it."""
    match score.rule:
        case "sum":
            return _scaled(_added(items), score)
        case "mean":
            return _scaled(_averaged(items), score) if items else None
        case "sum of scores":
            return _scaled(_added([ranges[name] for name in score.of]), score)
        case "regions":
            return 0.0, float(len(score.groups))
        case "acr 2011" | "acr 2016":
            return _MET
        case "psqi":
            return _COMPONENT
        case "profile":
            return _widest(items) if items else None
        case "given" | "table":
            return None


def _added(parts: Sequence[Range]) -> Range:
    return sum(low for low, _ in parts), sum(high for _, high in parts)


def _averaged(parts: Sequence[Range]) -> Range:
    lowest, highest = _added(parts)
    return lowest / len(parts), highest / len(parts)


def _widest(parts: Sequence[Range]) -> Range:
    return min(low for low, _ in parts), max(high for _, high in parts)


def _scaled(own: Range, score: Score) -> Range:
    lowest, highest = (end * score.times / score.divide for end in own)
    return lowest, highest
