"""One sentence for each finding, made from its numbers only.

No sentence claims a cause, or that there is no effect; `tests/tell/test_sentences.py` runs all of
them over all verdicts.
"""

from __future__ import annotations

from exvivo.findings import Finding
from exvivo.methods import (
    LEAVE_ONE_OUT,
    SIMULATED,
    WITHOUT_BATCH,
    WITHOUT_CLASS,
    WITHOUT_REFERENCE,
)
from exvivo.study import Question, Study
from exvivo.tell import words
from exvivo.tell.asks import ASKS
from exvivo.tell.asks.numbers import end, rest
from exvivo.tell.phrases import estimand_words, reason_words
from exvivo.tell.visits import at_visit, of_scores

_RANGES = (LEAVE_ONE_OUT, WITHOUT_REFERENCE, WITHOUT_CLASS, WITHOUT_BATCH)
"""Methods whose two numbers are the smallest and the largest estimate, not an interval."""


def sentence(finding: Finding, question: Question, *, study: Study) -> str:
    """What was compared, how large, how sure, in how many donors."""
    if finding.part == "answer":
        return ASKS[question.ask].sentence(finding, question, study)
    at = at_visit(finding, study) or of_scores(finding, study)
    return f"{words.capital(estimand_words(finding, study))}{at}: {_beside(finding, study)}."


def _beside(finding: Finding, study: Study) -> str:
    if finding.method in _RANGES:
        return f"{end(finding.lower, finding)} to {end(finding.upper, finding)}"
    if finding.method is SIMULATED:
        return _share(finding)
    if finding.reason:
        none = "none" if finding.estimand.code == "simulated" else "not estimable"
        return f"{none} ({reason_words(finding, study)})"
    return rest(finding, study)


def _share(finding: Finding) -> str:
    """A share of simulated studies, with the band that their number leaves."""
    share, low, high = (
        f"{100 * (number or 0.0):.1f}"
        for number in (finding.estimate, finding.lower, finding.upper)
    )
    return f"{share} % ({words.percent(finding.level)} band {low} to {high} %)"
