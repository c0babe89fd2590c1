"""A plate as a map of links: what each well is for, which are left out, which have a flag."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from exvivo.study import Plate, Study
from exvivo.web.wells.places import is_on_plate

_LETTERS = {
    "sample": "",
    "standard": "S",
    "blank": "B",
    "ntc": "N",
    "no_rt": "R",
    "positive": "P",
    "calibrator": "C",
    "qc": "Q",
    "spike": "K",
    "empty": "",
}
"""The letter of each role but that of a sample, which shows its donor."""


@dataclass(frozen=True)
class Spot:
    """One well of the map: its letter or donor, all of it in words, and its marks."""

    well: str
    text: str
    words: str
    role: str
    is_out: bool
    is_flagged: bool


@dataclass(frozen=True)
class Map:
    """A plate: its columns, its rows of spots (None where nothing is), and wells without a place on
    a plate.
    """

    columns: tuple[int, ...]
    rows: tuple[tuple[str, tuple[Spot | None, ...]], ...]
    loose: tuple[Spot, ...]


def map_of(plate: Plate, study: Study, flagged: Collection[str]) -> Map:
    """The map of a plate, by its layout."""
    layout = study.layout.filter(plate=plate.id)
    out = set(study.exclusions.filter(pl.col("analyte").is_null(), plate=plate.id)["well"])
    part = set(study.exclusions.filter(plate=plate.id)["well"]) - out
    spots = [
        _spot(row, study, well in out, well in part, well in flagged)
        for row in layout.iter_rows(named=True)
        for well in [str(row["well"])]
    ]
    placed = {_place(spot.well): spot for spot in spots if is_on_plate(spot.well)}
    loose = tuple(spot for spot in spots if not is_on_plate(spot.well))
    if not placed:
        return Map((), (), loose)
    columns = tuple(range(1, max(column for _, column in placed) + 1))
    letters = sorted({row for row, _ in placed}, key=lambda row: (len(row), row))
    rows = tuple((row, tuple(placed.get((row, column)) for column in columns)) for row in letters)
    return Map(columns, rows, loose)


def _place(well: str) -> tuple[str, int]:
    letters = well.rstrip("0123456789")
    return letters, int(well[len(letters) :])


def _spot(
    row: dict[str, str | None], study: Study, is_out: bool, is_part: bool, is_flagged: bool
) -> Spot:
    role = str(row["role_within"] or row["role"])
    parts = [role, row["donor"], study.name_of(row["stimulus"]) if row["stimulus"] else None]
    parts += ["left out" if is_out else None, "left out in part" if is_part else None]
    parts += ["has a flag" if is_flagged else None]
    words = ", ".join(part for part in parts if part)
    text = str(row["donor"] or "") if role == "sample" else _LETTERS.get(role, role[:1].upper())
    return Spot(str(row["well"]), text, words, role, is_out or is_part, is_flagged)
