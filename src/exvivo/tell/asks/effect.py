"""What does an antagonist or knock-down do to the response? Only here a sentence may speak of an
effect.
"""

from __future__ import annotations

from collections.abc import Sequence

from exvivo.findings import Finding
from exvivo.study import Effect, Study
from exvivo.tell.asks.ask import Ask
from exvivo.tell.asks.numbers import higher, possible, rest
from exvivo.tell.asks.parts import (
    analytes,
    fold_margin,
    measured,
    not_estimable,
    people,
    where,
)
from exvivo.tell.figures import paired
from exvivo.tell.figures.chart import Figure
from exvivo.tell.tables import Shown, Tables


def _arms(question: Effect, study: Study) -> str:
    return f"{study.name_of(question.blocked)} instead of {study.name_of(question.stimulus)}"


def _words(question: Effect, study: Study) -> str:
    (who,) = people(question, study)
    result = f"the result of {analytes(question, study)}{where(question, study)}"
    return f"In cultures of {who}, does {_arms(question, study)} change {result}?"


def _sentence(finding: Finding, question: Effect, study: Study) -> str:
    (who,) = people(question, study)
    what, arms = measured(finding, study), _arms(question, study)
    whether = f"Whether {arms} changes the {what} in cultures of {who}"
    if finding.verdict == "not estimable":
        return not_estimable(whether, finding, study)
    size = rest(finding, study)
    if finding.verdict == "supported":
        return (
            f"In cultures of {who}, {arms} makes the {what} {higher(finding)}: {size}. "
            "This holds in the culture."
        )
    if finding.verdict == "equivalent":
        less = f"less than the declared {fold_margin(question.margin)}"
        return f"In cultures of {who}, {arms} changes the {what} by {less}: {size}."
    return (
        f"{whether} is not resolved: {size}. {possible(finding, 'The response', 'that without it')}"
    )


def _figure(
    question: Effect, answers: Sequence[Shown], tables: Tables, study: Study, name: str
) -> Figure | None:
    findings = [shown.finding for shown in answers]
    return paired.figure(question, findings, responses=tables.responses, study=study, name=name)


EFFECT = Ask(
    kind="effect",
    record=Effect,
    heading="Arms within donors",
    page="effect.md",
    words=_words,
    sentence=_sentence,
    figure=_figure,
)
