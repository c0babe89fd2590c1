"""Do two groups differ?"""

from __future__ import annotations

from collections.abc import Sequence

from exvivo.study import Difference, Study
from exvivo.tell.asks.parts import (
    FULLY_TOLD,
    Ask,
    Row,
    Tables,
    analytes_of,
    briefly,
    common_notes,
    condition,
    measured_words,
    names,
    open_parts,
    people,
    times,
    where,
)
from exvivo.tell.figures import estimation
from exvivo.tell.figures.chart import Figure
from exvivo.tell.words import listed


def _words(question: Difference, study: Study) -> str:
    first, second = people(question, study)
    what = condition(question, study).replace("the ", "their ", 1)
    analytes = listed(study.name_of(analyte) for analyte in question.analytes)
    return f"Do {first} and {second} differ in {what}{where(question, study)}: {analytes}?"


def _notes(question: Difference, study: Study) -> list[str]:
    control = "A negative control: no difference is expected." if question.negative_control else ""
    screen = (
        "A screen: the share of false leads is controlled, and every finding is a lead."
        if question.screen
        else ""
    )
    return common_notes(question, study, control, screen)


def _summary(question: Difference, answers: Sequence[Row], study: Study) -> str:
    first, second = people(question, study)
    what = condition(question, study)
    asked = "As a control, the" if question.negative_control else "The"
    told = [
        f"{asked} study asked whether {first} and {second} differ in {what}: {analytes_of(question, study)}."
    ]
    found = [row for row in answers if row["verdict"] == "supported"]
    if len(found) > FULLY_TOLD:
        told += briefly(found, f"in {first} than in {second}", study)
    else:
        told += [
            f"{measured_words(row, study)} is {times(row, f'in {first} than in {second}')}."
            for row in found
        ]
    if found and question.negative_control:
        told.append(
            "No difference was expected here; that one is found speaks against the other findings of this study."
        )
    same = names(answers, "equivalent", study)
    if same and question.margin is not None:
        told.append(
            f"For {same}, {what} differs by less than {2**question.margin:.3g}-fold, which had been declared too small to "
            "matter."
        )
    told += open_parts(answers, study, "whether the groups differ")
    return " ".join(told)


def _figure(
    question: Difference, answers: Sequence[Row], tables: Tables, study: Study, name: str
) -> Figure | None:
    return estimation.figure(
        question, answers, responses=tables["responses"], study=study, name=name
    )


DIFFERENCE = Ask(
    _words,
    _notes,
    _summary,
    "The groups may differ in more than their diagnosis (age, treatment, sleep, how samples were handled), and a difference "
    "between them does not say which of these it comes from.",
    _figure,
)
