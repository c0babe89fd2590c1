"""A part of a large simulation: a piece of work with a name, and what came of it.

A part draws its random numbers from the seed of the whole and its own name, never from who works on
it, when, or what was made before: entropy = (seed, sha256(name) as eight words of 32 bits), handed
to `numpy.random.SeedSequence` (O'Neill's seed_seq, as NumPy describes it). Parts that are to be
held against each other name one stream, and have the same numbers.
"""

from __future__ import annotations

import hashlib
import re
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import polars as pl
from numpy.random import SeedSequence

from exvivo.errors import Bug, Mistake, UserMistake
from exvivo.plan.parts.parquet import packed

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,119}")
_LESS = "give fewer --workers, or simulate fewer studies at a time"


class Work(Protocol):
    """What is to be made: a dataclass that can be pickled and holds all that it needs. It reads no
    file; a path in it is not looked at when two works are held against each other.
    """

    def run(self, seed: SeedSequence) -> pl.DataFrame:
        """The result; the same for the same work and seed."""
        ...


@dataclass(frozen=True)
class Part:
    """A piece of work. `name` is its own among the parts and fit to be that of a file; `studies` is
    how many studies it simulates, by which progress is counted. Its random numbers hang on
    `stream`; left out, on its name.
    """

    name: str
    work: Work
    studies: int
    stream: str = ""

    def task(self, key: str, seed: int) -> Task:
        """The part as a task, with the key of its result and the seed of the whole."""
        return Task(self.name, key, self.work, seed, self.stream or self.name)


@dataclass(frozen=True)
class Task:
    """A part that is to be made: `key` is the hash of all that its result depends on."""

    name: str
    key: str
    work: Work
    seed: int
    stream: str

    def reply(self) -> Reply:
        """Do the work: what came of it, whatever that is."""
        try:
            frame = self.work.run(seed_of(self.stream, self.seed))
            return Reply(packed(frame, self.key))
        except UserMistake as error:
            return Reply(mistakes=error.mistakes)
        except MemoryError:
            memory = Mistake(self.name, "no memory left", "memory for all of its studies", _LESS)
            return Reply(mistakes=(memory,))
        except Exception:
            return Reply(fault=f"part {self.name}: {traceback.format_exc()}")


@dataclass(frozen=True)
class Reply:
    """What came of a part: its content, or the user's mistakes, or the text of a fault of ours."""

    content: bytes = b""
    mistakes: tuple[Mistake, ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class Outcome:
    """A reply to a task; without a task only a sign of life. `workers` is how many there are."""

    workers: int
    task: Task | None = None
    reply: Reply | None = None


def seed_of(name: str, seed: int) -> SeedSequence:
    """The seed of a part, from that of the whole (0 or more) and the name of its stream.

    >>> seed_of("14v10", 1).generate_state(1) == seed_of("14v10", 1).generate_state(1)
    array([ True])
    """
    digest = hashlib.sha256(name.encode()).digest()
    words = (int.from_bytes(digest[i : i + 4], "big") for i in range(0, len(digest), 4))
    return SeedSequence([seed, *words])


def check_names(names: Iterable[str]) -> None:
    """Raises `Bug` for names that two files cannot have on every computer."""
    seen: set[str] = set()
    for name in names:
        if not _NAME.fullmatch(name) or name.lower() in seen:
            raise Bug(f"{name!r} cannot be the name of a part, or another one has it")
        seen.add(name.lower())


def ended_too_often(name: str, times: int) -> Mistake:
    """The mistake of a part whose process does not live to its end."""
    return Mistake(
        f"the simulation of {name}",
        f"its process was ended {times} times, which is what happens when memory runs out",
        "a process that lives until its studies are simulated",
        _LESS,
    )
