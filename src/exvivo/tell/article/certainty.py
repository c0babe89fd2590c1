"""How sure an answer is, in words: the one table by which a verdict with its interval becomes what
a reader is told. The same words stand in key messages, answers, pictures and the docs.

A finding goes in, its `Certainty` comes out, and its words in a language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from exvivo.findings import Finding
from exvivo.tell.article.records import Certainty
from exvivo.tell.asks.numbers import points_up
from exvivo.tell.language import Language

CLAIMS: tuple[Certainty, ...] = (
    "higher",
    "lower",
    "larger",
    "together",
    "opposite",
    "like",
    "like_none",
    "goes_along",
    "same",
)
"""What says something of its question; the other two leave it open."""
_BY_CHANCE: frozenset[Certainty] = frozenset(CLAIMS) - {"like_none", "same"}
"""What is held against chance."""


def certainty_of(finding: Finding) -> Certainty:
    """The row of the table for a finding.

    A contrast is `larger` only where its own difference was found to be the larger one. `together`
    is a coefficient above 0, `opposite` one below, whatever the score means.
    """
    if finding.like_none:
        return "like_none"
    match finding.verdict:
        case "supported":
            return _supported(finding)
        case "equivalent":
            return "same"
        case "not resolved":
            return "cannot_tell"
        case _:
            return "no_answer"


def _supported(finding: Finding) -> Certainty:
    """What a supported finding says, by its kind of question and its direction."""
    if finding.ask == "identity":
        return "like"
    if finding.ask == "mediation":
        return "goes_along"
    if finding.ask == "specificity" and finding.larger:
        return "larger"
    if finding.scale is not None:
        return "together" if points_up(finding) else "opposite"
    return "higher" if points_up(finding) else "lower"


def certainty_words(certainty: Certainty, language: Language) -> str:
    """The words of a row, as they stand beside an answer."""
    match certainty:
        case "higher":
            return language.tell("higher")
        case "lower":
            return language.tell("lower")
        case "larger":
            return language.tell("differed more")
        case "together" | "opposite":
            return language.tell("tended to go together")
        case "like":
            return language.tell("more like")
        case "like_none":
            return language.tell("like none of them")
        case "goes_along":
            return language.tell("only a hypothesis")
        case "same":
            return language.tell("probably much the same")
        case "cannot_tell":
            return language.tell("we cannot tell")
        case "no_answer":
            return language.tell("no answer")


_WEAK, _MODERATE = 0.3, 0.5
"""Sizes of a coefficient below which a link is weak, and moderate (Cohen 1988, chapter 3)."""
Strength = Literal["weak", "moderate", "strong"]


def strength_of(finding: Finding) -> Strength:
    """How strong a link is, by the size of its coefficient; by the end of the interval nearer to 0
    where there is no estimate.
    """
    value = _least(finding) if finding.estimate is None else abs(finding.estimate)
    return "weak" if value < _WEAK else "moderate" if value < _MODERATE else "strong"


def _least(finding: Finding) -> float:
    """The size of the weakest link that fits the data."""
    return min(abs(end) for end in (finding.lower or 0.0, finding.upper or 0.0))


def strength_words(findings: Sequence[Finding], language: Language) -> str:
    """How strong links are that were found; of several that differ, the weakest. The interval goes
    before the estimate: a link is not told as strong alone where a weak one fits as well.
    """
    strengths = {strength_of(each) for each in findings}
    fits_weak = any(_least(each) < _WEAK for each in findings)
    if "weak" in strengths and len(strengths) > 1:
        return language.tell("At least one of these links was weak: many people do not follow it.")
    if "weak" in strengths:
        return language.tell("The link was weak: many people do not follow it.")
    if "moderate" in strengths:
        return _beside_weak(language.tell("The link was moderate."), language, fits_weak)
    return _beside_weak(language.tell("The link was strong."), language, fits_weak)


def _beside_weak(told: str, language: Language, fits: bool) -> str:
    weak = language.tell("A weak link fits the data as well.") if fits else ""
    return language.joined([told, weak])


def meanings(
    certainties: Iterable[Certainty], language: Language, *, hypothesis: bool = False
) -> list[str]:
    """What the words of some rows mean, each once; with what a hypothesis is."""
    told = list(_meanings(frozenset(certainties), language))
    if hypothesis:
        told.append(language.tell("A hypothesis is an idea that other studies must test."))
    return told


def _meanings(there: frozenset[Certainty], language: Language) -> Iterator[str]:
    if there & _BY_CHANCE:
        yield language.tell(
            "We say “higher”, “lower”, “more” or “tended to” only where chance alone would rarely "
            "do this."
        )
    if there & {"together", "opposite"}:
        yield language.tell("“On average” and “tended to” speak of a group, not of any one person.")
    elif there & {"higher", "lower", "larger", "same"}:
        yield language.tell("“On average” speaks of a group, not of any one person.")
    if "same" in there:
        yield language.tell(
            "“Probably much the same” means: any difference is smaller than this study counts as "
            "important."
        )
    if "cannot_tell" in there:
        yield language.tell(
            "“We cannot tell” does not mean that there is no difference or link. It means that the "
            "data fit more than one answer."
        )
    if "no_answer" in there:
        yield language.tell("“No answer” means: the data could not be used for this question.")
