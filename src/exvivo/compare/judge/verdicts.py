"""From p values and intervals to the four verdicts, corrected over each declared family."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import comb, prod

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Texts
from exvivo.compare.finding import LOG2_FOLD, Finding
from exvivo.compare.judge.benjamini_hochberg import false_discovery
from exvivo.compare.judge.holm import holm
from exvivo.compare.judge.maxt import max_t
from exvivo.compare.methods.welch import shared_variance
from exvivo.compare.sample import Sample
from exvivo.study import Study, groups_of

ENOUGH = 1000
"""Rearrangements of the donors from which their p values are small enough to correct by."""


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
    if (
        len(answers) < 2
        or len(pairs) != 1
        or not study.plan.permutations
        or any(known is None for known in donors)
    ):
        return None
    first, _ = next(iter(pairs))
    tables = [known for known in donors if known is not None]
    people = list(dict.fromkeys(donor for table in tables for donor in table))
    whose = {donor: group for table in tables for donor, (group, _) in table.items()}
    mine = np.array([whose[donor] == first for donor in people])
    strata = batches(people, study)
    if _rearrangements(mine, strata) < ENOUGH:
        return None
    if not all(
        _alike(
            [value for group, value in table.values() if (group == first) is side]
            for side in (True, False)
        )
        for table in tables
    ):
        return None
    values = np.array(
        [[table[donor][1] if donor in table else np.nan for table in tables] for donor in people]
    )
    found = max_t(values, mine, number=study.plan.permutations, seed=study.plan.seed, strata=strata)
    if np.isnan(found.adjusted).any():
        return None
    return [
        max(float(p), answer.p or 0.0) for p, answer in zip(found.adjusted, answers, strict=True)
    ]


_SPREADS = 1.5
"""Standard deviations of two groups of unequal size may differ by this factor before rearranging
donors fails its level.
"""
_SHARED = 0.01
"""The share of a difference's variance that errors shared by donors may make before rearranging
donors forgets too much.
"""


def _alike(groups: Iterable[list[float]]) -> bool:
    """Whether two groups may be rearranged: of one size, or of like spread."""
    x, y = (np.array(values) for values in groups)
    if min(len(x), len(y)) < 2:
        return False
    spreads = sorted((float(x.std(ddof=1)), float(y.std(ddof=1))))
    return len(x) == len(y) or spreads[1] <= _SPREADS * max(spreads[0], 1e-12)


def answer_shares(sample: Sample, groups: tuple[str, ...]) -> bool:
    """Whether errors that donors share (plates, curves, efficiencies) count in a difference:
    rearranged donors do not know them.
    """
    x, y = (sample.only(np.asarray(sample.groups == group)) for group in groups)
    own = x.lower.var(ddof=1) / len(x.lower) + y.lower.var(ddof=1) / len(y.lower)
    return bool(shared_variance(x, y) > _SHARED * own)


def batches(people: Sequence[str], study: Study) -> Texts | None:
    """The batch of each donor, where cultures.csv gives every one of them one; else None."""
    if study.cultures.is_empty():
        return None
    known = study.cultures.filter(pl.col("donor").is_in(list(people)) & (pl.col("batch") != ""))
    each = known.group_by("donor", maintain_order=True).agg(pl.col("batch").unique())
    one = {donor: named[0] for donor, named in each.iter_rows() if len(named) == 1}
    return np.array([one[donor] for donor in people]) if set(one) == set(people) else None


def _rearrangements(mine: Bools, strata: Texts | None) -> int:
    at = (
        np.zeros(len(mine), dtype=np.intp)
        if strata is None
        else np.unique(strata, return_inverse=True)[1]
    )
    return prod(
        comb(int((at == k).sum()), int(mine[at == k].sum())) for k in range(int(at.max()) + 1)
    )


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
        mine = [
            (i, f.p)
            for i, f in enumerate(findings)
            if f.family == family and f.part == "answer" and f.p is not None
        ]
        corrected = false_discovery([p for _, p in mine]) if family in screens else None
        if corrected is None and donors:
            answers = [findings[i] for i, _ in mine]
            known = [
                donors.get((a.question, a.assay, a.analyte)) if a.ask == "difference" else None
                for a in answers
            ]
            corrected = permuted_together(answers, known, study=study)
        adjusted |= dict(
            zip((i for i, _ in mine), corrected or holm([p for _, p in mine]), strict=True)
        )
    margins = {q.id: getattr(q, "margin", None) for q in study.questions}
    return [
        _with_verdict(
            replace(f, p_adjusted=adjusted.get(i)), margins.get(f.question), alpha=study.plan.alpha
        )
        for i, f in enumerate(findings)
    ]


def _with_verdict(finding: Finding, margin: float | None, *, alpha: float) -> Finding:
    """The verdict of an answer: `supported` needs both the interval and the corrected p value to
    say so.
    """
    if finding.part != "answer":
        return finding
    if finding.p_adjusted is None or finding.lower is None or finding.upper is None:
        return replace(finding, verdict="not estimable")
    apart = not finding.lower <= finding.null <= finding.upper and finding.p_adjusted <= alpha
    inside = (
        margin is not None
        and finding.unit == LOG2_FOLD
        and -margin < finding.lower
        and finding.upper < margin
    )
    if apart and inside:
        small = (
            f"the difference is smaller than the {2**margin:.3g}-fold that was declared to matter"
            if margin
            else ""
        )
        return replace(finding, verdict="supported", warnings=[*finding.warnings, small])
    return replace(
        finding, verdict="supported" if apart else "equivalent" if inside else "not resolved"
    )
