"""Every kind of question, each with the module that answers it: one registry.

A new kind is a record in `study`, a module here with its `ask`, and a line in `ASKS`; `tell` words
it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from exvivo.compare.asks import (
    association,
    change,
    difference,
    effect,
    identity,
    mediation,
    specificity,
    treatment,
)
from exvivo.compare.evidence import Evidence
from exvivo.errors import Bug
from exvivo.findings import Finding
from exvivo.study import (
    Association,
    Change,
    Difference,
    Effect,
    Identity,
    Mediation,
    Question,
    Specificity,
    Treatment,
)

Kind = TypeVar("Kind", bound=Question)
Ask = Callable[[Question, Evidence], list[Finding]]
"""What answers a question from the evidence."""


def _of(kind: type[Kind], ask: Callable[[Kind, Evidence], list[Finding]]) -> Ask:
    """What answers one kind of question, as what answers any."""

    def answers(question: Question, evidence: Evidence) -> list[Finding]:
        if not isinstance(question, kind):
            raise Bug(f"question {question.id} is no {kind.__name__}")
        return ask(question, evidence)

    return answers


ASKS: dict[str, Ask] = {
    "difference": _of(Difference, difference.ask),
    "association": _of(Association, association.ask),
    "specificity": _of(Specificity, specificity.ask),
    "change": _of(Change, change.ask),
    "effect": _of(Effect, effect.ask),
    "treatment": _of(Treatment, treatment.ask),
    "mediation": _of(Mediation, mediation.ask),
    "identity": _of(Identity, identity.ask),
}
"""What can be asked, by the `ask` of a question."""
