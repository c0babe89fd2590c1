"""Which cells do cultured cells resemble: impostors and true cells of handed studies and of real
tables, invented cells whose kin is known, coverage, speed, and a peer.

`python -m benchmarks identity [part ...] [--set FOLDER]` measures the parts that are named, or all.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.row import Row

PARTS = ("handed", "real", "simulated", "coverage", "speed", "peer")
WITH_SETS = ("handed", "real", "peer")


QUICK = {"simulated": 20, "coverage": 20}
"""Studies of the parts that draw them, where few are enough."""


def rows(*, sets: Sequence[Path] = (), parts: Sequence[str] = (), quick: bool = False) -> list[Row]:
    """What was measured; `sets` are folders of studies and tables that are measured as well."""
    if unknown := sorted(set(parts) - set(PARTS)):
        raise SystemExit(f"no part {', '.join(unknown)}; the parts are: {', '.join(PARTS)}")
    measured: list[Row] = []
    for part in parts or PARTS:
        print(f"identity: {part}", file=sys.stderr, flush=True)
        module = importlib.import_module(f"{__name__}.{part}")
        how: dict[str, Any] = {"sets": sets} if part in WITH_SETS else {}
        how |= {"studies": QUICK[part]} if quick and part in QUICK else {}
        measured += module.rows(**how)
    return measured
