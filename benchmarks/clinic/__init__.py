"""The clinic: questionnaires scored, REDCap exports read, people's rights kept; with figures."""

from __future__ import annotations

import importlib
from pkgutil import iter_modules

from benchmarks.row import Row


def rows() -> list[Row]:
    """What was measured, module by module; a module without `rows` serves the others."""
    names = sorted(module.name for module in iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return [row for module in modules if hasattr(module, "rows") for row in module.rows()]
