"""The record as one text for a third party, who can check it without the study folder: a line of
JSON for each row of the chain, none of what may have to be erased one day unless it is asked for.

    {"exvivo": "record", "format": 1, "head": HASH, "rows": N}
    {"number": 1, "kind": "run", "recorded": ..., "before": "", "states": "{...}", "hash": HASH}
    {"sha256": HASH, "base64": ...}        (a text that a row names; only where texts go with it)

The hash of a row is the sha256 of the JSON list [number, kind, recorded, before, states].
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from exvivo.errors import Mistake, StoreError, command
from exvivo.store import contents
from exvivo.store.chain import START, Row, canonical
from exvivo.store.chain import rows as rows_of
from exvivo.store.database import DATABASE, is_copy, opened, refuse_lost
from exvivo.visible import escaped

_FORMAT = 1
_TYPES = {"number": int, "kind": str, "recorded": str, "before": str, "states": str, "hash": str}
"""What a line of a row has."""
_EXPECTED = "an exported record, as `exvivo record export` wrote it"
_CURE = "ask for the file again, from whoever made it; nothing that it says can be relied on"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an exported file holds: the rows of the chain, and how many texts."""

    rows: tuple[Row, ...]
    texts: int

    @property
    def head(self) -> Row:
        """The last row."""
        return self.rows[-1]


@dataclass(frozen=True, slots=True)
class Beside:
    """An exported chain beside that of a folder: `continued` by so many `rows`, `set back` by so
    many, or `rewritten` from the row with this number on.
    """

    what: Literal["continued", "set back", "rewritten"]
    rows: int


def exported(folder: Path, *, with_texts: bool = False) -> str:
    """The record of a study folder as a text; the same record gives the same bytes. Raises
    `StoreError` where there is none.
    """
    rows, texts = _chain_of(folder, with_texts)
    head = rows[-1].hash
    first = {"exvivo": "record", "format": _FORMAT, "head": head, "rows": len(rows)}
    lines = [first, *map(asdict, rows), *texts]
    return escaped("".join(f"{canonical(line)}\n" for line in lines))


def _chain_of(folder: Path, with_texts: bool) -> tuple[list[Row], list[dict[str, str]]]:
    """The rows of a folder's record and the texts that they name, as lines."""
    refuse_lost(folder)
    if (folder / DATABASE).exists():
        with opened(folder, reading=True) as connection:
            rows = list(rows_of(connection))
            if rows and not (is_copy(connection) and all(row.kind == "imported" for row in rows)):
                return rows, list(_texts(connection, rows)) if with_texts else []
    finding, expected = "no chain of runs and decisions", "a record to hand out"
    raise StoreError(
        Mistake(DATABASE, finding, expected, f"run it first: {command('run', folder)}")
    )


def _texts(connection: sqlite3.Connection, rows: Sequence[Row]) -> Iterator[dict[str, str]]:
    """What rows name and the record still has; what was erased is gone."""
    for sha256 in sorted({sha256 for row in rows for sha256 in row.texts.values()}):
        text = contents.get(connection, sha256)
        if text is not None:
            yield {"sha256": sha256, "base64": base64.b64encode(text).decode()}


def checked(text: str, where: str) -> Exported:
    """An exported record whose every hash is right. Raises `StoreError` with the first line that is
    not as it was written.
    """
    first, *lines = [_object(line, f"{where}:{n}") for n, line in enumerate(text.splitlines(), 1)]
    if (first.get("exvivo"), first.get("format")) != ("record", _FORMAT):
        raise _wrong(f"{where}:1", "a file of something else, or of another version of exvivo")
    rows, texts = _split(lines)
    _check_rows(rows, where)
    _check_texts(texts, rows, f"{where}:{len(rows) + 2}")
    if (first.get("rows"), first.get("head")) != (len(rows), rows[-1].hash if rows else None):
        raise _wrong(f"{where}:1", "another head or number of rows than those that follow")
    return Exported(tuple(rows), len(texts))


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise _wrong(where, "a line that is no JSON object")
    return value


def _split(lines: Sequence[dict[str, Any]]) -> tuple[list[Row], list[dict[str, Any]]]:
    """The lines that are rows, up to the first that is none, and those after them."""
    count = next((n for n, line in enumerate(lines) if not _is_row(line)), len(lines))
    return [Row(**line) for line in lines[:count]], list(lines[count:])


def _is_row(line: dict[str, Any]) -> bool:
    return {name: type(value) for name, value in line.items()} == _TYPES


def _check_rows(rows: Sequence[Row], where: str) -> None:
    """Raise `StoreError` where a row does not follow the one before it, or is not what its hash
    says.
    """
    before = START
    for number, row in enumerate(rows, 1):
        if (row.number, row.before) != (number, before):
            raise _wrong(f"{where}:{number + 1}", "a row that does not follow the one before it")
        if row.right_hash != row.hash:
            raise _wrong(f"{where}:{number + 1}", "a row that its hash is not the hash of")
        before = row.hash


def _check_texts(texts: Sequence[dict[str, Any]], rows: Sequence[Row], where: str) -> None:
    """Raise `StoreError` where a text is not what its hash says, or no row names it."""
    named = {sha256 for row in rows for sha256 in row.texts.values()}
    for line in texts:
        sha256 = line.get("sha256")
        if set(line) != {"sha256", "base64"} or sha256 not in named or _hash(line) != sha256:
            raise _wrong(where, "a text or a line that no row names, or that was changed")


def _hash(line: dict[str, Any]) -> str | None:
    try:
        return hashlib.sha256(base64.b64decode(line["base64"], validate=True)).hexdigest()
    except (binascii.Error, TypeError, ValueError):
        return None


def _wrong(where: str, found: str) -> StoreError:
    return StoreError(Mistake(where, found, _EXPECTED, _CURE))


def beside(rows: Sequence[Row], folder: Path) -> Beside:
    """Whether the record of a folder still holds the rows that were exported from it. Raises
    `StoreError` where it has none.
    """
    now, _ = _chain_of(folder, with_texts=False)
    for there, row in zip(now, rows, strict=False):
        if (there.hash, there.right_hash) != (row.hash, row.hash):
            return Beside("rewritten", row.number)
    more = len(now) - len(rows)
    return Beside("continued", more) if more >= 0 else Beside("set back", -more)
