"""Does the folder still hold what the last run read and made?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from exvivo.errors import Mistake, StoreError
from exvivo.store.files import File, all_files, hashed
from exvivo.store.results import recover
from exvivo.store.runs import DATABASE, RESULTS, last_run


@dataclass(frozen=True, slots=True)
class Change:
    """One file that is not as the last run left it."""

    path: str
    side: Literal["input", "output"]
    what: Literal["changed", "missing", "new"]


def verify(folder: Path) -> tuple[Change, ...]:
    """Hash every input and output of the last run again and list what changed, is missing or is new.

    New are files of `raw/` that the run did not read and files of `results/` that it did not write. Empty: all stands.
    Raises `StoreError` where the folder has no complete run.
    """
    recover(folder)
    run = last_run(folder)
    if run is None:
        raise StoreError(
            Mistake(DATABASE, "no complete run of this study", "a run to verify", "run it first: exvivo run FOLDER")
        )
    return (*_compare(folder, run.inputs, "input", "raw"), *_compare(folder, run.outputs, "output", RESULTS))


def _compare(
    folder: Path, recorded: tuple[File, ...], side: Literal["input", "output"], grown: str
) -> Iterator[Change]:
    for file in recorded:
        try:
            now = hashed(folder / file.path, root=folder)
        except OSError:
            yield Change(file.path, side, "missing")
            continue
        if now != file:
            yield Change(file.path, side, "changed")
    known = {file.path for file in recorded}
    for file in all_files(folder / grown, root=folder):
        if file.path not in known:
            yield Change(file.path, side, "new")
