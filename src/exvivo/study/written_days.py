"""Days as people write them in a sentence, in English, German, French, Spanish and Japanese: every
one that a text may mean, wherever in it they stand.

In: any text. Out: days. A day without its year is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

_MONTHS = (
    "jan|january|januar|jänner|janvier|janv|ene|enero",
    "feb|february|februar|février|fevrier|févr|febrero",
    "mar|march|märz|maerz|mrz|mars|marzo",
    "apr|april|avril|avr|abril|abr",
    "may|mai|mayo",
    "jun|june|juni|juin|junio",
    "jul|july|juli|juillet|juil|julio",
    "aug|august|août|aout|agosto|ago",
    "sep|sept|september|septembre|septiembre",
    "oct|october|oktober|okt|octobre|octubre",
    "nov|november|novembre|noviembre",
    "dec|december|dezember|dez|décembre|decembre|déc|dic|diciembre",
)
_MONTH_OF = {name: at for at, names in enumerate(_MONTHS, 1) for name in names.split("|")}
_WORD = r"([^\W\d_]{3,10})"
_NUMBERS = re.compile(r"(?<![\d.])(\d{1,4})[-./] ?(\d{1,2})[-./] ?(\d{1,4})(?!\d)")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?!\d)")
_JAPANESE = re.compile(r"(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?日")
_DAY_FIRST = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?[- ]*(?:of |de )?{_WORD}"
    r"\.?,?[- ]*(?:of |de |del )?(\d{4})(?!\d)",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"{_WORD}\.? (?:the )?(\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})(?!\d)", re.IGNORECASE
)


def written_days(text: str) -> frozenset[date]:
    """Every day that stands in a text, in each way it can be read.

    >>> sorted(map(str, written_days("From 1 March 2025 to April 2nd, 2025.")))
    ['2025-03-01', '2025-04-02']
    >>> sorted(map(str, written_days("3/4/2025")))
    ['2025-03-04', '2025-04-03']
    >>> sorted(map(str, written_days("March 2025; EA 1/117/24")))
    []
    """
    return frozenset(filter(None, _readings(text)))


def _readings(text: str) -> Iterator[date | None]:
    for match in _NUMBERS.finditer(text):
        yield from _of_numbers(*match.groups())
    for pattern in (_COMPACT, _JAPANESE):
        for match in pattern.finditer(text):
            yield _day(*map(int, match.groups()))
    for match in _DAY_FIRST.finditer(text):
        yield _named(match[3], match[2], match[1])
    for match in _MONTH_FIRST.finditer(text):
        yield _named(match[3], match[1], match[2])


def _of_numbers(first: str, second: str, third: str) -> Iterator[date | None]:
    """Year first; or year last, where day and month may stand in either order."""
    if len(first) == 4 and len(third) < 3:
        yield _day(int(first), int(second), int(third))
    elif len(first) < 3 and len(third) in (2, 4):
        year = int(third) + (2000 if len(third) == 2 else 0)
        yield _day(year, int(second), int(first))
        yield _day(year, int(first), int(second))


def _named(year: str, month: str, day: str) -> date | None:
    """A day whose month is a word; none where the word is no month."""
    return _day(int(year), _MONTH_OF.get(month.casefold(), 0), int(day))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
