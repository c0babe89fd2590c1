"""Results of parts as files of a folder: each is written beside and then renamed, so that a file is
whole or not there.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from exvivo.plan.parts.parquet import unpacked
from exvivo.sources import plain_file

_BEGUN = re.compile(r"\..+\.[0-9a-f]{16}")
_HOUR = 3600.0


@dataclass(frozen=True)
class Kept:
    """The folder where results are kept; without one nothing is."""

    folder: Path | None

    @classmethod
    def at(cls, folder: Path | None) -> Kept:
        """The folder, made where there is none, without what a killed process left half written."""
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            for path in folder.iterdir():
                if _BEGUN.fullmatch(path.name) and _is_old(path):
                    path.unlink(missing_ok=True)
        return cls(folder)

    def take(self, name: str, key: str) -> pl.DataFrame | None:
        """The result of a part; None where there is none that is whole and has the key."""
        if self.folder is None:
            return None
        try:
            with plain_file(self._path(name)) as handle:
                content = handle.read()
        except OSError:
            return None
        return unpacked(content, key)

    def keep(self, name: str, content: bytes) -> None:
        """Write a result. Raises `OSError` where the disk refuses it."""
        if self.folder is None:
            return
        begun = self.folder / f".{name}.{secrets.token_hex(8)}"
        try:
            with begun.open("xb") as handle:
                handle.write(content)
                handle.flush()
                os.fsync(handle.fileno())
            begun.replace(self._path(name))
        except BaseException:
            with suppress(OSError):
                begun.unlink(missing_ok=True)
            raise

    def _path(self, name: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{name}.parquet"


def _is_old(path: Path) -> bool:
    """Whether a file is older than any that is being written."""
    with suppress(OSError):
        return time.time() - path.stat().st_mtime > _HOUR
    return False
