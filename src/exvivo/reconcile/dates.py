"""Dates as instruments and people write them: every day that a text may mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([-./])(\d{1,2})\2(\d{4})(?!\d)")
_MONTH_WORD = re.compile(r"(?<!\d)(\d{1,2})[-. ]+([A-Za-zÄä]{3})[a-zä]*[-. ,]+(\d{4})(?!\d)")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan",),
            ("feb",),
            ("mar", "mär"),
            ("apr",),
            ("may", "mai"),
            ("jun",),
            ("jul",),
            ("aug",),
            ("sep",),
            ("oct", "okt"),
            ("nov",),
            ("dec", "dez"),
        ),
        start=1,
    )
    for name in names
}


def days_of(text: str) -> list[date]:
    """The days that a text may mean, the earliest first; none where it holds no date.

    >>> days_of("5/11/2022 5:03:41 PM")
    [datetime.date(2022, 5, 11), datetime.date(2022, 11, 5)]
    >>> days_of("2026-03-01 18:22:10 PM MEZ"), days_of("21-Jan-2024, 06:00 PM"), days_of("2")
    ([datetime.date(2026, 3, 1)], [datetime.date(2024, 1, 21)], [])
    """
    return sorted(set(_days(text)))


def _days(text: str) -> Iterator[date]:
    if match := _YEAR_FIRST.search(text):
        yield from _day(match[1], match[2], match[3])
    elif match := _YEAR_LAST.search(text):
        first, sign, second, year = match.groups()
        yield from _day(year, second, first)
        if sign != ".":
            yield from _day(year, first, second)
    elif match := _MONTH_WORD.search(text):
        month = _MONTHS.get(match[2].casefold())
        yield from _day(match[3], str(month or 0), match[1])


def _day(year: str, month: str, day: str) -> Iterator[date]:
    """The day, if there is one in the calendar."""
    try:
        yield date(int(year), int(month), int(day))
    except ValueError:
        return
