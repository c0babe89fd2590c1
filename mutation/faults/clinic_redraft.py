"""Faults of: a REDCap project drafted as a study, and its donors and answers."""

from __future__ import annotations

from mutation.fault import Fault

_DRAFT = "src/exvivo/draft/redcap/"
_TABLES = "src/exvivo/read/redcap/tables/"
_DRAFTED = ("draft/test_draft_redcap.py",)
_READ = ("read/redcap/test_redcap_tables.py",)

CLINIC_REDRAFT = (
    Fault(
        name="a questionnaire with an item less is taken for one",
        file=f"{_DRAFT}questionnaires.py",
        right="    if absent:\n",
        fault="    if len(absent) > 1:\n",
        tests=_DRAFTED,
    ),
    Fault(
        name="a questionnaire is known by its names alone, whatever its answers",
        file=f"{_DRAFT}questionnaires.py",
        right="    return column.allows(of_key.lowest + shift, of_key.highest + shift)\n",
        fault="    return True\n",
        tests=_DRAFTED,
    ),
    Fault(
        name="of several codings the first is taken unasked",
        file=f"{_DRAFT}questionnaires.py",
        right="codings if len(codings) > 1 else ()",
        fault="()",
        tests=_DRAFTED,
    ),
    Fault(
        name="pseudonyms follow the order of the records",
        file=f"{_DRAFT}links.py",
        right="    secrets.SystemRandom().shuffle(order)\n",
        fault="",
        tests=_DRAFTED,
    ),
    Fault(
        name="a field that nothing reads has no reason",
        file=f"{_DRAFT}left_out.py",
        right="        if each.name not in made.used and not is_compared(each, made):\n",
        fault="        if each.is_identifier and each.name not in made.used:\n",
        tests=_DRAFTED,
    ),
    Fault(
        name="records that are marked Identifier are names of donors",
        file=f"{_TABLES}__init__.py",
        right="    if field.is_identifier and not project.donors:\n",
        fault="    if field.is_identifier and project.donors:\n",
        tests=_DRAFTED,
    ),
    Fault(
        name="a characteristic may be a field that is marked Identifier",
        file=f"{_TABLES}fields.py",
        right="        elif field.is_identifier:\n",
        fault="        elif field.is_identifier and not field.label:\n",
        tests=_READ,
    ),
    Fault(
        name="what branching logic hides is missing",
        file=f"{_TABLES}answers.py",
        right="    if cells and all(cell.state == HIDDEN for cell in cells):\n",
        fault="    if not cells:\n",
        tests=_READ,
    ),
    Fault(
        name="of two events of one visit the first counts, unsaid",
        file=f"{_TABLES}answers.py",
        right="        if len(counted) > 1:\n",
        fault="        if len(counted) > 9:\n",
        tests=_READ,
    ),
    Fault(
        name="boxes of a form that was not filled in are no medication",
        file=f"{_TABLES}donors.py",
        right='        if all(cell.state == "given" for cell in cells.values()):\n',
        fault="        if cells:\n",
        tests=_READ,
    ),
    Fault(
        name="people of several groups without a field of them are of the first",
        file=f"{_TABLES}__init__.py",
        right="    if not redcap.group and len(study.groups) != 1:\n",
        fault="    if not redcap.group and not study.groups:\n",
        tests=_READ,
    ),
)
