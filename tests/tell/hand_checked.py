"""A checked text made by hand on the demo's findings: every judgement and every kind of spin, so
that words and pages are tested apart from the rules.
"""

from __future__ import annotations

from collections.abc import Sequence

from exvivo.claim_records import CheckedText, Judgement, Place, Sentence, Spin, SpinKind
from exvivo.findings import Finding
from exvivo.tell.tables import Shown


def sentence(
    text: str,
    judgement: Judgement,
    *spins: Spin,
    answers: Sequence[Finding] = (),
    line: int = 1,
) -> Sentence:
    return Sentence(text, Place(line, 0, len(text)), judgement, tuple(answers), spins)


def spin(
    text: str,
    kind: SpinKind,
    words: str,
    against: Finding | None = None,
    *,
    stated: float | None = None,
    expected: tuple[float, ...] = (),
) -> Spin:
    start = text.index(words)
    place = (start, start + len(words))
    return Spin(kind, f"{kind}_by_hand", place, against, stated=stated, expected=expected)


def one_of(findings: Sequence[Shown], **of: object) -> Finding:
    """The first answer that has these fields."""
    return next(
        each.finding
        for each in findings
        if each.finding.part == "answer"
        and all(getattr(each.finding, name) == value for name, value in of.items())
    )


CAUSE = "The release of TNF causes the pain of fibromyalgia & worsens <b>anxiety</b>."
SPUN: dict[SpinKind, tuple[str, str]] = {
    "direction": ("IL-6 was clearly higher in patients.", "higher"),
    "no_difference": ("Pain had nothing to do with TNF.", "nothing to do with"),
    "everyone": ("Every patient's cells made more TNF.", "Every patient"),
    "beyond_cells": ("The brains of patients are inflamed.", "brains"),
    "cause": (CAUSE, "causes"),
    "use": ("TNF is a new blood test for fibromyalgia.", "blood test"),
    "not_asked": ("Women made more TNF than men.", "Women"),
    "numbers": ("Patients' cells made 9 times as much TNF.", "9 times"),
}


def hand_checked(findings: Sequence[Shown]) -> CheckedText:
    """Twelve sentences: eight spun, one in two ways; two borne out; one each not judged and without
    a claim.
    """
    supported = one_of(findings, ask="difference", verdict="supported")
    unresolved = one_of(findings, ask="association", verdict="not resolved")
    related = [each.finding for each in findings if each.finding.ask == "association"]
    told = sentence(
        "After ATP, patients' cells made more TNF.", "borne_out", answers=[supported], line=3
    )
    unsure = sentence("TNF and the scores: not settled.", "borne_out", answers=related[:6], line=4)
    apart = [
        sentence("TNF behaved remarkably.", "not_judged", line=5),
        sentence("Blood was drawn in the morning.", "nothing", line=6),
    ]
    return CheckedText("press.md", (*_spun(supported, unresolved), told, unsure, *apart))


def _spun(supported: Finding, unresolved: Finding) -> list[Sentence]:
    against: dict[SpinKind, Finding | None] = dict.fromkeys(SPUN, unresolved)
    against |= {"everyone": supported, "numbers": supported, "not_asked": None, "use": None}
    spins = {
        kind: spin(text, kind, words, against[kind], stated=9.0, expected=(1.77,))
        for kind, (text, words) in SPUN.items()
    }
    more = spin(CAUSE, "direction", "worsens", unresolved)
    return [
        sentence(SPUN[kind][0], "stronger", each, *([more] if kind == "cause" else []), line=2)
        for kind, each in spins.items()
    ]
