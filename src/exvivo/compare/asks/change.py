"""Does a result change within donors from the first visit asked to the last?

Each donor is compared with itself, so what differs between donors for good cancels. A change over
time is not the effect of what happened in between: season, assay and expectation change as well,
and a group that started high tends to fall back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, product

import numpy as np

from exvivo.arrays import Floats, Ints, Texts
from exvivo.compare.asks import contrast
from exvivo.compare.asks.effect import mean_contrast, of_group
from exvivo.compare.design import FEWEST_SCORED
from exvivo.compare.estimate import (
    Estimate,
    attempted,
    not_estimable,
    warned,
    warning_of,
)
from exvivo.compare.evidence import Evidence, Scores
from exvivo.compare.methods.change_scores import change_scores
from exvivo.compare.methods.correlation import PERFECT
from exvivo.compare.methods.repeated_correlation import repeated
from exvivo.compare.sample import Sample
from exvivo.compare.terms import levels_of
from exvivo.findings import Caveat, CaveatCode, Count, Estimand, EstimandCode, Finding
from exvivo.methods import TWO_WAY, TWO_WAY_RANKS
from exvivo.study import Change
from exvivo.units import COEFFICIENT

FEW: CaveatCode = "few_donors_at_two_visits"
MOST_BOUNDED = 0.5
"""The share of results known only by bounds above which no coefficient is given."""
_RESULTS_EACH = 2
"""Results that a level of the design has on average where it is held."""
MANY_BOUNDED = 0.2
"""The share above which a warning stands at it."""


def ask(question: Change, evidence: Evidence) -> list[Finding]:
    """The change of every assay and analyte, or its relation to that of each scale."""
    findings: list[Finding] = []
    for assay, analyte in product(question.assays, question.analytes):
        visits = [
            evidence.sample(question, assay, analyte, visit=visit) for visit in question.visits
        ]
        blank = evidence.blank(question, visits[-1], assay, analyte)
        if not question.scales:
            findings += change(question, visits, blank, evidence.alpha)
        for name in question.scales:
            scores = [evidence.scored(name, visit) for visit in question.visits]
            scaled = replace(blank, scale=name, unit=COEFFICIENT)
            findings += change_with(question, visits, scores, scaled, evidence.alpha)
    return findings


def change(question: Change, visits: list[Sample], blank: Finding, alpha: float) -> list[Finding]:
    """The last visit less the first, within the donors of the asked group who have both; beside it
    every visit between.

    `visits` holds the donors' results at each visit of the question, in its order.
    """
    first, group, findings = visits[0], question.within, []
    for visit, sample in reversed(list(zip(question.visits[1:], visits[1:], strict=True))):
        answers = visit == question.visits[-1]
        donors, apart = told_apart(contrast.later_minus_earlier(sample, first).of(group))
        facts = {"first": question.visits[0], "last": visit, "group": group}
        blank = replace(blank, estimand=Estimand("change", facts))
        finding = of_group(donors, group, blank, answers=answers)
        if answers:
            lost = _lost(len(first.of(group).donors), len(donors.donors))
            finding = warned(finding, *apart, *lost)
        findings += mean_contrast(finding, donors, group, alpha)
    return findings


def change_with(
    question: Change,
    visits: list[Sample],
    scores: Sequence[Scores],
    blank: Finding,
    alpha: float,
) -> list[Finding]:
    """Whether the scale of `blank` changes with the result, within the donors of the asked group.

    What differs between donors for good, and what all donors share at a visit, takes no part
    (`repeated`); with two visits the coefficient is that of the changes. With more, each visit's
    result with the next visit's score stands beside (what came first came first, and may still
    share its cause).
    """
    group, two = question.within, len(question.visits) == 2
    trouble = next((sample.trouble for sample in visits if sample.trouble), None)
    code: EstimandCode = "correlation_of_changes" if two else "correlation_within_donors"
    facts = {"scale": str(blank.scale), "group": group}
    blank = replace(blank, estimand=Estimand(code, facts))
    rows = list(_rows([sample.of(group) for sample in visits], scores))
    answer = _correlated(blank, [row for row in rows if row.informative], group, alpha)
    unknown = sum(not row.informative for row in rows)
    answer = warned(answer, *warning_of("bounds_left_out", unknown))
    if answer.reason and answer.reason.code == FEW:
        answer = replace(answer, reason=trouble or answer.reason)
    return [answer, *([] if two else _lagged(replace(blank, part="beside"), rows, group, alpha))]


@dataclass(frozen=True, slots=True)
class Row:
    """A donor's result (its bounds, equal where it is known) and score, the place of the visit at
    which they are held against each other, and the weight of each level of the design in it.
    """

    donor: str
    place: int
    lower: float
    upper: float
    score: float
    levels: tuple[tuple[str, float], ...] = ()

    @property
    def informative(self) -> bool:
        """Whether the result has a value or at least one bound."""
        return bool(np.isfinite(self.lower) or np.isfinite(self.upper))

    @property
    def bounded(self) -> bool:
        """Whether the result is known only by bounds."""
        return self.lower != self.upper

    @property
    def nearest(self) -> float:
        """The value, or the bound that it lies beyond."""
        return self.upper if np.isfinite(self.upper) else self.lower


def _rows(visits: Sequence[Sample], scores: Sequence[Scores]) -> Iterator[Row]:
    """Every result with its score, visit by visit."""
    for place, (sample, given) in enumerate(zip(visits, scores, strict=True)):
        ends = zip(sample.donors, sample.lower.tolist(), sample.upper.tolist(), strict=True)
        for i, (donor, lower, upper) in enumerate(ends):
            if donor in given:
                yield Row(donor, place, lower, upper, given[donor], levels_of(sample.terms, i))


def _lagged(blank: Finding, rows: list[Row], group: str, alpha: float) -> list[Finding]:
    """Each result with the next visit's score, and each score with the next visit's result, within
    donors.
    """
    at = {(row.donor, row.place): row for row in rows}
    pairs = [(row, at[donor, k + 1]) for (donor, k), row in at.items() if (donor, k + 1) in at]
    forward = [replace(row, score=later.score) for row, later in pairs]
    backward = [replace(later, place=row.place, score=row.score) for row, later in pairs]
    codes: tuple[EstimandCode, ...] = ("result_with_next_score", "score_with_next_result")
    findings = []
    for code, lagged in zip(codes, (forward, backward), strict=True):
        finding = replace(blank, estimand=Estimand(code))
        informative = [row for row in lagged if row.informative]
        findings.append(replace(_correlated(finding, informative, group, alpha), warnings=()))
    return findings


def _correlated(blank: Finding, rows: list[Row], group: str, alpha: float) -> Finding:
    """The correlation within the donors who have several rows: by values, or by ranks where some
    results are bounds.
    """
    counts = Counter(row.donor for row in rows)
    rows = [row for row in rows if counts[row.donor] > 1]
    donors = {row.donor for row in rows}
    bounded = {row.donor for row in rows if row.bounded}
    coefficient = "spearman" if bounded else "pearson"
    facts = {**blank.estimand.facts, "coefficient": coefficient}
    estimand = replace(blank.estimand, facts=facts)
    n = (Count(group, len(donors), len(bounded)),)
    blank = replace(blank, n=n, donors=tuple(sorted(donors)), estimand=estimand)
    if len(donors) < FEWEST_SCORED:
        few = {"n": len(donors), "needed": FEWEST_SCORED}
        return not_estimable(blank, Caveat(FEW, few))
    if not bounded:
        return _checked(attempted(blank, TWO_WAY, partial(_of_values, rows, alpha)))
    share = sum(row.bounded for row in rows) / len(rows)
    if share > MOST_BOUNDED:
        return not_estimable(blank, Caveat("mostly_bounds_over_visits", {"group": group}))
    many = (Caveat("many_bounds"),) if share > MANY_BOUNDED else ()
    blank = warned(blank, Caveat("ranks_instead"), *many)
    return _checked(attempted(blank, TWO_WAY_RANKS, partial(_of_bounds, rows, alpha)))


def _checked(finding: Finding) -> Finding:
    """A coefficient with a warning where it is a perfect one."""
    perfect = abs(finding.estimate or 0.0) >= PERFECT
    return warned(finding, Caveat("perfect_correlation")) if perfect else finding


def _of_values(rows: list[Row], alpha: float) -> Estimate:
    """Pearson's r within donors; a bound in the place of a result that has no value."""
    results, scores = np.array([(row.nearest, row.score) for row in rows]).T
    return repeated(results, scores, *_labels(rows), _held(rows), alpha=alpha)


