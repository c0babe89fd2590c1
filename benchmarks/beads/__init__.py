"""Bead events to names, counts and medians, beside peers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.beads import cba, legendplex
from benchmarks.row import Row


def rows(*, sets: Sequence[Path] = ()) -> list[Row]:
    """What was measured; `sets` are studies whose own figures are added (`cba`)."""
    return [*legendplex.rows(), *cba.rows(sets=sets)]
