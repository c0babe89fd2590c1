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
    "regions",
    "acr 2011",
    "acr 2016",
    "psqi",
    "profile",
    "table",
]
"""How a score is made. An answer becomes points first: `Coding.shift` is taken off, an item that
the coding has reversed is `lowest + highest - answer`, and `Item.points` gives its points where
they are not the answer itself. Then

- `given`: a ready total only; neither `items` nor `of`.
- `sum`: the sum of the points of `items`. From `at_least` answered items on it is the mean of the
  answered ones times the number of all; without `at_least` a gap leaves no score. Then `times`, and
  `divide`.
- `mean`: the mean of the points of the answered `items`, by the same `at_least`, `times`, `divide`.
- `sum of scores`: the sum of the scores `of`; none where one of them is none. Then `times` and
  `divide`.
- `regions`: in how many of `groups` at least one item has more than its lowest points. `items` is
  empty. Any gap in a group without such an item leaves no score.
- `acr 2011`: 1 where the criteria are met, else 0. `of` are the widespread pain index (WPI) and the
  symptom severity score (SSS) in this order, `items` the months of pain: WPI >= 7 and SSS >= 5, or
  WPI 3 to 6 and SSS >= 9; and 3 months or more. A gap leaves no score unless 0 and 1 are decided
  whatever the missing answers are.
- `acr 2016`: as `acr 2011` with WPI 4 to 6 in place of 3 to 6, and pain in 4 of 5 regions or more,
  whose number is the third score of `of`.
- `psqi`: the component of the Pittsburgh index that `component` numbers, 0 to 3, of `items` in the
  order of the form: 1 (item 6), 2 (2 minutes, 5a), 3 (4 hours), 4 (1 bedtime, 3 rising, 4 hours),
  5 (5b to 5j), 6 (item 7), 7 (8, 9). Any gap leaves no score.
- `profile`: the answers of `items` one after the other, a 9 for a gap: no number; `lowest` and
  `highest` are those of its levels.
- `table`: the user's table turns the one score of `of` (a raw sum, or a profile) into the score
  and its standard error. Without a table in study.yaml the questionnaire has no such score.
  `lowest` and `highest` are what no value of a table may lie beyond.
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
    missing: tuple[float, ...] = say(
        "what the authors of the questionnaire write where no answer was given (9 of EQ-5D)",
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
    missing: tuple[float, ...] = say("as in an item", default=())


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

    above: tuple[float, ...] = say("the limit below each class but the first (8, 11)")
    limit: Literal["from", "over"] = say(
        "`from`: a score at the limit is of the class above it (8 or more), `over`: of the class "
        "below it (more than 30)",
        default="from",
    )
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
    of: tuple[str, ...] = say(
        "the scores it is made of, which stand above it: a sum, or what a table or criteria need",
        default=(),
    )
    groups: tuple[tuple[str, ...], ...] = say(
        "of `regions`: the items of each region, one list each", default=()
    )
    component: int = say("of `psqi`: which component, 1 to 7", default=0)
    at_least: int | None = say(
        "answered items from which a gap is filled with the person's mean of the others; left out: "
        "every item must be answered",
        default=None,
    )
    times: float = say("what it is multiplied by", default=1.0)
    divide: float = say("what it is divided by", default=1.0)
    lowest: float = say("the lowest possible score: as the rule reaches it")
    highest: float = say("the highest possible score: as the rule reaches it")
    higher_is: Literal["worse", "better"] = say("what a higher score means for the person")
    cut_offs: tuple[CutOff, ...] = say("published limits", default=())
    important: tuple[Important, ...] = say("changes that matter, as published", default=())


@dataclass(frozen=True, kw_only=True)
class Example:
    """A form with its scores, worked out elsewhere."""

    answers: tuple[str, ...] = say(
        "the answers item by item; `-` where none was given, `9 x 3` for nine times a 3, `23:30` "
        "for a time of day"
    )
    scores: dict[str, str] = say("the scores by their ids; `-` for none")
    coding: str = say("the coding of the answers; left out: the first", default="")
    table: dict[str, str] = say(
        "the lines of a table that it needs, from the raw sum or the profile to the score and its "
        'standard error: {20: "67.6 5.3"}',
        default_factory=dict,
    )
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
    examples: tuple[Example, ...] = say(
        "worked examples, three or more: they are its test. Left out where every score is `given`",
        default=(),
    )
    mixed_up_with: tuple[str, ...] = say(
        "other questionnaires of nearly the same name (MG-QoL15): impossible answers and totals "
        "tell them apart",
        default=(),
    )
    notes: tuple[str, ...] = say("what to know before it is used", default=())

    @property
    def every_item(self) -> tuple[Item, ...]:
        """Its items, one by one."""
        return tuple(
            Item(
                id=name,
                lowest=row.lowest,
                highest=row.highest,
                kind=row.kind,
                points=row.points,
                missing=row.missing,
            )
            for row in self.items
            for name in row.ids
        )
