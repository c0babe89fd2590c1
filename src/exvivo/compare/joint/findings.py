"""The joint model's numbers as findings beside the answers: never an answer, and only those whose
gates hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from exvivo.compare.finding import CORRELATION, LOG2_FOLD, Finding
from exvivo.compare.joint.fit import JointFit, joint
from exvivo.compare.joint.model import Series
from exvivo.compare.joint.summary import Posterior
from exvivo.study import Association, Difference, Specificity, Study, groups_of

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
    fit, study = fits.of(question), fits.study
    told = [finding for answer in answers for finding in _told(answer, fit, study, "")]
    if isinstance(question, Difference) and not fit.reason:
        pooled = fits.of(question, pooled=True)
        told += [
            finding
            for answer in answers
            for finding in _told(answer, pooled, study, "sceptical ")[:1]
        ]
    return told


def _told(answer: Finding, fit: JointFit, study: Study, kind: str) -> list[Finding]:
    blank = replace(
        answer,
        part="beside",
        estimate=None,
        lower=None,
        upper=None,
        p=None,
        p_permutation=None,
        effect_size=None,
        reason=None,
        warnings=[],
    )
    mine = [
        p
        for p in fit.posteriors
        if p.series == Series(answer.assay, answer.analyte)
        and p.scale == answer.scale
        and p.what in _WORDS
    ]
    if not mine:
        said = replace(blank, estimand=f"{kind}joint model", method="none: not estimable")
        return [replace(said, reason=fit.reason or "the joint model was not asked of it")]
    return [finding for p in mine for finding in _finding(blank, p, fit, study, kind)]


_WORDS = {
    "response": "difference in response",
    "level": "difference in level",
    "contrast": "the same less the mean of the others",
    "correlation": "correlation of the donors' own values",
}


def _finding(blank: Finding, p: Posterior, fit: JointFit, study: Study, kind: str) -> list[Finding]:
    unit = CORRELATION if p.what == "correlation" else LOG2_FOLD
    words = f"{kind}joint model, {_WORDS[p.what]}"
    if p.against:
        words += f" ({', '.join(f'{study.name_of(s.analyte)} {study.assay(s.assay).readout}' for s in p.against)})"
    if p.reason:
        return [
            replace(blank, unit=unit, estimand=words, method="none: not estimable", reason=p.reason)
        ]
    higher = f"probability {p.positive:.3f} that it is above {'zero' if unit == CORRELATION else 'equality'}"
    corrected = ", corrected for the error between cultures" if p.corrected else ""
    found = [
        replace(
            blank,
            unit=unit,
            estimand=f"{words}{corrected}; {higher}",
            method=f"Pearson's r; {_method(p, fit)}" if unit == CORRELATION else _method(p, fit),
            estimate=p.estimate,
            lower=p.lower,
            upper=p.upper,
        )
    ]
    for point in (point for point in p.curve if round(point.reliability, 2) in _RELIABILITIES):
        found.append(
            replace(
                blank,
                unit=unit,
                method="Pearson's r; sensitivity to an assumed reliability (doi 10.2307/1412159)",
                estimand=f"{words}, if {100 * point.reliability:.0f} % of the spread between donors were the donors' own",
                estimate=point.estimate,
                lower=point.lower,
                upper=point.upper,
                reason=None
                if point.estimate is not None
                else "no correlation of such donors could be so high",
            )
        )
    return found


def _method(p: Posterior, fit: JointFit) -> str:
    """The method with what was checked: the number's own mixing, and the replication of its
    series.
    """
    place = next(i for i, other in enumerate(fit.posteriors) if other is p)
    check, gate = fit.checks[place], fit.gates.get(p.series)
    said = f"{fit.method}; {fit.priors}"
    if check is not None:
        said += f"; R-hat {check.rhat:.3f}, effective draws {min(check.bulk, check.tail):.0f}, moves {check.moved:.2f} sd with the priors"
    if gate is not None:
        said += f"; replicates undetected wells (p {gate.undetected:.2f}) and the spread of wells (p {gate.within:.2f})"
    return said
