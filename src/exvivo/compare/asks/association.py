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
from typing import assert_never

import numpy as np

from exvivo.arrays import Bools, Floats, Texts
from exvivo.compare.design import FEWEST_SCORED, held
from exvivo.compare.estimate import (
    Estimate,
    NotEstimable,
    as_beside,
    attempted,
    counted,
    emptied,
    filled,
    not_estimable,
    warned,
)
from exvivo.compare.evidence import Evidence, Scores
from exvivo.compare.judge.leave_one_out import ranged, with_range
from exvivo.compare.methods.correlation import PERFECT, Coefficient, correlation, robust_p
from exvivo.compare.methods.covariates import columns_of
from exvivo.compare.methods.kendall import kendall
from exvivo.compare.methods.partial_correlation import partial
from exvivo.compare.methods.ranks import gehan_scores, midranks
from exvivo.compare.methods.tobit import tobit
from exvivo.compare.sample import Sample
from exvivo.compare.unseen import unseen
from exvivo.findings import Caveat, Estimand, EstimandCode, Fact, Facts, Finding
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
ONE_GROUP = Caveat("few_donors_in_groups")
_SECOND: dict[Coefficient, Coefficient] = {"spearman": "pearson", "pearson": "spearman"}
"""The coefficient that is shown beside the one asked for."""
_MANY_BOUNDED = 0.2
"""The share of results that are bounds from which a warning stands at a coefficient."""
DIGITS = 9
"""Digits behind the point within which results are tied once the design is taken out."""


def numbers_of(values: Floats, method: Coefficient) -> Floats:
    """Known results or scores (donors,), or those of many studies (studies, donors), as the method
    wants them: as they are, or as ranks.
    """
    return values if method == "pearson" else midranks(values.round(DIGITS))


@dataclass(frozen=True)
class TakenOut:
    """What is taken out of results and scores: the `columns` (donors, k) of the design, which hold
    `terms`, fitted with a constant and what stands `beside` them.
    """

    columns: Floats
    beside: Floats
    terms: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        """Whether nothing is taken out."""
        return not self.columns.shape[1]

    def rest(self, values: Floats) -> Floats:
        """What is left of known values (donors,), or of those of many studies (studies, donors)."""
        if self.nothing:
            return values
        return np.asarray(values - effects_of(values, self.columns, self.beside))


@dataclass(frozen=True)
class Pairs:
    """Donors with a result and a score; `taken_out` columns of the design were taken out of both,
    which hold the terms `held`.
    """

    sample: Sample
    scores: Floats
    taken_out: int = 0
    held: tuple[str, ...] = ()

    def only(self, chosen: Bools) -> Pairs:
        """The same with some of the donors."""
        return replace(self, sample=self.sample.only(chosen), scores=self.scores[chosen])

    def of(self, group: str) -> Pairs:
        """The donors of one group."""
        return self.only(np.asarray(self.sample.groups == group))

    @property
    def groups(self) -> list[str]:
        """The groups there are, by name."""
        return sorted(set(self.sample.groups.tolist()))

    def aligned(self, *, by_group: bool = False) -> Pairs:
        """What is left of results and scores after the design, held beside the groups where these
        are asked about.

        Raises NotEstimable where it leaves fewer than two degrees of freedom.
        """
        design = self.design(by_group=by_group)
        if design.nothing:
            return self
        columns, beside = design.columns, design.beside
        sample = _moved(self.sample, _effects(*self.sample.ends, columns, beside))
        return Pairs(sample, design.rest(self.scores), columns.shape[1], design.terms)

    def design(self, *, by_group: bool = False) -> TakenOut:
        """What `aligned` takes out. Raises NotEstimable as that does."""
        design, donors = held(self.sample), len(self.scores)
        if not design.nothing and donors - 3 - design.columns.shape[1] < 2:
            raise NotEstimable(Caveat("design_takes_all", {"terms": design.terms}))
        beside = marks_of(self.sample.groups) if by_group else np.empty((donors, 0))
        return TakenOut(design.columns, beside, design.terms)

    def numbers(self, method: Coefficient) -> tuple[Floats, Floats]:
        """Results and scores as the method wants them: as they are, or as ranks."""
        results, scores = (numbers_of(side, method) for side in (self.sample.lower, self.scores))
        bounded = method == "spearman" and self.sample.undetected.any()
        return (self.ranks if bounded else results), scores

    @property
    def ranks(self) -> Floats:
        """Gehan's scores of the results, which respect bounds."""
        return gehan_scores(*(end.round(DIGITS) for end in self.sample.ends))

    def method(self, asked: Coefficient) -> Coefficient:
        """The asked coefficient; ranks where some results are undetected."""
        return "spearman" if self.sample.undetected.any() else asked


