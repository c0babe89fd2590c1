"""Scoring keys: how the answers of a questionnaire become its scores, as data.

A key is one YAML file: of the catalog (`catalog/scales/`), or of the study folder for a scale of
one's own. It holds numbers and rules, never the wording of a licensed questionnaire. Its worked
examples are its test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from exvivo.study.say import say

RuleName = Literal[
    "given",
    "sum",
    "mean",
    "sum of scores",
    "acr 2011",
    "acr 2016",
    "psqi",
    "profile",
    "table",
]
"""How a score is made of items: `given` is a ready total only, `table` the user's table from a raw
sum to a T-score with its standard error, or from a profile to an index.
"""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One item of a questionnaire: which answers it may have, and how many points each gives."""

    id: str = say("the item: its number, or a word for one without a number (neck, months)")
    lowest: float = say("the lowest answer")
    highest: float = say("the highest answer")
    kind: Literal["choice", "number", "clock"] = say(
        "`choice`: whole numbers; `number`: any number between; `clock`: a time of day (23:30)",
        default="choice",
    )
    points: tuple[float, ...] = say(
        "the points of each answer from the lowest to the highest, where they are not the answer",
        default=(),
    )


@dataclass(frozen=True, kw_only=True)
class Items:
    """Items in a row that may have the same answers."""

    ids: tuple[str, ...] = say("the items; `1-14` stands for fourteen of them")
    lowest: float = say("the lowest answer")
    highest: float = say("the highest answer")
    kind: Literal["choice", "number", "clock"] = say("as in an item", default="choice")
    points: tuple[float, ...] = say("as in an item", default=())


@dataclass(frozen=True, kw_only=True)
class Coding:
    """A way in which forms and databases write the answers down."""

    id: str = say("points, agreement, position, ...")
    meaning: str = say("what the numbers of this coding stand for")
    reversed: tuple[str, ...] = say(
        "items written the other way round: the points are lowest + highest - answer", default=()
    )
    shift: float = say(
        "what is taken off an answer (1 where boxes are counted from 1)", default=0.0
    )


@dataclass(frozen=True, kw_only=True)
class CutOff:
    """Published limits of a score: both sets where two conflict."""

    above: tuple[float, ...] = say("the lowest score of each class but the first (8, 11)")
    classes: tuple[str, ...] = say("the classes in words, from the lowest")
    source: str = say("where it was published")


@dataclass(frozen=True, kw_only=True)
class Important:
    """A change of a score that matters to people."""

    change: float = say("how large, in units of the score, or in percent")
    unit: Literal["points", "percent"] = say("of what", default="points")
    of: str = say("in whom it was found, and by which method", default="")
    source: str = say("where it was published")


@dataclass(frozen=True, kw_only=True)
class Score:
    """One score of a questionnaire: a scale of the study where it is used."""

    id: str = say("the scale (HADS_A)")
    name: str = say("the scale in words")
    rule: RuleName = say("how it is made of the items")
    items: tuple[str, ...] = say("its items; `1-9` stands for nine of them", default=())
    of: tuple[str, ...] = say("the scores it is the sum of", default=())
    at_least: int | None = say(
        "answered items from which a gap is filled with the person's mean of the others; left out: "
        "every item must be answered",
        default=None,
    )
    divide: float = say("what the sum is divided by", default=1.0)
    lowest: float = say("the lowest possible score")
    highest: float = say("the highest possible score")
    higher_is: Literal["worse", "better"] = say("what a higher score means for the person")
    cut_offs: tuple[CutOff, ...] = say("published limits", default=())
    important: tuple[Important, ...] = say("changes that matter, as published", default=())


@dataclass(frozen=True, kw_only=True)
class Example:
    """A form with its scores, worked out elsewhere."""

    answers: tuple[str, ...] = say(
        "the answers item by item; `-` where none was given, `3 x 9` for nine times a 3"
    )
    scores: dict[str, str] = say("the scores by their ids; `-` for none")
    coding: str = say("the coding of the answers; left out: the first", default="")
    source: str = say("who worked it out")


@dataclass(frozen=True, kw_only=True)
class ScoringKey:
    """How the answers of one questionnaire become its scores."""

    id: str = say("the questionnaire, as study.yaml names it (HADS)")
    name: str = say("the questionnaire in words")
    version: str = say("which of its versions, and how to tell it from others", default="")
    licence: str = say("who may use it, and what must be asked for")
    sources: tuple[str, ...] = say("where its rule was published: DOIs")
    items: tuple[Items, ...] = say("its items, in their order", default=())
    codings: tuple[Coding, ...] = say(
        "how answers may be written down, the published way first; left out: as points", default=()
    )
    reverse_items: tuple[str, ...] = say(
        "items that are worded the other way round than the others: they tell whether answers "
        "were reversed already",
        default=(),
    )
    scores: tuple[Score, ...] = say("its scores")
    examples: tuple[Example, ...] = say("worked examples, three or more: they are its test")

    @property
    def every_item(self) -> tuple[Item, ...]:
        """Its items, one by one."""
        return tuple(
            Item(id=name, lowest=row.lowest, highest=row.highest, kind=row.kind, points=row.points)
            for row in self.items
            for name in row.ids
        )
