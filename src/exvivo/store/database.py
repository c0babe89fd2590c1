"""The record of a study folder, `exvivo.sqlite`, as a file: opened, made on first use, brought from
an older version, and what SQLite refuses said with its cure.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from exvivo.errors import Mistake, StoreError
from exvivo.store.chain import GRAMMAR as _OF_CHAIN
from exvivo.store.contents import GRAMMAR as _OF_CONTENTS
from exvivo.store.version_1 import import_runs

DATABASE = "exvivo.sqlite"
GRAMMAR = (*_OF_CHAIN, *_OF_CONTENTS)
"""The statements that make a record."""
_VERSION = 2
_WAIT = 30.0
"""Seconds to wait for another run that is being written."""


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
    """A connection. To a record in an archive that may not be written, one that asks for no file
    beside it; to one of an older version that is only read, a copy in memory.
    """
    address = path.resolve().as_uri()
    if reading and not _is_writable(path):
        address += "?mode=ro&immutable=1"
    connection = sqlite3.connect(address, timeout=_WAIT, isolation_level=None, uri=True)
    is_old = reading and _version(connection) < _VERSION
    return _in_memory(connection) if is_old else connection


def _in_memory(connection: sqlite3.Connection) -> sqlite3.Connection:
    """A copy of a record that leaves its file as it is."""
    memory = sqlite3.connect(":memory:", isolation_level=None)
    with closing(connection):
        connection.backup(memory)
    return memory


def is_copy(connection: sqlite3.Connection) -> bool:
    """Whether a connection shows a copy of the record in memory."""
    return not connection.execute("PRAGMA database_list").fetchone()[2]


def shows_bytes(connection: sqlite3.Connection) -> None:
    """Have a connection give texts that are no UTF-8 as they are, each such byte as a surrogate, so
    that a damaged record can be read and held against its hashes.
    """
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")


def _is_writable(path: Path) -> bool:
    """Whether a record may be written, and files beside it."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _prepare(connection: sqlite3.Connection, *, made: bool) -> None:
    """Have a connection show a record of this version, in the file itself where it is `made`."""
    _read_schema(connection)
    version = _version(connection)
    if version > _VERSION:
        finding = f"a record of version {version}"
        raise StoreError(Mistake(DATABASE, finding, f"version {_VERSION}", "use a newer exvivo"))
    if made:
        for setting in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            connection.execute(f"PRAGMA {setting}")
    if version < _VERSION:
        _bring_up(connection)


def _read_schema(connection: sqlite3.Connection) -> None:
    """Have SQLite read what the tables are. Where that is damaged, its own message may hold bytes
    that are no text.
    """
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except UnicodeDecodeError:
        raise sqlite3.DatabaseError("malformed database schema") from None


def _bring_up(connection: sqlite3.Connection) -> None:
    """Make the tables of this version, with the runs that an older one recorded; nothing where
    another run did so meanwhile.
    """
    connection.execute("BEGIN IMMEDIATE")
    version = _version(connection)
    if version < _VERSION:
        for statement in GRAMMAR:
            connection.execute(statement)
        if version == 1:
            import_runs(connection)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
    connection.execute("COMMIT")


def wipe(connection: sqlite3.Connection) -> None:
    """Write the record anew without what was erased, so that its bytes are in no file of it any
    more. Raises `StoreError` where another program that reads the record holds them.
    """
    connection.execute("VACUUM")
    is_held, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_held:
        raise StoreError(
            Mistake(
                DATABASE,
                "a record that another program reads: what was erased stands in a file beside it",
                "nobody else who reads it",
                "close that program, then give the same command again",
            )
        )


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


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
