"""The operators and functions that are evaluated, and what each takes.

Sources: REDCap, Help & FAQ (Calculations, Branching Logic); the list of special functions of
REDCap 16.1. Names of functions are case sensitive there.
"""

from __future__ import annotations

from dataclasses import dataclass

from exvivo.read.redcap.logic.steps import Gives

COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
RANK = {
    **{"or": 1, "and": 2},
    **dict.fromkeys(COMPARISONS, 3),
    **{"+": 4, "-": 4, "*": 5, "/": 5, "minus": 6, "^": 7},
}
"""What binds closer has the higher rank; `minus` is the sign of one number."""

DATES = frozenset({"datediff", "age_at_date", "year", "month", "day"})
UNITS = {"y": 365.2425, "M": 30.44, "d": 1.0, "h": 1 / 24, "m": 1 / 1440, "s": 1 / 86400}
"""Days of one unit of `datediff`."""

DATE_FORMATS = frozenset({"ymd", "mdy", "dmy"})


@dataclass(frozen=True, slots=True)
class Function:
    """What a function takes and gives. The kind of the last argument holds for all that follow."""

    least: int
    most: int
    takes: tuple[Gives, ...] = ("value",)
    gives: Gives = "value"

    def kind(self, argument: int) -> Gives:
        """What the argument at a place must be."""
        return self.takes[min(argument, len(self.takes) - 1)]


_MANY = 10_000
_ONE, _ROUND, _SET = Function(1, 1), Function(1, 2), Function(1, _MANY)
_SEARCH = Function(2, 2, gives="condition")

FUNCTIONS = {
    "if": Function(3, 3, ("condition", "value")),
    **dict.fromkeys(("sum", "mean", "median", "min", "max"), _SET),
    **dict.fromkeys(("round", "roundup", "rounddown"), _ROUND),
    **dict.fromkeys(("abs", "sqrt", "exponential", "year", "month", "day"), _ONE),
    "log": _ROUND,
    "mod": Function(2, 2),
    "datediff": Function(3, 5, ("value", "value", "value", "flag")),
    "age_at_date": Function(2, 3, ("value", "value", "flag")),
    **dict.fromkeys(("isnumber", "isinteger"), Function(1, 1, gives="condition")),
    **dict.fromkeys(("contains", "not_contain", "starts_with", "ends_with"), _SEARCH),
}


def takes(name: str) -> tuple[Gives, Gives]:
    """What an operator makes of which kind: (kind of its arguments, kind of its result)."""
    if name in ("and", "or"):
        return "condition", "condition"
    return "value", "condition" if name in COMPARISONS else "value"
