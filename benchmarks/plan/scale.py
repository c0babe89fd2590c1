"""Virtual studies in parts: two workers beside one, and what is lost when a run, its processes or
the workers of a cluster are killed.

`python -m benchmarks.plan scale`. Times are of the wall: measure on an idle computer.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.random import Generator, SeedSequence, default_rng

from benchmarks.row import Row
from exvivo.plan.parts import Part, run_parts
from exvivo.simulate import ModelStudy
from exvivo.simulate.design import records
from exvivo.simulate.population import DataModel, data_model, draw

KILLS = 20
WORKER_KILLS = 20
CLUSTER_KILLS = 10
_PARTS = 64
_STUDIES, _MORE = 2000, 4000
"""Studies of a part where something is killed, and where time is taken."""
_SEED = 17
_TURNS = 3
_BETWEEN = (0.2, 2.0)
"""Seconds after which something is killed, at random between these."""
Bytes = dict[str, bytes]
"""The results of a folder, by their names."""


@dataclass(frozen=True)
class Studies:
    """Studies of a model with all their wells: each response, and its Welch t."""

    model: DataModel
    studies: int

    def run(self, seed: SeedSequence) -> pl.DataFrame:
        """One row a series: means over the studies."""
        means = draw(self.model, self.studies, rng=default_rng(seed)).means
        first, second = (means[:, self.model.group == group] for group in (0, 1))
        error = first.var(1, ddof=1) / first.shape[1] + second.var(1, ddof=1) / second.shape[1]
        t = (first.mean(1) - second.mean(1)) / np.sqrt(error)
        claims = (np.abs(t) > 2.1).mean(0)
        return pl.DataFrame({"t": t.mean(0), "claims": claims})


def parts(total: int = _PARTS, studies: int = _STUDIES) -> list[Part]:
    """Parts of the model study, 14 v 10."""
    study = records(ModelStudy())
    groups = tuple(replace(g, n=n) for g, n in zip(study.groups, (14, 10), strict=True))
    work = Studies(data_model(replace(study, groups=groups), wells=6), studies)
    return [Part(f"part-{i:03}", work, studies) for i in range(total)]


def rows() -> list[Row]:
    """What was measured."""
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        measured = [*_two_workers(folder)]
        run_parts(parts(), seed=_SEED, folder=folder / "whole")
        whole = _bytes(folder / "whole")
        measured += _killed_runs(folder / "runs", whole)
        measured += _killed_processes(folder, whole)
        return [*measured, *_killed_cluster(folder, whole)]


def _two_workers(room: Path) -> Iterator[Row]:
    """The whole work by one process and by two, in turn."""
    wall: dict[int, list[float]] = {1: [], 2: []}
    cpu: dict[int, list[float]] = {1: [], 2: []}
    for turn in range(_TURNS):
        for workers in wall:
            begin, used = time.monotonic(), _cpu()
            folder = room / f"{workers}-{turn}"
            run_parts(parts(studies=_MORE), seed=_SEED, folder=folder, workers=workers)
            wall[workers].append(time.monotonic() - begin)
            cpu[workers].append(_cpu() - used)
    one, two = min(wall[1]), min(wall[2])
    alike = all(_bytes(room / f"2-{turn}") == _bytes(room / "1-0") for turn in range(_TURNS))
    studies = f"{_PARTS * _MORE:,} studies"
    yield Row(what=f"{studies} by one process", value=one, unit="s")
    yield Row(what=f"{studies} by two processes", value=two, unit="s")
    yield Row(what="two local workers over one", value=one / two, unit="x", bar=">= 1.7")
    yield Row(what="CPU of two over that of one", value=min(cpu[2]) / min(cpu[1]), unit="x")
    yield Row(what="their results are the same bytes", value=alike, unit="", bar=">= 1")


def _cpu() -> float:
    """CPU seconds of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _killed_runs(folder: Path, whole: Bytes) -> Iterator[Row]:
    """A run with two workers that is killed again and again, and started again."""
    rng, lost, left, kept = default_rng(_SEED), 0, 0, dict[str, int]()
    for number in range(KILLS):
        process = _run_alone(folder)
        _wait(lambda: len(_children(process.pid)) == 2)  # noqa: B023
        most = rng.uniform(*_BETWEEN) if number % 2 else 20
        _wait(lambda: len(_times(folder)) > len(kept), most)  # noqa: B023
        time.sleep(rng.uniform(0, 0.2))
        children = _children(process.pid)
        process.kill()
        process.wait()
        lost += _lost(kept, folder)
        left += not _wait(lambda: not any(map(_lives, children)))  # noqa: B023
        kept = _times(folder)
    before = len(kept)
    run_parts(parts(), seed=_SEED, folder=folder)
    lost += _lost(kept, folder)
    what = f"{KILLS} kills -9 of a run of two workers"
    yield Row(what=f"{what}: parts after them", value=before, unit=f"of {_PARTS}")
    yield Row(what=f"{what}: parts lost or made twice", value=lost, unit="", bar="<= 0")
    yield Row(what=f"{what}: other bytes", value=_differ(folder, whole), unit="", bar="<= 0")
    yield Row(what=f"{what}: runs whose processes live on", value=left, unit="", bar="<= 0")


