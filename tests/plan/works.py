"""Works of parts, as processes of their own import them: without pytest."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from numpy.random import SeedSequence, default_rng

from exvivo.errors import Mistake, StudyError


@dataclass(frozen=True)
class Means:
    """The mean of a few normal numbers, which takes so many seconds."""

    studies: int = 5
    shift: float = 0.0
    seconds: float = 0.0

    def run(self, seed: SeedSequence) -> pl.DataFrame:
        time.sleep(self.seconds)
        values = default_rng(seed).normal(self.shift, size=self.studies)
        return pl.DataFrame({"mean": [float(values.mean())], "studies": [self.studies]})


@dataclass(frozen=True)
class Ill:
    """Work that ends in one of several ways; `killed` only while its file is not there."""

    how: str
    once: Path | None = None

    def run(self, seed: SeedSequence) -> pl.DataFrame:
        match self.how:
            case "mistake":
                raise StudyError(Mistake("here", "this", "that", "mend it"))
            case "memory":
                raise MemoryError
            case "fault":
                raise ValueError("a fault of ours")
        if self.once is None or not self.once.exists():
            if self.once is not None:
                self.once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return Means().run(seed)
