"""The record of a study folder, `exvivo.sqlite`, as a file: opened, made on first use, brought from
an older version, and what SQLite refuses said with its cure (`exvivo.store.refusals`).

It is put in its place whole, with its tables: a record that is empty or gone beside results was
cut or lost, and never begun anew over what it held.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from exvivo.errors import Mistake, StoreError
from exvivo.store.chain import GRAMMAR as _OF_CHAIN
from exvivo.store.contents import GRAMMAR as _OF_CONTENTS
from exvivo.store.refusals import damaged, gone, means_busy, not_made, refusal, without_rights
from exvivo.store.version_1 import import_runs

DATABASE = "exvivo.sqlite"
RESULTS = "results"
BEGUN = ".exvivo-new"
"""What the names of hidden folders begin with in which something is made; whoever holds the lock
throws old ones away.
"""
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
    refuse_lost(folder)
    try:
        if not reading:
            _begin(path) if not path.exists() else _refuse_without_rights(path)
        with closing(_reading(path) if reading else _connected(path)) as connection:
            _prepare(connection, made=not reading)
            yield connection
    except sqlite3.DatabaseError as error:
        raise StoreError(refusal(error, path)) from error


def refuse_lost(folder: Path) -> None:
    """Raise `StoreError` where the record of a study is gone, was cut to nothing, or is a link that
    leads nowhere.
    """
    path = folder / DATABASE
    if path.is_symlink() and not path.exists():
        raise StoreError(damaged(path, "a link that leads nowhere"))
    if path.is_file() and not path.stat().st_size:
        raise StoreError(damaged(path, "an empty file (0 bytes)"))
    if os.path.lexists(path):
        return
    if _beside(path).exists():
        raise StoreError(gone(path, f"{_beside(path).name} stands beside it"))
    if any((folder / RESULTS / "tables").glob("*.parquet")):
        raise StoreError(gone(path, f"`{RESULTS}` holds what a run made"))


def _refuse_without_rights(path: Path) -> None:
    """Raise `StoreError` where the record may not be written: SQLite would leave files of this user
    beside it, which keep its owner out.
    """
    if path.is_file() and not _is_writable(path):
        raise StoreError(without_rights(path))


def _beside(path: Path) -> Path:
    """Where SQLite writes what the record itself does not hold yet."""
    return path.resolve().with_name(f"{path.resolve().name}-wal")


def _begin(path: Path) -> None:
    """Make a record without rows and put it in its place whole, unless another run did."""
    try:
        room = Path(tempfile.mkdtemp(prefix=f"{BEGUN}-", dir=path.parent))
        try:
            with closing(_connected(room / path.name)) as connection:
                _prepare(connection, made=True)
            _put(room / path.name, path)
        finally:
            shutil.rmtree(room, ignore_errors=True)
    except OSError as error:
        if not path.exists():
            raise StoreError(not_made(error, path)) from None


def _put(made: Path, path: Path) -> None:
    """Give a file its name, never in the place of another."""
    try:
        os.link(made, path)
    except FileExistsError:
        return
    except OSError:  # a disk that knows no links
        if not path.exists():
            made.rename(path)


def _connected(path: Path, how: str = "") -> sqlite3.Connection:
    address = path.resolve().as_uri() + how
    return sqlite3.connect(address, timeout=_WAIT, isolation_level=None, uri=True)


def _reading(path: Path) -> sqlite3.Connection:
    """A connection that only reads: one that asks for no file beside the record where none can be
    made (an archive, a full disk); of an older version a copy in memory.
    """
    connection = _connected(path) if _is_writable(path) else _apart(path)
    try:
        version = _version(connection)
    except sqlite3.OperationalError as error:
        connection.close()
        if means_busy(error):
            raise
        connection = _apart(path)
        version = _version(connection)
    return _in_memory(connection) if version < _VERSION else connection


def _apart(path: Path) -> sqlite3.Connection:
    """The record without a file beside it; in memory with the rows that a killed run left there."""
    if _has_rows_beside(path):
        return _copied(path)
    return _connected(path, "?mode=ro&immutable=1")


def _has_rows_beside(path: Path) -> bool:
    """Whether a process that was killed left rows in the file that SQLite writes ahead."""
    return _beside(path).is_file() and _beside(path).stat().st_size > 0


def _copied(path: Path) -> sqlite3.Connection:
    """A copy in memory of a record with the rows beside it, by way of a folder that may be
    written.
    """
    real = path.resolve()
    with tempfile.TemporaryDirectory() as folder:
        for name in (real.name, f"{real.name}-wal"):
            shutil.copyfile(real.with_name(name), Path(folder) / name)
        return _in_memory(sqlite3.connect(Path(folder) / real.name, isolation_level=None))


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
    if not version and _holds_tables(connection):
        raise StoreError(damaged(Path(DATABASE), "a database of another program"))
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
        error = sqlite3.DatabaseError("malformed database schema")
        error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_CORRUPT, "SQLITE_CORRUPT"
        raise error from None


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


def _holds_tables(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None


def roll_back(connection: sqlite3.Connection) -> bool:
    """Take back what was not committed; gives whether there was anything. SQLite has done so itself
    where the disk is full.
    """
    was_open = connection.in_transaction
    if was_open:
        with suppress(sqlite3.OperationalError):
            connection.execute("ROLLBACK")
    return was_open


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
