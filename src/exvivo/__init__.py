"""From the raw instrument files of a study of patient-derived cells to claims that can be defended.

    import exvivo

    study = exvivo.load("my-study")     # study.yaml, donors and layouts, checked
    result = exvivo.run("my-study")     # files to findings; result.findings is a polars frame
    result.report                       # where the report is

Whatever needs mending in the files is raised as `exvivo.UserMistake`, all of it at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

from exvivo.errors import ReadError, StoreError, StudyError, UserMistake
from exvivo.run import Result, run

if TYPE_CHECKING:
    from exvivo.store import verify
    from exvivo.study import Study, load

__all__ = ["ReadError", "Result", "StoreError", "Study", "StudyError", "UserMistake", "load", "run", "verify"]

_ROOMS = {"Study": "exvivo.study", "load": "exvivo.study", "verify": "exvivo.store"}
"""Loaded when first asked for, so that the command line starts at once."""


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module exvivo has no attribute {name}")
    from importlib import import_module

    return getattr(import_module(_ROOMS[name]), name)
