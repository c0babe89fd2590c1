"""Parts made by processes of this computer. Each is held by a thread of its own; one that is killed
is replaced, and its part is made again.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from exvivo.plan.parts.child import READY, receive, send
from exvivo.plan.parts.part import Outcome, Reply, Task, ended_too_often

MOST_ENDS = 5
"""How many processes may end over one part before it is given up."""
_PROGRAM = (sys.executable, "-m", "exvivo.plan.parts.child")

Ended = tuple[Task, Reply | None]
"""A task and its reply; None where the process ended over it."""


def by_processes(tasks: Sequence[Task], workers: int) -> Generator[Outcome, None, None]:
    """What comes of the tasks, as it comes. When this is closed, the processes have ended."""
    ends: Counter[str] = Counter()
    left = len(tasks)
    with _lanes(workers) as (waiting, replies):
        for task in tasks:
            waiting.put(task)
        while left:
            task, reply = replies.get()
            if reply is None:
                ends[task.name] += 1
                if ends[task.name] < MOST_ENDS:
                    waiting.put(task)
                    continue
                reply = Reply(mistakes=(ended_too_often(task.name, MOST_ENDS),))
            left -= 1
            yield Outcome(workers, task, reply)


@contextmanager
def _lanes(
    workers: int,
) -> Iterator[tuple[queue.SimpleQueue[Task | None], queue.SimpleQueue[Ended]]]:
    """Threads that each hold a process: tasks go in by the first queue, replies come by the other.
    A thread starts its own process, since the system ends a process with the thread that made it.
    """
    waiting: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
    replies: queue.SimpleQueue[Ended] = queue.SimpleQueue()
    lanes = [_Lane(waiting, replies) for _ in range(workers)]
    threads = [threading.Thread(target=lane.run, daemon=True) for lane in lanes]
    for thread in threads:
        thread.start()
    try:
        yield waiting, replies
    finally:
        for lane in lanes:
            lane.end()
            waiting.put(None)
        for thread in threads:
            thread.join()


@dataclass
class _Lane:
    """One process after another, of which each works until it ends."""

    waiting: queue.SimpleQueue[Task | None]
    replies: queue.SimpleQueue[Ended]
    process: subprocess.Popen[bytes] | None = None
    has_ended: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Take tasks until there is None."""
        while (task := self.waiting.get()) is not None:
            try:
                reply = self._reply(task)
            except Exception:
                reply = Reply(fault=f"part {task.name}: {traceback.format_exc()}")
            self.replies.put((task, reply))
        self._let_go()

    def end(self) -> None:
        """End the process now, and start no other one."""
        with self.lock:
            self.has_ended = True
            if self.process is not None:
                self.process.kill()

    def _reply(self, task: Task) -> Reply | None:
        """What the process says to a task; None where it ended over it."""
        try:
            given, taken = self._streams()
            send(given, task)
            reply: Reply = receive(taken)
        except (OSError, EOFError):
            self._let_go()
            return None
        return reply

    def _streams(self) -> tuple[IO[bytes], IO[bytes]]:
        """Input and output of the process, which is started where there is none."""
        with self.lock:
            if self.has_ended:
                raise EOFError
            begins = self.process is None
            process = self.process = self.process or _started()
        assert process.stdin is not None and process.stdout is not None
        if begins and receive(process.stdout) != READY:
            raise EOFError
        return process.stdin, process.stdout

    def _let_go(self) -> None:
        with self.lock:
            process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                with suppress(OSError):
                    if stream is not None:
                        stream.close()


def _started() -> subprocess.Popen[bytes]:
    """A process that finds the same modules as this one. Ctrl-C is not for it: it ends with us."""
    path = os.pathsep.join(each or str(Path.cwd()) for each in sys.path)
    return subprocess.Popen(
        [*_PROGRAM, str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"OPENBLAS_NUM_THREADS": "1", **os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1"},
        start_new_session=True,
    )
