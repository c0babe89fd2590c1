"""From p values and intervals to the four verdicts, corrected over each declared family."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from exvivo.compare.estimate import warned
from exvivo.compare.judge.equivalence import equivalent, inside
from exvivo.compare.judge.families import RegressedOf, corrected
from exvivo.findings import Caveat, Finding
from exvivo.study import Study
from exvivo.study.question_records import margin_of, margin_wants_reason

Answers = dict[int, Finding]
"""Answers by their place among the findings."""


def judged(
    findings: Sequence[Finding], *, study: Study, tables: RegressedOf | None = None
) -> list[Finding]:
    """The findings with the p values of each family's answers corrected together, and a verdict for
    every answer.

    By max T where `tables` has the numbers behind every answer of a family (by question, assay and
    analyte), else by Holm's method; by Benjamini and Hochberg's in a family that was declared a
    screen. Equivalence is corrected by Holm's method, apart from the p values.

    An answer that could not be estimated takes no part in the correction: it can never be claimed.
    """
    adjusted = _adjusted(findings, tables or {}, study)
    small = _equivalent(findings, study)
    verdicts = []
    families = len({findings[i].family for i in adjusted})
    for i, finding in enumerate(findings):
        if finding.part == "answer":
            answer = replace(finding, p_adjusted=adjusted.get(i))
            finding = _with_verdict(answer, study, small=i in small)
            finding = _across_families(finding, families, study.plan.alpha)
        verdicts.append(finding)
    return verdicts


def _across_families(answer: Finding, families: int, alpha: float) -> Finding:
    """A supported answer with a warning where it would not stand if the families of the study were
    corrected for as well (Bonferroni): each family alone may claim falsely with a chance of alpha.
    """
    p = answer.p_adjusted
    if answer.verdict != "supported" or p is None or p * families <= alpha:
        return answer
    return warned(answer, Caveat("not_across_families", {"families": families}))


def _families(findings: Sequence[Finding]) -> dict[str, Answers]:
    """The answers of each family that have a p value."""
    families: dict[str, Answers] = {}
    for i, finding in enumerate(findings):
        if finding.part == "answer" and finding.p is not None:
            families.setdefault(finding.family, {})[i] = finding
    return families


def _adjusted(findings: Sequence[Finding], tables: RegressedOf, study: Study) -> dict[int, float]:
    """The corrected p value of every answer that has one, by its place among the findings."""
    screens = {q.family or q.id for q in study.questions if getattr(q, "screen", False)}
    adjusted: dict[int, float] = {}
    for family, answers in _families(findings).items():
        behind = [tables.get((a.question, a.assay, a.analyte)) for a in answers.values()]
        screen, its_answers = family in screens, list(answers.values())
        p = corrected(its_answers, behind, screen=screen, plan=study.plan)
        adjusted |= dict(zip(answers, p, strict=True))
    return adjusted


def _equivalent(findings: Sequence[Finding], study: Study) -> set[int]:
    """The places of the answers that lie inside their margin after correction over the family."""
    margins = {q.id: margin for q in study.questions if (margin := margin_of(q)) is not None}
    small: set[int] = set()
    for answers in _families(findings).values():
        places = list(answers)
        inside_margin = equivalent(list(answers.values()), margins, alpha=study.plan.alpha)
        small |= {places[i] for i in inside_margin}
    return small


def _with_verdict(answer: Finding, study: Study, *, small: bool) -> Finding:
    """The verdict of an answer: `supported` needs both the interval and the corrected p value to
    say so, and no warning that caps it; `small` says that it is equivalent.
    """
    if answer.p_adjusted is None or answer.lower is None or answer.upper is None:
        return replace(answer, verdict="not estimable")
    apart = answer.excludes_null and answer.p_adjusted <= study.plan.alpha
    warnings = tuple(_of_margin(answer, study, apart=apart, small=small))
    if apart and not answer.caps:
        return replace(warned(answer, *warnings), verdict="supported")
    if small and not warnings:
        return replace(answer, verdict="equivalent")
    return replace(warned(answer, *warnings), verdict="not resolved")


def _of_margin(answer: Finding, study: Study, *, apart: bool, small: bool) -> Iterator[Caveat]:
    """What a reader must know of an answer whose interval lies inside its declared margin."""
    question = next(q for q in study.questions if q.id == answer.question)
    margin = margin_of(question)
    if margin is None or not inside(answer, margin):
        return
    if margin_wants_reason(question):
        yield Caveat("margin_without_reason", {"margin": margin})
    elif apart:
        yield Caveat("smaller_than_margin", {"margin": margin})
    elif not small:
        yield Caveat("equivalence_not_corrected", {"margin": margin})
