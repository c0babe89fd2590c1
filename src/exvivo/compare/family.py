"""From p values and intervals to the four verdicts, corrected over each declared family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from exvivo.compare.sample import LOG2_FOLD, Finding
from exvivo.compare.screen import false_discovery
from exvivo.study import Study


def holm(p: Sequence[float]) -> list[float]:
    """Holm's adjusted p values, in the order given (Holm 1979, JSTOR 4615733).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    raised = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(raised, 1.0)
    return [float(value) for value in adjusted]


def judged(findings: Sequence[Finding], *, study: Study) -> list[Finding]:
    """The findings with the p values of each family's answers corrected together, and a verdict for every answer.

    Holm's method, or Benjamini and Hochberg's in a family that was declared a screen.

    An answer that could not be estimated takes no part in the correction: it can never be claimed.
    """
    adjusted: dict[int, float] = {}
    screens = {q.family or q.id for q in study.questions if getattr(q, "screen", False)}
    for family in dict.fromkeys(finding.family for finding in findings):
        mine = [
            (i, f.p) for i, f in enumerate(findings) if f.family == family and f.part == "answer" and f.p is not None
        ]
        correct = false_discovery if family in screens else holm
        adjusted |= dict(zip((i for i, _ in mine), correct([p for _, p in mine]), strict=True))
    margins = {q.id: getattr(q, "margin", None) for q in study.questions}
    return [
        _with_verdict(replace(f, p_adjusted=adjusted.get(i)), margins.get(f.question), alpha=study.plan.alpha)
        for i, f in enumerate(findings)
    ]


def _with_verdict(finding: Finding, margin: float | None, *, alpha: float) -> Finding:
    """The verdict of an answer: `supported` needs both the interval and the corrected p value to say so."""
    if finding.part != "answer":
        return finding
    if finding.p_adjusted is None or finding.lower is None or finding.upper is None:
        return replace(finding, verdict="not estimable")
    apart = not finding.lower <= finding.null <= finding.upper and finding.p_adjusted <= alpha
    inside = (
        margin is not None and finding.unit == LOG2_FOLD and -margin < finding.lower and finding.upper < margin
    )  # fmt: skip
    if apart and inside:
        small = (
            f"the difference is smaller than the {2**margin:.3g}-fold that was declared to matter" if margin else ""
        )
        return replace(finding, verdict="supported", warnings=[*finding.warnings, small])
    return replace(finding, verdict="supported" if apart else "equivalent" if inside else "not resolved")
