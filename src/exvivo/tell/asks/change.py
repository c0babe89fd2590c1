"""Does a result change from visit to visit, and does a scale change with it?"""

from __future__ import annotations

from collections.abc import Sequence

from exvivo.findings import Finding
from exvivo.study import Change, Study
from exvivo.tell.asks.ask import Ask
from exvivo.tell.asks.numbers import points_up, possible, rest
from exvivo.tell.asks.parts import (
    fold_margin,
    measured,
    not_estimable,
    people,
    scales_asked,
    score,
    subject,
)
from exvivo.tell.figures import together, visits
from exvivo.tell.figures.chart import Figure
from exvivo.tell.names import scale_of
from exvivo.tell.tables import Shown, Tables


def _from_to(question: Change) -> str:
    return f"from visit {question.visits[0]} to visit {question.visits[-1]}"


def _words(question: Change, study: Study) -> str:
    (who,) = people(question, study)
    what = subject(question, study)
    if question.scales:
        scales = scales_asked(question.scales, study)
        return f"Within {who}, does {what} change together with {scales}?"
    return f"Within {who}, does {what} change {_from_to(question)}?"


def _sentence(finding: Finding, question: Change, study: Study) -> str:
    if finding.scale:
        return _with_scale(finding, question, study)
    (who,) = people(question, study)
    what, when = measured(finding, study), _from_to(question)
    whether = f"Within {who}, whether the {what} changes {when}"
    if finding.verdict == "not estimable":
        return not_estimable(whether, finding, study)
    size = rest(finding, study)
    if finding.verdict == "supported":
        return f"Within {who}, the {what} {_rises(finding)} {when}: {size}."
    if finding.verdict == "equivalent":
        margin = fold_margin(question.margin)
        return (
            f"Within {who}, the {what} changes {when} by less than the declared {margin}: {size}."
        )
    return f"{whether} is not resolved: {size}. {possible(finding, 'The last', 'the first')}"


def _rises(finding: Finding) -> str:
    return "rises" if points_up(finding) else "falls"


def _with_scale(finding: Finding, question: Change, study: Study) -> str:
    """The sentence of a relation between changes."""
    (who,) = people(question, study)
    what, when = measured(finding, study), _from_to(question)
    scale = scale_of(finding, study)
    whether = f"Within {who}, whether {scale} changes with the {what} {when}"
    if finding.verdict == "not estimable":
        return not_estimable(whether, finding, study)
    size = rest(finding, study)
    if finding.verdict == "supported":
        goes_with = score(finding, study)
        return f"Within donors of {who}, a higher {what} goes with {goes_with} {when}: {size}."
    return f"{whether} is not resolved: {size}. {possible(finding, '', '')}"


def _figure(
    question: Change, answers: Sequence[Shown], tables: Tables, study: Study, name: str
) -> Figure | None:
    findings, responses = [shown.finding for shown in answers], tables.responses
    if not question.scales:
        return visits.figure(question, findings, responses=responses, study=study, name=name)
    return together.figure(
        question, findings, responses=responses, clinic=tables.clinic, study=study, name=name
    )


CHANGE = Ask(
    kind="change",
    record=Change,
    heading="Changes over visits",
    page="change.md",
    words=_words,
    sentence=_sentence,
    figure=_figure,
)
