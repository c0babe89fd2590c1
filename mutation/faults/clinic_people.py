"""Faults of: people's tables that lost their end, and people who withdraw from a REDCap project."""

from __future__ import annotations

from mutation.fault import Fault

_CUT = "src/exvivo/reconcile/tables_cut.py"
_TESTS = ("reconcile/test_tables_cut.py",)

CLINIC_PEOPLE = (
    Fault(
        name="a last score that may be cut passes",
        file=_CUT,
        right="return Scope(donors=(end.donor,), scales=scales) if scales else None",
        fault="return None",
        tests=_TESTS,
    ),
    Fault(
        name="a last age that may be cut passes",
        file=_CUT,
        right="columns=(end.column,)) if used else None",
        fault="columns=(end.column,)) if not used else None",
        tests=_TESTS,
    ),
    Fault(
        name="a group that begins another one taken for whole",
        file="src/exvivo/cells/open_end.py",
        right=" and not _is_begun(bare, column))",
        fault=")",
        tests=_TESTS,
    ),
    Fault(
        name="the tables of a study are not held against their end",
        file="src/exvivo/gather.py",
        right="        texts=reading.sources.texts,\n",
        fault="",
        tests=_TESTS,
    ),
    Fault(
        name="a cell over several lines cut with the line of another",
        file="src/exvivo/study/csv_lines.py",
        right="        at += len(_LINE.findall(row.text))",
        fault="        at += 1",
        tests=("test_withdrawal.py",),
    ),
    Fault(
        name="the link to a donor of REDCap who withdrew stays",
        file="src/exvivo/decide/withdrawal_redcap.py",
        right='        return None if cells["donor"] == donor else cells',
        fault="        return cells",
        tests=("test_withdrawal_redcap.py",),
    ),
    Fault(
        name="an export outside the study folder passes a withdrawal",
        file="src/exvivo/decide/withdrawal_redcap.py",
        right="    if not _is_within(folder, redcap.data):",
        fault="    if not redcap.data:",
        tests=("test_withdrawal_redcap.py",),
    ),
)
