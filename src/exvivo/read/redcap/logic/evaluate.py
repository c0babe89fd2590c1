"""Evaluates logic over the rows of an export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from exvivo.read.redcap.logic.columns import (
    BLANK,
    NUMBER,
    Conditions,
    Values,
    numbers,
    values_of,
)
from exvivo.read.redcap.logic.comparison import compared
from exvivo.read.redcap.logic.dates import date_function
from exvivo.read.redcap.logic.functions import (
    arithmetic,
    chosen,
    is_number,
    logarithm,
    over_set,
    remainder,
    rounded,
    searched,
)
from exvivo.read.redcap.logic.grammar import COMPARISONS, DATES
from exvivo.read.redcap.logic.steps import Apply, Field, Logic, Number, Step, Text

Texts: TypeAlias = Sequence[str | None]
"""The values of a field, one a row: as a raw export writes them; the decimal comma of a comma field
already as a point. "" is blank (of a checkbox: not ticked). None is not known: a missing-data code,
a form that was never opened where that matters, a column that is not in the export."""

_STORED_DIGITS = 1e-9
"""How far, relatively, a stored value may lie from the calculation: PHP keeps 14 digits."""


@dataclass(frozen=True, slots=True)
class Calculated:
    """What a calculated field should hold in a row: a number, blank, or not known."""

    known: bool
    number: float | None
    """None where it is blank or not known."""

    def agrees(self, stored: str) -> bool | None:
        """Does a stored value agree? None where the calculation is not known, and where nothing is
        stored though there is a number: REDCap calculates when a form is saved.
        """
        if not self.known:
            return None
        if not stored.strip():
            return True if self.number is None else None
        written = values_of([stored])
        if self.number is None or written.kind[0] != NUMBER:
            return False
        difference = abs(float(written.number[0]) - self.number)
        return difference <= _STORED_DIGITS * max(1.0, abs(self.number))


def visible(logic: Logic, columns: Mapping[Field, Texts], rows: int) -> list[bool | None]:
    """Row by row: True shown, False hidden, None not known. A field without a column is not known.

    `[event][field]` is a column of its own: the value of that event in the record of each row. A
    logic that gives a number where a condition is needed is not known.
    """
    result = _result(logic, columns) if rows else np.zeros(0, np.int8)
    if isinstance(result, Values):
        return [None] * rows
    return [_OUTCOMES[outcome] for outcome in np.broadcast_to(result, rows).tolist()]


_OUTCOMES: dict[int, bool | None] = {-1: False, 0: None, 1: True}


def calculated(logic: Logic, columns: Mapping[Field, Texts], rows: int) -> list[Calculated]:
    """Row by row, what the calculation gives: a number, blank, or not known."""
    result = _result(logic, columns) if rows else np.zeros(0, np.int8)
    if not isinstance(result, Values):
        return [Calculated(False, None)] * rows
    kinds = np.broadcast_to(result.kind, rows).tolist()
    given = np.broadcast_to(result.number, rows).tolist()
    return [
        Calculated(kind in (NUMBER, BLANK), number if kind == NUMBER else None)
        for kind, number in zip(kinds, given, strict=True)
    ]


def _result(logic: Logic, columns: Mapping[Field, Texts]) -> Values | Conditions:
    """The steps one after another; each takes its arguments from the end of what is there."""
    stack: list[Values | Conditions] = []
    for step in logic.steps:
        if isinstance(step, Apply):
            arguments = stack[-step.arity :]
            del stack[-step.arity :]
            stack.append(_applied(step.name, arguments))
        else:
            stack.append(_leaf(step, columns))
    return stack[-1]


def _leaf(step: Step, columns: Mapping[Field, Texts]) -> Values:
    match step:
        case Number(value):
            return numbers(np.array([value]), where=np.array([True]))
        case Text(value):
            return values_of([value])
        case Field():
            return values_of(columns.get(step, (None,)), box=bool(step.code))
        case Apply():
            raise TypeError("an operator is no leaf")


def _applied(name: str, arguments: Sequence[Values | Conditions]) -> Values | Conditions:
    """One operator or function; the parser has checked what it takes."""
    conditions = [each for each in arguments if not isinstance(each, Values)]
    values = [each for each in arguments if isinstance(each, Values)]
    if name == "and":
        return np.minimum(*conditions)
    if name == "or":
        return np.maximum(*conditions)
    if name == "if":
        return chosen(conditions[0], *values)
    return _of_values(name, values)


def _of_values(name: str, values: Sequence[Values]) -> Values | Conditions:
    if name in COMPARISONS:
        return compared(name, *values)
    if name in DATES:
        return date_function(name, values)
    match name:
        case "sum" | "mean" | "median" | "min" | "max":
            return over_set(name, values)
        case "round" | "roundup" | "rounddown":
            return rounded(name, values)
        case "isnumber" | "isinteger":
            return is_number(values[0], whole=name == "isinteger")
        case "contains" | "not_contain" | "starts_with" | "ends_with":
            return searched(name, *values)
        case "log":
            return logarithm(values)
        case "mod":
            return remainder(values)
        case _:
            return arithmetic(name, values)
