"""What a question is about, in a reader's words."""

from __future__ import annotations

from exvivo.study import Measured
from exvivo.study.question_records import Effect, condition_of
from exvivo.tell.article.telling import Telling


def subject_of(question: Measured, telling: Telling) -> str:
    """What is asked about: `the reaction of TNF and IL-6 to ATP`; in which cells, where there are
    several.
    """
    words = _subject(question, telling)
    if not question.cell_type or not telling.several_cells:
        return words
    cells = telling.names.cells(question.cell_type)
    return telling.language.tell("{what} in {cells}", what=words, cells=cells)


def _subject(question: Measured, telling: Telling) -> str:
    language = telling.language
    analyte = telling.measured(question.analytes)
    if question.stimulus and not isinstance(question, Effect):
        return language.tell(
            "the reaction of {analyte} to {stimulus}",
            analyte=analyte,
            stimulus=telling.names.stimulus(question.stimulus),
        )
    if condition := condition_of(question):
        stimulus = telling.names.stimulus(condition)
        return language.tell(
            "the amount of {analyte} with {stimulus}", analyte=analyte, stimulus=stimulus
        )
    if telling.study.control_stimulus() and not isinstance(question, Effect):
        return language.tell("the amount of {analyte} with nothing added", analyte=analyte)
    return language.tell("the amount of {analyte}", analyte=analyte)
