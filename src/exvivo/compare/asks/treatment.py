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

from exvivo.compare.design import FEWEST, SAME_RESULT, alone_in_design
from exvivo.compare.estimate import (
    NotEstimable,
    as_beside,
    counted,
    filled,
    not_estimable,
    warned,
    warning_of,
)
from exvivo.compare.evidence import Evidence
from exvivo.compare.judge.leave_one_out import of_sides, with_range
from exvivo.compare.methods.covariates import Columns, columns_of
from exvivo.compare.methods.regression import Fit, robustness, separates
from exvivo.compare.sample import Sample
from exvivo.compare.sides import MOST_UNSEEN, Sides
from exvivo.findings import Caveat, Estimand, Facts, Finding
from exvivo.methods import ROBUSTNESS
from exvivo.study import Difference, Study, Treatment
from exvivo.units import LOG2_FOLD, SHARE


@dataclass(frozen=True)
class Named:
    """Two sides of donors, the facts that say who stands on each, and the columns adjusted for."""

    sides: Sides
    names: tuple[Facts, Facts]
    columns: Columns


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
    named = by_exposure(question, donors.only(columns.complete), study)
    blank = replace(
        counted(blank, named.sides.donors, [question.within]),
        unit=LOG2_FOLD,
        estimand=_exposure_difference(question, question.adjust),
        warnings=(*sample.warnings, *_unknown(columns)),
    )
    answer, *beside = _compared(blank, named, study)
    findings = [*_ranged(answer, named.sides), *beside]
    if question.adjust and answer.estimate is not None:
        unadjusted = Sides.of(named.sides.donors, named.sides.first)
        blank = replace(as_beside(blank), estimand=_exposure_difference(question, ()))
        findings += _compared(blank, replace(named, sides=unadjusted), study)[:1]
    return findings


def sides_of(question: Treatment, sample: Sample, study: Study) -> Sides:
    """The exposed and the other donors of the asked group, with what is adjusted for."""
    return named_of(question, sample, study).sides


def named_of(question: Treatment, sample: Sample, study: Study) -> Named:
    """The same, with the facts that say who they are."""
    donors = sample.of(question.within)
    donors = donors.only(donors.informative)
    columns = columns_of(donors, (question.exposure, *question.adjust), study)
    return by_exposure(question, donors.only(columns.complete), study)


def _ranged(answer: Finding, sides: Sides) -> list[Finding]:
    """The answer with its range without each donor behind it."""
    if answer.estimate is None:
        return [answer]
    return with_range(answer, of_sides(answer, sides))


def by_exposure(question: Treatment, donors: Sample, study: Study) -> Named:
    """The exposed and the other donors, of donors whose exposure is given."""
    exposures = dict(study.donors.select("donor", question.exposure).iter_rows())
    exposed = np.array([exposures[d] == question.exposed for d in donors.donors], dtype=np.bool_)
    facts: Facts = {"exposure": question.exposure, "exposed": question.exposed}
    names: tuple[Facts, Facts] = ({**facts, "side": "exposed"}, {**facts, "side": "unexposed"})
    columns = columns_of(donors, question.adjust, study)
    return Named(Sides.of(donors, exposed, columns.values), names, columns)


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
    groups, columns = question.groups, _declared(question, sample, study)
    named = adjusted_named(question, sample, study)
    blank = replace(
        counted(blank, named.sides.donors, groups),
        part="beside",
        unit=LOG2_FOLD,
        warnings=_unknown(columns),
        estimand=Estimand("adjusted_difference", {"groups": groups, "adjust": question.adjust}),
    )
    return _compared(blank, named, study)


def adjusted_named(question: Difference, sample: Sample, study: Study) -> Named:
    """The donors of both groups with the declared columns."""
    sides = adjusted_sides(question, sample, study)
    columns = columns_of(sides.donors, question.adjust, study)
    first, second = question.groups
    return Named(sides, ({"group": first}, {"group": second}), columns)


def _declared(question: Difference, sample: Sample, study: Study) -> Columns:
    """The declared columns of the donors of both groups whose result says anything."""
    donors = sample.of(*question.groups)
    return columns_of(donors.only(donors.informative), question.adjust, study)


def adjusted_sides(question: Difference, sample: Sample, study: Study) -> Sides:
    """The donors of both groups of whom the declared columns are known, with these columns."""
    donors = sample.of(*question.groups)
    donors = donors.only(donors.informative)
    donors = donors.only(columns_of(donors, question.adjust, study).complete)
    values = columns_of(donors, question.adjust, study).values
    return Sides.of(donors, np.asarray(donors.groups == question.groups[0]), values)


def _unknown(columns: Columns) -> tuple[Caveat, ...]:
    """A warning of donors of whom donors.csv does not say what is asked."""
    return warning_of("unknown_in_donors", int((~columns.complete).sum()))


def _compared(blank: Finding, named: Named, study: Study) -> list[Finding]:
    """The difference between the sides, and how robust it is; or the reason why there is none."""
    alpha, sides = study.plan.alpha, named.sides
    reason = sides.donors.trouble or trouble_of(named)
    if reason:
        return [not_estimable(blank, reason)]
    try:
        fit, method = sides.fit(alpha=alpha)
    except NotEstimable as error:
        return [not_estimable(blank, error.caveat)]
    blank = replace(blank, held=sides.design.terms)
    held = bool(sides.covariates.shape[1])
    apart = named.columns.apart(sides.first) if held else ()
    warnings = (*alone_in_design(sides.design), *sides.skewed_unequal, *apart)
    answer = warned(filled(blank, method, fit.estimate), *warnings)
    return [answer, *_robustness(blank, sides.of_one_spread(fit, alpha=alpha), alpha)]


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


def trouble_of(named: Named) -> Caveat | None:
    """Why the sides cannot be compared; None if they can."""
    return (
        _few_donors(named)
        or named.columns.trouble
        or named.sides.confounded(sides=True)
        or _mostly_bounds(named)
        or _told_by_covariates(named)
        or _alike(named.sides)
    )


def _few_donors(named: Named) -> Caveat | None:
    """The first side with fewer donors than anything is estimated from."""
    for facts, side in zip(named.names, named.sides.samples, strict=True):
        n = len(side.donors)
        if n < FEWEST:
            return Caveat("few_donors", {**facts, "n": n, "needed": FEWEST})
    return None


def _told_by_covariates(named: Named) -> Caveat | None:
    """Sides that the covariates determine."""
    names, sides = named.columns.names, named.sides
    if not names or not separates(sides.column, sides.columns):
        return None
    return Caveat("covariates_tell_sides", {"columns": names})


def _mostly_bounds(named: Named) -> Caveat | None:
    """The first side of which too many donors are bounds."""
    if not named.sides.bounded or named.sides.most_unseen <= MOST_UNSEEN:
        return None
    shares = [side.undetected.mean() for side in named.sides.samples]
    return Caveat("mostly_bounds", named.names[int(np.argmax(shares))])


def _alike(sides: Sides) -> Caveat | None:
    """Results that do not differ within either side."""
    alike = all(np.ptp(side.lower) < SAME_RESULT for side in sides.samples)
    return Caveat("one_result_each_side") if alike and not sides.bounded else None
