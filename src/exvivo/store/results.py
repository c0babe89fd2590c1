"""Results that are whole or not there: written beside the last ones, recorded, then put in their
place.

The commit of the record is the moment a run counts. What fails before it leaves the last results
and the record as they were. What fails after it leaves a run that stands and something to tidy: the
new results wait beside the old until they can be put in their place (`recover`), and old ones that
cannot be deleted stay under a name of their own (`leftovers`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from exvivo.errors import Mistake, StoreError
from exvivo.store import exchange
from exvivo.store.chain import DECISIONS, START, Row, last_row
from exvivo.store.database import DATABASE, opened, refuse_lost, roll_back
from exvivo.store.decisions import Decision, files_of_decisions, record_unrecorded
from exvivo.store.exchange import NEW, Leftover, as_results, free_name, throw_away
from exvivo.store.files import flush, is_of_the_system
from exvivo.store.refusals import is_busy
from exvivo.store.runs import RECORD_PAGE, RESULTS, Run, add, last_run, latest
from exvivo.store.tree import Form, drop_empty, tree
from exvivo.words import shortened

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

    Returns `folder/results`; where these cannot make room after the run is on record, the folder in
    which the new ones wait (`leftovers` names it). Whatever `write` raises leaves the last results
    and the record as they were. Raises `StoreError` where another run is being written, the record
    cannot be used, or `refuse_strangers` does.
    """
    refuse_strangers(folder)
    with opened(folder) as connection:
        connection.execute("BEGIN IMMEDIATE")
        _settle(folder, connection)
        new = free_name(folder, NEW)
        before = partial(_record_decisions, connection, run, decisions, tell)
        _write_and_record(connection, new, run, (before, write), texts)
        with suppress(sqlite3.DatabaseError, OSError):  # the run stands: a later command settles it
            _settle_alone(folder, connection)
    return new if new.exists() else folder / RESULTS


def _record_decisions(
    connection: sqlite3.Connection,
    run: Run,
    decisions: Sequence[Decision],
    tell: Callable[[str], None],
) -> None:
    """Have those of the decisions that are not on record come before the run."""
    record_unrecorded(connection, decisions, files_of_decisions(run.inputs))
    last = last_row(connection, *DECISIONS)
    tell(last.hash if last else START)


def _write_and_record(
    connection: sqlite3.Connection,
    new: Path,
    run: Run,
    steps: tuple[Callable[[], None], Callable[[Path], None]],
    texts: Mapping[str, bytes],
) -> None:
    """Make new results in a folder of their own, and commit the run; or leave neither. The `steps`
    are what comes on record before the run, and the writing.
    """
    row: Row | None = None
    before, write = steps
    try:
        before()
        new.mkdir()
        write(new)
        drop_empty(new)
        flush(new)
        made = replace(run, outputs=as_results(new))
        row = add(connection, made, {**texts, **_kept_results(new)})
        connection.execute("COMMIT")
    except BaseException:
        if not _is_committed(connection, row):
            throw_away(new)
            raise


def _is_committed(connection: sqlite3.Connection, row: Row | None) -> bool:
    """Whether a run is on record although something failed: an interruption may come just after
    the commit. Else nothing of it stays.
    """
    if roll_back(connection):
        return False
    last = None if row is None else last_row(connection)
    return last is not None and last == row


def _kept_results(new: Path) -> dict[str, bytes]:
    """The results that the record keeps, under the name they have in the study folder."""
    there = [name for name in KEPT if (new / name).is_file()]
    return {f"{RESULTS}/{name}": (new / name).read_bytes() for name in there}


def refuse_strangers(folder: Path) -> None:
    """Raise `StoreError` where new results would take the place of something that the last run did
    not make, or cannot take it.
    """
    results = folder / RESULTS
    refuse_lost(folder)
    if results.is_symlink() or (results.exists() and not results.is_dir()):
        finding = "a link" if results.is_symlink() else "a file"
        expected = "a folder of results, or nothing"
        cure = "move it away or rename it, then run again"
        raise StoreError(Mistake(str(results), finding, expected, cure))
    recover(folder)
    if not results.exists():
        return
    if strange := strange_files(folder, last_run(folder)):
        mistake = Mistake(
            str(results),
            f"files that the last run did not write: {shortened(strange, 5)}",
            "what a run made, which the next one replaces",
            f"move them out of `{RESULTS}` (or rename the folder, to keep all of it), then run "
            "again",
        )
        raise StoreError(mistake)
    _refuse_fixed(folder)


def _refuse_fixed(folder: Path) -> None:
    """Raise `StoreError` where the results of a recorded run cannot make room for new ones."""
    if (folder / DATABASE).exists():
        with opened(folder) as connection:
            connection.execute("BEGIN IMMEDIATE")
            exchange.refuse_fixed(folder)


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


def recover(folder: Path) -> None:
    """Finish an exchange of results that was cut short, if there is one and the folder may be
    written.
    """
    if exchange.is_unfinished(folder) and (folder / DATABASE).exists():
        try:
            with opened(folder) as connection:
                _settle_alone(folder, connection)
        except StoreError as error:
            if is_busy(error):
                raise


def _settle_alone(folder: Path, connection: sqlite3.Connection) -> None:
    """Settle what an exchange left, while nobody else does."""
    connection.execute("BEGIN IMMEDIATE")
    _settle(folder, connection)
    connection.execute("ROLLBACK")


def _settle(folder: Path, connection: sqlite3.Connection) -> None:
    """With the lock held: the results that are on record in their place, all else thrown away."""
    run = latest(connection)
    exchange.settle(folder, run.outputs if run else ())


def standing(folder: Path) -> Path:
    """The folder with the results of the last run."""
    run = last_run(folder)
    return exchange.standing(folder, run.outputs) if run else folder / RESULTS


def leftovers(folder: Path) -> tuple[Leftover, ...]:
    """What remains to tidy beside the results of the last run."""
    run = last_run(folder)
    return exchange.leftovers(folder, run.outputs) if run else ()
