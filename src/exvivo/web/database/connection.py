"""What a transaction asks of a server, whichever it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from exvivo.errors import Mistake, StoreError

Value = str | int | float | None
Row = dict[str, Any]
"""One row by the names of its columns."""


class Away(StoreError):
    """The database does not answer. Nothing of the transaction was written, unless it was lost
    while it was being committed.
    """


class Taken(StoreError):
    """A row that must be the only one of its kind is there already, or one that another row names
    is missing.
    """


class Connection(Protocol):
    """One connection, used by one thread at a time. Each method raises `Away` where the server does
    not answer, `Taken`, or `StoreError` with what was refused.
    """

    def begin(self, *, writing: bool) -> None:
        """Begin a transaction: one that writes waits until no other does; one that reads sees one
        state all the time.
        """

    def run(self, statement: str, values: Mapping[str, Value]) -> int:
        """Do a statement; gives how many rows it changed."""

    def rows(self, statement: str, values: Mapping[str, Value]) -> list[Row]:
        """The rows that a statement gives."""

    def now(self) -> float:
        """Seconds since 1970 by the clock of the server, which all its clients share."""

    def version(self) -> int:
        """The last migration that was done; 0 in a database without tables."""

    def commit(self) -> None:
        """Keep what the transaction wrote."""

    def give_up(self) -> bool:
        """Take back what the transaction wrote; gives whether the connection can be used again."""

    def close(self) -> None:
        """Let the server go."""


def away(where: str, why: str) -> Away:
    """That a database does not answer, and what to do."""
    return Away(
        Mistake(
            where,
            f"a database that does not answer ({why})",
            "a running server that takes connections",
            "wait a moment and try again. Where it lasts, start the database server; nothing that "
            "was acknowledged is lost",
        )
    )
