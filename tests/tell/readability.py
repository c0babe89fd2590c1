"""How hard a text is to read, and what a plain summary must keep."""

from __future__ import annotations

import re

import polars as pl

from exvivo.study import Study
from exvivo.tell import shown_of
from exvivo.tell.summary import plain

EASY = 32.0
"""LIX below which a text reads like fiction for adults; newspapers lie at 40, science at 55
(Björnsson 1968, Läsbarhet; Anderson 1983, Journal of Reading 26, 490). Measured: 28 of the demo and
of the study of intake, 33 and 31 before each answer had a sentence of its own.
"""
LONGEST = 45
"""Words of the longest sentence."""
TECHNICAL = ("coefficient", "rho", "log2", " p ", "correlation", "interval", "estimate", "r =")


def words_of(text: str) -> list[str]:
    """The words of a text; what is joined by a hyphen is one."""
    return re.findall(r"[^\W\d_]+(?:['-][^\W\d_]+)*", text)


def lix(text: str) -> float:
    """Words per sentence plus the percentage of words of more than six letters."""
    words, sentences = words_of(text), re.findall(r"[.!?:](?=\s|$)", text)
    return len(words) / len(sentences) + 100 * sum(len(word) > 6 for word in words) / len(words)


def assert_plain(study: Study, findings: pl.DataFrame) -> None:
    """One easy sentence an answer with its donors, no statistics, and the words explained."""
    told = plain(study, findings=shown_of(findings))
    text = " ".join(told.paragraphs)
    assert lix(text) < EASY
    for sentence in re.split(r"(?<=[.!?])\s", text):
        assert len(words_of(sentence)) <= LONGEST, sentence
    assert not [word for word in TECHNICAL if word in text.lower()]
    answers = findings.filter(part="answer")
    sentences = [sentence for each in told.told for sentence in each.sentences]
    assert len(sentences) == answers.height, "one sentence an answer"
    for sentence in sentences:
        assert re.search(r"\(\d+( and \d+)? donors", sentence), sentence
    assert {"mRNA", "protein", "response", "donor"} <= {term.name for term in told.terms}
    assert told.limits and "What this does not show:" in text
