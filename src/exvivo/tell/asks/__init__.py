"""What the report says of each kind of question: one file a kind, one line of the registry."""

from exvivo.tell.asks.association import ASSOCIATION
from exvivo.tell.asks.change import CHANGE
from exvivo.tell.asks.difference import DIFFERENCE
from exvivo.tell.asks.effect import EFFECT
from exvivo.tell.asks.identity import IDENTITY
from exvivo.tell.asks.mediation import MEDIATION
from exvivo.tell.asks.parts import Ask
from exvivo.tell.asks.specificity import SPECIFICITY
from exvivo.tell.asks.treatment import TREATMENT

__all__ = ["ASKS", "Ask"]

ASKS: dict[str, Ask] = {
    "difference": DIFFERENCE,
    "association": ASSOCIATION,
    "specificity": SPECIFICITY,
    "change": CHANGE,
    "effect": EFFECT,
    "treatment": TREATMENT,
    "mediation": MEDIATION,
    "identity": IDENTITY,
}
"""The words of every kind of question, by what it asks."""
