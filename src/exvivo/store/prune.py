"""Room: what the record keeps of old runs is erased, and a row says so."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from exvivo.store import chain, contents
from exvivo.store.chain import Row
from exvivo.store.database import opened, roll_back, wipe
from exvivo.store.runs import RUNS


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was erased: the numbers of the runs it was of, how many contents, their bytes in the
    record, and the row that says so (None where there was nothing to erase).
    """

    runs: tuple[int, ...]
    contents: int
    bytes: int
    row: Row | None


def prune(folder: Path, *, keep: int) -> Pruned:
    """Erase what the record keeps of all runs but the last `keep`, at least one. What another row
    names as well stays. Hashes, versions, counts and dates of every run stay too.

    Raises `StoreError` where the record cannot be used.
    """
    with opened(folder) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            pruned = _erase(connection, max(keep, 1))
            connection.execute("COMMIT")
        except BaseException:
            roll_back(connection)
            raise
        wipe(connection)
    return pruned


def _erase(connection: sqlite3.Connection, keep: int) -> Pruned:
    """Erase inside the caller's transaction, and add the row that says so."""
    rows = list(chain.rows(connection))
    old = [row for row in rows if row.kind in RUNS][:-keep]
    others = {each for row in rows if row not in old for each in row.texts.values()}
    there = contents.there(connection) - others
    runs = tuple(row.number for row in old if there & set(row.texts.values()))
    erased = sorted({each for row in old for each in row.texts.values()} & there)
    if not erased:
        return Pruned((), 0, 0, None)
    size = contents.size_of(connection, erased)
    contents.erase(connection, erased)
    states = {"erased": erased, "bytes": size, "runs": list(runs), "keep": keep}
    return Pruned(runs, len(erased), size, chain.append(connection, "prune", states))
