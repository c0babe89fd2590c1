"""One chain: every run and every decision is a row that carries the hash of the row before it, and
of all that it states itself. A row that is changed, moved, put in or taken out breaks the chain.

What a row states can never be erased: hashes, counts, versions, dates. What may have to be erased
one day (names, reasons, the texts of tables) is content (`exvivo.store.contents`), which a row
names by its hash.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Self, get_args

Kind = Literal[
    "run",
    "imported",
    "exclude",
    "keep",
    "lock",
    "withdraw",
    "prune",
    "edit",
    "blind",
    "unblind",
    "next",
]
"""What happened: a run, a run that version 1 of the record knew, a decision of a person, a file
that somebody changed through the door, or a look at how many more donors are needed.
"""
KINDS: tuple[Kind, ...] = get_args(Kind)
DECISIONS: tuple[Kind, ...] = ("exclude", "keep", "lock", "withdraw", "blind", "unblind")
"""What people decided about the study, which a run takes as given."""
ERASING: tuple[Kind, ...] = ("withdraw", "prune")
"""The rows that may say that contents were erased."""
START = ""
"""What the first row has for the hash of the row before it."""

_ONLY_GROWS = """
CREATE TRIGGER chain_{name} BEFORE {verb} ON chain
BEGIN SELECT RAISE(ABORT, 'the record only grows'); END
"""
GRAMMAR = (
    """
CREATE TABLE chain (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    recorded TEXT NOT NULL,
    before TEXT NOT NULL,
    states TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT
""",
    *(_ONLY_GROWS.format(name=verb.lower(), verb=verb) for verb in ("UPDATE", "DELETE")),
)
"""The statements that make the table."""
_COLUMNS = "number, kind, recorded, before, states, hash"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the chain, as it is stored: `states` is the text of a JSON object.

    `recorded` is the time of the computer, in UTC; `before` the hash of the row before. What is
    read from a damaged record may be anything: `is_whole` tells whether each part has its kind, and
    a row whose `states` cannot be read states nothing.
    """

    number: int
    kind: str
    recorded: str
    before: str
    states: str
    hash: str

    @property
    def right_hash(self) -> str:
        """The hash of all that the row says but its own hash: of the JSON list of it."""
        said = [self.number, self.kind, self.recorded, self.before, self.states]
        return hashlib.sha256(canonical(said).encode()).hexdigest()

    @property
    def is_whole(self) -> bool:
        """Whether every part of the row is of its kind."""
        words = (self.kind, self.recorded, self.before, self.states, self.hash)
        return isinstance(self.number, int) and all(map(_is_text, words))

    @property
    def facts(self) -> dict[str, Any]:
        """What the row states, as an object."""
        try:
            facts = json.loads(self.states)
        except (ValueError, TypeError, RecursionError):
            return {}
        return facts if isinstance(facts, dict) else {}

    @property
    def texts(self) -> dict[str, str]:
        """The contents that the row names: their sha256 by what they are."""
        texts = self.facts.get("texts", {})
        named = texts.items() if isinstance(texts, dict) else ()
        return {role: each for role, each in named if isinstance(each, str)}

    @property
    def erased(self) -> list[str]:
        """The contents that the row says were erased: their sha256."""
        erased = self.facts.get("erased", [])
        listed = erased if isinstance(erased, list) else []
        return [each for each in listed if isinstance(each, str)]

    @classmethod
    def after(cls, last: Self | None, kind: Kind, states: Mapping[str, Any], recorded: str) -> Self:
        """The row that follows `last`."""
        number, before = (last.number + 1, last.hash) if last else (1, START)
        row = cls(number, kind, recorded, before, canonical(dict(states)), hash="")
        return cls(number, kind, recorded, before, row.states, row.right_hash)


def _is_text(value: object) -> bool:
    """Whether a value is a text that UTF-8 can hold, as all that is written here."""
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False


def canonical(value: Any) -> str:
    """JSON as one text only: keys in order, no spaces, every letter as it is. Raises `ValueError`
    for a number that JSON does not have.
    """
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )


def append(connection: sqlite3.Connection, kind: Kind, states: Mapping[str, Any]) -> Row:
    """Add a row at the end of the chain, inside the caller's transaction."""
    recorded = datetime.now(UTC).isoformat(timespec="seconds")
    row = Row.after(last_row(connection), kind, states, recorded)
    _insert(connection, row)
    return row


def _insert(connection: sqlite3.Connection, row: Row) -> None:
    values = (row.number, row.kind, row.recorded, row.before, row.states, row.hash)
    connection.execute(f"INSERT INTO chain ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", values)


def rows(connection: sqlite3.Connection) -> Iterator[Row]:
    """Every row, the first first."""
    query = f"SELECT {_COLUMNS} FROM chain ORDER BY number"
    return (Row(*each) for each in connection.execute(query))


def last_row(connection: sqlite3.Connection, *kinds: Kind) -> Row | None:
    """The last row, or the last of some kinds; None where there is none."""
    query = f"SELECT {_COLUMNS} FROM chain WHERE kind IN ({', '.join('?' * len(kinds or KINDS))})"
    found = connection.execute(query + " ORDER BY number DESC LIMIT 1", kinds or KINDS).fetchone()
    return Row(*found) if found else None
