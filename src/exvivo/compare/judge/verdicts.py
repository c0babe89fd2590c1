"""From p values and intervals to the four verdicts, corrected over each declared family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import comb, prod

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats, Texts
from exvivo.compare.estimate import warned
from exvivo.compare.judge.benjamini_hochberg import false_discovery
from exvivo.compare.judge.holm import holm
from exvivo.compare.judge.maxt import max_t
from exvivo.findings import Caveat, Finding
from exvivo.study import Study, groups_of
from exvivo.units import LOG2_FOLD

FEWEST_REARRANGEMENTS = 1000
"""Rearrangements of the donors from which their p values are small enough to correct by."""
_SPREADS = 1.5
"""Standard deviations of two groups of unequal size may differ by this factor before rearranging
donors fails its level.
"""
Donors = Mapping[str, tuple[str, float]]
"""Group and result of every donor of an answer whose donors are all detected."""
DonorsOf = Mapping[tuple[str, str, str], Donors]
"""Those of several answers, by question, assay and analyte."""
_MISSING = ("", np.nan)
"""What stands for a donor without a result."""


def permuted_together(
    answers: Sequence[Finding], donors: Sequence[Donors | None], *, study: Study
) -> list[float] | None:
    """The p values of a family of differences by max T, where it holds its level: every donor's
    result known, the same two groups, of like spread or size, no errors that donors share, and
    enough rearrangements for small p values. None elsewhere. No p value is lower than the answer's
    own.

    Donors change groups within their batch where cultures.csv gives each donor one batch.
    """
    asked = {answer.question for answer in answers}
    pairs = {groups_of(question) for question in study.questions if question.id in asked}
    tables = [results for results in donors if results is not None]
    if len(answers) < 2 or len(pairs) != 1 or len(tables) < len(donors):
        return None
    (first, _), *_ = pairs
    if not study.plan.permutations or not all(_alike(table, first) for table in tables):
        return None
    adjusted = _by_max_t(tables, first, study)
    if adjusted is None or np.isnan(adjusted).any():
        return None
    own = (answer.p or 0.0 for answer in answers)
    return [max(p, least) for p, least in zip(adjusted.tolist(), own, strict=True)]


def _by_max_t(tables: Sequence[Donors], first: str, study: Study) -> Floats | None:
    """The p values of max T; None where there are too few rearrangements."""
    group_of: dict[str, str] = {}
    for table in tables:
        for donor, (group, _) in table.items():
            group_of.setdefault(donor, group)
    donors = list(group_of)
    in_first = np.array([group == first for group in group_of.values()])
    strata = batches(donors, study)
    if _rearrangements(in_first, strata) < FEWEST_REARRANGEMENTS:
        return None
    values, plan = _results(donors, tables), study.plan
    return max_t(values, in_first, number=plan.permutations, seed=plan.seed, strata=strata).adjusted


def _results(donors: Sequence[str], tables: Sequence[Donors]) -> Floats:
    """The results (donors, analytes), NaN where a donor has none."""
    rows = []
    for donor in donors:
        rows.append([table.get(donor, _MISSING)[1] for table in tables])
    return np.array(rows, dtype=np.float64)


def _alike(table: Donors, first: str) -> bool:
    """Whether two groups may be rearranged: of one size, or of like spread."""
    groups: dict[bool, list[float]] = {True: [], False: []}
    for group, value in table.values():
        groups[group == first].append(value)
    x, y = groups.values()
    return min(len(x), len(y)) > 1 and (len(x) == len(y) or _like_spread(x, y))


def _like_spread(x: list[float], y: list[float]) -> bool:
    """Whether two groups have standard deviations of like size."""
    narrow, wide = sorted((float(np.std(x, ddof=1)), float(np.std(y, ddof=1))))
    return wide <= _SPREADS * max(narrow, 1e-12)


def batches(donors: Sequence[str], study: Study) -> Texts | None:
    """The batch of each donor, where cultures.csv gives every one of them one; else None."""
    if study.cultures.is_empty():
        return None
    named = study.cultures.filter(pl.col("donor").is_in(list(donors)) & (pl.col("batch") != ""))
    pairs = set(named.select("donor", "batch").iter_rows())
    batch_of = dict(pairs)
    if len(pairs) > len(batch_of) or len(batch_of) < len(donors):
        return None
    return np.array([batch_of[donor] for donor in donors])


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
    donors: DonorsOf | None = None,
) -> list[Finding]:
    """The findings with the p values of each family's answers corrected together, and a verdict for
    every answer.

    By max T where `donors` has the results of every answer of a family of differences (by question,
    assay and analyte), else by Holm's method; by Benjamini and Hochberg's in a family that was
    declared a screen.

    An answer that could not be estimated takes no part in the correction: it can never be claimed.
    """
    adjusted = _adjusted(findings, donors or {}, study)
    margins = {question.id: getattr(question, "margin", None) for question in study.questions}
    verdicts = []
    for i, finding in enumerate(findings):
        corrected = replace(finding, p_adjusted=adjusted.get(i))
        margin = margins.get(finding.question)
        verdicts.append(_with_verdict(corrected, margin, alpha=study.plan.alpha))
    return verdicts


def _adjusted(findings: Sequence[Finding], donors: DonorsOf, study: Study) -> dict[int, float]:
    """The corrected p value of every answer that has one, by its place among the findings."""
    families: dict[str, dict[int, Finding]] = {}
    for i, finding in enumerate(findings):
        if finding.part == "answer" and finding.p is not None:
            families.setdefault(finding.family, {})[i] = finding
    screens = {q.family or q.id for q in study.questions if getattr(q, "screen", False)}
    adjusted: dict[int, float] = {}
    for family, answers in families.items():
        corrected = _corrected(list(answers.values()), donors, family in screens, study)
        adjusted |= dict(zip(answers, corrected, strict=True))
    return adjusted


def _corrected(
    answers: Sequence[Finding], donors: DonorsOf, screen: bool, study: Study
) -> list[float]:
    """The corrected p values of the answers of one family."""
    p = [answer.p or 0.0 for answer in answers]
    if screen:
        return false_discovery(p)
    tables = [_table_of(answer, donors) for answer in answers]
    return permuted_together(answers, tables, study=study) or holm(p)


def _table_of(answer: Finding, donors: DonorsOf) -> Donors | None:
    """The results of the donors of an answer, where they may be rearranged."""
    if answer.ask != "difference":
        return None
    return donors.get((answer.question, answer.assay, answer.analyte))


def _with_verdict(finding: Finding, margin: float | None, *, alpha: float) -> Finding:
    """The verdict of an answer: `supported` needs both the interval and the corrected p value to
    say so.
    """
    if finding.part != "answer":
        return finding
    if finding.p_adjusted is None or finding.lower is None or finding.upper is None:
        return replace(finding, verdict="not estimable")
    apart = finding.excludes_null and finding.p_adjusted <= alpha
    if margin is None or not _inside(finding, margin):
        return replace(finding, verdict="supported" if apart else "not resolved")
    if not apart:
        return replace(finding, verdict="equivalent")
    small = Caveat("smaller_than_margin", {"margin": margin})
    return replace(warned(finding, small), verdict="supported")


def _inside(finding: Finding, margin: float) -> bool:
    """Whether the interval of a fold lies within the margin on both sides."""
    if finding.lower is None or finding.upper is None or finding.unit is not LOG2_FOLD:
        return False
    return -margin < finding.lower and finding.upper < margin
