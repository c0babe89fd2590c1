"""What does an antagonist or knock-down do to the response?"""

from __future__ import annotations

from collections.abc import Sequence

from exvivo.study import Effect, Study
from exvivo.tell import words
from exvivo.tell.asks.parts import Ask, Row, Tables, common_notes, people, told, where
from exvivo.tell.figures import paired
from exvivo.tell.figures.chart import Figure
from exvivo.tell.names import target_of


def _words(question: Effect, study: Study) -> str:
    (who,) = people(question, study)
    analytes = words.listed(study.name_of(analyte) for analyte in question.analytes)
    return (
        f"In cultures of {who}, does {study.name_of(question.blocked)} instead of {study.name_of(question.stimulus)} change the "
        f"result of {analytes}{where(question, study)}?"
    )


def _notes(question: Effect, study: Study) -> list[str]:
    return common_notes(question, study)


def _summary(question: Effect, answers: Sequence[Row], study: Study) -> str:
    (who,) = people(question, study)
    intro = f"Cells of the same people ({who}) were given {study.name_of(question.stimulus)} or {study.name_of(question.blocked)}."

    def said(row: Row) -> str:
        way = "more" if (row["estimate"] or 0) > 0 else "less"
        return (
            f"With the second there is {way} {target_of(row, study)}: {words.fold(row['estimate'])} times (anything from "
            f"{words.fold(row['lower'])} to {words.fold(row['upper'])} times fits the data)."
        )

    return told(answers, study, intro, said, "whether it makes a difference")


def _figure(
    question: Effect, answers: Sequence[Row], tables: Tables, study: Study, name: str
) -> Figure | None:
    return paired.figure(question, answers, responses=tables["responses"], study=study, name=name)


EFFECT = Ask(
    _words,
    _notes,
    _summary,
    "What an antagonist does in a culture it need not do in a person, and it may act on more than its target.",
    _figure,
)
