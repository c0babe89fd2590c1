"""Is a difference between groups larger in one analyte than in others, or in these cells than in
others?
"""

from __future__ import annotations

from exvivo.compare.finding import Finding
from exvivo.compare.sentences.parts import capital, measured, middle, possible, rest
from exvivo.study import Specificity, Study
from exvivo.tables import LARGER


def specificity(finding: Finding, question: Specificity, study: Study) -> str:
    """The sentence of a contrast. The word `specific` stands only where the interval of the
    contrast leaves out equality.
    """
    first, second = (study.name_of(group) for group in question.groups)
    what, others = measured(finding, study), held_against(finding, question, study)
    asked = f"the difference between {first} and {second} in the {what}"
    if finding.verdict == "not estimable":
        return (
            f"Whether {asked} is specific, against {others}, cannot be estimated: {finding.reason}."
        )
    told = rest(finding, study)
    if finding.verdict == "supported":
        if finding.estimand.endswith(LARGER):
            return f"{capital(asked)} is specific to it: larger than in {others}. Ratio of the two folds {told}."
        way = "higher" if middle(finding) > 0 else "lower"
        return (
            f"Relative to {others}, the {what} is {way} in {first} than in {second}: ratio of the two folds {told}. Its own difference "
            "was not found to be the larger one."
        )
    return (
        f"Whether {asked} is another than in {others} is not resolved: ratio of the two folds {told}. "
        + possible(finding, "The one fold", "the other")
    )


def held_against(finding: Finding, question: Specificity, study: Study) -> str:
    """What the analyte or the cells are held against, in words."""
    names = [study.name_of(name) for name in question.against if name != finding.analyte]
    analytes = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    mean = f"the mean of {analytes}" if len(names) > 1 else analytes
    cells = (
        f"{study.name_of(question.against_cell_type)} of the same donors"
        if question.against_cell_type
        else ""
    )
    return " in ".join(part for part in (mean, cells) if part)
