"""The files of a study folder: their names, and whether each can be read; if not, why, in words."""

from __future__ import annotations

import stat
from pathlib import Path

STUDY_FILE = "study.yaml"
DONORS_FILE = "donors.csv"
CLINIC_FILE = "clinic.csv"
CULTURES_FILE = "cultures.csv"

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
