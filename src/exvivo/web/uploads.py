"""Files that are handed in: each as a stream straight to the disk, whole or not at all.

A file is written beside its place under a hidden name, and takes its place when all of it is on
the disk. An upload that is cut off, too large, or met by a full disk leaves nothing.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import threading
import time
import unicodedata
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from starlette.concurrency import run_in_threadpool

from exvivo.bounds import MIB
from exvivo.errors import Mistake, StudyError
from exvivo.visible import one_line

_BEGUN = ".upload-"
_AT_ONCE = MIB
_SPARE = 16 * MIB
"""Bytes that a disk keeps free for the record of the study."""
_HOUR = 3600.0
_DEEPEST, _LONGEST_PART, _LONGEST = 8, 200, 400
_IN_PLACE = threading.Lock()
"""Files take their places one after another: two of one name do not meet."""


class TooLarge(StudyError):
    """A file of more bytes than the door takes."""


class Taken(StudyError):
    """Another file has the name already. `name` and `sha256` are its own."""

    def __init__(self, name: str, sha256: str, mistake: Mistake) -> None:
        super().__init__(mistake)
        self.name = name
        self.sha256 = sha256


@dataclass(frozen=True)
class Handed:
    """A file that was taken: its name below the folder, its bytes and their hash; `before` is the
    hash of the file that it took the place of (empty: there was none), and `is_same` says that the
    very same bytes were there already.
    """

    name: str
    size: int
    sha256: str
    before: str = ""
    is_same: bool = False


@dataclass(frozen=True)
class Intake:
    """Takes files below a folder, of at most `largest` bytes each."""

    folder: Path
    largest: int

    async def take(
        self, chunks: AsyncIterator[bytes], name: str, *, declared: int = 0, replaces: str = ""
    ) -> Handed:
        """Take one file under a name (with the folders it lies in). `declared` are the bytes that
        it says it has. A file of that name with other bytes stays, unless `replaces` is its hash.

        Raises `StudyError` for a name that cannot be one, `TooLarge`, `Taken`, and `OSError` of a
        disk that is full; nothing is left of the file then.
        """
        plain = plain_name(name)
        self._refuse_large(plain, declared)
        await run_in_threadpool(self._make_room, declared)
        begun = _Begun(self.folder / f"{_BEGUN}{secrets.token_hex(8)}")
        try:
            await run_in_threadpool(begun.open)
            waiting = bytearray()
            async for chunk in chunks:
                waiting += chunk
                self._refuse_large(plain, begun.size + len(waiting))
                if len(waiting) >= _AT_ONCE:
                    await run_in_threadpool(begun.write, bytes(waiting))
                    waiting.clear()
            await run_in_threadpool(begun.write, bytes(waiting))
            await run_in_threadpool(begun.close)
            handed = await run_in_threadpool(self._put, begun, plain, replaces)
        finally:
            begun.drop()
        if not handed.is_same:
            await run_in_threadpool(self.taken, handed)
        return handed

    def taken(self, handed: Handed) -> None:
        """What is done once a file has its place: nothing, unless somebody keeps a record."""

    def _refuse_large(self, name: str, size: int) -> None:
        if size > self.largest:
            megabytes = self.largest // MIB
            cure = "hand in the files that the instrument exports; raw images are not needed"
            mistake = Mistake(
                name, f"more than {megabytes} MB", f"a file of at most {megabytes} MB", cure
            )
            raise TooLarge(mistake)

    def _make_room(self, declared: int) -> None:
        """The folder, without what a door that was killed left in it. Raises `OSError` where the
        disk has no room for the file.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        _sweep(self.folder)
        if declared and shutil.disk_usage(self.folder).free < declared + _SPARE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.folder))

    def _put(self, begun: _Begun, name: str, replaces: str) -> Handed:
        """Give a file that is whole its name."""
        digest = begun.digest
        with _IN_PLACE:
            there = self._there(name)
            before = sha256_of(there) if there else ""
            if there and before == digest:
                return Handed(self._name_of(there), begun.size, digest, is_same=True)
            if there and (before != replaces or self._name_of(there) != name):
                raise _taken(self._name_of(there), name, before)
            target = self.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            begun.path.replace(target)
            _sync(target.parent)
        return Handed(name, begun.size, digest, before)

    def _name_of(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def _there(self, name: str) -> Path | None:
        """The file that has a name already, in capital or small letters. Raises `StudyError` where
        a folder of it is a file, a link, or differs in letters.
        """
        at, parts = self.folder, name.split("/")
        for i, part in enumerate(parts):
            alike = _alike(at, part)
            if alike is None:
                return None
            is_last = i == len(parts) - 1
            if alike.is_symlink() or alike.is_dir() == is_last:
                raise _in_the_way(name, self._name_of(alike))
            if not is_last and alike.name != part:
                raise _in_the_way(name, self._name_of(alike))
            at = alike
        return at


@dataclass
class _Begun:
    """A file that is on its way."""

    path: Path
    size: int = 0
    digest: str = ""
    _sum: hashlib._Hash = field(default_factory=hashlib.sha256)
    _file: IO[bytes] | None = None

    def open(self) -> None:
        """Begin it. Nobody else may read it."""
        made = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        self._file = os.fdopen(made, "wb", buffering=0)
        _ON_THEIR_WAY.add(self.path.name)

    def write(self, chunk: bytes) -> None:
        """Write all of some bytes, which a disk that fills up may take in part only."""
        assert self._file is not None
        rest = memoryview(chunk)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._sum.update(chunk)
        self.size += len(chunk)

    def close(self) -> None:
        """Have all of it on the disk."""
        assert self._file is not None
        os.fsync(self._file.fileno())
        self._file.close()
        self.digest = self._sum.hexdigest()

    def drop(self) -> None:
        """Leave nothing under its hidden name."""
        if self._file is not None and not self._file.closed:
            self._file.close()
        _ON_THEIR_WAY.discard(self.path.name)
        self.path.unlink(missing_ok=True)


_ON_THEIR_WAY: set[str] = set()


def plain_name(name: str) -> str:
    """A name with its folders as it is kept: its letters composed (NFC), so that a name of macOS is
    the one of Windows. Raises `StudyError` where it leads elsewhere, is hidden or cannot be seen.

    >>> plain_name("run 1/plate.txt")
    'run 1/plate.txt'
    """
    plain = unicodedata.normalize("NFC", name)
    parts = plain.split("/")
    why = next(filter(None, map(_trouble, parts)), "")
    if len(parts) > _DEEPEST or len(plain) > _LONGEST:
        why = f"more than {_LONGEST} letters or {_DEEPEST} folders"
    if why:
        cure = "give the file another name, then hand it in again"
        raise StudyError(Mistake(one_line(plain)[:120] or "a file", why, "a plain name", cure))
    return plain


def _trouble(part: str) -> str:
    """What is wrong with a part of a name; empty if nothing."""
    if not part or part in (".", ".."):
        return "a name that leads to another folder"
    if part[0] == "." or part.startswith("~$"):
        return "a hidden file"
    if one_line(part) != part or "\\" in part or part != part.strip():
        return "a name with signs that cannot be seen, or with \\"
    return f"a name of more than {_LONGEST_PART} bytes" if _is_long(part) else ""


def _is_long(part: str) -> bool:
    return len(part.encode("utf-8", "surrogatepass")) > _LONGEST_PART


def _folded(name: str) -> str:
    """A name as disks compare it that take no notice of capital letters."""
    return unicodedata.normalize("NFC", name).casefold()


def _alike(folder: Path, part: str) -> Path | None:
    """What has a name in a folder, in whatever letters; the very same first."""
    wanted = _folded(part)
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        alike = [entry.name for entry in entries if _folded(entry.name) == wanted]
        if alike:
            return folder / (part if part in alike else alike[0])
    return None


def _taken(there: str, name: str, sha256: str) -> Taken:
    if there != name:
        finding = f"a file that is here as {there}: the names differ in capital letters only"
        cure = "give the file another name, then hand it in again"
    else:
        finding = "another file of this name is here already"
        cure = "replace it, or keep the one that is here"
    return Taken(there, sha256, Mistake(name, finding, "one file a name", cure))


def _in_the_way(name: str, there: str) -> StudyError:
    cure = "give the file or its folder another name, then hand it in again"
    return StudyError(Mistake(name, f"{there} is in its way", "a place of its own", cure))


def _sweep(folder: Path) -> None:
    """Take away what uploads left that a killed door did not finish."""
    old = time.time() - _HOUR
    for left in folder.glob(f"{_BEGUN}*"):
        with suppress(OSError):
            if left.name not in _ON_THEIR_WAY and left.stat().st_mtime < old:
                left.unlink()


def _sync(folder: Path) -> None:
    """Have the names of a folder on the disk."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def sha256_of(path: Path) -> str:
    """The hash of a file, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_below(folder: Path) -> list[str]:
    """The files of a folder and its folders by their names, but hidden ones and links."""
    listed: list[str] = []
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        plain = (Path(root) / name for name in names if not name.startswith((".", "~$")))
        listed += [path.relative_to(folder).as_posix() for path in plain if path.is_file()]
    return sorted(listed, key=str.casefold)
