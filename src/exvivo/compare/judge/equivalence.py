"""Equivalence answer by answer, corrected over the family.

An answer b with half widths h_l and h_u of its 1 - α interval and margin δ has two one-sided tests
(Schuirmann 1987, doi 10.1007/BF01068419) with the standard errors s_l = h_l / t(1 - α/2) and s_u:

    t_above = (δ + b) / s_l,   t_below = (δ - b) / s_u;   p is the larger of both

An answer is equivalent where its interval lies inside the margin (p <= α/2) and p is at most α
after Holm's correction over the answers of its family that have a margin: then at most a share α of
studies calls any difference of a family equivalent that is as large as its margin.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from exvivo.compare.judge.holm import holm
from exvivo.compare.judge.standard_error import degrees_of_freedom
from exvivo.compare.methods.intervals import critical_t
from exvivo.findings import Finding
from exvivo.units import LOG2_FOLD


def inside(finding: Finding, margin: float) -> bool:
    """Whether the interval of a fold lies within the margin on both sides."""
    if finding.lower is None or finding.upper is None or finding.unit is not LOG2_FOLD:
        return False
    return -margin < finding.lower and finding.upper < margin


def equivalence_p(finding: Finding, margin: float) -> float:
    """The p value of the two one-sided tests; without a single estimate, what the interval alone
    says.
    """
    if finding.unit is not LOG2_FOLD or finding.lower is None or finding.upper is None:
        return 1.0
    ends = (finding.estimate, finding.lower, finding.upper)
    known = [end for end in ends if end is not None and math.isfinite(end)]
    if len(known) < len(ends):
        return (1 - finding.level) / 2 if inside(finding, margin) else 1.0
    estimate, lower, upper = known
    if min(estimate - lower, upper - estimate) <= 0:
        return 0.0 if inside(finding, margin) else 1.0
    halves = min((margin + estimate) / (estimate - lower), (margin - estimate) / (upper - estimate))
    return _one_sided(finding, halves, estimate / _nearer(estimate, lower, upper))


def _nearer(estimate: float, lower: float, upper: float) -> float:
    """The half width toward no difference, with the sign of the estimate."""
    return estimate - lower if estimate > 0 else estimate - upper


def _one_sided(finding: Finding, halves: float, of_estimate: float) -> float:
    """The one-sided p value of so many half widths; the estimate lies `of_estimate` of them from no
    difference.
    """
    from scipy.special import stdtr

    df = degrees_of_freedom(finding, of_estimate)
    return float(stdtr(df, -halves * critical_t(df, 1 - finding.level)))


def equivalent(
    answers: Sequence[Finding], margins: Mapping[str, float], *, alpha: float
) -> set[int]:
    """The places of the answers of one family that are equivalent; `margins` by question."""
    asked = [i for i, answer in enumerate(answers) if answer.question in margins]
    p = holm([equivalence_p(answers[i], margins[answers[i].question]) for i in asked])
    return {
        i
        for i, adjusted in zip(asked, p, strict=True)
        if adjusted <= alpha and inside(answers[i], margins[answers[i].question])
    }
