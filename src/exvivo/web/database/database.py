"""The database of the door: transactions over a few connections, and the tables of this version."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from threading import BoundedSemaphore

from exvivo.errors import Bug, Mistake, StoreError
from exvivo.web.database.connection import Away, Connection, Row, Value
from exvivo.web.database.postgres import PostgresServer
from exvivo.web.database.sqlite import SqliteFile
from exvivo.web.database.statements import numbered

DATABASE = "door.sqlite"
"""The file of SQLite in the folder of the door's state."""
TABLES = (
    "users",
    "identities",
    "credentials",
    "sessions",
    "invitations",
    "roles",
    "ceremonies",
    "jobs",
    "audit",
)
"""Every table with rows of people, each behind those it names: what a backup has to take."""
_MOST = 8
"""Connections at the same time."""
_PATIENCE = 5.0
"""Seconds a request waits for a server that is away."""
_PAUSE = 0.1
_within: ContextVar[bool] = ContextVar("_within", default=False)


@dataclass(frozen=True)
class Transaction:
    """What stands or falls together. Values are named in a statement as `:name`; no literal of a
    statement holds a `;`.
    """

    connection: Connection

    def run(self, statement: str, **values: Value) -> int:
        """Do a statement; gives how many rows it changed. Raises `Taken` for a row that must be the
        only one of its kind.
        """
        return self.connection.run(statement, values)

    def rows(self, statement: str, **values: Value) -> list[Row]:
        """The rows that a statement gives, each by the names of its columns."""
        return self.connection.rows(statement, values)

    def row(self, statement: str, **values: Value) -> Row | None:
        """The first row that a statement gives."""
        rows = self.rows(statement, **values)
        return rows[0] if rows else None

    def now(self) -> float:
        """Seconds since 1970 by the clock of the database: the same for every host."""
        return self.connection.now()


@dataclass(frozen=True)
class Database:
    """A database with the tables of this version, to be shared by all threads of a process. Of the
    transactions that write there is one at a time, over all processes and hosts.
    """

    server: SqliteFile | PostgresServer
    patience: float = _PATIENCE
    _idle: deque[Connection] = field(default_factory=deque, repr=False)
    _places: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(_MOST), repr=False)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction that may write: kept when the block ends, taken back where it raises.
        Raises `Away` where the server does not answer.
        """
        with self._transaction(writing=True) as transaction:
            yield transaction

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A transaction that only reads, and sees one state all the time."""
        with self._transaction(writing=False) as transaction:
            yield transaction

    def close(self) -> None:
        """Let the server go."""
        while self._idle:
            with suppress(IndexError):
                self._idle.pop().close()

    @contextmanager
    def _transaction(self, *, writing: bool) -> Iterator[Transaction]:
        if _within.get():
            raise Bug("a transaction was begun within another of the same request")
        token = _within.set(True)
        try:
            with self._places:
                connection = self._begun(writing=writing)
                with self._settled(connection):
                    yield Transaction(connection)
        finally:
            _within.reset(token)

    @contextmanager
    def _settled(self, connection: Connection) -> Iterator[None]:
        """Commit at the end; where anything raises, take all back and keep only a connection that
        still works.
        """
        try:
            yield
            connection.commit()
        except BaseException:
            if connection.give_up():
                self._idle.append(connection)
            else:
                connection.close()
            raise
        self._idle.append(connection)

    def _begun(self, *, writing: bool) -> Connection:
        """A connection in a transaction: one that waits, else a new one. Waits for a server that is
        away as long as `patience`.
        """
        until = time.monotonic() + self.patience
        while True:
            try:
                return self._begin(self._idle_or_new(), writing=writing)
            except Away:
                if not self._idle and time.monotonic() >= until:
                    raise
            if not self._idle:
                time.sleep(_PAUSE)

    def _idle_or_new(self) -> Connection:
        with suppress(IndexError):
            return self._idle.pop()
        return self.server.connect()

    def _begin(self, connection: Connection, *, writing: bool) -> Connection:
        try:
            connection.begin(writing=writing)
        except BaseException:
            connection.give_up()
            connection.close()
            raise
        return connection


def open_database(address: str | Path) -> Database:
    """The database at `postgresql://...`, or in a file of SQLite that is made on first use; brought
    to the tables of this version. Raises `StoreError` for one of a newer version, or one that
    cannot be used.
    """
    database = Database(_server(address))
    try:
        _bring_up(database)
    except BaseException:
        database.close()
        raise
    return database


def _server(address: str | Path) -> SqliteFile | PostgresServer:
    if isinstance(address, str) and address.startswith(("postgresql://", "postgres://")):
        return PostgresServer(address)
    return SqliteFile(Path(address))


def _bring_up(database: Database) -> None:
    """Do the migrations that were not done; a process that comes second sees them done."""
    migrations = numbered()
    with database.writing() as transaction:
        version = transaction.connection.version()
        if version > max(migrations):
            raise StoreError(_newer(database.server.where, version, max(migrations)))
        if not version:
            transaction.run("CREATE TABLE schema_version (number BIGINT PRIMARY KEY)")
        for number in (each for each in migrations if each > version):
            for statement in migrations[number]:
                transaction.run(statement)
            transaction.run("INSERT INTO schema_version (number) VALUES (:number)", number=number)


def _newer(where: str, version: int, known: int) -> Mistake:
    found = f"a database of version {version}"
    return Mistake(where, found, f"version {known} or older", "use a newer exvivo")
