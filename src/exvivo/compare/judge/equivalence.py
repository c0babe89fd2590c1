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
    from scipy.special import stdtr

    lower, upper, estimate = finding.lower, finding.upper, finding.estimate
    if lower is None or upper is None or finding.unit is not LOG2_FOLD:
        return 1.0
    alpha = 1 - finding.level
    if estimate is None or not (math.isfinite(lower) and math.isfinite(upper)):
        return alpha / 2 if inside(finding, margin) else 1.0
    below, above = estimate - lower, upper - estimate
    if min(below, above) <= 0:
        return 0.0 if inside(finding, margin) else 1.0
    nearer = below if estimate > 0 else above
    df = degrees_of_freedom(finding, abs(estimate) / nearer)
    critical = critical_t(df, alpha)
    t = min((margin + estimate) / below, (margin - estimate) / above) * critical
    return float(stdtr(df, -t))


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
