"""How far a simulation is, and how long it will still take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """How far it is. `kept` are the studies that stood in files when it began; `seconds` is how
    long it has been working since; `workers` is how many work on it, 0 while none has come.
    """

    parts: int
    parts_of: int
    studies: int
    studies_of: int
    kept: int
    seconds: float
    workers: int

    @property
    def seconds_left(self) -> float | None:
        """How long it will still take at the pace so far; None before the first part is made.

        >>> Standing(2, 4, 200, 400, kept=0, seconds=6.0, workers=1).seconds_left
        6.0
        """
        made = self.studies - self.kept
        return (self.studies_of - self.studies) / made * self.seconds if made > 0 else None


Progress = Callable[[Standing], None]
"""Called with each part that is made, and every few seconds in between on a cluster."""


def unwatched(standing: Standing) -> None:
    """Progress that nobody watches."""
    del standing
