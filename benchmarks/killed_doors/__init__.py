"""Doors that are killed at any moment while people ask for runs: is each job done, and once? And a
server of Postgres that stops under load: is anything lost that was acknowledged?
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Event
from typing import cast

from benchmarks import postgres_server
from benchmarks.killed_doors.stops import stopped_under_load
from benchmarks.row import Row
from exvivo import store
from exvivo.web.database import DATABASE, open_database
from exvivo.web.jobs import Job, Queue, Workers

QUICK = (sys.executable, str(Path(__file__).parent / "quick_run.py"))
"""The command of a job whose run is quick."""
_STUDIES = ("p", "q", "r")
_LEASE = 1.0
_MOST_EVENTS = 8
"""Things that become of two jobs on their way, and a little of the next."""
_KILLS, _KILLS_OVER_POSTGRES, _STOPS = 500, 100, 10
_SERIES = 5
"""Series of kills over SQLite, each with studies of its own."""


@dataclass(frozen=True)
class Outcome:
    """What became of jobs: `wrong` are those that are lost, not done, or done more than once;
    `outlived` counts the kills after which a process of a job was there for longer than a lease.
    """

    jobs: int
    taken: int
    outlived: int
    wrong: list[str] = field(default_factory=list)


def killed(address: str, root: Path, *, kills: int, jobs: int, seed: int = 1) -> Outcome:
    """Ask for runs of three studies below `root` while doors are killed, each after a random number
    of things that became of the jobs, so that a busy computer is hit at the same moments as a free
    one; then let one finish.
    """
    rng, database = random.Random(seed), open_database(address)
    queue, start, asked = Queue(database, lease=_LEASE), _doors(address, root), set[str]()
    for name in _STUDIES:
        (root / name).mkdir(parents=True, exist_ok=True)
    outlived = 0
    for kill in range(kills):
        if len(asked) < jobs:
            asked |= {queue.ask(name, str(kill)).id for name in _STUDIES}
        outlived += not _wait(lambda: not _alive(root), 5 * _LEASE)
        door = start()
        _wait(_later(queue, rng.randint(0, _MOST_EVENTS)), 20.0)
        time.sleep(rng.uniform(0.0, 0.1))
        _kill(door)
    last = start()
    _wait(lambda: not any(job.is_open for job in queue.everywhere()), 60.0 + kills)
    _kill(last)
    done = queue.everywhere(10 * jobs + 1000)
    database.close()
    wrong = list(_wrong(done, asked, root))
    return Outcome(len(asked), sum(job.token for job in done), outlived, wrong)


def _later(queue: Queue, events: int) -> Callable[[], bool]:
    """Whether so many things became of the jobs since now: one was taken, came a step on, ended."""

    def count() -> int:
        jobs = queue.everywhere(10_000)
        return sum(
            job.token + job.steps + (job.head is not None) + 2 * (not job.is_open) for job in jobs
        )

    due = count() + events
    return lambda: count() >= due


def _alive(root: Path) -> bool:
    """Whether the process of a job is still there (Linux)."""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = process.read_bytes().split(b"\0")
            if os.fsencode(QUICK[1]) in words and any(
                w.startswith(os.fsencode(root)) for w in words
            ):
                return True
    return False


def _wrong(jobs: list[Job], asked: set[str], root: Path) -> list[str]:
    """What is not as it should be, in words."""
    known = {job.id for job in jobs}
    wrong = [f"lost: {job}" for job in asked - known]
    wrong += [f"{job.state}: {job.id} {job.outcome}" for job in jobs if job.state != "done"]
    rows = Counter((job.study, job.facts.get("row")) for job in jobs)
    wrong += [f"one run for {n} jobs: {row}" for row, n in rows.items() if n > 1]
    for name in _STUDIES:
        made = sum(entry.is_run for entry in store.entries(root / name))
        due = sum(job.study == name for job in jobs)
        wrong += [f"{made} runs of {name} for {due} jobs"] if made != due else []
    return wrong


def _doors(address: str, root: Path) -> Callable[[], BaseProcess]:
    """Starts doors, each a process of its own; it is at work when it is given back."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["exvivo.web.jobs", "exvivo.store"])

    def start() -> BaseProcess:
        ready = context.Event()
        arguments = (address, str(root), cast(Event, ready))
        process = context.Process(target=_serve, args=arguments, daemon=True)
        process.start()
        assert ready.wait(60)
        return process

    return start


def _serve(address: str, root: str, ready: Event) -> None:
    """The workers of a door, until they are killed."""
    queue = Queue(open_database(address), lease=_LEASE)
    Workers(queue, lambda study: Path(root) / study, count=2, program=QUICK).start()
    ready.set()
    time.sleep(3600)


def _kill(process: BaseProcess) -> None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()


def _wait(holds: Callable[[], bool], seconds: float) -> bool:
    """Wait until something holds; gives whether it did in so many seconds."""
    end = time.monotonic() + seconds
    while not (is_so := holds()) and time.monotonic() < end:
        time.sleep(0.02)
    return is_so


def _one_series(root: Path, seed: int) -> Outcome:
    root.mkdir()
    kills = _KILLS // _SERIES
    return killed(str(root / DATABASE), root, kills=kills, jobs=kills, seed=seed)


def rows() -> list[Row]:
    """500 kills over SQLite, 100 over Postgres, ten stops of its server."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        lite = [_one_series(root / f"lite {seed}", seed) for seed in range(_SERIES)]
        with postgres_server.running() as server:
            many = killed(server.address, root / "many", kills=_KILLS_OVER_POSTGRES, jobs=100)
            told = stopped_under_load(server, stops=_STOPS, seconds=1.0)
    return [
        Row(
            what=f"jobs asked for while doors were killed {_KILLS} times",
            value=sum(each.jobs for each in lite),
            unit="jobs",
        ),
        Row(what="takings of them", value=sum(each.taken for each in lite), unit="takings"),
        Row(
            what="kills that a process outlived",
            value=sum(each.outlived for each in (*lite, many)),
            unit="kills",
        ),
        Row(
            what="jobs lost, or run twice",
            value=sum(len(each.wrong) for each in lite),
            unit="jobs",
            bar="<= 0",
        ),
        Row(
            what=f"the same over Postgres, {_KILLS_OVER_POSTGRES} kills",
            value=len(many.wrong),
            unit="jobs",
            bar="<= 0",
        ),
        Row(
            what="writes acknowledged around ten crashes of Postgres",
            value=told.acknowledged,
            unit="rows",
        ),
        Row(what="of these lost", value=told.lost, unit="rows", bar="<= 0"),
        Row(
            what="other errors than that it is away",
            value=len(told.strange),
            unit="errors",
            bar="<= 0",
        ),
    ]
