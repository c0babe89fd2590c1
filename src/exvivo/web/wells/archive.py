"""Many files as one zip that is sent while it is made: constant memory, nothing on the disk."""

from __future__ import annotations

import io
import os
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from exvivo.cache import FOLDER as CACHE
from exvivo.store.database import DATABASE

Content = Callable[[], bytes] | Path
_PART = 1 << 18


@dataclass(frozen=True)
class Entry:
    """A file of an archive: its name there, and its bytes, made when their turn comes."""

    name: str
    content: Content


class _Sink(io.RawIOBase):
    """A file that can only be written on: what was written is taken away in parts."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)  # type: ignore[call-overload]
        self.parts.append(part)
        return len(part)

    def taken(self) -> bytes:
        """What was written since."""
        whole = b"".join(self.parts)
        self.parts.clear()
        return whole


def zipped(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The bytes of a zip of these files, part by part."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for entry in entries:
            for _ in _written(archive, entry):
                yield sink.taken()
    yield sink.taken()


def _written(archive: zipfile.ZipFile, entry: Entry) -> Iterator[None]:
    """Write a file into an archive, a step at a time."""
    info = zipfile.ZipInfo(entry.name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    if not isinstance(entry.content, Path):
        with archive.open(info, "w") as target:
            target.write(entry.content())
        yield
        return
    with entry.content.open("rb") as source, archive.open(info, "w", force_zip64=True) as target:
        while part := source.read(_PART):
            target.write(part)
            yield
    yield


def files_below(root: Path, top: str) -> Iterator[Entry]:
    """Every plain file below a folder, under the name `top` in the archive; links are no files of
    it, and what begins with a dot is nobody's work.
    """
    for at, folders, names in os.walk(root):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for name in sorted(names):
            path = Path(at) / name
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield Entry(f"{top}/{path.relative_to(root).as_posix()}", path)


def study_files(folder: Path) -> Iterator[Entry]:
    """A whole study folder but its cache: files of people, instruments and results, and the record
    as it is at one moment.
    """
    top = folder.name
    for entry in files_below(folder, top):
        inside = entry.name.removeprefix(f"{top}/")
        if not inside.startswith((DATABASE, f"{CACHE}/")):
            yield entry
    if (folder / DATABASE).is_file():
        yield Entry(f"{top}/{DATABASE}", lambda: _copied(folder / DATABASE))


def _copied(database: Path) -> bytes:
    """A database as it is at one moment, while others may write to it."""
    with tempfile.TemporaryDirectory(prefix="exvivo-") as room:
        copy = Path(room) / database.name
        address = f"{database.resolve().as_uri()}?mode=ro"
        with (
            closing(sqlite3.connect(address, uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        return copy.read_bytes()
