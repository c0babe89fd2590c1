"""Do two groups differ?"""

from __future__ import annotations

from collections.abc import Sequence

from exvivo.findings import Finding
from exvivo.study import Difference, Study
from exvivo.tell.asks.ask import Ask
from exvivo.tell.asks.numbers import higher, possible, rest
from exvivo.tell.asks.parts import (
    analytes,
    common_notes,
    condition,
    fold_margin,
    measured,
    not_estimable,
    people,
    where,
)
from exvivo.tell.figures import estimation
from exvivo.tell.figures.chart import Figure
from exvivo.tell.tables import Shown, Tables


def _words(question: Difference, study: Study) -> str:
    first, second = people(question, study)
    what = condition(question, study).replace("the ", "their ", 1) + where(question, study)
    return f"Do {first} and {second} differ in {what}: {analytes(question, study)}?"


def _sentence(finding: Finding, question: Difference, study: Study) -> str:
    first, second = people(question, study)
    what = measured(finding, study)
    whether = f"Whether the {what} differs between {first} and {second}"
    if finding.verdict == "not estimable":
        return not_estimable(whether, finding, study)
    size = rest(finding, study)
    if finding.verdict == "supported":
        return f"The {what} is {higher(finding)} in {first} than in {second}: {size}."
    if finding.verdict == "equivalent":
        less = f"less than the declared {fold_margin(question.margin)}"
        return f"The {what} of {first} and {second} differs by {less}: {size}."
    response = f"The {'response' if finding.stimulus else 'level'} of {first}"
    return f"{whether} is not resolved: {size}. {possible(finding, response, f'that of {second}')}"


def _notes(question: Difference, study: Study) -> list[str]:
    control = "A negative control: no difference is expected." if question.negative_control else ""
    screen = (
        "A screen: the share of false leads is controlled, and every finding is a lead."
        if question.screen
        else ""
    )
    return common_notes(question, study, control, screen)


def _figure(
    question: Difference, answers: Sequence[Shown], tables: Tables, study: Study, name: str
) -> Figure | None:
    findings = [shown.finding for shown in answers]
    return estimation.figure(question, findings, responses=tables.responses, study=study, name=name)


DIFFERENCE = Ask(
    kind="difference",
    record=Difference,
    heading="Differences between groups",
    page="difference.md",
    words=_words,
    sentence=_sentence,
    notes=_notes,
    figure=_figure,
)
