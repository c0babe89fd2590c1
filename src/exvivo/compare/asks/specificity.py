"""Is a difference specific: larger in one analyte than in others, or in these cells than in others
of the same donors?

Only a contrast can say. With five equally changed analytes a small study finds some of them and not
others most of the time, so a pattern of significance says nothing (Gelman and Stern 2006, doi
10.1198/000313006X152649). Where some results are bounds each analyte is estimated by the likelihood
of its wells and the contrast by the jackknife over donors, who bring all of their analytes or none.
Not for analytes on scales that are not comparable: the contrast is of
log2 folds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.asks import contrast
from exvivo.compare.estimate import NotEstimable, as_beside, counted, filled, not_estimable
from exvivo.compare.evidence import Evidence
from exvivo.compare.judge.leave_one_out import of_sides, ranged, with_range
from exvivo.compare.methods.jackknife import jackknife_contrast
from exvivo.compare.sample import Sample
from exvivo.compare.sides import Sides
from exvivo.findings import Caveat, Estimand, EstimandCode, Finding
from exvivo.methods import BOUNDED_CONTRASTS
from exvivo.study import Specificity

_SIDES: tuple[EstimandCode, EstimandCode] = ("asked_difference", "held_against")
"""The two sides of a contrast, each beside it."""


def ask(question: Specificity, evidence: Evidence) -> list[Finding]:
    """The contrast of every assay and analyte."""
    findings = []
    for sample, blank in evidence.each(question):
        compared = compared_with(question, blank, evidence)
        findings += specificity(question, sample, compared, blank, evidence.alpha)
    return findings


def donors_of(question: Specificity, blank: Finding, evidence: Evidence) -> Sample:
    """The donors' contrasts of one assay and analyte."""
    sample = evidence.sample(question, blank.assay, blank.analyte)
    mean = contrast.mean_of(compared_with(question, blank, evidence))
    return contrast.minus(sample, mean).of(*question.groups)


def compared_with(question: Specificity, blank: Finding, evidence: Evidence) -> list[Sample]:
    """The results that one analyte is compared with: other analytes, or itself in other cells."""
    return [
        evidence.sample(question, blank.assay, name, cell_type=question.against_cell_type or None)
        for name in analytes_against(question, blank.analyte)
    ]


def analytes_against(question: Specificity, analyte: str) -> list[str]:
    """The analytes that one is compared with; itself where it is compared in other cells."""
    return [name for name in question.against if name != analyte] or [analyte]


def specificity(
    question: Specificity, sample: Sample, compared: list[Sample], blank: Finding, alpha: float
) -> list[Finding]:
    """The contrast between the groups, and beside it both sides of it.

    `sample` holds the asked result of every donor, `compared` those whose mean is subtracted.
    """
    groups, parts = question.groups, (sample, *compared)
    donors = contrast.minus(sample, contrast.mean_of(compared)).of(*groups)
    trouble = donors.trouble or visits_differ(parts)
    blank = replace(
        counted(blank, _in_all(donors, parts), groups),
        warnings=donors.warnings,
        estimand=Estimand("contrast_of_differences", {"groups": groups}),
    )
    if trouble:
        return [not_estimable(blank, trouble)]
    weights = np.array([1.0, *(-1 / len(compared) for _ in compared)])
    answer, range_ = _answered(blank, Parts.of(parts, weights, groups), alpha)
    if answer.estimate is None:
        return [answer]
    answer, *range_ = with_range(answer, range_)
    wholes = (Parts.of([sample], weights[:1], groups), Parts.of(compared, -weights[1:], groups))
    sides = list(_sides(as_beside(blank), wholes, alpha))
    return [replace(answer, larger=_stands_out(answer, sides)), *sides, *range_]


def _in_all(donors: Sample, parts: Sequence[Sample]) -> Sample:
    """The donors whose results say anything in each part of a contrast."""
    return donors.only(np.isin(donors.donors, contrast.same_donors(parts)[0].donors))


