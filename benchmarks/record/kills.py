"""Runs that are killed: at every system call of the writing in turn, and at random moments. Torn is
a folder whose record and results do not belong together, or in which the next run does not work.

`python -m benchmarks.record.kills 500 1` counts as many rounds as it is told, from a seed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path

from numpy.random import default_rng

from benchmarks.row import Row
from exvivo.store import DATABASE, Run, keep, last_run, leftovers, study_hash, verify

ROUNDS = 60
_TRACEME, _SYSCALL = 0, 24
_LONGEST = 0.12
"""Seconds within which a process is killed at random; about twice what the writing takes."""
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
LIBC.ptrace.restype = ctypes.c_long


def rows() -> list[Row]:
    """How many rounds left something torn."""
    held = list(rounds(ROUNDS))
    what = f"{len(held)} kills of a run, half of them at system calls in turn: torn"
    return [Row(what=what, value=sum(held), unit="", bar="<= 0")]


def rounds(total: int, seed: int = 1) -> Iterator[bool]:
    """Whether each round left something torn: kills at system calls, then at random."""
    with tempfile.TemporaryDirectory() as room:
        folder, rng = Path(room), default_rng(seed)
        write(folder, "first")
        calls = _calls(folder)
        at = range(seed, calls + 1, max(1, 2 * calls // total))
        for number in at:
            yield torn(folder, partial(_killed_at, folder, number))
        for seconds in rng.uniform(0, _LONGEST, max(total - len(at), 0)):
            yield torn(folder, partial(_killed_after, folder, seconds))


def write(folder: Path, text: str) -> None:
    """Keep a small run whose results say a text."""

    def results(new: Path) -> None:
        (new / "tables").mkdir()
        for name in ("report.html", "study.yaml", "tables/flags.csv"):
            (new / name).write_text(text * 50)

    keep(folder, run=Run(version="0", study_hash=study_hash(()), inputs=()), write=results)


def torn(folder: Path, harm: Callable[[], object]) -> bool:
    """Whether something is torn after harm was done, or after the run that follows."""
    harm()
    return not (_is_whole(folder) and _next_works(folder))


def _is_whole(folder: Path) -> bool:
    """Whether the record is sound and what is shown is what is on record."""
    changes = verify(folder)
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        sound = connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return sound and not changes


def _next_works(folder: Path) -> bool:
    before = last_run(folder)
    write(folder, "next")
    now = last_run(folder)
    is_next = before is not None and now is not None and now.number == before.number + 1
    return is_next and not verify(folder) and not leftovers(folder)


def forked(act: Callable[[], None]) -> int:
    """A child that does something and ends without a word; its number."""
    child = os.fork()
    if not child:
        try:
            act()
        finally:
            os._exit(0)
    return child


def _killed_after(folder: Path, seconds: float) -> None:
    child = forked(lambda: write(folder, "killed"))
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _calls(folder: Path) -> int:
    """How many system calls the writing makes."""
    child = _traced(folder)
    for calls in count():
        if not _to_next_call(child):
            return calls // 2
    raise AssertionError


def _killed_at(folder: Path, number: int) -> None:
    """A run that is killed as it enters the system call with a number."""
    child = _traced(folder)
    for _ in range(2 * number - 1):
        if not _to_next_call(child):
            return
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _traced(folder: Path) -> int:
    def act() -> None:
        LIBC.ptrace(_TRACEME, 0, None, None)
        os.kill(os.getpid(), signal.SIGSTOP)
        write(folder, "killed")

    child = forked(act)
    os.waitpid(child, 0)
    return child


def _to_next_call(child: int) -> bool:
    """Let a traced child go on to where it enters or leaves a system call; not where it ended."""
    LIBC.ptrace(_SYSCALL, child, None, None)
    _, status = os.waitpid(child, 0)
    return os.WIFSTOPPED(status)


if __name__ == "__main__":
    total, seed = map(int, sys.argv[1:])
    torn_ones = 0
    for done, is_torn in enumerate(rounds(total, seed), 1):
        torn_ones += is_torn
        if done % 20 == 0 or done == total:
            print(f"{done} kills: {torn_ones} torn", flush=True)
