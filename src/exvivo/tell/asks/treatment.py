"""Do donors who take a medication respond otherwise? An association, whatever its direction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Study, Treatment
from exvivo.tell import words
from exvivo.tell.asks.ask import Ask
from exvivo.tell.asks.numbers import higher, possible, rest
from exvivo.tell.asks.parts import (
    common_notes,
    measured,
    not_estimable,
    people,
    subject,
)
from exvivo.tell.figures import exposure
from exvivo.tell.figures.chart import Figure
from exvivo.tell.tables import Shown, Tables


def _exposed(question: Treatment) -> str:
    return f"donors with {question.exposure} ({question.exposed})"


def _words(question: Treatment, study: Study) -> str:
    (who,) = people(question, study)
    what = subject(question, study)
    return f"Within {who}, is {what} other in {_exposed(question)}?"


def _sentence(finding: Finding, question: Treatment, study: Study) -> str:
    (who,) = people(question, study)
    what, exposed = measured(finding, study), _exposed(question)
    whether = f"Within {who}, whether the {what} is other in {exposed}"
    if finding.verdict == "not estimable":
        return not_estimable(whether, finding, study)
    size = rest(finding, study)
    if finding.verdict == "supported":
        return (
            f"Within {who}, the {what} is {higher(finding)} in {exposed} than in donors without: "
            f"{size}. Nobody assigned it by chance, so the difference may come from why it is "
            "taken."
        )
    return f"{whether} is not resolved: {size}. {possible(finding, 'It', 'that of donors without')}"


def _notes(question: Treatment, study: Study) -> list[str]:
    return common_notes(question, study, _not_exposed(question, study))


def _not_exposed(question: Treatment, study: Study) -> str:
    """The words that count as not exposed, where there are several; else empty."""
    if question.exposure not in study.donors.columns:
        return ""
    asked = study.donors.filter(pl.col("group") == question.within)
    counts = Counter(word for word in asked[question.exposure].to_list() if word)
    del counts[question.exposed]
    if len(counts) < 2:
        return ""
    named = words.listed(f"{word} ({n})" for word, n in sorted(counts.items()))
    return f"Donors counted as not exposed have here: {named}."


def _figure(
    question: Treatment, answers: Sequence[Shown], tables: Tables, study: Study, name: str
) -> Figure | None:
    findings = [shown.finding for shown in answers]
    return exposure.figure(question, findings, responses=tables.responses, study=study, name=name)


TREATMENT = Ask(
    kind="treatment",
    record=Treatment,
    heading="Exposures that nobody assigned",
    page="treatment.md",
    words=_words,
    sentence=_sentence,
    notes=_notes,
    figure=_figure,
)
