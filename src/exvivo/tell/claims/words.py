"""Words for what the check of a text says: one name and one sign a judgement, one name and one
sentence a kind of spin, and what no such check can see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from exvivo.claim_records import Judgement, Spin, SpinKind
from exvivo.findings import Finding, Verdict
from exvivo.tell import words
from exvivo.words import listed


@dataclass(frozen=True, slots=True)
class JudgementWords:
    """A judgement as a reader meets it: a sign, so that colour never stands alone, its name, the
    heading of the sentences that have it, and what it means.
    """

    sign: str
    name: str
    heading: str
    meaning: str


JUDGEMENTS: dict[Judgement, JudgementWords] = {
    "stronger": JudgementWords(
        "▲",
        "stronger",
        "Stronger than the answers",
        "The sentence says more than the study found, or something else.",
    ),
    "not_judged": JudgementWords(
        "?",
        "not judged",
        "Not judged: read these yourself",
        "The sentence speaks of the study, but no rule can tell whether it is borne out.",
    ),
    "borne_out": JudgementWords(
        "●",
        "borne out",
        "Borne out",
        "What the sentence claims, an answer of the study says too.",
    ),
    "nothing": JudgementWords(
        "·",
        "no claim",
        "No claim about the results",
        "The rules met no claim about the results of this study.",
    ),
}
"""In the order in which a reader needs them."""


@dataclass(frozen=True, slots=True)
class KindWords:
    """A kind of spin as a reader meets it: its name, and what a sentence of the kind says more."""

    name: str
    says: Callable[[Spin], str]


def _direction(spin: Spin) -> str:
    match _verdict(spin.against):
        case None:
            return "It gives a direction that no answer of this study gives."
        case "not resolved":
            return "It gives a direction. The answer is not resolved: the study cannot tell."
        case "equivalent":
            return "It gives a direction. The answer is: less than the margin set beforehand."
        case "not estimable":
            return "It gives a direction. The study has no answer here."
        case "supported":
            return "It gives another direction than the answer."
        case _ as verdict:
            assert_never(verdict)


def _no_difference(spin: Spin) -> str:
    match _verdict(spin.against):
        case None:
            return "It says that there is none. No answer of this study says so."
        case "not resolved":
            return "It says that there is none. The answer is not resolved, which is not the same."
        case "equivalent":
            return "It says that there is none. The answer is: less than the margin set beforehand."
        case "not estimable":
            return "It says that there is none. The study has no answer here."
        case "supported":
            return "It says that there is none. The answer found one."
        case _ as verdict:
            assert_never(verdict)


def _numbers(spin: Spin) -> str:
    stated = "a number" if spin.stated is None else words.amount_of(spin.stated)
    if not spin.expected:
        return f"It states {stated}. No answer gives that number."
    expected = listed(map(words.amount_of, spin.expected), last="or")
    return f"It states {stated}. The answer has {expected}."


def _verdict(finding: Finding | None) -> Verdict | None:
    return finding.verdict if finding else None


def _always(text: str) -> Callable[[Spin], str]:
    return lambda spin: text


KINDS: dict[SpinKind, KindWords] = {
    "direction": KindWords("direction", _direction),
    "no_difference": KindWords("no difference", _no_difference),
    "everyone": KindWords(
        "everyone",
        _always("It speaks of everyone or of single people. The answer is about a group."),
    ),
    "beyond_cells": KindWords(
        "beyond the cells",
        _always("It speaks of the body or its own cells. What was measured are cells in a dish."),
    ),
    "cause": KindWords(
        "cause",
        _always("It names a cause. The design of the study does not show what causes what."),
    ),
    "use": KindWords("use", _always("It promises a use. The study did not try whether it works.")),
    "not_asked": KindWords(
        "not asked", _always("It states a finding. No question of the study asks for it.")
    ),
    "numbers": KindWords("number", _numbers),
}
"""The eight kinds of spin; `claims/rules.yaml` has what each is, with its sources."""

UNSEEN = (
    "A sentence that calls the study's things by names it does not know: add them to study.yaml "
    "as names, or read that sentence yourself.",
    "What is meant and not written: tone, order, a headline's promise, a picture, a table, a "
    "sentence that is only clear with the one before it.",
    "What the text leaves out. It counts the answers that the text does not speak of, and cannot "
    "know whether they belong there.",
    "Whether background, other people's work and numbers about it are right.",
    "Whether the study itself was right. It holds the text against the answers as they stand.",
)
"""What no such check can see, for every page and for the docs."""
FIRM = (
    "Rules and lists of words decide, which anybody can read (docs/claims-rules.md). A sentence "
    "without a mark is not thereby right, and a marked one is not thereby wrong: a person decides."
)
"""How firm the check is."""
