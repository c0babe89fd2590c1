"""What does an antagonist or knock-down do: both arms in cells of the same donors.

Wells of one donor are given one arm or the other, so the contrast is causal in the culture, as far
as wells were assigned without regard to what they would show. It says nothing of the person, nor
that only the target was hit.
"""

from __future__ import annotations

from dataclasses import replace

from exvivo.compare.asks import contrast
from exvivo.compare.design import terms_of_mean
from exvivo.compare.estimate import NotEstimable, counted, filled, not_estimable
from exvivo.compare.evidence import Evidence
from exvivo.compare.judge.leave_one_out import ranged, with_range
from exvivo.compare.sample import Sample
from exvivo.findings import Estimand, Finding
from exvivo.study import Effect


def ask(question: Effect, evidence: Evidence) -> list[Finding]:
    """The arm with the antagonist less the stimulus alone, of every assay and analyte."""
    findings: list[Finding] = []
    for sample, blank in evidence.each(question):
        findings += effect(question, sample, blank, evidence)
    return findings


def effect(question: Effect, arms: Sample, blank: Finding, evidence: Evidence) -> list[Finding]:
    """The contrast within the donors of the asked group; other groups beside it.

    `arms` are the donors' differences between the two arms (estimand `effect` of RESPONSES).
    """
    findings = []
    groups = (group.id for group in evidence.study.groups)
    for group in dict.fromkeys((question.within, *groups)):
        donors, answers = arms.of(group), group == question.within
        facts = {"blocked": question.blocked, "stimulus": question.stimulus, "group": group}
        if answers or donors.donors:
            finding = of_group(donors, group, blank, answers=answers)
            finding = replace(finding, estimand=Estimand("effect", facts))
            findings += mean_contrast(finding, donors, group, evidence.alpha)
    return findings


def of_group(donors: Sample, group: str, blank: Finding, *, answers: bool) -> Finding:
    """The empty finding of one group of donors: an answer with their warnings, or beside one."""
    blank = replace(
        blank,
        part="answer" if answers else "beside",
        warnings=donors.warnings if answers else (),
    )
    return counted(blank, donors.telling, [group])


def mean_contrast(blank: Finding, donors: Sample, group: str, alpha: float) -> list[Finding]:
    """The finding with the mean contrast of one group's donors, and an answer's range; or the
    reason why there is none.
    """
    reason = contrast.trouble(donors, (group,))
    if reason:
        return [not_estimable(blank, reason)]
    try:
        estimate, method = contrast.within(donors, alpha=alpha)
    except NotEstimable as error:
        return [not_estimable(blank, error.caveat)]
    answer = replace(filled(blank, method, estimate), held=terms_of_mean(donors))
    if answer.part != "answer":
        return [answer]
    return with_range(answer, ranged(answer, *contrast.without_each(donors)))
