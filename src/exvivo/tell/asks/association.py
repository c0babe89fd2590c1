"""Is a result related to a clinical scale?"""

from __future__ import annotations

from collections.abc import Sequence

from exvivo.findings import Finding
from exvivo.study import Association, Study
from exvivo.tell.asks.ask import Ask
from exvivo.tell.asks.numbers import possible, rest
from exvivo.tell.asks.parts import (
    common_notes,
    measured,
    not_estimable,
    people,
    scales_asked,
    score,
    subject,
)
from exvivo.tell.figures import association
from exvivo.tell.figures.chart import Figure
from exvivo.tell.names import scale_of
from exvivo.tell.tables import Shown, Tables
from exvivo.tell.visits import of_scores


def _words(question: Association, study: Study) -> str:
    (who,) = people(question, study)
    what = subject(question, study)
    return f"Within {who}, is {what} related to {scales_asked(question.scales, study)}?"


def _sentence(finding: Finding, question: Association, study: Study) -> str:
    (who,) = people(question, study)
    what, at = measured(finding, study), of_scores(finding, study)
    scale = scale_of(finding, study) + at
    whether = f"Within {who}, whether the {what} is related to {scale}"
    if finding.verdict == "not estimable":
        return not_estimable(whether, finding, study)
    size = rest(finding, study)
    if finding.verdict == "supported":
        return f"Within {who}, a higher {what} goes with {score(finding, study)}{at}: {size}."
    return f"{whether} is not resolved: {size}. {possible(finding, '', '')}"


def _notes(question: Association, study: Study) -> list[str]:
    if question.symptoms == "either":
        return common_notes(question, study, "The study declares no expected direction.")
    expected = f"a higher response with {question.symptoms} symptoms"
    return common_notes(question, study, f"The study declares that it expected {expected}.")


def _figure(
    question: Association, answers: Sequence[Shown], tables: Tables, study: Study, name: str
) -> Figure:
    return association.figure(
        question,
        [shown.finding for shown in answers],
        responses=tables.responses,
        clinic=tables.clinic,
        study=study,
        name=name,
    )


ASSOCIATION = Ask(
    kind="association",
    record=Association,
    heading="Relations with clinical scores",
    page="association.md",
    words=_words,
    sentence=_sentence,
    notes=_notes,
    figure=_figure,
)
