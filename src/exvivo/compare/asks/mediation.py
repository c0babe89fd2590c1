"""How much of a scale's difference between groups goes along with a result: the product of two
slopes.

With result m, score y, group g (1 or 0), covariates and what the design holds c, two least-squares
fits with a variance for each group

    m = a g + c + error        y = b m + g + c + error

give the part a b of the score's difference that goes along with the result (doi 10.1037/a0020761).
Its interval is that of the product of two t variables (MacKinnon 2007, doi 10.3758/BF03193007). It
supposes that the result comes before the score and that nothing unmeasured moves both; with
everything measured at once neither can be shown, so the answer stays a hypothesis. The correlation
of unmeasured causes that would leave nothing of it stands beside.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.compare.design import SAME_RESULT, Held, confounded, held, sides_of, too_few
from exvivo.compare.estimate import (
    Estimate,
    NotEstimable,
    as_beside,
    counted,
    filled,
    not_estimable,
    warned,
)
from exvivo.compare.evidence import Evidence, Scores
from exvivo.compare.methods.covariates import columns_of
from exvivo.compare.methods.regression import Fit, coefficient, residuals, separates
from exvivo.compare.sample import Sample
from exvivo.findings import Caveat, Estimand, Finding
from exvivo.methods import LEAST_SQUARES, PRODUCT, UNMEASURED_CAUSES
from exvivo.study import Mediation, Study
from exvivo.units import COEFFICIENT, DIFFERENCE

_GRID = 1001
"""Points on the distribution of the first slope over which that of the product is averaged."""


@dataclass(frozen=True)
class _Data:
    """Donors with a result, a score and all covariates: `group` is 1 for the first group;
    `covariates` are those that were declared and the columns of the design.
    """

    donors: Sample
    group: Floats
    score: Floats
    covariates: Floats
    design: Held

    @property
    def first(self) -> Bools:
        """The donors of the first group."""
        return np.asarray(self.group == 1)

    def slope(self, y: Floats, asked: Floats, others: Floats, alpha: float) -> Fit:
        """One slope, with a variance for each group. Raises NotEstimable."""
        return coefficient(y, asked, others, self.first, alpha=alpha)

    @property
    def result(self) -> Floats:
        """The donors' results, all of them detected."""
        return self.donors.lower

    @property
    def group_and_covariates(self) -> Floats:
        """What is adjusted for when a score is regressed on the result."""
        return np.column_stack([self.group, self.covariates])


def ask(question: Mediation, evidence: Evidence) -> list[Finding]:
    """The part of every scale's difference that goes along with each assay and analyte."""
    findings = []
    for sample, scores, blank in evidence.each_scale(question, DIFFERENCE):
        findings += mediation(question, sample, scores, blank, study=evidence.study)
    return findings


def mediation(
    question: Mediation, sample: Sample, scores: Scores, blank: Finding, *, study: Study
) -> list[Finding]:
    """The part of the difference of the scale of `blank` that goes along with the result; total,
    rest and sensitivity beside it.
    """
    groups = question.groups
    donors = sample.of(*groups)
    donors = donors.only(np.isin(donors.donors, list(scores)))
    columns = columns_of(donors, question.adjust, study)
    data = _data(donors.only(columns.complete), scores, groups[0], columns.values)
    blank = replace(
        counted(blank, data.donors.telling, groups),
        warnings=sample.warnings,
        estimand=Estimand("mediated_part", {"scale": str(blank.scale), "groups": groups}),
    )
    blank = replace(blank, held=data.design.terms)
    reason = sample.trouble or columns.trouble or _trouble(data, groups)
    if reason:
        return [not_estimable(blank, reason)]
    alpha = study.plan.alpha
    try:
        answer = filled(blank, PRODUCT, _product_of(data, alpha))
        answer = warned(answer, *columns.apart(data.first))
        return [answer, *_beside(as_beside(blank), data, alpha)]
    except NotEstimable as error:
        return [not_estimable(blank, error.caveat)]


def _data(donors: Sample, scores: Scores, first: str, covariates: Floats) -> _Data:
    """Donors with a score, as the two regressions take them."""
    group = np.asarray(donors.groups == first, dtype=np.float64)
    design = held(donors, group)
    return _Data(
        donors,
        group,
        np.array([scores[donor] for donor in donors.donors], dtype=np.float64),
        design.beside(covariates),
        design,
    )


