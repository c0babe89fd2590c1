"""Do two groups differ? The difference of donor means where all are detected, ranks where some are
not.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.design import confounded, uneven
from exvivo.compare.estimate import Estimate
from exvivo.compare.finding import LOG2_FOLD, PROBABILITY, Finding
from exvivo.compare.methods.order_statistics import level
from exvivo.compare.methods.permutation import MOST_COUNTED, Permutations
from exvivo.compare.methods.peto_prentice import between_groups
from exvivo.compare.methods.ranks import (
    censored_shift,
    gehan_scores,
    midranks,
    shift_of_ranks,
    superiority,
)
from exvivo.compare.methods.tost import power, tost
from exvivo.compare.methods.welch import hedges_g, shared_variance, welch
from exvivo.compare.methods.well_likelihood import enough, likelihood_difference
from exvivo.compare.sample import Sample
from exvivo.study import Difference, Study
from exvivo.tables import SIGNAL

WELCH = "Welch's t interval on donor means, errors shared between donors added (doi 10.1093/biomet/34.1-2.28)"
SHIFT = (
    "shift by ranks that respect bounds (Gehan's scores inverted, doi 10.1093/biomet/52.1-2.203)"
)
SUPERIORITY = (
    "probability of the higher result, Brunner and Munzel's interval on the logit scale "
    "(doi 10.1002/(SICI)1521-4036(200001)42:1<17::AID-BIMJ17>3.0.CO;2-U), Gehan's test"
)
COUNTED = (
    "Poisson-lognormal likelihood of the wells' copies, undetected wells as none (doi 10.1371/journal.pone.0071448), "
    "profile interval"
)
BOUNDED = "normal likelihood of the wells, undetected ones as beyond their bound (doi 10.2307/1907382), profile interval"
TOST = "two one-sided tests with Welch's error (doi 10.1007/BF01068419)"
PETO = "Peto's and Prentice's test of results with limits (doi 10.1093/biomet/69.3.553)"
ORDER = "regression on order statistics (doi 10.1029/WR024i012p01997)"
MANN_WHITNEY = "Mann-Whitney test with Hodges and Lehmann's shift (doi 10.1214/aoms/1177704172)"
FEWEST = 3
"""Donors a group must have before anything is estimated."""
_SAME = 1e-9
"""Results that lie no further apart (log2) are the same: what is left is rounding."""


def difference(
    question: Difference,
    sample: Sample,
    blank: Finding,
    *,
    study: Study,
    permutations: Permutations,
) -> list[Finding]:
    """The first group minus the second, of one assay and analyte: the answer, and numbers to show
    beside it.

    `sample` holds the donors of every group, `blank` the finding with its names filled in.
    Estimates are log2 fold. Where more than half of a group is undetected no fold change is given,
    but the probability that a donor of the first group has the higher result.
    """
    first, second = question.groups
    blank = replace(blank, n=sample.counts(question.groups), warnings=list(sample.warnings))
    of = sample.only(np.isin(sample.groups, question.groups))
    x, y = of.only(of.groups == first), of.only(of.groups == second)
    by_wells = bool(of.undetected.any()) and _likelihood_serves(x, y, question)
    reason = sample.trouble or _trouble(of, first, second, study=study, by_wells=by_wells)
    if reason:
        estimand = f"difference between {study.name_of(first)} and {study.name_of(second)}"
        return [replace(blank, estimand=estimand, method="none: not estimable", reason=reason)]
    blank = replace(blank, warnings=blank.warnings + uneven(of, first))
    if not of.undetected.any():
        return _detected(blank, x, y, study=study, question=question, permutations=permutations)
    answer = _censored(blank, x, y, study=study, question=question, permutations=permutations)
    return [answer, *([] if question.stimulus else _undetected_levels(answer, x, y, study))]


def _undetected_levels(answer: Finding, x: Sample, y: Sample, study: Study) -> list[Finding]:
    """Beside ranks of levels: Peto's and Prentice's test, and each group's mean by regression on
    order statistics.
    """
    beside = replace(
        answer,
        part="beside",
        estimate=None,
        lower=None,
        upper=None,
        p_permutation=None,
        effect_size=None,
        warnings=[],
    )
    low, high = (np.concatenate([getattr(x, end), getattr(y, end)]) for end in ("lower", "upper"))
    assay = study.assay(answer.assay.removesuffix(SIGNAL))
    unit = (
        "signal"
        if answer.assay.endswith(SIGNAL)
        else str(getattr(assay, "unit", "relative quantity"))
    )
    found = []
    try:
        test = between_groups(low, high, np.concatenate([x.groups, y.groups]))
        found.append(
            replace(
                beside,
                p=test.p,
                method=PETO,
                estimand="whether the groups' distributions differ at all",
            )
        )
        for side in (x, y):
            group, mean = str(side.groups[0]), level(2.0**side.lower, 2.0**side.upper)
            found.append(
                replace(
                    beside,
                    p=None,
                    unit=unit,
                    method=ORDER,
                    estimate=mean.mean,
                    n=side.counts([group]),
                    estimand=f"mean of {study.name_of(group)}, in the unit of the assay",
                )
            )
    except (
        ValueError
    ):  # bounds of another kind, or too few detected: these two methods have nothing to say then
        return found
    return found


def _detected(
    blank: Finding,
    x: Sample,
    y: Sample,
    *,
    study: Study,
    question: Difference,
    permutations: Permutations,
) -> list[Finding]:
    alpha = study.plan.alpha
    blank = replace(
        blank, unit=LOG2_FOLD, estimand=_estimand("difference in mean", question, study)
    )
    found = welch(x.lower, y.lower, alpha=alpha, shared=shared_variance(x, y))
    both = np.concatenate([x.lower, y.lower])
    answer = replace(
        blank,
        method=WELCH,
        estimate=found.estimate,
        lower=found.lower,
        upper=found.upper,
        p=found.p,
        p_permutation=permutations.between(both, len(x.lower)),
        effect_size=hedges_g(x.lower, y.lower),
    )
    shift, lower, upper = shift_of_ranks(x.lower, y.lower, alpha=alpha)
    ranks = replace(
        blank,
        part="beside",
        method=MANN_WHITNEY,
        estimate=shift,
        lower=lower,
        upper=upper,
        p=_rank_p(both, len(x.lower), permutations),
        warnings=[],
        estimand=_estimand("Hodges and Lehmann's shift in", question, study),
    )
    return [answer, ranks, *_equivalence(answer, x, y, question, study)]


def _equivalence(
    answer: Finding, x: Sample, y: Sample, question: Difference, study: Study
) -> list[Finding]:
    """The two one-sided tests against the declared margin, with the chance they had if there were
    no difference.
    """
    if question.margin is None:
        return []
    alpha = study.plan.alpha
    found = tost(x.lower, y.lower, margin=question.margin, alpha=alpha)
    chance = power(x.lower, y.lower, margin=question.margin, alpha=alpha)
    return [
        replace(
            answer,
            part="beside",
            method=TOST,
            estimate=float(found.estimate),
            lower=float(found.lower),
            upper=float(found.upper),
            p=float(found.p),
            p_permutation=None,
            effect_size=None,
            level=1 - 2 * alpha,
            warnings=[],
            estimand=f"equivalence within {2**question.margin:.3g}-fold (a study of this size and spread reaches it in {100 * chance:.0f} % "
            "of cases if the true difference is zero)",
        )
    ]


def _rank_p(both: Floats, first: int, permutations: Permutations) -> float:
    """The Mann-Whitney p value: by permutation (exact for small groups) if the plan permutes, else
    its approximation.
    """
    from scipy.special import ndtr

    ranks = midranks(both)
    p = permutations.between(ranks, first)
    if p is not None:
        return p
    centred, rest = ranks - ranks.mean(), len(both) - first
    spread = (first * rest / (len(both) * (len(both) - 1)) * float(centred @ centred)) ** 0.5
    return 2 * float(ndtr(-abs(float(centred[:first].sum())) / spread)) if spread else 1.0


def _censored(
    blank: Finding,
    x: Sample,
    y: Sample,
    *,
    study: Study,
    question: Difference,
    permutations: Permutations,
) -> Finding:
    """Some donors known by bounds: their molecules counted where that can be done, else by
    ranks.
    """
    scores = gehan_scores(np.concatenate([x.lower, y.lower]), np.concatenate([x.upper, y.upper]))
    blank = replace(blank, p_permutation=permutations.between(scores, len(x.lower)))
    if _likelihood_serves(x, y, question):
        return _by_likelihood(blank, x, y, study=study, question=question)
    return _ranked(blank, x, y, study=study, question=question)


def _likelihood_serves(x: Sample, y: Sample, question: Difference) -> bool:
    """Whether the likelihood of the wells answers: for responses, and wherever copies are counted.

    Ranks of responses would favour the group whose unstimulated wells are undetected more often:
    such a response can be surely higher than another, and never surely lower.
    """
    sides = (1.0, -1.0) if question.stimulus else (1.0,)
    wells = [well for donor in (*x.wells, *y.wells) for well in donor]
    wanted = bool(question.stimulus) or all(well.one_copy is not None for well in wells)
    return wanted and enough(x.wells, sides) and enough(y.wells, sides)


def _by_likelihood(
    blank: Finding, x: Sample, y: Sample, *, study: Study, question: Difference
) -> Finding:
    found = likelihood_difference(
        x.wells, y.wells, alpha=study.plan.alpha, shared=shared_variance(x, y) ** 0.5
    )
    counted = any(well.one_copy is not None for donor in x.wells for well in donor)
    return replace(
        blank,
        method=COUNTED if counted else BOUNDED,
        unit=LOG2_FOLD,
        estimand=_estimand("difference in mean", question, study),
        estimate=found.estimate,
        lower=found.lower,
        upper=found.upper,
        p=found.p,
    )


def _ranked(blank: Finding, x: Sample, y: Sample, *, study: Study, question: Difference) -> Finding:
    """Ranks that respect bounds. Donors whose result could be anything are counted, and take no
    part.
    """
    alpha = study.plan.alpha
    x, y = (side.only(np.isfinite(side.lower) | np.isfinite(side.upper)) for side in (x, y))
    bounds = (x.lower, x.upper, y.lower, y.upper)
    shared = shared_variance(x, y) ** 0.5
    if max(x.undetected.mean(), y.undetected.mean()) > 0.5:
        found = superiority(*bounds, alpha=alpha)
        method, unit, words = SUPERIORITY, PROBABILITY, "probability of the higher"
    else:
        found = censored_shift(*bounds, alpha=alpha)
        method, unit, words = SHIFT, LOG2_FOLD, "shift in"
    warnings = list(blank.warnings)
    if unit == PROBABILITY and question.margin is not None:
        warnings.append("too many results are undetected to hold them against the declared margin")
    if found.estimate is None:
        warnings.append("undetected results leave no single best shift; only its interval is known")
    if unit == LOG2_FOLD and shared > 0 and found.estimate is not None:
        found = _with_shared(found, shared, alpha)
    elif shared > 0.1 * min(_spread(found) if unit == LOG2_FOLD else 1.0, 1.0):
        warnings.append(
            f"errors shared between donors (standard deviation {shared:.2f} log2) are not in this interval"
        )
    return replace(
        blank,
        method=method,
        unit=unit,
        estimand=_estimand(words, question, study),
        estimate=found.estimate,
        lower=found.lower,
        upper=found.upper,
        p=_exact(blank, found, len(x.lower) + len(y.lower)),
        warnings=warnings,
    )


def _with_shared(found: Estimate, shared: float, alpha: float) -> Estimate:
    """A shift with errors that donors share added to its interval and p value, taken as normal."""
    from scipy.special import ndtr, ndtri

    centre, z = found.estimate or 0.0, float(ndtri(1 - alpha / 2))
    below, above = (
        float(np.hypot(side, z * shared)) for side in (centre - found.lower, found.upper - centre)
    )
    toward = below if centre > 0 else above
    p = 2 * float(ndtr(-z * abs(centre) / toward)) if np.isfinite(toward) and toward > 0 else 1.0
    return Estimate(centre, centre - below, centre + above, max(found.p, p))


def _exact(blank: Finding, found: Estimate, donors: int) -> float:
    """The p value of the ranks: the exact one where all rearrangements were counted, else its
    normal approximation.
    """
    exact = blank.p_permutation is not None and donors <= MOST_COUNTED
    return max(found.p, blank.p_permutation or 0.0) if exact else found.p


def _spread(found: Estimate) -> float:
    """The standard error an interval amounts to; infinite where an end is open."""
    return (found.upper - found.lower) / 4


def _estimand(what: str, question: Difference, study: Study) -> str:
    first, second = (study.name_of(group) for group in question.groups)
    measured = (
        f"log2 response to {study.name_of(question.stimulus)}"
        if question.stimulus
        else "log2 level"
    )
    if what.startswith("probability"):
        return f"{what} {measured}: {first} against {second}; pairs that cannot be ordered count half, 0.5 is even"
    return f"{what} {measured}, {first} minus {second}"


def _trouble(of: Sample, first: str, second: str, *, study: Study, by_wells: bool) -> str:
    """Why this difference cannot be estimated; empty if it can. `by_wells`: the likelihood of the
    wells will answer.
    """
    for group in (first, second):
        n = int(np.sum(of.groups == group))
        if n < FEWEST:
            return f"{study.name_of(group)}: {n} donors with a result; at least {FEWEST} are needed"
    if confounded(of, first):
        return "group confounded with plate: no plate holds donors of both groups"
    if by_wells:
        return ""
    if of.undetected.all():
        seen = sum(well.value is not None for donor in of.wells for well in donor)
        every = sum(map(len, of.wells))
        wells = (
            f" ({seen} of {every} wells are detected, but no donor's on both sides)" if seen else ""
        )
        return f"every result of both groups is undetected{wells}"
    for group in (first, second):
        told = int(np.sum((of.groups == group) & (np.isfinite(of.lower) | np.isfinite(of.upper))))
        if told < FEWEST:
            return f"{study.name_of(group)}: {told} donors whose result says anything; at least {FEWEST} are needed"
    if len({(low, high) for low, high in zip(of.lower, of.upper, strict=True)}) == 1:
        return "every donor has the same result"
    if not of.undetected.any() and all(
        np.ptp(of.lower[of.groups == group]) < _SAME for group in (first, second)
    ):
        return "the donors of each group all have the same result"
    return ""
