"""Does the folder still hold what the last run read and made?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from exvivo.errors import Mistake, StoreError, command
from exvivo.store.database import DATABASE
from exvivo.store.files import File, hashed
from exvivo.store.results import recover, standing, strange_files
from exvivo.store.runs import RESULTS, Run, last_run


@dataclass(frozen=True, slots=True)
class Change:
    """One file that is not as the last run left it."""

    path: str
    side: Literal["input", "output"]
    what: Literal["changed", "missing", "new"]


def verify(folder: Path) -> tuple[Change, ...]:
    """Hash every input and output of the last run again and list what changed, is missing or is
    new.

    New are files of `results/` that the run did not write; what else lies in the folder changes
    nothing. Empty: all stands. Raises `StoreError` where the folder has no complete run.
    """
    run, results = complete_run(folder), standing(folder)
    new = (Change(name, "output", "new") for name in strange_files(folder, run))
    return (
        *_compare(folder, run.inputs, "input", results),
        *_compare(folder, run.outputs, "output", results),
        *new,
    )


def complete_run(folder: Path) -> Run:
    """The last complete run of a study folder. Raises `StoreError` where there is none."""
    recover(folder)
    run = last_run(folder)
    if run is not None:
        return run
    cure = f"run it first: {command('run', folder)}"
    raise StoreError(Mistake(DATABASE, "no complete run of this study", "a run to verify", cure))


def _compare(
    folder: Path, recorded: tuple[File, ...], side: Literal["input", "output"], results: Path
) -> Iterator[Change]:
    """The recorded files that are missing or no longer the same; `results` is where those of the
    run stand.
    """
    for file in recorded:
        try:
            now = replace(hashed(_place(folder, file, results), root=folder), path=file.path)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            yield Change(file.path, side, "missing")
            continue
        if now != file:
            yield Change(file.path, side, "changed")


def _place(folder: Path, file: File, results: Path) -> Path:
    """Where a recorded file stands."""
    inside = file.path.removeprefix(f"{RESULTS}/")
    return folder / file.path if inside == file.path else results / inside
