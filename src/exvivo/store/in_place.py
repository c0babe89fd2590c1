"""A file of the study folder changed, and the row of the record that says so: both or neither.

The transaction of the record is the lock: of all commands, doors and runs that change a study, on
this computer or another one that shares its disk, one writes at a time.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from exvivo.errors import Mistake, StoreError
from exvivo.store.chain import Row
from exvivo.store.database import opened, roll_back

_HALF = ".exvivo-half-"
"""How the names of files begin that are not whole yet."""


class Changed(StoreError):
    """A file that is no longer as it was when a change to it was made out."""


def in_place(
    folder: Path,
    name: str,
    before: bytes | None,
    after: bytes,
    add: Callable[[sqlite3.Connection], Row],
) -> Row:
    """Put bytes in the place of the file `name` of a study folder, with the row that `add` puts on
    record. `before` are the bytes the file had when it was read; None for no file.

    Raises `Changed` where the file is no longer so.
    """
    path = (folder / name).resolve()
    with opened(folder) as connection:
        connection.execute("BEGIN IMMEDIATE")
        begun = False
        try:
            _refuse_changed(path, before, name)
            row = add(connection)
            begun = True
            _write(path, after)
            connection.execute("COMMIT")
        except BaseException:
            if begun:  # Else these bytes are somebody else's, who wrote the same.
                _restore(path, before, after)
            if connection.in_transaction:
                roll_back(connection)
            raise
    return row


def _refuse_changed(path: Path, before: bytes | None, name: str) -> None:
    now = path.read_bytes() if path.exists() else None
    if now != before:
        expected = "the file as it was when the decision was checked"
        cure = "run the command again"
        raise Changed(Mistake(name, "a file that changed meanwhile", expected, cure))


def _write(path: Path, raw: bytes) -> None:
    """Put bytes in the place of a file at once: whoever reads it meets the old or the new. What a
    killed process left beside it is nobody's any more: whoever writes holds the record.
    """
    for left in path.parent.glob(f"{_HALF}*"):
        left.unlink(missing_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=_HALF, delete=False) as handle:
        new = Path(handle.name)
        try:
            handle.write(raw)
            handle.flush()
            os.fsync(handle.fileno())
            _take_rights(path, new)
            new.replace(path)
            _sync_folder(path.parent)
        except BaseException:
            new.unlink(missing_ok=True)
            raise


def _sync_folder(folder: Path) -> None:
    """See to it that a new name outlives a power failure, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _take_rights(path: Path, new: Path) -> None:
    """Give a new file the rights of the one it replaces, or those that files get here."""
    if path.exists():
        shutil.copymode(path, new)
        return
    mask = os.umask(0)
    os.umask(mask)
    new.chmod(0o666 & ~mask)


def _restore(path: Path, before: bytes | None, after: bytes) -> None:
    """Undo `_write`, where it was done."""
    if not path.exists() or path.read_bytes() != after or before == after:
        return
    if before is None:
        path.unlink()
    else:
        _write(path, before)
