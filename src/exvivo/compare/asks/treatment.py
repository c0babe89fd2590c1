"""Do donors with a medication (or another exposure) respond otherwise? And a difference between
groups, adjusted.

Nobody assigned the exposure, so the answer is an association: those who take a medication may be
more ill, or less. Its robustness value says how strong an unmeasured reason would have to be
(Cinelli and Hazlett 2020, doi 10.1111/rssb.12348). Not where the exposure tells the group (only
patients take it): then the two cannot be told apart.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.asks.difference import FEWEST
from exvivo.compare.design import confounded, uneven
from exvivo.compare.finding import LOG2_FOLD, SHARE, Finding
from exvivo.compare.methods.covariates import (
    Columns,
    Fit,
    bounded_coefficient,
    coefficient,
    columns_of,
    robustness,
    separates,
    widened,
)
from exvivo.compare.methods.welch import shared_variance, welch
from exvivo.compare.sample import Sample
from exvivo.study import Difference, Study, Treatment

METHOD = "least squares on donors (doi 10.1111/rssb.12348 for its robustness)"
BOUNDED = "normal regression with bounds by maximum likelihood (doi 10.2307/1907382)"
_MOST_BOUNDED = 0.5
ROBUSTNESS = "robustness value: the share of what is left of response and exposure that something unmeasured must explain"


def treatment(
    question: Treatment, sample: Sample, blank: Finding, *, study: Study
) -> list[Finding]:
    """Exposed less other donors of the asked group, adjusted as declared; unadjusted and the
    robustness value beside it.
    """
    told = np.isfinite(sample.lower) | np.isfinite(sample.upper)
    mine = sample.only(np.asarray(sample.groups == question.within) & told)
    columns = columns_of(mine, (question.exposure, *question.adjust), study)
    said = dict(study.donors.select("donor", question.exposure).iter_rows())
    mine = mine.only(columns.known)
    exposed = np.array([said[donor] == question.exposed for donor in mine.donors], dtype=np.float64)
    adjusting = columns_of(mine, question.adjust, study)
    estimand = f"difference in mean, donors with {question.exposure} ({question.exposed}) less donors without"
    words = (f"donors with {question.exposure}", "donors without")
    blank = replace(
        blank,
        unit=LOG2_FOLD,
        n=mine.counts([question.within]),
        estimand=_adjusted(estimand, question.adjust),
        warnings=[*sample.warnings, *_unknown(int((~columns.known).sum()))],
    )
    found = _two(blank, mine, exposed, adjusting, words, study)
    if question.adjust and found[0].estimate is not None:
        alone = replace(blank, part="beside", estimand=estimand, warnings=[])
        found += _two(
            alone,
            mine,
            exposed,
            Columns(columns.known, np.empty((len(exposed), 0)), ()),
            words,
            study,
        )[:1]
    return found


def adjusted(
    question: Difference, sample: Sample, blank: Finding, *, study: Study
) -> list[Finding]:
    """The difference between the groups with the declared columns held, and its robustness value:
    shown beside the answer.
    """
    if not question.adjust:
        return []
    first, _ = question.groups
    told = np.isfinite(sample.lower) | np.isfinite(sample.upper)
    of = sample.only(np.isin(sample.groups, question.groups) & told)
    columns = columns_of(of, question.adjust, study)
    of = of.only(columns.known)
    asked = np.asarray(of.groups == first, dtype=np.float64)
    names = [study.name_of(group) for group in question.groups]
    blank = replace(
        blank,
        part="beside",
        unit=LOG2_FOLD,
        n=of.counts(question.groups),
        warnings=_unknown(int((~columns.known).sum())),
        estimand=_adjusted(f"difference in mean, {names[0]} minus {names[1]}", question.adjust),
    )
    return _two(blank, of, asked, columns, (names[0], names[1]), study)


def _adjusted(estimand: str, names: tuple[str, ...]) -> str:
    return estimand + (f", adjusted for {', '.join(names)}" if names else "")


def _unknown(count: int) -> list[str]:
    return [f"{count} donors of whom donors.csv does not say it take no part"] if count else []


def _two(
    blank: Finding,
    sample: Sample,
    asked: Floats,
    others: Columns,
    names: tuple[str, str],
    study: Study,
) -> list[Finding]:
    """The coefficient of a column of 0 and 1, and how robust it is; or the reason why there is
    none.
    """
    reason = _trouble(sample, asked, others, names)
    if reason:
        return [replace(blank, method="none: not estimable", reason=reason)]
    alpha = study.plan.alpha
    y = sample.lower
    sides = (sample.only(asked > 0), sample.only(asked == 0))
    shared = shared_variance(*sides)
    if sample.undetected.any():
        bounded = bounded_coefficient(sample.lower, sample.upper, asked, others.values, alpha=alpha)
        if bounded is None:
            return [
                replace(
                    blank, method="none: not estimable", reason="the bounds leave no best estimate"
                )
            ]
        fit, found, method = (
            widened(bounded, shared, alpha=alpha),
            widened(bounded, shared, alpha=alpha).found,
            BOUNDED,
        )
    else:
        fit = widened(coefficient(y, asked, others.values, alpha=alpha), shared, alpha=alpha)
        found = (
            fit.found
            if others.names
            else welch(y[asked > 0], y[asked == 0], alpha=alpha, shared=shared)
        )
        method = (
            METHOD
            if others.names
            else "Welch's t interval on donor means (doi 10.1093/biomet/34.1-2.28)"
        )
    filled = replace(
        blank,
        method=method,
        estimate=found.estimate,
        lower=found.lower,
        upper=found.upper,
        p=found.p,
        warnings=[
            *blank.warnings,
            *(
                w.replace("the groups are", "the two sides are")
                for w in uneven(_by_side(sample, asked), "1")
            ),
        ],
    )
    return [filled, *_robust(blank, fit, alpha)]


def _by_side(sample: Sample, asked: Floats) -> Sample:
    """The donors with the two sides (1 and 0) in the place of their groups."""
    return replace(sample, groups=np.where(asked > 0, "1", "0"))


def _robust(blank: Finding, fit: Fit, alpha: float) -> list[Finding]:
    beside = replace(blank, part="beside", unit=SHARE, method=ROBUSTNESS, warnings=[], p=None)
    return [
        replace(
            beside,
            estimate=robustness(fit),
            estimand=f"to take it to nothing: share something unmeasured must explain of both sides; {blank.estimand}",
        ),
        replace(
            beside,
            estimate=robustness(fit, alpha=alpha),
            estimand=f"to take its interval to nothing: share something unmeasured must explain of both sides; {blank.estimand}",
        ),
    ]


def _trouble(sample: Sample, asked: Floats, others: Columns, names: tuple[str, str]) -> str:
    if sample.trouble:
        return sample.trouble
    for name, count in zip(names, (int((asked > 0).sum()), int((asked == 0).sum())), strict=True):
        if count < FEWEST:
            return f"{name}: {count} donors with a result; at least {FEWEST} are needed"
    if others.trouble:
        return others.trouble
    if confounded(_by_side(sample, asked), "1"):
        return "the two sides are confounded with plate: no plate holds donors of both"
    for name, side in zip(names, (asked > 0, asked == 0), strict=True):
        if sample.undetected[side].mean() > _MOST_BOUNDED:
            return f"{name}: more than half of the donors are known only by bounds"
    if len(others.names) and separates(asked, others.values):
        return (
            f"what is adjusted for ({', '.join(others.names)}) tells the two sides apart by itself"
        )
    if not sample.undetected.any() and all(
        np.ptp(sample.lower[side]) < 1e-9 for side in (asked > 0, asked == 0)
    ):
        return "the donors of each side all have the same result"
    return ""
