"""Who did what on the server, as a chain of hashes: each row carries the hash of the row before it,
by the formula of a study's record (`exvivo.store.chain`).

A row can never be erased, so it states ids of accounts and no names of people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from exvivo.store.chain import START, Row, canonical
from exvivo.web.access.times import now
from exvivo.web.database import Transaction

Kind = Literal[
    "sign-in",
    "refused",
    "sign-out",
    "invite",
    "join",
    "role",
    "passkey",
    "account",
    "study",
    "job",
    "restore",
]
"""What happened: somebody signed in or out, or was refused; was invited, joined, got or lost a
role, a passkey or the account; a study was begun, a run asked for, a backup brought back.
"""
_COLUMNS = "number, kind, recorded, before, states, hash"


@dataclass(frozen=True)
class Broken:
    """A row that does not stand, and why: `number` or `before` do not follow the row before it,
    `hash` is not that of what it says.
    """

    number: int
    what: Literal["number", "before", "hash", "expected"]


@dataclass(frozen=True)
class Walked:
    """The chain from its first row: its length, the hash of the last, and what does not stand."""

    rows: int
    head: str
    broken: tuple[Broken, ...]


def note(transaction: Transaction, kind: Kind, states: Mapping[str, Any]) -> Row:
    """Add a row at the end of the chain, inside a transaction that writes."""
    last = last_row(transaction)
    number, before = (last.number + 1, last.hash) if last else (1, START)
    row = Row(number, kind, now(transaction), before, canonical(dict(states)), "")
    row = replace(row, hash=row.right_hash)
    transaction.run(
        f"INSERT INTO audit ({_COLUMNS}) "
        "VALUES (:number, :kind, :recorded, :before, :states, :hash)",
        number=row.number,
        kind=row.kind,
        recorded=row.recorded,
        before=row.before,
        states=row.states,
        hash=row.hash,
    )
    return row


def last_row(transaction: Transaction) -> Row | None:
    """The last row; None where nothing happened yet."""
    return next(iter(last_rows(transaction, 1)), None)


def last_rows(transaction: Transaction, most: int, before: int | None = None) -> list[Row]:
    """So many rows, the last first; those before a number where one is given."""
    where = "" if before is None else "WHERE number < :before"
    query = f"SELECT {_COLUMNS} FROM audit {where} ORDER BY number DESC LIMIT :most"
    values = {} if before is None else {"before": before}
    return [Row(**each) for each in transaction.rows(query, most=most, **values)]


def walked(transaction: Transaction, *, expect: str = "") -> Walked:
    """Walk the chain from its first row. `expect` is a head that was kept elsewhere (12 of its
    digits or more): a chain without it was set back, or written anew.
    """
    query = f"SELECT {_COLUMNS} FROM audit ORDER BY number"
    rows = [Row(**each) for each in transaction.rows(query)]
    wrong = [*broken(rows), *_unmet(rows, expect)]
    return Walked(len(rows), rows[-1].hash if rows else START, tuple(wrong))


def broken(rows: Iterable[Row]) -> Iterator[Broken]:
    """What is wrong with the rows of a chain, the first first."""
    last: Row | None = None
    for row in rows:
        if row.number != (last.number + 1 if last else 1):
            yield Broken(row.number, "number")
        if row.before != (last.hash if last else START):
            yield Broken(row.number, "before")
        if row.hash != row.right_hash:
            yield Broken(row.number, "hash")
        last = row


def _unmet(rows: list[Row], expect: str) -> Iterator[Broken]:
    if expect and not any(row.hash.startswith(expect) for row in rows):
        yield Broken(len(rows), "expected")
