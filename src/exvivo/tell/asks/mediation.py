"""How much of a scale's difference between groups goes along with a result?"""

from __future__ import annotations

from collections.abc import Sequence

from exvivo.study import Mediation, Study
from exvivo.tell import words
from exvivo.tell.asks.parts import Ask, Row, common_notes, condition, no_figure, people, told, where
from exvivo.tell.names import short_scale, target_of


def _words(question: Mediation, study: Study) -> str:
    first, second = people(question, study)
    scales = words.listed(
        (study.name_of(scale).split(",")[0] for scale in question.scales), last="or"
    )
    analytes = words.listed(study.name_of(analyte) for analyte in question.analytes)
    return (
        f"As a hypothesis: how much of the difference in {scales} between {first} and {second} goes along with "
        f"{condition(question, study)} of {analytes}{where(question, study)}?"
    )


def _notes(question: Mediation, study: Study) -> list[str]:
    return common_notes(
        question, study, "A hypothesis: data of one time cannot tell the order of things."
    )


def _summary(question: Mediation, answers: Sequence[Row], study: Study) -> str:
    first, second = people(question, study)
    intro = f"As a hypothesis only, the difference in scores between {first} and {second} was split by what goes along with the result."

    def said(row: Row) -> str:
        return (
            f"A part of {words.number(row['estimate'])} points in {short_scale(row, study)} goes along with {target_of(row, study)} "
            f"(anything from {words.number(row['lower'])} to {words.number(row['upper'])} points fits the data)."
        )

    return told(answers, study, intro, said, "whether any part does")


MEDIATION = Ask(
    _words,
    _notes,
    _summary,
    "Splitting a difference supposes that the result comes before the score and that nothing else moves both; data of one time "
    "can show neither.",
    no_figure,
)
