"""SQLite: a file beside the studies, for one host. Every commit is on the disk when it is
acknowledged (write-ahead log, synchronous FULL).
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from exvivo.errors import Mistake, StoreError
from exvivo.web.database.connection import Row, Taken, Value

_WAIT = 30.0
"""Seconds to wait for another transaction that writes."""
_SETTINGS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON")
_OWNER_ONLY = 0o600
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_RIGHTS = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN}


@dataclass(frozen=True)
class SqliteFile:
    """Where a database of SQLite lies."""

    path: Path

    @property
    def where(self) -> str:
        """How messages name it."""
        return str(self.path)

    def connect(self) -> SqliteConnection:
        """A connection to the file, which is made where it is not there, readable by its owner
        only.
        """
        with _told(self.path):
            _make(self.path)
            connection = sqlite3.connect(
                self.path, timeout=_WAIT, isolation_level=None, check_same_thread=False
            )
            connection.row_factory = _by_name
            for setting in _SETTINGS:
                connection.execute(f"PRAGMA {setting}")
        return SqliteConnection(connection, self.path)


@dataclass(frozen=True)
class SqliteConnection:
    """`Connection` to a file of SQLite."""

    connection: sqlite3.Connection
    path: Path

    def begin(self, *, writing: bool) -> None:
        """At once the one writer, or a reader whose state stands with its first statement."""
        with _told(self.path):
            self.connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN")

    def run(self, statement: str, values: Mapping[str, Value]) -> int:
        """See `Connection`."""
        with _told(self.path):
            return max(self.connection.execute(statement, dict(values)).rowcount, 0)

    def rows(self, statement: str, values: Mapping[str, Value]) -> list[Row]:
        """See `Connection`."""
        with _told(self.path):
            return self.connection.execute(statement, dict(values)).fetchall()

    def now(self) -> float:
        """The clock of this host."""
        return time.time()

    def version(self) -> int:
        """See `Connection`."""
        named = "SELECT name FROM sqlite_master WHERE name = 'schema_version'"
        if not self.rows(named, {}):
            return 0
        number: int = self.rows("SELECT max(number) AS last FROM schema_version", {})[0]["last"]
        return number

    def commit(self) -> None:
        """See `Connection`."""
        with _told(self.path):
            self.connection.execute("COMMIT")

    def give_up(self) -> bool:
        """See `Connection`. A full disk has made SQLite take it back already."""
        with suppress(sqlite3.Error):
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
        return not self.connection.in_transaction

    def close(self) -> None:
        """See `Connection`."""
        self.connection.close()


def _make(path: Path) -> None:
    """An empty file of this user alone; SQLite gives the files beside it the same rights."""
    if path.exists():
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, _OWNER_ONLY))
    except OSError as error:
        raise StoreError(_not_made(path, error)) from error


def _not_made(path: Path, error: OSError) -> Mistake:
    found = f"a file that cannot be made ({error.strerror})"
    cure = "give yourself the right to write in its folder, or free some space on the disk"
    return Mistake(str(path), found, "the database of the door", cure)


def _by_name(cursor: sqlite3.Cursor, values: tuple[object, ...]) -> Row:
    names = (column[0] for column in cursor.description)
    return dict(zip(names, values, strict=True))


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What SQLite refuses, with its cure."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise Taken(_not_one(path, error)) from error
    except sqlite3.DatabaseError as error:
        raise StoreError(_refused(error, path)) from error


def _not_one(path: Path, error: sqlite3.IntegrityError) -> Mistake:
    found = f"rows that do not go together ({error})"
    return Mistake(path.name, found, "names that are used once", "choose another, or load again")


def _refused(error: sqlite3.DatabaseError, path: Path) -> Mistake:
    """What SQLite refused, told by its code."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _BUSY:
        found = f"another process has been writing for {_WAIT:.0f} seconds"
        return Mistake(
            path.name, found, "one at a time, and short", "wait a moment, then try again"
        )
    if code in _FULL:
        cure = "free some space there, then do it again; what was saved before is kept"
        return Mistake(str(path), "no space left on the disk", "room for the database", cure)
    if code in _RIGHTS:
        cure = "give the user who runs the door the right to read and write the file and its folder"
        return Mistake(str(path), "a file that may not be written", "the right to write it", cure)
    found = f"a database that SQLite refuses ({error})"
    cure = "bring it back from a backup with `exvivo restore`; the studies are not touched by this"
    return Mistake(str(path), found, "the database of the door", cure)
