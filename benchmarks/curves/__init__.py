"""Calibration curves: their optimum, cost, coverage and ranges, beside vendors and peers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.curves import hook, xponent
from benchmarks.row import Row


def rows(*, sets: Sequence[Path] = ()) -> list[Row]:
    """What was measured; `sets` are folders of plates whose own figures are added."""
    return [*xponent.rows(), *hook.rows()]
