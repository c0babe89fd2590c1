"""How much of a scale's difference between groups goes along with a result: the product of two
slopes.

The slope of the result on the group times that of the score on the result with the group held (doi
10.1037/a0020761). Its interval is that of the product of two t variables (MacKinnon 2007, doi
10.3758/BF03193007). It supposes that the result comes before the score and that nothing unmeasured
moves both; with everything measured at once neither can be shown, so the answer stays a hypothesis.
The correlation of unmeasured causes that would leave nothing of it stands beside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.asks.difference import FEWEST
from exvivo.compare.estimate import Estimate
from exvivo.compare.finding import CORRELATION, POINTS, Finding
from exvivo.compare.methods.covariates import Fit, coefficient, columns_of, separates
from exvivo.compare.sample import Sample
from exvivo.study import Mediation, Scale, Study

METHOD = "product of two least-squares slopes, interval of the product of their t distributions (doi 10.3758/BF03193007)"
_GRID = 1001


def mediation(
    question: Mediation,
    sample: Sample,
    scores: Mapping[str, float],
    scale: Scale,
    blank: Finding,
    *,
    study: Study,
) -> list[Finding]:
    """The part of the scale's difference that goes along with the result; total, rest and
    sensitivity beside it.
    """
    of = sample.only(np.isin(sample.groups, question.groups))
    of = of.only(np.array([donor in scores for donor in of.donors], dtype=np.bool_))
    columns = columns_of(of, question.adjust, study)
    of = of.only(columns.known)
    first, second = (study.name_of(group) for group in question.groups)
    blank = replace(
        blank,
        unit=POINTS,
        scale=scale.id,
        n=of.counts(question.groups),
        warnings=list(of.warnings),
        estimand=f"part of the difference in {study.name_of(scale.id)}, {first} minus {second}, that goes along with it",
    )
    group = np.asarray(of.groups == question.groups[0], dtype=np.float64)
    score = np.array([scores[donor] for donor in of.donors], dtype=np.float64)
    reason = (
        sample.trouble
        or columns.trouble
        or _trouble(of, group, score, columns.values, (first, second))
    )
    if reason:
        return [replace(blank, method="none: not estimable", reason=reason)]
    alpha = study.plan.alpha
    result = of.lower
    onto = coefficient(result, group, columns.values, alpha=alpha)
    from_result = coefficient(score, result, np.column_stack([group, columns.values]), alpha=alpha)
    rest = coefficient(score, group, np.column_stack([result, columns.values]), alpha=alpha)
    total = coefficient(score, group, columns.values, alpha=alpha)
    answer = _filled(replace(blank, method=METHOD), product(onto, from_result, alpha=alpha))
    beside = replace(blank, part="beside", warnings=[], method="least squares on donors")
    return [
        answer,
        _filled(
            replace(
                beside,
                estimand=f"the whole difference in {study.name_of(scale.id)}, {first} minus {second}",
            ),
            total.found,
        ),
        _filled(replace(beside, estimand="what is left of it with the result held"), rest.found),
        replace(
            beside,
            unit=CORRELATION,
            method="sensitivity to unmeasured common causes (doi 10.1037/a0020761)",
            estimate=_left(result, score, np.column_stack([group, columns.values])),
            estimand="Pearson's r of unmeasured causes of result and score that would leave nothing of the part",
        ),
    ]


def _filled(finding: Finding, found: Estimate) -> Finding:
    return replace(
        finding, estimate=found.estimate, lower=found.lower, upper=found.upper, p=found.p
    )


def product(a: Fit, b: Fit, *, alpha: float) -> Estimate:
    """The product of two independent slopes with its interval and p value, by the distribution of
    the product.
    """
    from scipy.special import stdtr, stdtrit

    share = (np.arange(_GRID) + 0.5) / _GRID
    first = (a.found.estimate or 0.0) + a.error * stdtrit(a.freedom, share)
    centre, error = b.found.estimate or 0.0, b.error

    def below(value: float) -> float:
        edge = (value / first - centre) / error
        chance = stdtr(b.freedom, edge)
        return float(np.where(first > 0, chance, 1 - chance).mean())

    estimate = (a.found.estimate or 0.0) * centre
    size = abs(estimate) + 10 * (
        abs(centre) * a.error + abs(a.found.estimate or 0.0) * error + a.error * error
    )
    ends = [_where(below, share_below, -size, size) for share_below in (alpha / 2, 1 - alpha / 2)]
    under = below(0.0)
    return Estimate(estimate, ends[0], ends[1], min(2 * min(under, 1 - under), 1.0))


def _where(below: object, share: float, low: float, high: float) -> float:
    from scipy.optimize import brentq

    reach = high
    while below(-reach) > share or below(reach) < share:  # type: ignore[operator]
        reach *= 2
    return float(brentq(lambda value: below(value) - share, -reach, reach, xtol=1e-10))  # type: ignore[operator]


def _left(result: Floats, score: Floats, others: Floats) -> float:
    """The partial correlation of result and score with the group held: unmeasured causes as strong
    leave nothing.
    """
    design = np.column_stack([np.ones(len(result)), others])
    x, y = (v - design @ np.linalg.lstsq(design, v, rcond=None)[0] for v in (result, score))
    return float(x @ y / ((x @ x) * (y @ y)) ** 0.5)


def _trouble(
    of: Sample, group: Floats, score: Floats, others: Floats, names: tuple[str, str]
) -> str:
    for name, count in zip(names, (int((group > 0).sum()), int((group == 0).sum())), strict=True):
        if count < FEWEST:
            return f"{name}: {count} donors with a result and a score; at least {FEWEST} are needed"
    if of.undetected.any():
        return f"{int(of.undetected.sum())} donors are known only by bounds, which least squares cannot use"
    if np.ptp(of.lower) < 1e-9:
        return "every donor has the same result"
    if np.ptp(score) == 0:
        return "every donor has the same score"
    if separates(group, others) or separates(of.lower, np.column_stack([group, others])):
        return "the groups, or what is adjusted for, tell the result by themselves"
    if separates(score, np.column_stack([group, of.lower, others])):
        return "the score follows from group and result without any spread"
    return ""
