"""RT-qPCR: curves to Cq, calls, efficiencies and claims, beside published figures and peers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.qpcr import controls, published
from benchmarks.row import Row


def rows(*, sets: Sequence[Path] = ()) -> list[Row]:
    """What was measured; `sets` are folders of instrument files whose own figures are added."""
    return published.rows() + controls.rows(sets=sets)
