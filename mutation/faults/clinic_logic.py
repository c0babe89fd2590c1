"""Faults of: REDCap's branching logic and calculations."""

from __future__ import annotations

from mutation.fault import Fault

_LOGIC = "src/exvivo/read/redcap/logic/"
_TESTS = "read/redcap/test_logic.py::"
_DOCUMENTED = (f"{_TESTS}test_what_the_documentation_says",)
_NOT_SETTLED = (f"{_TESTS}test_what_is_not_settled_is_not_known",)
_CALCULATIONS = (f"{_TESTS}test_calculations",)

CLINIC_LOGIC = (
    Fault(
        name="and binds no closer than or",
        file=f"{_LOGIC}grammar.py",
        right='**{"or": 1, "and": 2},',
        fault='**{"or": 1, "and": 1},',
        tests=_DOCUMENTED,
    ),
    Fault(
        name="a blank box is blank",
        file=f"{_LOGIC}evaluate.py",
        right="box=bool(step.code))",
        fault="box=False)",
        tests=_DOCUMENTED,
    ),
    Fault(
        name="a blank value counts as 0 in an order",
        file=f"{_LOGIC}comparison.py",
        right="    return np.where(settled, FALSE, NOT_KNOWN).astype(np.int8)",
        fault="    return np.where(settled, FALSE, TRUE).astype(np.int8)",
        tests=_NOT_SETTLED,
    ),
    Fault(
        name="01 is 1",
        file=f"{_LOGIC}comparison.py",
        right="known = known & ~_otherwise_written(x, y, difference == 0)",
        fault="pass",
        tests=_NOT_SETTLED,
    ),
    Fault(
        name="an unknown value is blank",
        file=f"{_LOGIC}columns.py",
        right='        return UNKNOWN, np.nan, ""\n    if',
        fault='        return BLANK, np.nan, ""\n    if',
        tests=_NOT_SETTLED,
    ),
    Fault(
        name="a sum with a blank is blank",
        file=f"{_LOGIC}functions.py",
        right="where = settled & (kinds == NUMBER).any(axis=0)",
        fault="where = settled & (kinds == NUMBER).all(axis=0)",
        tests=_CALCULATIONS,
    ),
    Fault(
        name="a blank is passed over by +",
        file=f"{_LOGIC}functions.py",
        right="return every, settled & ~every",
        fault="return every, settled & every",
        tests=_CALCULATIONS,
    ),
    Fault(
        name="noise decides a rounding",
        file=f"{_LOGIC}functions.py",
        right="return np.where(noisy | side | (places",
        fault="return np.where(side | (places",
        tests=_CALCULATIONS,
    ),
    Fault(
        name="a function of any name is called",
        file=f"{_LOGIC}parse.py",
        right="elif token.text in FUNCTIONS:",
        fault="elif word in FUNCTIONS:",
        tests=(f"{_TESTS}test_what_is_not_evaluated_is_named",),
    ),
    Fault(
        name="brackets of any depth",
        file=f"{_LOGIC}parse.py",
        right="if self.depth > _DEEPEST:",
        fault="if self.depth < 0:",
        tests=(f"{_TESTS}test_what_is_not_evaluated_is_named",),
    ),
    Fault(
        name="a stored value that was rounded agrees",
        file=f"{_LOGIC}evaluate.py",
        right="_STORED_DIGITS = 1e-9",
        fault="_STORED_DIGITS = 1e-3",
        tests=(f"{_TESTS}test_a_stored_value_may_lack_the_last_digits_only",),
    ),
)
