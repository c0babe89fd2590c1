"""A door as people run it: `exvivo open` in a process of its own, on a port of 127.0.0.1."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from itertools import count
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

SOURCE = Path(__file__).parents[2] / "src"
_NAMES = count(1)


@dataclass
class Served:
    """A running door: where it listens, the cookie that opens it, its folder of studies."""

    address: str
    cookie: tuple[str, str]
    root: Path
    process: subprocess.Popen[str]
    template: Callable[[], Path] | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a visitor who is in."""
        return {"Cookie": "=".join(self.cookie)}

    def study(self, name: str = "", *, of: Path | None = None) -> str:
        """A new study in the door: a copy of the demo with its results, or of another folder."""
        name = name or f"demo-{next(_NAMES)}"
        assert of or self.template, "a served door without a template"
        source = of or (self.template() if self.template else Path())
        shutil.copytree(source, self.root / name)
        return name

    def url(self, path: str) -> str:
        """The whole address of a path."""
        return self.address + path


class _Stay(HTTPRedirectHandler):
    """Follows no redirection."""

    def redirect_request(self, *_: object) -> None:
        """Nowhere."""


def opened(address: str) -> tuple[str, str]:
    """The cookie that the address with the token leaves."""
    try:
        answer = build_opener(_Stay).open(Request(address), timeout=30)
    except HTTPError as redirected:
        answer = redirected
        redirected.close()
    cookies = SimpleCookie(answer.headers.get("set-cookie", ""))
    assert cookies, f"{address} left no cookie: {answer.status}"
    return next((name, morsel.value) for name, morsel in cookies.items())


@contextmanager
def serving(
    root: Path, *, template: Callable[[], Path] | None = None, options: Sequence[str] = ()
) -> Iterator[Served]:
    """Run `exvivo open` on a folder until the block is left."""
    process = started(root, options)
    try:
        address = _address(process)
        base = address.split("/enter")[0]
        yield Served(base, opened(address), root, process, template)
    finally:
        stop(process)


def started(root: Path, options: Sequence[str] = ()) -> subprocess.Popen[str]:
    """The process, which dies with whoever reads its output."""
    command = [sys.executable, "-m", "exvivo", "open", str(root), "--no-browser", *options]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=_environment(root)
    )


def stop(process: subprocess.Popen[str], *, seconds: float = 10) -> None:
    """End a process that was started here, softly first."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


def _environment(root: Path) -> Mapping[str, str]:
    """Its own state, beside its studies, and one thread for the linear algebra."""
    path = os.pathsep.join([str(SOURCE), *filter(None, [os.environ.get("PYTHONPATH")])])
    own = {"PYTHONPATH": path, "XDG_STATE_HOME": str(root.parent / f"{root.name}-state")}
    few = {"OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "2", "PYTHONUNBUFFERED": "1"}
    return {**os.environ, **own, **few}


def _address(process: subprocess.Popen[str], *, seconds: float = 60) -> str:
    """What the process prints first, once it listens."""
    lines: list[str] = []
    assert process.stdout is not None
    reader = threading.Thread(
        target=lambda out: lines.append(out.readline()), args=[process.stdout]
    )
    reader.daemon = True
    reader.start()
    reader.join(seconds)
    assert lines and "http://" in lines[0], f"no address: {lines} (ended: {process.poll()})"
    address = lines[0].split()[-1]
    wait_until_it_answers(address.split("/enter")[0], seconds=seconds)
    return address


def wait_until_it_answers(base: str, *, seconds: float = 60) -> None:
    """Until the door answers anything at all."""
    until = time.monotonic() + seconds
    while True:
        try:
            build_opener(_Stay).open(f"{base}/static/icon.svg", timeout=5).close()
            return
        except HTTPError as answered:
            answered.close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
