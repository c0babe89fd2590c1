"""A text that people wrote, held against the answers of a study, by rules and lists of words that
anybody can read (`rules.yaml`); nothing is rewritten.
"""

from exvivo.claim_records import CheckedText, Judgement, Place, Sentence, Spin, SpinKind

__all__ = ["CheckedText", "Judgement", "Place", "Sentence", "Spin", "SpinKind"]