@dataclass(frozen=True)
class Parts:
    """Several results of the same donors and what each weighs (`weights`) in their sum, `whole`,
    which is one number a donor.
    """

    samples: tuple[Sample, ...]
    weights: Floats
    groups: tuple[str, ...]

    @classmethod
    def of(cls, samples: Sequence[Sample], weights: Floats, groups: tuple[str, ...]) -> Parts:
        """The results of the donors of two groups who have all of them."""
        of_groups = [sample.of(*groups) for sample in samples]
        return cls(tuple(contrast.same_donors(of_groups)), weights, groups)

    @property
    def whole(self) -> Sample:
        """The weighted sum of each donor's results."""
        return contrast.weighted(self.samples, self.weights)

    @property
    def bounded(self) -> bool:
        """Whether some results are known only by bounds."""
        return any(sample.undetected.any() for sample in self.samples)

    @property
    def compared(self) -> Sides:
        """The two groups in the weighted sum, all donors of each."""
        return Sides.of_group(self.whole, self.groups[0])

    @property
    def sides(self) -> list[Sides]:
        """The two groups in each of the results."""
        return [contrast.sides_of_groups(sample, self.groups) for sample in self.samples]

    def trouble(self) -> Caveat | None:
        """Why the groups cannot be compared; None if they can."""
        if not self.bounded:
            return contrast.trouble(self.whole, self.groups) or self.compared.confounded()
        reasons = (contrast.trouble_of_bounds(sides, self.groups) for sides in self.sides)
        return next(filter(None, reasons), None)


def _answered(blank: Finding, parts: Parts, alpha: float) -> tuple[Finding, list[Finding]]:
    """The difference of the groups in a sum of results, and its range without each donor: by one
    number a donor, or where some results are bounds by the likelihood of the wells of each.
    """
    reason = parts.trouble()
    if reason:
        return not_estimable(blank, reason), []
    whole = parts.compared
    blank = replace(blank, held=whole.design.terms)
    try:
        if parts.bounded:
            return _jackknifed(blank, parts, whole, alpha)
        estimate, method = contrast.between(whole, alpha=alpha)
    except NotEstimable as error:
        return not_estimable(blank, error.caveat), []
    answer = filled(blank, method, estimate)
    return answer, of_sides(answer, whole)


def _jackknifed(
    blank: Finding, parts: Parts, whole: Sides, alpha: float
) -> tuple[Finding, list[Finding]]:
    """The weighted sum of the differences of several results, each by its own method, with the
    spread that leaving out one donor at a time shows.
    """
    fits = [sides.fit(alpha=alpha)[0].slope for sides in parts.sides]
    without = np.column_stack([sides.estimates_without_each() for sides in parts.sides])
    first = whole.first
    design = np.column_stack([np.ones(len(first)), whole.column, whole.columns])
    q, _ = np.linalg.qr(design)
    groups = (~first).astype(np.intp)
    estimate = jackknife_contrast(
        np.array(fits),
        without,
        groups,
        parts.weights,
        alpha=alpha,
        shared=whole.shared**0.5,
        df=np.bincount(groups, 1 - (q**2).sum(axis=1)).astype(np.float64),
    )
    answer = filled(blank, BOUNDED_CONTRASTS, estimate)
    return answer, ranged(answer, whole.donors.donors, without @ parts.weights)


def _sides(blank: Finding, wholes: Iterable[Parts], alpha: float) -> Iterator[Finding]:
    """The difference of the groups in what was asked and in what it is compared with, each where
    it can be estimated.
    """
    for code, parts in zip(_SIDES, wholes, strict=True):
        about = replace(counted(blank, parts.whole, parts.groups), estimand=Estimand(code))
        finding, _ = _answered(about, parts, alpha)
        if finding.estimate is not None:
            yield finding


def visits_differ(samples: Sequence[Sample]) -> Caveat | None:
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
