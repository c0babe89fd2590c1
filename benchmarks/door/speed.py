"""Fifty people at once, a large file, and a report that a thousand readers open in one moment.

Times by the clock say something only where two cores are free; CPU seconds a request always do.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from door_server import Served, serving

from benchmarks.door.clients import at_once, cpu_of, forget_peak, memory_of, visits
from benchmarks.row import Row

MIB = 1 << 20


def rows(*, quick: bool = False) -> list[Row]:
    """Pages, an upload, readers of a report."""
    with tempfile.TemporaryDirectory(prefix="exvivo-door-") as room:
        root = Path(room) / "studies"
        root.mkdir()
        study = demo(Path(room) / "demo")
        compiled(root, Path(room) / "compiled")
        begun = time.perf_counter()
        with serving(root, template=lambda: study) as served:
            ready = time.perf_counter() - begun
            return [*_started(served, ready), *_measured(served, quick=quick)]


def compiled(root: Path, folder: Path) -> None:
    """Have the modules of a door compiled, as they are where it is installed: started once."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)
    with serving(root):
        pass


def demo(folder: Path) -> Path:
    """The model study with its results."""
    from numpy.random import default_rng

    from exvivo import run
    from exvivo.simulate import model_study, write

    write(model_study(rng=default_rng(1)), folder)
    run(folder)
    return folder


def _started(served: Served, seconds: float) -> Iterator[Row]:
    process = served.process.pid
    yield Row(what="door: ready (by the clock)", value=seconds, unit="s")
    yield Row(what="door: ready", value=cpu_of(process), unit="CPU s", bar="<= 1.5")
    yield Row(what="door: memory when ready", value=memory_of(process), unit="MB", bar="<= 150")


def _measured(served: Served, *, quick: bool) -> Iterator[Row]:
    yield from _pages(served, users=10 if quick else 50, clicks=5 if quick else 20)
    yield from _upload(served, 20 if quick else 100)
    yield from _readers(served, 100 if quick else 1000)


def _pages(served: Served, *, users: int, clicks: int) -> Iterator[Row]:
    """People who open pages, one a second each."""
    name = served.study("pages")
    base = f"/s/{name}"
    paths = ["/", *(base + each for each in ("", "/files", "/people", "/plates", "/plates/B1"))]
    paths += [base + each for each in ("/questions", "/check", "/runs", "/wells", "/record")]
    visits(served.address, paths, served.headers, users=1, clicks=2 * len(paths), pause=0)
    spent = cpu_of(served.process.pid)
    heard = visits(served.address, paths, served.headers, users=users, clicks=clicks, pause=1)
    spent = (cpu_of(served.process.pid) - spent) / max(1, len(heard.seconds))
    what = f"{users} users, a page a second each"
    yield Row(what=f"{what}: p95", value=1000 * heard.quantile(0.95), unit="ms", bar="<= 100")
    yield Row(what=f"{what}: median", value=1000 * heard.quantile(0.5), unit="ms")
    yield Row(what=f"{what}: a page", value=1000 * spent, unit="CPU ms")
    yield Row(what=f"{what}: errors", value=heard.errors, unit="", bar="<= 0")


def _upload(served: Served, size: int) -> Iterator[Row]:
    """A large file, sent in pieces."""
    study = served.study("upload")
    process = served.process.pid
    forget_peak(process)
    before, spent = memory_of(process), cpu_of(process)
    status = send(served, f"/s/{study}/files/raw/large.bin", size)
    more = memory_of(process, "VmHWM") - before
    what = f"an upload of {size} MB"
    yield Row(what=f"{what}: answered 2xx", value=float(200 <= status < 300), unit="", bar=">= 1")
    yield Row(what=f"{what}: memory more", value=more, unit="MB", bar="<= 50")
    yield Row(what=f"{what}: spent", value=cpu_of(process) - spent, unit="CPU s")


def send(served: Served, path: str, size: int, declared: int | None = None) -> int:
    """PUT so many MB of zeros, or fewer than are declared; gives the status, 0 for no answer. A
    door may refuse a file before it has come; one that waits for the rest is left after a moment.
    """
    host = urlsplit(served.address)
    connection = HTTPConnection(host.hostname or "", host.port, timeout=300)
    connection.putrequest("PUT", path)
    headers = {**served.headers, "Sec-Fetch-Site": "same-origin"}
    headers["Content-Length"] = str((declared or size) * MIB)
    for name, value in {**headers, "Content-Type": "application/octet-stream"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    with closing(connection):
        with suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(size):
                connection.send(bytes(MIB))
        if declared is not None and connection.sock is not None:
            connection.sock.settimeout(3)
        with suppress(OSError, HTTPException):
            return connection.getresponse().status
    return 0


def _readers(served: Served, connections: int) -> Iterator[Row]:
    """A report that many open in one moment."""
    name = served.study("report")
    process = served.process.pid
    path = f"/s/{name}/report/"
    at_once(served.address, path, served.headers, connections=1)
    spent = cpu_of(process)
    heard = at_once(served.address, path, served.headers, connections=connections)
    spent = (cpu_of(process) - spent) / connections
    what = f"a report, {connections} readers at once"
    yield Row(what=f"{what}: errors", value=heard.errors, unit="", bar="<= 0")
    yield Row(what=f"{what}: each", value=1000 * spent, unit="CPU ms", bar="<= 1")
    yield Row(what=f"{what}: p95", value=heard.quantile(0.95), unit="s", bar="<= 1")
    yield Row(what=f"{what}: memory", value=memory_of(process), unit="MB", bar="<= 200")
