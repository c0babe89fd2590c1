"""Is a difference specific: larger in one analyte than in others, or in these cells than in others
of the same donors?

Only a contrast can say. With five equally changed analytes a small study finds some of them and not
others most of the time, so a pattern of significance says nothing (Gelman and Stern 2006, doi
10.1198/000313006X152649). Not for analytes on scales that are not comparable: the contrast is of
log2 folds.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from exvivo.compare.asks import contrast
from exvivo.compare.design import confounded
from exvivo.compare.finding import LOG2_FOLD, Finding
from exvivo.compare.judge.leave_one_out import ranged, with_range
from exvivo.compare.sample import Sample
from exvivo.study import Specificity, Study
from exvivo.tables import LARGER


def specificity(
    question: Specificity, sample: Sample, others: list[Sample], blank: Finding, *, study: Study
) -> list[Finding]:
    """The contrast between the groups, and beside it both sides of it.

    `sample` holds the asked result of every donor, `others` those whose mean it is held against.
    """
    first, second = question.groups
    mean = contrast.mean_of(others)
    held = contrast.minus(sample, mean)
    visits = dict.fromkeys(side.visit for side in (sample, *others) if side.visit)
    if len(visits) > 1 and not held.trouble:
        held = replace(
            held,
            trouble=f"the two sides were first measured at different visits ({', '.join(visits)})",
        )
    held = held.only(np.isin(held.groups, question.groups))
    names = {group: study.name_of(group) for group in question.groups}
    blank = replace(
        blank, unit=LOG2_FOLD, n=held.counts(question.groups), warnings=list(held.warnings)
    )
    estimand = (
        f"contrast of the differences {names[first]} minus {names[second]} (log2 fold of folds)"
    )
    reason = contrast.trouble(held, names)
    if not reason and confounded(held, first):
        reason = "group confounded with plate: no plate holds donors of both groups"
    if reason:
        return [replace(blank, estimand=estimand, method="none: not estimable", reason=reason)]
    answer = _filled(replace(blank, estimand=estimand), held, question, study)
    x, y = (held.only(np.asarray(held.groups == group)) for group in question.groups)
    answer, *range_ = with_range(answer, ranged(answer, *contrast.without_each(x, y)))
    sides = [
        _filled(replace(blank, part="beside", warnings=[], estimand=words), side, question, study)
        for words, side in (
            ("the difference that was asked", sample),
            ("the difference it is held against", mean),
        )
        if not contrast.trouble(side.only(np.isin(side.groups, question.groups)), names)
    ]
    if answer.estimate is not None and _stands_out(answer.estimate, sides):
        answer = replace(answer, estimand=f"{answer.estimand}{LARGER}")
    return [answer, *sides, *range_]


def _stands_out(estimate: float, sides: list[Finding]) -> bool:
    """Whether the asked difference itself points the way of the contrast, and is larger than what
    it is held against.
    """
    if len(sides) < 2:
        return False
    own, other = sides
    if own.estimate is None or own.lower is None or own.upper is None or other.estimate is None:
        return False
    clear = own.lower > 0 if estimate > 0 else own.upper < 0
    return clear and abs(own.estimate) > abs(other.estimate)


def _filled(finding: Finding, sample: Sample, question: Specificity, study: Study) -> Finding:
    x, y = (sample.only(np.asarray(sample.groups == group)) for group in question.groups)
    found, method = contrast.between(x, y, alpha=study.plan.alpha)
    return replace(
        finding,
        method=method,
        estimate=found.estimate,
        lower=found.lower,
        upper=found.upper,
        p=found.p,
        n=sample.counts(question.groups),
    )
