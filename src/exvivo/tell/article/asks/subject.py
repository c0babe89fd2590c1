"""What a question is about, in a reader's words."""

from __future__ import annotations

from exvivo.study import Identity, Measured, Question, Specificity
from exvivo.study.question_records import Effect, condition_of
from exvivo.tell.article.telling import Telling


def cells_of(question: Question, telling: Telling) -> str:
    """In which cells a question is asked, as a sentence; empty where all are asked in the same, or
    the question itself names them.
    """
    if isinstance(question, Identity) or not question.cell_type or not telling.several_cells:
        return ""
    if isinstance(question, Specificity) and question.against_cell_type:
        return ""
    return telling.language.tell(
        "This is about {cells}.", cells=telling.names.cells(question.cell_type)
    )


def subject_of(question: Measured, telling: Telling) -> str:
    """What is asked about: `the reaction of TNF and IL-6 to ATP`."""
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
    control = telling.names.control()
    if control and not isinstance(question, Effect):
        return language.tell(
            "the amount of {analyte} with {stimulus}", analyte=analyte, stimulus=control
        )
    if telling.study.control_stimulus() and not isinstance(question, Effect):
        return language.tell("the amount of {analyte} with nothing added", analyte=analyte)
    return language.tell("the amount of {analyte}", analyte=analyte)
