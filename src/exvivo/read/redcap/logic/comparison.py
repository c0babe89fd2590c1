"""Comparisons, where the documentation of REDCap settles them.

A number is compared as a number, also in quotes; a date as text Y-M-D; blank is equal to `''`. What
is not settled is not known: a blank value that would be smaller than a number if it counted as 0, a
text that differs by its capitals, the order of texts that are no dates, `01` against `1`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from exvivo.read.redcap.logic.columns import (
    BLANK,
    FALSE,
    NOT_KNOWN,
    NUMBER,
    TEXT,
    TRUE,
    UNKNOWN,
    Bools,
    Conditions,
    Values,
    conditions,
)

_NOISE = 1e-9
"""Two calculated numbers that differ by less, relatively, may be equal ones."""

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_EQUALITY = ("=", "<>")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?", re.ASCII)


def compared(name: str, x: Values, y: Values) -> Conditions:
    """Row by row: is `x name y` true?"""
    swapped = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(name, name)
    result = np.select(
        [
            (x.kind == UNKNOWN) | (y.kind == UNKNOWN),
            (x.kind == NUMBER) & (y.kind == NUMBER),
            (x.kind == BLANK) & (y.kind == BLANK),
            (x.kind == BLANK) & (y.kind == NUMBER),
            (x.kind == NUMBER) & (y.kind == BLANK),
            (x.kind == TEXT) & (y.kind == TEXT),
        ],
        [
            np.int8(NOT_KNOWN),
            _numbers(name, x, y),
            np.int8(_of_equal(name)),
            _blank_and_number(name, y),
            _blank_and_number(swapped, x),
            _texts(name, x, y),
        ],
        _unlike(name, x, y),
    )
    return result.astype(np.int8)


def _of_equal(name: str) -> int:
    """Blank against blank: equal; which of them is greater has no answer."""
    return {"=": TRUE, "<>": FALSE}.get(name, NOT_KNOWN)


def _of_unequal(name: str) -> int:
    return {"=": FALSE, "<>": TRUE}.get(name, NOT_KNOWN)


def _numbers(name: str, x: Values, y: Values) -> Conditions:
    difference = np.abs(x.number - y.number)
    size = np.maximum(np.abs(x.number), np.abs(y.number))
    known = (difference == 0) | (difference > _NOISE * size)
    if name in _EQUALITY:
        known = known & ~_otherwise_written(x, y, difference == 0)
    return conditions(_COMPARE[name](x.number, y.number), known=known)


def _otherwise_written(x: Values, y: Values, equal: Bools) -> Bools:
    """The same number in two writings, both as text: `01` and `1`."""
    written = (x.text != "") & (y.text != "")
    return np.asarray(equal & written & (x.text != y.text), bool)


def _blank_and_number(name: str, y: Values) -> Conditions:
    """Blank on the left, a number on the right: is it settled whichever way blank counts?

    Equality with a number in quotes is: `[sex] = '0'` hides what it guards while sex is blank. An
    order is false where it is false for 0, too.
    """
    zero = y.number == 0
    if name in _EQUALITY:
        known = ~zero | (y.text != "")
        return np.where(known, _of_unequal(name), NOT_KNOWN).astype(np.int8)
    settled = (y.number >= 0) & ~_COMPARE[name](0.0, y.number)
    return np.where(settled, FALSE, NOT_KNOWN).astype(np.int8)


def _texts(name: str, x: Values, y: Values) -> Conditions:
    shape = np.broadcast_shapes(x.text.shape, y.text.shape)
    where = np.broadcast_to((x.kind == TEXT) & (y.kind == TEXT), shape)
    result = np.zeros(shape, np.int8)
    lefts, rights = np.broadcast_to(x.text, shape), np.broadcast_to(y.text, shape)
    known: dict[tuple[str, str], int] = {}
    for row in np.flatnonzero(where):
        pair = lefts[row], rights[row]
        if pair not in known:
            known[pair] = _text(name, *pair)
        result[row] = known[pair]
    return result


def _text(name: str, x: str, y: str) -> int:
    dates = bool(_DATE.fullmatch(x)), bool(_DATE.fullmatch(y))
    if any(dates):
        settled = all(dates) and (x == y or len(x) == len(y) or x[:10] != y[:10])
    else:
        settled = name in _EQUALITY and (x == y or x.casefold() != y.casefold())
    return (TRUE if _COMPARE[name](x, y) else FALSE) if settled else NOT_KNOWN


def _unlike(name: str, x: Values, y: Values) -> Conditions:
    """Blank or a number against a text: not equal; 0 against a text is not settled."""
    zero = (x.number == 0) | (y.number == 0)
    return np.where(zero, NOT_KNOWN, _of_unequal(name)).astype(np.int8)
