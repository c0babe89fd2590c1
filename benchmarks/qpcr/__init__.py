"""RT-qPCR: curves to Cq, calls, efficiencies and claims, beside published figures and peers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.qpcr import calls, controls, efficiency, published, stopped
from benchmarks.row import Row


def rows(*, sets: Sequence[Path] = ()) -> list[Row]:
    """What was measured; `sets` are folders of instrument files whose own figures are added."""
    return [
        *published.rows(),
        *calls.rows(sets=sets),
        *efficiency.rows(sets=sets),
        *stopped.rows(),
        *controls.rows(sets=sets),
    ]
