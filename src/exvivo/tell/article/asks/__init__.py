"""What a summary says of each kind of question: one line of the registry a kind."""

from collections.abc import Mapping

from exvivo.tell.article.asks.between import DIFFERENCE, MEDIATION, SPECIFICITY
from exvivo.tell.article.asks.cells import IDENTITY
from exvivo.tell.article.asks.plain_ask import PlainAsk
from exvivo.tell.article.asks.within import ASSOCIATION, CHANGE, EFFECT, TREATMENT

__all__ = ["PLAIN_ASKS", "PlainAsk"]

PLAIN_ASKS: Mapping[str, PlainAsk] = {
    "difference": DIFFERENCE,
    "association": ASSOCIATION,
    "specificity": SPECIFICITY,
    "change": CHANGE,
    "effect": EFFECT,
    "treatment": TREATMENT,
    "mediation": MEDIATION,
    "identity": IDENTITY,
}
"""Every kind of question by what study.yaml writes under `ask`."""
