"""The words that figures of questions share: what is measured, sentences of captions, and an
estimate with its interval.
"""

from __future__ import annotations

from typing import assert_never

from exvivo.findings import Finding
from exvivo.study import (
    Assay,
    Association,
    Beads,
    Change,
    Immunoassay,
    Measured,
    Qpcr,
    Study,
)
from exvivo.study import Results as Delivered
from exvivo.study.question_records import condition_of
from exvivo.tell import words
from exvivo.tell.figures.chart import Findings
from exvivo.tell.figures.donors import Results

FILLED = (
    "A filled dot at the estimate: it is supported or equivalent; a hollow one: it is not resolved."
)
UNPLACED = "Donors of whom the wells leave both directions open are counted and have no place here."
GREY = "Grey: the range declared too small to matter."
MEDIAN = (
    "A group in which donors are known only by bounds has its median in place of the mean (a bar, "
    "or broad and grey the range in which it lies) with an interval by ranks, an arrow where that "
    "is open."
)
BROKEN = "A broken line joins results of which one is only a bound."


def measured(question: Measured, study: Study) -> str:
    """What a question measures: `response to ATP`, or `level`."""
    if level_under := condition_of(question):
        return f"level under {study.name_of(level_under)}"
    return f"response to {study.name_of(question.stimulus)}" if question.stimulus else "level"


def axis_title(question: Measured, study: Study) -> str:
    """What the axis of results says: folds of a response, or the unit of a level."""
    return "fold response" if question.stimulus else level_unit(question, study)


def level_unit(question: Measured, study: Study) -> str:
    """The unit of a level as an axis names it."""
    assays = [study.assay(assay) for assay in question.assays]
    units = {_amount_unit(assay) for assay in assays}
    return units.pop() if len(units) == 1 else "level"


def _amount_unit(assay: Assay) -> str:
    match assay:
        case Qpcr():
            return "relative quantity"
        case Beads() | Immunoassay():
            return assay.unit
        case Delivered():
            return assay.amount_unit
    assert_never(assay)


def donor_notes(results: Results, bounded: str, margin: float | None = None) -> list[str]:
    """Sentences on donors, as far as they apply; `bounded` is what is said of those known only by
    bounds.
    """
    notes = (
        (bounded, any(result.bounded for result in results)),
        (UNPLACED, any(result.place is None for result in results)),
        (GREY, margin is not None),
    )
    return [note for note, applies in notes if applies]


def well_notes(question: Measured, results: Results) -> list[str]:
    """The sentence on single wells, where any are shown."""
    if not any(result.detected for result in results):
        return []
    less = ", each over the mean of the donor's control wells" if question.stimulus else ""
    return [f"Small dots are a donor's single wells{less}."]


def scale_words(question: Association | Change, study: Study) -> str:
    """The scales of a question with what a higher score means."""
    return words.listed(
        f"{study.name_of(scale.id).split(',')[0]} (higher is {scale.higher_is})"
        for scale in study.scales
        if scale.id in question.scales
    )


def coefficient(finding: Finding) -> str:
    """A correlation with its interval, or the verdict where there is none."""
    if finding.estimate is None:
        return str(finding.verdict or "")
    return f"r {words.number(finding.estimate)} ({interval_words(finding)})"


def estimate_words(finding: Finding, what: str) -> str:
    """An estimate with its interval in words: `Mean change 1.42-fold, 95 % interval 1.10 to 1.84:
    supported.`
    """
    if finding.estimate is None:
        return f"{what} could not be estimated: {finding.verdict}."
    size = words.sized(finding.estimate, finding.unit)
    interval = interval_words(finding)
    return f"{what} {size}, {words.percent(finding.level)} interval {interval}: {finding.verdict}."


def interval_words(finding: Finding) -> str:
    """Both ends of the interval of a finding, as they are read."""
    return words.ends_of(finding.lower, finding.upper, finding.unit)


def level_of(findings: Findings) -> str:
    """The level of the intervals of an answer, in percent."""
    return words.percent(findings[0].level)
