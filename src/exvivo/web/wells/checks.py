"""Checks, remembered until a file of the study changes: whole ones take seconds, and pages ask for
both again and again.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from exvivo.checking import Checked, at_once, in_full
from exvivo.study.files import EXCLUSIONS_FILE, forms_of

Stamp = tuple[tuple[str, int, int, int], ...]
_OURS = ("results", "figures", "exvivo.sqlite", "shared-")
"""What exvivo writes into a study folder, by the beginning of its name."""
_MOST = 32
"""Studies of which checks are remembered."""


@dataclass
class _Kept:
    """The last check of each study folder, with the stamp of the files that it is of."""

    make: Callable[[Path], Checked]
    checks: dict[Path, tuple[Stamp, Checked]] = field(default_factory=dict)

    def known(self, folder: Path, stamp: Stamp) -> Checked | None:
        """The check of a folder with this stamp, where one was made."""
        of, checked = self.checks.get(folder, ((), None))
        return checked if of == stamp else None

    def made(self, folder: Path, stamp: Stamp) -> Checked:
        """The check of a folder. Its files are stamped before they are read: one that changes
        meanwhile makes another stamp, never an old check.
        """
        known = self.known(folder, stamp)
        if known is None:
            known = self.make(folder)
            self.checks.pop(folder, None)
            self.checks[folder] = (stamp, known)
            while len(self.checks) > _MOST:
                self.checks.pop(next(iter(self.checks)))
        return known


@dataclass
class Checks:
    """The quick and the whole check of each study folder. One whole check is made at a time: it
    reads every file.
    """

    _quick: _Kept = field(default_factory=lambda: _Kept(at_once))
    _whole: _Kept = field(default_factory=lambda: _Kept(in_full))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _quick_lock: threading.Lock = field(default_factory=threading.Lock)

    def best(self, folder: Path) -> Checked:
        """The whole check of a folder as it is now, where one is known; else the quick one."""
        stamp = stamp_of(folder)
        known = self._whole.known(folder, stamp)
        return known if known is not None else self.quick(folder)

    def with_left_out(self, folder: Path) -> Checked:
        """The best check in which it is known what is left out: where instrument files name the
        wells, no quick check knows it.
        """
        checked = self.best(folder)
        named = checked.study is not None and any(each.samples for each in checked.study.plates)
        has_table = any((folder / name).is_file() for name in forms_of(EXCLUSIONS_FILE))
        return self.whole(folder) if named and has_table and not checked.whole else checked

    def quick(self, folder: Path) -> Checked:
        """The quick check of a folder as it is now."""
        with self._quick_lock:
            return self._quick.made(folder, stamp_of(folder))

    def whole(self, folder: Path) -> Checked:
        """The whole check of a folder as it is now."""
        with self._lock:
            return self._whole.made(folder, stamp_of(folder))


def shown(folder: Path, checked: Checked) -> Checked:
    """A check as its pages show it: under codes, while the study is blinded."""
    from exvivo.plan.blinding import seen_checked

    return seen_checked(folder, checked)


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
