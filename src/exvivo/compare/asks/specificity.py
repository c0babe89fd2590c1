"""Is a difference specific: larger in one analyte than in others, or in these cells than in others
of the same donors?

Only a contrast can say. With five equally changed analytes a small study finds some of them and not
others most of the time, so a pattern of significance says nothing (Gelman and Stern 2006, doi
10.1198/000313006X152649). Not for analytes on scales that are not comparable: the contrast is of
log2 folds.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from exvivo.compare.asks import contrast
from exvivo.compare.design import CONFOUNDED, confounded, sides_of
from exvivo.compare.estimate import as_beside, filled, not_estimable
from exvivo.compare.evidence import Evidence
from exvivo.compare.judge.leave_one_out import ranged, with_range
from exvivo.compare.sample import Sample
from exvivo.findings import Caveat, Estimand, Finding
from exvivo.study import Specificity


def ask(question: Specificity, evidence: Evidence) -> list[Finding]:
    """The contrast of every assay and analyte."""
    findings = []
    cells = question.against_cell_type or None
    for sample, blank in evidence.each(question):
        analytes = [name for name in question.against if name != blank.analyte] or [blank.analyte]
        compared = [
            evidence.sample(question, blank.assay, name, cell_type=cells) for name in analytes
        ]
        findings += specificity(question, sample, compared, blank, evidence.alpha)
    return findings


def specificity(
    question: Specificity, sample: Sample, compared: list[Sample], blank: Finding, alpha: float
) -> list[Finding]:
    """The contrast between the groups, and beside it both sides of it.

    `sample` holds the asked result of every donor, `compared` those whose mean it is held against.
    """
    groups = question.groups
    mean = contrast.mean_of(compared)
    donors = contrast.minus(sample, mean)
    donors = replace(donors, trouble=donors.trouble or _visits_differ([sample, *compared]))
    donors = donors.only(np.isin(donors.groups, groups))
    blank = replace(
        blank,
        n=donors.counts(groups),
        warnings=donors.warnings,
        estimand=Estimand("contrast_of_differences", {"groups": groups}),
    )
    reason = contrast.trouble(donors, groups)
    if not reason and confounded(donors, groups[0]):
        reason = CONFOUNDED
    if reason:
        return [not_estimable(blank, reason)]
    answer = _filled(blank, donors, groups, alpha)
    x, y = sides_of(donors, groups)
    answer, *range_ = with_range(answer, ranged(answer, *contrast.without_each(x, y)))
    sides = [
        _filled(replace(as_beside(blank), estimand=estimand), side, groups, alpha)
        for estimand, side in (
            (Estimand("asked_difference"), sample),
            (Estimand("held_against"), mean),
        )
        if not contrast.trouble(side.only(np.isin(side.groups, groups)), groups)
    ]
    return [replace(answer, larger=_stands_out(answer, sides)), *sides, *range_]


def _visits_differ(samples: list[Sample]) -> Caveat | None:
    """Results that were first measured at different visits."""
    visits = tuple(dict.fromkeys(sample.visit for sample in samples if sample.visit))
    return Caveat("visits_differ", {"visits": visits}) if len(visits) > 1 else None


def _stands_out(answer: Finding, sides: list[Finding]) -> bool:
    """Whether the asked difference itself points the way of the contrast, and is larger than what
    it is held against.
    """
    if len(sides) < 2 or answer.estimate is None:
        return False
    own, against = sides
    if own.estimate is None or own.lower is None or own.upper is None or against.estimate is None:
        return False
    clear = own.lower > 0 if answer.estimate > 0 else own.upper < 0
    return clear and abs(own.estimate) > abs(against.estimate)


def _filled(blank: Finding, sample: Sample, groups: tuple[str, ...], alpha: float) -> Finding:
    """The difference of the groups in a contrast, or in one side of it."""
    estimate, method = contrast.between(*sides_of(sample, groups), alpha=alpha)
    return replace(filled(blank, method, estimate), n=sample.counts(groups))
