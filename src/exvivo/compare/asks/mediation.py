"""How much of a scale's difference between groups goes along with a result: the product of two
slopes.

With result m, score y, group g (1 or 0) and covariates c, two least-squares fits

    m = a g + c + error        y = b m + g + c + error

give the part a b of the score's difference that goes along with the result (doi 10.1037/a0020761).
Its interval is that of the product of two t variables (MacKinnon 2007, doi 10.3758/BF03193007). It
supposes that the result comes before the score and that nothing unmeasured moves both; with
everything measured at once neither can be shown, so the answer stays a hypothesis. The correlation
of unmeasured causes that would leave nothing of it stands beside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.design import FEWEST, SAME_RESULT, sides_of
from exvivo.compare.estimate import Estimate, as_beside, filled, not_estimable
from exvivo.compare.evidence import Evidence, Scores
from exvivo.compare.methods.covariates import (
    Fit,
    coefficient,
    columns_of,
    residuals,
    separates,
)
from exvivo.compare.sample import Sample
from exvivo.findings import Caveat, Estimand, Facts, Finding
from exvivo.methods import LEAST_SQUARES, PRODUCT, UNMEASURED_CAUSES
from exvivo.study import Mediation, Study
from exvivo.units import COEFFICIENT, DIFFERENCE

_GRID = 1001
"""Points on the distribution of the first slope over which that of the product is averaged."""


@dataclass(frozen=True)
class _Data:
    """Donors with a result, a score and all covariates: `group` is 1 for the first group."""

    donors: Sample
    group: Floats
    score: Floats
    covariates: Floats

    @property
    def result(self) -> Floats:
        """The donors' results, all of them known."""
        return self.donors.lower

    @property
    def group_and_covariates(self) -> Floats:
        """What is held when a score is regressed on the result."""
        return np.column_stack([self.group, self.covariates])


def ask(question: Mediation, evidence: Evidence) -> list[Finding]:
    """The part of every scale's difference that goes along with each assay and analyte."""
    findings = []
    for sample, blank in evidence.each(question):
        for name in question.scales:
            scaled = replace(blank, scale=name, unit=DIFFERENCE)
            scores = evidence.scored(name, sample.visit)
            findings += mediation(question, sample, scores, scaled, study=evidence.study)
    return findings


def mediation(
    question: Mediation, sample: Sample, scores: Scores, blank: Finding, *, study: Study
) -> list[Finding]:
    """The part of the difference of the scale of `blank` that goes along with the result; total,
    rest and sensitivity beside it.
    """
    groups, alpha = question.groups, study.plan.alpha
    donors = sample.only(np.isin(sample.groups, groups))
    donors = donors.only(np.array([donor in scores for donor in donors.donors], dtype=np.bool_))
    columns = columns_of(donors, question.adjust, study)
    donors = donors.only(columns.complete)
    asked: Facts = {"scale": str(blank.scale), "groups": groups}
    blank = replace(
        blank,
        n=donors.counts(groups),
        warnings=donors.warnings,
        estimand=Estimand("mediated_part", asked),
    )
    data = _Data(
        donors,
        np.asarray(donors.groups == groups[0], dtype=np.float64),
        np.array([scores[donor] for donor in donors.donors], dtype=np.float64),
        columns.values,
    )
    reason = sample.trouble or columns.trouble or _trouble(data, groups)
    if reason:
        return [not_estimable(blank, reason)]
    answer = filled(blank, PRODUCT, _product_of(data, alpha))
    return [answer, *_beside(as_beside(blank), data, alpha)]


def _product_of(data: _Data, alpha: float) -> Estimate:
    """The slope of the result on the group times that of the score on the result."""
    onto = coefficient(data.result, data.group, data.covariates, alpha=alpha)
    from_result = coefficient(data.score, data.result, data.group_and_covariates, alpha=alpha)
    return product(onto, from_result, alpha=alpha)


def _beside(blank: Finding, data: _Data, alpha: float) -> list[Finding]:
    """The whole difference of the score, what is left of it with the result held, and how strong
    unmeasured causes must be.
    """
    held = np.column_stack([data.result, data.covariates])
    rest = coefficient(data.score, data.group, held, alpha=alpha)
    total = coefficient(data.score, data.group, data.covariates, alpha=alpha)
    whole = replace(blank, estimand=Estimand("whole_difference", blank.estimand.facts))
    left = replace(blank, estimand=Estimand("rest_of_difference"))
    return [
        filled(whole, LEAST_SQUARES, total.estimate),
        filled(left, LEAST_SQUARES, rest.estimate),
        replace(
            blank,
            unit=COEFFICIENT,
            method=UNMEASURED_CAUSES,
            estimate=_partial_correlation(data),
            estimand=Estimand("unmeasured_causes"),
        ),
    ]


def product(a: Fit, b: Fit, *, alpha: float) -> Estimate:
    """The product of two independent slopes with its interval and p value, by the distribution of
    the product: for each point of the first slope, the chance that the second keeps it below.
    """
    from scipy.special import stdtr, stdtrit

    first = a.slope + a.error * stdtrit(a.df, (np.arange(_GRID) + 0.5) / _GRID)
    centre, error = b.slope, b.error

    def below(value: float) -> float:
        """The chance that the product lies below a value."""
        chance = stdtr(b.df, (value / first - centre) / error)
        return float(np.where(first > 0, chance, 1 - chance).mean())

    estimate = a.slope * centre
    spread = abs(centre) * a.error + abs(a.slope) * error + a.error * error
    size = abs(estimate) + 10 * spread
    lower, upper = (_quantile(below, share, size) for share in (alpha / 2, 1 - alpha / 2))
    under = below(0.0)
    return Estimate(estimate, lower, upper, min(2 * min(under, 1 - under), 1.0))


def _quantile(below: Callable[[float], float], share: float, size: float) -> float:
    """Where a distribution reaches a share; `size` is where the search begins."""
    from scipy.optimize import brentq

    while below(-size) > share or below(size) < share:
        size *= 2
    return float(brentq(lambda value: below(value) - share, -size, size, xtol=1e-10))


def _partial_correlation(data: _Data) -> float:
    """The partial correlation of result and score with group and covariates held: unmeasured causes
    as strong leave nothing.
    """
    x, y = (residuals(v, data.group_and_covariates) for v in (data.result, data.score))
    return float(x @ y / ((x @ x) * (y @ y)) ** 0.5)


def _trouble(data: _Data, groups: tuple[str, ...]) -> Caveat | None:
    """Why nothing can be said of this part; None if it can."""
    for group, side in zip(groups, sides_of(data.donors, groups), strict=True):
        n = len(side.donors)
        if n < FEWEST:
            return Caveat("few_scored_donors", {"group": group, "n": n, "needed": FEWEST})
    undetected = int(data.donors.undetected.sum())
    if undetected:
        return Caveat("bounds_in_least_squares", {"n": undetected})
    if np.ptp(data.result) < SAME_RESULT:
        return Caveat("one_result")
    if np.ptp(data.score) == 0:
        return Caveat("one_score")
    by_group = separates(data.group, data.covariates)
    if by_group or separates(data.result, data.group_and_covariates):
        return Caveat("groups_tell_result")
    if separates(data.score, np.column_stack([data.group, data.result, data.covariates])):
        return Caveat("score_without_spread")
    return None
