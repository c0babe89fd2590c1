"""Is a result related to a clinical scale? Within each group first, group-adjusted beside it,
pooled only as a warning.

What the design holds (plates, batches, sites) is taken out of results and scores before they are
ranked or correlated: out of results by least squares, or by normal regression where some are bounds
(values and bounds move alike), so a constant added to all of a plate changes nothing. Each column
takes a degree of freedom.

Spearman's coefficient uses ranks that respect bounds (`ranks.gehan_scores`), so undetected results
take part as ties. Intervals: Fisher's z for Pearson, Bonett and Wright's for Spearman (2000, doi
10.1007/BF02294183); the p values are of the usual t statistic, as R's `cor.test` and SciPy give
them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.compare.design import FEWEST_SCORED, held
from exvivo.compare.estimate import (
    Estimate,
    NotEstimable,
    as_beside,
    attempted,
    emptied,
    filled,
    not_estimable,
    warned,
)
from exvivo.compare.evidence import Evidence, Scores
from exvivo.compare.judge.leave_one_out import ranged, with_range
from exvivo.compare.methods.correlation import PERFECT, Coefficient, correlation
from exvivo.compare.methods.covariates import columns_of
from exvivo.compare.methods.kendall import kendall
from exvivo.compare.methods.partial_correlation import partial
from exvivo.compare.methods.ranks import gehan_scores, midranks
from exvivo.compare.methods.tobit import tobit
from exvivo.compare.sample import Sample
from exvivo.findings import Caveat, Estimand, EstimandCode, Fact, Finding
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
_SECOND: dict[Coefficient, Coefficient] = {"spearman": "pearson", "pearson": "spearman"}
"""The coefficient that is shown beside the one asked for."""
_MANY_BOUNDED = 0.2
"""The share of results that are bounds from which a warning stands at a coefficient."""
_DIGITS = 9
"""Digits behind the point within which results are tied once the design is taken out."""


@dataclass(frozen=True)
class _Pairs:
    """Donors with a result and a score; `taken_out` columns of the design were taken out of both,
    which hold the terms `held`.
    """

    sample: Sample
    scores: Floats
    taken_out: int = 0
    held: tuple[str, ...] = ()

    def only(self, chosen: Bools) -> _Pairs:
        """The same with some of the donors."""
        return replace(self, sample=self.sample.only(chosen), scores=self.scores[chosen])

    def of(self, group: str) -> _Pairs:
        """The donors of one group."""
        return self.only(np.asarray(self.sample.groups == group))

    @property
    def groups(self) -> list[str]:
        """The groups there are, by name."""
        return sorted(set(self.sample.groups.tolist()))

    def aligned(self, *, by_group: bool = False) -> _Pairs:
        """What is left of results and scores after the design, held beside the groups where these
        are asked about.

        Raises NotEstimable where it leaves fewer than two degrees of freedom.
        """
        design = held(self.sample)
        if design.nothing:
            return self
        columns = design.columns.shape[1]
        if len(self.scores) - 3 - columns < 2:
            raise NotEstimable(Caveat("design_takes_all", {"terms": design.terms}))
        beside = _marks(self.sample) if by_group else np.empty((len(self.scores), 0))
        sample = _moved(self.sample, _effects(*self.sample.ends, design.columns, beside))
        scores = self.scores - _effects(self.scores, self.scores, design.columns, beside)
        return _Pairs(sample, scores, columns, design.terms)

    def numbers(self, method: Coefficient) -> tuple[Floats, Floats]:
        """Results and scores as the method wants them: as they are, or as ranks."""
        if method == "pearson":
            return self.sample.lower, self.scores
        bounded = self.sample.undetected.any()
        results = self.ranks if bounded else midranks(self.sample.lower.round(_DIGITS))
        return results, midranks(self.scores.round(_DIGITS))

    @property
    def ranks(self) -> Floats:
        """Gehan's scores of the results, which respect bounds."""
        return gehan_scores(*(end.round(_DIGITS) for end in self.sample.ends))

    def method(self, asked: Coefficient) -> Coefficient:
        """The asked coefficient; ranks where some results are undetected."""
        return "spearman" if self.sample.undetected.any() else asked


