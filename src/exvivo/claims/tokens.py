"""The words of a sentence, and phrases looked up in them: a sentence goes in, and each phrase of a
list that stands in it comes out with its place.

Case, hyphens and spaces do not matter; Greek letters are read as their names are. In a phrase,
`word*` is any word that begins so, `a|b` one of two, `#` a number and `...` up to four words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

_TOKEN = re.compile(
    r"\d+(?:[.,·]\d+)*|[α-ωßϐ]|[^\W\dα-ωßϐ_]+(?:'t\b)?|[%<>=≤≥±~≈?;:,()\[\]+]"
    r"|(?<![\w)])[-−](?=[\d.])|(?<=\d)\s?[-–—]\s?(?=\d)"
)
_SAME_LENGTH = str.maketrans("’‘ʼ“”„«»‐‑‒\u00a0\u202f\u2009⁎", '\'\'\'"""""---   *')
_SPELLED = {
    **dict(zip("αβϐßγδεκλ", "abbbgdekl", strict=True)),
    **{"alpha": "a", "beta": "b", "gamma": "g", "delta": "d", "epsilon": "e", "kappa": "k"},
    **{"lambda": "l", "interleukin": "il", "interleukins": "il", "tumour": "tumor"},
    **{"interferon": "ifn", "leukocyte": "leucocyte"},
}
"""What is read as the same word: Greek letters by their names, and words of two spellings."""
_IN_WORDS = frozenset(
    [
        *("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
        *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
        *("nineteen", "twenty", "thirty", "forty", "fifty", "hundred"),
    ]
)
"""Numbers in words that stand for `#`."""
_GAP = 4
_SHORTEST_STEM, _LONGEST_STEM = 2, 12


def folded(text: str) -> str:
    """A text in lower case with plain quotes and hyphens, each sign in its place."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in text)
    return lower.translate(_SAME_LENGTH)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or sign of a sentence, with its characters."""

    word: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """The words of a text, in the form in which they are looked up.

    >>> [token.word for token in tokens_of("TNF-α and IL1B rose 2.1-fold")]
    ['tnf', 'a', 'and', 'il', '1', 'b', 'rose', '2.1', 'fold']
    """
    return [
        Token(_spelled(found[0]), found.start(), found.end())
        for found in _TOKEN.finditer(folded(text))
    ]


@dataclass(frozen=True, slots=True)
class Mark:
    """A phrase that stands in a sentence: the list it is of, what it stands for there, and its
    tokens from `first` up to `last`.
    """

    kind: str
    id: str
    first: int
    last: int

    def overlaps(self, other: Mark) -> bool:
        """Whether two phrases share a word."""
        return self.first < other.last and other.first < self.last


@dataclass(frozen=True, slots=True)
class _Element:
    """What may stand at one place of a phrase: whole words, beginnings of words, a number, or any
    few words.
    """

    words: frozenset[str] = frozenset()
    stems: tuple[str, ...] = ()
    number: bool = False
    gap: bool = False

    def fits(self, word: str) -> bool:
        """Whether a word may stand here."""
        if word in self.words:
            return True
        if self.stems and word.startswith(self.stems):
            return True
        return self.number and (word[:1].isdigit() or word in _IN_WORDS)


@dataclass(frozen=True, slots=True)
class _Phrase:
    kind: str
    id: str
    rest: tuple[_Element, ...]


class Phrases:
    """Lists of phrases, looked up together."""

    def __init__(self, lists: Iterable[tuple[str, str, str]]) -> None:
        self._known: dict[str, tuple[_Phrase, ...]] = {}
        self._words: dict[str, list[_Phrase]] = {}
        self._stems: dict[str, list[_Phrase]] = {}
        for kind, identifier, phrase in lists:
            self._add(kind, identifier, _elements(phrase))

    def _add(self, kind: str, identifier: str, elements: list[_Element]) -> None:
        if not elements:
            return
        first, phrase = elements[0], _Phrase(kind, identifier, tuple(elements[1:]))
        for word in first.words | ({"#"} if first.number else set()):
            self._words.setdefault(word, []).append(phrase)
        for stem in first.stems:
            self._stems.setdefault(stem, []).append(phrase)

    @cached_property
    def _lengths(self) -> list[int]:
        return sorted({len(stem) for stem in self._stems})

    def marks(self, tokens: list[Token]) -> Iterator[Mark]:
        """Every phrase that stands in the tokens, in their order."""
        words = [token.word for token in tokens]
        for at, word in enumerate(words):
            phrases = self._known.get(word)
            if phrases is None:
                phrases = self._known[word] = tuple(self._beginning(word))
            for phrase in phrases:
                last = _end(words, at + 1, phrase.rest)
                if last:
                    yield Mark(phrase.kind, phrase.id, at, last)

    def _beginning(self, word: str) -> Iterator[_Phrase]:
        """The phrases that may begin with a word."""
        yield from self._words.get(word, ())
        for length in self._lengths:
            if length > len(word):
                break
            yield from self._stems.get(word[:length], ())
        if word[:1].isdigit() or word in _IN_WORDS:
            yield from self._words.get("#", ())


def _elements(phrase: str) -> list[_Element]:
    """A phrase of a list as what may stand at each of its places."""
    elements: list[_Element] = []
    for part in phrase.split():
        if part == "...":
            elements.append(_Element(gap=True))
        elif "|" in part or part == "#":
            elements.append(_element(part.split("|")))
        else:
            elements += [_element([word]) for word in _words_of(part)]
    return elements


def _element(choices: list[str]) -> _Element:
    whole = frozenset(_spelled(word) for word in choices if word != "#" and word[-1:] != "*")
    stems = tuple(word[:-1] for word in choices if word.endswith("*"))
    return _Element(whole, stems, number="#" in choices)


def _spelled(word: str) -> str:
    return _SPELLED.get(word, word)


def _words_of(part: str) -> list[str]:
    """The words of a part without alternatives; only its last may be a beginning."""
    words = [token.word for token in tokens_of(part.removesuffix("*"))]
    return [*words[:-1], f"{words[-1]}*"] if part.endswith("*") and words else words


def _end(words: list[str], at: int, rest: tuple[_Element, ...]) -> int:
    """Where the rest of a phrase ends that begins at a word; 0 where it does not stand there."""
    for index, element in enumerate(rest):
        if element.gap:
            later = rest[index + 1 :]
            ends = (_end(words, at + skip, later) for skip in range(_GAP + 1))
            return next(filter(None, ends), 0)
        if at >= len(words) or not element.fits(words[at]):
            return 0
        at += 1
    return at
