"""Does a result change from visit to visit, and does a scale change with it?"""

from __future__ import annotations

from exvivo.compare.finding import Finding
from exvivo.compare.sentences.parts import measured, middle, possible, possible_correlation, rest
from exvivo.study import Change, Study


def change(finding: Finding, question: Change, study: Study) -> str:
    """The sentence of a change within donors, or of a relation between changes."""
    who, what = study.name_of(question.within), measured(finding, study)
    when = f"from visit {question.visits[0]} to visit {question.visits[-1]}"
    if finding.scale:
        return _together(finding, study, who, what, when)
    if finding.verdict == "not estimable":
        return f"Within {who}, whether the {what} changes {when} cannot be estimated: {finding.reason}."
    told = rest(finding, study)
    if finding.verdict == "supported":
        return f"Within {who}, the {what} {'rises' if middle(finding) > 0 else 'falls'} {when}: {told}."
    if finding.verdict == "equivalent":
        margin = f"{2 ** (question.margin or 0.0):.3g}-fold"
        return (
            f"Within {who}, the {what} changes {when} by less than the declared {margin}: {told}."
        )
    return f"Within {who}, whether the {what} changes {when} is not resolved: {told}. " + possible(
        finding, "The last", "the first"
    )


def _together(finding: Finding, study: Study, who: str, what: str, when: str) -> str:
    scale = study.name_of(str(finding.scale))
    if finding.verdict == "not estimable":
        return f"Within {who}, whether {scale} changes with the {what} {when} cannot be estimated: {finding.reason}."
    told = rest(finding, study)
    if finding.verdict == "supported":
        higher = next(record.higher_is for record in study.scales if record.id == finding.scale)
        score = "higher" if middle(finding) > 0 else "lower"
        return f"Within donors of {who}, a higher {what} goes with a {score} score of {scale} (higher is {higher}) {when}: {told}."
    return (
        f"Within {who}, whether {scale} changes with the {what} {when} is not resolved: {told}. "
        + possible_correlation(finding)
    )
