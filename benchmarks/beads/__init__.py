"""Bead events to names, counts and medians, beside peers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.beads import legendplex
from benchmarks.row import Row


def rows(*, sets: Sequence[Path] = ()) -> list[Row]:
    """What was measured; `sets` are folders of FCS files whose own figures are added."""
    return legendplex.rows()