def _product_of(data: _Data, alpha: float) -> Estimate:
    """The slope of the result on the group times that of the score on the result."""
    onto = data.slope(data.result, data.group, data.covariates, alpha)
    from_result = data.slope(data.score, data.result, data.group_and_covariates, alpha)
    return product(onto, from_result, alpha=alpha)


def _beside(blank: Finding, data: _Data, alpha: float) -> list[Finding]:
    """The whole difference of the score, what remains of it between donors of the same result, and
    how strong unmeasured causes must be.
    """
    fixed = np.column_stack([data.result, data.covariates])
    rest = data.slope(data.score, data.group, fixed, alpha)
    total = data.slope(data.score, data.group, data.covariates, alpha)
    of_whole = replace(blank, estimand=Estimand("whole_difference", blank.estimand.facts))
    of_rest = replace(blank, estimand=Estimand("rest_of_difference"))
    return [
        filled(of_whole, LEAST_SQUARES, total.estimate),
        filled(of_rest, LEAST_SQUARES, rest.estimate),
        _unmeasured_causes(blank, data),
    ]


def _unmeasured_causes(blank: Finding, data: _Data) -> Finding:
    """The correlation of unmeasured causes that would leave nothing of the answer."""
    return replace(
        blank,
        unit=COEFFICIENT,
        method=UNMEASURED_CAUSES,
        estimate=_partial_correlation(data),
        estimand=Estimand("unmeasured_causes"),
    )


@dataclass(frozen=True)
class _Product:
    """The product of two independent t variables: `first` holds points of equal chance of the one,
    `b` is the other.
    """

    first: Floats
    b: Fit

    def below(self, value: float) -> float:
        """The chance that the product lies below a value: for each point of the first slope, the
        chance that the second keeps it below.
        """
        from scipy.special import stdtr

        chance = stdtr(self.b.df, (value / self.first - self.b.slope) / self.b.error)
        return float(np.where(self.first > 0, chance, 1 - chance).mean())

    def quantile(self, share: float, size: float) -> float:
        """Where the distribution reaches a share; `size` is where the search begins."""
        from scipy.optimize import brentq

        while self.below(-size) > share or self.below(size) < share:
            size *= 2
        return float(brentq(lambda value: self.below(value) - share, -size, size, xtol=1e-10))


def product(a: Fit, b: Fit, *, alpha: float) -> Estimate:
    """The product of two independent slopes with its interval and p value, by the distribution of
    the product.
    """
    from scipy.special import stdtrit

    points = a.slope + a.error * stdtrit(a.df, (np.arange(_GRID) + 0.5) / _GRID)
    products = _Product(points, b)
    size = abs(a.slope * b.slope) + 10 * _spread(a, b)
    lower, upper = (products.quantile(share, size) for share in (alpha / 2, 1 - alpha / 2))
    below = products.below(0.0)
    return Estimate(a.slope * b.slope, lower, upper, min(2 * min(below, 1 - below), 1.0))


def _spread(a: Fit, b: Fit) -> float:
    """How far the product of two slopes may lie from its estimate, roughly."""
    return abs(b.slope) * a.error + abs(a.slope) * b.error + a.error * b.error


def _partial_correlation(data: _Data) -> float:
    """The partial correlation of result and score given group and covariates: unmeasured causes as
    strong leave nothing.
    """
    x, y = (residuals(v, data.group_and_covariates) for v in (data.result, data.score))
    return float(x @ y / ((x @ x) * (y @ y)) ** 0.5)


def _trouble(data: _Data, groups: tuple[str, ...]) -> Caveat | None:
    """Why this part cannot be estimated; None if it can."""
    donors = [len(side.donors) for side in sides_of(data.donors, groups)]
    few = too_few("few_scored_donors", groups, donors)
    if few:
        return few
    undetected = int(data.donors.undetected.sum())
    if undetected:
        return Caveat("bounds_in_least_squares", {"n": undetected})
    apart = confounded(data.donors, data.group, data.design)
    return apart or _constant(data) or _collinear(data)


def _constant(data: _Data) -> Caveat | None:
    """Results or scores that do not differ."""
    if np.ptp(data.result) < SAME_RESULT:
        return Caveat("one_result")
    return Caveat("one_score") if np.ptp(data.score) == 0 else None


def _collinear(data: _Data) -> Caveat | None:
    """Groups, results or scores that the other columns determine."""
    others = data.group_and_covariates
    if separates(data.group, data.covariates) or separates(data.result, others):
        return Caveat("groups_tell_result")
    if separates(data.score, np.column_stack([data.group, data.result, data.covariates])):
        return Caveat("score_without_spread")
    return None
