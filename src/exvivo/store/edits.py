"""A file of a study that somebody edits through a door: written at once, with a row of the record
that states which file, and the hash of its bytes before and after.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from exvivo.errors import Mistake, StoreError
from exvivo.store import chain, contents
from exvivo.store.database import DATABASE, RESULTS, opened, roll_back
from exvivo.store.in_place import put_in_place, restore

Change = Callable[[bytes | None], bytes]
"""The bytes a file shall have, of those that it has; None where it is not there yet."""


def version(raw: bytes | None) -> str:
    """Which bytes a file has: their sha256; empty where there is no file."""
    return "" if raw is None else hashlib.sha256(raw).hexdigest()


def edit(folder: Path, name: str, change: Change, *, who: str = "") -> str:
    """Change a file of a study and put it on record, both or neither; gives its new version.

    Nobody else changes a file through exvivo meanwhile: whoever writes holds the record. When this
    returns, the disk holds the file and the row. Whatever `change` raises leaves all as it was; so
    does a change that changes nothing. Raises `StoreError` for a name that is no file of the study.
    """
    path = place(folder, name)
    with opened(folder) as connection:
        connection.execute("BEGIN IMMEDIATE")
        before, after = _bytes_of(path), None
        try:
            after = change(before)
            if after != (before or b""):
                texts = {"who": contents.put(connection, who.encode())} if who else {}
                states = {"file": name, "before": version(before), "after": version(after)}
                chain.append(connection, "edit", {**states, "texts": texts})
                path.parent.mkdir(parents=True, exist_ok=True)
                put_in_place(path, after)
            connection.execute("COMMIT")
        except BaseException:
            roll_back(connection)
            if after is not None:
                restore(path, before, after)
            raise
    return version(after if after else before)


def place(folder: Path, name: str) -> Path:
    """The file of a name within a study folder. Raises `StoreError` for one that leads elsewhere,
    or to what exvivo writes itself.
    """
    parts, root = Path(name).parts, folder.resolve()
    own = [part for part in parts if part.startswith(".") or {*part} & {"\\", "\0"}]
    if parts and not own and parts[0] != RESULTS and not parts[0].startswith(DATABASE):
        path = (root / name).resolve()
        if path.is_relative_to(root) and path != root:
            return path
    cure = "name a file below the study folder"
    raise StoreError(Mistake(name, "no file of the study", "one of its own files", cure))


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
