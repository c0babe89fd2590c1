"""Is a result related to a clinical scale? Within each group first, group-adjusted beside it,
pooled only as a warning.

Spearman's coefficient uses ranks that respect bounds (`ranks.gehan_scores`), so undetected results
take part as ties. Intervals: Fisher's z for Pearson, Bonett and Wright's for Spearman (2000, doi
10.1007/BF02294183); the p values are of the usual t statistic, as R's `cor.test` and SciPy give
them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.compare.design import FEWEST_SCORED
from exvivo.compare.estimate import Estimate, NotEstimable, as_beside, filled, not_estimable
from exvivo.compare.evidence import Evidence, Scores
from exvivo.compare.judge.leave_one_out import ranged, with_range
from exvivo.compare.methods.correlation import PERFECT, Coefficient, correlation
from exvivo.compare.methods.covariates import columns_of
from exvivo.compare.methods.kendall import kendall
from exvivo.compare.methods.partial_correlation import partial
from exvivo.compare.methods.ranks import gehan_scores, midranks
from exvivo.compare.sample import Sample
from exvivo.findings import Caveat, Estimand, EstimandCode, Facts, Finding
from exvivo.methods import (
    GROUP_PEARSON,
    GROUP_SPEARMAN,
    KENDALL,
    PARTIAL_PEARSON,
    PARTIAL_SPEARMAN,
    PEARSON,
    POOLED_PEARSON,
    POOLED_SPEARMAN,
    SPEARMAN,
    Method,
)
from exvivo.study import Association
from exvivo.units import COEFFICIENT

WITHIN: dict[Coefficient, Method] = {"spearman": SPEARMAN, "pearson": PEARSON}
PARTIAL: dict[Coefficient, Method] = {"spearman": PARTIAL_SPEARMAN, "pearson": PARTIAL_PEARSON}
BY_GROUP: dict[Coefficient, Method] = {"spearman": GROUP_SPEARMAN, "pearson": GROUP_PEARSON}
POOLED: dict[Coefficient, Method] = {"spearman": POOLED_SPEARMAN, "pearson": POOLED_PEARSON}
_MANY_BOUNDED = 0.2
"""The share of results known only by bounds from which a warning stands at a coefficient."""


@dataclass(frozen=True)
class _Pairs:
    """Donors with a result and a score."""

    sample: Sample
    scores: Floats

    def only(self, chosen: Bools) -> _Pairs:
        """The same with some of the donors."""
        return _Pairs(self.sample.only(chosen), self.scores[chosen])

    def of(self, group: str) -> _Pairs:
        """The donors of one group."""
        return self.only(np.asarray(self.sample.groups == group))

    @property
    def groups(self) -> list[str]:
        """The groups there are, by name."""
        return sorted(set(self.sample.groups.tolist()))

    def numbers(self, method: Coefficient) -> tuple[Floats, Floats]:
        """Results and scores as the method wants them: as they are, or as ranks."""
        sample = self.sample
        if method == "pearson":
            return sample.lower, self.scores
        if sample.undetected.any():
            return gehan_scores(sample.lower, sample.upper), midranks(self.scores)
        return midranks(sample.lower), midranks(self.scores)

    def method(self, asked: Coefficient) -> Coefficient:
        """The asked coefficient; ranks where some results are undetected."""
        return "spearman" if self.sample.undetected.any() else asked


def ask(question: Association, evidence: Evidence) -> list[Finding]:
    """The relation of every assay, analyte and scale, with that of the signal beside it."""
    findings: list[Finding] = []
    for sample, blank in evidence.each(question):
        signal = evidence.signal(question, blank)
        for name in question.scales:
            scores = evidence.scored(name, sample.visit)
            scaled = replace(blank, scale=name, unit=COEFFICIENT)
            answer, *beside = association(question, sample, scores, scaled, evidence)
            findings += [_against_expectation(answer, question, evidence), *beside]
            if signal is not None:
                on_signal = replace(scaled, on="signal")
                with_signal = association(question, signal, scores, on_signal, evidence)[0]
                findings.append(replace(with_signal, part="beside", warnings=()))
    return findings


def association(
    question: Association, sample: Sample, scores: Scores, blank: Finding, evidence: Evidence
) -> list[Finding]:
    """One assay, analyte and scale: the answer within the asked group, and numbers to show beside
    it.

    `scores` holds the score of each donor who has one, of the scale of `blank` and at the visit of
    the sample. Beside the answer stand the other coefficient, every other group, all groups with
    group adjusted for (partial correlation), and the pooled one.
    """
    scored = np.array([donor in scores for donor in sample.donors], dtype=np.bool_)
    donors = sample.only(scored & sample.informative)
    given = np.array([scores[donor] for donor in donors.donors], dtype=np.float64)
    pairs = _Pairs(donors, given)
    blank = replace(blank, warnings=sample.warnings)
    answer = _within(question.within, question.method, pairs, blank, evidence)
    if sample.trouble:
        return [replace(answer, reason=sample.trouble)]
    asked = pairs.of(question.within)
    estimates = _without_each(answer, asked)
    p = _p_of(estimates, len(asked.scores) - 1)
    answer, *range_ = with_range(answer, ranged(answer, asked.sample.donors, estimates, p))
    beside = _beside(question, answer, pairs, as_beside(blank), evidence)
    return [answer, *beside, *range_]


def _beside(
    question: Association, answer: Finding, pairs: _Pairs, blank: Finding, evidence: Evidence
) -> list[Finding]:
    """What stands beside an answer: covariates held, the other coefficient, other groups, all
    groups.
    """
    within, method = question.within, question.method
    asked = pairs.of(within)
    findings = []
    if question.adjust:
        findings.append(_adjusted(question, asked, blank, evidence))
    if not asked.sample.undetected.any():
        second: Coefficient = "pearson" if method == "spearman" else "spearman"
        findings.append(_within(within, second, pairs, blank, evidence))
    elif answer.estimate is not None:
        findings.append(_tau(answer, asked))
    for group in evidence.study.groups:
        if group.id != within:
            findings.append(_within(group.id, method, pairs, blank, evidence))
    if len(pairs.groups) > 1:
        findings.append(_group_adjusted(method, pairs, blank, evidence.alpha))
        findings.append(_pooled(method, pairs, blank, evidence.alpha))
    return findings


def _within(
    group: str, asked: Coefficient, pairs: _Pairs, blank: Finding, evidence: Evidence
) -> Finding:
    """The coefficient within one group."""
    donors = pairs.of(group)
    method = donors.method(asked)
    finding = replace(
        blank,
        n=donors.sample.counts([group]),
        warnings=blank.warnings + _by_ranks(asked, method),
        estimand=_estimand("correlation_within", method, blank, {"group": group}),
    )
    reason = _trouble(donors, group)
    if reason:
        return not_estimable(finding, reason)
    x, y = donors.numbers(method)
    estimate = correlation(x, y, alpha=evidence.alpha, method=method)
    p = evidence.permutations.together(x, y)
    return replace(_filled(finding, WITHIN[method], estimate), p_permutation=p)


def _without_each(answer: Finding, pairs: _Pairs) -> Floats:
    """The coefficient without each donor, by the method of the answer; NaN where it cannot be
    made.
    """
    method: Coefficient = "pearson" if answer.method is PEARSON else "spearman"
    coefficients = []
    for keep in ~np.eye(len(pairs.scores), dtype=np.bool_):
        if not keep.any():
            return np.array([np.nan])
        x, y = (values - values.mean() for values in pairs.only(keep).numbers(method))
        size = float((x @ x) * (y @ y)) ** 0.5
        coefficients.append(float(x @ y) / size if size > 0 else np.nan)
    return np.array(coefficients, dtype=np.float64)


def _p_of(coefficients: Floats, donors: int) -> list[float]:
    """The p values of coefficients of that many donors (t approximation)."""
    from scipy.special import stdtr

    known = np.clip(coefficients[np.isfinite(coefficients)], -PERFECT, PERFECT)
    df = donors - 2
    if df <= 0:
        return []
    return [2 * float(stdtr(df, -abs(r) * (df / (1 - r * r)) ** 0.5)) for r in known]


def _adjusted(question: Association, pairs: _Pairs, blank: Finding, evidence: Evidence) -> Finding:
    """The partial correlation within the asked group, with the declared columns of donors.csv
    held.
    """
    group = question.within
    columns = columns_of(pairs.sample, question.adjust, evidence.study)
    donors = pairs.only(columns.complete)
    method = donors.method(question.method)
    facts: Facts = {"group": group, "adjust": question.adjust}
    finding = replace(
        blank,
        n=donors.sample.counts([group]),
        estimand=_estimand("correlation_adjusted", method, blank, facts),
    )
    reason = columns.trouble or _trouble(donors, group)
    if reason:
        return not_estimable(finding, reason)
    x, y = donors.numbers(method)
    try:
        estimate = partial(x, y, columns.values, alpha=evidence.alpha, method=method)
    except NotEstimable as error:
        return not_estimable(finding, error.caveat)
    return _filled(finding, PARTIAL[method], estimate)


def _tau(answer: Finding, pairs: _Pairs) -> Finding:
    """Kendall's tau, which orders no pair of donors that their bounds leave open."""
    test = kendall(pairs.sample.lower, pairs.sample.upper, pairs.scores, pairs.scores)
    return replace(
        as_beside(answer),
        method=KENDALL,
        estimate=test.tau,
        lower=None,
        upper=None,
        p=test.p,
        estimand=Estimand("kendall"),
    )


