"""Mistakes in a scoring key: items, codings and scores that cannot be meant so."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from exvivo.study.entry import Entry, Mistakes
from exvivo.study.ids import id_trouble
from exvivo.study.scoring import CutOff, Items, RuleName, Score, ScoringKey
from exvivo.study.scoring_example_checks import example_mistakes
from exvivo.study.scoring_ranges import Range, is_sharp, reachable
from exvivo.words import listed, shortened

_MOST = 999
_NEAR = 1e-9
"""Relative; a stated range that differs by less is the same in other digits."""
_HIGHEST_LEVEL = 8
"""Of a profile: a level is one digit, and 9 stands for a gap."""


class _Parts(NamedTuple):
    """What a rule is made of: how many items, scores above it and regions, at least and at most."""

    items: tuple[int, int] = (0, 0)
    of: tuple[int, int] = (0, 0)
    groups: tuple[int, int] = (0, 0)


_PARTS: dict[RuleName, _Parts] = {
    "given": _Parts(),
    "sum": _Parts(items=(1, _MOST)),
    "mean": _Parts(items=(1, _MOST)),
    "sum of scores": _Parts(of=(1, _MOST)),
    "regions": _Parts(groups=(1, _MOST)),
    "acr 2011": _Parts(items=(1, 1), of=(2, 2)),
    "acr 2016": _Parts(items=(1, 1), of=(3, 3)),
    "psqi": _Parts(items=(1, 9)),
    "profile": _Parts(items=(1, _MOST)),
    "table": _Parts(of=(1, 1)),
}
_COMPONENTS = {1: 1, 2: 2, 3: 1, 4: 3, 5: 9, 6: 1, 7: 2}
"""How many items each component of the Pittsburgh index has."""


def key_mistakes(key: ScoringKey, entry: Entry) -> Mistakes:
    """Everything that is to fix in a scoring key which could be cast: ids twice, items that are not
    there, a rule without its parts, a range that the rule does not have, examples that are too few.
    Ranges and examples are looked at once the items are sound.
    """
    of_items = list(_item_mistakes(key, entry))
    yield from of_items
    yield from _coding_mistakes(key, entry)
    yield from _twice([score.id for score in key.scores], entry, "scores")
    if not key.scores:
        cure = "add a block `- {id: ..., rule: sum, items: [...], ...}`"
        yield entry.mistake("no score", "one at least", cure, field="scores")
    ranges = {} if of_items else reachable(key)
    for i, score in enumerate(key.scores):
        at = entry.at("scores", i)
        yield from _score_mistakes(score, key, at)
        yield from _range_mistakes(score, key, ranges.get(score.id), at)
        yield from _published_mistakes(score, at)
    if not of_items:
        yield from example_mistakes(key, entry)


def _twice(names: Iterable[str], entry: Entry, field: str) -> Mistakes:
    """Names that stand there more than once."""
    again = [name for name, count in Counter(names).items() if count > 1]
    if again:
        finding = f"{shortened(again)} more than once"
        yield entry.mistake(finding, "each once", "correct or remove one", field=field)


def _item_mistakes(key: ScoringKey, entry: Entry) -> Mistakes:
    items = [item.id for item in key.every_item]
    yield from _twice(items, entry, "items")
    for i, row in enumerate(key.items):
        yield from _answer_mistakes(row, entry.at("items", i))
    yield from entry.undeclared("reverse_items", key.reverse_items, items, "item")
    if items and set(items) <= set(key.reverse_items):
        finding = "every item as a reverse item"
        expected = "items that are worded the other way round than the others"
        cure = "name those alone; the direction of a score stands in `higher_is`"
        yield entry.mistake(finding, expected, cure, field="reverse_items")


def _answer_mistakes(row: Items, entry: Entry) -> Mistakes:
    """Answers that items cannot have, and rows without an item."""
    if not row.ids:
        cure = "write the smaller number first: `1-14`"
        yield entry.mistake("a row without an item", "one at least", cure, field="ids")
    if row.lowest >= row.highest:
        finding = f"answers from {row.lowest:g} to {row.highest:g}"
        cure = "write the lowest and the highest answer as the form numbers them"
        yield entry.mistake(finding, "a lowest below the highest", cure, field="highest")
        return
    whole = row.lowest == round(row.lowest) and row.highest == round(row.highest)
    if row.kind == "choice" and not whole:
        finding = f"choices from {row.lowest:g} to {row.highest:g}"
        yield entry.mistake(finding, "whole numbers", "write `kind: number`, or whole numbers")
    yield from _points_mistakes(row, entry)
    inside = [f"{code:g}" for code in row.missing if row.lowest <= code <= row.highest]
    if inside:
        finding = f"{shortened(inside)} for no answer, which is an answer of these items"
        expected = f"numbers outside {row.lowest:g} to {row.highest:g}"
        cure = "such a code cannot be told from an answer: declare it in study.yaml"
        yield entry.mistake(finding, expected, cure, field="missing")


def _points_mistakes(row: Items, entry: Entry) -> Mistakes:
    """Points that are not one for each answer."""
    if not row.points:
        return
    answers = round(row.highest - row.lowest) + 1
    if row.kind != "choice":
        finding = f"points of answers that are {row.kind}"
        cure = "write `kind: choice`, or leave out `points`"
        yield entry.mistake(finding, "points of choices only", cure, field="points")
    elif len(row.points) != answers:
        finding = f"{len(row.points)} points for the answers {row.lowest:g} to {row.highest:g}"
        cure = "write the points of each answer, from the lowest answer on"
        yield entry.mistake(finding, f"{answers}, one an answer", cure, field="points")


def _coding_mistakes(key: ScoringKey, entry: Entry) -> Mistakes:
    items = [item.id for item in key.every_item]
    yield from _twice([coding.id for coding in key.codings], entry, "codings")
    for i, coding in enumerate(key.codings):
        yield from entry.at("codings", i).undeclared("reversed", coding.reversed, items, "item")


def _score_mistakes(score: Score, key: ScoringKey, entry: Entry) -> Mistakes:
    """An id that cannot be one, parts that are not there, and parts that the rule has not."""
    if trouble := id_trouble(score.id):
        yield entry.mistake(*trouble, field="id")
    items = [item.id for item in key.every_item]
    above = [each.id for each in _above(score, key)]
    grouped = [name for group in score.groups for name in group]
    yield from entry.undeclared("items", score.items, items, "item")
    yield from entry.undeclared("groups", grouped, items, "item")
    yield from entry.undeclared("of", score.of, above, "score that stands above it,")
    for field, names in (("items", score.items), ("of", score.of), ("groups", grouped)):
        yield from _twice(names, entry, field)
    yield from _part_mistakes(score, entry)
    yield from _gap_mistakes(score, entry)
    yield from _level_mistakes(score, key, entry)


def _above(score: Score, key: ScoringKey) -> Iterator[Score]:
    """The scores that stand above one."""
    for each in key.scores:
        if each is score:
            return
        yield each


def _part_mistakes(score: Score, entry: Entry) -> Mistakes:
    """Parts of a score that its rule has not, or lacks."""
    parts = _PARTS[score.rule]
    for field, (least, most) in parts._asdict().items():
        count = len(getattr(score, field))
        if not least <= count <= most:
            finding = f"{count or 'no'} `{field}` for the rule `{score.rule}`"
            cure = f"correct `{field}`, or the rule"
            yield entry.mistake(finding, _count_words(least, most), cure, field=field)
    expected = _COMPONENTS.get(score.component)
    if score.rule == "psqi" and expected != len(score.items):
        finding = f"component {score.component} of {len(score.items)} items"
        form = listed(f"{number} of {count}" for number, count in _COMPONENTS.items())
        yield entry.mistake(finding, f"component {form}", "correct them", field="component")


def _count_words(least: int, most: int) -> str:
    if most == 0:
        return "none"
    return f"{least}" if least == most else f"{least} or more"


def _gap_mistakes(score: Score, entry: Entry) -> Mistakes:
    """Numbers with which no score can be made."""
    count = len(score.items)
    if score.at_least is not None and score.rule not in ("sum", "mean"):
        finding = f"`at_least` for the rule `{score.rule}`"
        cure = "remove it: gaps of this rule are never filled"
        yield entry.mistake(finding, "it for sums and means only", cure, field="at_least")
    elif score.at_least is not None and not 1 <= score.at_least <= count:
        finding = f"{score.at_least} answered of {count} items"
        cure = "write from how many answered items on a gap is filled, or leave it out"
        yield entry.mistake(finding, f"1 to {count}", cure, field="at_least")
    for field in ("times", "divide"):
        factor = getattr(score, field)
        if not factor > 0:
            cure = "correct it; a score that falls is turned by `points` of its items"
            yield entry.mistake(f"{factor:g}", "a number above 0", cure, field=field)


def _level_mistakes(score: Score, key: ScoringKey, entry: Entry) -> Mistakes:
    """Levels of a profile that are more than one digit."""
    own = [item for item in key.every_item if item.id in score.items]
    long = [each.id for each in own if each.lowest < 0 or each.highest > _HIGHEST_LEVEL]
    if score.rule == "profile" and long:
        finding = f"items {shortened(long)} in a profile"
        cure = "a profile has one digit an item, and 9 for a gap"
        yield entry.mistake(finding, f"levels 0 to {_HIGHEST_LEVEL}", cure, field="items")


def _range_mistakes(score: Score, key: ScoringKey, own: Range | None, entry: Entry) -> Mistakes:
    """A stated range that is none, or is not that of the rule."""
    stated = (score.lowest, score.highest)
    words = f"{score.lowest:g} to {score.highest:g}"
    if not score.lowest < score.highest:
        cure = "write the lowest and the highest possible score"
        yield entry.mistake(words, "a lowest below the highest", cure, field="highest")
    elif own and not _fits(stated, own, sharp=is_sharp(score, key)):
        finding = f"{score.id} from {words}"
        expected = f"{_plain(own[0])} to {_plain(own[1])}, which its items and rule reach"
        cure = "correct the range, or the items and answers that it is made of"
        yield entry.mistake(finding, expected, cure, field="lowest")


def _fits(stated: Range, own: Range, *, sharp: bool) -> bool:
    """Whether a stated range is that of the rule, or, where the rule may reach less, inside it."""
    room = _NEAR * max(map(abs, own))
    if sharp:
        return all(math.isclose(a, b, abs_tol=room) for a, b in zip(stated, own, strict=True))
    return own[0] - room <= stated[0] and stated[1] <= own[1] + room


def _plain(number: float) -> str:
    return f"{number:.10g}"


def _published_mistakes(score: Score, entry: Entry) -> Mistakes:
    """Limits and changes that the score cannot have."""
    for i, cut_off in enumerate(score.cut_offs):
        yield from _cut_off_mistakes(cut_off, score, entry.at("cut_offs", i))
    for i, important in enumerate(score.important):
        if not important.change > 0:
            at = entry.at("important", i)
            cure = "write how large the change is, without a sign"
            yield at.mistake(f"{important.change:g}", "a number above 0", cure, field="change")


def _cut_off_mistakes(cut_off: CutOff, score: Score, entry: Entry) -> Mistakes:
    limits = cut_off.above
    falling = any(a >= b for a, b in pairwise(limits))
    outside = [limit for limit in limits if not score.lowest <= limit <= score.highest]
    if falling or outside or not limits:
        finding = f"the limits {listed(f'{limit:g}' for limit in limits) or 'none'}"
        expected = f"rising numbers from {score.lowest:g} to {score.highest:g}"
        yield entry.mistake(finding, expected, "correct them", field="above")
    if len(cut_off.classes) != len(limits) + 1:
        finding = f"{len(cut_off.classes)} classes for {len(limits)} limits"
        cure = "name one class more than there are limits, from the lowest"
        yield entry.mistake(finding, f"{len(limits) + 1}", cure, field="classes")
