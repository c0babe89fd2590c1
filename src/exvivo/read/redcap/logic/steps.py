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
    """An operator or a function of `arity` arguments. A minus of one number is `Apply("-", 1)`."""

    name: str
    arity: int


Step: TypeAlias = Number | Text | Field | Apply
Gives: TypeAlias = Literal["condition", "value", "flag"]
"""A condition is true or false (a branching logic); a value is a number, a text or blank; a flag is
the word true or false, which only some functions take."""

Why: TypeAlias = Literal[
    "function",
    "arguments",
    "today",
    "smart variable",
    "instance",
    "sign",
    "quote",
    "brackets",
    "order",
    "kind",
    "power",
    "length",
    "blank",
]
WHY: dict[Why, str] = {
    "function": "a function that is not evaluated",
    "arguments": "arguments that the function is not documented to take",
    "today": "the day on which REDCap evaluated it, which no export tells",
    "smart variable": "a smart variable or a modifier, which no export tells",
    "instance": "an instance of a form that repeats",
    "sign": "a sign that REDCap's logic is not documented to have",
    "quote": "a quote that is not closed",
    "brackets": "brackets that do not close, or more than 250 in one another",
    "order": "a part where none can stand, or none where one must",
    "kind": "a condition where a number or text is needed, or the reverse",
    "power": "a power whose order is not documented; brackets tell it",
    "length": "more than 65535 signs",
    "blank": "nothing",
}
"""What each reason means, as a message says it."""


@dataclass(frozen=True, slots=True)
class NotEvaluated:
    """A logic that is not evaluated, and why: nothing is said of its field."""

    text: str
    why: Why
    piece: str
    """The piece of the text that is not evaluated."""

    @property
    def reason(self) -> str:
        """Why, in words, with the piece."""
        return f"{WHY[self.why]}: {self.piece[:40]}" if self.piece else WHY[self.why]


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
