"""Is a difference specific: larger in one analyte than in others, or in these cells than in others
of the same donors?

Only a contrast can say. With five equally changed analytes a small study finds some of them and not
others most of the time, so a pattern of significance says nothing (Gelman and Stern 2006, doi
10.1198/000313006X152649). Not for analytes on scales that are not comparable: the contrast is of
log2 folds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from exvivo.compare.asks import contrast
from exvivo.compare.estimate import NotEstimable, as_beside, filled, not_estimable
from exvivo.compare.evidence import Evidence
from exvivo.compare.judge.leave_one_out import of_sides, with_range
from exvivo.compare.sample import Sample
from exvivo.compare.sides import Sides
from exvivo.findings import Caveat, Estimand, EstimandCode, Finding
from exvivo.study import Specificity

_SIDES: tuple[EstimandCode, EstimandCode] = ("asked_difference", "held_against")
"""The two sides of a contrast, each beside it."""


def ask(question: Specificity, evidence: Evidence) -> list[Finding]:
    """The contrast of every assay and analyte."""
    findings = []
    for sample, blank in evidence.each(question):
        compared = _compared_with(question, blank, evidence)
        findings += specificity(question, sample, compared, blank, evidence.alpha)
    return findings


def donors_of(question: Specificity, blank: Finding, evidence: Evidence) -> Sample:
    """The donors' contrasts of one assay and analyte."""
    sample = evidence.sample(question, blank.assay, blank.analyte)
    mean = contrast.mean_of(_compared_with(question, blank, evidence))
    return contrast.minus(sample, mean).of(*question.groups)


def _compared_with(question: Specificity, blank: Finding, evidence: Evidence) -> list[Sample]:
    """The results that one analyte is compared with: other analytes, or itself in other cells."""
    analytes = [name for name in question.against if name != blank.analyte] or [blank.analyte]
    return [
        evidence.sample(question, blank.assay, name, cell_type=question.against_cell_type or None)
        for name in analytes
    ]


def specificity(
    question: Specificity, sample: Sample, compared: list[Sample], blank: Finding, alpha: float
) -> list[Finding]:
    """The contrast between the groups, and beside it both sides of it.

    `sample` holds the asked result of every donor, `compared` those whose mean is subtracted.
    """
    groups, mean = question.groups, contrast.mean_of(compared)
    donors = contrast.minus(sample, mean).of(*groups)
    donors = replace(donors, trouble=donors.trouble or _visits_differ([sample, *compared]))
    blank = replace(
        blank,
        n=donors.counts(groups),
        warnings=donors.warnings,
        estimand=Estimand("contrast_of_differences", {"groups": groups}),
    )
    reason = _trouble(donors, groups)
    if reason:
        return [not_estimable(blank, reason)]
    compared_groups = contrast.sides_of_groups(donors, groups)
    answer = _filled(blank, compared_groups, alpha)
    if answer.estimate is None:
        return [answer]
    answer, *range_ = with_range(answer, of_sides(answer, compared_groups))
    sides = list(_sides(as_beside(blank), (sample, mean), groups, alpha))
    return [replace(answer, larger=_stands_out(answer, sides)), *sides, *range_]


def _trouble(donors: Sample, groups: tuple[str, ...]) -> Caveat | None:
    """Why the contrast cannot be estimated; None if it can."""
    reason = contrast.trouble(donors, groups)
    return reason or contrast.sides_of_groups(donors, groups).confounded()


def _sides(
    blank: Finding, sides: tuple[Sample, Sample], groups: tuple[str, ...], alpha: float
) -> Iterator[Finding]:
    """The difference of the groups in what was asked and in what it is compared with, each where
    it can be estimated.
    """
    for code, side in zip(_SIDES, sides, strict=True):
        if not contrast.trouble(side.of(*groups), groups):
            sides_of_one = contrast.sides_of_groups(side, groups)
            of_one = replace(blank, n=side.counts(groups), estimand=Estimand(code))
            yield _filled(of_one, sides_of_one, alpha)


def _visits_differ(samples: list[Sample]) -> Caveat | None:
    """Results that were first measured at different visits."""
    visits = tuple(dict.fromkeys(sample.visit for sample in samples if sample.visit))
    return Caveat("visits_differ", {"visits": visits}) if len(visits) > 1 else None


def _stands_out(answer: Finding, sides: list[Finding]) -> bool:
    """Whether the asked difference itself points the way of the contrast, and is larger than what
    it is compared with.
    """
    if len(sides) < 2 or answer.estimate is None:
        return False
    own, against = sides
    if own.estimate is None or against.estimate is None:
        return False
    same_direction = own.estimate * answer.estimate > 0
    return own.excludes_null and same_direction and abs(own.estimate) > abs(against.estimate)


def _filled(blank: Finding, sides: Sides, alpha: float) -> Finding:
    """The difference of the groups in a contrast, or in one side of it."""
    blank = replace(blank, held=sides.design.terms)
    try:
        estimate, method = contrast.between(sides, alpha=alpha)
    except NotEstimable as error:
        return not_estimable(blank, error.caveat)
    return filled(blank, method, estimate)
