"""Is a difference between groups larger in one analyte than in others, or in these cells than in
others?
"""

from __future__ import annotations

from collections.abc import Sequence

from exvivo.findings import Finding
from exvivo.study import Specificity, Study
from exvivo.tell import words
from exvivo.tell.asks.ask import Ask
from exvivo.tell.asks.numbers import higher, possible, rest
from exvivo.tell.asks.parts import (
    measured,
    not_estimable,
    people,
    subject,
)
from exvivo.tell.figures import contrasts
from exvivo.tell.figures.chart import Figure
from exvivo.tell.tables import Shown, Tables


def _words(question: Specificity, study: Study) -> str:
    first, second = people(question, study)
    others = held_against(question.against, question, study)
    return (
        f"Is the difference between {first} and {second} in {subject(question, study)} "
        f"larger than in {others}?"
    )


def held_against(against: Sequence[str], question: Specificity, study: Study) -> str:
    """What the analyte or the cells are held against, in words."""
    analytes = words.listed(study.name_of(name) for name in against)
    mean = f"the mean of {analytes}" if len(against) > 1 else analytes
    if not question.against_cell_type:
        return mean
    cells = f"{study.name_of(question.against_cell_type)} of the same donors"
    return f"{mean} in {cells}" if mean else cells


def _sentence(finding: Finding, question: Specificity, study: Study) -> str:
    """The word `specific` stands only where the contrast excludes equality and is the larger."""
    first, second = people(question, study)
    what = measured(finding, study)
    others = [name for name in question.against if name != finding.analyte]
    against = held_against(others, question, study)
    asked = f"the difference between {first} and {second} in the {what}"
    if finding.verdict == "not estimable":
        return not_estimable(f"Whether {asked} is specific, against {against},", finding, study)
    ratio = f"ratio of the two folds {rest(finding, study)}"
    if finding.verdict != "supported":
        return (
            f"Whether {asked} is another than in {against} is not resolved: {ratio}. "
            f"{possible(finding, 'The one fold', 'the other')}"
        )
    if finding.larger:
        return (
            f"{words.capital(asked)} is specific to it: larger than in {against}. "
            f"{words.capital(ratio)}."
        )
    return (
        f"Relative to {against}, the {what} is {higher(finding)} in {first} than in {second}: "
        f"{ratio}. Its own difference was not found to be the larger one."
    )


def _figure(
    question: Specificity, answers: Sequence[Shown], tables: Tables, study: Study, name: str
) -> Figure | None:
    return contrasts.figure(
        question,
        answers,
        asked=tables.findings,
        responses=tables.responses,
        study=study,
        name=name,
    )


SPECIFICITY = Ask(
    kind="specificity",
    record=Specificity,
    heading="Contrasts of differences",
    page="specificity.md",
    words=_words,
    sentence=_sentence,
    figure=_figure,
)
