"""Do donors with a medication (or another exposure) respond otherwise? And a difference between
groups, adjusted.

Nobody assigned the exposure, so the answer is an association: those who take a medication may be
more ill, or less. Its robustness value says how strong an unmeasured reason would have to be
(Cinelli and Hazlett 2020, doi 10.1111/rssb.12348). Not where the exposure tells the group (only
patients take it): then the two cannot be told apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.compare.design import FEWEST, SAME_RESULT, confounded, uneven_plates
from exvivo.compare.estimate import NotEstimable, as_beside, filled, not_estimable
from exvivo.compare.evidence import Evidence
from exvivo.compare.methods.covariates import (
    Columns,
    Fit,
    bounded_coefficient,
    coefficient,
    columns_of,
    no_columns,
    robustness,
    separates,
    widened,
)
from exvivo.compare.methods.welch import shared_variance, welch
from exvivo.compare.sample import Sample
from exvivo.findings import Caveat, Estimand, Facts, Finding
from exvivo.methods import LEAST_SQUARES, ROBUSTNESS, TOBIT, WELCH, Method
from exvivo.study import Difference, Study, Treatment
from exvivo.units import LOG2_FOLD, SHARE

_MOST_BOUNDED = 0.5
"""The share of a side's donors known only by bounds above which nothing is estimated."""
_FIRST, _SECOND = "1", "0"
"""The two sides in the place of groups."""


@dataclass(frozen=True)
class _Sides:
    """Donors on two sides: `first` marks those of the first; `covariates` are adjusted for. `names`
    are the facts that say who stands on each side.
    """

    sample: Sample
    first: Bools
    covariates: Columns
    names: tuple[Facts, Facts]

    @property
    def marks(self) -> tuple[Bools, Bools]:
        """The donors of either side."""
        return self.first, ~self.first

    @property
    def column(self) -> Floats:
        """1 for donors of the first side, 0 for the others."""
        return self.first.astype(np.float64)

    @property
    def as_groups(self) -> Sample:
        """The donors with the two sides in the place of their groups."""
        return replace(self.sample, groups=np.where(self.first, _FIRST, _SECOND))


def ask(question: Treatment, evidence: Evidence) -> list[Finding]:
    """Exposed against other donors, of every assay and analyte."""
    return [
        finding
        for sample, blank in evidence.each(question)
        for finding in treatment(question, sample, blank, study=evidence.study)
    ]


def treatment(
    question: Treatment, sample: Sample, blank: Finding, *, study: Study
) -> list[Finding]:
    """Exposed less other donors of the asked group, adjusted as declared; unadjusted and the
    robustness value beside it.
    """
    donors = sample.only(np.asarray(sample.groups == question.within) & sample.informative)
    columns = columns_of(donors, (question.exposure, *question.adjust), study)
    donors = donors.only(columns.complete)
    exposure = dict(study.donors.select("donor", question.exposure).iter_rows())
    exposed = np.array([exposure[d] == question.exposed for d in donors.donors], dtype=np.bool_)
    asked: Facts = {"exposure": question.exposure, "exposed": question.exposed}
    names: tuple[Facts, Facts] = ({**asked, "side": "exposed"}, {**asked, "side": "unexposed"})
    sides = _Sides(donors, exposed, columns_of(donors, question.adjust, study), names)
    blank = replace(
        blank,
        unit=LOG2_FOLD,
        n=donors.counts([question.within]),
        estimand=Estimand("exposure_difference", {**asked, "adjust": question.adjust}),
        warnings=(*sample.warnings, *_unknown(columns)),
    )
    findings = _compared(blank, sides, study)
    if question.adjust and findings[0].estimate is not None:
        alone = Estimand("exposure_difference", {**asked, "adjust": ()})
        unadjusted = replace(sides, covariates=no_columns(columns.complete, len(exposed)))
        blank = replace(as_beside(blank), estimand=alone)
        findings += _compared(blank, unadjusted, study)[:1]
    return findings


