"""Is a result related to a clinical scale? Within each group first, group-adjusted beside it,
pooled only as a warning.

Spearman's coefficient uses ranks that respect bounds (`ranks.gehan_scores`), so undetected results
take part as ties. Intervals: Fisher's z for Pearson, Bonett and Wright's for Spearman (2000, doi
10.1007/BF02294183); the p values are of the usual t statistic, as R's `cor.test` and SciPy give
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.compare.estimate import Estimate
from exvivo.compare.finding import CORRELATION, Finding
from exvivo.compare.judge.leave_one_out import ranged, with_range
from exvivo.compare.methods.correlation import _PERFECT, METHODS, Method, correlation
from exvivo.compare.methods.covariates import columns_of
from exvivo.compare.methods.permutation import Permutations
from exvivo.compare.methods.ranks import gehan_scores, midranks
from exvivo.compare.sample import Sample
from exvivo.study import Association, Scale, Study

POOLED = "donors of all groups together: the difference between the groups is mixed in"
FEWEST = 5
"""Donors an association must have before it is estimated."""
_MANY_BOUNDED = 0.2


@dataclass(frozen=True)
class _Pairs:
    """Donors with a result and a score."""

    sample: Sample
    scores: Floats

    def only(self, chosen: Bools) -> _Pairs:
        return _Pairs(self.sample.only(chosen), self.scores[chosen])


def association(
    question: Association,
    sample: Sample,
    scores: Mapping[str, float],
    scale: Scale,
    blank: Finding,
    *,
    study: Study,
    permutations: Permutations,
) -> list[Finding]:
    """One assay, analyte and scale: the answer within the asked group, and numbers to show beside
    it.

    `scores` holds the scale's score of each donor who has one, at the visit of the sample; `blank`
    the finding with its names filled in. Beside the answer stand the other coefficient, every other
    group, all groups with group adjusted for (partial correlation), and the pooled one.
    """
    scored = np.array([donor in scores for donor in sample.donors], dtype=np.bool_)
    kept = sample.only(scored & (np.isfinite(sample.lower) | np.isfinite(sample.upper)))
    pairs = _Pairs(kept, np.array([scores[donor] for donor in kept.donors], dtype=np.float64))
    blank = replace(blank, unit=CORRELATION, scale=scale.id, warnings=list(sample.warnings))
    answer = _within(
        question.within, question.method, pairs, blank, study=study, permutations=permutations
    )
    if sample.trouble:
        return [replace(answer, reason=sample.trouble)]
    beside = replace(blank, part="beside", warnings=[])
    mine = pairs.only(np.asarray(kept.groups == question.within))
    estimates = _without_each(answer, mine)
    answer, *range_ = with_range(
        answer,
        ranged(answer, mine.sample.donors, estimates, _p_of(estimates, len(mine.scores) - 1)),
    )
    other: Method = "pearson" if question.method == "spearman" else "spearman"
    found = [answer]
    if question.adjust:
        found.append(_held(question, mine, beside, study=study))
    if mine.sample.undetected.any() and answer.estimate is not None:
        found.append(_tau(answer, mine))
    if not mine.sample.undetected.any():
        found.append(
            _within(question.within, other, pairs, beside, study=study, permutations=permutations)
        )
    found += [
        _within(group.id, question.method, pairs, beside, study=study, permutations=permutations)
        for group in study.groups
        if group.id != question.within
    ]
    if len(set(kept.groups)) > 1:
        found += [
            _adjusted(question.method, pairs, beside, study=study),
            _pooled(question.method, pairs, beside, study),
        ]
    return [*found, *range_]


def _within(
    group: str,
    method: Method,
    pairs: _Pairs,
    blank: Finding,
    *,
    study: Study,
    permutations: Permutations,
) -> Finding:
    mine = pairs.only(np.asarray(pairs.sample.groups == group))
    method, warnings = _by_ranks_if_undetected(method, mine)
    finding = replace(
        blank,
        n=mine.sample.counts([group]),
        method=METHODS[method],
        warnings=blank.warnings + warnings,
        estimand=f"{_coefficient(method)} with {study.name_of(str(blank.scale))} within {study.name_of(group)}",
    )
    reason = _trouble(mine, study.name_of(group))
    if reason:
        return replace(finding, method="none: not estimable", reason=reason)
    x, y = _numbers(mine, method)
    found = correlation(x, y, alpha=study.plan.alpha, method=method)
    return replace(_filled(finding, found), p_permutation=permutations.together(x, y))


def _without_each(answer: Finding, mine: _Pairs) -> Floats:
    """The coefficient without each donor, by the method of the answer; NaN where it cannot be
    made.
    """
    method: Method = "pearson" if answer.method == METHODS["pearson"] else "spearman"
    found = []
    for keep in ~np.eye(len(mine.scores), dtype=np.bool_):
        fewer = mine.only(keep)
        x, y = (
            (v - v.mean() for v in _numbers(fewer, method))
            if keep.any()
            else (np.zeros(1), np.zeros(1))
        )
        size = float((x @ x) * (y @ y)) ** 0.5
        found.append(float(x @ y) / size if size > 0 else np.nan)
    return np.array(found, dtype=np.float64)


def _p_of(coefficients: Floats, donors: int) -> list[float]:
    """The p values of coefficients of that many donors (t approximation)."""
    from scipy.special import stdtr

    known = np.clip(coefficients[np.isfinite(coefficients)], -_PERFECT, _PERFECT)
    free = donors - 2
    return (
        [2 * float(stdtr(free, -abs(r) * (free / (1 - r * r)) ** 0.5)) for r in known]
        if free > 0
        else []
    )


def _held(question: Association, mine: _Pairs, blank: Finding, *, study: Study) -> Finding:
    """The partial correlation within the asked group, with the declared columns of donors.csv
    held.
    """
    from exvivo.compare.methods.partial_correlation import partial

    columns = columns_of(mine.sample, question.adjust, study)
    known = _Pairs(mine.sample.only(columns.known), mine.scores[columns.known])
    method, _ = _by_ranks_if_undetected(question.method, known)
    finding = replace(
        blank,
        n=known.sample.counts([question.within]),
        method=f"partial correlation (doi 10.2307/2331838); {METHODS[method]}",
        estimand=f"{_coefficient(method)} with {study.name_of(str(blank.scale))} within {study.name_of(question.within)}, "
        f"{', '.join(question.adjust)} held",
    )
    reason = columns.trouble or _trouble(known, study.name_of(question.within))
    if reason:
        return replace(finding, method="none: not estimable", reason=reason)
    try:
        x, y = _numbers(known, method)
        return _filled(
            finding, partial(x, y, columns.values, alpha=study.plan.alpha, method=method)
        )
    except ValueError as error:
        return replace(finding, method="none: not estimable", reason=str(error))


def _tau(answer: Finding, mine: _Pairs) -> Finding:
    """Kendall's tau, which orders no pair of donors that their bounds leave open."""
    from exvivo.compare.methods.kendall import kendall

    found = kendall(mine.sample.lower, mine.sample.upper, mine.scores, mine.scores)
    return replace(
        answer,
        part="beside",
        method="Kendall's tau-b with bounds (doi 10.1080/01621459.1995.10476499)",
        estimate=found.tau,
        lower=None,
        upper=None,
        p=found.p,
        p_permutation=None,
        warnings=[],
        estimand="Kendall's tau, pairs of donors that bounds leave open counted as ties",
    )


