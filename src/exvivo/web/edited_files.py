"""Which files of a study a visitor may change by their values: study.yaml, the layouts that it
names, and the tables of people for who may see people.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from exvivo.errors import Mistake, StudyError, UserMistake
from exvivo.study.files import CLINIC_FILE, CULTURES_FILE, DONORS_FILE, STUDY_FILE
from exvivo.study.nodes import compose
from exvivo.study.splice import value_at
from exvivo.study.yaml_text import tree_of
from exvivo.web.edits import Edit
from exvivo.web.people_files import holds_people
from exvivo.web.visitor import NotAllowed, Permission, Visitor

_TABLES = (DONORS_FILE, CLINIC_FILE, CULTURES_FILE)


def refuse_edits(
    folder: Path, file: str, edits: Sequence[Edit], visitor: Visitor, study: str
) -> None:
    """Raise `NotAllowed` where a visitor may not see people, for a file that tells of them and for
    the names of such files in study.yaml; `StudyError` for a file that is not changed by its
    values.
    """
    names_people = file == STUDY_FILE and any(each.where[:1] == ("redcap",) for each in edits)
    if (names_people or holds_people(file)) and not visitor.may(Permission.IDENTIFY, study):
        raise NotAllowed(Permission.IDENTIFY)
    if not is_edited(folder, file):
        expected = "study.yaml, a table of people, or a layout that study.yaml names"
        raise StudyError(Mistake(file, "another file", expected, "load the page again"))


def is_edited(folder: Path, file: str) -> bool:
    """Whether a file is one that is changed by its values."""
    return file in (STUDY_FILE, *_TABLES) or file in layouts_of(folder)


def layouts_of(folder: Path) -> set[str]:
    """The csv layouts that study.yaml names, also of plates in which something is to fix; none
    where it cannot be read.
    """
    try:
        text = value_at((folder / STUDY_FILE).read_bytes(), ("plates",))
    except UserMistake:
        return set()
    plates = tree_of(compose(text, file=STUDY_FILE)) if text else []
    listed = plates if isinstance(plates, list) else []
    records = [dict(each) for each in listed if isinstance(each, tuple)]
    named = [str(record.get("layout", "")) for record in records]
    return {name for name in named if name.lower().endswith(".csv") and not holds_people(name)}