def _marks(sample: Sample) -> Floats:
    """A mark for each group but the first (donors, groups - 1)."""
    return np.asarray(sample.groups[:, None] == np.unique(sample.groups)[1:], dtype=np.float64)


def _effects(low: Floats, high: Floats, columns: Floats, beside: Floats) -> Floats:
    """What columns (donors, k) add to results between two ends, fitted with a constant and further
    columns.
    """
    design = np.column_stack([columns, np.ones(len(low)), beside])
    if np.array_equal(low, high):
        coefficients = np.linalg.lstsq(design, low, rcond=None)[0]
    else:
        coefficients = _bounded_coefficients(low, high, design)
    return np.asarray(columns @ coefficients[: columns.shape[1]])


def _bounded_coefficients(low: Floats, high: Floats, design: Floats) -> Floats:
    """The same where some results are bounds. Raises NotEstimable where they leave no best
    estimate.
    """
    no_best_estimate = NotEstimable(Caveat("no_best_estimate"))
    try:
        fit = tobit(low, high, design)
    except ValueError as error:
        raise no_best_estimate from error
    if not fit.converged:
        raise no_best_estimate
    return fit.coefficients


def _moved(sample: Sample, effects: Floats) -> Sample:
    """The results without effects (donors,), values and bounds alike."""
    lower = sample.lower - effects
    upper = np.where(sample.undetected, sample.upper - effects, lower)
    return replace(sample, lower=lower, upper=upper)


def ask(question: Association, evidence: Evidence) -> list[Finding]:
    """The relation of every assay, analyte and scale, with that of the signal beside it."""
    findings: list[Finding] = []
    for sample, scores, blank in evidence.each_scale(question, COEFFICIENT):
        answer, *beside = association(question, sample, scores, blank, evidence)
        findings += [_against_expectation(answer, question, evidence), *beside]
        signal = evidence.signal(question, blank)
        if signal is not None:
            on_signal = replace(blank, on="signal")
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
    pairs = _pairs(sample, scores)
    blank = replace(blank, warnings=sample.warnings)
    answer = _within(question.within, question.method, pairs, blank, evidence)
    if sample.trouble:
        return [replace(answer, reason=sample.trouble)]
    answer, *range_ = with_range(answer, _range(answer, pairs.of(question.within)))
    return [answer, *_beside(question, answer, pairs, as_beside(blank), evidence), *range_]


def answer_within(
    question: Association, sample: Sample, scores: Scores, blank: Finding, evidence: Evidence
) -> Finding:
    """The answer alone, without what stands beside it."""
    pairs = _pairs(sample, scores)
    return _within(question.within, question.method, pairs, blank, evidence)


def scored_of(question: Association, sample: Sample, scores: Scores) -> tuple[Sample, Floats]:
    """The donors of the asked group with a result and a score, and their scores."""
    pairs = _pairs(sample, scores).of(question.within)
    return pairs.sample, pairs.scores


def _pairs(sample: Sample, scores: Scores) -> _Pairs:
    """The donors with a result, or a bound of it, and a score."""
    donors = sample.only(np.isin(sample.donors, list(scores)) & sample.informative)
    return _Pairs(donors, np.array([scores[donor] for donor in donors.donors], dtype=np.float64))


def _range(answer: Finding, pairs: _Pairs) -> list[Finding]:
    """The range of the coefficient within the asked group, without each donor."""
    estimates = _without_each(answer, pairs)
    p = _p_of(estimates, len(pairs.scores) - 1 - held(pairs.sample).columns.shape[1])
    return ranged(answer, pairs.sample.donors, estimates, p)