def _held(rows: list[Row]) -> Floats:
    """What the design weighs in each result (rows, levels); terms of which nearly every result has
    a level of its own are left to the rest.
    """
    names = sorted({name for row in rows for name, _ in row.levels})
    if len(names) * _RESULTS_EACH > len(rows):
        return np.empty((len(rows), 0))
    weights = (dict(row.levels) for row in rows)
    return np.array([[one.get(name, 0.0) for name in names] for one in weights])


def _strata(rows: list[Row]) -> Ints:
    """The rows with the same levels of the design, as numbers."""
    levels = list(dict.fromkeys(row.levels for row in rows))
    return np.array([levels.index(row.levels) for row in rows], dtype=np.intp)


def _of_bounds(rows: list[Row], alpha: float) -> Estimate:
    """Spearman's rho within donors, made no firmer by bounds than the values at the bounds are.

    The interval is widened to hold that of Pearson's r with every bound in the place of its result:
    a value that becomes a bound just above it never makes an answer firmer.
    """
    ranks, values = _of_ranks(rows, alpha), _of_values(rows, alpha)
    lower, upper = min(ranks.lower, values.lower), max(ranks.upper, values.upper)
    alike = (ranks.estimate or 0.0) * (values.estimate or 0.0) > 0
    return Estimate(ranks.estimate, lower, upper, max(ranks.p, values.p) if alike else 1.0)


