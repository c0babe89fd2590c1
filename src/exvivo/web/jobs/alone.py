"""One run of a study at a time, over all processes: a lock of the operating system on a file of the
study folder, which goes with its process however that ends.

A worker that was thought dead may still have its process at work. Only who holds the lock looks
whether the run was made and makes it, so it is made once.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = ".exvivo-run.lock"
_PAUSE = 0.2


@contextmanager
def alone(folder: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock of a study's runs; `waiting` is called once where another process has it."""
    handle = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), 0o666)
    try:
        is_told = False
        while not _locked(handle):
            if not is_told:
                waiting()
                is_told = True
            time.sleep(_PAUSE)
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    """Whether the lock could be had."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
