"""The rows of the door's database as lines of JSON: read from SQLite or Postgres in one state, and
written into either.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from exvivo.errors import Mistake, StoreError
from exvivo.web.database import TABLES, Database, Row, Transaction

LEFT_OUT = frozenset({"sessions", "ceremonies"})
"""Who is signed in at the moment: nobody is, in what is brought back."""
_KEPT = tuple(table for table in TABLES if table not in LEFT_OUT)


def dumped(transaction: Transaction) -> Iterator[bytes]:
    """Every row as a line; the first line says of which version the tables are."""
    yield _line({"exvivo_door": 1, "version": transaction.connection.version()})
    for table in _KEPT:
        for row in transaction.rows(f"SELECT * FROM {table}"):
            yield _line({"table": table, "row": dict(row)})


def _line(content: dict[str, object]) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def refuse_used(database: Database) -> None:
    """Raise `StoreError` where a database has rows already."""
    with database.reading() as transaction:
        used = [table for table in TABLES if transaction.rows(f"SELECT * FROM {table} LIMIT 1")]
    if used:
        finding = f"a database that has rows already: {', '.join(used)}"
        cure = "name an empty one with --state or --database"
        raise StoreError(Mistake(database.server.where, finding, "an empty database", cure))


def load(transaction: Transaction, lines: Iterable[bytes]) -> int:
    """Put the rows into an empty database of this version or a newer one; gives how many."""
    count = 0
    for number, line in enumerate(lines):
        content = json.loads(line)
        if number == 0:
            _refuse_newer(content.get("version", 0), transaction.connection.version())
        elif content["table"] in _KEPT:
            _insert(transaction, content["table"], content["row"])
            count += 1
    return count


def _refuse_newer(version: int, known: int) -> None:
    if version > known:
        finding, cure = f"a backup of version {version}", "restore it with a newer exvivo"
        raise StoreError(Mistake("the backup", finding, f"version {known} or older", cure))


def _insert(transaction: Transaction, table: str, row: Row) -> None:
    columns = [name for name in row if name.isidentifier()]
    names, values = ", ".join(columns), ", ".join(f":{name}" for name in columns)
    statement = f"INSERT INTO {table} ({names}) VALUES ({values})"
    transaction.run(statement, **{name: row[name] for name in columns})
