"""From p values and intervals to the four verdicts, corrected over each declared family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import comb, prod

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats, Texts
from exvivo.compare.design import sides_of
from exvivo.compare.judge.benjamini_hochberg import false_discovery
from exvivo.compare.judge.holm import holm
from exvivo.compare.judge.maxt import max_t
from exvivo.compare.methods.welch import shared_variance
from exvivo.compare.sample import Sample
from exvivo.findings import Caveat, Finding, Verdict
from exvivo.study import Study, groups_of
from exvivo.units import LOG2_FOLD

FEWEST_REARRANGEMENTS = 1000
"""Rearrangements of the donors from which their p values are small enough to correct by."""
_SPREADS = 1.5
"""Standard deviations of two groups of unequal size may differ by this factor before rearranging
donors fails its level.
"""
_SHARED = 0.01
"""The share of a difference's variance that errors shared by donors may make before rearranging
donors forgets too much.
"""
Donors = Mapping[str, tuple[str, float]]
"""Group and result of every donor of an answer whose donors are all detected."""


def permuted_together(
    answers: Sequence[Finding], donors: Sequence[Donors | None], *, study: Study
) -> list[float] | None:
    """The p values of a family of differences by max T, where it holds its level: every donor's
    result known, the same two groups, of like spread or size, no errors that donors share, and
    enough rearrangements for small p values. None elsewhere. No p value is lower than the answer's
    own.

    Donors change groups within their batch where cultures.csv gives each donor one batch.
    """
    groups = {question.id: groups_of(question) for question in study.questions}
    pairs = {groups[answer.question] for answer in answers}
    tables = [results for results in donors if results is not None]
    if len(answers) < 2 or len(pairs) != 1 or len(tables) < len(donors):
        return None
    (pair,) = pairs
    if not study.plan.permutations or not all(_alike(table, pair[0]) for table in tables):
        return None
    group_of = {donor: group for table in tables for donor, (group, _) in table.items()}
    people = list(dict.fromkeys(donor for table in tables for donor in table))
    first = np.array([group_of[donor] == pair[0] for donor in people])
    strata = batches(people, study)
    if _rearrangements(first, strata) < FEWEST_REARRANGEMENTS:
        return None
    family = max_t(
        _results(people, tables),
        first,
        number=study.plan.permutations,
        seed=study.plan.seed,
        strata=strata,
    )
    if np.isnan(family.adjusted).any():
        return None
    own = (answer.p or 0.0 for answer in answers)
    return [max(float(p), least) for p, least in zip(family.adjusted, own, strict=True)]


def _results(people: Sequence[str], tables: Sequence[Donors]) -> Floats:
    """The results (donors, analytes), NaN where a donor has none."""
    missing = ("", np.nan)
    columns = [[table.get(donor, missing)[1] for donor in people] for table in tables]
    return np.array(columns, dtype=np.float64).T


def _alike(table: Donors, first: str) -> bool:
    """Whether two groups may be rearranged: of one size, or of like spread."""
    x = np.array([value for group, value in table.values() if group == first])
    y = np.array([value for group, value in table.values() if group != first])
    if min(len(x), len(y)) < 2:
        return False
    spreads = sorted((float(x.std(ddof=1)), float(y.std(ddof=1))))
    return len(x) == len(y) or spreads[1] <= _SPREADS * max(spreads[0], 1e-12)


def answer_shares(sample: Sample, groups: tuple[str, ...]) -> bool:
    """Whether errors that donors share (plates, curves, efficiencies) count in a difference:
    rearranged donors do not know them.
    """
    x, y = sides_of(sample, groups)
    own = x.lower.var(ddof=1) / len(x.lower) + y.lower.var(ddof=1) / len(y.lower)
    return bool(shared_variance(x, y) > _SHARED * own)


def batches(people: Sequence[str], study: Study) -> Texts | None:
    """The batch of each donor, where cultures.csv gives every one of them one; else None."""
    if study.cultures.is_empty():
        return None
    named = study.cultures.filter(pl.col("donor").is_in(list(people)) & (pl.col("batch") != ""))
    each = named.group_by("donor", maintain_order=True).agg(pl.col("batch").unique())
    one = {donor: batch[0] for donor, batch in each.iter_rows() if len(batch) == 1}
    return np.array([one[donor] for donor in people]) if set(one) == set(people) else None


def _rearrangements(first: Bools, strata: Texts | None) -> int:
    """In how many ways donors may change groups within their strata."""
    if strata is None:
        return comb(len(first), int(first.sum()))
    marks = (first[strata == stratum] for stratum in np.unique(strata))
    return prod(comb(len(stratum), int(stratum.sum())) for stratum in marks)


def judged(
    findings: Sequence[Finding],
    *,
    study: Study,
    donors: Mapping[tuple[str, str, str], Donors] | None = None,
) -> list[Finding]:
    """The findings with the p values of each family's answers corrected together, and a verdict for
    every answer.

    By max T where `donors` has the results of every answer of a family of differences (by question,
    assay and analyte), else by Holm's method; by Benjamini and Hochberg's in a family that was
    declared a screen.

    An answer that could not be estimated takes no part in the correction: it can never be claimed.
    """
    adjusted: dict[int, float] = {}
    screens = {q.family or q.id for q in study.questions if getattr(q, "screen", False)}
    for family in dict.fromkeys(finding.family for finding in findings):
        answers = {
            i: finding
            for i, finding in enumerate(findings)
            if (finding.family, finding.part) == (family, "answer") and finding.p is not None
        }
        corrected = _corrected(list(answers.values()), donors or {}, family in screens, study)
        adjusted |= dict(zip(answers, corrected, strict=True))
    margins = {question.id: getattr(question, "margin", None) for question in study.questions}
    return [
        _with_verdict(
            replace(finding, p_adjusted=adjusted.get(i)),
            margins.get(finding.question),
            alpha=study.plan.alpha,
        )
        for i, finding in enumerate(findings)
    ]


def _corrected(
    answers: Sequence[Finding],
    donors: Mapping[tuple[str, str, str], Donors],
    screen: bool,
    study: Study,
) -> list[float]:
    """The corrected p values of the answers of one family."""
    p = [answer.p for answer in answers if answer.p is not None]
    if screen:
        return false_discovery(p)
    known = [
        donors.get((answer.question, answer.assay, answer.analyte))
        if answer.ask == "difference"
        else None
        for answer in answers
    ]
    return permuted_together(answers, known, study=study) or holm(p)


def _with_verdict(finding: Finding, margin: float | None, *, alpha: float) -> Finding:
    """The verdict of an answer: `supported` needs both the interval and the corrected p value to
    say so.
    """
    if finding.part != "answer":
        return finding
    if finding.p_adjusted is None or finding.lower is None or finding.upper is None:
        return replace(finding, verdict="not estimable")
    apart = finding.excludes_null and finding.p_adjusted <= alpha
    inside = (
        margin is not None
        and finding.unit is LOG2_FOLD
        and -margin < finding.lower
        and finding.upper < margin
    )
    if apart and inside and margin is not None:
        small = Caveat("smaller_than_margin", {"margin": margin})
        finding = replace(finding, warnings=(*finding.warnings, small))
    verdict: Verdict = "supported" if apart else "equivalent" if inside else "not resolved"
    return replace(finding, verdict=verdict)
