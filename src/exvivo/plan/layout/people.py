"""The donors of a layout whose names are made up, since they are still to come: a study takes a
layout only once donors.csv holds them, else every one of their wells would be a mistake.
"""

from __future__ import annotations

from pathlib import Path

from exvivo.errors import Mistake, StudyError
from exvivo.plan.layout.laid import PlannedLayout
from exvivo.plan.layout.samples import Donor
from exvivo.sources import Sources
from exvivo.study.edited import with_rows
from exvivo.study.files import DONORS_FILE, form_there
from exvivo.study.headings import Columns
from exvivo.words import counted, shortened

TO_ADD = "donors_to_add.csv"
"""The lines of made-up donors, where people are not in a csv table of the study folder."""
_COLUMNS = Columns(("donor", "group"), (), open=True)


def made_up(planned: PlannedLayout) -> list[Donor]:
    """The donors that the study does not know yet."""
    return [donor for donor in planned.donors if donor.is_planned]


def made_up_words(planned: PlannedLayout) -> str:
    """How many donors have made-up names, and some of the names; empty where nobody has."""
    names = [donor.id for donor in made_up(planned)]
    verb = "has a made-up name" if len(names) == 1 else "have made-up names"
    return f"{counted(len(names), 'donor')} {verb} ({shortened(names)})" if names else ""


def table_of_people(planned: PlannedLayout, folder: Path) -> tuple[str, bytes] | None:
    """The name and the bytes of donors.csv with a line more for each made-up donor; every other
    byte stays as it is. `TO_ADD` with these lines alone, where people are in a workbook or a REDCap
    project; None where nobody is made up.
    """
    new = [{"donor": donor.id, "group": donor.group} for donor in made_up(planned)]
    if not new:
        return None
    if not is_table_ours(planned, folder):
        return TO_ADD, with_rows(None, file=DONORS_FILE, columns=_COLUMNS, rows=new)
    path = folder / DONORS_FILE
    raw = path.read_bytes() if path.exists() else None
    return DONORS_FILE, with_rows(raw, file=DONORS_FILE, columns=_COLUMNS, rows=new)


def is_table_ours(planned: PlannedLayout, folder: Path) -> bool:
    """Whether people are in donors.csv, or in no table yet: lines can be added to that."""
    is_csv = form_there(Sources(folder), DONORS_FILE) == DONORS_FILE
    return is_csv and planned.study.redcap is None


def refuse_made_up(planned: PlannedLayout, folder: Path) -> None:
    """Raises `StudyError` where somebody is made up, with the one step that fixes it."""
    found = made_up_words(planned)
    if not found:
        return
    if is_table_ours(planned, folder):
        cure = (
            f"write your own names into {DONORS_FILE}, a line a donor; or keep the made-up ones: "
            f"put planned/layout/{DONORS_FILE} (yours, with their lines behind it) in its place, "
            "and take the layout again: it is the same one"
        )
    else:
        cure = f"add the donors of planned/layout/{TO_ADD} where your donors are, and take it again"
    expected = "every donor of the plates among the donors of the study: else no well is theirs"
    raise StudyError(Mistake(DONORS_FILE, found, expected, cure))
