"""Faults of: donors who withdraw."""

from __future__ import annotations

from mutation.fault import Fault

_STORE = "src/exvivo/store/withdraw.py"
_PLAN = "src/exvivo/decide/withdrawal.py"
_TESTS = ("test_withdrawal.py",)

WITHDRAWN = (
    Fault(
        name="texts that name a donor who withdrew stay",
        file=_STORE,
        right="            contents.erase(connection, erased)\n",
        fault="",
        tests=_TESTS,
    ),
    Fault(
        name="tables of runs that name a donor who withdrew stay",
        file=_STORE,
        right="if is_in or (is_in is False and may and _is_a_result(role)):",
        fault="if is_in:",
        tests=_TESTS,
    ),
    Fault(
        name="a withdrawal cut short is forgotten",
        file=_STORE,
        right='    if row is not None and row.facts.get("list") == ',
        fault='    if row is None and "" == ',
        tests=_TESTS,
    ),
    Fault(
        name="folders that could not be deleted pass",
        file=_STORE,
        right='for name in facts["folders"] if os.path.lexists(folder / name)',
        fault='for name in facts["folders"] if not name',
        tests=_TESTS,
    ),
    Fault(
        name="the person stays in donors.csv",
        file=_PLAN,
        right='        return {**dict.fromkeys(cells, ""), **kept}',
        fault="        return {**cells, **kept}",
        tests=_TESTS,
    ),
    Fault(
        name="scores of a donor who withdrew stay",
        file=_PLAN,
        right="tuple(scale.id for scale in study.scales)\n",
        fault='tuple(scale.id for scale in study.scales)\n        CLINIC_FILE = "none.csv"\n',
        tests=_TESTS,
    ),
    Fault(
        name="wells of a donor who withdrew take part",
        file=_PLAN,
        right="    if wells:\n",
        fault="    if not wells:\n",
        tests=_TESTS,
    ),
    Fault(
        name="places that no command changes pass",
        file=_PLAN,
        right="            if pattern.search(line):",
        fault="            if False:",
        tests=_TESTS,
    ),
    Fault(
        name="a donor who withdrew is put back beside answers",
        file="src/exvivo/study/exclusions.py",
        right='return layout["donor"].str.starts_with(WITHDRAWN).fill_null(value=False)',
        fault='return layout["donor"].str.starts_with(WITHDRAWN + "x").fill_null(value=False)',
        tests=_TESTS,
    ),
    Fault(
        name="a study of somebody else deletes outside its folder",
        file=_STORE,
        right="if root not in place.parents]",
        fault="if not place]",
        tests=_TESTS,
    ),
)
