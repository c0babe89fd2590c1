"""Does the folder still hold what the last run read and made?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from exvivo.errors import Mistake, StoreError
from exvivo.store.files import File, hashed, paths_of
from exvivo.store.results import recover
from exvivo.store.runs import DATABASE, RESULTS, last_run


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
    recover(folder)
    run = last_run(folder)
    if run is None:
        raise StoreError(
            Mistake(
                DATABASE,
                "no complete run of this study",
                "a run to verify",
                "run it first: exvivo run FOLDER",
            )
        )
    return (
        *_compare(folder, run.inputs, "input"),
        *_compare(folder, run.outputs, "output"),
        *_new(folder, run.outputs),
    )


def _compare(
    folder: Path, recorded: tuple[File, ...], side: Literal["input", "output"]
) -> Iterator[Change]:
    for file in recorded:
        try:
            now = hashed(folder / file.path, root=folder)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            yield Change(file.path, side, "missing")
            continue
        if now != file:
            yield Change(file.path, side, "changed")


def _new(folder: Path, recorded: tuple[File, ...]) -> Iterator[Change]:
    known = {file.path for file in recorded}
    for path in paths_of(folder / RESULTS):
        name = path.relative_to(folder).as_posix()
        if name not in known:
            yield Change(name, "output", "new")
