"""A workbook of people written as csv, so that single cells of it can be changed."""

from __future__ import annotations

from pathlib import Path

from exvivo.web.edits import put
from exvivo.web.people.merge import as_csv
from exvivo.web.people.table import FILES, PeopleTable

REPLACED = "replaced"
"""The folder of a study that keeps what another file took the place of."""


def take_its_place(folder: Path, table: PeopleTable, *, who: str) -> str:
    """Write the csv, then move the workbook out of its way. Killed between both, the check says
    that there are two tables and nothing is lost. Gives the version of the csv.
    """
    made = put(folder, FILES[table.kind], as_csv(table), expected="", who=who)
    move_away(folder, table.file)
    return made


def move_away(folder: Path, file: str) -> None:
    """Move a file of a study to `replaced/`, under a name that is free there."""
    there = folder / REPLACED
    there.mkdir(exist_ok=True)
    stem, suffix = Path(file).stem, Path(file).suffix
    names = (f"{stem}{f'-{n}' if n else ''}{suffix}" for n in range(10_000))
    free = next(name for name in names if not (there / name).exists())
    (folder / file).rename(there / free)
