"""A study folder as it is at one moment, while people work in it.

Contents are copied while nobody is kept waiting. Then, with the record of the study held for an
instant, all files must still be those that were copied; else those that changed are copied again.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from exvivo.errors import Mistake, StoreError
from exvivo.store import DATABASE
from exvivo.web.backup.objects import Objects

Stamp = tuple[int, ...]
"""By which a file that nobody touched is known: size, times of change, number on the disk."""
_RESULTS_IN_HAND = (".exvivo-new", ".exvivo-old")
_BESIDE = frozenset({f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal"})
_TRIES = 50
_PAUSE = 0.1
_WAIT = 30.0


@dataclass(frozen=True)
class Kept:
    """A file in a backup: its path in the study folder, its content, its bytes and its stamp."""

    path: str
    sha256: str
    bytes: int
    stamp: Stamp


@dataclass(frozen=True)
class Copied:
    """A study in a backup; `skipped` are links and devices, which are not followed."""

    files: tuple[Kept, ...]
    skipped: tuple[str, ...]


def copied(folder: Path, objects: Objects, known: Mapping[str, Kept]) -> Copied:
    """Copy a study folder as it is at one moment. Files that are as a backup before knew them are
    not read again. Raises `StoreError` where it never stands still.
    """
    known = dict(known)
    for _ in range(_TRIES):
        there, skipped = _listed(folder)
        known = _all_kept(folder, there, objects, known)
        with _held(folder):
            if _listed(folder)[0] == there:
                files = [known[path] for path in sorted(there)]
                record = _record(folder, objects)
                return Copied((*files, *record), tuple(sorted(skipped)))
        time.sleep(_PAUSE)
    finding = "files that change all the time"
    raise StoreError(
        Mistake(str(folder), finding, "a moment in which nobody writes", "try again later")
    )


def _listed(folder: Path) -> tuple[dict[str, Stamp], list[str]]:
    """The files of a study but its record, each with its stamp; and what is no file."""
    files: dict[str, Stamp] = {}
    skipped: list[str] = []
    for path in _below(folder):
        name = path.relative_to(folder).as_posix()
        try:
            about = path.lstat()
        except FileNotFoundError:
            continue
        if not stat.S_ISREG(about.st_mode):
            skipped.append(name)
        elif name != DATABASE and name not in _BESIDE:
            files[name] = (about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino)
    return files, skipped


def _below(folder: Path) -> Iterator[Path]:
    """All files and links below a folder. What is hidden is work in hand of the door and of
    editors, but for results that wait to take their place.
    """
    for top, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if _is_kept(each)]
        links = [each for each in folders if Path(top, each).is_symlink()]
        for name in (*links, *(each for each in names if _is_kept(each))):
            yield Path(top, name)


def _is_kept(name: str) -> bool:
    return not name.startswith(".") or name.startswith(_RESULTS_IN_HAND)


def _all_kept(
    folder: Path, there: Mapping[str, Stamp], objects: Objects, known: Mapping[str, Kept]
) -> dict[str, Kept]:
    """Every file in the backup; read only where it is not known by its stamp."""
    kept: dict[str, Kept] = {}
    for path, stamp in there.items():
        before = known.get(path)
        if before is not None and before.stamp == stamp and objects.has(before.sha256):
            kept[path] = before
        else:
            kept[path] = _read(folder / path, path, objects)
    return kept


def _read(file: Path, path: str, objects: Objects) -> Kept:
    """Copy a file, with the stamp that it had before. One that is gone by now has a stamp that no
    file has.
    """
    try:
        with file.open("rb") as source:
            about = os.fstat(source.fileno())
            stamp = (about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino)
            return Kept(path, objects.put(source), about.st_size, stamp)
    except FileNotFoundError:
        return Kept(path, "", 0, ())


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold the record of a study, so that no run and no decision is put on record meanwhile."""
    path = folder / DATABASE
    if not path.is_file():
        yield
        return
    address = f"{path.resolve().as_uri()}?mode=rw"
    with closing(sqlite3.connect(address, uri=True, timeout=_WAIT, isolation_level=None)) as held:
        held.execute("BEGIN IMMEDIATE")
        yield
        held.execute("ROLLBACK")


def _record(folder: Path, objects: Objects) -> list[Kept]:
    """The record of a study, as SQLite copies it."""
    path = folder / DATABASE
    if not path.is_file():
        return []
    with tempfile.TemporaryDirectory(dir=objects.folder.parent) as room:
        target = Path(room) / DATABASE
        address = f"{path.resolve().as_uri()}?mode=ro"
        with (
            closing(sqlite3.connect(address, uri=True, timeout=_WAIT)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
        with target.open("rb") as handle:
            return [Kept(DATABASE, objects.put(handle), target.stat().st_size, ())]
