"""The process of a job, as its worker holds it."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHILD = (sys.executable, "-m", "exvivo.web.jobs.child")
"""The command of the process."""
PARENT = "EXVIVO_DOOR"
"""The variable by which the process knows the id of its parent, which may be gone already."""
_KEPT_LINES = 40
_PATIENCE = 10.0
"""Seconds for a process that was told to end."""


@dataclass
class Process:
    """A process that runs a study. What it says comes as objects; `None` when it has ended."""

    process: subprocess.Popen[str]
    _said: queue.SimpleQueue[dict[str, Any] | None] = field(default_factory=queue.SimpleQueue)
    _errors: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT_LINES))
    _readers: list[threading.Thread] = field(default_factory=list)

    @classmethod
    def start(cls, program: tuple[str, ...], folder: Path, *told: str) -> Process:
        """Start it, `told` the head and what else the job is about. The thread that does so has to
        live as long as the process: the system ends a process with the thread that made it.
        """
        started = subprocess.Popen(
            [*program, str(folder), *told],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, "PYTHONUTF8": "1", PARENT: str(os.getpid())},
            start_new_session=True,  # Ctrl-C at the door is for the door to pass on
        )
        made = cls(started)
        for read in (made._read_output, made._read_errors):
            thread = threading.Thread(target=read, daemon=True)
            thread.start()
            made._readers.append(thread)
        return made

    def next(self, wait: float) -> dict[str, Any] | None:
        """What it says next, `{}` where that is nothing within `wait` seconds; None when it has
        ended.
        """
        try:
            return self._said.get(timeout=wait)
        except queue.Empty:
            return {}

    def end(self) -> None:
        """End it now: the record of the study stands whenever that is."""
        self.process.kill()
        self.process.wait(_PATIENCE)
        self.close()

    def close(self) -> None:
        """Let go of one that has ended."""
        for thread in self._readers:
            thread.join(_PATIENCE)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    @property
    def errors(self) -> str:
        """The last lines that it wrote to its error stream."""
        return "".join(self._errors)

    def _read_output(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if isinstance(said := _parsed(line), dict):
                self._said.put(said)
        self.process.wait()
        self._said.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self._errors.extend(self.process.stderr)


def _parsed(line: str) -> object:
    """What a line says; nothing where it is not of ours."""
    try:
        return json.loads(line)
    except ValueError:
        return None
