"""Disk full, quotas, broken disks: each system call by which a run is written fails in turn, really
(by `ptrace`, on Linux on x86-64), Python's and SQLite's alike. Torn is what `kills` calls torn.

`python -m benchmarks.record.weather 1` fails every call; the table fails every so many.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import sys
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.record.kills import LIBC, forked, torn, write
from benchmarks.row import Row
from exvivo.store import last_run

_STEP = 6
_TRACEME, _GETREGS, _SETREGS, _SYSCALL = 0, 12, 13, 24
_RAX, _NUMBER = 10, 15
"""Where the answer and the number of a system call stand among the registers."""
_WRITING = {
    1: "write",
    18: "pwrite64",
    257: "openat",
    82: "rename",
    83: "mkdir",
    74: "fsync",
    75: "fdatasync",
    87: "unlink",
    263: "unlinkat",
    84: "rmdir",
    77: "ftruncate",
    86: "link",
}
"""The system calls that make, fill, name and delete files."""
_REFUSED = (errno.ENOSPC, errno.EIO, errno.EACCES)


def rows() -> list[Row]:
    """How many failing calls left something torn."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return []
    held = failing(_STEP)
    what = f"{len(held)} system calls of the writing failing in turn: torn"
    return [Row(what=what, value=sum(map(bool, held)), unit="", bar="<= 0")]


def failing(step: int) -> list[str]:
    """What each round left torn: the call and its error; empty where nothing was."""
    held: list[str] = []
    with tempfile.TemporaryDirectory() as room:
        folder, at = Path(room), 0
        write(folder, "first")
        while True:
            code = _REFUSED[at // step % len(_REFUSED)]
            names: list[str] = []
            act = partial(_note_refused, names, folder, at, code)
            is_torn = torn(folder, act)
            if not names[0]:
                return held
            held.append(f"{names[0]} {errno.errorcode[code]}" if is_torn else "")
            at += step


def _note_refused(names: list[str], folder: Path, number: int, code: int) -> None:
    names.append(_refused(folder, number, code))


def _refused(folder: Path, number: int, code: int) -> str:
    """A run whose call of writing with this number (from 0) fails; gives the name of the call,
    empty where there were fewer. Raises `AssertionError` where the run said that nothing was
    written, and something was, or the other way round.
    """
    before = last_run(folder)
    child, name = _traced(folder), ""
    registers = (ctypes.c_ulonglong * 27)()
    is_entry = False
    seen = -1
    while (status := _next_stop(child)) is None:
        is_entry = not is_entry
        if not is_entry or name:
            continue
        LIBC.ptrace(_GETREGS, child, None, ctypes.addressof(registers))
        seen += registers[_NUMBER] in _WRITING
        if seen == number and registers[_NUMBER] in _WRITING:
            name = _WRITING[registers[_NUMBER]]
            is_entry = _refuse(child, registers, code)
    now = last_run(folder)
    is_written = (now.number if now else 0) > (before.number if before else 0)
    assert is_written == (status == 0), f"{name}: said {status}, written {is_written}"
    return name


def _refuse(child: int, registers: ctypes.Array[ctypes.c_ulonglong], code: int) -> bool:
    """Have the call that a child enters do nothing and give an error; whether it is entered."""
    registers[_NUMBER] = (1 << 64) - 1
    LIBC.ptrace(_SETREGS, child, None, ctypes.addressof(registers))
    _next_stop(child)
    LIBC.ptrace(_GETREGS, child, None, ctypes.addressof(registers))
    registers[_RAX] = (1 << 64) - code
    LIBC.ptrace(_SETREGS, child, None, ctypes.addressof(registers))
    return False


def _traced(folder: Path) -> int:
    def act() -> None:
        LIBC.ptrace(_TRACEME, 0, None, None)
        os.kill(os.getpid(), 19)
        try:
            write(folder, "refused")
        except BaseException:
            os._exit(2)

    child = forked(act)
    os.waitpid(child, 0)
    return child


def _next_stop(child: int) -> int | None:
    """Let a traced child go on to its next stop; its exit status where it ended."""
    LIBC.ptrace(_SYSCALL, child, None, None)
    _, status = os.waitpid(child, 0)
    return None if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    rounds = failing(int(sys.argv[1]))
    print(f"{len(rounds)} system calls failed, torn: {[each for each in rounds if each]}")
