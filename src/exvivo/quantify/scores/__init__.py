"""From answers to scores, with what missing answers allow."""

from exvivo.quantify.scores.forms import Scored, score_forms

__all__ = ["Scored", "score_forms"]
