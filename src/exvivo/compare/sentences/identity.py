"""Which cells do the cultured cells resemble?"""

from __future__ import annotations

from exvivo.compare.sample import Finding
from exvivo.compare.sentences.parts import end, rest
from exvivo.study import Identity, Study


def identity(finding: Finding, question: Identity, study: Study) -> str:
    """The sentence of a resemblance. It is a matter of degree: no sentence says what the cells are."""
    cells = study.name_of(question.cell_type)
    if finding.verdict == "not estimable":
        return f"Which cells the {cells} resemble cannot be estimated: {finding.reason}."
    told = rest(finding, study)
    if finding.verdict == "supported":
        return f"{finding.estimand}: {told}. Resemblance is a matter of degree and does not say what the cells are."
    return (
        f"{finding.estimand} is not resolved: {told}. Anything from {end(finding.lower, finding)} to {end(finding.upper, finding)} "
        "remains possible."
    )  # fmt: skip
