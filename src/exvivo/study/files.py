"""The files of a study folder: their names, and whether each can be read; if not, why, in words."""

from __future__ import annotations

import stat
from pathlib import Path

from exvivo.errors import Mistake, StudyError

STUDY_FILE = "study.yaml"
DONORS_FILE = "donors.csv"
CLINIC_FILE = "clinic.csv"
CULTURES_FILE = "cultures.csv"

WORKBOOKS = (".xlsx", ".xls")
"""What a table of the study folder may be instead of csv."""
ABSENT = "no such file"
_FOLDER = "a folder, not a file"
_REFUSED = "a file that may not be read (permission denied)"


def trouble(path: Path) -> str:
    """Why a file cannot be read; empty where it can."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            path.open("rb").close()
    except PermissionError:
        return _REFUSED
    except (FileNotFoundError, NotADirectoryError, ValueError):
        # ValueError: a name that no file can have.
        return ABSENT
    except OSError as error:
        return f"a file that cannot be opened ({error.strerror})"
    if stat.S_ISREG(mode):
        return ""
    return _FOLDER if stat.S_ISDIR(mode) else "something that is not a plain file"


def cure(why: str, *, absent: str) -> str:
    """What to do about a `trouble`; `absent` is the cure where the file is not there."""
    cures = {
        _FOLDER: "move that folder away and put the file in its place",
        _REFUSED: "give yourself the right to read it",
    }
    return cures.get(why, absent)


def table_file(root: Path, name: str) -> str:
    """The name of a table of the study folder: the csv, or the workbook where there is no csv.

    Raises `StudyError` where there are several: one of them would be read by nobody.
    """
    stem = name.removesuffix(".csv")
    there = [each for each in forms_of(name) if trouble(root / each) != ABSENT]
    if len(there) > 1:
        raise StudyError(
            Mistake(
                name,
                f"{' and '.join(there)}, which may say different things",
                f"one table of the {stem}",
                "keep the right one, and move the other out of the folder",
            )
        )
    return there[0] if there else name


def named_file(root: Path, name: str) -> str:
    """As `table_file`, for a table the study must have: a file of another name that may be meant is
    told.
    """
    file = table_file(root, name)
    likely = likely_file(root, name) if trouble(root / file) == ABSENT else ""
    if likely:
        form = Path(likely).suffix.lower()
        right = name.removesuffix(".csv") + (form if form in WORKBOOKS else ".csv")
        finding = f"{ABSENT}; there is {likely} (did you mean that?)"
        raise StudyError(Mistake(name, finding, "a csv table or .xlsx", f"save it as {right}"))
    return file


def form_there(root: Path, name: str) -> str:
    """The name under which a table of the study folder is there; the csv's where it is not."""
    return next((each for each in forms_of(name) if trouble(root / each) != ABSENT), name)


def forms_of(name: str) -> list[str]:
    """The names a table of the study folder may have."""
    return [name, *(name.removesuffix(".csv") + suffix for suffix in WORKBOOKS)]


def likely_file(root: Path, name: str) -> str:
    """A file of the folder that may be meant for a table that is not there; empty without any."""
    try:
        there = sorted(path.name for path in root.iterdir() if path.is_file())
    except OSError:
        return ""
    stem = name.removesuffix(".csv").casefold()
    return next((each for each in there if each.casefold().rpartition(".")[0] == stem), "")
