"""Answers and totals that another coding, or another version of a questionnaire, would explain.

PHQ-9 answered 1 to 4, RAND-36 counted from 0, MG-QoL15 (0 to 60) under the name of MG-QoL15r (0 to
30): what is impossible in the one is ordinary in the other. Where both have one range (BDI and
BDI-II), nothing tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from exvivo.study.clinic_records import Questionnaire
from exvivo.study.coded import coding_named
from exvivo.study.scoring import Coding, Item, ScoringKey
from exvivo.study.scoring_keys import catalog_key

Given = Mapping[str, Sequence[float]]
"""All answers that were given to each item."""

CODES = (-99.0, -9.0, 8.0, 9.0, 77.0, 88.0, 98.0, 99.0, 888.0, 999.0)
"""Numbers that databases write where no answer was given."""
_FEWEST = 10
"""Answers under which it says nothing that all of them fit another way."""
_FROM_ONE = Coding(id="", meaning="boxes are counted from 1", shift=1)
_FROM_ZERO = Coding(id="", meaning="boxes are counted from 0", shift=-1)


def other_way(given: Given, key: ScoringKey, questionnaire: Questionnaire) -> str:
    """What to do where every answer fits another coding or version; empty where none does."""
    if sum(map(len, given.values())) < _FEWEST:
        return ""
    return next(_ways(given, key, questionnaire), "")


def _ways(given: Given, key: ScoringKey, questionnaire: Questionnaire) -> Iterator[str]:
    declared = coding_named(key, questionnaire.coding)
    name = questionnaire.id
    for coding in key.codings:
        if coding.shift != declared.shift and _fits(given, key.every_item, coding):
            yield f"all answers fit `coding: {coding.id}` ({coding.meaning}): write it for {name}"
    for other in _others(key):
        if len(other.every_item) == len(key.every_item):
            items = _named_as(other.every_item, key.every_item)
            if _fits(given, items, coding_named(other)):
                yield f"all answers fit {other.id}: is it that version? Then name it for {name}"
    for counted, step in ((_FROM_ONE, 1), (_FROM_ZERO, -1)):
        shifted = replace(counted, shift=declared.shift + counted.shift)
        if _fits(given, key.every_item, shifted):
            change = "take 1 off" if step > 0 else "add 1 to"
            yield f"all answers fit if {counted.meaning}: {change} every answer"


def _others(key: ScoringKey) -> Iterator[ScoringKey]:
    """The questionnaires it is mixed up with, as far as the catalog has them."""
    yield from filter(None, map(catalog_key, key.mixed_up_with))


def _named_as(items: Sequence[Item], names: Sequence[Item]) -> list[Item]:
    """Items of another version under the ids of this one, in their order."""
    return [replace(item, id=own.id) for item, own in zip(items, names, strict=True)]


def _fits(given: Given, items: Sequence[Item], coding: Coding) -> bool:
    """Whether every answer is possible in a coding, and items are chosen, not measured."""
    if any(item.kind != "choice" and given.get(item.id) for item in items):
        return False
    return all(
        item.lowest <= answer - coding.shift <= item.highest or answer in item.missing
        for item in items
        for answer in given.get(item.id, ())
    )


def other_range(totals: Sequence[float], score: str, key: ScoringKey) -> str:
    """What to do where totals fit the range of the score in a version it is mixed up with."""
    names = [each.id for each in key.scores]
    for other in _others(key):
        if len(other.scores) != len(key.scores):
            continue
        own = other.scores[names.index(score)]
        if all(own.lowest <= total <= own.highest for total in totals):
            return f"all totals fit {other.id} ({own.lowest:g} to {own.highest:g}): is it that one?"
    return ""


def code_for_none(answer: float) -> str:
    """What to do with a number that databases write where no answer was given."""
    if answer not in CODES:
        return ""
    return f"correct the answer; if {answer:g} stands for no answer, declare it under `missing`"
