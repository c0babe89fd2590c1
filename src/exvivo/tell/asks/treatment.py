"""Do donors who take a medication respond otherwise?"""

from __future__ import annotations

from collections.abc import Sequence

from exvivo.study import Study, Treatment
from exvivo.tell import words
from exvivo.tell.asks.parts import (
    Ask,
    Row,
    Tables,
    common_notes,
    condition,
    measured_words,
    people,
    times,
    told,
    where,
)
from exvivo.tell.figures import exposure
from exvivo.tell.figures.chart import Figure


def _words(question: Treatment, study: Study) -> str:
    (who,) = people(question, study)
    analytes = words.listed(study.name_of(analyte) for analyte in question.analytes)
    return (
        f"Within {who}, is {condition(question, study)} of {analytes}{where(question, study)} other in donors with "
        f"{question.exposure} ({question.exposed})?"
    )


def _notes(question: Treatment, study: Study) -> list[str]:
    return common_notes(question, study)


def _summary(question: Treatment, answers: Sequence[Row], study: Study) -> str:
    (who,) = people(question, study)
    intro = f"Within {who}, donors with {question.exposure} ({question.exposed}) were compared with donors without."

    def said(row: Row) -> str:
        return f"{measured_words(row, study)} is {times(row, 'in donors with it than in donors without')}."

    return told(answers, study, intro, said, "whether they differ")


def _figure(
    question: Treatment, answers: Sequence[Row], tables: Tables, study: Study, name: str
) -> Figure | None:
    return exposure.figure(question, answers, responses=tables["responses"], study=study, name=name)


TREATMENT = Ask(
    _words,
    _notes,
    _summary,
    "Who takes a medication was not decided by chance: those who do may be more or less ill, and a difference between them and "
    "others may come from that.",
    _figure,
)
