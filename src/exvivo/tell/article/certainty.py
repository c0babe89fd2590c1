"""How sure an answer is, in words: the one table by which a verdict with its interval becomes what
a reader is told. The same words stand in key messages, answers, pictures and the docs.

A finding goes in, its `Certainty` comes out, and its words in a language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
