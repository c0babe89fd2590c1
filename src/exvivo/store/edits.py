"""Files of a study that a person changed through the door, as rows of the chain: which file, from
which bytes to which, and who. The name is content, which can be erased.
"""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

from exvivo.store import chain, contents
from exvivo.store.chain import Row
from exvivo.store.in_place import in_place


def edit(folder: Path, name: str, before: bytes | None, after: bytes, *, who: str) -> Row:
    """Put bytes in the place of a file of the study folder, and who did it on record: both or
    neither. `before` are the bytes the file had when it was read; None for no file.

    Raises `Changed` where the file is no longer so.
    """

    def add(connection: sqlite3.Connection) -> Row:
        states = {"file": name, "from": sha256(before), "to": sha256(after)}
        texts = {"who": contents.put(connection, who.encode())} if who else {}
        return chain.append(connection, "edit", {**states, "texts": texts})

    return in_place(folder, name, before, after, add)


def sha256(raw: bytes | None) -> str:
    """The hash of the bytes of a file; nothing for no file."""
    return "" if raw is None else hashlib.sha256(raw).hexdigest()
