"""Results that are whole or not there: written beside the last ones, recorded, then put in their place.

The commit of the record is the moment a run counts. Killed before it, the last complete results stand untouched;
killed after it, the next visitor finds the new results beside the old and finishes the exchange (`recover`).
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from exvivo.store.files import File, all_files, flush
from exvivo.store.runs import DATABASE, RESULTS, Run, add, latest, opened

_NEW = f"{RESULTS}.new"
_OLD = f"{RESULTS}.old"


def keep(folder: Path, *, run: Run, write: Callable[[Path], None]) -> Path:
    """Have `write` fill an empty folder, record the run with what it wrote, and make that the folder's results.

    Returns `folder/results`. Whatever `write` raises leaves the last results and the record as they were. Raises
    `StoreError` where another run is being written or the record cannot be used.
    """
    with opened(folder) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            _recover(folder, connection)
            new = folder / _NEW
            new.mkdir()
            write(new)
            flush(new)
            add(connection, replace(run, outputs=_as_results(all_files(new, root=folder))))
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            shutil.rmtree(folder / _NEW, ignore_errors=True)
            raise
        _exchange(folder)
    return folder / RESULTS


def recover(folder: Path) -> None:
    """Finish an exchange of results that was cut short, if there is one."""
    if (folder / DATABASE).exists() and ((folder / _NEW).exists() or (folder / _OLD).exists()):
        with opened(folder) as connection:
            connection.execute("BEGIN IMMEDIATE")
            _recover(folder, connection)
            connection.execute("ROLLBACK")


def _recover(folder: Path, connection: sqlite3.Connection) -> None:
    """With the lock held: take the new results if they are those on record, else throw them away."""
    run = latest(connection)
    new, results, old = folder / _NEW, folder / RESULTS, folder / _OLD
    if run is not None and new.exists() and _as_results(all_files(new, root=folder)) == run.outputs:
        _exchange(folder)
    if old.exists() and not results.exists():
        old.rename(results)
    shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def _exchange(folder: Path) -> None:
    shutil.rmtree(folder / _OLD, ignore_errors=True)
    if (folder / RESULTS).exists():
        (folder / RESULTS).rename(folder / _OLD)
    (folder / _NEW).rename(folder / RESULTS)
    shutil.rmtree(folder / _OLD, ignore_errors=True)


def _as_results(files: tuple[File, ...]) -> tuple[File, ...]:
    """The files under the name they have once they are the results, in the order of the record."""
    named = (replace(file, path=RESULTS + file.path.removeprefix(_NEW)) for file in files)
    return tuple(sorted(named, key=lambda file: file.path))
