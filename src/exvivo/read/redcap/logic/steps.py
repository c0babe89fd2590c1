"""REDCap's logic as steps in postfix order: each step takes its arguments from the steps before it.

    [sex] = '0' and [age] > 17     [sex]  '0'  =  [age]  17  >  and

The order is flat, so that no depth of brackets needs a recursion anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Number:
    """A number without quotes."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """What stands in quotes; `''` is blank."""

    value: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the row's record: `[name]`, `[name(code)]`, `[event][name]`.

    `code` is the choice of a checkbox: its value is 1 or 0. `event` is empty where the row's own
    event is meant.
    """

    name: str
    event: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator or a function of `arity` arguments. A minus with one argument is `Apply("-", 1)`."""

    name: str
    arity: int


Step: TypeAlias = Number | Text | Field | Apply
Gives: TypeAlias = Literal["condition", "value"]
"""A condition is true or false (a branching logic); a value is a number, a text or blank."""

Why: TypeAlias = Literal[
    "function",
    "today",
    "smart variable",
    "instance",
    "sign",
    "quote",
    "brackets",
    "order",
    "kind",
    "arguments",
    "length",
]


@dataclass(frozen=True, slots=True)
class NotEvaluated:
    """A logic that is not evaluated, and why: nothing is said of its field."""

    text: str
    why: Why
    piece: str
    """The piece of the text that is not evaluated."""


@dataclass(frozen=True, slots=True)
class Logic:
    """A logic that can be evaluated."""

    text: str
    steps: tuple[Step, ...]
    gives: Gives

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields it reads, each once, in the order of the text."""
        return tuple(dict.fromkeys(step for step in self.steps if isinstance(step, Field)))
