"""How long a text is, in words of any language."""

from __future__ import annotations

import re

from exvivo.tell.language import Language

_WIDE = re.compile("[\u3041-\u30ff\u3400-\u9fff]")
"""Signs of Japanese."""
_LATIN = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)
_WORDS = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
_SIGNS_A_WORD = 2.5
"""Japanese signs that say as much as an English word: 1,796 signs and 91 Latin words say what 806
English words do, in the summary of the study that asks every kind of question.
"""


def words_of(text: str, language: Language) -> int:
    """The words of a text; of a language without spaces, as many as English needs for it.

    >>> from exvivo.tell.language import language
    >>> words_of("TNF was higher.", language("en")), words_of("TNFは高い値でした。", language("ja"))
    (3, 4)
    """
    if language.code != "ja":
        return len(_WORDS.findall(text))
    return len(_LATIN.findall(text)) + round(len(_WIDE.findall(text)) / _SIGNS_A_WORD)
