"""The samples of one analyte in tables of results, with what the layout says of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from exvivo.errors import Mistake
from exvivo.study import Limit, Results, Study
from exvivo.study.result_units import LOG2_OF_BASE, RISE, UnitKind, unit_kind
from exvivo.words import listed, shortened

CONDITION = ("stimulus", "dose", "time")
"""What makes a condition."""
CELL = ("cell_type", *CONDITION, "visit")
"""What donors of a group have in common beside it."""
_FILES = 3


@dataclass(frozen=True)
class Series:
    """The samples of one analyte of an assay, over all its plates: rows of READINGS with donor,
    condition and `amount` (the value, or what its logarithm is of). `base` is the log2 that one
    unit of the declared logarithm is, none of amounts; `kind` is that of the unit.
    """

    assay: Results
    analyte: str
    rows: pl.DataFrame
    base: float | None
    kind: UnitKind | None

    @property
    def given(self) -> pl.DataFrame:
        """The rows whose result is a number."""
        return self.rows.drop_nulls("value")

    @property
    def values(self) -> list[float]:
        """The results that are numbers."""
        return self.given["value"].to_list()

    @property
    def below_zero(self) -> list[float]:
        """The results that are below zero, or zero where that is no amount either."""
        return [value for value in self.values if value < 0 or (value == 0 and self.kind == RISE)]

    @property
    def limit(self) -> Limit:
        """What the laboratory states."""
        return self.assay.limits.get(self.analyte, Limit())

    @property
    def conditions(self) -> int:
        """How many conditions were measured."""
        return number_of_conditions(self.rows)

    def showing(self, value: float) -> int:
        """How many conditions show a number."""
        return number_of_conditions(self.given.filter(value=value))

    def mistake(self, finding: str, expected: str, cure: str) -> Mistake:
        """A mistake of these results, with the files they are in and their name there."""
        files = self.rows["source"].unique(maintain_order=True).to_list()
        names = listed(self.rows["channel"].unique(maintain_order=True))
        where = f"{shortened(files, _FILES)}, {names}"
        return Mistake(where, f"{self.analyte} of assay {self.assay.id}: {finding}", expected, cure)


def number_of_conditions(rows: pl.DataFrame) -> int:
    """How many conditions rows are of."""
    return rows.select(CONDITION).n_unique()


def condition_of(row: dict[str, str | None]) -> str:
    """A condition as the layout names it; of one condition over visits, the visit."""
    names = [name for name in map(row.get, (*CONDITION, "cell_type")) if name]
    return f"`{' '.join(names) or row['visit']}`"


def series_of(readings: pl.DataFrame, study: Study, assay: Results) -> Iterator[Series]:
    """The samples of each analyte of an assay, from the readings of all files."""
    plates = [plate.id for plate in study.plates if plate.assay == assay.id]
    placed = study.layout.filter(role="sample").select("plate", "well", "donor", *CELL)
    base = LOG2_OF_BASE[assay.scale] if assay.scale and assay.logged else None
    amount = pl.col("value") if base is None else 2 ** (pl.col("value") * base)
    own = readings.filter(pl.col("plate").is_in(plates))
    samples = own.join(placed, on=["plate", "well"], maintain_order="left").with_columns(
        analyte=pl.col("channel").replace(assay.channels), amount=amount
    )
    kind = unit_kind(assay.unit)
    for (analyte,), rows in samples.group_by(["analyte"], maintain_order=True):
        yield Series(assay, str(analyte), rows, base, kind)