def _of_ranks(rows: list[Row], alpha: float) -> Estimate:
    """Spearman's rho within donors, by Gehan's scores of the changes."""
    donors, places = _labels(rows)
    _, at = np.unique(donors, return_inverse=True)
    table = np.full((3, at.max() + 1, places.max() + 1), np.nan)
    table[:, at, places] = np.array([(row.lower, row.upper, row.score) for row in rows]).T
    lower, upper, score = table
    strata = np.zeros_like(lower)
    strata[at, places] = _strata(rows)
    results, scores = change_scores(lower, upper, strata), change_scores(score, score)
    held = _held(rows)
    return repeated(results[at, places], scores[at, places], donors, places, held, alpha=alpha)


def _labels(rows: list[Row]) -> tuple[Texts, Ints]:
    """The donor and the place of each row."""
    return np.array([row.donor for row in rows]), np.array([row.place for row in rows])


def told_apart(donors: Sample) -> tuple[Sample, tuple[Caveat, ...]]:
    """The changes of donors with what must be held, and a warning where the plates of the visits
    cannot be told from the change.

    Plates that controls or calibrators tie together are no term of a level. Visits whose plates are
    all their own leave nothing to hold what a plate does to stimulated wells: the change is given
    with a warning.
    """
    keys = chain(*donors.shared)
    tied = any(key.startswith(("plate:", "offset:")) for key in keys)
    terms = tuple(t for t in donors.terms if t.with_stimulus or t.name != "plate" or not tied)
    donors = replace(donors, terms=terms)
    levels = replace(donors, terms=tuple(term for term in terms if not term.with_stimulus))
    if not contrast.confounded_mean(donors) or contrast.confounded_mean(levels):
        return donors, ()
    return levels, (Caveat("visits_on_plates_of_their_own"),)


def _lost(began: int, stayed: int) -> tuple[Caveat, ...]:
    """A warning where donors of the first visit have no result at the last: who stays away need not
    be like who comes.
    """
    facts = {"lost": began - stayed, "began": began}
    return (Caveat("donors_lost", facts),) if began > stayed else ()
