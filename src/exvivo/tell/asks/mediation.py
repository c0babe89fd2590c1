"""How much of a scale's difference between groups goes along with a result? A hypothesis, and
worded as one.
"""

from __future__ import annotations

from exvivo.findings import Finding
from exvivo.study import Mediation, Study
from exvivo.tell.asks.ask import Ask
from exvivo.tell.asks.numbers import CORRECTED, ends, rest
from exvivo.tell.asks.parts import (
    common_notes,
    measured,
    not_estimable,
    people,
    scales_asked,
    subject,
)
from exvivo.tell.names import scale_of
from exvivo.tell.visits import of_scores


def _words(question: Mediation, study: Study) -> str:
    first, second = people(question, study)
    what = subject(question, study)
    return (
        f"As a hypothesis: how much of the difference in {scales_asked(question.scales, study)} "
        f"between {first} and {second} goes along with {what}?"
    )


def _sentence(finding: Finding, question: Mediation, study: Study) -> str:
    """With everything measured at one time it stays a hypothesis whatever the verdict."""
    first, second = people(question, study)
    scale = scale_of(finding, study) + of_scores(finding, study)
    asked = (
        f"part of the difference in {scale} between {first} and {second} goes along with the "
        f"{measured(finding, study)}"
    )
    whether = f"Hypothesis only: whether {asked}"
    if finding.verdict == "not estimable":
        return not_estimable(whether, finding, study)
    size = rest(finding, study)
    if finding.verdict == "supported":
        return (
            f"Hypothesis only: {asked}, {size}. Data of one time cannot say which came first, or "
            "whether either acts on the other."
        )
    possible = f"A part anywhere from {ends(finding)} points remains possible."
    if finding.excludes_null:
        possible = CORRECTED
    return f"{whether} is not resolved: {size}. {possible}"


def _notes(question: Mediation, study: Study) -> list[str]:
    hypothesis = "A hypothesis: data of one time cannot tell the order of things."
    return common_notes(question, study, hypothesis)


MEDIATION = Ask(
    kind="mediation",
    record=Mediation,
    heading="Parts of a difference that go along with a result (hypotheses)",
    page="mediation.md",
    words=_words,
    sentence=_sentence,
    notes=_notes,
)
