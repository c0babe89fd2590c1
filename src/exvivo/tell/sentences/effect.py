"""What does an antagonist or knock-down do to the response? The only sentence that may speak of an
effect.
"""

from __future__ import annotations

from exvivo.compare.finding import Finding
from exvivo.compare.sentences.parts import measured, middle, possible, rest
from exvivo.study import Effect, Study


def effect(finding: Finding, question: Effect, study: Study) -> str:
    """The sentence of an arm within donors; what it says holds in the culture."""
    who, what = study.name_of(question.within), measured(finding, study)
    arms = f"{study.name_of(question.blocked)} instead of {study.name_of(question.stimulus)}"
    if finding.verdict == "not estimable":
        return f"Whether {arms} changes the {what} in cultures of {who} cannot be estimated: {finding.reason}."
    told = rest(finding, study)
    if finding.verdict == "supported":
        way = "higher" if middle(finding) > 0 else "lower"
        return f"In cultures of {who}, {arms} makes the {what} {way}: {told}. This holds in the culture."
    if finding.verdict == "equivalent":
        margin = f"{2 ** (question.margin or 0.0):.3g}-fold"
        return f"In cultures of {who}, {arms} changes the {what} by less than the declared {margin}: {told}."
    return (
        f"Whether {arms} changes the {what} in cultures of {who} is not resolved: {told}. "
        + possible(finding, "The response", "that without it")
    )
