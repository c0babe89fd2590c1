"""How large an answer is and what still fits its data, in a sentence or two; why an answer is open,
and why there is none.

The number of an estimate is rounded to words; what fits is rounded outward (`folds`). A correlation
has a word of strength in the place of a number. A likeness and a contrast have no number that a
reader could hold: none is told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from exvivo.findings import Finding
from exvivo.tell.article.certainty import strength_words
from exvivo.tell.article.folds import (
    Toward,
    fold_between,
    fold_ends,
    fold_words,
    is_beyond,
    points_words,
    rounded,
)
from exvivo.tell.article.telling import Alike
from exvivo.tell.article.why_open import caps_of, why_open
from exvivo.tell.language import Language

Words = Callable[[float, Toward, Language], str]
"""A number of a unit in words."""


Range = tuple[float | None, float | None]
"""What fits the data, from and to; None where an end is not known."""


def size(alike: Alike) -> str:
    """What stands behind the sentence of an answer; empty where nothing is to be said."""
    match alike.certainty:
        case "higher" | "lower" | "goes_along" | "together" | "opposite":
            return _claimed(alike)
        case "cannot_tell":
            return _open(alike)
        case "no_answer":
            return _why_none(alike.first, alike.language)
        case _:
            return ""


def has_range(finding: Finding) -> bool:
    """Whether the numbers of an answer mean something to a reader."""
    return finding.ask != "specificity" and finding.unit.reading in (
        "fold",
        "odds",
        "points",
        "probability",
    )


def _claimed(alike: Alike) -> str:
    """The size of a claim and what fits its data. Of several claims the smallest and the largest
    size alone: a range over all would be that of none of them.
    """
    first, language = alike.first, alike.language
    if first.unit.reading == "coefficient":
        return strength_words(alike.findings, language)
    if not has_range(first):
        return ""
    values = _sizes(alike.findings)
    if len(alike.findings) > 1:
        return _from_one_to_another(values, first, language) if values else ""
    ends = _widest(alike.findings)
    if not values:
        return language.joined([_counting(first, language), _fitting(ends, first, language)])
    about = _about(values[0], values[-1], first, language)
    if first.unit.log2 and any(map(is_beyond, values)):
        return language.tell("It was {size}.", size=about)
    if _is_open(ends):
        fits = _fitting(ends, first, language)
        return language.joined([_estimate(about, first, language), fits])
    return _both(about, ends, first, language)


def _from_one_to_another(values: Sequence[float], finding: Finding, language: Language) -> str:
    """The smallest and the largest estimate of several answers."""
    about = _about(values[0], values[-1], finding, language)
    if finding.unit.reading != "fold" or len(values) == 1:
        return _estimate(about, finding, language)
    return language.tell("From one result to another, it was about {size}.", size=about)


def _sizes(findings: Sequence[Finding]) -> list[float]:
    """The smallest and the largest estimate; none where one has none, or where shares of pairs
    differ, which are told of one answer only.
    """
    values = [each.estimate for each in findings]
    told = [value for value in values if value is not None]
    low, high = min(told, default=0.0), max(told, default=0.0)
    if len(told) < len(values) or (findings[0].unit.reading == "probability" and low < high):
        return []
    return sorted({low, high})


def _about(low: float, high: float, finding: Finding, language: Language) -> str:
    """The smallest and the largest estimate in the words of their unit."""
    match finding.unit.reading:
        case "points":
            told = sorted((low, high), key=abs)
            ends = [points_words(end, "nearest", language) for end in told]
        case "probability":
            ends = [_of_hundred(end, "nearest", language) for end in (low, high)]
        case _:
            return fold_between(low, high, language)
    return (
        ends[0]
        if ends[0] == ends[1]
        else language.tell("{low} to {high}", low=ends[0], high=ends[1])
    )


def _is_open(ends: Range) -> bool:
    """Whether an end is not known."""
    return any(end is None or math.isinf(end) for end in ends)


def _both(about: str, ends: Range, finding: Finding, language: Language) -> str:
    """Estimate and range in a sentence."""
    gaps = _ends(ends[0] or 0.0, ends[1] or 0.0, _words_of(finding), language)
    match finding.unit.reading:
        case "points" if finding.ask == "mediation":
            return language.tell(
                "This part was about {number} points; anything from {low} to {high} fits the data.",
                number=about,
                **gaps,
            )
        case "points":
            return language.tell(
                "The difference was about {number} points; anything from {low} to {high} fits the "
                "data.",
                number=about,
                **gaps,
            )
        case "probability":
            return language.tell(
                "Of 100 pairs with one person from each group, the first group is higher in about "
                "{number}; anything from {low} to {high} fits the data.",
                number=about,
                **gaps,
            )
        case "odds":
            return language.tell(
                "The odds were about {size}; odds from {low} to {high} fit the data.",
                size=about,
                **gaps,
            )
        case _:
            return language.tell(
                "It was about {size}; anything from {low} to {high} fits the data.",
                size=about,
                **gaps,
            )


def _ends(low: float, high: float, say: Words, language: Language) -> dict[str, str]:
    """Both ends of a range in the words of a unit."""
    if say is fold_words:
        told = fold_ends(low, high, language)
    else:
        told = say(low, "down", language), say(high, "up", language)
    return dict(zip(("low", "high"), told, strict=True))


def _words_of(finding: Finding) -> Words:
    """How the ends of a range are said in a unit."""
    match finding.unit.reading:
        case "points":
            return _points
        case "probability":
            return _of_hundred
        case _:
            return fold_words


def _counting(finding: Finding, language: Language) -> str:
    """How a probability is counted, before a range of one."""
    if finding.unit.reading != "probability":
        return ""
    return language.tell(
        "Take pairs with one person from each group, and count how often the first group is higher."
    )


def _estimate(about: str, finding: Finding, language: Language) -> str:
    """The sentence of an estimate."""
    match finding.unit.reading:
        case "points" if finding.ask == "mediation":
            return language.tell("This part was about {number} points.", number=about)
        case "points":
            return language.tell("The difference was about {number} points.", number=about)
        case "probability":
            return language.tell(
                "Of 100 pairs with one person from each group, the first group is higher in about "
                "{number}.",
                number=about,
            )
        case "odds":
            return language.tell("The odds were about {size}.", size=about)
        case _:
            return language.tell("It was about {size}.", size=about)


def _fitting(ends: Range, finding: Finding, language: Language) -> str:
    """What fits the data, in the words of the unit; an end that is not known stays open."""
    low, high = (None if end is None or math.isinf(end) else end for end in ends)
    match finding.unit.reading:
        case "odds":
            return _odds((low, high), language)
        case "points":
            return _range((low, high), _points, language)
        case "probability":
            return _pairs((low, high), language)
        case _:
            return _range((low, high), fold_words, language)


def _range(ends: Range, say: Words, language: Language) -> str:
    """`Anything from a third higher to three times as high fits the data.`"""
    low, high = ends
    if low is None and high is None:
        return language.tell("A difference of any size fits the data.")
    if high is None:
        told = say(low or 0.0, "down", language)
        return language.tell("Anything from {low} upwards fits the data.", low=told)
    if low is None:
        return language.tell("Anything up to {high} fits the data.", high=say(high, "up", language))
    both = _ends(low, high, say, language)
    return language.tell("Anything from {low} to {high} fits the data.", **both)


def _odds(ends: Range, language: Language) -> str:
    """The same of odds."""
    low, high = ends
    if low is None and high is None:
        return language.tell("Odds of any size fit the data.")
    if high is None:
        told = fold_words(low or 0.0, "down", language)
        return language.tell("Odds from {low} upwards fit the data.", low=told)
    if low is None:
        told = fold_words(high, "up", language)
        return language.tell("Odds up to {high} fit the data.", high=told)
    both = _ends(low, high, fold_words, language)
    return language.tell("Odds from {low} to {high} fit the data.", **both)


def _pairs(ends: Range, language: Language) -> str:
    """The same of a probability: as pairs of people."""
    low, high = ends
    return language.tell(
        "Anything from {low} to {high} of 100 such pairs fits the data.",
        low=_of_hundred(0.0 if low is None else low, "down", language),
        high=_of_hundred(1.0 if high is None else high, "up", language),
    )


def _points(value: float, toward: Toward, language: Language) -> str:
    """A number of points with its direction."""
    number = points_words(value, toward, language)
    if value < 0:
        return language.tell("{number} points lower", number=number)
    return language.tell("{number} points higher", number=number)


def _of_hundred(value: float, toward: Toward, language: Language) -> str:
    """A probability out of 100, with so many decimals that it never reads as even unless it is."""
    for digits in range(4):
        told = rounded(100 * value, toward, digits)
        if (told - 50) * (value - 0.5) > 0 or value == 0.5:
            return language.number(told, digits=digits)
    return language.number(50)


def _open(alike: Alike) -> str:
    """Why answers are open, and what still fits."""
    if not alike.telling.detail.why_open:
        return ""
    caps = caps_of(alike.first, alike.caps)
    why = why_open(alike.first, caps, alike.telling.study.plan.alpha, alike.language)
    return why or _still_fits(alike)


def _still_fits(alike: Alike) -> str:
    """What the numbers leave open; over several answers the widest range."""
    language, first = alike.language, alike.first
    if first.ask == "specificity" or first.ask == "identity":
        return language.tell("The data fit both: more and less.")
    if first.scale is not None and first.ask != "mediation":
        return language.tell("The data fit a link one way, the other way, or none.")
    if not has_range(first):
        return ""
    fits = _fitting(_widest(alike.findings), first, language)
    return language.joined([_counting(first, language), fits])


def _widest(findings: Sequence[Finding]) -> Range:
    """The lowest and the highest end; None where one is not known."""
    lows, highs = [each.lower for each in findings], [each.upper for each in findings]
    low = None if None in lows else min(end for end in lows if end is not None)
    high = None if None in highs else max(end for end in highs if end is not None)
    return low, high


_BELOW, _ABOVE = ("below", "between", "low"), ("above",)
"""Kinds of bounds at the end of a reason's facts."""


