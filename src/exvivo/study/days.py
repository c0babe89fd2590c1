"""Days as files and people write them: the one that a text means, or every one it may mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})(?!\d)")
_DAY_FIRST = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_DAY_AND_MONTH = re.compile(r"(\d{1,2})[ -.]+([A-Za-zäöü]{3})[a-zäöü]*[ -.,]+(\d{4})")
_MONTH_AND_DAY = re.compile(r"([A-Za-zäöü]{3})[a-zäöü]*\.? (\d{1,2}),? (?:\D*[\d:]+\D+)?(\d{4})")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([-./])(\d{1,2})\2(\d{4})(?!\d)")
_MONTH_WORD = re.compile(r"(?<!\d)(\d{1,2})[-. ]+([A-Za-zÄä]{3})[a-zä]*[-. ,]+(\d{4})(?!\d)")
_MONTHS = (
    *(("jan",), ("feb",), ("mar", "mär", "mrz"), ("apr",), ("may", "mai"), ("jun",)),
    *(("jul",), ("aug",), ("sep",), ("oct", "okt"), ("nov",), ("dec", "dez")),
)
EXCEL_DAYS = range(36_526, 73_051)
"""The days 2000-01-01 to 2099-12-31 as Excel numbers them."""
_EXCEL_BEGINS = date(1899, 12, 30)


def day_of(text: str) -> date | None:
    """The day at the beginning of a text, in one of the usual forms; None where there is none, or
    where it can be read in two ways (03/04/2026).

    >>> day_of("2026-03-01 18:22:10 PM MEZ"), day_of("20.03.2026"), day_of("03/14/2026 10:02")
    (datetime.date(2026, 3, 1), datetime.date(2026, 3, 20), datetime.date(2026, 3, 14))
    >>> day_of("12-MAR-2026"), day_of("46055"), day_of("03/04/2026")
    (datetime.date(2026, 3, 12), datetime.date(2026, 2, 2), None)
    """
    text = text.strip()
    if text.isdigit() and int(text) in EXCEL_DAYS:
        return _EXCEL_BEGINS + timedelta(days=int(text))
    if match := _ISO.match(text) or _COMPACT.match(text):
        return _day(match[1], match[2], match[3])
    if match := _DAY_FIRST.match(text):
        return _day(match[3], match[2], match[1])
    if match := _SLASHED.match(text):
        return _slashed(match[1], match[2], match[3])
    return _named(text)


def _named(text: str) -> date | None:
    """A day whose month is a word."""
    if match := _DAY_AND_MONTH.match(text):
        return _day(match[3], _month(match[2]), match[1])
    words = text.split(" ", 1)
    for rest in (text, *words[1:]):
        if match := _MONTH_AND_DAY.match(rest):
            return _day(match[3], _month(match[1]), match[2])
    return None


def _month(word: str) -> str:
    """The number of a month; 0 for a word that is none."""
    names = (at for at, spelled in enumerate(_MONTHS, start=1) if word.casefold() in spelled)
    return str(next(names, 0))


def _slashed(first: str, second: str, year: str) -> date | None:
    """Day and month in an order that the numbers themselves must tell."""
    ways = {_day(year, first, second), _day(year, second, first)} - {None}
    return ways.pop() if len(ways) == 1 else None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def days_of(text: str) -> list[date]:
    """The days that a text may mean, wherever in it they stand, the earliest first; none where it
    holds no date.

    >>> days_of("5/11/2022 5:03:41 PM")
    [datetime.date(2022, 5, 11), datetime.date(2022, 11, 5)]
    >>> days_of("2026-03-01 18:22:10 PM MEZ"), days_of("21-Jan-2024, 06:00 PM"), days_of("2")
    ([datetime.date(2026, 3, 1)], [datetime.date(2024, 1, 21)], [])
    """
    return sorted({day for day in _readings(text) if day})


def _readings(text: str) -> Iterator[date | None]:
    """Each way to read the first date of a text."""
    if match := _YEAR_FIRST.search(text):
        yield _day(match[1], match[2], match[3])
    elif match := _YEAR_LAST.search(text):
        first, sign, second, year = match.groups()
        yield _day(year, second, first)
        if sign != ".":
            yield _day(year, first, second)
    elif match := _MONTH_WORD.search(text):
        yield _day(match[3], _month(match[2]), match[1])
