"""New results in the place of the old ones, and what is left beside them: hidden folders of the
study that hold old results which cannot be deleted, or new ones that cannot take their place yet.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from exvivo.errors import Mistake, StoreError
from exvivo.store.database import BEGUN, RESULTS
from exvivo.store.files import File, all_files
from exvivo.store.runs import RECORD_PAGE

NEW = BEGUN
OLD = ".exvivo-old"
"""What the names of these folders begin with: names no one gives to a folder of their own, thrown
away when they are no longer needed.
"""


@dataclass(frozen=True, slots=True)
class Leftover:
    """A hidden folder beside the results: `waiting` are the results of the last run, which could
    not be put in the place of the older ones; `old` is what nothing needs and could not be
    deleted.
    """

    path: Path
    what: Literal["waiting", "old"]


def named(folder: Path, beginning: str) -> list[Path]:
    """The hidden folders of a study whose names begin so, sorted."""
    return sorted(folder.glob(f"{beginning}*"))


def is_unfinished(folder: Path) -> bool:
    """Whether something is left of an exchange that was cut short, or of a run."""
    return bool(named(folder, NEW) or named(folder, OLD))


def free_name(folder: Path, beginning: str) -> Path:
    """A name that nothing has yet: what cannot be deleted stays in no one's way."""
    path, number = folder / beginning, 1
    while os.path.lexists(path):
        number += 1
        path = folder / f"{beginning}-{number}"
    return path


def throw_away(*paths: Path) -> None:
    """Delete folders as far as the system lets us; what is left is named by `leftovers`."""
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)


def holds(path: Path, outputs: tuple[File, ...]) -> bool | None:
    """Whether a folder beside the results, or the results, hold the files with these hashes; None
    where it cannot be read, so that nobody can tell.
    """
    try:
        return bool(outputs) and path.is_dir() and as_results(path) == outputs
    except OSError:
        return None


def as_results(made: Path) -> tuple[File, ...]:
    """The files of a folder under the names they have once they are the results, in the order of
    the record.
    """
    files = all_files(made, root=made.parent)
    renamed = (replace(file, path=RESULTS + file.path.removeprefix(made.name)) for file in files)
    outputs = (file for file in renamed if file.path != f"{RESULTS}/{RECORD_PAGE}")
    return tuple(sorted(outputs, key=lambda file: file.path))


def standing(folder: Path, outputs: tuple[File, ...]) -> Path:
    """Where the results with these hashes stand: `results`, or the hidden folder in which they wait
    while something keeps `results` from making room.
    """
    hidden, results = named(folder, NEW), folder / RESULTS
    if not hidden or holds(results, outputs):
        return results
    return next((path for path in hidden if holds(path, outputs)), results)


def settle(folder: Path, outputs: tuple[File, ...]) -> None:
    """With the lock held: the results with these hashes in their place, as far as the system lets
    us, and what nothing needs thrown away.
    """
    results, last = folder / RESULTS, standing(folder, outputs)
    with suppress(OSError):
        if last != results:
            exchange(folder, last)
        elif not results.exists():
            _move_back(folder, outputs)
    if results.exists():
        is_shown = holds(results, outputs)
        hidden = (*named(folder, NEW), *named(folder, OLD))
        throw_away(*(path for path in hidden if is_shown or holds(path, outputs) is False))


def exchange(folder: Path, new: Path) -> None:
    """Put new results in the place of the last ones. Raises `OSError` where the system refuses it;
    then the last ones are in their place again, if it lets us.
    """
    results, old = folder / RESULTS, free_name(folder, OLD)
    if results.exists():
        results.rename(old)
    try:
        new.rename(results)
    except OSError:
        old.rename(results)
        raise


def _move_back(folder: Path, outputs: tuple[File, ...]) -> None:
    """Give the last results their name again, which they lost in an exchange that was cut short:
    those with these hashes or, where nothing has them, those put aside last.
    """
    put_aside = sorted(named(folder, OLD), key=lambda path: path.lstat().st_ctime)
    right = [path for path in put_aside if holds(path, outputs)]
    for path in (right or put_aside)[-1:]:
        path.rename(folder / RESULTS)


def refuse_fixed(folder: Path) -> None:
    """With the lock held: raise `StoreError` where the results could not make room for new ones;
    told by moving them there and back.
    """
    results, aside = folder / RESULTS, free_name(folder, OLD)
    try:
        results.rename(aside)
    except OSError as error:
        found = f"a folder that cannot be renamed ({error.strerror})"
        cure = "close what is open in it, or get the right to rename it; or run a copy of the study"
        raise StoreError(Mistake(str(results), found, "results that can make room", cure)) from None
    aside.rename(results)


def leftovers(folder: Path, outputs: tuple[File, ...]) -> tuple[Leftover, ...]:
    """What remains to tidy beside the results with these hashes."""
    last = standing(folder, outputs)
    hidden = (*named(folder, NEW), *named(folder, OLD))
    return tuple(Leftover(path, "waiting" if path == last else "old") for path in hidden)