def marks_of(groups: Texts) -> Floats:
    """A mark for each group but the first (donors, groups - 1)."""
    return np.asarray(groups[:, None] == np.unique(groups)[1:], dtype=np.float64)


def _effects(low: Floats, high: Floats, columns: Floats, beside: Floats) -> Floats:
    """What columns (donors, k) add to results between two ends, fitted with a constant and further
    columns.
    """
    if np.array_equal(low, high):
        return effects_of(low, columns, beside)
    design = _beside_columns(columns, beside)
    return np.asarray(columns @ _bounded_coefficients(low, high, design)[: columns.shape[1]])


def effects_of(values: Floats, columns: Floats, beside: Floats) -> Floats:
    """The same of known results: of one study (donors,), or of many (studies, donors)."""
    design = _beside_columns(columns, beside)
    coefficients = np.linalg.lstsq(design, values.T, rcond=None)[0]
    return np.asarray((columns @ coefficients[: columns.shape[1]]).T)


def _beside_columns(columns: Floats, beside: Floats) -> Floats:
    """Columns with a constant and further ones."""
    return np.column_stack([columns, np.ones(len(columns)), beside])


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
        signal = None if evidence.brief else evidence.signal(question, blank)
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
    pairs = pairs_of(sample, scores)
    blank = replace(blank, warnings=sample.warnings)
    within = _within(question.within, question.method, pairs, blank, evidence)
    if sample.trouble:
        return [replace(within, reason=sample.trouble)]
    beside = _beside(question, within, pairs, as_beside(blank), evidence)
    asked = [one for one in beside if one.estimand.code == _ANSWERS[question.answer]]
    if asked:
        answer, others = asked[0], [one for one in beside if one is not asked[0]]
        answer = replace(answer, part="answer", warnings=(*sample.warnings, *answer.warnings))
        beside = [as_beside(within), *others]
    elif question.answer == "within":
        answer = within
    else:
        answer = _not_asked(question, within)
    donors = pairs if question.answer == "across groups" else pairs.of(question.within)
    answer, *range_ = with_range(answer, _range(question, answer, donors, evidence))
    return [answer, *beside, *range_]


_ANSWERS: dict[str, EstimandCode] = {
    "within": "unstated",
    "adjusted": "correlation_adjusted",
    "across groups": "correlation_group_adjusted",
}
"""What stands beside the coefficient within the group and can be declared to answer in its
place.
"""


def _not_asked(question: Association, within: Finding) -> Finding:
    """The answer where the declared coefficient cannot be made: there is one group only."""
    finding = replace(within, estimand=replace(within.estimand, code=_ANSWERS[question.answer]))
    return not_estimable(replace(finding, estimate=None, lower=None, upper=None, p=None), ONE_GROUP)


def answer_within(
    question: Association, sample: Sample, scores: Scores, blank: Finding, evidence: Evidence
) -> Finding:
    """The answer alone, without what stands beside it."""
    pairs = pairs_of(sample, scores)
    return _within(question.within, question.method, pairs, blank, evidence)


def scored_of(question: Association, sample: Sample, scores: Scores) -> tuple[Sample, Floats]:
    """The donors of the asked group with a result and a score, and their scores."""
    pairs = pairs_of(sample, scores).of(question.within)
    return pairs.sample, pairs.scores


def pairs_of(sample: Sample, scores: Scores) -> Pairs:
    """The donors with a result, or a bound of it, and a score."""
    donors = sample.only(np.isin(sample.donors, list(scores)) & sample.informative)
    return Pairs(donors, np.array([scores[donor] for donor in donors.donors], dtype=np.float64))


def _range(
    question: Association, answer: Finding, pairs: Pairs, evidence: Evidence
) -> list[Finding]:
    """The range of the coefficient that answers, without each donor."""
    if answer.estimate is None or evidence.brief:
        return []
    method: Coefficient = "pearson" if answer.method.coefficient == "pearson" else "spearman"
    estimates, p = [], []
    for keep in ~np.eye(len(pairs.scores), dtype=np.bool_):
        estimate = _again(question, pairs.only(keep), method, evidence)
        estimates.append(np.nan if estimate is None else estimate.estimate)
        p += [] if estimate is None else [estimate.p]
    return ranged(answer, pairs.sample.donors, np.array(estimates, dtype=np.float64), p)


