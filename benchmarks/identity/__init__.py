"""Which cells do cultured cells resemble: impostors and true cells of handed studies and of real
tables, invented cells whose kin is known, coverage, speed, and a peer.

`python -m benchmarks identity [--set FOLDER] [part ...]` measures the parts that are named, or all.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.row import Row

PARTS = ("handed", "real", "simulated", "coverage", "speed", "peer")
WITH_SETS = ("handed", "real", "peer")


def rows(*, sets: Sequence[Path] = (), parts: Sequence[str] = ()) -> list[Row]:
    """What was measured; `sets` are folders of studies and tables that are measured as well."""
    measured: list[Row] = []
    for part in parts or PARTS:
        print(f"identity: {part}", file=sys.stderr, flush=True)
        module = importlib.import_module(f"{__name__}.{part}")
        measured += module.rows(sets=sets) if part in WITH_SETS else module.rows()
    return measured
