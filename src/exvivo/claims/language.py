"""Whether a text is English: by the words that each language cannot do without."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = frozenset(
    [
        "the",
        "of",
        "and",
        "to",
        "in",
        "is",
        "are",
        "was",
        "were",
        "that",
        "this",
        "with",
        "for",
        "not",
        "from",
        "by",
        "than",
        "which",
        "their",
        "have",
        "has",
        "be",
        "been",
        "we",
        "it",
        "as",
        "at",
        "or",
        "an",
        "more",
        "no",
        "how",
        "what",
        "whose",
        "these",
        "those",
        "only",
        "between",
        "both",
        "other",
        "when",
    ]
)
_OTHERS = {
    "German": "der die das und ist nicht mit von den dem des ein eine einer einen sich auch auf "
    "bei für als sind wurde wurden werden zu zur zum im durch oder aus nach wird dass diese dieser "
    "haben hat kein keine höher niedriger zwischen mehr weniger verursacht ursache "
    "schmerz schmerzen zellen patienten patientinnen menschen gesunden gesunde",
    "French": "le la les des du et est une dans pour que qui sur avec par aux ces cette ont été "
    "sont plus pas au ne se leur leurs chez ou mais comme était étaient entre douleur "
    "douleurs cellules patientes atteints malades réponse",
    "Spanish": "el los las del y es una por con para que en se su sus lo como más fue fueron no al "
    "entre son han ha pero este esta estos estas sin células dolor "
    "causa pacientes personas respuesta",
    "Italian": "il gli dei della delle degli e è una per con che nel nella sono non di da al alla "
    "dal come più anche si tra",
    "Portuguese": "os as do da dos das e é uma por com para que em se não ao na no nos mais foi "
    "foram são entre como",
    "Dutch": "het een van en is niet met voor op zijn dat de die bij ook uit naar werd werden "
    "tussen deze dan wordt",
}
_NOT_ENGLISH = {name: frozenset(words.split()) - _ENGLISH for name, words in _OTHERS.items()}
_OTHER_SCRIPT = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0400-\u04ff\u0600-\u06ff]")
_ENOUGH = 4
"""Words of another language that a text with English words holds before it is taken for that
language.
"""
_FEW, _SHARE = 2, 0.4
_CODE = re.compile(r"```|[{}\d]")
"""Words of another language, and their share of all, that are enough beside no English word (in
a text without code or numbers: places and names are no language).
"""
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def is_english(text: str) -> bool:
    """Whether no paragraph of a text is in another language.

    >>> is_english("TNF is higher in the cells of patients.")
    True
    >>> is_english("TNF ist in den Zellen der Kranken höher als in denen der Gesunden.")
    False
    """
    return not foreign_paragraphs(re.split(r"\n\s*\n", text))


def foreign_paragraphs(paragraphs: Iterable[str]) -> list[str]:
    """The paragraphs that are in another language than English."""
    return [each for each in paragraphs if any(map(_foreign, (each, *_SENTENCE.split(each))))]


def _foreign(paragraph: str) -> bool:
    signs = len(_OTHER_SCRIPT.findall(paragraph))
    words = _WORD.findall(paragraph.lower())
    if signs >= _ENOUGH and signs > len(words) / 2:
        return True
    english = sum(word in _ENGLISH for word in words)
    most = max(sum(word in own for word in words) for own in _NOT_ENGLISH.values())
    if not english:
        return most >= max(_FEW, _SHARE * len(words)) and not _CODE.search(paragraph)
    return most >= _ENOUGH and most > english
