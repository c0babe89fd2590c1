"""Whether a study is blinded, as the record says: the last row of both kinds. The salt behind its
codes is a text of the row that blinded it.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from exvivo.errors import Mistake, StoreError
from exvivo.store import chain, contents
from exvivo.store.chain import Row
from exvivo.store.database import DATABASE, opened, roll_back
from exvivo.store.runs import RUNS

SALT = "salt"
"""What the row of a blinding calls the text with its salt."""


@dataclass(frozen=True, slots=True)
class Blinding:
    """A blinding on record: its row, the salt of its codes (None where it was erased), whether it
    still `holds`, and how many `runs` were on record before it.
    """

    row: Row
    salt: bytes | None
    holds: bool
    runs: int


def blinding(folder: Path) -> Blinding | None:
    """The last blinding of a study folder, whether or not it was lifted; None without one. Makes no
    file.
    """
    if not (folder / DATABASE).exists():
        return None
    with opened(folder, reading=True) as connection:
        return _last(connection)


def is_blinded(connection: sqlite3.Connection) -> bool:
    """Whether the groups of a study are hidden now."""
    last = chain.last_row(connection, "blind", "unblind")
    return last is not None and last.kind == "blind"


def _last(connection: sqlite3.Connection) -> Blinding | None:
    row = chain.last_row(connection, "blind")
    if row is None:
        return None
    salt = contents.get(connection, row.texts.get(SALT, ""))
    return Blinding(row, salt, is_blinded(connection), int(row.facts.get("runs", 0)))


def blind(folder: Path, *, salt: bytes, who: str = "") -> Blinding:
    """Put on record that a study is blinded from now on, with a salt; one that is stays as it is.
    Raises `StoreError` where the record cannot be written.
    """
    with opened(folder) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if not is_blinded(connection):
                _add(connection, "blind", {SALT: salt, "who": who.encode()})
            connection.execute("COMMIT")
        except BaseException:
            roll_back(connection)
            raise
        last = _last(connection)
        assert last is not None
        return last


def unblind(folder: Path, *, who: str = "", reason: str = "") -> Row:
    """Put on record that a study is no longer blinded. Raises `StoreError` where it is not."""
    with opened(folder) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if not is_blinded(connection):
                raise StoreError(_not_blinded())
            row = _add(connection, "unblind", {"who": who.encode(), "reason": reason.encode()})
            connection.execute("COMMIT")
        except BaseException:
            roll_back(connection)
            raise
        return row


def _add(connection: sqlite3.Connection, kind: chain.Kind, texts: dict[str, bytes]) -> Row:
    """A row that says how many runs were on record before it."""
    named = {role: contents.put(connection, text) for role, text in texts.items() if text}
    runs = sum(row.kind in RUNS for row in chain.rows(connection))
    return chain.append(connection, kind, {"runs": runs, "texts": named})


def _not_blinded() -> Mistake:
    return Mistake(
        DATABASE,
        "a study that is not blinded",
        "one whose groups are hidden",
        "nothing is to do: its reports name the groups; `exvivo run --blinded` hides them",
    )
