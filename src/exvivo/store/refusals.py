"""What SQLite refuses, told by its code, with a cure. No cure ever tells a person to move the
record away or to delete it: it holds what people decided.
"""

from __future__ import annotations

import errno
import shutil
import sqlite3
from pathlib import Path

from exvivo.errors import Mistake, StoreError

_FOUND = "the record of this study, as exvivo wrote it"
_CURE = (
    "bring the file back from a backup, and leave this one where it is until then. Without a "
    "backup: copy the study's own files (all but exvivo.sqlite and results) into a new folder and "
    "run it there; a new record begins, and the old one stays beside it"
)
_LITTLE = 1 << 20
"""Bytes of free space below which the disk is the reason why a file cannot be made."""

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_RIGHTS = {
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_CANTOPEN,
}
_DAMAGED = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_FORMAT,
    sqlite3.SQLITE_ERROR,
}


def refusal(error: sqlite3.DatabaseError, path: Path) -> Mistake:
    """What SQLite refused of the record at `path`. Raises the error itself where it is ours."""
    if isinstance(error, sqlite3.ProgrammingError):
        raise error
    if path.is_dir():
        return damaged(path, "a folder")
    primary = _code(error)
    if primary is None:  # Python cannot decode what SQLite gave.
        return damaged(path, "bytes that are no text")
    if primary in _BUSY:
        return _busy(path)
    if primary == sqlite3.SQLITE_FULL or (primary not in _DAMAGED and _has_no_space(path)):
        return _full(path)
    if primary in _RIGHTS:
        return without_rights(path)
    if primary == sqlite3.SQLITE_IOERR:
        return _unwritable(path, error)
    return damaged(path, f"SQLite refuses it ({_named(error)})")


def is_busy(error: StoreError) -> bool:
    """Whether the record was refused because another run is being written."""
    cause = error.__cause__
    return isinstance(cause, sqlite3.DatabaseError) and means_busy(cause)


def means_busy(error: sqlite3.DatabaseError) -> bool:
    """Whether SQLite waits for somebody else."""
    return _code(error) in _BUSY


def _code(error: sqlite3.DatabaseError) -> int | None:
    """The primary code of SQLite; None for an error that is not SQLite's."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def not_made(error: OSError, path: Path) -> Mistake:
    """A record that the system does not let exvivo make."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return _full(path) if full else without_rights(path)


def damaged(path: Path, what: str) -> Mistake:
    """A record that cannot be used as it stands."""
    return Mistake(str(path), what, _FOUND, _CURE)


def gone(path: Path, what: str) -> Mistake:
    """No record where there must have been one."""
    return Mistake(
        str(path),
        f"no such file, but {what}: the record of its runs and decisions is gone",
        _FOUND,
        "bring exvivo.sqlite back from a backup (or from the bin, or an earlier state of the "
        "folder). Without a backup: copy the study's own files (all but results) into a new folder "
        "and run it there; a new record begins, and what stands here stays as it is",
    )


def without_rights(path: Path) -> Mistake:
    """A record that this user may not write."""
    return Mistake(
        str(path),
        "a folder or a record of runs that may not be written",
        "the right to write in both",
        "give yourself that right, or copy the study to where you have it and run it there",
    )


def _busy(path: Path) -> Mistake:
    found = "another run of this study is being written"
    return Mistake(path.name, found, "one at a time", "wait until it is done, then run again")


def _full(path: Path) -> Mistake:
    found, expected = "no space left on the disk", "room for the record"
    return Mistake(str(path), found, expected, "free some space, then run again")


def _unwritable(path: Path, error: sqlite3.DatabaseError) -> Mistake:
    return Mistake(
        str(path),
        f"the disk does not take or give what belongs into the record ({_named(error)})",
        "a disk that works, with room for it",
        "look for a full disk, a quota, a limit on the size of files (`ulimit -f`) or a network "
        "drive that went away, then run again",
    )


def _has_no_space(path: Path) -> bool:
    """Whether the disk is full: SQLite says only that a file beside the record cannot be made."""
    try:
        return shutil.disk_usage(path.parent).free < _LITTLE
    except OSError:
        return False


def _named(error: sqlite3.DatabaseError) -> str:
    return f"{error.sqlite_errorname}: {error}"
