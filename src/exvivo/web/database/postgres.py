"""Postgres: for a door that runs on more than one host (extra `exvivo[postgres]`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from exvivo.errors import Mistake, StoreError
from exvivo.web.database.connection import Row, Taken, Value, away
from exvivo.web.database.statements import for_postgres

if TYPE_CHECKING:
    import psycopg

_ONE_WRITER = 0x6578_7669_766F
"""The lock that every transaction that writes holds to its end: the name of the program."""
_CONNECT = 5
"""Seconds to wait for a connection."""
_OPTIONS = "-c lock_timeout=30s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s"
_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


@dataclass(frozen=True)
class PostgresServer:
    """Where a database of Postgres is: `postgresql://user:password@host/name`."""

    address: str

    @property
    def where(self) -> str:
        """How messages name it: without the password."""
        parts = urlsplit(self.address)
        return f"postgresql://{parts.hostname or 'localhost'}{parts.path}"

    def connect(self) -> PostgresConnection:
        """A connection. Raises `Away` where the server gives none."""
        try:
            import psycopg
            from psycopg.rows import dict_row
        except ImportError as error:
            raise StoreError(_not_installed(self.where)) from error
        with _told(self.where):
            connection = psycopg.connect(
                self.address,
                autocommit=True,
                connect_timeout=_CONNECT,
                options=_OPTIONS,
                application_name="exvivo",
                row_factory=dict_row,
            )
        return PostgresConnection(connection, self.where)


@dataclass(frozen=True)
class PostgresConnection:
    """`Connection` to a server of Postgres."""

    connection: psycopg.Connection[dict[str, Any]]
    where: str

    def begin(self, *, writing: bool) -> None:
        """One writer at a time over all hosts, as in SQLite, so that what a transaction has read
        stands until it commits.
        """
        with _told(self.where):
            self.connection.execute("BEGIN" if writing else _READING)
            if writing:
                self.connection.execute("SELECT pg_advisory_xact_lock(%s)", (_ONE_WRITER,))

    def run(self, statement: str, values: Mapping[str, Value]) -> int:
        """See `Connection`."""
        with _told(self.where):
            return max(self._done(statement, values).rowcount, 0)

    def rows(self, statement: str, values: Mapping[str, Value]) -> list[Row]:
        """See `Connection`."""
        with _told(self.where):
            return self._done(statement, values).fetchall()

    def _done(self, statement: str, values: Mapping[str, Value]) -> psycopg.Cursor[dict[str, Any]]:
        return self.connection.execute(for_postgres(statement).encode(), dict(values))

    def now(self) -> float:
        """The clock of the server."""
        statement = "SELECT CAST(extract(epoch FROM clock_timestamp()) AS DOUBLE PRECISION) AS now"
        now: float = self.rows(statement, {})[0]["now"]
        return now

    def version(self) -> int:
        """See `Connection`."""
        if self.rows("SELECT to_regclass('schema_version') AS there", {})[0]["there"] is None:
            return 0
        number: int = self.rows("SELECT max(number) AS last FROM schema_version", {})[0]["last"]
        return number

    def commit(self) -> None:
        """See `Connection`."""
        with _told(self.where):
            self.connection.execute("COMMIT")

    def give_up(self) -> bool:
        """See `Connection`."""
        with suppress(Exception):
            self.connection.execute("ROLLBACK")
            return not self.connection.broken
        return False

    def close(self) -> None:
        """See `Connection`."""
        self.connection.close()


def _not_installed(where: str) -> Mistake:
    cure = "install it: pip install 'exvivo[postgres]'"
    return Mistake(where, "no psycopg in this Python", "the driver of Postgres", cure)


@contextmanager
def _told(where: str) -> Iterator[None]:
    """What Postgres refuses, with its cure."""
    import psycopg

    try:
        yield
    except psycopg.errors.IntegrityError as error:
        found = f"rows that do not go together ({_first_line(error)})"
        cure = "choose another, or load again"
        raise Taken(Mistake(where, found, "names that are used once", cure)) from error
    except (psycopg.errors.DiskFull, psycopg.errors.ReadOnlySqlTransaction) as error:
        found, cure = _first_line(error), "free some space on the disk of the server"
        raise StoreError(Mistake(where, found, "a server that can write", cure)) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise away(where, _first_line(error)) from error
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidSchemaName) as error:
        cure = "give the user of the address a schema in which it may make tables"
        raise StoreError(Mistake(where, _first_line(error), "its own schema", cure)) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
