"""The record: what was changed unseen, cut, refused or kept; each fault before and after."""

from __future__ import annotations

import importlib
from pkgutil import iter_modules

from benchmarks.row import Row


def rows() -> list[Row]:
    """What was measured, module by module."""
    names = sorted(module.name for module in iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return [row for module in modules for row in module.rows()]
