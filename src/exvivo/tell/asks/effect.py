"""What does an antagonist or knock-down do to the response? Only here a sentence may speak of an
effect.
"""

from __future__ import annotations

from collections.abc import Sequence

from exvivo.findings import Finding
from exvivo.study import Effect, Study
from exvivo.tell.asks.ask import Ask
from exvivo.tell.asks.numbers import higher, points_up, possible, rest
from exvivo.tell.asks.parts import (
    analytes,
    fold_margin,
    measured,
    not_estimable,
    people,
    where,
)
from exvivo.tell.asks.plain import otherwise, size
from exvivo.tell.figures import paired
from exvivo.tell.figures.chart import Figure
from exvivo.tell.names import target_of
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


def _plain(finding: Finding, question: Effect, study: Study) -> str:
    stimulus, blocked = study.name_of(question.stimulus), study.name_of(question.blocked)
    target = target_of(finding, study)
    if finding.verdict == "supported":
        amount = "more" if points_up(finding) else "less"
        there = f"Given {blocked} instead of {stimulus}, cells had {amount} {target}"
        return f"{there}{size(finding, 'as much')}."
    return otherwise(finding, target, "whether it makes a difference")


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
    limits=(
        "What a drug does in a dish it need not do in a person, and it may act on more than it is "
        "meant to."
    ),
    words=_words,
    sentence=_sentence,
    plain=_plain,
    figure=_figure,
)
