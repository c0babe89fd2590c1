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
from exvivo.compare.estimate import (
    NotEstimable,
    as_beside,
    filled,
    not_estimable,
    warned,
    warning_of,
)
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
    def samples(self) -> tuple[Sample, Sample]:
        """The donors of either side."""
        return self.sample.only(self.first), self.sample.only(~self.first)

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
    findings: list[Finding] = []
    for sample, blank in evidence.each(question):
        findings += treatment(question, sample, blank, study=evidence.study)
    return findings


def treatment(
    question: Treatment, sample: Sample, blank: Finding, *, study: Study
) -> list[Finding]:
    """Exposed less other donors of the asked group, adjusted as declared; unadjusted and the
    robustness value beside it.
    """
    donors = sample.of(question.within)
    donors = donors.only(donors.informative)
    columns = columns_of(donors, (question.exposure, *question.adjust), study)
    sides = _by_exposure(question, donors.only(columns.complete), study)
    blank = replace(
        blank,
        unit=LOG2_FOLD,
        n=sides.sample.counts([question.within]),
        estimand=_exposure_difference(question, question.adjust),
        warnings=(*sample.warnings, *_unknown(columns)),
    )
    findings = _compared(blank, sides, study)
    if question.adjust and findings[0].estimate is not None:
        unadjusted = replace(sides, covariates=no_columns(columns.complete, len(sides.first)))
        blank = replace(as_beside(blank), estimand=_exposure_difference(question, ()))
        findings += _compared(blank, unadjusted, study)[:1]
    return findings


def _by_exposure(question: Treatment, donors: Sample, study: Study) -> _Sides:
    """The exposed and the other donors, of donors whose exposure is given."""
    exposures = dict(study.donors.select("donor", question.exposure).iter_rows())
    exposed = np.array([exposures[d] == question.exposed for d in donors.donors], dtype=np.bool_)
    facts: Facts = {"exposure": question.exposure, "exposed": question.exposed}
    names: tuple[Facts, Facts] = ({**facts, "side": "exposed"}, {**facts, "side": "unexposed"})
    return _Sides(donors, exposed, columns_of(donors, question.adjust, study), names)


def _exposure_difference(question: Treatment, adjust: tuple[str, ...]) -> Estimand:
    """What the answer estimates, with some columns adjusted for."""
    return Estimand(
        "exposure_difference",
        {"exposure": question.exposure, "exposed": question.exposed, "adjust": adjust},
    )


def adjusted(
    question: Difference, sample: Sample, blank: Finding, *, study: Study
) -> list[Finding]:
    """The difference between the groups with the declared columns adjusted for, and its robustness
    value: shown beside the answer.
    """
    if not question.adjust:
        return []
    groups, donors = question.groups, sample.of(*question.groups)
    donors = donors.only(donors.informative)
    columns = columns_of(donors, question.adjust, study)
    donors = donors.only(columns.complete)
    names: tuple[Facts, Facts] = ({"group": groups[0]}, {"group": groups[1]})
    blank = replace(
        blank,
        part="beside",
        unit=LOG2_FOLD,
        n=donors.counts(groups),
        warnings=_unknown(columns),
        estimand=Estimand("adjusted_difference", {"groups": groups, "adjust": question.adjust}),
    )
    in_first = np.asarray(donors.groups == groups[0])
    return _compared(blank, _Sides(donors, in_first, columns, names), study)


def _unknown(columns: Columns) -> tuple[Caveat, ...]:
    """A warning of donors of whom donors.csv does not say what is asked."""
    return warning_of("unknown_in_donors", int((~columns.complete).sum()))


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
    uneven = uneven_plates("uneven_plates_of_sides", sides.as_groups, _FIRST)
    answer = warned(filled(blank, method, fit.estimate), *uneven)
    return [answer, *_robustness(blank, fit, alpha)]


def _fitted(sides: _Sides, alpha: float) -> tuple[Fit, Method]:
    """The coefficient of the side, with errors that donors share: by maximum likelihood where some
    results are bounds, else by least squares; without covariates Welch's interval is shown.
    """
    sample, covariates = sides.sample, sides.covariates
    first, second = sides.samples
    shared = shared_variance(first, second)
    if sample.undetected.any():
        bounded = bounded_coefficient(*sample.ends, sides.column, covariates.values, alpha=alpha)
        return widened(bounded, shared, alpha=alpha), TOBIT
    fit = coefficient(sample.lower, sides.column, covariates.values, alpha=alpha)
    fit = widened(fit, shared, alpha=alpha)
    if covariates.names:
        return fit, LEAST_SQUARES
    by_welch = welch(first.lower, second.lower, alpha=alpha, shared=shared)
    return replace(fit, estimate=by_welch), WELCH


def _robustness(blank: Finding, fit: Fit, alpha: float) -> list[Finding]:
    """What something unmeasured must explain to take the estimate, or its interval, to nothing."""
    beside = replace(as_beside(blank), unit=SHARE, method=ROBUSTNESS, p=None)
    facts: Facts = {**blank.estimand.facts, "of": blank.estimand.code}
    of_estimate = Estimand("robustness_of_estimate", facts)
    of_interval = Estimand("robustness_of_interval", facts)
    return [
        replace(beside, estimate=robustness(fit), estimand=of_estimate),
        replace(beside, estimate=robustness(fit, alpha=alpha), estimand=of_interval),
    ]


def _trouble(sides: _Sides) -> Caveat | None:
    """Why the sides cannot be compared; None if they can."""
    return (
        sides.sample.trouble
        or _few_donors(sides)
        or sides.covariates.trouble
        or _not_separable(sides)
        or _alike(sides)
    )


def _few_donors(sides: _Sides) -> Caveat | None:
    """The first side with fewer donors than anything is estimated from."""
    for facts, side in zip(sides.names, sides.samples, strict=True):
        n = len(side.donors)
        if n < FEWEST:
            return Caveat("few_donors", {**facts, "n": n, "needed": FEWEST})
    return None


def _not_separable(sides: _Sides) -> Caveat | None:
    """Sides that plates or covariates determine."""
    if confounded(sides.as_groups, _FIRST):
        return Caveat("sides_confounded_with_plate")
    bounded = _mostly_bounds(sides)
    names, values = sides.covariates.names, sides.covariates.values
    if bounded or not names or not separates(sides.column, values):
        return bounded
    return Caveat("covariates_tell_sides", {"columns": names})


def _mostly_bounds(sides: _Sides) -> Caveat | None:
    """The first side of which too many donors are bounds."""
    for facts, side in zip(sides.names, sides.samples, strict=True):
        if side.undetected.mean() > _MOST_BOUNDED:
            return Caveat("mostly_bounds", facts)
    return None


def _alike(sides: _Sides) -> Caveat | None:
    """Results that do not differ within either side."""
    alike = all(np.ptp(side.lower) < SAME_RESULT for side in sides.samples)
    return Caveat("one_result_each_side") if alike and not sides.sample.undetected.any() else None
