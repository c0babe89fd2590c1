"""Is a difference between groups larger in one analyte than in others, or in these cells than in
others?
"""

from __future__ import annotations

from collections.abc import Sequence

from exvivo.study import Specificity, Study
from exvivo.tables import LARGER
from exvivo.tell import words
from exvivo.tell.asks.parts import Ask, Row, Tables, common_notes, condition, people, told, where
from exvivo.tell.figures import contrasts
from exvivo.tell.figures.chart import Figure
from exvivo.tell.names import target_of


def _words(question: Specificity, study: Study) -> str:
    first, second = people(question, study)
    analytes = words.listed(study.name_of(analyte) for analyte in question.analytes)
    return (
        f"Is the difference between {first} and {second} in {condition(question, study)} of {analytes}{where(question, study)} "
        f"larger than in {_others(question, study)}?"
    )


def _others(question: Specificity, study: Study) -> str:
    named = words.listed(study.name_of(name) for name in question.against)
    mean = f"the mean of {named}" if len(question.against) > 1 else named
    cells = (
        f"{study.name_of(question.against_cell_type)} of the same donors"
        if question.against_cell_type
        else ""
    )
    return " in ".join(part for part in (mean, cells) if part)


def _notes(question: Specificity, study: Study) -> list[str]:
    return common_notes(question, study)


def _summary(question: Specificity, answers: Sequence[Row], study: Study) -> str:
    first, second = people(question, study)
    intro = f"Is that specific? The difference between {first} and {second} was held against that in {_others(question, study)}."

    def said(row: Row) -> str:
        larger = "is the larger one" if row["estimand"].endswith(LARGER) else "is another"
        return (
            f"That of {target_of(row, study)} {larger}: the one fold is {words.fold(row['estimate'])} times the other (anything from "
            f"{words.fold(row['lower'])} to {words.fold(row['upper'])} times fits the data)."
        )

    return told(answers, study, intro, said, "whether the difference is larger there")


def _figure(
    question: Specificity, answers: Sequence[Row], tables: Tables, study: Study, name: str
) -> Figure | None:
    return contrasts.figure(
        question,
        answers,
        asked=tables["findings"],
        responses=tables["responses"],
        study=study,
        name=name,
    )


SPECIFICITY = Ask(
    _words,
    _notes,
    _summary,
    "That a difference stands out among the analytes or cells that were held against it does not say that it is found in no other.",
    _figure,
)
