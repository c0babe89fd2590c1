"""What a reader must be told of an answer, worked out from the finding and the question alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

from exvivo.findings import Count, Finding
from exvivo.study import Change, Effect, Identity, Question, Study, Treatment
from exvivo.study.days import days_of
from exvivo.study.question_records import groups_of

People = tuple[str, int, int]
"""A group, with the fewest and the most people of it that may be printed."""


@dataclass(frozen=True)
class Claim:
    """`what` is claimed; a direction is that of the first side against the second: `higher`,
    `lower`; of a score that goes with a higher result: `worse`, `better`; of cells, `first` is what
    they are more like.
    """

    what: str
    first: str = ""
    second: str = ""


def claim_of(finding: Finding, question: Question, study: Study) -> Claim:
    """The claim that an answer bears."""
    if finding.like_none:
        return Claim("like_none")
    match finding.verdict:
        case "supported":
            return _supported(finding, question, study)
        case "equivalent":
            return Claim("same")
        case "not resolved":
            return Claim("cannot_tell")
        case _:
            return Claim("no_answer")


def points_up(finding: Finding) -> bool:
    """The side of the null on which the interval of a supported answer lies."""
    return finding.lower is not None and finding.lower >= finding.null


def _supported(finding: Finding, question: Question, study: Study) -> Claim:
    up = points_up(finding)
    if isinstance(question, Identity):
        pair = (f"like {question.like}", f"like {finding.analyte}")
        return Claim("like", *(pair if up else reversed(pair)))
    if question.ask == "mediation":
        return Claim("goes_along")
    if finding.scale and question.ask in ("association", "change"):
        scale = next(each for each in study.scales if each.id == finding.scale)
        return Claim("worse" if up == (scale.higher_is == "worse") else "better")
    if question.ask == "specificity" and finding.larger:
        return Claim("larger")
    return Claim("higher" if up else "lower", *sides(question))


def sides(question: Question) -> tuple[str, str]:
    """What is compared with what, by ids: `without` is whoever is not exposed, `visit 1` a
    visit.
    """
    if isinstance(question, Effect):
        return question.blocked, question.stimulus
    if isinstance(question, Treatment):
        return question.exposure, "without"
    if isinstance(question, Change):
        first, last = question.visits[0], question.visits[-1]
        if days_of(first):  # a visit that is named by a day is told by its number
            first, last = "1", str(len(question.visits))
        return f"visit {last}", f"visit {first}"
    first, second = (*groups_of(question), "", "")[:2]
    return first, second


def people_of(finding: Finding) -> tuple[People, ...]:
    """The people of an answer as they may be printed."""
    return tuple(_people(count) for count in finding.n)


def _people(count: Count) -> People:
    n = count.n
    return count.group, getattr(n, "low", int(n)), getattr(n, "high", int(n))


def sizes_of(finding: Finding) -> tuple[float | None, float, float]:
    """Estimate and ends as a reader is told them: folds, points, pairs in a hundred."""
    lower = -math.inf if finding.lower is None else finding.lower
    upper = math.inf if finding.upper is None else finding.upper
    told = [_told(end, finding) for end in (lower, upper)]
    estimate = None if finding.estimate is None else _told(finding.estimate, finding)
    return estimate, told[0], told[1]


def _told(value: float, finding: Finding) -> float:
    if finding.unit.log2:
        return 0.0 if value < -1000 else math.inf if value > 1000 else float(2**value)
    return 100 * value if finding.unit.id == "probability" else value
