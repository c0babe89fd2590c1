"""What befalls the writing of results: calls of the system and of SQLite that fail, full disks,
other users.
"""

from __future__ import annotations

import errno
import functools
import io
import os
import sqlite3
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from exvivo.store import Run, keep, last_run, study_hash, verify

NOBODY = 65534
ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
CALLS = (
    *((os, name) for name in ("mkdir", "rename", "fsync", "open", "unlink", "rmdir", "link")),
    (io, "open"),
)
"""The calls by which Python writes, moves and deletes."""


def a_run() -> Run:
    return Run(version="0", study_hash=study_hash(()), inputs=())


def writer(text: str) -> Callable[[Path], None]:
    def write(new: Path) -> None:
        (new / "report.html").write_text(text)
        (new / "tables").mkdir()
        (new / "tables" / "flags.csv").write_text(text)

    return write


class Failing:
    """Fails the call of a number, once or from then on, and counts calls otherwise."""

    def __init__(self, at: int, *, again: bool = False) -> None:
        self.at, self.again, self.calls = at, again, 0

    def fails(self) -> bool:
        self.calls += 1
        return self.calls == self.at or (self.again and self.calls > self.at)

    @property
    def fired(self) -> bool:
        return self.calls >= self.at

    def of_system(self, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def wrapped(*arguments: Any, **named: Any) -> Any:
            if self.fails():
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return call(*arguments, **named)

        return wrapped

    def of_sqlite(self) -> type[sqlite3.Connection]:
        failing = self

        class Connection(sqlite3.Connection):
            def execute(self, *arguments: Any) -> sqlite3.Cursor:
                if failing.fails():
                    error = sqlite3.OperationalError("in words that nothing depends on")
                    error.sqlite_errorcode = sqlite3.SQLITE_FULL
                    error.sqlite_errorname = "SQLITE_FULL"
                    raise error
                return super().execute(*arguments)

        return Connection


@contextmanager
def failing_calls(at: int, *, again: bool) -> Iterator[Failing]:
    """The call of a number fails: of Python's writing or of SQLite, counted together."""
    failing, connect = Failing(at, again=again), sqlite3.connect
    with pytest.MonkeyPatch.context() as patch:
        for module, name in CALLS:
            patch.setattr(module, name, failing.of_system(getattr(module, name)))
        made = functools.partial(connect, factory=failing.of_sqlite())
        patch.setattr(sqlite3, "connect", made)
        yield failing


def shown(folder: Path) -> str | None:
    """What the results of a folder say; None where there are none."""
    page = folder / "results" / "report.html"
    return page.read_text() if page.exists() else None


def runs_on_record(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "exvivo.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        count: int = connection.execute("SELECT count(*) FROM chain").fetchone()[0]
        return count


def is_whole(folder: Path) -> bool:
    """Whether what is shown is what is on record, as a person's next command finds it."""
    return last_run(folder) is None or verify(folder) == ()


def next_run_works(folder: Path) -> bool:
    """Whether the next run shows its own results and leaves nothing to tidy."""
    keep(folder, run=a_run(), write=writer("next"))
    hidden = list(folder.glob(".exvivo*"))
    return verify(folder) == () and shown(folder) == "next" and not hidden


def in_child(act: Callable[[], None], *, user: int | None = None) -> str:
    """Do something in a process of its own, as another user where one is named; gives what it
    raised as a text, empty where it went well.
    """
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            if user is not None:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
            act()
        except BaseException as error:  # whatever it is, the parent judges it
            detail = "" if isinstance(error, OSError) else traceback.format_exc()
            os.write(write, f"{type(error).__name__}: {error}\n{detail}".encode()[-60_000:])
        os._exit(0)
    os.close(write)
    with open(read, "rb") as pipe:  # noqa: PTH123
        text = pipe.read().decode()
    os.waitpid(child, 0)
    return text


@contextmanager
def shared_folder() -> Iterator[Path]:
    """A folder that every user of this machine may write."""
    with tempfile.TemporaryDirectory(prefix="exvivo-shared-") as name:
        Path(name).chmod(0o777)
        yield Path(name)


if sys.platform == "linux":

    @contextmanager
    def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
        """A disk of a few kilobytes. Raises `OSError` where this machine mounts none."""
        import ctypes

        folder.mkdir()
        libc = ctypes.CDLL(None, use_errno=True)
        options = f"size={kilobytes}k".encode()
        if libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, options):
            raise OSError(ctypes.get_errno(), "no disk can be mounted here")
        try:
            yield folder
        finally:
            libc.umount2(os.fsencode(folder), 2)
