"""Names and labels of fields as words, and rows of names in one pattern."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[^\W\d_]+|\d+")
_NUMBERED = re.compile(r"(.*?)(\d+)(\D*)")
_FEWEST = 3
"""Names in a row from which a pattern is shorter than a list."""


def plain(text: str) -> str:
    """The letters and digits of a text, in small letters.

    >>> plain("PHQ-9"), plain("hads_01")
    ('phq9', 'hads01')
    """
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in folded if sign.isalnum())


def words(text: str) -> list[str]:
    """The words and numbers of a name or label, in small letters.

    >>> words("visit_date"), words("Date of birth (d.m.y)")
    (['visit', 'date'], ['date', 'of', 'birth', 'd', 'm', 'y'])
    """
    return _WORD.findall(unicodedata.normalize("NFKC", text.casefold()))


def holds(texts: Iterable[str], stems: Iterable[str]) -> bool:
    """Whether a word of some texts begins with one of some stems; a stem that ends in a space is a
    whole word.

    >>> holds(["meds", "Medication now"], ["medic"]), holds(["agent"], ["age "])
    (True, False)
    """
    begins = tuple(stems)
    return any(f"{word} ".startswith(begins) for word in words(" ".join(texts)))


def patterns(names: Sequence[str]) -> tuple[str, ...]:
    """Names as patterns, in their order: numbers in a row stand in braces.

    >>> patterns(["hads1", "hads2", "hads3", "sss_a"])
    ('hads{1-3}', 'sss_a')
    """
    made: list[str] = []
    run: list[str] = []
    for name in names:
        if run and not _follows(run[-1], name):
            made += _pattern(run)
            run = []
        run.append(name)
    return (*made, *_pattern(run))


def _follows(before: str, after: str) -> bool:
    """Whether a name is that of the next number, written without zeros in front."""
    one, two = _NUMBERED.fullmatch(before), _NUMBERED.fullmatch(after)
    if not one or not two or (one[1], one[3]) != (two[1], two[3]):
        return False
    first, second = one[2], two[2]
    return f"{int(first)}" == first and f"{int(first) + 1}" == second


def _pattern(run: Sequence[str]) -> list[str]:
    """Names in a row as one pattern; a few as they are."""
    first, last = (_NUMBERED.fullmatch(name) for name in (run[0], run[-1])) if run else (None, None)
    if len(run) < _FEWEST or first is None or last is None:
        return list(run)
    return [f"{first[1]}{{{first[2]}-{last[2]}}}{first[3]}"]
