"""Does a result change from visit to visit?"""

from __future__ import annotations

from collections.abc import Sequence

from exvivo.study import Change, Study
from exvivo.tell import words
from exvivo.tell.asks.parts import (
    Ask,
    Row,
    Tables,
    common_notes,
    condition,
    measured_words,
    people,
    told,
    where,
)
from exvivo.tell.figures import together, visits
from exvivo.tell.figures.chart import Figure
from exvivo.tell.names import short_scale, target_of


def _words(question: Change, study: Study) -> str:
    (who,) = people(question, study)
    analytes = words.listed(study.name_of(analyte) for analyte in question.analytes)
    asked = f"{condition(question, study)} of {analytes}{where(question, study)}"
    if question.scales:
        scales = words.listed(
            (study.name_of(scale).split(",")[0] for scale in question.scales), last="or"
        )
        return f"Within {who}, does {asked} change together with {scales}?"
    return f"Within {who}, does {asked} change from visit {question.visits[0]} to visit {question.visits[-1]}?"


def _notes(question: Change, study: Study) -> list[str]:
    return common_notes(question, study)


def _summary(question: Change, answers: Sequence[Row], study: Study) -> str:
    (who,) = people(question, study)
    intro = f"{words.capital(who)} were followed over the visits {words.listed(question.visits)}."

    def said(row: Row) -> str:
        if row["scale"]:
            score = "higher" if (row["estimate"] or 0) > 0 else "lower"
            return (
                f"Within a person, a higher result of {target_of(row, study)} goes with a {score} score of {short_scale(row, study)} "
                f"(coefficient {words.number(row['estimate'])})."
            )
        way = "rises" if (row["estimate"] or 0) > 0 else "falls"
        return (
            f"{measured_words(row, study)} {way}: {words.fold(row['estimate'])} times the first (anything from "
            f"{words.fold(row['lower'])} to {words.fold(row['upper'])} times fits the data)."
        )

    return told(answers, study, intro, said, "whether anything changes")


def _figure(
    question: Change, answers: Sequence[Row], tables: Tables, study: Study, name: str
) -> Figure | None:
    responses = tables["responses"]
    if question.scales:
        return together.figure(
            question, answers, responses=responses, clinic=tables["clinic"], study=study, name=name
        )
    return visits.figure(question, answers, responses=responses, study=study, name=name)


CHANGE = Ask(
    _words,
    _notes,
    _summary,
    "What changes over time need not change because of the disease or its treatment: people were not compared with others who "
    "were followed alike, and time itself, season and assay may move results.",
    _figure,
)
