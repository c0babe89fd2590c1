"""Workers: threads of the door, each of which takes jobs and holds the process of one at a time."""

from __future__ import annotations

import json
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exvivo.errors import ExvivoError, Mistake
from exvivo.web.database import Away
from exvivo.web.jobs.job import Job
from exvivo.web.jobs.past import head_of, run_since
from exvivo.web.jobs.process import CHILD, Process
from exvivo.web.jobs.queue import Lost, Queue

if TYPE_CHECKING:
    from exvivo.store import Run

_LOG = logging.getLogger("exvivo.web.jobs")
_PAUSE = 1.0
"""Seconds between two looks for a job that another host was asked for."""
_BEATS = 5
"""Beats in the time of a lease."""
_STEP = 0.3
"""Seconds between two steps that are written down."""
_PATIENCE = 20.0
_MOST_TAKEN = 50
"""How often a job is taken up again: one that brings its host down does so no more often."""


@dataclass
class Workers:
    """The workers of a door: `count` jobs at a time, of the studies that `folder_of` knows,
    each made by `program` (a command that is given folder and head, and of a job that is no run
    its kind and its wishes).
    """

    queue: Queue
    folder_of: Callable[[str], Path]
    count: int = 1
    program: tuple[str, ...] = CHILD
    _wake: threading.Event = field(default_factory=threading.Event)
    _closing: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin to take jobs."""
        self._closing.clear()
        for _ in range(self.count):
            thread = threading.Thread(target=self._work, name="exvivo-worker", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End the processes and give their jobs back, to be taken up when the door opens again."""
        self._closing.set()
        self._wake.set()
        for thread in self._threads:
            thread.join(_PATIENCE)
        self._threads.clear()

    @property
    def is_closing(self) -> bool:
        """Whether the door is about to close."""
        return self._closing.is_set()

    def wake(self) -> None:
        """Have a worker look at once."""
        self._wake.set()

    def _work(self) -> None:
        name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        while not self._closing.is_set():
            job = self._taken(name)
            if job is None:
                self._wake.wait(_PAUSE)
                self._wake.clear()
            else:
                self._tried(job)

    def _taken(self, name: str) -> Job | None:
        try:
            return self.queue.take(name)
        except ExvivoError as error:
            _LOG.warning("no job can be taken: %s", error)
            return None

    def _tried(self, job: Job) -> None:
        """Do a job. What goes wrong with the database leaves it to the next worker."""
        try:
            Doing(self.queue, job, self._closing, self.program).do(self.folder_of)
        except Lost:
            _LOG.warning("job %s was taken by another worker", job.id)
        except ExvivoError as error:
            _LOG.warning("job %s is left to the next worker: %s", job.id, error)
        except Exception:
            _LOG.exception("job %s is left to the next worker", job.id)


@dataclass
class Doing:
    """A job that is being done by a worker, which `closing` tells to give it back."""

    queue: Queue
    job: Job
    closing: threading.Event
    program: tuple[str, ...]
    steps: int = 0
    steps_of: int = 0
    step: str = "starting"
    written: float = 0.0
    held: float = field(default_factory=time.monotonic)
    """When the lease was last known to be ours, by the clock of this process."""

    def do(self, folder_of: Callable[[str], Path]) -> None:
        """Do it to its end, wherever that is. Raises `Lost`, or what the database refuses."""
        try:
            folder = folder_of(self.job.study)
            head = self.queue.note_head(self.job, head_of(folder))
        except (Lost, Away):
            raise
        except (ExvivoError, OSError) as error:
            self._failed(mistakes=[asdict(each) for each in _mistakes(error)])
            return
        if self.job.stop:
            self._cancelled(folder, head)
            return
        if self.job.token > _MOST_TAKEN:
            self._failed(fault=f"the door was ended {_MOST_TAKEN} times while this run was made")
            return
        process = Process.start(self.program, folder, head, *self.more)
        try:
            end = self._watched(process)
        except BaseException:
            process.end()
            raise
        self._ended(process, end, folder, head)

    @property
    def more(self) -> tuple[str, ...]:
        """What a process is told beside the folder and the head: nothing of a run."""
        return () if self.job.kind == "run" else (self.job.kind, self.job.wishes)

    def _watched(self, process: Process) -> dict[str, Any]:
        """Follow a process to its last word; `{}` where it was ended from here or had none."""
        last: dict[str, Any] = {}
        while (said := process.next(_STEP)) is not None:
            if "end" in said:
                last = said
            elif "step" in said:
                self.steps, self.step = said.get("steps", self.steps + 1), said["step"] or self.step
                self.steps_of = said.get("of", 0)
            if self.closing.is_set() or self.is_stopped(is_new="step" in said):
                process.end()
                return last
        process.close()
        return last

    def is_stopped(self, *, is_new: bool) -> bool:
        """Beat where it is time; gives whether somebody cancelled. A database that is away is
        waited for as long as the lease lasts.
        """
        now, beat = time.monotonic(), self.queue.lease / _BEATS
        if now - self.written < (min(_STEP, beat) if is_new else beat):
            return False
        try:
            stop = self.queue.beat(self.job, self.steps, self.step, self.steps_of)
        except Away:
            if time.monotonic() - self.held > self.queue.lease - beat:
                raise
            return False
        self.held = self.written = time.monotonic()
        return stop

    def _ended(self, process: Process, end: dict[str, Any], folder: Path, head: str) -> None:
        """Write down what became of it."""
        if end.get("end") == "done":
            self._done(end)
        elif end:
            mistakes = len(end.get("mistakes", ()))  # What they quote may name a person.
            told = process.errors or end.get("fault") or f"{mistakes} mistakes"
            _LOG.warning("job %s failed: %s", self.job.id, told)
            self._failed(**{name: end[name] for name in ("mistakes", "fault") if name in end})
        elif self.closing.is_set():
            self.queue.release(self.job)
        elif self.queue.beat(self.job, self.steps, self.step):
            self._cancelled(folder, head)
        else:
            self._broken(process, folder, head)

    def _cancelled(self, folder: Path, head: str) -> None:
        """Ended by somebody; done, where the run had come on record before."""
        made = self._run_since(folder, head)
        if made is None:
            self.queue.end(self.job, "cancelled")
        else:
            self._done({"row": made.number})

    def _broken(self, process: Process, folder: Path, head: str) -> None:
        """A process that ended without a word: killed by somebody, or by the system."""
        made = self._run_since(folder, head)
        if made is not None:
            self._done({"row": made.number})
            return
        code = process.process.returncode
        _LOG.error("job %s ended with %s: %s", self.job.id, code, process.errors)
        self._failed(fault=f"the process of the run was ended from outside ({code})")

    def _run_since(self, folder: Path, head: str) -> Run | None:
        """The run that was made: none by a job of another kind, which leaves no row."""
        return run_since(folder, head) if self.job.kind == "run" else None

    def _done(self, end: dict[str, Any]) -> None:
        facts = {name: end[name] for name in ("row", "verdicts") if name in end}
        self.queue.end(self.job, "done", json.dumps(facts))

    def _failed(self, **facts: Any) -> None:
        self.queue.end(self.job, "failed", json.dumps(facts))


def _mistakes(error: Exception) -> tuple[Mistake, ...]:
    """What to fix where a study cannot even be opened."""
    mistakes = getattr(error, "mistakes", ())
    if mistakes:
        return tuple(mistakes)
    cure = "look whether its folder is there and may be read"
    return (Mistake("the study", str(error), "a study that can be opened", cure),)
