"""Whether a file of the study folder can be read, and if not, why, in words."""

from __future__ import annotations

import stat
from pathlib import Path

ABSENT = "no such file"


def trouble(path: Path) -> str:
    """Why a file cannot be read; empty where it can."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return "a folder, not a file"
        if not stat.S_ISREG(mode):
            return "something that is not a plain file"
        path.open("rb").close()
    except PermissionError:
        return "a file that may not be read (permission denied)"
    except (
        FileNotFoundError,
        NotADirectoryError,
        ValueError,
    ):  # ValueError: a name that no file can have
        return ABSENT
    except OSError as error:
        return f"a file that cannot be opened ({error.strerror})"
    return ""


def cure(found: str, *, absent: str) -> str:
    """What to do about it; `absent` is the cure where the file is not there."""
    if found.startswith("a folder"):
        return "move that folder away and put the file in its place"
    return "give yourself the right to read it" if "permission" in found else absent