def why_none(finding: Finding) -> str:
    """The kind of reason why there is no answer, as one of few codes."""
    code = finding.reason.code if finding.reason else ""
    if code == "contradiction":
        return "contradiction"
    if "undetected" in code or "bounds" in code:
        return _beyond(finding)
    if "design" in code or "confounded" in code:
        return "design"
    return "few" if code.startswith(("few_", "no_result", "one_result")) else "other"


def _beyond(finding: Finding) -> str:
    """Whether results lie below what can be measured, above it, or both."""
    kinds = {name.rsplit("_", 1)[-1] for name in (finding.reason.facts if finding.reason else ())}
    low, high = bool(kinds & {*_BELOW}), bool(kinds & {*_ABOVE})
    return "beyond" if low == high else "too_little" if low else "too_much"


def _why_none(finding: Finding, language: Language) -> str:
    match why_none(finding):
        case "contradiction":
            return language.tell("Something in the records cannot be right. That comes first.")
        case "too_little":
            return language.tell("In too many people there was too little to measure.")
        case "too_much":
            return language.tell("In too many people there was too much to measure.")
        case "beyond":
            return language.tell("In too many people there was too little or too much to measure.")
        case "design":
            return language.tell("The way the samples were measured does not allow an answer.")
        case "few":
            return language.tell("There were too few results.")
        case _:
            return language.tell("Ask whoever gave you this page why.")
