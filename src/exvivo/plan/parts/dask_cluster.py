"""Parts made on a cluster of Dask `distributed`. Only work goes there and only results come back:
no disk need be shared. A part whose worker is lost is made again by another one.

Whoever makes a part has the very code and packages of whoever asks for it, or it is refused: the
numbers are to be the same wherever they are made.
"""

from __future__ import annotations

import queue
import shutil
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from exvivo.errors import Mistake, StudyError
from exvivo.plan.parts.key import MadeBy, Other, made_by, others_here
from exvivo.plan.parts.part import Outcome, Reply, Task, ended_too_often

SLURM = "slurm"
"""The word for a cluster that is started as jobs of SLURM."""
MOST_ENDS = 5
"""How many times workers may be lost over one part before it is given up. Dask loses three itself
before it says so once (`distributed.scheduler.allowed-failures`).
"""
_ASKED = 64
"""Parts that are asked for at once, and at least twice as many as there are threads: a cluster that
grows with its work sees that there is some.
"""
_PATIENCE = 30.0
"""Seconds in which a scheduler has to answer."""
_LONGEST = 300.0
"""Seconds in which a worker has to hand over a result that it has made."""
_TICK = 2.0
"""Seconds without a result after which there is a sign of life."""
_WHERE = "--scheduler"
_INSTALL = "install Dask beside exvivo: pip install 'exvivo[scale]'"
_SAME = "install there what is installed here (`pip freeze`), then run the command again"
_AGAIN = "see to the scheduler, then run the command again: what is made is kept"


def by_dask(tasks: Sequence[Task], address: str, jobs: int) -> Generator[Outcome, None, None]:
    """What comes of the tasks, as it comes. `jobs` are those to be asked of SLURM."""
    with _client(address, jobs) as client:
        yield from _Asked(client, list(tasks)).outcomes()


class _Asked:
    """What the cluster is asked to make: a window over the tasks that moves on."""

    def __init__(self, client: Any, tasks: list[Task]) -> None:
        self.client, self.left = client, tasks[::-1]
        self.asked: dict[Any, Task] = {}
        self.done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.ends: Counter[str] = Counter()
        self.numbers = count()

    def outcomes(self) -> Generator[Outcome, None, None]:
        """Ask, and give what comes, until nothing is left."""
        while self.left or self.asked:
            workers = _threads(self.client)
            while self.left and len(self.asked) < max(_ASKED, 2 * workers):
                self._ask(self.left.pop())
            try:
                future = self.done.get(timeout=_TICK)
            except queue.Empty:
                _refuse_lost(self.client)
                yield Outcome(workers)
                continue
            yield self._outcome(future, workers)

    def _ask(self, task: Task) -> None:
        key = f"exvivo-{task.name}-{next(self.numbers)}-{task.key[:12]}"
        future = self.client.submit(_remote, task, made_by(), key=key, pure=False)
        self.asked[future.key] = task
        future.add_done_callback(self.done.put)

    def _outcome(self, future: Any, workers: int) -> Outcome:
        task = self.asked.pop(future.key)
        reply = self._reply(future, task)
        future.release()
        if reply is None:
            self.left.append(task)
            return Outcome(workers)
        return Outcome(workers, task, reply)

    def _reply(self, future: Any, task: Task) -> Reply | None:
        """What came of a task; None where it is to be asked for again."""
        from distributed import KilledWorker

        try:
            reply, others = future.result(timeout=_LONGEST)
        except KilledWorker:
            return self._lost(task)
        except ModuleNotFoundError as error:
            raise StudyError(_lacking(str(error))) from error
        except Exception as error:
            _refuse_lost(self.client)
            if future.status == "error":
                return Reply(fault=f"part {task.name}: {type(error).__name__}: {error}")
            return self._lost(task)  # Its worker was lost with the result.
        if others:
            raise StudyError([_other(*each) for each in others])
        given: Reply = reply
        return given

    def _lost(self, task: Task) -> Reply | None:
        self.ends[task.name] += 1
        if self.ends[task.name] < MOST_ENDS:
            return None
        return Reply(mistakes=(ended_too_often(task.name, MOST_ENDS),))