def _beside(
    question: Association, answer: Finding, pairs: _Pairs, blank: Finding, evidence: Evidence
) -> list[Finding]:
    """What stands beside an answer: covariates held, the other coefficient, other groups, all
    groups.
    """
    within, method, alpha = question.within, question.method, evidence.alpha
    asked = pairs.of(within)
    findings = [_adjusted(question, asked, blank, evidence)] if question.adjust else []
    if not asked.sample.undetected.any():
        findings.append(_within(within, _SECOND[method], pairs, blank, evidence))
    elif answer.estimate is not None:
        findings.append(_tau(answer, asked))
    others = (group.id for group in evidence.study.groups if group.id != within)
    findings += [_within(group, method, pairs, blank, evidence) for group in others]
    if len(pairs.groups) < 2:
        return findings
    overall = (_group_adjusted(method, pairs, blank, alpha), _pooled(method, pairs, blank, alpha))
    return [*findings, *overall]


def _about(
    code: EstimandCode,
    blank: Finding,
    pairs: _Pairs,
    asked: Coefficient,
    group: str = "",
    **facts: Fact,
) -> Finding:
    """The empty finding of the coefficient of one group (or of all: no name), with a warning where
    ranks answer instead of the coefficient asked for.
    """
    method = pairs.method(asked)
    ranks = () if method == asked else (Caveat("ranks_instead"),)
    groups = {"group": group} if group else {}
    facts = {"coefficient": method, "scale": str(blank.scale), **groups, **facts}
    n = pairs.sample.counts(groups.values() or pairs.groups)
    return replace(warned(blank, *ranks), n=n, estimand=Estimand(code, facts))


def _within(
    group: str, asked: Coefficient, pairs: _Pairs, blank: Finding, evidence: Evidence
) -> Finding:
    """The coefficient within one group."""
    donors = pairs.of(group)
    finding = _about("correlation_within", blank, donors, asked, group)
    reason = _trouble(donors, group)
    if reason:
        return not_estimable(finding, reason)
    try:
        aligned = donors.aligned()
    except NotEstimable as error:
        return not_estimable(finding, error.caveat)
    if reason := _without_spread(aligned, group):
        return not_estimable(finding, reason)
    method = donors.method(asked)
    x, y = aligned.numbers(method)
    estimate = correlation(x, y, alpha=evidence.alpha, method=method, adjusted=aligned.taken_out)
    finding = replace(_checked(filled(finding, WITHIN[method], estimate)), held=aligned.held)
    return replace(finding, p_permutation=_permuted(donors, x, y, evidence))


def _permuted(donors: _Pairs, x: Floats, y: Floats, evidence: Evidence) -> float | None:
    """The p value of a coefficient against rearrangements of donors within the strata of the
    design; None where there are no strata.
    """
    strata = held(donors.sample).strata
    one = strata is not None and not strata.any()
    return evidence.permutations.together(x, y) if one else None


def _without_each(answer: Finding, pairs: _Pairs) -> Floats:
    """The coefficient without each donor, by the method of the answer; NaN where it cannot be
    made.
    """
    if len(pairs.scores) < 2 or answer.estimate is None:
        return np.array([np.nan])
    method: Coefficient = "pearson" if answer.method is PEARSON else "spearman"
    coefficients = []
    for keep in ~np.eye(len(pairs.scores), dtype=np.bool_):
        try:
            coefficients.append(_coefficient(*pairs.only(keep).aligned().numbers(method)))
        except NotEstimable:
            coefficients.append(np.nan)
    return np.array(coefficients, dtype=np.float64)


def _coefficient(x: Floats, y: Floats) -> float:
    """Pearson's coefficient of two columns; NaN where one of them does not vary."""
    x, y = x - x.mean(), y - y.mean()
    size = float((x @ x) * (y @ y)) ** 0.5
    return float(x @ y) / size if size > 0 else np.nan


def _p_of(coefficients: Floats, donors: int) -> list[float]:
    """The p values of coefficients of that many donors (t approximation)."""
    from scipy.special import stdtr

    df = donors - 2
    if df <= 0:
        return []
    finite = np.clip(coefficients[np.isfinite(coefficients)], -PERFECT, PERFECT)
    return [2 * float(stdtr(df, -abs(r) * (df / (1 - r * r)) ** 0.5)) for r in finite]


