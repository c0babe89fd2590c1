"""What the report says of each kind of question: one file a kind, one line of the registry."""

from typing import Any

from exvivo.tell.asks.ask import Ask
from exvivo.tell.asks.association import ASSOCIATION
from exvivo.tell.asks.change import CHANGE
from exvivo.tell.asks.difference import DIFFERENCE
from exvivo.tell.asks.effect import EFFECT
from exvivo.tell.asks.identity import IDENTITY
from exvivo.tell.asks.mediation import MEDIATION
from exvivo.tell.asks.specificity import SPECIFICITY
from exvivo.tell.asks.treatment import TREATMENT

__all__ = ["ASKS", "Ask"]

_EVERY: tuple[Ask[Any], ...] = (
    DIFFERENCE,
    ASSOCIATION,
    SPECIFICITY,
    CHANGE,
    EFFECT,
    TREATMENT,
    MEDIATION,
    IDENTITY,
)
ASKS = {ask.kind: ask for ask in _EVERY}
"""Every kind of question by what study.yaml writes under `ask`, in the order of the report."""
