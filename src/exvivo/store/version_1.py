"""Runs that version 1 of the record knew: three tables without a chain. They are taken into it as
they stand, and say so: nothing tells whether they were edited before.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from exvivo.errors import Mistake, StoreError
from exvivo.store.chain import append


def import_runs(connection: sqlite3.Connection) -> None:
    """Bring the runs of the old tables into the chain, then remove the tables; inside the caller's
    transaction.
    """
    query = "SELECT id, recorded, version, study_hash, parameters FROM runs ORDER BY id"
    for number, *stated in connection.execute(query).fetchall():
        append(connection, "imported", _states(connection, number, *stated))
    for table in ("outputs", "inputs", "runs"):
        connection.execute(f"DROP TABLE {table}")


def _states(
    connection: sqlite3.Connection,
    number: int,
    recorded: str,
    version: str,
    study_hash: str,
    parameters: str,
) -> dict[str, Any]:
    return {
        "recorded": recorded,
        "version": version,
        "study_hash": study_hash,
        "parameters": _parameters(parameters, number),
        "inputs": _files(connection, "inputs", number),
        "outputs": _files(connection, "outputs", number),
    }


def _parameters(text: str, run: int) -> dict[str, Any]:
    """The parameters of a run. Raises `StoreError` where they cannot be read."""
    try:
        return dict(json.loads(text))
    except (ValueError, TypeError):
        raise StoreError(
            Mistake(
                "exvivo.sqlite",
                f"parameters of run {run} that cannot be read",
                "a record as exvivo wrote it",
                "bring the study folder back from a backup",
            )
        ) from None


def _files(connection: sqlite3.Connection, table: str, run: int) -> list[list[Any]]:
    query = f"SELECT path, sha256, bytes FROM {table} WHERE run = ? ORDER BY path"
    return [list(row) for row in connection.execute(query, (run,))]
