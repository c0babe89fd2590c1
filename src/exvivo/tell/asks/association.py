"""Is a result related to a clinical scale?"""

from __future__ import annotations

from collections.abc import Sequence

from exvivo.study import Association, Study
from exvivo.tell import words
from exvivo.tell.asks.parts import (
    Ask,
    Row,
    Tables,
    common_notes,
    condition,
    open_parts,
    people,
    where,
)
from exvivo.tell.figures import association
from exvivo.tell.figures.chart import Figure
from exvivo.tell.names import level_words, short_scale, target_of


def _words(question: Association, study: Study) -> str:
    scales = words.listed(
        (study.name_of(scale).split(",")[0] for scale in question.scales), last="or"
    )
    analytes = words.listed(study.name_of(analyte) for analyte in question.analytes)
    (who,) = people(question, study)
    return f"Within {who}, is {condition(question, study)} of {analytes}{where(question, study)} related to {scales}?"


def _notes(question: Association, study: Study) -> list[str]:
    expected = (
        "No direction was expected beforehand."
        if question.symptoms == "either"
        else f"Expected beforehand: a higher response with {question.symptoms} symptoms."
    )
    return common_notes(question, study, expected)


def _summary(question: Association, answers: Sequence[Row], study: Study) -> str:
    what = (
        f"response to {study.name_of(question.stimulus)}"
        if question.stimulus
        else level_words(study)
    )
    (who,) = people(question, study)
    told = [f"Within {who}, the {what} was compared with clinical scores."]
    told += [_related(row, what, study) for row in answers if row["verdict"] == "supported"]
    return " ".join([*told, *open_parts(answers, study, "whether they are related")])


def _related(row: Row, what: str, study: Study) -> str:
    higher = next(scale.higher_is for scale in study.scales if scale.id == row["scale"])
    direction = "higher" if row["estimate"] > 0 else "lower"
    state = higher if row["estimate"] > 0 else {"worse": "better", "better": "worse"}[higher]
    return (
        f"A higher {what} of {target_of(row, study)} goes with a {direction} score of {short_scale(row, study)}, "
        f"that is, with {state} symptoms (coefficient {words.number(row['estimate'])}; anything from "
        f"{words.number(row['lower'])} to {words.number(row['upper'])} fits the data)."
    )


def _figure(
    question: Association, answers: Sequence[Row], tables: Tables, study: Study, name: str
) -> Figure:
    return association.figure(
        question,
        answers,
        responses=tables["responses"],
        clinic=tables["clinic"],
        study=study,
        name=name,
    )


ASSOCIATION = Ask(
    _words,
    _notes,
    _summary,
    "A relation between a result and a score does not say which came first, or whether either acts on the other.",
    _figure,
)
