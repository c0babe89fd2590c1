"""What people hand in: mistakes that must not pass, right tables in other forms, and drafts."""

from __future__ import annotations

from benchmarks.intake import alarms, drafted, mistakes
from benchmarks.row import Row


def rows() -> list[Row]:
    """What was measured."""
    return [*mistakes.rows(), *alarms.rows(), *drafted.rows()]