def adjusted(
    question: Difference, sample: Sample, blank: Finding, *, study: Study
) -> list[Finding]:
    """The difference between the groups with the declared columns held, and its robustness value:
    shown beside the answer.
    """
    if not question.adjust:
        return []
    groups = question.groups
    donors = sample.only(np.isin(sample.groups, groups) & sample.informative)
    columns = columns_of(donors, question.adjust, study)
    donors = donors.only(columns.complete)
    first, second = groups
    names: tuple[Facts, Facts] = ({"group": first}, {"group": second})
    sides = _Sides(donors, np.asarray(donors.groups == first), columns, names)
    blank = replace(
        blank,
        part="beside",
        unit=LOG2_FOLD,
        n=donors.counts(groups),
        warnings=_unknown(columns),
        estimand=Estimand("adjusted_difference", {"groups": groups, "adjust": question.adjust}),
    )
    return _compared(blank, sides, study)


def _unknown(columns: Columns) -> tuple[Caveat, ...]:
    """A warning of donors of whom donors.csv does not say what is asked."""
    count = int((~columns.complete).sum())
    return (Caveat("unknown_in_donors", {"n": count}),) if count else ()


def _compared(blank: Finding, sides: _Sides, study: Study) -> list[Finding]:
    """The difference between the sides, and how robust it is; or the reason why there is none."""
    reason = _trouble(sides)
    if reason:
        return [not_estimable(blank, reason)]
    alpha = study.plan.alpha
    try:
        fit, method = _fitted(sides, alpha)
    except NotEstimable as error:
        return [not_estimable(blank, error.caveat)]
    plates = uneven_plates(sides.as_groups, _FIRST)
    uneven = (Caveat("uneven_plates_of_sides", {"plates": plates}),) if plates else ()
    answer = replace(filled(blank, method, fit.estimate), warnings=(*blank.warnings, *uneven))
    return [answer, *_robustness(blank, fit, alpha)]


def _fitted(sides: _Sides, alpha: float) -> tuple[Fit, Method]:
    """The coefficient of the side, with errors that donors share: by maximum likelihood where some
    results are bounds, else by least squares; without covariates Welch's interval is shown.
    """
    sample, column, covariates = sides.sample, sides.column, sides.covariates
    first, second = (sample.only(marks) for marks in sides.marks)
    shared = shared_variance(first, second)
    if sample.undetected.any():
        bounded = bounded_coefficient(
            sample.lower, sample.upper, column, covariates.values, alpha=alpha
        )
        return widened(bounded, shared, alpha=alpha), TOBIT
    fit = coefficient(sample.lower, column, covariates.values, alpha=alpha)
    fit = widened(fit, shared, alpha=alpha)
    if covariates.names:
        return fit, LEAST_SQUARES
    by_welch = welch(first.lower, second.lower, alpha=alpha, shared=shared)
    return replace(fit, estimate=by_welch), WELCH


def _robustness(blank: Finding, fit: Fit, alpha: float) -> list[Finding]:
    """What something unmeasured must explain to take the estimate, or its interval, to nothing."""
    beside = replace(as_beside(blank), unit=SHARE, method=ROBUSTNESS, p=None)
    inner: Facts = {**blank.estimand.facts, "of": blank.estimand.code}
    return [
        replace(
            beside,
            estimate=robustness(fit),
            estimand=Estimand("robustness_of_estimate", inner),
        ),
        replace(
            beside,
            estimate=robustness(fit, alpha=alpha),
            estimand=Estimand("robustness_of_interval", inner),
        ),
    ]


def _trouble(sides: _Sides) -> Caveat | None:
    """Why the sides cannot be compared; None if they can."""
    sample, covariates = sides.sample, sides.covariates
    if sample.trouble:
        return sample.trouble
    for name, marks in zip(sides.names, sides.marks, strict=True):
        if marks.sum() < FEWEST:
            return Caveat("few_donors", {**name, "n": int(marks.sum()), "needed": FEWEST})
    if covariates.trouble:
        return covariates.trouble
    if confounded(sides.as_groups, _FIRST):
        return Caveat("sides_confounded_with_plate")
    for name, marks in zip(sides.names, sides.marks, strict=True):
        if sample.undetected[marks].mean() > _MOST_BOUNDED:
            return Caveat("mostly_bounds", name)
    if covariates.names and separates(sides.column, covariates.values):
        return Caveat("covariates_tell_sides", {"columns": covariates.names})
    alike = all(np.ptp(sample.lower[marks]) < SAME_RESULT for marks in sides.marks)
    if alike and not sample.undetected.any():
        return Caveat("one_result_each_side")
    return None
