"""From the raw instrument files of a study of patient-derived cells to claims that can be defended.

    import exvivo

    study = exvivo.load("my-study")     # study.yaml, donors and layouts, checked
    result = exvivo.run("my-study")     # files to findings; result.findings is a polars frame
    result.report                       # where the report is
    exvivo.verify("my-study")           # what changed since; empty if all stands

Whatever must be fixed in the files is raised as `exvivo.UserMistake`, all of it at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

__version__ = "0.1.0"

from exvivo.errors import ReadError, StoreError, StudyError, UserMistake
from exvivo.run import Result, run

if TYPE_CHECKING:
    from exvivo.store import Change
    from exvivo.study import Study

__all__ = [
    "ReadError",
    "Result",
    "StoreError",
    "StudyError",
    "UserMistake",
    "load",
    "run",
    "verify",
]


def load(folder: str | Path) -> Study:
    """The checked study of a folder: study.yaml, donors.csv and the plate layouts. Results are not
    read.

    Raises `StudyError` with every mistake, each with its file and line, what was expected and
    how to fix it.
    """
    from exvivo import study
    from exvivo.people_files import read_people

    return study.load(folder, read_people=read_people)


def verify(folder: str | Path, *, expect: str | None = None) -> tuple[Change, ...]:
    """What changed in a study folder since its last run: files changed, missing or new, and what is
    wrong with its record, walked from the first row. Empty if all stands.

    `expect` is the hash of a row, or 12 digits of it, that the record must hold: a head that was
    kept elsewhere finds a folder that was set back. Raises `StoreError` where nothing is on record.
    """
    from exvivo import record

    return record.examined(Path(folder), expect=expect).changes
