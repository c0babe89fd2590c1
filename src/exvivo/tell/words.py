"""Numbers as a report prints them: amounts in their unit, intervals, p values, donors of a group.

Folds, plain numbers and lists are those of `exvivo.words`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import assert_never

from exvivo.findings import Count
from exvivo.units import Unit
from exvivo.words import NO_NUMBER, OPEN, counted, fold, listed, number

__all__ = [
    "NO_NUMBER",
    "OPEN",
    "amount",
    "amount_of",
    "capital",
    "counted",
    "ends_of",
    "fold",
    "group_counts",
    "interval",
    "listed",
    "number",
    "p_value",
    "percent",
    "sized",
]


def interval(
    lower: float | None, upper: float | None, *, say: Callable[[float | None], str] = number
) -> str:
    """Both ends of an interval, each put into words by `say`.

    >>> interval(-1.0, float("inf"), say=fold)
    '0.50 to open'
    """
    if lower is None and upper is None:
        return NO_NUMBER
    return f"{say(lower)} to {say(upper)}"


def amount(value: float | None, unit: Unit) -> str:
    """A number of a finding as it is read: raised to a power of 2 where its unit is log2.

    >>> from exvivo.units import COEFFICIENT, LOG2_FOLD
    >>> amount(1.0, LOG2_FOLD), amount(-0.256, COEFFICIENT)
    ('2.00', '−0.26')
    """
    return fold(value) if unit.log2 else number(value)


def sized(value: float | None, unit: Unit) -> str:
    """The same with the word that belongs to it: a fold, an odds ratio; other units need none.

    >>> from exvivo.units import LOG2_FOLD, LOG_ODDS_RATIO
    >>> sized(1.0, LOG2_FOLD), sized(1.0, LOG_ODDS_RATIO), sized(None, LOG2_FOLD)
    ('2.00-fold', 'odds ratio 2.00', '–')
    """
    text = amount(value, unit)
    if value is None or math.isinf(value):
        return text
    match unit.reading:
        case "fold":
            return f"{text}-fold"
        case "odds":
            return f"odds ratio {text}"
        case "points" | "share" | "coefficient" | "probability" | "amount":
            return text
    assert_never(unit.reading)


def ends_of(lower: float | None, upper: float | None, unit: Unit) -> str:
    """Both ends of an interval in a unit; one that lies beside equality never reads as equality.

    >>> from exvivo.units import COEFFICIENT, LOG2_FOLD
    >>> ends_of(-0.47, -0.004, COEFFICIENT), ends_of(0.002, 1.0, LOG2_FOLD)
    ('−0.47 to −0.004', '1.001 to 2.00')
    """
    return interval(lower, upper, say=lambda value: _apart(value, unit))


def _apart(value: float | None, unit: Unit) -> str:
    """A number with as many decimals as tell it from equality, up to four."""
    text = amount(value, unit)
    if value is None or value == unit.null or text != amount(unit.null, unit):
        return text
    read = 2**value if unit.log2 else value
    longer = (number(read, digits=digits) for digits in (3, 4))
    null = 1.0 if unit.log2 else unit.null
    return next((text for text in longer if float(text.replace("−", "-")) != null), text)


def amount_of(value: float) -> str:
    """An amount with three significant digits and no exponent a reader must decode.

    >>> amount_of(9.7656), amount_of(2500.0), amount_of(0.0123), amount_of(-1.5)
    ('9.77', '2500', '0.0123', '−1.5')
    """
    text = f"{float(f'{value:.3g}'):,.10g}".replace(",", "" if abs(value) < 1e4 else " ")
    return text.replace("-", "−")


def p_value(p: float | None) -> str:
    """A p value with two significant digits.

    >>> p_value(0.0304), p_value(0.00004), p_value(None)
    ('0.030', '< 0.001', '–')
    """
    if p is None or math.isnan(p):
        return NO_NUMBER
    if p < 0.001:
        return "< 0.001"
    return f"{p:#.2g}".rstrip(".")


def clock(recorded: str) -> str:
    """A time of the record as people read it.

    >>> clock("2026-11-30T01:20:54+00:00")
    '2026-11-30 01:20:54 UTC'
    """
    return recorded.replace("T", " ").replace("+00:00", " UTC")


def percent(share: float) -> str:
    """A share as a percentage without needless decimals.

    >>> percent(0.95), percent(0.975)
    ('95 %', '97.5 %')
    """
    return f"{100 * share:.4g} %"


def group_counts(counts: Iterable[Count]) -> str:
    """Donors per group of a finding, with those known only by bounds.

    >>> group_counts([Count("FM", 14, 2), Count("HC", 10)])
    'FM 14 (2 beyond a limit), HC 10'
    """
    groups = [
        f"{count.group} {count.n}"
        + (f" ({count.undetected} beyond a limit)" if count.undetected else "")
        for count in counts
    ]
    return ", ".join(groups) or NO_NUMBER


def capital(text: str) -> str:
    """The text with its first letter in upper case; mRNA and study.yaml stay as they are.

    >>> capital("healthy people"), capital("mRNA of TNF")
    ('Healthy people', 'mRNA of TNF')
    """
    first = text.split(" ", 1)[0]
    if any(letter.isupper() or letter == "." for letter in first[1:-1]):
        return text
    return text[:1].upper() + text[1:]
