"""Which cells do the cultured cells resemble?"""

from __future__ import annotations

from exvivo.compare.finding import Finding
from exvivo.compare.sentences.parts import CORRECTED, capital, end, middle, rest
from exvivo.study import Identity, Study


def identity(finding: Finding, question: Identity, study: Study) -> str:
    """The sentence of a resemblance. It is a matter of degree: no sentence says what the cells
    are.
    """
    cells, like, other = (
        study.name_of(name) for name in (question.cell_type, question.like, finding.analyte)
    )
    if finding.verdict == "not estimable":
        whether = f"more than {other} or less" if other != like else "more than other cells or less"
        return (
            f"Whether the {cells} resemble {like} {whether} cannot be estimated: {finding.reason}."
        )
    told = f"difference in correlation {rest(finding, study)}"
    if finding.verdict == "supported":
        more, less = (like, other) if middle(finding) > 0 else (other, like)
        return (
            f"{capital(cells)} resemble {more} more than {less} in the genes compared: {told}. Resemblance is a matter of degree "
            "and does not say what the cells are."
        )
    start = (
        f"Whether the {cells} resemble {like} more than {other} or less is not resolved: {told}."
    )
    if finding.lower is None or finding.upper is None or not finding.lower <= 0 <= finding.upper:
        return f"{start} {CORRECTED}"
    low, high = end(finding.lower, finding), end(finding.upper, finding)
    return (
        f"{start} Anything from {low} (nearer {other}) to {high} (nearer {like}) remains possible."
    )
