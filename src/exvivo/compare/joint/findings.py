"""The joint model's numbers as findings beside the answers: never an answer, and only those whose
gates hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from exvivo.compare.estimate import emptied, not_estimable
from exvivo.compare.joint.fit import JointFit, joint
from exvivo.compare.joint.model import Priors, Series
from exvivo.compare.joint.summary import Posterior
from exvivo.compare.joint.traces import trace_facts, worst_series
from exvivo.findings import Caveat, Estimand, Fact, Finding
from exvivo.methods import JOINT, JOINT_CORRELATION, JOINT_SCEPTICAL, RELIABILITY, Method
from exvivo.study import Association, Difference, Specificity, Study, groups_of
from exvivo.units import COEFFICIENT, LOG2_FOLD

Asking = Difference | Specificity | Association
"""The kinds of question it can be asked."""


@dataclass
class JointFits:
    """The joint models of a study, each fitted once: questions of the same wells and scores share
    one.

    The draws depend on the seed and on what is fitted, not on the order of the questions.
    """

    quantities: pl.DataFrame
    clinic: pl.DataFrame
    study: Study
    seed: int
    _fits: dict[tuple[object, ...], JointFit] = field(default_factory=dict)

    def of(self, question: Asking, *, pooled: bool = False) -> JointFit:
        """The fit that answers a question; `pooled`: with exchangeable analytes."""
        alike = [
            q
            for q in self.study.questions
            if isinstance(q, type(question)) and _wells(q) == _wells(question)
        ]
        named = tuple(dict.fromkeys(analyte for q in alike for analyte in q.analytes))
        key = (*_wells(question), pooled)
        if key not in self._fits:
            rng = np.random.default_rng([self.seed, *repr(key).encode()])
            whole = (
                replace(question, analytes=named) if isinstance(question, Difference) else question
            )
            self._fits[key] = joint(
                self.quantities,
                self.clinic,
                study=self.study,
                question=whole,
                rng=rng,
                pooled=pooled,
            )
        return self._fits[key]


def _wells(question: Asking) -> tuple[object, ...]:
    """What of a question decides what is fitted; questions of one kind that agree in it share a
    fit.
    """
    own: tuple[object, ...] = () if isinstance(question, Difference) else (question.id,)
    return (
        question.ask,
        question.assays,
        question.stimulus,
        question.cell_type,
        groups_of(question),
        *own,
    )


_RELIABILITIES = (0.5, 0.7, 0.9)
"""Of the curve over assumed reliabilities, what a reader is shown."""


def joint_findings(question: Asking, answers: list[Finding], fits: JointFits) -> list[Finding]:
    """What the joint model says to each answer of a question; and, for differences, the sceptical
    variant.

    Where a number is not shown its row has the reason.
    """
    fit = fits.of(question)
    findings = [finding for answer in answers for finding in _beside(answer, fit, sceptical=False)]
    if isinstance(question, Difference) and not fit.reason:
        pooled = fits.of(question, pooled=True)
        findings += [_beside(answer, pooled, sceptical=True)[0] for answer in answers]
    return findings


_SHOWN = ("response", "level", "contrast", "correlation")
"""The numbers of the joint model that are shown."""


def _beside(answer: Finding, fit: JointFit, *, sceptical: bool) -> list[Finding]:
    """The numbers of the joint model that stand beside one answer, or the reason why there is
    none.
    """
    blank = emptied(answer)
    series = Series(answer.assay, answer.analyte)
    numbers = [
        place
        for place, number in enumerate(fit.posteriors)
        if (number.series, number.scale) == (series, answer.scale) and number.what in _SHOWN
    ]
    if not numbers:
        reason = (
            Caveat("joint_reason", {"why": fit.reason}) if fit.reason else Caveat("joint_not_asked")
        )
        asked = Estimand("joint", {"sceptical": sceptical})
        return [not_estimable(replace(blank, estimand=asked), reason)]
    return [
        finding for place in numbers for finding in _numbers(blank, fit, place, sceptical=sceptical)
    ]


def _numbers(blank: Finding, fit: JointFit, place: int, *, sceptical: bool) -> list[Finding]:
    """One number of the joint model, and the same under assumed reliabilities."""
    number = fit.posteriors[place]
    coefficient = number.what == "correlation"
    blank = replace(blank, unit=COEFFICIENT if coefficient else LOG2_FOLD)
    facts: dict[str, Fact] = {"sceptical": sceptical, "what": number.what}
    if number.against:
        facts["analytes"] = tuple(series.analyte for series in number.against)
        facts["assays"] = tuple(series.assay for series in number.against)
    if number.reason:
        drawn = _drawn(fit, number)
        asked = replace(blank, estimand=Estimand("joint_number", facts), method_facts=drawn)
        return [not_estimable(asked, Caveat("joint_reason", {"why": number.reason}))]
    shown = {**facts, "corrected": bool(number.corrected)}
    if number.positive is not None:
        shown["probability"] = float(number.positive)
    joint_number = replace(
        blank,
        estimand=Estimand("joint_number", shown),
        method=_method(coefficient=coefficient, sceptical=sceptical),
        method_facts=_checked(fit, place),
        estimate=number.estimate,
        lower=number.lower,
        upper=number.upper,
    )
    return [joint_number, *_reliabilities(blank, number, facts)]


def _method(*, coefficient: bool, sceptical: bool) -> Method:
    """The variant of the joint model that gave a number; correlations are never sceptical."""
    if coefficient:
        return JOINT_CORRELATION
    return JOINT_SCEPTICAL if sceptical else JOINT


def _reliabilities(blank: Finding, number: Posterior, facts: dict[str, Fact]) -> list[Finding]:
    """The correlation under each assumed reliability that a reader is shown."""
    findings = []
    for point in number.curve:
        if round(point.reliability, 2) not in _RELIABILITIES:
            continue
        assumed = {**facts, "reliability": float(point.reliability)}
        none = None if point.estimate is not None else Caveat("no_such_correlation")
        finding = replace(
            blank,
            method=RELIABILITY,
            estimand=Estimand("joint_reliability", assumed),
            estimate=point.estimate,
            lower=point.lower,
            upper=point.upper,
            reason=none,
        )
        findings.append(finding)
    return findings


def _drawn(fit: JointFit, number: Posterior) -> dict[str, Fact]:
    """The draws of the series' worst parameter, beside the first number of the fit's worst
    series.
    """
    if number is not _first_shown(fit, worst_series(fit)):
        return {}
    return trace_facts(fit, number.series)


def _first_shown(fit: JointFit, series: Series | None) -> Posterior | None:
    """The first number of a series that is shown."""
    shown = (p for p in fit.posteriors if p.series == series and p.what in _SHOWN)
    return next(shown, None)


def _checked(fit: JointFit, place: int) -> dict[str, Fact]:
    """What was checked: the number's own mixing, and the replication of its series; and the
    priors.
    """
    priors = Priors()
    facts: dict[str, Fact] = {
        "prior_deviation": priors.deviation,
        "prior_donor": priors.donor,
        "prior_well": priors.well,
        "prior_plate": priors.plate,
        "prior_plate_response": priors.plate_response,
        "prior_culture": priors.culture,
    }
    check, gate = fit.checks[place], fit.gates.get(fit.posteriors[place].series)
    if check is not None:
        facts |= {
            "rhat": float(check.rhat),
            "draws": float(min(check.bulk, check.tail)),
            "moved": float(check.moved),
        }
    if gate is not None:
        facts |= {"undetected": float(gate.undetected), "within": float(gate.within)}
    return facts | _drawn(fit, fit.posteriors[place])