def _group_adjusted(asked: Coefficient, pairs: _Pairs, blank: Finding, alpha: float) -> Finding:
    """The partial correlation over all groups: both sides minus the mean of their group."""
    method, groups = pairs.method(asked), pairs.groups
    finding = replace(
        blank,
        n=pairs.sample.counts(groups),
        warnings=blank.warnings + _by_ranks(asked, method),
        estimand=_estimand("correlation_group_adjusted", method, blank, {}),
    )
    x, y = (_without_group(values, pairs.sample) for values in pairs.numbers(method))
    if len(x) - 3 - len(groups) < 1 or not _varies(x) or not _varies(y):
        return not_estimable(finding, Caveat("few_donors_in_groups"))
    estimate = correlation(x, y, alpha=alpha, method=method, adjusted=len(groups) - 1)
    return _filled(finding, BY_GROUP[method], estimate)


def _pooled(asked: Coefficient, pairs: _Pairs, blank: Finding, alpha: float) -> Finding:
    """The coefficient of all donors together, with a warning that groups are mixed in."""
    method = pairs.method(asked)
    finding = replace(
        blank,
        n=pairs.sample.counts(pairs.groups),
        warnings=(*blank.warnings, Caveat("pooled_groups"), *_by_ranks(asked, method)),
        estimand=_estimand("correlation_pooled", method, blank, {}),
    )
    reason = _trouble(pairs, "")
    if reason:
        return not_estimable(finding, reason)
    estimate = correlation(*pairs.numbers(method), alpha=alpha, method=method)
    return _filled(finding, POOLED[method], estimate)


