"""What people hand in: drafted from their files, held against itself."""

from __future__ import annotations

from benchmarks.intake import drafted
from benchmarks.row import Row


def rows() -> list[Row]:
    """What was measured."""
    return drafted.rows()
