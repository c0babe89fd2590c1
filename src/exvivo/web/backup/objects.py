"""The contents of a backup: each once, under its sha256, however many backups and studies hold
it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from exvivo.errors import Mistake, StoreError

_PART = 1 << 20
_BEGUN = ".part-"


@dataclass(frozen=True)
class Objects:
    """A folder of contents by their sha256."""

    folder: Path

    def path(self, sha256: str) -> Path:
        """Where a content stands, or would."""
        return self.folder / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Whether a content is there."""
        return self.path(sha256).is_file()

    def put(self, source: BinaryIO) -> str:
        """Keep all that a source gives, on the disk for sure; gives its sha256."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self.folder / f"{_BEGUN}{token_hex(8)}"
        digest = hashlib.sha256()
        try:
            with part.open("xb") as target:
                while block := source.read(_PART):
                    digest.update(block)
                    target.write(block)
                target.flush()
                os.fsync(target.fileno())
            self._name(part, digest.hexdigest())
        finally:
            part.unlink(missing_ok=True)
        return digest.hexdigest()

    def _name(self, part: Path, sha256: str) -> None:
        path = self.path(sha256)
        if not path.exists():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            part.chmod(0o400)
            part.rename(path)
            sync(path.parent)

    def take(self, sha256: str, target: Path) -> None:
        """Write a content to a new file. Raises `StoreError` where it is not what it was."""
        try:
            with self.path(sha256).open("rb") as source, target.open("xb") as written:
                shutil.copyfileobj(source, written, _PART)
                written.flush()
                os.fsync(written.fileno())
        except FileNotFoundError as error:
            raise StoreError(_damaged(self.path(sha256), "no such file")) from error
        with target.open("rb") as handle:
            if hashlib.file_digest(handle, "sha256").hexdigest() != sha256:
                raise StoreError(_damaged(self.path(sha256), "other bytes than were kept"))

    def forget_but(self, needed: Iterable[str]) -> int:
        """Delete every content that is not needed; gives how many were."""
        kept, dropped = set(needed), 0
        for path in list(self._all()):
            if path.name not in kept:
                path.unlink()
                dropped += not path.name.startswith(_BEGUN)
        return dropped

    def _all(self) -> Iterator[Path]:
        return (path for path in self.folder.rglob("*") if path.is_file())


def sync(folder: Path) -> None:
    """Have the disk hold the names in a folder, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _damaged(path: Path, finding: str) -> Mistake:
    cure = "restore another backup (`--of`), or bring this file back from a copy"
    return Mistake(str(path), finding, "a content of the backup, as it was kept", cure)
