"""What does an antagonist or knock-down do: both arms in cells of the same donors.

Wells of one donor are given one arm or the other, so the contrast is causal in the culture, as far
as wells were assigned without regard to what they would show. It says nothing of the person, nor
that only the target was hit.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from exvivo.compare.asks import contrast
from exvivo.compare.estimate import filled, not_estimable
from exvivo.compare.evidence import Evidence
from exvivo.compare.judge.leave_one_out import ranged, with_range
from exvivo.compare.sample import Sample
from exvivo.findings import Estimand, Finding
from exvivo.study import Effect


def ask(question: Effect, evidence: Evidence) -> list[Finding]:
    """The arm with the antagonist less the stimulus alone, of every assay and analyte."""
    return [
        finding
        for sample, blank in evidence.each(question)
        for finding in effect(question, sample, blank, evidence)
    ]


def effect(question: Effect, arms: Sample, blank: Finding, evidence: Evidence) -> list[Finding]:
    """The contrast within the donors of the asked group; other groups beside it.

    `arms` are the donors' differences between the two arms (estimand `effect` of RESPONSES).
    """
    findings = []
    groups = evidence.study.groups
    for group in dict.fromkeys((question.within, *(group.id for group in groups))):
        donors = arms.only(np.asarray(arms.groups == group))
        answers = group == question.within
        if not answers and not donors.donors:
            continue
        arm = {"blocked": question.blocked, "stimulus": question.stimulus, "group": group}
        finding = replace(
            blank,
            part="answer" if answers else "beside",
            n=donors.counts([group]),
            warnings=arms.warnings if answers else (),
            estimand=Estimand("effect", arm),
        )
        findings += mean_contrast(finding, donors, group, evidence.alpha)
    return findings


def mean_contrast(blank: Finding, donors: Sample, group: str, alpha: float) -> list[Finding]:
    """The finding with the mean contrast of one group's donors, and an answer's range; or the
    reason why there is none.
    """
    reason = contrast.trouble(donors, (group,))
    if reason:
        return [not_estimable(blank, reason)]
    estimate, method = contrast.within(donors, alpha=alpha)
    answer = filled(blank, method, estimate)
    if answer.part != "answer":
        return [answer]
    return with_range(answer, ranged(answer, *contrast.without_each(donors)))
