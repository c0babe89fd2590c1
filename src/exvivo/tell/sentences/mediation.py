"""How much of a scale's difference between groups goes along with a result? A hypothesis, and
worded as one.
"""

from __future__ import annotations

from exvivo.compare.finding import Finding
from exvivo.compare.sentences.parts import CORRECTED, end, measured, rest
from exvivo.study import Mediation, Study


def mediation(finding: Finding, question: Mediation, study: Study) -> str:
    """The sentence of an indirect part. With everything measured at one time it stays a hypothesis
    whatever the verdict.
    """
    first, second = (study.name_of(group) for group in question.groups)
    what, scale = measured(finding, study), study.name_of(str(finding.scale))
    asked = (
        f"part of the difference in {scale} between {first} and {second} goes along with the {what}"
    )
    if finding.verdict == "not estimable":
        return f"Hypothesis only: whether {asked} cannot be estimated: {finding.reason}."
    told = rest(finding, study)
    if finding.verdict == "supported":
        return f"Hypothesis only: {asked}, {told}. Data of one time cannot say which came first, or whether either acts on the other."
    open_part = (
        f"A part anywhere from {end(finding.lower, finding)} to {end(finding.upper, finding)} points remains possible."
        if (finding.lower or 0.0) <= 0 <= (finding.upper or 0.0)
        else CORRECTED
    )
    return f"Hypothesis only: whether {asked} is not resolved: {told}. {open_part}"
