"""Which files of a study a visitor may change by their values: study.yaml, the layouts that it
names, and the tables of people for who may see people.
"""

from __future__ import annotations

from pathlib import Path
from posixpath import normpath

from exvivo.errors import Mistake, StudyError, UserMistake
from exvivo.study.files import CLINIC_FILE, CULTURES_FILE, DONORS_FILE, STUDY_FILE
from exvivo.study.nodes import compose
from exvivo.study.splice import value_at
from exvivo.study.yaml_text import tree_of
from exvivo.web.visitor import NotAllowed, Permission, Visitor


def refuse_file(folder: Path, file: str, visitor: Visitor, study: str) -> None:
    """Raise `NotAllowed` for a table of people whom the visitor may not see, and `StudyError` for
    a file that is not changed by its values.
    """
    if holds_people(file):
        if not visitor.may(Permission.IDENTIFY, study):
            raise NotAllowed(Permission.IDENTIFY)
    elif file != STUDY_FILE and file not in layouts_of(folder):
        expected = "study.yaml, a table of people, or a layout that study.yaml names"
        raise StudyError(Mistake(file, "another file", expected, "load the page again"))


def holds_people(name: str) -> bool:
    """Whether a file is a table of people, by its name, however the name is written."""
    return normpath(name).casefold() in (DONORS_FILE, CLINIC_FILE, CULTURES_FILE)


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
    return {name for name in named if name.lower().endswith(".csv")}
