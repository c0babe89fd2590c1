"""A text as a reader meets it: its sentences and words, in five languages; and an index of
difficulty that needs no library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

_MARKUP = re.compile(r"^\s*(?:[-*+]\s+|\d+\.\s+|>\s*)|\*\*|__|`")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_ENDS = re.compile(r"(?<=[.!?…])[\"»”’)\]]*\s+(?=\S)|(?<=[。！？])")
_WORD = re.compile(r"[^\W_]+(?:['’.,\-‑/][^\W_]+)*")
_IN_NUMBER = re.compile(r"(?<=\d)[.,\u202f\u00a0' ](?=\d)")
_JAPANESE = "ja"
LONG = 6
"""Letters above which a word is long, for LIX."""


def plain(line: str) -> str:
    """A line of Markdown as it is read."""
    return _LINK.sub(r"\1", _MARKUP.sub("", line)).strip()


def sentences_of(lines: Iterable[str]) -> Iterator[str]:
    """The sentences of lines, each line beginning a new one; a term and what explains it (`TNF: a
    protein ...`) are two.
    """
    for line in lines:
        for part in _ENDS.split(plain(line)):
            if part and part.strip():
                yield part.strip()


def words_of(text: str) -> list[str]:
    """The words of a text; what is joined by a hyphen or an apostrophe is one, as is a number.

    >>> words_of("TNF (IL-6) was 2.5 times higher")
    ['TNF', 'IL-6', 'was', '2.5', 'times', 'higher']
    """
    return _WORD.findall(text)


def length_of(sentence: str, code: str) -> int:
    """The length of a sentence in words; in characters without spaces where none stand between
    words.
    """
    if code == _JAPANESE:
        return len(re.sub(r"[\s、。，．「」（）()]", "", sentence))
    return len(words_of(sentence))


@dataclass(frozen=True)
class Lengths:
    """How long a text and its sentences are: words, or characters in Japanese."""

    whole: int
    mean: float
    longest: int
    longest_sentence: str


def lengths(lines: Iterable[str], code: str) -> Lengths:
    """Those of the lines of a text."""
    sentences = list(sentences_of(lines))
    of = [length_of(sentence, code) for sentence in sentences]
    at = of.index(max(of))
    return Lengths(sum(of), fmean(of), of[at], sentences[at])


def prepared(lines: Iterable[str]) -> str:
    """Lines as a running text for a program that counts sentences by their marks: each line ends,
    and no mark stands within a number.
    """
    ended = (
        text if text.endswith((".", "!", "?", "。", "！", "？")) else f"{text}."
        for text in map(plain, lines)
        if text
    )
    return _IN_NUMBER.sub("", " ".join(ended))


def lix(lines: Sequence[str]) -> float:
    """Words per sentence plus the percentage of words of more than six letters (Björnsson 1968,
    Läsbarhet). Below 30 children's books, 30 to 40 fiction, 40 to 50 newspapers, above 50 texts of
    officials and of science.
    """
    words = words_of(prepared(lines))
    sentences = list(sentences_of(lines))
    return len(words) / len(sentences) + 100 * sum(len(w) > LONG for w in words) / len(words)
