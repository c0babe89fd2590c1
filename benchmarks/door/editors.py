"""Two people who change one study in any order, and a process that is killed while it saves: what
is lost of what was acknowledged.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from numpy.random import Generator, default_rng
from two_editors import PLACES, begin, lost, lost_by_kills

from benchmarks.row import Row


def rows(*, quick: bool = False) -> Iterator[Row]:
    """Interleavings, and kills."""
    interleavings, kills = (20, 5) if quick else (1000, 100)
    rng = default_rng(16)
    with tempfile.TemporaryDirectory(prefix="exvivo-editors-") as room:
        yield Row(
            what=f"edits: acknowledged values lost, {interleavings} orders of two people",
            value=sum(_lost(Path(room) / str(n), n, rng) for n in range(interleavings)),
            unit="values",
            bar="<= 0",
        )
        yield Row(
            what=f"edits: acknowledged values lost, {kills} kills while saving",
            value=lost_by_kills(begin(Path(room) / "killed"), rng, kills),
            unit="values",
            bar="<= 0",
        )


def _lost(folder: Path, number: int, rng: Generator) -> int:
    file = list(PLACES)[number % len(PLACES)]
    return lost(begin(folder), file, rng, saves=4)