def _adjusted(method: Method, pairs: _Pairs, blank: Finding, *, study: Study) -> Finding:
    """The partial correlation over all groups: both sides minus the mean of their group."""
    method, warnings = _by_ranks_if_undetected(method, pairs)
    groups = sorted(set(pairs.sample.groups))
    finding = replace(
        blank,
        n=pairs.sample.counts(groups),
        method=f"partial correlation, group adjusted for; {METHODS[method]}",
        estimand=f"{_coefficient(method)} with {study.name_of(str(blank.scale))}, group adjusted for",
        warnings=blank.warnings + warnings,
    )
    x, y = (_without_group(values, pairs.sample) for values in _numbers(pairs, method))
    if len(x) - 3 - len(groups) < 1 or not _varies(x) or not _varies(y):
        return replace(
            finding, method="none: not estimable", reason="too few donors in more than one group"
        )
    return _filled(
        finding, correlation(x, y, alpha=study.plan.alpha, method=method, adjusted=len(groups) - 1)
    )


def _pooled(method: Method, pairs: _Pairs, blank: Finding, study: Study) -> Finding:
    method, warnings = _by_ranks_if_undetected(method, pairs)
    groups = sorted(set(pairs.sample.groups))
    finding = replace(
        blank,
        n=pairs.sample.counts(groups),
        method=f"all groups pooled; {METHODS[method]}",
        estimand=f"{_coefficient(method)} with {study.name_of(str(blank.scale))}, {POOLED}",
        warnings=[*blank.warnings, POOLED, *warnings],
    )
    reason = _trouble(pairs, "all groups")
    if reason:
        return replace(finding, method="none: not estimable", reason=reason)
    return _filled(
        finding, correlation(*_numbers(pairs, method), alpha=study.plan.alpha, method=method)
    )


