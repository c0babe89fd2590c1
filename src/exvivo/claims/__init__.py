"""A text that people wrote, held against the answers of a study, by rules and lists of words that
anybody can read (`rules.yaml`); nothing is rewritten.
"""

from exvivo.claim_records import CheckedText, Judgement, Place, Sentence, Spin, SpinKind
from exvivo.claims.check import check
from exvivo.claims.language import is_english
from exvivo.claims.rules import Kind, Rule, kinds, rules, word_lists

__all__ = [
    "CheckedText",
    "Judgement",
    "Kind",
    "Place",
    "Rule",
    "Sentence",
    "Spin",
    "SpinKind",
    "check",
    "is_english",
    "kinds",
    "rules",
    "word_lists",
]
