"""Instrument files and the clinic table, read into the tables of the house. One file a format, one
registry line each (`registry`).

Every column, block and element of a file is either read or listed as ignored with its reason.
Whatever a file holds, the only error is `ReadError` (`StudyError` for the clinic table).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from exvivo.read.formats import Reader
from exvivo.read.result import FileRead, Ignored

if TYPE_CHECKING:
    from exvivo.read.registry import READERS, read_plate
    from exvivo.read.tables.clinic import read_clinic

__all__ = ["READERS", "FileRead", "Ignored", "Reader", "read_clinic", "read_plate"]


def __getattr__(name: str) -> Any:
    """The readers, when they are first asked for: what comes from the cache does not wait for
    them.
    """
    if name == "read_clinic":
        from exvivo.read.tables import clinic

        return clinic.read_clinic
    if name in ("READERS", "read_plate"):
        from exvivo.read import registry

        return getattr(registry, name)
    raise AttributeError(name)