def _filled(finding: Finding, found: Estimate) -> Finding:
    warnings = list(finding.warnings)
    if found.estimate is not None and abs(found.estimate) >= _PERFECT:
        warnings.append(
            "a perfect correlation in the donors measured: look whether the score was made from the result"
        )
    bounded = sum(count["undetected"] for count in finding.n) / max(
        sum(count["n"] for count in finding.n), 1
    )
    if bounded > _MANY_BOUNDED:
        warnings.append(
            "many results are known only by a bound and enter as ties, which draws the coefficient towards 0"
        )
    return replace(
        finding,
        estimate=found.estimate,
        lower=found.lower,
        upper=found.upper,
        p=found.p,
        warnings=warnings,
    )


def _numbers(pairs: _Pairs, method: Method) -> tuple[Floats, Floats]:
    """Results and scores as the method wants them: as they are, or as ranks."""
    if method == "pearson":
        return pairs.sample.lower, pairs.scores
    sample = pairs.sample
    ranks = (
        gehan_scores(sample.lower, sample.upper)
        if sample.undetected.any()
        else midranks(sample.lower)
    )
    return ranks, midranks(pairs.scores)


def _by_ranks_if_undetected(method: Method, pairs: _Pairs) -> tuple[Method, list[str]]:
    if method == "pearson" and pairs.sample.undetected.any():
        return "spearman", ["some results are undetected, so ranks answer instead of Pearson's r"]
    return method, []


def _coefficient(method: Method) -> str:
    return "Spearman's rho" if method == "spearman" else "Pearson's r"


def _trouble(pairs: _Pairs, whose: str) -> str:
    """Why no correlation can be given; empty if it can."""
    n = len(pairs.scores)
    if n == 0:
        return f"{whose}: no donor has both a result and a score"
    if n < FEWEST:
        return f"{whose}: {n} donors with a result and a score; at least {FEWEST} are needed"
    if pairs.sample.undetected.all():
        return f"{whose}: every result is undetected"
    if not _varies(gehan_scores(pairs.sample.lower, pairs.sample.upper)):
        return f"{whose}: no two results can be told apart"
    if not _varies(pairs.scores):
        return f"{whose}: every donor has the same score"
    return ""


def _varies(numbers: Floats) -> bool:
    return float(np.ptp(numbers)) > 1e-12 * max(1.0, float(np.abs(numbers).max()))


def _without_group(numbers: Floats, sample: Sample) -> Floats:
    """The numbers minus the mean of their group."""
    _, group = np.unique(sample.groups, return_inverse=True)
    return np.asarray(numbers - (np.bincount(group, numbers) / np.bincount(group))[group])
