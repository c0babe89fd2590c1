"""Names of genes that a spreadsheet turned into dates: MARCH1 into 1-Mar, SEPT2 into 02/09/2023 or
45171 (Zeeberg and others 2004, doi:10.1186/1471-2105-5-80).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from exvivo.read.result import Ignored
from exvivo.words import shortened

_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|"  # English, most of the others
    r"m[aä]r|m[aä]?rz|maerz|mai|okt|dez|"  # German
    r"janv|f[eé]v|avr|juin|juil|ao[uû]t?|d[eé]c|ene|abr|ago|dic|"  # French, Spanish
    r"gen|mag|giu|lug|set|ott|out|mrt|mei|maj)[a-zäéû]{0,6}\.?"  # Italian, Portuguese, Dutch, ...
)
_YEAR = r"(?:(?:19|20)[0-9]{2}|[0-9]{1,2})"
_DAY = r"[0-9]{1,2}"
_TIME = r"(?:[ T][0-9:.]+(?:Z| ?[AP]M)?)?"
_WEEKDAY = r"(?:[a-zäéû]{2,10}[.,]* )?"
_DATE = re.compile(
    rf"(?:{_DAY}\.?[-. /])?{_MONTH}[-. /]{_YEAR}"
    rf"|{_WEEKDAY}{_DAY}\.?[-. /]{_MONTH}"
    rf"|{_DAY}{_MONTH}(?:{_YEAR})?"
    rf"|(?:19|20)[0-9]{{2}}[-./]{_DAY}[-./]{_DAY}{_TIME}"
    rf"|{_DAY}([-./]){_DAY}\1{_YEAR}{_TIME}"
    rf"|{_DAY}/{_DAY}|{_DAY}\.{_DAY}\.|{_DAY}月{_DAY}日",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"([0-9]{5})(?:\.0+)?")
_FIRST_SERIAL, _LAST_SERIAL = 36526, 55000
"""The days 2000-01-01 and 2050-07-31 as a spreadsheet counts them."""
FAMILY = re.compile(r"(?:SEPT|SEPTIN|MARCH|MARCHF|MARC|MTARC|DEC|DELEC)[0-9]{1,2}", re.IGNORECASE)
"""Genes whose symbols a spreadsheet takes for dates, by present and earlier symbols."""


def dates_among(names: Iterable[str], *, numbers_are_ids: bool) -> list[str]:
    """The names that are dates. Five digits are the number of a day, unless the genes of the table
    are called by numbers.

    >>> dates_among(["2-Sep", "45171", "SEPTIN2", "9/2/23", "1.Mrz"], numbers_are_ids=False)
    ['2-Sep', '45171', '9/2/23', '1.Mrz']
    """
    return [name for name in names if _is_date(name) or (not numbers_are_ids and _is_serial(name))]


def _is_date(name: str) -> bool:
    return bool(_DATE.fullmatch(name)) if any(map(str.isdigit, name)) else False


def _is_serial(name: str) -> bool:
    found = _SERIAL.fullmatch(name)
    return bool(found) and _FIRST_SERIAL <= int(name[:5]) <= _LAST_SERIAL


def unread_dates(
    dates: Sequence[str], own: Collection[str], others: Iterable[str]
) -> Iterator[Ignored]:
    """The rows with dates as what was not read; with the genes of such families that stand in the
    `others`, the genes of the other table, but not among one's `own`.
    """
    if dates:
        yield Ignored(
            f"rows {shortened(dates)}",
            "a spreadsheet turned the names of these genes into dates; "
            f"{_lost(own, others)}which genes they were cannot be told",
            "export the table again without a spreadsheet",
        )


def _lost(own: Collection[str], others: Iterable[str]) -> str:
    """The genes that the dates may have been, in words; empty where the other table has none."""
    lost = [name for name in others if FAMILY.fullmatch(name) and name not in own]
    which = f"of such genes the other table has {shortened(lost)}, which this one lacks; "
    return which if lost else ""
