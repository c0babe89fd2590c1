"""A fitted thing of an assay as the report reads it: a row of ASSAYS with its figures by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import polars as pl


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """One row of ASSAYS; `lower` and `upper` are in `unit`, `figures` its quality figures by name.

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
    parameters: Mapping[str, float]
    used: tuple[float, ...]

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """The record of a row of ASSAYS."""
        named = ("assay", "readout", "analyte", "plate", "method", "unit", "lower", "upper")
        return cls(
            **{name: row[name] for name in named},
            figures=_by_name(row["figures"]),
            parameters=_by_name(row["parameters"]),
            used=tuple(
                point["y"] for point in row["points"] if point["used"] and point["y"] is not None
            ),
        )

    def figure(self, name: str) -> float:
        """A quality figure, 0 where there is none."""
        return self.figures.get(name, 0.0)

    def figures_of(self, prefix: str) -> dict[str, float]:
        """The figures whose names start with `prefix`, by the rest of their names."""
        return {
            name.removeprefix(prefix): value
            for name, value in self.figures.items()
            if name.startswith(prefix)
        }


def _by_name(numbers: list[dict[str, Any]]) -> dict[str, float]:
    return {str(number["name"]): number["value"] for number in numbers}


def fits_of(assays: pl.DataFrame, kind: str) -> list[Fit]:
    """The fits of one kind in a table ASSAYS, in its order."""
    return [Fit.of_row(row) for row in assays.filter(kind=kind).iter_rows(named=True)]
