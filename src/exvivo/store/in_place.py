"""Bytes put in the place of a file at once, and taken back where what belongs to them failed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import NamedTemporaryFile

_HALF = ".exvivo-half-"
"""How the names of files begin that are not whole yet."""


def put_in_place(path: Path, raw: bytes) -> None:
    """Put bytes in the place of a file: whoever reads it meets the old or the new, and the disk
    holds them before this returns. Whoever calls it holds the record, so that what a killed process
    left beside the file is nobody's any more.
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
        except BaseException:
            new.unlink(missing_ok=True)
            raise
    _flush_names(path.parent)


def restore(path: Path, before: bytes | None, after: bytes) -> None:
    """Undo `put_in_place`, where it was done."""
    if not path.exists() or path.read_bytes() != after or before == after:
        return
    if before is None:
        path.unlink()
    else:
        put_in_place(path, before)


def _take_rights(path: Path, new: Path) -> None:
    """Give a new file the rights of the one it replaces, or those that files get here."""
    if path.exists():
        shutil.copymode(path, new)
        return
    mask = os.umask(0)
    os.umask(mask)
    new.chmod(0o666 & ~mask)


def _flush_names(folder: Path) -> None:
    """Have the disk hold the names of a folder, where the system knows how."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
