"""From answers to scores, with what missing answers allow: ANSWERS -> CLINIC."""

from exvivo.quantify.scores.forms import Scored, score_forms
from exvivo.quantify.scores.people import scored

__all__ = ["Scored", "score_forms", "scored"]
