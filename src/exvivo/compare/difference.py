"""Do two groups differ? The difference of donor means where all are detected, ranks where some are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from exvivo.compare.permute import Permutations
from exvivo.compare.ranks import Estimate, censored_shift, gehan_scores, midranks, shift_of_ranks, superiority
from exvivo.compare.sample import LOG2_FOLD, PROBABILITY, Finding, Numbers, Sample
from exvivo.study import Difference, Study

WELCH = "Welch's t interval on donor means, errors shared between donors added (doi 10.1093/biomet/34.1-2.28)"
SHIFT = "shift by ranks that respect bounds (Gehan's scores inverted, doi 10.1093/biomet/52.1-2.203)"
SUPERIORITY = (
    "probability of the higher result, Brunner and Munzel's interval on the logit scale "
    "(doi 10.1002/(SICI)1521-4036(200001)42:1<17::AID-BIMJ17>3.0.CO;2-U), Gehan's test"
)
MANN_WHITNEY = "Mann-Whitney test with Hodges and Lehmann's shift (doi 10.1214/aoms/1177704172)"
FEWEST = 3
"""Donors a group must have before anything is estimated."""


def difference(
    question: Difference, sample: Sample, blank: Finding, *, study: Study, permutations: Permutations
) -> list[Finding]:
    """The first group minus the second, of one assay and analyte: the answer, and numbers to show beside it.

    `sample` holds the donors of every group, `blank` the finding with its names filled in. Estimates are log2 fold.
    Where more than half of a group is undetected no fold change is given, but the probability that a donor of the
    first group has the higher result.
    """
    first, second = question.groups
    blank = replace(blank, n=sample.counts(question.groups), warnings=list(sample.warnings))
    of = sample.only(np.isin(sample.groups, question.groups))
    reason = sample.trouble or _trouble(of, first, second, study=study)
    if reason:
        estimand = f"difference between {study.name_of(first)} and {study.name_of(second)}"
        return [replace(blank, estimand=estimand, method="none: not estimable", reason=reason)]
    blank = replace(blank, warnings=blank.warnings + _uneven(of, first))
    x, y = of.only(of.groups == first), of.only(of.groups == second)
    if not of.undetected.any():
        return _detected(blank, x, y, study=study, question=question, permutations=permutations)
    return [_censored(blank, x, y, study=study, question=question, permutations=permutations)]


def welch(x: Numbers, y: Numbers, *, alpha: float, shared: float = 0.0) -> Estimate:
    """The mean of x minus the mean of y, with Welch's interval and p value.

    `shared` is the variance of the difference that comes from errors the donors share; it is taken as known (its
    degrees of freedom are infinite). What of it also spreads the donors of one group is counted twice: a little too
    wide rather than too narrow.
    """
    from scipy.special import stdtr, stdtrit

    parts = np.array([x.var(ddof=1) / len(x), y.var(ddof=1) / len(y)])
    variance = float(parts.sum() + shared)
    freedom = variance**2 / float(parts[0] ** 2 / (len(x) - 1) + parts[1] ** 2 / (len(y) - 1))
    centre, error = float(x.mean() - y.mean()), variance**0.5
    reach = float(stdtrit(freedom, 1 - alpha / 2)) * error
    return Estimate(centre, centre - reach, centre + reach, 2 * float(stdtr(freedom, -abs(centre) / error)))


def hedges_g(x: Numbers, y: Numbers) -> float:
    """The difference in pooled standard deviations, with the exact small-sample factor (doi 10.3102/10769986006002107)."""
    from scipy.special import gammaln

    freedom = len(x) + len(y) - 2
    pooled = (((len(x) - 1) * x.var(ddof=1) + (len(y) - 1) * y.var(ddof=1)) / freedom) ** 0.5
    factor = np.exp(gammaln(freedom / 2) - gammaln((freedom - 1) / 2)) / (freedom / 2) ** 0.5
    return float(factor * (x.mean() - y.mean()) / pooled)


def shared_variance(x: Sample, y: Sample) -> float:
    """The variance that shared errors give the difference of the group means: what cancels between groups counts 0."""
    loadings: dict[str, float] = {}
    for donors, sign in ((x, 1.0), (y, -1.0)):
        for shared in donors.shared:
            for key, loading in shared.items():
                loadings[key] = loadings.get(key, 0.0) + sign * loading / len(donors.donors)
    return float(sum(loading**2 for _, loading in sorted(loadings.items())))


def _detected(
    blank: Finding, x: Sample, y: Sample, *, study: Study, question: Difference, permutations: Permutations
) -> list[Finding]:
    alpha = study.plan.alpha
    blank = replace(blank, unit=LOG2_FOLD, estimand=_estimand("difference in mean", question, study))
    found = welch(x.lower, y.lower, alpha=alpha, shared=shared_variance(x, y))
    both = np.concatenate([x.lower, y.lower])
    answer = replace(
        blank, method=WELCH, estimate=found.estimate, lower=found.lower, upper=found.upper, p=found.p,
        p_permutation=permutations.between(both, len(x.lower)), effect_size=hedges_g(x.lower, y.lower),
    )  # fmt: skip
    shift, lower, upper = shift_of_ranks(x.lower, y.lower, alpha=alpha)
    ranks = replace(
        blank, part="beside", method=MANN_WHITNEY, estimate=shift, lower=lower, upper=upper,
        p=_rank_p(both, len(x.lower), permutations), warnings=[],
        estimand=_estimand("Hodges and Lehmann's shift in", question, study),
    )  # fmt: skip
    return [answer, ranks]


def _rank_p(both: Numbers, first: int, permutations: Permutations) -> float:
    """The Mann-Whitney p value: by permutation (exact for small groups) if the plan permutes, else its approximation."""
    from scipy.special import ndtr

    ranks = midranks(both)
    p = permutations.between(ranks, first)
    if p is not None:
        return p
    centred, rest = ranks - ranks.mean(), len(both) - first
    spread = (first * rest / (len(both) * (len(both) - 1)) * float(centred @ centred)) ** 0.5
    return 2 * float(ndtr(-abs(float(centred[:first].sum())) / spread)) if spread else 1.0


def _censored(
    blank: Finding, x: Sample, y: Sample, *, study: Study, question: Difference, permutations: Permutations
) -> Finding:
    alpha, bounds = study.plan.alpha, (x.lower, x.upper, y.lower, y.upper)
    scores = gehan_scores(np.concatenate([x.lower, y.lower]), np.concatenate([x.upper, y.upper]))
    blank = replace(blank, p_permutation=permutations.between(scores, len(x.lower)))
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
    if unit == LOG2_FOLD and shared > 0.1 * _spread(found):
        warnings.append(
            f"errors shared between donors (standard deviation {shared:.2f} log2) are not in this interval"
        )
    return replace(
        blank, method=method, unit=unit, estimand=_estimand(words, question, study), estimate=found.estimate,
        lower=found.lower, upper=found.upper, p=found.p, warnings=warnings,
    )  # fmt: skip


def _spread(found: Estimate) -> float:
    """The standard error an interval amounts to; infinite where an end is open."""
    return (found.upper - found.lower) / 4


def _estimand(what: str, question: Difference, study: Study) -> str:
    first, second = (study.name_of(group) for group in question.groups)
    measured = f"log2 response to {study.name_of(question.stimulus)}" if question.stimulus else "log2 level"
    if what.startswith("probability"):
        return f"{what} {measured}: {first} against {second}; pairs that cannot be ordered count half, 0.5 is even"
    return f"{what} {measured}, {first} minus {second}"


def _trouble(of: Sample, first: str, second: str, *, study: Study) -> str:
    """Why this difference cannot be estimated; empty if it can."""
    for group in (first, second):
        n = int(np.sum(of.groups == group))
        if n < FEWEST:
            return f"{study.name_of(group)}: {n} donors with a result; at least {FEWEST} are needed"
    if of.undetected.all():
        return "every result of both groups is undetected"
    if len({(low, high) for low, high in zip(of.lower, of.upper, strict=True)}) == 1:
        return "every donor has the same result"
    if not of.undetected.any() and all(np.ptp(of.lower[of.groups == group]) == 0 for group in (first, second)):
        return "the donors of each group all have the same result"
    if _confounded(of, first):
        return "group confounded with plate: no plate holds donors of both groups"
    return ""


def _on_plates(of: Sample, first: str) -> dict[str, tuple[int, int]]:
    """Donors of the first and of the second group on each plate."""
    held: dict[str, tuple[int, int]] = {}
    for group, plates in zip(of.groups, of.plates, strict=True):
        for plate in plates:
            a, b = held.get(plate, (0, 0))
            held[plate] = (a + 1, b) if group == first else (a, b + 1)
    return held


def _confounded(of: Sample, first: str) -> bool:
    """True where every plate holds one group only (and plates are shared by donors at all)."""
    held = _on_plates(of, first)
    return all(min(pair) == 0 for pair in held.values()) and any(sum(pair) > 1 for pair in held.values())


def _uneven(of: Sample, first: str) -> list[str]:
    """A warning where plates hold the groups in other proportions than the study does (by more than one donor)."""
    held = _on_plates(of, first)
    share = float(np.mean(of.groups == first))
    if all(sum(pair) == 1 for pair in held.values()):
        return []
    uneven = sorted(plate for plate, (a, b) in held.items() if abs(a - (a + b) * share) > 1)
    return [f"the groups are spread unevenly over plates ({', '.join(uneven)})"] if uneven else []
