"""The record as a database: its tables and triggers as this version makes them, and its pages as
SQLite expects them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from exvivo.store.change import Change
from exvivo.store.database import DATABASE, GRAMMAR


def wrong_schema(connection: sqlite3.Connection) -> Iterator[Change]:
    """Tables, triggers and anything else that is missing, new or made otherwise; damaged pages."""
    right, now = _as_made(), _objects(connection)
    yield from (Change(name, "record", "missing") for name in sorted(right.keys() - now.keys()))
    yield from (Change(name, "record", "new") for name in sorted(now.keys() - right.keys()))
    both = sorted(right.keys() & now.keys())
    yield from (Change(name, "record", "schema") for name in both if right[name] != now[name])
    if connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
        yield Change(DATABASE, "record", "damaged")


def _as_made() -> dict[str, tuple[str, ...]]:
    """What a new record has."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in GRAMMAR:
            connection.execute(statement)
        return _objects(connection)


def _objects(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """Everything a database has, by kind and name: the table it is of, and the text that makes it.

    More than one of a name are told apart by their number, so that none hides behind another.
    """
    query = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid"
    objects: dict[str, tuple[str, ...]] = {}
    for kind, name, *made in connection.execute(query):
        key = f"{kind} {name}"
        objects[key if key not in objects else f"{key} ({len(objects)})"] = tuple(map(str, made))
    return objects