def _estimand(code: EstimandCode, method: Coefficient, blank: Finding, facts: Facts) -> Estimand:
    """A coefficient with the scale of a finding."""
    return Estimand(code, {"coefficient": method, "scale": str(blank.scale), **facts})


def _filled(blank: Finding, method: Method, estimate: Estimate) -> Finding:
    """The finding with a coefficient, and warnings of a perfect one or of many bounds."""
    warnings = list(blank.warnings)
    if estimate.estimate is not None and abs(estimate.estimate) >= PERFECT:
        warnings.append(Caveat("perfect_correlation"))
    donors = max(sum(count.n for count in blank.n), 1)
    if sum(count.undetected for count in blank.n) / donors > _MANY_BOUNDED:
        warnings.append(Caveat("many_bounds"))
    return replace(filled(blank, method, estimate), warnings=tuple(warnings))


def _by_ranks(asked: Coefficient, method: Coefficient) -> tuple[Caveat, ...]:
    """A warning where ranks answer instead of the coefficient asked for."""
    return () if method == asked else (Caveat("ranks_instead"),)


def _trouble(pairs: _Pairs, group: str) -> Caveat | None:
    """Why no correlation can be given within a group (or over all: no name); None if it can."""
    n, sample = len(pairs.scores), pairs.sample
    if n == 0:
        return Caveat("no_scored_donor", {"group": group})
    if n < FEWEST_SCORED:
        return Caveat("few_scored_donors", {"group": group, "n": n, "needed": FEWEST_SCORED})
    if sample.undetected.all():
        return Caveat("group_undetected", {"group": group})
    if not _varies(gehan_scores(sample.lower, sample.upper)):
        return Caveat("results_not_distinct", {"group": group})
    if not _varies(pairs.scores):
        return Caveat("one_score_in_group", {"group": group})
    return None


def _varies(numbers: Floats) -> bool:
    """Whether numbers differ by more than rounding."""
    return float(np.ptp(numbers)) > 1e-12 * max(1.0, float(np.abs(numbers).max()))


def _without_group(numbers: Floats, sample: Sample) -> Floats:
    """The numbers minus the mean of their group."""
    _, group = np.unique(sample.groups, return_inverse=True)
    return np.asarray(numbers - (np.bincount(group, numbers) / np.bincount(group))[group])


def _against_expectation(answer: Finding, question: Association, evidence: Evidence) -> Finding:
    """A warning where the coefficient points away from what was expected beforehand."""
    if question.symptoms == "either" or not answer.estimate or not answer.excludes_null:
        return answer
    scale = evidence.scale(str(answer.scale))
    expected = 1 if question.symptoms == scale.higher_is else -1
    if answer.estimate * expected > 0:
        return answer
    return replace(answer, warnings=(*answer.warnings, Caveat("against_expectation")))
