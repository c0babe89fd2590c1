"""Calibration curves: their optimum, cost, coverage and ranges, beside vendors and peers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.curves import hook, outliers, ranges, xponent
from benchmarks.row import Row


def rows(*, sets: Sequence[Path] = ()) -> list[Row]:
    """What was measured; `sets` are study folders whose standards are held out as well."""
    return [*xponent.rows(), *ranges.rows(sets), *outliers.rows(), *hook.rows()]
