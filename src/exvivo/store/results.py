"""Results that are whole or not there: written beside the last ones, recorded, then put in their
place.

The commit of the record is the moment a run counts. Killed before it, the last complete results
stand untouched; killed after it, the next visitor finds the new results beside the old and finishes
the exchange (`recover`).
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from exvivo.errors import Mistake, StoreError
from exvivo.store.chain import DECISIONS, START, last_row
from exvivo.store.database import DATABASE, opened
from exvivo.store.decisions import Decision, files_of_decisions, record_unrecorded
from exvivo.store.files import File, all_files, flush, is_of_the_system
from exvivo.store.runs import RECORD_PAGE, RESULTS, Run, add, last_run, latest
from exvivo.store.tree import Form, tree
from exvivo.words import shortened

_NEW = ".exvivo-new"
_OLD = ".exvivo-old"
"""Names no one gives to a folder of their own: both are thrown away when they are no longer
needed.
"""


_SHOWN = ("findings", "answered", "left_out", "flags")
KEPT = ("report.html", "study.yaml", *(f"tables/{name}.parquet" for name in _SHOWN))
"""The results that the record keeps whole, run after run; of the others it keeps the hash."""


def keep(
    folder: Path,
    *,
    run: Run,
    write: Callable[[Path], None],
    texts: Mapping[str, bytes] = MappingProxyType({}),
    decisions: Sequence[Decision] = (),
    tell: Callable[[str], None] = lambda head: None,
) -> Path:
    """Have `write` fill an empty folder, record the run with what it wrote, and make that the
    folder's results. The record keeps `texts` of the inputs (by path), and the results of `KEPT`.
    Those of the `decisions` in the study that are not on record come before the run; `tell` is
    called with the hash of the last decision before anything is written.

    Returns `folder/results`. Whatever `write` raises leaves the last results and the record as they
    were. Raises `StoreError` where another run is being written, the record cannot be used, or
    `refuse_strangers` does.
    """
    refuse_strangers(folder)
    with opened(folder) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            _recover(folder, connection)
            record_unrecorded(connection, decisions, files_of_decisions(run.inputs))
            last = last_row(connection, *DECISIONS)
            tell(last.hash if last else START)
            new = folder / _NEW
            new.mkdir()
            write(new)
            flush(new)
            made = replace(run, outputs=_as_results(all_files(new, root=folder)))
            add(connection, made, {**texts, **_kept_results(new)})
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            shutil.rmtree(folder / _NEW, ignore_errors=True)
            raise
        _exchange(folder)
    return folder / RESULTS


def _kept_results(new: Path) -> dict[str, bytes]:
    """The results that the record keeps, under the name they have in the study folder."""
    there = [name for name in KEPT if (new / name).is_file()]
    return {f"{RESULTS}/{name}": (new / name).read_bytes() for name in there}


def refuse_strangers(folder: Path) -> None:
    """Raise `StoreError` where new results would take the place of something that the last run did
    not make.
    """
    results = folder / RESULTS
    if results.is_symlink() or (results.exists() and not results.is_dir()):
        finding = "a link" if results.is_symlink() else "a file"
        expected = "a folder of results, or nothing"
        cure = "move it away or rename it, then run again"
        raise StoreError(Mistake(str(results), finding, expected, cure))
    recover(folder)
    if strange := strange_files(folder, last_run(folder)):
        mistake = Mistake(
            str(results),
            f"files that the last run did not write: {shortened(strange, 5)}",
            "what a run made, which the next one replaces",
            f"move them out of `{RESULTS}` (or rename the folder, to keep all of it), then run "
            "again",
        )
        raise StoreError(mistake)


def strange_files(folder: Path, run: Run | None) -> list[str]:
    """What a run did not put among the results, named from the study folder; a link or a device in
    the place of what it did as well. Empty folders are no one's work, and the page of the record is
    written beside the results.
    """
    made = {f"{RESULTS}/{RECORD_PAGE}", *(file.path for file in run.outputs)} if run else set[str]()
    there = [(path.relative_to(folder).as_posix(), path, form) for path, form in _results(folder)]
    return [
        name
        for name, path, form in there
        if form != "file" or (name not in made and not is_of_the_system(path))
    ]


def _results(folder: Path) -> Iterator[tuple[Path, Form]]:
    """All that lies below `results/` but empty folders."""
    return ((path, form) for path, form in tree(folder / RESULTS) if form != "empty")


def _is_unfinished(folder: Path) -> bool:
    """Whether an exchange of results was cut short."""
    return (folder / _NEW).exists() or (folder / _OLD).exists()


def recover(folder: Path) -> None:
    """Finish an exchange of results that was cut short, if there is one."""
    if _is_unfinished(folder) and (folder / DATABASE).exists():
        with opened(folder) as connection:
            connection.execute("BEGIN IMMEDIATE")
            _recover(folder, connection)
            connection.execute("ROLLBACK")


def _recover(folder: Path, connection: sqlite3.Connection) -> None:
    """With the lock held: take the new results if they are those on record, else throw them
    away.
    """
    run = latest(connection)
    new, results, old = folder / _NEW, folder / RESULTS, folder / _OLD
    if run is not None and new.exists() and _as_results(all_files(new, root=folder)) == run.outputs:
        _exchange(folder)
    if old.exists() and not results.exists():
        old.rename(results)
    shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def _exchange(folder: Path) -> None:
    """Put the new results in the place of the last ones."""
    new, results, old = folder / _NEW, folder / RESULTS, folder / _OLD
    shutil.rmtree(old, ignore_errors=True)
    if results.exists():
        results.rename(old)
    new.rename(results)
    shutil.rmtree(old, ignore_errors=True)


def _as_results(files: tuple[File, ...]) -> tuple[File, ...]:
    """The files under the name they have once they are the results, in the order of the record."""
    named = (replace(file, path=RESULTS + file.path.removeprefix(_NEW)) for file in files)
    return tuple(sorted(named, key=lambda file: file.path))
