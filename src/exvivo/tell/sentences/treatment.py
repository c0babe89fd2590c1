"""Do donors who take a medication respond otherwise?"""

from __future__ import annotations

from exvivo.compare.finding import Finding
from exvivo.compare.sentences.parts import measured, middle, possible, rest
from exvivo.study import Study, Treatment


def treatment(finding: Finding, question: Treatment, study: Study) -> str:
    """The sentence of an exposure that nobody assigned: an association, in whatever direction."""
    who, what = study.name_of(question.within), measured(finding, study)
    exposed = f"donors with {question.exposure} ({question.exposed})"
    if finding.verdict == "not estimable":
        return f"Within {who}, whether the {what} is other in {exposed} cannot be estimated: {finding.reason}."
    told = rest(finding, study)
    if finding.verdict == "supported":
        way = "higher" if middle(finding) > 0 else "lower"
        return (
            f"Within {who}, the {what} is {way} in {exposed} than in donors without: {told}. Nobody assigned it by chance, so the "
            "difference may come from why it is taken."
        )
    return (
        f"Within {who}, whether the {what} is other in {exposed} is not resolved: {told}. "
        + possible(finding, "It", "that of donors without")
    )