def _again(
    question: Association, pairs: Pairs, method: Coefficient, evidence: Evidence
) -> Estimate | None:
    """The coefficient that answers, of some of its donors; None where it cannot be made."""
    try:
        match question.answer:
            case "within":
                return _of_one_group(pairs, method, evidence.alpha)
            case "adjusted":
                columns = columns_of(pairs.sample, question.adjust, evidence.study)
                donors = pairs.only(columns.complete)
                return _partial(donors, columns.values, method, evidence.alpha)
            case "across groups":
                return _of_groups(pairs, method, evidence.alpha)
            case _:
                assert_never(question.answer)
    except NotEstimable:
        return None


def _beside(
    question: Association, answer: Finding, pairs: Pairs, blank: Finding, evidence: Evidence
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
    pairs: Pairs,
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
    about = counted(warned(blank, *ranks), pairs.sample, groups.values() or pairs.groups)
    return replace(about, estimand=Estimand(code, facts))


def _within(
    group: str, asked: Coefficient, pairs: Pairs, blank: Finding, evidence: Evidence
) -> Finding:
    """The coefficient within one group."""
    donors = pairs.of(group)
    finding = _about("correlation_within", blank, donors, asked, group)
    reason = trouble_of(donors, group)
    if reason:
        return not_estimable(finding, reason)
    method = donors.method(asked)
    finding = replace(finding, held=held(donors.sample).terms)
    answer = _checked(
        attempted(finding, WITHIN[method], lambda: _of_one_group(donors, method, evidence.alpha))
    )
    if answer.estimate is None:
        return answer
    answer = replace(answer, p_permutation=_permuted(donors, method, evidence))
    return warned(answer, *_heavy_tails(answer, donors, evidence.alpha))


def _heavy_tails(answer: Finding, donors: Pairs, alpha: float) -> tuple[Caveat, ...]:
    """A warning where Pearson's coefficient excludes 0 and a slope with errors that suppose nothing
    of the tails does not.
    """
    if answer.method is not PEARSON or not answer.excludes_null:
        return ()
    aligned = donors.aligned()
    p = robust_p(*aligned.numbers("pearson"), taken_out=aligned.taken_out)
    return (Caveat("heavy_tails", {"p": p}),) if p > alpha else ()


def _of_one_group(donors: Pairs, method: Coefficient, alpha: float) -> Estimate:
    """The coefficient of some donors with the design taken out. Raises NotEstimable."""
    aligned = donors.aligned()
    x, y = _varying(aligned.numbers(method))
    return correlation(x, y, alpha=alpha, method=method, adjusted=aligned.taken_out)


def _varying(numbers: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Results and scores that both vary. Raises NotEstimable where one does not."""
    if not all(map(_varies, numbers)):
        raise NotEstimable(Caveat("nothing_left_to_compare"))
    return numbers


def _permuted(donors: Pairs, method: Coefficient, evidence: Evidence) -> float | None:
    """The p value of a coefficient against rearrangements of donors within the strata of the
    design; None where there are no strata.
    """
    x, y = donors.aligned().numbers(method)
    strata = held(donors.sample).strata
    return None if strata is None else evidence.permutations.together(x, y, strata)


def _adjusted(question: Association, pairs: Pairs, blank: Finding, evidence: Evidence) -> Finding:
    """The partial correlation within the asked group, with the declared columns of donors.csv
    adjusted for.
    """
    group, columns = question.within, columns_of(pairs.sample, question.adjust, evidence.study)
    donors = pairs.only(columns.complete)
    method = donors.method(question.method)
    finding = _about("correlation_adjusted", blank, donors, method, group, adjust=question.adjust)
    reason = columns.trouble or trouble_of(donors, group)
    if reason:
        return not_estimable(finding, reason)

    finding = replace(finding, held=held(donors.sample).terms)

    def estimate() -> Estimate:
        return _partial(donors, columns.values, method, evidence.alpha)

    return _checked(attempted(finding, PARTIAL[method], estimate))


def _partial(donors: Pairs, columns: Floats, method: Coefficient, alpha: float) -> Estimate:
    """The partial correlation of some donors with the design taken out. Raises NotEstimable."""
    x, y = _varying(donors.aligned().numbers(method))
    beside = held(donors.sample).columns
    return partial(x, y, columns, beside, alpha=alpha, method=method)


def _tau(answer: Finding, pairs: Pairs) -> Finding:
    """Kendall's tau with the design taken out, which orders no pair of donors that their bounds
    leave open.
    """
    aligned = pairs.aligned()
    low, high = (end.round(DIGITS) for end in aligned.sample.ends)
    scores = aligned.scores.round(DIGITS)
    test = kendall(low, high, scores, scores, alpha=1 - answer.level)
    beside = replace(emptied(answer), method=KENDALL, estimand=Estimand("kendall"))
    return replace(
        beside, estimate=test.tau, lower=test.lower, upper=test.upper, p=test.p, held=aligned.held
    )


def _group_adjusted(asked: Coefficient, pairs: Pairs, blank: Finding, alpha: float) -> Finding:
    """The partial correlation over all groups: both sides minus the mean of their group."""
    method = pairs.method(asked)
    finding = _about("correlation_group_adjusted", blank, pairs, asked)
    finding = replace(finding, held=held(pairs.sample).terms)
    return _checked(attempted(finding, BY_GROUP[method], lambda: _of_groups(pairs, method, alpha)))


def _of_groups(pairs: Pairs, method: Coefficient, alpha: float) -> Estimate:
    """The coefficient of all groups, each less its mean, with the design taken out. Raises
    NotEstimable.
    """
    aligned = pairs.aligned(by_group=True)
    groups = pairs.sample.groups
    x, y = (without_group(values, groups) for values in aligned.numbers(method))
    lost = len(pairs.groups) - 1 + aligned.taken_out
    if len(x) - 4 - lost < 1 or not _varies(x) or not _varies(y):
        raise NotEstimable(Caveat("few_donors_in_groups"))
    return correlation(x, y, alpha=alpha, method=method, adjusted=lost)


def _pooled(asked: Coefficient, pairs: Pairs, blank: Finding, alpha: float) -> Finding:
    """The coefficient of all donors together, with a warning that groups are mixed in."""
    blank = warned(blank, Caveat("pooled_groups"))
    finding = _about("correlation_pooled", blank, pairs, asked)
    reason = trouble_of(pairs, "")
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


def trouble_of(pairs: Pairs, group: str) -> Caveat | None:
    """Why no correlation can be given within a group (or over all: no name); None if it can."""
    n = len(pairs.scores)
    if n == 0:
        return Caveat("no_scored_donor", {"group": group})
    if n < FEWEST_SCORED:
        return Caveat("few_scored_donors", {"group": group, "n": n, "needed": FEWEST_SCORED})
    if pairs.sample.undetected.all():
        return Caveat("group_undetected", {**_unseen(pairs.sample), "group": group})
    return _without_spread(pairs, group)


def _unseen(sample: Sample) -> Facts:
    """Where the wells of donors without a value lie; a response has unstimulated ones as well."""
    response = any(well.side < 0 for wells in sample.seen_wells for well in wells)
    return unseen(sample, response=response)


def _without_spread(pairs: Pairs, group: str) -> Caveat | None:
    """Results or scores that do not vary."""
    if not _varies(pairs.ranks):
        return Caveat("results_not_distinct", {"group": group})
    return None if _varies(pairs.scores) else Caveat("one_score_in_group", {"group": group})


def _varies(numbers: Floats) -> bool:
    """Whether numbers differ by more than rounding."""
    return bool(vary(numbers))


def vary(numbers: Floats) -> Bools:
    """The same of one study (donors,), or of many (studies, donors)."""
    size = np.maximum(np.abs(numbers).max(axis=-1), 1.0)
    return np.asarray(np.ptp(numbers, axis=-1) > 1e-12 * size)


def without_group(numbers: Floats, groups: Texts) -> Floats:
    """The numbers (donors,), or those of many studies (studies, donors), minus the mean of their
    group.
    """
    marks = np.asarray(groups[:, None] == np.unique(groups), dtype=np.float64)
    means = numbers @ (marks / marks.sum(axis=0))
    return np.asarray(numbers - means @ marks.T)


def _against_expectation(answer: Finding, question: Association, evidence: Evidence) -> Finding:
    """A warning where the coefficient points away from what was expected beforehand."""
    if question.symptoms == "either" or not answer.estimate or not answer.excludes_null:
        return answer
    scale = evidence.scale(str(answer.scale))
    expected = 1 if question.symptoms == scale.higher_is else -1
    if answer.estimate * expected > 0:
        return answer
    return warned(answer, Caveat("against_expectation"))
