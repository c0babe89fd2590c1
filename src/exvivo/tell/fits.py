"""A fitted thing of an assay as the report reads it: a row of ASSAYS with its figures by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import polars as pl

from exvivo.figures import Figure, figures_named, values_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """One row of ASSAYS; `lower` and `upper` are in `unit`, `figures` its own quality figures by
    name, `quality` all of them, those of its genes, controls and wells among them.

    `used` are the y values of the points it rests on.
    """

    assay: str
    readout: str
    analyte: str
    plate: str | None
    method: str
    unit: str
    lower: float | None
    upper: float | None
    figures: Mapping[str, float]
    quality: list[Figure]
    parameters: list[Figure]
    used: tuple[float, ...]

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """The record of a row of ASSAYS."""
        named = ("assay", "readout", "analyte", "plate", "method", "unit", "lower", "upper")
        return cls(
            **{name: row[name] for name in named},
            figures=values_of(row["figures"]),
            quality=row["figures"],
            parameters=row["parameters"],
            used=tuple(
                point["y"] for point in row["points"] if point["used"] and point["y"] is not None
            ),
        )

    def figure(self, name: str) -> float:
        """A quality figure, 0 where there is none."""
        return self.figures.get(name, 0.0)

    def named(self, name: str) -> list[Figure]:
        """All quality figures of one name, each with what it belongs to."""
        return figures_named(self.quality, name)

    def of(self, name: str) -> dict[str, float]:
        """The quality figures of one name by what they belong to."""
        return {str(figure["of"]): figure["value"] for figure in self.named(name)}


def fits_of(assays: pl.DataFrame, kind: str) -> list[Fit]:
    """The fits of one kind in a table ASSAYS, in its order."""
    return [Fit.of_row(row) for row in assays.filter(kind=kind).iter_rows(named=True)]
