"""A real server of Postgres, from Debian's package, in a folder of its own: it listens on a socket
there and on no port.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

_PACKAGES = Path("/usr/lib/postgresql")
_USER = "postgres"
ABSENT = "Postgres is not installed here (Debian: postgresql), or psycopg is not"


class Absent(Exception):
    """There is no server that can be started here."""


@dataclass(frozen=True)
class Server:
    """A server in `folder`, whose programs lie in `programs`."""

    folder: Path
    programs: Path

    @property
    def address(self) -> str:
        """The address of its database."""
        return f"postgresql://exvivo@/postgres?host={quote(str(self.folder), safe='')}"

    def make(self) -> None:
        """Make its files."""
        self._run("initdb", "--no-sync", "-A", "trust", "-U", "exvivo", "-E", "UTF8", "--no-locale")

    def start(self) -> None:
        """Start it; it answers then."""
        settings = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-w", "-l", log, "-o", settings, "start")

    def stop(self, how: str = "immediate") -> None:
        """Stop it: `immediate` is a crash, which leaves what was committed in its log."""
        self._run("pg_ctl", "-w", "-m", how, "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), "-D", str(self.folder / "data"), *arguments]
        as_user = ["runuser", "-u", _USER, "--"] if os.geteuid() == 0 else []
        done = subprocess.run([*as_user, *command], cwd="/", capture_output=True, text=True)
        assert not done.returncode, done.stdout + done.stderr


def programs() -> Path | None:
    """Where the programs of the newest server lie, if there is one that can be started here."""
    there = sorted(_PACKAGES.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return there[-1].parent if there and (os.geteuid() or _has_user()) else None


def _has_user() -> bool:
    try:
        return bool(pwd.getpwnam(_USER)) and shutil.which("runuser") is not None
    except KeyError:
        return False


@contextmanager
def running() -> Iterator[Server]:
    """A server while the block lasts. Raises `Absent`."""
    there = programs()
    if there is None or find_spec("psycopg") is None:
        raise Absent(ABSENT)
    folder = Path(tempfile.mkdtemp(prefix="exvivo-pg-", dir="/tmp"))  # a socket's path is short
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _USER)
        server = Server(folder, there)
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
