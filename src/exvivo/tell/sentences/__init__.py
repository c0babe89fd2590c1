"""One sentence for each finding, made from its numbers only. One file a kind of question, one line
of the registry.

No sentence claims a cause, or that there is no effect; `tests/compare/test_sentences.py` runs all
of them over all verdicts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from exvivo.compare.asks.identity import WITHOUT_REFERENCE
from exvivo.compare.finding import Finding
from exvivo.compare.judge.leave_one_out import LEAVE_ONE_OUT
from exvivo.compare.sentences.association import association
from exvivo.compare.sentences.change import change
from exvivo.compare.sentences.difference import difference
from exvivo.compare.sentences.effect import effect
from exvivo.compare.sentences.identity import identity
from exvivo.compare.sentences.mediation import mediation
from exvivo.compare.sentences.parts import capital, end, measured, rest
from exvivo.compare.sentences.specificity import specificity
from exvivo.compare.sentences.treatment import treatment
from exvivo.study import Question, Study

__all__ = ["SENTENCES", "measured", "sentence"]

SENTENCES: dict[str, Callable[[Finding, Any, Study], str]] = {
    "difference": difference,
    "association": association,
    "specificity": specificity,
    "change": change,
    "effect": effect,
    "treatment": treatment,
    "mediation": mediation,
    "identity": identity,
}
"""The sentence of every kind of question, by what it asks."""


def sentence(finding: Finding, question: Question, *, study: Study) -> str:
    """The finding as a reader should meet it: what was compared, how large, how sure, in how many
    donors.
    """
    if finding.part != "answer":
        if finding.method in (LEAVE_ONE_OUT, WITHOUT_REFERENCE):
            return f"{capital(finding.estimand)}: {end(finding.lower, finding)} to {end(finding.upper, finding)}."
        said = f"not estimable ({finding.reason})" if finding.reason else rest(finding, study)
        return f"{capital(finding.estimand)}: {said}."
    return SENTENCES[question.ask](finding, question, study)
