"""Does a result change within donors from the first visit asked to the last?

Each donor is compared with itself, so what differs between donors for good cancels. A change over
time is not the effect of what happened in between: season, assay and expectation change as well,
and a group that started high tends to fall back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from exvivo.compare.asks import contrast
from exvivo.compare.asks.association import FEWEST as FEWEST_SCORED
from exvivo.compare.asks.effect import filled
from exvivo.compare.finding import CORRELATION, LOG2_FOLD, Finding
from exvivo.compare.methods.correlation import correlation
from exvivo.compare.methods.repeated_correlation import repeated
from exvivo.compare.sample import Sample
from exvivo.study import Change, Scale, Study

CHANGES = "Pearson's r of the changes from the first visit to the second, interval by Fisher's z (doi 10.2307/2331838)"
REPEATED = "Pearson's r within donors, repeated measures correlation (doi 10.1136/bmj.310.6977.446)"


def change(
    question: Change, visits: list[Sample], blank: Finding, *, study: Study
) -> list[Finding]:
    """The last visit less the first, within the donors of the asked group who have both; beside it
    every visit between.

    `visits` holds the donors' results at each visit of the question, in its order.
    """
    first, rest = visits[0], list(zip(question.visits[1:], visits[1:], strict=True))
    name = study.name_of(question.within)
    found = []
    for visit, sample in reversed(rest):
        held = contrast.minus(sample, first)
        mine = held.only(np.asarray(held.groups == question.within))
        answer = visit == question.visits[-1]
        finding = replace(
            blank,
            part="answer" if answer else "beside",
            unit=LOG2_FOLD,
            n=mine.counts([question.within]),
            warnings=list(held.warnings) + _lost(mine, visits, question) if answer else [],
            estimand=f"log2 change from visit {question.visits[0]} to visit {visit} within {name}",
        )
        if not question.stimulus and _by_plates(first, sample, question):
            mine = replace(mine, trouble=mine.trouble or _APART)
        found += filled(finding, mine, {question.within: name}, study)
    return found


def change_with(
    question: Change,
    visits: list[Sample],
    scores: Sequence[Mapping[str, float]],
    scale: Scale,
    blank: Finding,
    *,
    study: Study,
) -> list[Finding]:
    """Whether a scale changes with the result, within the donors of the asked group.

    With two visits the change of the one is correlated with that of the other; with more, results
    and scores are correlated within donors (`repeated`), and each visit's result with the next
    visit's score stands beside (what came first came first, and may still share its cause). What
    differs between donors for good takes no part in either.
    """
    name = study.name_of(question.within)
    blank = replace(blank, unit=CORRELATION, scale=scale.id, warnings=[])
    rows = _long(question, visits, scores)
    donors = np.array([row[0] for row in rows])
    n = [{"group": question.within, "n": len(set(donors.tolist())), "undetected": 0}]
    two = len(question.visits) == 2
    estimand = (
        f"Pearson's r of the change with that of {study.name_of(scale.id)} within {name}"
        if two
        else f"Pearson's r with {study.name_of(scale.id)} within donors of {name}"
    )
    blank = replace(blank, n=n, estimand=estimand)
    bounded = sum(
        int(s.only(np.asarray(s.groups == question.within)).undetected.sum()) for s in visits
    )
    warnings = [f"{bounded} results known only by bounds take no part"] if bounded else []
    answer = _correlated(replace(blank, warnings=warnings), rows, two=two, study=study)
    return [answer, *([] if two else _lagged(replace(blank, part="beside"), rows, question, study))]


Row = tuple[str, int, float, float]
"""A donor, the place of a visit, and the result and the score there."""


def _long(
    question: Change, visits: list[Sample], scores: Sequence[Mapping[str, float]]
) -> list[Row]:
    """Every known result of the group with its score; for two visits only donors with both."""
    rows = []
    for place, (sample, given) in enumerate(zip(visits, scores, strict=True)):
        for donor, group, low, high in zip(
            sample.donors, sample.groups, sample.lower, sample.upper, strict=True
        ):
            if group == question.within and low == high and donor in given:
                rows.append((donor, place, float(low), float(given[donor])))
    several = {d for d in {row[0] for row in rows} if sum(row[0] == d for row in rows) > 1}
    return [row for row in rows if row[0] in several]


def _correlated(finding: Finding, rows: list[Row], *, two: bool, study: Study) -> Finding:
    donors = sorted({row[0] for row in rows})
    if len(donors) < FEWEST_SCORED:
        reason = f"{len(donors)} donors with a result and a score at two visits; at least {FEWEST_SCORED} are needed"
        return replace(finding, method="none: not estimable", reason=reason)
    alpha = study.plan.alpha
    x, y = (np.array([row[i] for row in rows]) for i in (2, 3))
    try:
        if two:
            first, last = ({d: (a, b) for d, at, a, b in rows if at == place} for place in (0, 1))
            changes = np.array([np.subtract(last[d], first[d]) for d in donors])
            if np.ptp(changes, axis=0).min() < 1e-12:
                raise ValueError("every donor changed alike")
            found, method = correlation(*changes.T, alpha=alpha, method="pearson"), CHANGES
        else:
            found, method = (
                repeated(x, y, np.array([row[0] for row in rows]), alpha=alpha),
                REPEATED,
            )
    except ValueError as error:
        return replace(finding, method="none: not estimable", reason=str(error))
    return replace(
        finding,
        method=method,
        estimate=found.estimate,
        lower=found.lower,
        upper=found.upper,
        p=found.p,
    )


def _lagged(blank: Finding, rows: list[Row], question: Change, study: Study) -> list[Finding]:
    """Each result with the next visit's score, and each score with the next visit's result, within
    donors.
    """
    at = {(donor, place): (x, y) for donor, place, x, y in rows}
    pairs = [(d, at[d, k], at[d, k + 1]) for d, k in at if (d, k + 1) in at]
    found = []
    for words, (x, y) in (
        (
            "each result with the next visit's score",
            ([a[0] for _, a, _ in pairs], [b[1] for _, _, b in pairs]),
        ),
        (
            "each score with the next visit's result",
            ([a[1] for _, a, _ in pairs], [b[0] for _, _, b in pairs]),
        ),
    ):
        finding = replace(blank, estimand=f"Pearson's r within donors, {words}", method=REPEATED)
        try:
            estimate = repeated(
                np.array(x), np.array(y), np.array([p[0] for p in pairs]), alpha=study.plan.alpha
            )
        except ValueError as error:
            found.append(replace(finding, method="none: not estimable", reason=str(error)))
            continue
        found.append(
            replace(
                finding,
                estimate=estimate.estimate,
                lower=estimate.lower,
                upper=estimate.upper,
                p=estimate.p,
            )
        )
    return found


_APART = "visit confounded with plate: no plate holds both visits, and no control or calibrator ties the plates together"


def _by_plates(first: Sample, last: Sample, question: Change) -> bool:
    """Whether levels of the two visits were measured on plates of their own that nothing ties
    together.
    """
    sides = [s.only(np.asarray(s.groups == question.within)) for s in (first, last)]
    plates = [{plate for own in s.plates for plate in own} for s in sides]
    tied = any(
        key.startswith(("plate:", "offset:")) for s in sides for own in s.shared for key in own
    )
    return bool(plates[0] and plates[1]) and not plates[0] & plates[1] and not tied


def _lost(held: Sample, visits: list[Sample], question: Change) -> list[str]:
    """A warning where donors of the first visit have no result at the last: who stays away need not
    be like who comes.
    """
    began = int(np.sum(visits[0].groups == question.within))
    lost = began - len(held.donors)
    return (
        [f"{lost} of {began} donors of the first visit have no result at the last"]
        if lost > 0
        else []
    )
