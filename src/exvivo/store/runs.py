"""The record of runs: `exvivo.sqlite` in the study folder. Rows are added, never changed or removed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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
_APPEND_ONLY = "".join(
    f"CREATE TRIGGER IF NOT EXISTS {table}_{verb.lower()} BEFORE {verb} ON {table} "
    f"BEGIN SELECT RAISE(ABORT, 'the record of runs only grows'); END;\n"
    for table in ("runs", "inputs", "outputs")
    for verb in ("UPDATE", "DELETE")
)


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run: inputs, study, version and parameters on one side, outputs on the other, all by their hashes."""

    version: str
    study_hash: str
    inputs: tuple[File, ...]
    outputs: tuple[File, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    recorded: str = ""


@contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    """The record of a study folder, made on first use. Raises `StoreError` where it is not one this version can use."""
    path = folder / DATABASE
    connection = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
    try:
        _prepare(connection)
        yield connection
    except sqlite3.DatabaseError as error:
        raise StoreError(_trouble(error)) from None
    finally:
        connection.close()


def _prepare(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > _GRAMMAR:
        raise StoreError(
            Mistake(DATABASE, f"a record of version {version}", f"version {_GRAMMAR}", "use a newer exvivo")
        )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    if version < _GRAMMAR:
        connection.executescript(f"BEGIN IMMEDIATE;{_TABLES}{_APPEND_ONLY}PRAGMA user_version = {_GRAMMAR};COMMIT;")


def _trouble(error: sqlite3.DatabaseError) -> Mistake:
    if "locked" in str(error):
        return Mistake(
            DATABASE, "another run of this study is being written", "one at a time", "wait until it is done, then run again"
        )  # fmt: skip
    return Mistake(
        DATABASE, f"SQLite says: {error}", "the record of runs that exvivo wrote",
        "bring the file back from a backup; or move it away: the next run starts a new record",
    )  # fmt: skip


def add(connection: sqlite3.Connection, run: Run) -> None:
    """Add a run to the record, inside the caller's transaction."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    number = connection.execute(
        "INSERT INTO runs (recorded, version, study_hash, parameters) VALUES (?, ?, ?, ?)",
        (now, run.version, run.study_hash, json.dumps(dict(run.parameters), sort_keys=True)),
    ).lastrowid
    for table, files in (("inputs", run.inputs), ("outputs", run.outputs)):
        connection.executemany(
            f"INSERT INTO {table} VALUES (?, ?, ?, ?)", [(number, f.path, f.sha256, f.bytes) for f in files]
        )


def latest(connection: sqlite3.Connection) -> Run | None:
    """The last complete run on record."""
    row = connection.execute(
        "SELECT id, recorded, version, study_hash, parameters FROM runs ORDER BY id DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    inputs, outputs = (
        tuple(
            File(*found)
            for found in connection.execute(
                f"SELECT path, sha256, bytes FROM {table} WHERE run = ? ORDER BY path", row[:1]
            )
        )
        for table in ("inputs", "outputs")
    )
    return Run(
        version=row[2], study_hash=row[3], inputs=inputs, outputs=outputs, parameters=json.loads(row[4]), recorded=row[1]
    )  # fmt: skip


def last_run(folder: Path) -> Run | None:
    """The last complete run of a study folder; None where there was none. Makes no file."""
    if not (folder / DATABASE).exists():
        return None
    with opened(folder) as connection:
        return latest(connection)
