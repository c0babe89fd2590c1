"""The record of runs: `exvivo.sqlite` in the study folder. Rows are added, never changed or
removed.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from exvivo.errors import Mistake, StoreError
from exvivo.store.files import File

DATABASE = "exvivo.sqlite"
RESULTS = "results"
_GRAMMAR = 1
_WAIT = 30.0
"""Seconds to wait for another run that is being written."""

_TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY,
    recorded TEXT NOT NULL,
    version TEXT NOT NULL,
    study_hash TEXT NOT NULL,
    parameters TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS inputs (
    run INTEGER NOT NULL REFERENCES runs (id),
    path TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (run, path)
) STRICT;
CREATE TABLE IF NOT EXISTS outputs (
    run INTEGER NOT NULL REFERENCES runs (id),
    path TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (run, path)
) STRICT;
"""
_APPEND_ONLY = """
CREATE TRIGGER IF NOT EXISTS {table}_{name} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'the record of runs only grows'); END;
"""


def _grammar() -> str:
    """The statements that make a record: its tables, and triggers that keep rows as they are."""
    statements = [_TABLES]
    for table in ("runs", "inputs", "outputs"):
        for verb in ("UPDATE", "DELETE"):
            statements.append(_APPEND_ONLY.format(table=table, name=verb.lower(), verb=verb))
    return "".join(statements)


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run: inputs, study, version and parameters on one side, outputs on the other, all by
    their hashes.
    """

    version: str
    study_hash: str
    inputs: tuple[File, ...]
    outputs: tuple[File, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    recorded: str = ""

    @property
    def files(self) -> int:
        """How many files it read and made."""
        return len(self.inputs) + len(self.outputs)


@contextmanager
def opened(folder: Path, *, reading: bool = False) -> Iterator[sqlite3.Connection]:
    """The record of a study folder, made on first use unless `reading`. Raises `StoreError` where
    it cannot be used.
    """
    path = folder / DATABASE
    try:
        with closing(_connected(path, reading)) as connection:
            _prepare(connection, made=not reading)
            yield connection
    except sqlite3.DatabaseError as error:
        raise StoreError(_trouble(error, path)) from None


def _connected(path: Path, reading: bool) -> sqlite3.Connection:
    """A connection; to a record in an archive that may not be written, one that asks for no file
    beside it.
    """
    address = path.resolve().as_uri()
    if reading and not _is_writable(path):
        address += "?mode=ro&immutable=1"
    return sqlite3.connect(address, timeout=_WAIT, isolation_level=None, uri=True)


def _is_writable(path: Path) -> bool:
    """Whether a record may be written, and files beside it."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _prepare(connection: sqlite3.Connection, *, made: bool) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > _GRAMMAR:
        finding = f"a record of version {version}"
        raise StoreError(Mistake(DATABASE, finding, f"version {_GRAMMAR}", "use a newer exvivo"))
    if made:
        _set_up(connection, version)


def _set_up(connection: sqlite3.Connection, version: int) -> None:
    """Settings of a record that is written, and its tables where they are not there yet."""
    for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {setting}")
    if version < _GRAMMAR:
        connection.executescript(
            f"BEGIN IMMEDIATE;{_grammar()}PRAGMA user_version = {_GRAMMAR};COMMIT;"
        )


def _trouble(error: sqlite3.DatabaseError, path: Path) -> Mistake:
    """What SQLite refused, with its cure."""
    message = str(error)
    if path.is_dir():
        expected = "the record of runs, a file that exvivo writes"
        return Mistake(str(path), "a folder", expected, "move the folder away")
    for words, mistake in _REFUSALS.items():
        if words in message:
            where = DATABASE if words == "locked" else str(path)
            return Mistake(where, *mistake)
    return Mistake(
        DATABASE,
        f"SQLite says: {message}",
        "the record of runs that exvivo wrote",
        "bring the file back from a backup; or move it away: the next run starts a new record",
    )


_NO_RIGHT = (
    "a folder or a record of runs that may not be written",
    "the right to write in both",
    "give yourself that right, or copy the study to where you have it and run it there",
)
_REFUSALS = {
    "locked": (
        "another run of this study is being written",
        "one at a time",
        "wait until it is done, then run again",
    ),
    "readonly": _NO_RIGHT,
    "unable to open": _NO_RIGHT,
    "full": (
        "no space left on the disk",
        "room for the record",
        "free some space, then run again",
    ),
}
"""Words of SQLite's messages: what was found, what was expected, and the cure."""


def add(connection: sqlite3.Connection, run: Run) -> None:
    """Add a run to the record, inside the caller's transaction."""
    number = _add_line(connection, run)
    _add_files(connection, "inputs", number, run.inputs)
    _add_files(connection, "outputs", number, run.outputs)


def _add_line(connection: sqlite3.Connection, run: Run) -> int | None:
    """Add what a run says of itself, without its files; gives its number."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    parameters = json.dumps(dict(run.parameters), sort_keys=True)
    return connection.execute(
        "INSERT INTO runs (recorded, version, study_hash, parameters) VALUES (?, ?, ?, ?)",
        (now, run.version, run.study_hash, parameters),
    ).lastrowid


def _add_files(
    connection: sqlite3.Connection, table: str, run: int | None, files: tuple[File, ...]
) -> None:
    rows = [(run, file.path, file.sha256, file.bytes) for file in files]
    connection.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?)", rows)


def latest(connection: sqlite3.Connection) -> Run | None:
    """The last complete run on record."""
    row = connection.execute(
        "SELECT id, recorded, version, study_hash, parameters FROM runs ORDER BY id DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    number, recorded, version, study_hash, parameters = row
    return Run(
        version=version,
        study_hash=study_hash,
        inputs=_files(connection, "inputs", number),
        outputs=_files(connection, "outputs", number),
        parameters=json.loads(parameters),
        recorded=recorded,
    )


def _files(connection: sqlite3.Connection, table: str, run: int) -> tuple[File, ...]:
    query = f"SELECT path, sha256, bytes FROM {table} WHERE run = ? ORDER BY path"
    return tuple(File(*row) for row in connection.execute(query, (run,)))


def last_run(folder: Path) -> Run | None:
    """The last complete run of a study folder; None where there was none. Makes no file."""
    if not (folder / DATABASE).exists():
        return None
    with opened(folder, reading=True) as connection:
        return latest(connection)