def _adjusted(question: Association, pairs: _Pairs, blank: Finding, evidence: Evidence) -> Finding:
    """The partial correlation within the asked group, with the declared columns of donors.csv
    adjusted for.
    """
    group, columns = question.within, columns_of(pairs.sample, question.adjust, evidence.study)
    donors = pairs.only(columns.complete)
    method = donors.method(question.method)
    finding = _about("correlation_adjusted", blank, donors, method, group, adjust=question.adjust)
    reason = columns.trouble or _trouble(donors, group)
    if reason:
        return not_estimable(finding, reason)

    def estimate() -> Estimate:
        x, y = donors.aligned().numbers(method)
        beside = held(donors.sample).columns
        return partial(x, y, columns.values, beside, alpha=evidence.alpha, method=method)

    finding = replace(finding, held=held(donors.sample).terms)
    return _checked(attempted(finding, PARTIAL[method], estimate))


def _tau(answer: Finding, pairs: _Pairs) -> Finding:
    """Kendall's tau, which orders no pair of donors that their bounds leave open."""
    test = kendall(*pairs.sample.ends, pairs.scores, pairs.scores)
    beside = replace(emptied(answer), method=KENDALL, estimand=Estimand("kendall"))
    return replace(beside, estimate=test.tau, p=test.p)


def _group_adjusted(asked: Coefficient, pairs: _Pairs, blank: Finding, alpha: float) -> Finding:
    """The partial correlation over all groups: both sides minus the mean of their group."""
    method, groups = pairs.method(asked), pairs.groups
    finding = _about("correlation_group_adjusted", blank, pairs, asked)
    try:
        aligned = pairs.aligned(by_group=True)
    except NotEstimable as error:
        return not_estimable(finding, error.caveat)
    x, y = (_without_group(values, pairs.sample) for values in aligned.numbers(method))
    lost = len(groups) - 1 + aligned.taken_out
    if len(x) - 4 - lost < 1 or not _varies(x) or not _varies(y):
        return not_estimable(finding, Caveat("few_donors_in_groups"))
    estimate = correlation(x, y, alpha=alpha, method=method, adjusted=lost)
    return replace(_checked(filled(finding, BY_GROUP[method], estimate)), held=aligned.held)


def _pooled(asked: Coefficient, pairs: _Pairs, blank: Finding, alpha: float) -> Finding:
    """The coefficient of all donors together, with a warning that groups are mixed in."""
    blank = warned(blank, Caveat("pooled_groups"))
    finding = _about("correlation_pooled", blank, pairs, asked)
    reason = _trouble(pairs, "")
    if reason:
        return not_estimable(finding, reason)
    method = pairs.method(asked)
    estimate = correlation(*pairs.numbers(method), alpha=alpha, method=method)
    return _checked(filled(finding, POOLED[method], estimate))


def _checked(finding: Finding) -> Finding:
    """A coefficient with warnings of a perfect one or of many bounds."""
    if finding.estimate is None:
        return finding
    if abs(finding.estimate) >= PERFECT:
        finding = warned(finding, Caveat("perfect_correlation"))
    return warned(finding, *_many_bounds(finding))


def _many_bounds(finding: Finding) -> tuple[Caveat, ...]:
    """A warning where many of the donors of a finding are bounds."""
    donors = sum(count.n for count in finding.n)
    bounded = sum(count.undetected for count in finding.n)
    many = bounded / max(donors, 1) > _MANY_BOUNDED
    return (Caveat("many_bounds"),) if many else ()


def _trouble(pairs: _Pairs, group: str) -> Caveat | None:
    """Why no correlation can be given within a group (or over all: no name); None if it can."""
    n = len(pairs.scores)
    if n == 0:
        return Caveat("no_scored_donor", {"group": group})
    if n < FEWEST_SCORED:
        return Caveat("few_scored_donors", {"group": group, "n": n, "needed": FEWEST_SCORED})
    if pairs.sample.undetected.all():
        return Caveat("group_undetected", {"group": group})
    return _without_spread(pairs, group)


def _without_spread(pairs: _Pairs, group: str) -> Caveat | None:
    """Results or scores that do not vary."""
    if not _varies(pairs.ranks):
        return Caveat("results_not_distinct", {"group": group})
    return None if _varies(pairs.scores) else Caveat("one_score_in_group", {"group": group})


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
    return warned(answer, Caveat("against_expectation"))
