"""Before the blood is drawn: sizes, layouts, locks and the virtual studies behind them."""

from __future__ import annotations

import importlib
import sys
from pkgutil import iter_modules

from benchmarks.row import Row


def rows() -> list[Row]:
    """What was measured, module by module. `python -m benchmarks.plan NAME` measures one."""
    names = sorted(module.name for module in iter_modules(__path__) if module.name[0] != "_")
    return [row for name in names for row in rows_of(name)]


def rows_of(name: str) -> list[Row]:
    """What one module measures."""
    print(f"plan: {name}", file=sys.stderr, flush=True)
    module = importlib.import_module(f"{__name__}.{name}")
    measured: list[Row] = module.rows()
    return measured