def _killed_processes(room: Path, whole: Bytes) -> Iterator[Row]:
    """Workers that are killed while runs go on."""
    killed = differ = 0
    rng = default_rng(1)
    while killed < WORKER_KILLS:
        folder = room / f"processes-{killed}"
        with _killing(lambda: _children(os.getpid()), WORKER_KILLS - killed, rng) as kills:
            run_parts(parts(), seed=_SEED, folder=folder, workers=2)
        killed, differ = killed + len(kills), differ + _differ(folder, whole)
    yield Row(what="kills -9 of one of two workers", value=killed, unit="", bar=">= 20")
    yield Row(what="after them: parts lost or with other bytes", value=differ, unit="", bar="<= 0")


def _killed_cluster(room: Path, whole: Bytes) -> Iterator[Row]:
    """Workers of a Dask cluster that are killed while runs go on."""
    killed = differ = 0
    rng = default_rng(2)
    with _cluster(room) as cluster:
        while killed < CLUSTER_KILLS:
            folder = room / f"cluster-{killed}"
            left = CLUSTER_KILLS - killed
            with _killing(cluster.alive, left, rng, after=cluster.start_worker) as kills:
                run_parts(parts(), seed=_SEED, folder=folder, scheduler=str(cluster.file))
            killed, differ = killed + len(kills), differ + _differ(folder, whole)
    what = "kills -9 of one of two Dask workers"
    yield Row(what=what, value=killed, unit="", bar=f">= {CLUSTER_KILLS}")
    yield Row(what="after them: parts lost or with other bytes", value=differ, unit="", bar="<= 0")


def _wait(until: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Wait until something is so; whether it was in time."""
    end = time.monotonic() + seconds
    while not (is_so := until()) and time.monotonic() < end:
        time.sleep(0.02)
    return is_so


@contextmanager
def _killing(
    alive: Callable[[], list[int]],
    times: int,
    rng: Generator,
    after: Callable[[], None] = lambda: None,
) -> Iterator[list[int]]:
    """Kill one of the processes that are alive, so many times; gives those that were killed."""
    kills: list[int] = []
    done = threading.Event()

    def kill() -> None:
        while len(kills) < times and not done.wait(rng.uniform(*_BETWEEN)):
            if processes := alive():
                kills.append(int(rng.choice(processes)))
                with suppress(ProcessLookupError):
                    os.kill(kills[-1], signal.SIGKILL)
                after()

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield kills
    finally:
        done.set()
        thread.join()


@dataclass
class _Cluster:
    """A Dask scheduler and workers, as a person starts them."""

    file: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_worker(self) -> None:
        """Start one more."""
        threads = ("--nthreads", "1", "--no-nanny", "--no-dashboard")
        self.workers.append(self.started("worker", *threads))

    def started(self, *command: str) -> subprocess.Popen[bytes]:
        """A process of Dask that finds the same modules as this one."""
        paths = os.pathsep.join(map(str, (Path.cwd(), *sys.path[1:])))
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *command, "--scheduler-file", str(self.file)],
            env={**os.environ, "PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1"},
            stderr=subprocess.DEVNULL,
        )

    def alive(self) -> list[int]:
        """The workers that run."""
        return [worker.pid for worker in self.workers if worker.poll() is None]


@contextmanager
def _cluster(room: Path) -> Iterator[_Cluster]:
    """A cluster of two workers."""
    cluster = _Cluster(room / "scheduler.json")
    scheduler = cluster.started("scheduler", "--port", "0", "--no-dashboard")
    try:
        if not _wait(cluster.file.exists, 60):
            raise SystemExit("the Dask scheduler did not start")
        for _ in range(2):
            cluster.start_worker()
        yield cluster
    finally:
        for process in (*cluster.workers, scheduler):
            process.kill()
            process.wait()


_ALONE = """
import sys
from pathlib import Path
from benchmarks.plan.scale import _SEED, parts
from exvivo.plan.parts import run_parts
run_parts(parts(), seed=_SEED, folder=Path(sys.argv[1]), workers=2)
"""


def _run_alone(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", _ALONE, str(folder)])


def _children(pid: int) -> list[int]:
    """The processes that a process has started, in their order."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return sorted(int(child) for path in tasks for child in path.read_text().split())


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def _times(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*.parquet")}


def _lost(kept: dict[str, int], folder: Path) -> int:
    """How many results that stood are gone, or were made again."""
    now = _times(folder)
    return sum(now.get(name) != when for name, when in kept.items())


def _bytes(folder: Path) -> Bytes:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.parquet"))}


def _differ(folder: Path, whole: Bytes) -> int:
    """How many results are not those of one process that nobody disturbed."""
    here = _bytes(folder)
    return sum(here.get(name) != content for name, content in whole.items())
