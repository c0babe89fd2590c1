"""Arithmetic and the functions of calculations, over arrays.

    x + y, x - y, x * y, x / y, x ^ y      blank where one is blank
    sum, mean, median, min, max            blanks are passed over; of blanks only: not known
    round, roundup, rounddown              to so many decimal places, 0 if left out

Source: REDCap, Help & FAQ. Not known: a text among numbers, a division by 0, and the rounding of a
number that lies on an edge but for the noise of floating point (2.675 to two places), for REDCap
calculates in two languages that differ there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from exvivo.arrays import Floats
from exvivo.read.redcap.logic.columns import (
    BLANK,
    FALSE,
    NUMBER,
    TEXT,
    TRUE,
    UNKNOWN,
    Bools,
    Conditions,
    Values,
    conditions,
    numbers,
)

_NOISE = 1e-9
_BINARY = 2.0**20
"""What is whole times this is written exactly in floating point: 31.25 is, 2.675 is not."""

_OPERATORS: dict[str, Callable[..., Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
    "abs": np.abs,
    "sqrt": np.sqrt,
    "exponential": np.exp,
}


def arithmetic(name: str, arguments: Sequence[Values]) -> Values:
    """An operator or a function of numbers: blank where an argument is blank."""
    calculate = np.negative if name == "-" and len(arguments) == 1 else _OPERATORS[name]
    return applied(calculate, arguments)


def applied(calculate: Callable[..., Floats], arguments: Sequence[Values]) -> Values:
    """A calculation of numbers; NaN and infinite results are unknown."""
    every, blank = _every_number(arguments)
    with np.errstate(all="ignore"):
        return numbers(calculate(*(each.number for each in arguments)), where=every, blank=blank)


def _every_number(arguments: Sequence[Values]) -> tuple[Bools, Bools]:
    """Where all arguments are numbers; where the result is blank."""
    every: Bools = np.bool_(True) & (arguments[0].kind == NUMBER)
    settled: Bools = _number_or_blank(arguments[0])
    for each in arguments[1:]:
        every = every & (each.kind == NUMBER)
        settled = settled & _number_or_blank(each)
    return every, settled & ~every


def _number_or_blank(values: Values) -> Bools:
    return np.isin(values.kind, (NUMBER, BLANK))


def logarithm(arguments: Sequence[Values]) -> Values:
    """The natural logarithm, or that to a base."""
    if len(arguments) == 1:
        return applied(np.log, arguments)
    return applied(lambda x, base: np.log(x) / np.log(base), arguments)


def remainder(arguments: Sequence[Values]) -> Values:
    """The rest of a division of whole numbers that are not negative."""
    return applied(_remainder, arguments)


def _remainder(x: Floats, y: Floats) -> Floats:
    whole = (x >= 0) & (y > 0) & (x == np.floor(x)) & (y == np.floor(y))
    return np.where(whole, np.mod(x, y), np.nan)


def over_set(name: str, arguments: Sequence[Values]) -> Values:
    """sum, mean, median, min or max of the numbers; not known where there is none."""
    kinds = np.stack(np.broadcast_arrays(*(each.kind for each in arguments)))
    given = np.stack(np.broadcast_arrays(*(each.number for each in arguments)))
    settled = ~((kinds == UNKNOWN) | (kinds == TEXT)).any(axis=0)
    where = settled & (kinds == NUMBER).any(axis=0)
    result = np.full(where.shape, np.nan)
    result[where] = _SETS[name](given[:, where], axis=0)
    return numbers(result, where=where)


_SETS: dict[str, Callable[..., Floats]] = {
    "sum": np.nansum,
    "mean": np.nanmean,
    "median": np.nanmedian,
    "min": np.nanmin,
    "max": np.nanmax,
}


def rounded(name: str, arguments: Sequence[Values]) -> Values:
    """round, roundup or rounddown, half up; not known for a negative number between two."""
    if len(arguments) == 1:
        return applied(lambda x: _rounded(name, x, np.zeros(1)), arguments)
    return applied(lambda x, places: _rounded(name, x, places), arguments)


def _rounded(name: str, x: Floats, places: Floats) -> Floats:
    scale = 10.0**places
    scaled = x * scale
    result = _STEPS[name](scaled) / scale
    edge = np.abs(scaled - (np.floor(scaled) + 0.5 if name == "round" else np.round(scaled)))
    inexact = x * _BINARY != np.floor(x * _BINARY)
    noisy = ((edge > 0) | inexact) & (edge < _NOISE * np.maximum(1, np.abs(scaled)))
    if name != "round":
        noisy = noisy & (edge > 0)
    side = (scaled < 0) & ((edge == 0) if name == "round" else (edge > 0))
    return np.where(noisy | side | (places != np.floor(places)), np.nan, result)


_STEPS: dict[str, Callable[[Floats], Floats]] = {
    "round": lambda scaled: np.floor(scaled + 0.5),
    "roundup": np.ceil,
    "rounddown": np.floor,
}


def chosen(condition: Conditions, yes: Values, no: Values) -> Values:
    """`if`: unknown where the condition is not known."""
    true, false = condition == TRUE, condition == FALSE
    return Values(
        np.where(true, yes.kind, np.where(false, no.kind, UNKNOWN)).astype(np.int8),
        np.where(true, yes.number, np.where(false, no.number, np.nan)),
        np.where(true, yes.text, np.where(false, no.text, "")),
    )


def is_number(values: Values, *, whole: bool) -> Conditions:
    """Isnumber and isinteger: blank and text are none."""
    true = values.kind == NUMBER
    if whole:
        true = true & (values.number == np.floor(values.number))
    return conditions(true, known=values.kind != UNKNOWN)


def searched(name: str, haystack: Values, needle: Values) -> Conditions:
    """contains, not_contain, starts_with, ends_with: capitals do not count; known of texts only."""
    search = _SEARCHES[name.replace("not_contain", "contains")]
    texts, needles = np.broadcast_arrays(haystack.text, needle.text)
    known = (texts != "") & (needles != "")
    true = np.array(
        [search(x.casefold(), y.casefold()) for x, y in zip(texts, needles, strict=True)], bool
    )
    return conditions(true != (name == "not_contain"), known=np.asarray(known, bool))


_SEARCHES: dict[str, Callable[[str, str], bool]] = {
    "contains": str.__contains__,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}
