"""Whether the run of a job was made: told by the study's own record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exvivo.store import Run


def head_of(folder: Path) -> str:
    """The last row of a study's record, by its number and its hash; `0` before the first."""
    from exvivo import store

    row = store.head(folder)
    return f"{row.number} {row.hash}" if row else "0"


def run_since(folder: Path, head: str) -> Run | None:
    """The last run, where it came on record behind a row that was noted before; its results are
    put in their place. A run is on record the moment it counts, so a process that was ended after
    that has made it.
    """
    from exvivo import store

    store.recover(folder)
    last = store.last_run(folder)
    return last if last is not None and last.number > int(head.split()[0]) else None
