"""Many clients of a door at once, on 127.0.0.1, and what the process of the door spends on them."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Heard:
    """What the clients heard: seconds of each answer, statuses that were not 200, connections that
    failed.
    """

    seconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    @property
    def errors(self) -> int:
        """Answers that were none."""
        bad = sum(count for status, count in self.statuses.items() if status not in (200, 304))
        return bad + len(self.failures)

    def quantile(self, share: float) -> float:
        """The seconds that a share of the answers took at most."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def cpu_of(process: int) -> float:
    """CPU seconds that a process and its ended children spent until now."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICK


def memory_of(process: int, what: str = "VmRSS") -> float:
    """MB that a process holds (VmRSS), or held at most (VmHWM)."""
    lines = Path(f"/proc/{process}/status").read_text("ascii").splitlines()
    (line,) = (line for line in lines if line.startswith(f"{what}:"))
    return int(line.split()[1]) / 1024


def forget_peak(process: int) -> None:
    """Count the most that a process holds anew."""
    Path(f"/proc/{process}/clear_refs").write_text("5", encoding="ascii")


def visits(
    base: str,
    paths: Sequence[str],
    headers: dict[str, str],
    *,
    users: int,
    clicks: int,
    pause: float,
) -> Heard:
    """So many users at once, each of whom opens so many pages with a pause of a mean between."""

    async def all_of_them() -> Heard:
        heard = Heard()
        draw = random.Random(1)
        seeds = [draw.random() for _ in range(users)]
        await asyncio.gather(*(_user(seed, heard) for seed in seeds))
        return heard

    async def _user(seed: float, heard: Heard) -> None:
        draw = random.Random(seed)
        await asyncio.sleep(draw.uniform(0, pause))
        connection = _Connection(base, headers)
        for _ in range(clicks):
            await connection.get(draw.choice(paths), heard)
            await asyncio.sleep(draw.uniform(0, 2 * pause))
        await connection.close()

    return asyncio.run(all_of_them())


def at_once(base: str, path: str, headers: dict[str, str], *, connections: int) -> Heard:
    """So many connections that ask for one address in the same moment."""

    async def all_of_them() -> Heard:
        heard = Heard()
        start = asyncio.Event()
        tasks = [asyncio.create_task(_one(start, heard)) for _ in range(connections)]
        await asyncio.sleep(0.1)
        start.set()
        await asyncio.wait_for(asyncio.gather(*tasks), 120)
        return heard

    async def _one(start: asyncio.Event, heard: Heard) -> None:
        await start.wait()
        connection = _Connection(base, {**headers, "Accept-Encoding": "gzip"})
        await connection.get(path, heard)
        await connection.close()

    return asyncio.run(all_of_them())


@dataclass
class _Connection:
    """A connection that is kept, and opened again where the door closed it."""

    base: str
    headers: dict[str, str]
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str, heard: Heard) -> None:
        """Ask, and note what came."""
        begun = time.perf_counter()
        try:
            status = await asyncio.wait_for(self._get(path), 100)
        except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError) as error:
            self._streams = None
            heard.failures.append(f"{path}: {type(error).__name__} {error}")
            return
        heard.seconds.append(time.perf_counter() - begun)
        heard.statuses[status] = heard.statuses.get(status, 0) + 1

    async def _get(self, path: str) -> int:
        host = urlsplit(self.base).netloc
        server, _, port = host.partition(":")
        if self._streams is None:
            self._streams = await asyncio.open_connection(server, int(port))
        reader, writer = self._streams
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {host}",
            *(f"{k}: {v}" for k, v in self.headers.items()),
        ]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        await _body(reader, head)
        return int(head.split()[1])

    async def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()


async def _body(reader: asyncio.StreamReader, head: str) -> None:
    """Read a body to its end."""
    if "transfer-encoding: chunked" in head:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    elif "content-length:" in head:
        await reader.readexactly(int(head.split("content-length:")[1].split()[0]))
