"""What stands at single wells of a plate: flags of the last run, and wells that people left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from exvivo.errors import UserMistake
from exvivo.flagged import Flag, flags_of
from exvivo.study.exclusions import excluded
from exvivo.study.load import Examined

_FLAGS = "results/tables/flags.parquet"


@dataclass(frozen=True)
class Mark:
    """Something that stands at a well: `kind` is the severity of a flag, or `out`."""

    well: str
    kind: str
    words: str


def marks(folder: Path, examined: Examined, plate: str, wells: Iterable[str]) -> list[Mark]:
    """The marks of the wells of a plate."""
    there = {*wells}
    flags = [mark for flag in _flags(folder) for mark in _of_flag(flag, plate, there)]
    return [*flags, *_left_out(examined, plate, there)]


def _flags(folder: Path) -> list[Flag]:
    """The flags of the last run; none where there was no run, or it cannot be read."""
    if not (folder / _FLAGS).is_file():
        return []
    try:
        return flags_of(pl.read_parquet(folder / _FLAGS))
    except (OSError, KeyError, pl.exceptions.PolarsError):
        return []


def _of_flag(flag: Flag, plate: str, wells: set[str]) -> Iterator[Mark]:
    """The marks of a flag at the wells of this plate that it rests on."""
    plates = flag.scope.plates if flag.scope else ()
    if plate not in (flag.place, *plates):
        return
    for well in dict.fromkeys(part.partition("|")[0] for part in flag.evidence):
        if well in wells:
            yield Mark(well, flag.severity, flag.what)


def _left_out(examined: Examined, plate: str, wells: set[str]) -> Iterator[Mark]:
    """The wells of this plate that people left out, with their reason."""
    try:
        frame = excluded(examined.sources, examined.study, None, sure=False).frame
    except UserMistake:
        return
    for row in frame.filter(plate=plate).iter_rows(named=True):
        if row["well"] in wells:
            what = f"{row['analyte']} left out" if row["analyte"] else "left out"
            yield Mark(row["well"], "out", f"{what}: {row['reason']}")
