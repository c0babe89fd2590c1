"""The plain-language summary held against what it is told from: does it say what was found and
nothing more, can it be read, is nothing left out that readers are promised; and the check on texts
that people write, held against labelled sentences.

`python -m benchmarks article [part ...]` measures the parts that are named, or all.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.row import Row

PARTS = ("found", "readable", "items", "claims", "second")
QUICK = {"found": 200, "readable": 4}
"""Sets, or studies, of the parts that draw them, where few are enough."""


def rows(*, parts: Sequence[str] = (), quick: bool = False) -> list[Row]:
    """What was measured."""
    if unknown := sorted(set(parts) - set(PARTS)):
        raise SystemExit(f"no part {', '.join(unknown)}; the parts are: {', '.join(PARTS)}")
    measured: list[Row] = []
    for part in parts or PARTS:
        print(f"article: {part}", file=sys.stderr, flush=True)
        module = importlib.import_module(f"{__name__}.{part}")
        how: dict[str, Any] = {"number": QUICK[part]} if quick and part in QUICK else {}
        measured += module.rows(**how)
    return measured
