"""What a row of the chain names by its hash and what can be erased without breaking the chain: the
texts of tables, reports, reasons. The same bytes are kept once.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterable

GRAMMAR = (
    """
CREATE TABLE contents (
    sha256 TEXT PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT
""",
    """
CREATE TRIGGER contents_update BEFORE UPDATE ON contents
BEGIN SELECT RAISE(ABORT, 'what is kept does not change'); END
""",
)
"""The statements that make the table. `bytes` are compressed (zlib)."""


def put(connection: sqlite3.Connection, content: bytes) -> str:
    """Keep some bytes, inside the caller's transaction; gives their sha256."""
    sha256 = hashlib.sha256(content).hexdigest()
    connection.execute(
        "INSERT OR IGNORE INTO contents VALUES (?, ?)", (sha256, zlib.compress(content))
    )
    return sha256


def get(connection: sqlite3.Connection, sha256: str) -> bytes | None:
    """The bytes of a hash; None where they were erased. They are not held against the hash here:
    `verify` does so.
    """
    query = "SELECT bytes FROM contents WHERE sha256 = ?"
    found = connection.execute(query, (sha256,)).fetchone()
    return zlib.decompress(found[0]) if found else None


def size_of(connection: sqlite3.Connection, hashes: Iterable[str]) -> int:
    """How many bytes the record takes for some contents, those that are there."""
    query = "SELECT length(bytes) FROM contents WHERE sha256 = ?"
    there = (connection.execute(query, (each,)).fetchone() for each in hashes)
    return sum(size for each in there if each for size in each)


def there(connection: sqlite3.Connection) -> set[str]:
    """The hashes of all contents that are kept."""
    return {sha256 for (sha256,) in connection.execute("SELECT sha256 FROM contents")}


def erase(connection: sqlite3.Connection, hashes: Iterable[str]) -> None:
    """Erase contents, inside the caller's transaction. The row of the decision names the hashes."""
    connection.executemany("DELETE FROM contents WHERE sha256 = ?", [(each,) for each in hashes])
