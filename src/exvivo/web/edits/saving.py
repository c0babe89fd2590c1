"""Saves that lose nothing: the record is held, the version compared, the file put in its place, and
a row says so; then it is acknowledged.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from exvivo import store
from exvivo.web.edits.applied import applied, parted
from exvivo.web.edits.edit import Conflict, Edit


def version(folder: Path, file: str) -> str:
    """The sha256 of a file as it is, empty where there is none: what a page shows, and sends back
    when it saves.
    """
    try:
        return store.version(store.place(folder, file).read_bytes())
    except FileNotFoundError:
        return ""


def save(folder: Path, file: str, edits: Sequence[Edit], *, expected: str, who: str) -> str:
    """Make edits in a file that still has the version they were made on; gives its new version.

    Raises `Conflict` where it has another one, with each edit held against it, and `StudyError`
    where an edit has no place in it. Then nothing was written.
    """

    def change(raw: bytes | None) -> bytes:
        current = store.version(raw)
        if current != expected:
            raise Conflict(file, (expected, current), *parted(raw, file, edits))
        return applied(raw, file, edits)

    return store.edit(folder, file, change, who=who)


def put(folder: Path, file: str, after: bytes, *, expected: str, who: str) -> str:
    """Put a whole file in the place of the version that was seen (empty for none); gives the new
    one. Raises `Conflict` where the file has another version.
    """

    def change(raw: bytes | None) -> bytes:
        current = store.version(raw)
        if current != expected:
            raise Conflict(file, (expected, current))
        return after

    return store.edit(folder, file, change, who=who)
