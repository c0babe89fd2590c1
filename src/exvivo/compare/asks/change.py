"""Does a result change within donors from the first visit asked to the last?

Each donor is compared with itself, so what differs between donors for good cancels. A change over
time is not the effect of what happened in between: season, assay and expectation change as well,
and a group that started high tends to fall back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, product
from typing import NamedTuple

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.asks import contrast
from exvivo.compare.asks.effect import mean_contrast, of_group
from exvivo.compare.design import FEWEST_SCORED
from exvivo.compare.estimate import (
    Estimate,
    NotEstimable,
    attempted,
    not_estimable,
    warned,
    warning_of,
)
from exvivo.compare.evidence import Evidence, Scores
from exvivo.compare.methods.correlation import correlation
from exvivo.compare.methods.repeated_correlation import repeated
from exvivo.compare.sample import Sample
from exvivo.findings import Caveat, Count, Estimand, EstimandCode, Finding
from exvivo.methods import CHANGES, REPEATED
from exvivo.study import Change
from exvivo.units import COEFFICIENT

APART = Caveat("visit_confounded_with_plate")


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
        donors, answers = contrast.minus(sample, first).of(group), visit == question.visits[-1]
        facts = {"first": question.visits[0], "last": visit, "group": group}
        blank = replace(blank, estimand=Estimand("change", facts))
        finding = of_group(donors, group, blank, answers=answers)
        if answers:
            finding = warned(finding, *_lost(len(first.of(group).donors), len(donors.donors)))
        if not question.stimulus and _on_plates_of_their_own(first, sample, group):
            donors = replace(donors, trouble=donors.trouble or APART)
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

    With two visits the change of the one is correlated with that of the other; with more, results
    and scores are correlated within donors (`repeated`), and each visit's result with the next
    visit's score stands beside (what came first came first, and may still share its cause). What
    differs between donors for good takes no part in either.
    """
    group, two = question.within, len(question.visits) == 2
    asked = [sample.of(group) for sample in visits]
    rows = _repeated(list(_rows(asked, scores)))
    blank = replace(
        blank,
        n=(Count(group, len({row.donor for row in rows})),),
        estimand=Estimand(
            "correlation_of_changes" if two else "correlation_within_donors",
            {"scale": str(blank.scale), "group": group},
        ),
    )
    bounded = sum(int(sample.undetected.sum()) for sample in asked)
    answer = _correlated(blank, rows, two=two, alpha=alpha)
    answer = replace(answer, warnings=warning_of("bounds_left_out", bounded))
    return [answer, *([] if two else _lagged(replace(blank, part="beside"), rows, alpha))]


class Row(NamedTuple):
    """A donor, the place of a visit, and the result and the score there."""

    donor: str
    place: int
    result: float
    score: float


def _rows(visits: Sequence[Sample], scores: Sequence[Scores]) -> Iterator[Row]:
    """Every detected result with its score, visit by visit."""
    for place, (sample, given) in enumerate(zip(visits, scores, strict=True)):
        detected = sample.only(~sample.undetected)
        for donor, result in zip(detected.donors, detected.lower.tolist(), strict=True):
            if donor in given:
                yield Row(donor, place, result, given[donor])


def _repeated(rows: list[Row]) -> list[Row]:
    """The rows of donors who have several."""
    counts = Counter(row.donor for row in rows)
    return [row for row in rows if counts[row.donor] > 1]


def _correlated(blank: Finding, rows: list[Row], *, two: bool, alpha: float) -> Finding:
    """The correlation of the changes (two visits), or within donors (more)."""
    n = len({row.donor for row in rows})
    if n < FEWEST_SCORED:
        few = {"n": n, "needed": FEWEST_SCORED}
        return not_estimable(blank, Caveat("few_donors_at_two_visits", few))
    if two:
        return attempted(blank, CHANGES, partial(_of_changes, rows, alpha))
    return attempted(blank, REPEATED, partial(_within_donors, [(row, row) for row in rows], alpha))


def _of_changes(rows: list[Row], alpha: float) -> Estimate:
    """Pearson's r of the donors' changes from the first visit to the second."""
    first, last = (_numbers_at(place, rows) for place in (0, 1))
    changes = np.array([np.subtract(last[donor], first[donor]) for donor in sorted(first)])
    if np.ptp(changes, axis=0).min() < 1e-12:
        raise NotEstimable(Caveat("changed_alike"))
    return correlation(*changes.T, alpha=alpha, method="pearson")


def _numbers_at(place: int, rows: list[Row]) -> dict[str, tuple[float, float]]:
    """Each donor's result and score at a visit."""
    return {row.donor: (row.result, row.score) for row in rows if row.place == place}


def _within_donors(pairs: Sequence[tuple[Row, Row]], alpha: float) -> Estimate:
    """The correlation within donors of the result of a first row with the score of a second."""
    donors = np.array([row.donor for row, _ in pairs])
    x: Floats = np.array([row.result for row, _ in pairs])
    y: Floats = np.array([row.score for _, row in pairs])
    return repeated(x, y, donors, alpha=alpha)


def _lagged(blank: Finding, rows: list[Row], alpha: float) -> list[Finding]:
    """Each result with the next visit's score, and each score with the next visit's result, within
    donors.
    """
    at = {(row.donor, row.place): row for row in rows}
    pairs = [(row, at[donor, k + 1]) for (donor, k), row in at.items() if (donor, k + 1) in at]
    backward = [(later, earlier) for earlier, later in pairs]
    codes: tuple[EstimandCode, ...] = ("result_with_next_score", "score_with_next_result")
    findings = []
    for code, lagged in zip(codes, (pairs, backward), strict=True):
        finding = replace(blank, estimand=Estimand(code))
        findings.append(attempted(finding, REPEATED, partial(_within_donors, lagged, alpha)))
    return findings


def _on_plates_of_their_own(first: Sample, last: Sample, group: str) -> bool:
    """Whether levels of the two visits were measured on plates of their own that nothing ties
    together.
    """
    sides = [sample.of(group) for sample in (first, last)]
    before, after = (set(chain(*side.plates)) for side in sides)
    errors = chain(*sides[0].shared, *sides[1].shared)
    tied = any(key.startswith(("plate:", "offset:")) for key in errors)
    return bool(before and after) and not before & after and not tied


def _lost(began: int, stayed: int) -> tuple[Caveat, ...]:
    """A warning where donors of the first visit have no result at the last: who stays away need not
    be like who comes.
    """
    facts = {"lost": began - stayed, "began": began}
    return (Caveat("donors_lost", facts),) if began > stayed else ()
