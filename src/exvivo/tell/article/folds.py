"""Factors and points as a person would say them, in a language.

Rounding. An estimate is told by the nearest words ("about twice as high"). The ends of what fits
the data are rounded outward, so that the range told always holds the range computed. Where that
would reach equality though the interval does not, the end keeps as many digits as it needs, and
the smallest of them is "slightly" more or less: a range told never takes in equality that the
interval leaves out, and never leaves out what it holds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from exvivo.tell.language import Language

Toward = Literal["nearest", "down", "up"]
"""How a number is rounded: an estimate to the nearest words, a lower end down, an upper end up."""
_PARTS = (0.1, 0.125, 1 / 6, 0.2, 0.25, 1 / 3, 0.5, 2 / 3, 0.75, 0.8, 0.9)
"""Factors below 1 that have words."""
_TIMES = (
    1.1,
    1.2,
    1.25,
    4 / 3,
    1.5,
    1.75,
    2.0,
    2.5,
    3.0,
    4.0,
    5.0,
    6.0,
    7.0,
    8.0,
    10.0,
)
_STEPS = (*_PARTS, *_TIMES)
"""Every factor that has words."""
_SLIGHT = 0.01
"""The distance from 1 under which a factor is slightly more or less."""
_ROOM = 1e-9
"""What a factor may miss a step by the arithmetic of powers of two."""
_SWAPPED: Mapping[Toward, Toward] = {"nearest": "nearest", "down": "up", "up": "down"}
"""How the size of a number below 0 is rounded."""
_NEAR, _NEAR_PARTS = 0.08, 0.12
"""How far, as a share of it, a factor may lie from a step; and one below a half."""
_LEAST_PERCENT, _HALF = 0.02, 0.5
"""The factors from which, and up to which, a factor may be told either way: as high, or lower."""
_SMALLEST, _LARGEST = 1e-3, 1e6
"""The factors beyond which no reader gains from a number."""


def fold_words(log2: float, toward: Toward, language: Language) -> str:
    """A factor in words.

    >>> from exvivo.tell.language import language
    >>> english = language("en")
    >>> fold_words(1.1, "nearest", english), fold_words(1.1, "down", english)
    ('twice as high', 'twice as high')
    >>> fold_words(1.1, "up", english), fold_words(0.05, "down", english)
    ('2.5 times as high', '3 % higher')
    >>> fold_words(-0.004, "up", english), fold_words(-0.1, "down", english)
    ('slightly lower', 'a tenth lower')
    """
    factor = 2.0 ** max(min(log2, 60.0), -60.0)
    if abs(factor - 1) < _ROOM:
        return language.tell("just as high")
    return _worded(_told(factor, toward), language)


def is_beyond(log2: float) -> bool:
    """Whether a factor is so small, or so large, that no number is told of it."""
    return not math.log2(_SMALLEST) <= log2 <= math.log2(_LARGEST)


def fold_between(low: float, high: float, language: Language) -> str:
    """Two factors in words, the smaller first; one where both are said the same.

    >>> from exvivo.tell.language import language
    >>> fold_between(1.0, 1.3, language("en")), fold_between(-0.58, 1.0, language("en"))
    ('2 to 2.5 times as high', 'a third lower to twice as high')
    >>> fold_between(-1.2, -1.0, language("en")), fold_between(0.2, 0.6, language("en"))
    ('50 to 56 % lower', '15 to 50 % higher')
    """
    first, last = (fold_words(end, "nearest", language) for end in (low, high))
    if first == last:
        return first
    factors = [_told(2.0**end, "nearest") for end in (low, high)]
    if factors[0] >= 2 and factors[1] <= _LARGEST:
        numbers = [_number(factor, language) for factor in factors]
        return language.tell("{low} to {high} times as high", low=numbers[0], high=numbers[1])
    percents = [language.number(abs(100 * (factor - 1))) for factor in factors]
    if factors[1] < 1 and factors[0] > _STEPS[0]:
        return language.tell("{low} to {high} % lower", low=percents[1], high=percents[0])
    if factors[0] > 1 and factors[1] < 2 and percents[0] != percents[1]:
        return language.tell("{low} to {high} % higher", low=percents[0], high=percents[1])
    # Translators: two sizes, such as "a third higher" and "twice as high", or two numbers.
    return language.tell("{low} to {high}", low=first, high=last)


def fold_ends(low: float, high: float, language: Language) -> tuple[str, str]:
    """The ends of what fits, rounded outward; both in percent where they lie below 1 and would be
    told in two ways, as "a quarter as high" and "a third lower" are.

    >>> from exvivo.tell.language import language
    >>> fold_ends(-2.0, -0.6, language("en")), fold_ends(-3.0, -1.5, language("en"))
    (('75 % lower', '34 % lower'), ('an eighth as high', 'half as high'))
    """
    if math.log2(_LEAST_PERCENT) <= low and high < 0:
        factors = 2.0**low, 2.0**high
        if _told(factors[0], "down") <= _HALF < _told(factors[1], "up"):
            first, last = _near_one(factors[0], "down"), _near_one(factors[1], "up")
            return _percent(first, language), _percent(last, language)
    return fold_words(low, "down", language), fold_words(high, "up", language)


def _told(factor: float, toward: Toward) -> float:
    """The factor as it is told: a step that has words, two digits far from 1, percent near it."""
    if not _STEPS[0] * (1 - _ROOM) <= factor <= _STEPS[-1] * (1 + _ROOM):
        return rounded(factor, toward, 1 - math.floor(math.log10(factor)))
    step = _step(factor, toward)
    if step is not None and (step - 1) * (factor - 1) > 0:
        return step
    return _near_one(factor, toward)


def _step(factor: float, toward: Toward) -> float | None:
    """The nearest step in a direction; None where percent say it better."""
    if toward == "down":
        return max(step for step in _STEPS if step <= factor * (1 + _ROOM))
    if toward == "up":
        return min(step for step in _STEPS if step >= factor * (1 - _ROOM))
    near = min(_STEPS, key=lambda step: abs(math.log(step / factor)))
    if abs(near - factor) <= _near(factor):
        return near
    return round(factor, 1) if factor >= 2 else None


def _near(factor: float) -> float:
    """How far a step may lie from a factor to give it its words."""
    if factor < 0.5:
        return _NEAR_PARTS * factor
    return min(_NEAR * factor, abs(factor - 1) / 4) if factor < 2 else _NEAR * factor


def _near_one(factor: float, toward: Toward) -> float:
    """A factor in whole percent of difference; `slightly` where no whole percent is left."""
    percent = 100 * (factor - 1)
    whole = rounded(percent, toward)
    if whole == 0:
        return 1 + math.copysign(_SLIGHT / 2, percent)
    return 1 + whole / 100


def rounded(value: float, toward: Toward, digits: int = 0) -> float:
    """A number with so many decimals; what only the arithmetic adds does not count."""
    shift = 10.0**digits
    scaled = round(value * shift, 6)
    match toward:
        case "down":
            return math.floor(scaled) / shift
        case "up":
            return math.ceil(scaled) / shift
        case "nearest":
            return round(scaled) / shift


def _worded(factor: float, language: Language) -> str:
    """The words of a factor as it is told."""
    if factor < _SMALLEST:
        number = language.number(100 * _SMALLEST, digits=1)
        return language.tell("less than {number} % as high", number=number)
    if factor > _LARGEST:
        return language.tell("over a million times as high")
    for step, words in _named(language).items():
        if math.isclose(step, factor, rel_tol=1e-6):
            return words
    if factor < _STEPS[0]:
        number = language.number(100 * factor, digits=2)
        return language.tell("{number} % as high", number=number)
    if factor >= 2:
        return language.tell("{number} times as high", number=_number(factor, language))
    return _percent(factor, language)


def _number(factor: float, language: Language) -> str:
    return language.number(factor, digits=1)


def _percent(factor: float, language: Language) -> str:
    """A factor near 1 in percent."""
    percent = 100 * abs(factor - 1)
    if percent < 1 - _ROOM:
        slightly = language.tell("slightly higher"), language.tell("slightly lower")
        return slightly[factor < 1]
    number = language.number(round(percent))
    if factor > 1:
        return language.tell("{number} % higher", number=number)
    return language.tell("{number} % lower", number=number)


def _named(language: Language) -> Mapping[float, str]:
    """The steps that have words of their own."""
    return {
        0.1: language.tell("a tenth as high"),
        0.125: language.tell("an eighth as high"),
        1 / 6: language.tell("a sixth as high"),
        0.2: language.tell("a fifth as high"),
        0.25: language.tell("a quarter as high"),
        1 / 3: language.tell("a third as high"),
        0.5: language.tell("half as high"),
        2 / 3: language.tell("a third lower"),
        0.75: language.tell("a quarter lower"),
        0.8: language.tell("a fifth lower"),
        0.9: language.tell("a tenth lower"),
        1.1: language.tell("a tenth higher"),
        1.2: language.tell("a fifth higher"),
        1.25: language.tell("a quarter higher"),
        4 / 3: language.tell("a third higher"),
        1.5: language.tell("half as high again"),
        1.75: language.tell("three quarters higher"),
        2.0: language.tell("twice as high"),
        3.0: language.tell("three times as high"),
        4.0: language.tell("four times as high"),
        5.0: language.tell("five times as high"),
        10.0: language.tell("ten times as high"),
    }


def points_words(value: float, toward: Toward, language: Language) -> str:
    """The size of a number of points, with two digits that mean something, never 0 where it is
    not. `toward` is that of the number with its sign: a lower end below 0 gets larger.

    >>> from exvivo.tell.language import language
    >>> points_words(8.24, "nearest", language("en")), points_words(8.24, "up", language("en"))
    ('8.2', '8.3')
    """
    size = abs(value)
    if size < _ROOM:
        return language.number(0)
    digits = max(0, 1 - math.floor(math.log10(size)))
    told = rounded(size, _SWAPPED[toward] if value < 0 else toward, digits)
    return language.number(told, digits=digits)
