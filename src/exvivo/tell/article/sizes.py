"""How large an answer is and what still fits its data, in a sentence or two; why an answer is open,
and why there is none.

The number of an estimate is rounded to words; what fits is rounded outward (`folds`). A correlation
and a likeness have no number that a reader could hold: none is told. Nor has a contrast.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from exvivo.findings import Finding
from exvivo.tell.article.folds import Toward, fold_words, points_words, rounded
from exvivo.tell.article.telling import Alike
from exvivo.tell.language import Language

Words = Callable[[float, Toward], str]
"""A number of a unit in words."""


def size(alike: Alike) -> str:
    """What stands behind the sentence of an answer; empty where nothing is to be said."""
    match alike.certainty:
        case "higher" | "lower" | "goes_along":
            return _claimed(alike)
        case "same":
            return alike.language.tell(
                "Any difference was smaller than this study counts as important."
            )
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
    """The size of a claim; of several, none."""
    if len(alike.findings) > 1 or not has_range(alike.first):
        return ""
    finding, language = alike.first, alike.language
    low, high = finding.lower, finding.upper
    if finding.unit.reading == "points" and low is not None and high is not None and high < 0:
        return _about(finding, (-high, -low), language)
    return _about(finding, (low, high), language)


def _about(finding: Finding, ends: tuple[float | None, float | None], language: Language) -> str:
    """`About twice as high. Anything from a third higher to three times as high fits the data.`"""
    say = _words_of(finding, language)
    if finding.estimate is None:
        return _range(ends, say, language)
    return language.joined(
        [
            _estimate(finding, say(finding.estimate, "nearest"), language),
            _range(ends, say, language),
        ]
    )


def _estimate(finding: Finding, about: str, language: Language) -> str:
    """The sentence of an estimate."""
    match finding.unit.reading:
        case "odds":
            return language.tell("The odds were about {size}.", size=about)
        case "points":
            return language.tell("The difference was about {size}.", size=about)
        case "probability":
            return language.tell(
                "Of 100 pairs with one person from each group, the first group is higher in about "
                "{number}.",
                number=about,
            )
        case _:
            return language.tell("It was about {size}.", size=about)


def _range(ends: tuple[float | None, float | None], say: Words, language: Language) -> str:
    """What fits the data; an end that is not known stays open."""
    low, high = (None if end is None or math.isinf(end) else end for end in ends)
    if low is None and high is None:
        return language.tell("A difference of any size fits the data.")
    if low is None:
        return language.tell("Anything up to {high} fits the data.", high=say(high or 0.0, "up"))
    if high is None:
        return language.tell("Anything from {low} upwards fits the data.", low=say(low, "down"))
    return language.tell(
        "Anything from {low} to {high} fits the data.", low=say(low, "down"), high=say(high, "up")
    )


def _words_of(finding: Finding, language: Language) -> Words:
    """How numbers of a finding's unit are said."""
    match finding.unit.reading:
        case "points":
            return lambda value, toward: _points(value, toward, language)
        case "probability":
            return lambda value, toward: _of_hundred(value, toward, language)
        case _:
            return lambda value, toward: fold_words(value, toward, language)


def _points(value: float, toward: Toward, language: Language) -> str:
    return language.tell("{number} points", number=points_words(value, toward, language))


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
    why = _why_open(alike.findings, alike.language)
    return why or _still_fits(alike)


def _why_open(findings: Sequence[Finding], language: Language) -> str:
    """What stands against an answer beside its numbers; empty where they alone leave it open."""
    first = findings[0]
    if first.caps:
        return language.tell(
            "Something stands against every clear answer. More people alone may not settle it."
        )
    if first.excludes_null:
        return language.tell(
            "The data point one way, but not surely enough for all that was asked at once."
        )
    return ""


def _still_fits(alike: Alike) -> str:
    """What the numbers leave open; over several answers the widest range."""
    language, first = alike.language, alike.first
    if first.ask == "specificity" or first.ask == "identity":
        return language.tell("The data fit both: more and less.")
    if first.scale is not None and first.ask != "mediation":
        return language.tell("The data fit a link one way, the other way, or none.")
    if not has_range(first):
        return ""
    return _fitting(_widest(alike.findings), first, language)


def _fitting(ends: tuple[float | None, float | None], first: Finding, language: Language) -> str:
    """The range that fits: of points, below and above no difference apart."""
    if first.unit.reading == "probability":
        return _pairs(ends, first, language)
    if first.unit.reading != "points" or None in ends or math.inf in map(abs, filter(None, ends)):
        return _range(ends, _words_of(first, language), language)
    low, high = (end or 0.0 for end in ends)
    return language.tell(
        "Anything from {low} points lower to {high} points higher fits the data.",
        low=points_words(low, "up", language),
        high=points_words(high, "up", language),
    )


def _pairs(ends: tuple[float | None, float | None], first: Finding, language: Language) -> str:
    """A range of a probability, as pairs of people."""
    say = _words_of(first, language)
    low, high = (0.5 if end is None else end for end in ends)
    return language.tell(
        "Of 100 pairs with one person from each group, the first group is higher in {low} to "
        "{high}.",
        low=say(low, "down"),
        high=say(high, "up"),
    )


def _widest(findings: Sequence[Finding]) -> tuple[float | None, float | None]:
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
            return language.tell("The full report says why.")
