"""The functions of dates, over dates Y-M-D without a time of day (as a raw export writes them).

    datediff = |date2 - date1| in days / days of the unit

with 365.2425 days a year and 30.44 a month (REDCap, Help & FAQ). A date with a time of day is not
known: the clock changes are not in the export.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np

from exvivo.read.redcap.logic.columns import BLANK, Bools, Objects, Values, numbers
from exvivo.read.redcap.logic.grammar import UNITS


def date_function(name: str, arguments: Sequence[Values]) -> Values:
    """datediff, age_at_date, year, month or day."""
    words = [str(each.text[0]) for each in arguments]
    if name == "datediff":
        return datediff(*arguments[:2], unit=words[2], signed=words[-1] == "true")
    if name == "age_at_date":
        return _of_dates(_age, arguments[:2])
    return _of_dates(lambda day: float(getattr(day, name)), arguments)


def datediff(first: Values, second: Values, *, unit: str, signed: bool) -> Values:
    """From the first date to the second in a unit; without its sign unless `signed`."""

    def difference(x: date, y: date) -> float:
        days = (y - x).days / UNITS[unit]
        return days if signed else abs(days)

    return _of_dates(difference, (first, second))


def _of_dates(calculate: Callable[..., float | None], arguments: Sequence[Values]) -> Values:
    """A function of dates, each pair of texts once; blank where a date is blank."""
    texts = np.broadcast_arrays(*(each.text for each in arguments))
    blank = _any([each.kind == BLANK for each in arguments])
    known: dict[tuple[str, ...], float] = {}
    for row in zip(*texts, strict=True):
        if row not in known:
            known[row] = _calculated(calculate, row)
    result = np.array([known[row] for row in zip(*texts, strict=True)], float)
    return numbers(result, where=np.isfinite(result), blank=blank & ~_others(texts))


def _any(masks: Sequence[Bools]) -> Bools:
    return np.asarray(np.logical_or.reduce(np.broadcast_arrays(*masks)), bool)


def _others(texts: Sequence[Objects]) -> Bools:
    """Where a text is neither blank nor a date: nothing is known then."""
    return _any([np.array([bool(x) and _day(x) is None for x in each], bool) for each in texts])


def _calculated(calculate: Callable[..., float | None], row: tuple[str, ...]) -> float:
    days = [_day(text) for text in row]
    result = None if None in days else calculate(*days)
    return np.nan if result is None else result


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _age(born: date, day: date) -> float | None:
    """Whole years; not known of the 29th of February and of a day before birth."""
    if day < born or (born.month, born.day) == (2, 29):
        return None
    return float(day.year - born.year - ((day.month, day.day) < (born.month, born.day)))
