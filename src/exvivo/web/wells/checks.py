"""Whole checks, remembered until a file of the study changes: they take seconds, and pages ask for
them again and again.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from exvivo.checking import Checked, in_full

Stamp = tuple[tuple[str, int, int, int], ...]
_OURS = ("results", "figures", "exvivo.sqlite", "shared-")
"""What exvivo writes into a study folder, by the beginning of its name."""


@dataclass
class Checks:
    """The last whole check of each study folder. One is made at a time: it reads every file."""

    _kept: dict[Path, tuple[Stamp, Checked]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def known(self, folder: Path) -> Checked | None:
        """The whole check of a folder as it is now, where one was made."""
        stamp, checked = self._kept.get(folder, ((), None))
        return checked if checked is not None and stamp == stamp_of(folder) else None

    def made(self, folder: Path) -> Checked:
        """The whole check of a folder as it is now."""
        with self._lock:
            known = self.known(folder)
            if known is None:
                stamp = stamp_of(folder)
                known = in_full(folder)
                self._kept[folder] = (stamp, known)
            return known


CHECKS = Checks()
"""Those of this process."""


def stamp_of(folder: Path) -> Stamp:
    """What changes with any file that people put into a study folder."""
    return tuple(sorted(_stamps(folder)))


def _stamps(folder: Path) -> Iterator[tuple[str, int, int, int]]:
    for root, folders, files in os.walk(folder):
        is_top = Path(root) == folder
        folders[:] = [each for each in folders if not _is_passed(each, is_top)]
        for name in files:
            if not _is_passed(name, is_top):
                status = (Path(root) / name).lstat()
                place = os.path.relpath(Path(root) / name, folder)
                yield place, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _is_passed(name: str, is_top: bool) -> bool:
    return name.startswith(".") or (is_top and name.startswith(_OURS))
