"""Parts to one table: what is kept is taken, the rest is made by whoever is asked to."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from exvivo.errors import Bug, Mistake, StudyError
from exvivo.plan.parts.kept import Kept
from exvivo.plan.parts.key import Seen, key_of
from exvivo.plan.parts.parquet import unpacked
from exvivo.plan.parts.part import Outcome, Part, Reply, Task, check_names
from exvivo.plan.parts.standing import Progress, Standing, unwatched

Outcomes = Generator[Outcome, None, None]


def run_parts(
    parts: Sequence[Part],
    *,
    seed: int,
    folder: Path | None = None,
    workers: int = 1,
    scheduler: str = "",
    progress: Progress = unwatched,
) -> pl.DataFrame:
    """The results of all parts below one another, in the order of the parts. It has the same bytes
    whatever the number of workers and wherever they are.

    With a `folder` each result is kept there as a Parquet file as soon as it is made; the results
    that are there already, from the same work, seed and code, are taken. Killed at any moment it
    loses only what was being worked on: called again, it goes on.

    `workers` are processes of this computer (1: this very one). With a `scheduler` the parts are
    made on a Dask cluster: its address, its scheduler file, or `slurm` for `workers` jobs of SLURM.

    Raises `StudyError` with the mistakes of all parts, after the others were made; `Bug` for a
    fault of ours at once.
    """
    check_names(part.name for part in parts)
    _refuse_numbers(seed, workers)
    seen: Seen = {}
    tasks = [p.task(key_of(_named(p), p.work, seed, seen), seed) for p in parts]
    making = _Making(parts, Kept.at(folder), progress)
    waiting = making.not_kept(tasks)
    making.tell(0 if scheduler else workers)
    with closing(_outcomes(waiting, workers, scheduler)) as outcomes:
        for outcome in outcomes:
            if outcome.task is not None and outcome.reply is not None:
                making.take(outcome.task, outcome.reply)
            making.tell(outcome.workers)
    return making.whole()


def _named(part: Part) -> str:
    """The name of a part and that of its stream, which its result depends on."""
    return f"{part.name} {part.stream}".strip()


def _refuse_numbers(seed: int, workers: int) -> None:
    """Raises `StudyError` for numbers that cannot be worked with."""
    mistakes = []
    if seed < 0:
        cure = "give another --seed, or correct `plan: seed:` in study.yaml"
        mistakes.append(Mistake("the seed", str(seed), "a whole number from 0 on", cure))
    if workers < 1:
        cure = "give --workers 1, or as many as this computer has cores"
        mistakes.append(Mistake("--workers", str(workers), "1 or more", cure))
    if mistakes:
        raise StudyError(mistakes)


def _outcomes(tasks: Sequence[Task], workers: int, scheduler: str) -> Outcomes:
    """What comes of the tasks, as it comes."""
    if not tasks:
        return _none()
    if scheduler:
        from exvivo.plan.parts.dask_cluster import by_dask

        return by_dask(tasks, scheduler, workers)
    if workers > 1:
        from exvivo.plan.parts.processes import by_processes

        return by_processes(tasks, min(workers, len(tasks)))
    return _here(tasks)


def _none() -> Outcomes:
    yield from ()


def _here(tasks: Sequence[Task]) -> Outcomes:
    for task in tasks:
        yield Outcome(1, task, task.reply())


@dataclass
class _Making:
    """What is made of the parts so far. `kept` are those that stood there when it began."""

    parts: Sequence[Part]
    folder: Kept
    progress: Progress
    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    mistakes: dict[str, tuple[Mistake, ...]] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    begun: float = field(default_factory=time.monotonic)

    def not_kept(self, tasks: Sequence[Task]) -> list[Task]:
        """Take what stands there; gives the tasks that are left."""
        taken = {task.name: self.folder.take(task.name, task.key) for task in tasks}
        self.frames = {name: frame for name, frame in taken.items() if frame is not None}
        self.kept = frozenset(self.frames)
        return [task for task in tasks if task.name not in self.kept]

    def take(self, task: Task, reply: Reply) -> None:
        """Keep what came of a part. Raises `Bug` for a fault."""
        if reply.fault:
            raise Bug(reply.fault)
        if reply.mistakes:
            self.mistakes[task.name] = reply.mistakes
            return
        frame = unpacked(reply.content, task.key)
        if frame is None:
            raise Bug(f"part {task.name}: a result that is not whole")
        self.folder.keep(task.name, reply.content)
        self.frames[task.name] = frame

    def whole(self) -> pl.DataFrame:
        """All results. Raises `StudyError` with the mistakes of all parts."""
        names = [part.name for part in self.parts]
        if self.mistakes:
            raise StudyError(each for name in names for each in self.mistakes.get(name, ()))
        return pl.concat([self.frames[name] for name in names]) if names else pl.DataFrame()

    def tell(self, workers: int) -> None:
        """Say how far it is."""
        made = [part.studies for part in self.parts if part.name in self.frames]
        self.progress(
            Standing(
                parts=len(made),
                parts_of=len(self.parts),
                studies=sum(made),
                studies_of=sum(part.studies for part in self.parts),
                kept=sum(part.studies for part in self.parts if part.name in self.kept),
                seconds=time.monotonic() - self.begun,
                workers=workers,
            )
        )
