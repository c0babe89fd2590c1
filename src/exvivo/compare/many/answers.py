"""Every declared question of many studies, answered at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from exvivo.compare.many.answered import Answered
from exvivo.compare.many.families import judged_many
from exvivo.compare.many.layout import Laid
from exvivo.compare.many.max_t import Wanted
from exvivo.compare.many.records import ManyAnswers, ManyStudies
from exvivo.compare.many.scales import association, mediation
from exvivo.compare.many.two_sides import difference, specificity, treatment
from exvivo.compare.many.within import change, effect
from exvivo.study import (
    Association,
    Change,
    Difference,
    Effect,
    Identity,
    Mediation,
    Question,
    Specificity,
    Treatment,
)


def answers_of_many(many: ManyStudies, *, corrected: Wanted = "all") -> list[ManyAnswers]:
    """The answer of every question, assay, analyte and scale in every study, in the order in which
    `compare` gives them: its numbers and verdicts for donors' means, one by one.

    Questions of identity have no answer: nobody assumes profiles of expression. `corrected`
    "deciding": p values by max T are made only in studies in which some answer of the family is
    significant by itself; all other verdicts are settled, and their `p_adjusted` is NaN.
    """
    laid = Laid(many)
    answers = [one for question in many.study.questions for one in _answers(question, laid)]
    return judged_many(answers, laid, corrected)


def _answers(question: Question, laid: Laid) -> Iterator[Answered]:
    """The answers of one question."""
    match question:
        case Difference():
            return difference(question, laid)
        case Association():
            return association(question, laid)
        case Specificity():
            return specificity(question, laid)
        case Change():
            return change(question, laid)
        case Effect():
            return effect(question, laid)
        case Treatment():
            return treatment(question, laid)
        case Mediation():
            return mediation(question, laid)
        case Identity():
            return iter(())
        case _:
            assert_never(question)
