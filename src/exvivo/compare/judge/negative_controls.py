"""Negative controls as an empirical null: what a study finds where nothing is to be found, taken
off its other differences.

The answers of k controls differ from no difference by their own error and by one that the study
puts on everything (handling, cells, confounding), normal with mean μ and standard deviation τ:

    b_i = μ + u_i + e_i,   u_i ~ N(0, τ²),   e_i ~ N(0, s_i²)

τ² is Paule and Mandel's (1982, doi 10.6028/jres.087.022): Σ (b_i - μ)² / (s_i² + τ²) = k - 1, μ the
weighted mean. Another answer b of error s on df degrees of freedom becomes b - μ with

    v = s² + w,   w = τ² + 1 / Σ 1 / (s_i² + τ²),   df' = v² / (s⁴ / df + (w + a)² / (k - 1))

with a the mean of s_i² (τ² is told by squares that hold s_i² too), and Student's t (Schuemie et al.
2014, doi 10.1002/sim.5925; its interval: 2018, doi 10.1073/pnas.1708282114; they take μ and τ as
known, which a handful of controls does not allow). In 1,000 simulated null studies with five
controls (14 v 10 donors of SD 0.5, μ = τ = 0, 0.2, 0.5) it claimed in 0.2, 1.7 and
4.1 %.

When not to use: with fewer than `FEWEST` controls; where what moves the controls is not what would
move the answer. Controls of the same donors share these donors' chance: part of μ is that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.estimate import as_beside, filled
from exvivo.compare.judge.standard_error import located
from exvivo.compare.methods.intervals import student
from exvivo.findings import Estimand, Facts, Finding
from exvivo.methods import EMPIRICAL_NULL
from exvivo.study import Difference, Question, Study
from exvivo.units import LOG2_FOLD

FEWEST = 5
"""Answers of negative controls from which their errors are estimated."""
_STEPS = 60
Kind = tuple[tuple[str, ...], bool]
"""What controls and answers must have in common: the groups, and a response or a level."""


@dataclass(frozen=True)
class EmpiricalNull:
    """The error that a study puts on its differences: mean and standard deviation (log2), the
    variance of a new one about the mean (w), the controls' own (a), and how many controls there
    were.
    """

    mean: float
    sd: float
    variance: float
    own: float
    controls: int

    def df(self, error: float, df: float) -> float:
        """The degrees of freedom of an answer less this error."""
        shown = (self.variance + self.own) ** 2 / (self.controls - 1)
        return (error**2 + self.variance) ** 2 / (error**4 / df + shown)


def empirical_null(estimates: Floats, errors: Floats) -> EmpiricalNull:
    """The null that answers of negative controls (k,) with their standard errors show."""
    between = _between(estimates, errors**2)
    weights = 1 / (errors**2 + between)
    mean = float(weights @ estimates / weights.sum())
    variance = between + 1 / float(weights.sum())
    own = float((errors**2).mean())
    return EmpiricalNull(mean, between**0.5, variance, own, len(estimates))


def _between(estimates: Floats, variances: Floats) -> float:
    """Paule and Mandel's τ²; 0 where the controls differ by no more than their errors."""

    def excess(between: float) -> float:
        weights = 1 / (variances + between)
        rest = estimates - weights @ estimates / weights.sum()
        return float(weights @ rest**2) - (len(estimates) - 1)

    low, high = 0.0, float(np.ptp(estimates)) ** 2
    if excess(low) <= 0:
        return 0.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return (low + high) / 2


def with_calibrated(findings: Sequence[Finding], study: Study) -> list[Finding]:
    """The findings, each answer for which there are enough negative controls followed by what it is
    with their error as the null.
    """
    kinds = {q.id: _kind(q) for q in study.questions if isinstance(q, Difference)}
    controls = {q.id for q in study.questions if _is_control(q)}
    nulls = _nulls([finding for finding in findings if finding.question in controls], kinds)
    extended: list[Finding] = []
    for finding in findings:
        extended.append(finding)
        null = nulls.get(kinds.get(finding.question))
        if null and finding.question not in controls:
            extended += _calibrated(finding, null)
    return extended


def _kind(question: Difference) -> Kind:
    return question.groups, bool(question.stimulus)


def _is_control(question: Question) -> bool:
    return isinstance(question, Difference) and question.negative_control


def _nulls(
    controls: Sequence[Finding], kinds: Mapping[str, Kind]
) -> dict[Kind | None, EmpiricalNull]:
    """The null of each kind of difference that has enough controls."""
    known: dict[Kind | None, list[tuple[float, float]]] = {}
    for finding in controls:
        where = located(finding) if _answers(finding) else None
        if where:
            known.setdefault(kinds[finding.question], []).append((where.estimate, where.error))
    nulls = {}
    for kind, pairs in known.items():
        if len(pairs) >= FEWEST:
            nulls[kind] = empirical_null(*np.array(pairs).T)
    return nulls


def _answers(finding: Finding) -> bool:
    """Whether a finding is an answer that is a fold."""
    return finding.part == "answer" and finding.unit is LOG2_FOLD


def _calibrated(answer: Finding, null: EmpiricalNull) -> list[Finding]:
    """The answer less the controls' error; nothing where it has no standard error."""
    where = located(answer) if _answers(answer) else None
    if where is None:
        return []
    error = (where.error**2 + null.variance) ** 0.5
    df = null.df(where.error, where.df)
    estimate = student(where.estimate - null.mean, error, df, alpha=1 - answer.level)
    facts: Facts = {"controls": null.controls, "mean": null.mean, "sd": null.sd}
    beside = replace(as_beside(answer), method_facts={}, estimand=Estimand("calibrated", facts))
    return [filled(replace(beside, p_adjusted=None, verdict=None), EMPIRICAL_NULL, estimate)]
