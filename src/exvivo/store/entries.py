"""The rows of the record with the texts that they keep, to be read by people; and a person's
decision as a new row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from exvivo.past import REPORT, Entry
from exvivo.store import chain, contents
from exvivo.store.chain import Kind, Row
from exvivo.store.database import DATABASE, opened, roll_back


def entries(folder: Path, *, but: Collection[str] = (REPORT,)) -> tuple[Entry, ...]:
    """Every row of the record, the first first, each with its texts but some; none where there is
    no record. Makes no file.
    """
    if not (folder / DATABASE).exists():
        return ()
    with opened(folder, reading=True) as connection:
        return tuple(_entry(row, connection, but) for row in chain.rows(connection))


def _entry(row: Row, connection: sqlite3.Connection, but: Collection[str]) -> Entry:
    facts = row.facts
    texts = {
        role: contents.get(connection, sha256)
        for role, sha256 in row.texts.items()
        if role not in but
    }
    recorded = facts.get("recorded", row.recorded)
    return Entry(row.number, row.kind, recorded, row.hash, facts, texts)


def record_decision(
    folder: Path, kind: Kind, states: Mapping[str, Any], texts: Mapping[str, bytes]
) -> Entry:
    """Put a person's decision on record, with texts by what they are. Raises `StoreError` where the
    record cannot be written.
    """
    with opened(folder) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            named = {role: contents.put(connection, text) for role, text in texts.items()}
            row = chain.append(connection, kind, {**states, "texts": named})
            connection.execute("COMMIT")
        except BaseException:
            roll_back(connection)
            raise
        return _entry(row, connection, ())
