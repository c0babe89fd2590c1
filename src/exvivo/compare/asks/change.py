"""Does a result change within donors from the first visit asked to the last?

Each donor is compared with itself, so what differs between donors for good cancels. A change over
time is not the effect of what happened in between: season, assay and expectation change as well,
and a group that started high tends to fall back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.asks import contrast
from exvivo.compare.asks.effect import mean_contrast
from exvivo.compare.design import FEWEST_SCORED
from exvivo.compare.estimate import Estimate, NotEstimable, filled, not_estimable
from exvivo.compare.evidence import Evidence, Scores
from exvivo.compare.methods.correlation import correlation
from exvivo.compare.methods.repeated_correlation import repeated
from exvivo.compare.sample import Sample
from exvivo.findings import Caveat, Count, Estimand, Finding
from exvivo.methods import CHANGES, REPEATED
from exvivo.study import Change
from exvivo.units import COEFFICIENT

APART = Caveat("visit_confounded_with_plate")


def ask(question: Change, evidence: Evidence) -> list[Finding]:
    """The change of every assay and analyte, or its relation to that of each scale."""
    findings: list[Finding] = []
    for assay in question.assays:
        for analyte in question.analytes:
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
    first, group = visits[0], question.within
    findings = []
    for visit, sample in reversed(list(zip(question.visits[1:], visits[1:], strict=True))):
        both = contrast.minus(sample, first)
        donors = both.only(np.asarray(both.groups == group))
        answers = visit == question.visits[-1]
        ends = {"first": question.visits[0], "last": visit, "group": group}
        finding = replace(
            blank,
            part="answer" if answers else "beside",
            n=donors.counts([group]),
            warnings=(*both.warnings, *_lost(donors, first, group)) if answers else (),
            estimand=Estimand("change", ends),
        )
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
    rows = _rows(group, visits, scores)
    blank = replace(
        blank,
        n=(Count(group, len({row.donor for row in rows})),),
        estimand=Estimand(
            "correlation_of_changes" if two else "correlation_within_donors",
            {"scale": str(blank.scale), "group": group},
        ),
    )
    bounded = sum(int(sample.undetected[sample.groups == group].sum()) for sample in visits)
    warnings = (Caveat("bounds_left_out", {"n": bounded}),) if bounded else ()
    answer = _correlated(replace(blank, warnings=warnings), rows, two=two, alpha=alpha)
    return [answer, *([] if two else _lagged(replace(blank, part="beside"), rows, alpha))]


class Row(NamedTuple):
    """A donor, the place of a visit, and the result and the score there."""

    donor: str
    place: int
    result: float
    score: float


def _rows(group: str, visits: list[Sample], scores: Sequence[Scores]) -> list[Row]:
    """Every known result of the group with its score, of donors who have several."""
    rows = []
    for place, (sample, given) in enumerate(zip(visits, scores, strict=True)):
        asked = ~sample.undetected & (sample.groups == group)
        for donor, result in zip(sample.donors, np.where(asked, sample.lower, np.nan), strict=True):
            if donor in given and not np.isnan(result):
                rows.append(Row(donor, place, float(result), float(given[donor])))
    donors = [row.donor for row in rows]
    return [row for row in rows if donors.count(row.donor) > 1]


def _correlated(blank: Finding, rows: list[Row], *, two: bool, alpha: float) -> Finding:
    """The correlation of the changes (two visits), or within donors (more)."""
    donors = sorted({row.donor for row in rows})
    if len(donors) < FEWEST_SCORED:
        few = {"n": len(donors), "needed": FEWEST_SCORED}
        return not_estimable(blank, Caveat("few_donors_at_two_visits", few))
    try:
        if two:
            return filled(blank, CHANGES, _of_changes(donors, rows, alpha))
        pairs = [(row.donor, row.result, row.score) for row in rows]
        return filled(blank, REPEATED, _within_donors(pairs, alpha))
    except NotEstimable as error:
        return not_estimable(blank, error.caveat)


def _of_changes(donors: list[str], rows: list[Row], alpha: float) -> Estimate:
    """Pearson's r of the donors' changes from the first visit to the second."""
    first, last = (
        {row.donor: (row.result, row.score) for row in rows if row.place == place}
        for place in (0, 1)
    )
    changes = np.array([np.subtract(last[donor], first[donor]) for donor in donors])
    if np.ptp(changes, axis=0).min() < 1e-12:
        raise NotEstimable(Caveat("changed_alike"))
    return correlation(*changes.T, alpha=alpha, method="pearson")


def _within_donors(pairs: Sequence[tuple[str, float, float]], alpha: float) -> Estimate:
    """The correlation within donors of pairs (donor, x, y)."""
    donors = np.array([pair[0] for pair in pairs])
    x: Floats = np.array([pair[1] for pair in pairs])
    y: Floats = np.array([pair[2] for pair in pairs])
    return repeated(x, y, donors, alpha=alpha)


def _lagged(blank: Finding, rows: list[Row], alpha: float) -> list[Finding]:
    """Each result with the next visit's score, and each score with the next visit's result, within
    donors.
    """
    at = {(row.donor, row.place): row for row in rows}
    pairs = [(row, at[donor, k + 1]) for (donor, k), row in at.items() if (donor, k + 1) in at]
    forward = [(a.donor, a.result, b.score) for a, b in pairs]
    backward = [(a.donor, a.score, b.result) for a, b in pairs]
    findings = []
    for estimand, lagged in (
        (Estimand("result_with_next_score"), forward),
        (Estimand("score_with_next_result"), backward),
    ):
        finding = replace(blank, estimand=estimand)
        try:
            findings.append(filled(finding, REPEATED, _within_donors(lagged, alpha)))
        except NotEstimable as error:
            findings.append(not_estimable(finding, error.caveat))
    return findings


def _on_plates_of_their_own(first: Sample, last: Sample, group: str) -> bool:
    """Whether levels of the two visits were measured on plates of their own that nothing ties
    together.
    """
    sides = [sample.only(np.asarray(sample.groups == group)) for sample in (first, last)]
    before, after = ({plate for own in side.plates for plate in own} for side in sides)
    keys = (key for side in sides for own in side.shared for key in own)
    tied = any(key.startswith(("plate:", "offset:")) for key in keys)
    return bool(before and after) and not before & after and not tied


def _lost(donors: Sample, first: Sample, group: str) -> tuple[Caveat, ...]:
    """A warning where donors of the first visit have no result at the last: who stays away need not
    be like who comes.
    """
    began = int(np.sum(first.groups == group))
    lost = began - len(donors.donors)
    return (Caveat("donors_lost", {"lost": lost, "began": began}),) if lost > 0 else ()
