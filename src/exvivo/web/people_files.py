"""Which files of a study tell who its people are, whatever study.yaml says that they are.

Whoever works in a study writes study.yaml, and with it the names of layouts and instrument files:
a table of people named there is one all the same.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from posixpath import normpath

from exvivo.store import DATABASE, RESULTS
from exvivo.study import Study
from exvivo.study.files import CLINIC_FILE, CULTURES_FILE, DONORS_FILE
from exvivo.study.instrument_files import files_of_redcap

PEOPLE = frozenset(name.removesuffix(".csv") for name in (DONORS_FILE, CLINIC_FILE, CULTURES_FILE))
"""The tables of people, whatever their ending."""
_FOLDERS = ("redcap", "replaced", RESULTS)
_BEGINNINGS = (".", "shared-", DATABASE)


def holds_people(name: str, study: Study | None = None) -> bool:
    """Whether a file tells of persons, by its name: a table of people, a file of REDCap (also one
    that the study names), results, the record, or anything outside of the study folder.

    >>> holds_people("clinic.csv"), holds_people("raw/../Donors.xlsx"), holds_people("raw/P1.csv")
    (True, True, False)
    """
    plain = _plain(name)
    top, *below = PurePosixPath(plain).parts or ("",)
    if top in ("", "/", "..") or top in _FOLDERS or top.startswith(_BEGINNINGS):
        return True
    if not below and top.partition(".")[0] in PEOPLE:
        return True
    return study is not None and plain in {_plain(each) for each in files_of_redcap(study)}


def _plain(name: str) -> str:
    """A name as disks compare it that take no notice of capital letters; without detours."""
    return normpath(name.strip().replace("\\", "/")).casefold()
