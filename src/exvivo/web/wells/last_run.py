"""The tables of the last run that pages of wells are made of; none where there was no run, or where
another version wrote them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from exvivo.flagged import Flag


@dataclass(frozen=True)
class LastRun:
    """The last run: its number in the record, when it was, and where its tables stand."""

    number: int
    recorded: str
    tables: Path

    @classmethod
    def of(cls, folder: Path) -> LastRun | None:
        """That of a study folder."""
        from exvivo import store

        run = store.last_run(folder)
        tables = store.standing(folder) / "tables"
        if run is None or not (tables / "quantities.parquet").is_file():
            return None
        return cls(run.number, run.recorded, tables)

    def table(self, name: str) -> pl.DataFrame:
        """A table. Raises `StoreError` for one of another version, or a damaged one."""
        from exvivo import store

        return store.read_table(name, folder=self.tables)


def flags_of(folder: Path, flags: tuple[Flag, ...], accepted: dict[str, str]) -> list[Flag]:
    """The flags that stand now, each once: those of the files and those of the last run, with the
    reasons for which people `accepted` them.
    """
    from contextlib import suppress

    from exvivo.decide.decisions import flags_of_results
    from exvivo.errors import StoreError
    from exvivo.flagged import with_acceptance

    of_results: list[Flag] = []
    with suppress(StoreError):  # Of another version: the next run makes them anew.
        of_results = with_acceptance(flags_of_results(folder), accepted)
    return list(_once([*flags, *of_results]))


def _once(flags: list[Flag]) -> Iterator[Flag]:
    seen: set[tuple[str, str]] = set()
    for flag in flags:
        if (flag.name, flag.what) not in seen:
            seen.add((flag.name, flag.what))
            yield flag


def is_decision(folder: Path, row: int) -> bool:
    """Whether a row of the record is a decision about wells or flags, or an edit of a table of
    them: a line that was taken back.
    """
    from exvivo import store
    from exvivo.store.decisions import DECIDED

    return bool(row) and any(
        entry.number == row and entry.kind in (*DECIDED, "edit") for entry in store.entries(folder)
    )