def _remote(task: Task, asked_by: MadeBy) -> tuple[Reply, list[Other]]:
    """Make a part on a worker, unless its numbers could be others than where it is asked for."""
    others = others_here(asked_by)
    return (Reply(), others) if others else (task.reply(), [])


@contextmanager
def _client(address: str, jobs: int) -> Iterator[Any]:
    """A client of the cluster. Raises `StudyError` where there is none."""
    try:
        import distributed
    except ModuleNotFoundError as error:
        raise StudyError(
            Mistake(_WHERE, "Dask is not installed", "dask and distributed", _INSTALL)
        ) from error
    with _slurm(jobs) if address == SLURM else _given(address) as scheduler:
        try:
            client = distributed.Client(**scheduler, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise StudyError(_no_answer(address, error)) from error
        try:
            yield client
        finally:
            with suppress(Exception):
                client.close(timeout=_PATIENCE)


@contextmanager
def _given(address: str) -> Iterator[dict[str, Any]]:
    """A scheduler by its address, or by the file that it writes when it has started."""
    if not address.endswith(".json"):
        yield {"address": address}
        return
    end = time.monotonic() + _PATIENCE
    while not Path(address).is_file():
        if time.monotonic() > end:
            raise StudyError(_no_answer(address, FileNotFoundError("no such file")))
        time.sleep(0.1)
    yield {"scheduler_file": address}


@contextmanager
def _slurm(jobs: int) -> Iterator[dict[str, Any]]:
    """A scheduler in this process, whose workers are jobs of SLURM. They are asked for as
    jobqueue.yaml of Dask says.
    """
    try:
        from dask_jobqueue import SLURMCluster
    except ModuleNotFoundError as error:
        cure = "install it beside exvivo: pip install 'exvivo[slurm]'"
        raise StudyError(
            Mistake(_WHERE, "dask-jobqueue is not installed", "dask-jobqueue", cure)
        ) from error
    if shutil.which("sbatch") is None:
        cure = (
            "give this command on a computer that can submit jobs, as the login node of a cluster"
        )
        raise StudyError(Mistake(_WHERE, "no command `sbatch`", "SLURM", cure))
    try:
        cluster = SLURMCluster()
    except (ValueError, TypeError, OSError) as error:
        cure = "write them below `jobqueue: slurm:` in ~/.config/dask/jobqueue.yaml"
        expected = "the cores, memory and queue of a job"
        detail = str(error).partition("\n")[0]
        raise StudyError(Mistake(_WHERE, detail, expected, cure)) from error
    try:
        cluster.scale(jobs=jobs)
        yield {"address": cluster}
    finally:
        with suppress(Exception):
            cluster.close()


def _threads(client: Any) -> int:
    """How many threads work there now."""
    workers = client.scheduler_info(n_workers=-1)["workers"].values()
    return sum(int(worker["nthreads"]) for worker in workers)


def _refuse_lost(client: Any) -> None:
    """Raises `StudyError` where the scheduler is gone."""
    if client.status != "running":
        expected = "a scheduler that runs until all is simulated"
        raise StudyError(Mistake(_WHERE, "the scheduler went away", expected, _AGAIN))


def _no_answer(address: str, error: Exception) -> Mistake:
    expected = f"the address of a Dask scheduler (tcp://host:8786), its file, or {SLURM}"
    detail = str(error) or type(error).__name__
    cure = "start one (`dask scheduler`), or correct the address"
    return Mistake(_WHERE, f"no scheduler at '{address}' ({detail})", expected, cure)


def _lacking(detail: str) -> Mistake:
    expected = "workers with the same exvivo as here"
    return Mistake(_WHERE, f"a worker without a module ({detail})", expected, _SAME)


def _other(name: str, there: str, here: str) -> Mistake:
    shown = 12 if name == "exvivo" else None
    what = f"the code of {name}" if shown else name
    return Mistake(
        _WHERE,
        f"a worker whose {what} is {there[:shown]}",
        f"{what} {here[:shown]}, as here",
        _SAME,
    )
