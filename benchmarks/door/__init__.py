"""The door in the browser: what it costs, whom it keeps out, and what it loses when it is killed.

All of it is on 127.0.0.1: `exvivo open` in a process of its own, Debian's Chromium, and clients
that stop by themselves.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from pkgutil import iter_modules

from benchmarks.row import Row

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "web"))  # how tests drive the door


def rows(*, quick: bool = False) -> list[Row]:
    """What was measured, module by module, and the kills of `killed_doors` with it."""
    names = sorted(module.name for module in iter_modules(__path__) if module.name != "clients")
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    kills = [] if quick else importlib.import_module("benchmarks.killed_doors").rows()
    return [*(row for module in modules for row in module.rows(quick=quick)), *kills]
