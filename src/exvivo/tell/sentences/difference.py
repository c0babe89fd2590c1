"""Do two groups differ?"""

from __future__ import annotations

from exvivo.compare.finding import PROBABILITY, Finding
from exvivo.compare.sentences.parts import CORRECTED, end, measured, middle, possible, rest
from exvivo.study import Difference, Study


def difference(finding: Finding, question: Difference, study: Study) -> str:
    """The sentence of a difference between two groups."""
    first, second = (study.name_of(group) for group in question.groups)
    what, who = measured(finding, study), f"{first} than in {second}"
    if finding.verdict == "not estimable":
        return f"Whether the {what} differs between {first} and {second} cannot be estimated: {finding.reason}."
    told = rest(finding, study)
    if finding.verdict == "supported":
        higher = middle(finding) > finding.null
        return f"The {what} is {'higher' if higher else 'lower'} in {who}: {told}."
    if finding.verdict == "equivalent":
        margin = f"{2 ** (question.margin or 0.0):.3g}-fold"
        return f"The {what} of {first} and {second} differs by less than the declared {margin}: {told}."
    return (
        f"Whether the {what} differs between {first} and {second} is not resolved: {told}. "
        f"{_possible(finding, first, second)}"
    )


def _possible(finding: Finding, first: str, second: str) -> str:
    """How large a difference is still possible."""
    if finding.unit == PROBABILITY:
        if not (finding.lower or 0.0) <= finding.null <= (finding.upper or 1.0):
            return CORRECTED
        low, high = end(finding.lower, finding), end(finding.upper, finding)
        return f"A probability anywhere from {low} to {high} remains possible (0.5 is even)."
    return possible(
        finding,
        f"The {'response' if finding.stimulus else 'level'} of {first}",
        f"that of {second}",
    )
