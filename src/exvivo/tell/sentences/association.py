"""Is a result related to a clinical scale?"""

from __future__ import annotations

from exvivo.compare.finding import Finding
from exvivo.compare.sentences.parts import measured, middle, possible_correlation, rest
from exvivo.study import Association, Study


def association(finding: Finding, question: Association, study: Study) -> str:
    """The sentence of an association within a group."""
    who, what, scale = (
        study.name_of(question.within),
        measured(finding, study),
        study.name_of(str(finding.scale)),
    )
    if finding.verdict == "not estimable":
        return f"Within {who}, whether the {what} is related to {scale} cannot be estimated: {finding.reason}."
    told = rest(finding, study)
    if finding.verdict == "supported":
        higher = next(record.higher_is for record in study.scales if record.id == finding.scale)
        score = "higher" if middle(finding) > 0 else "lower"
        return f"Within {who}, a higher {what} goes with a {score} score of {scale} (higher is {higher}): {told}."
    return f"Within {who}, whether the {what} is related to {scale} is not resolved: {told}. {possible_correlation(finding)}"
