"""What is true in a virtual study, kept apart from what its instruments saw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.simulate.parameters import ModelStudy
from exvivo.simulate.people import People

READOUTS = ("mRNA", "protein")
ASSAYS = ("mrna", "protein")


@dataclass(frozen=True)
class Truth:
    """The truth as tables.

    `responses`: one row a donor, readout and analyte: log2 level without and log2 fold with ATP.
    `differences`: the population's patients minus controls, log2 fold. `correlations`: within
    patients, of the true response with a scale, as Pearson's and Spearman's coefficient of the
    population (before scores are rounded). `efficiencies`: of every qPCR target. `curves`: 5PL
    parameters of every bead and plate.
    """

    responses: pl.DataFrame
    differences: pl.DataFrame
    correlations: pl.DataFrame
    efficiencies: pl.DataFrame
    curves: pl.DataFrame

    def tables(self) -> dict[str, pl.DataFrame]:
        """Every table by its name."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def tell_truth(p: ModelStudy, people: People, curves: pl.DataFrame) -> Truth:
    """The truth of a study with these people."""
    return Truth(_responses(p, people), _differences(p), _correlations(p), _efficiencies(p), curves)


def _responses(p: ModelStudy, people: People) -> pl.DataFrame:
    n, readouts, analytes = people.response.shape
    each = readouts * analytes
    return pl.DataFrame(
        {
            "donor": np.repeat(people.donors, each),
            "group": np.repeat(people.table["group"].to_list(), each),
            "assay": np.tile(np.repeat(ASSAYS, analytes), n),
            "readout": np.tile(np.repeat(READOUTS, analytes), n),
            "analyte": np.tile([a.id for a in p.analytes], n * readouts),
            "baseline": people.baseline.ravel(),
            "response": people.response.ravel(),
        }
    )


def _differences(p: ModelStudy) -> pl.DataFrame:
    rows = [
        {"assay": assay, "readout": readout, "analyte": a.id, "difference": difference}
        for assay, readout, name in zip(ASSAYS, READOUTS, ("copies", "secreted"), strict=True)
        for a in p.analytes
        for difference in (float(getattr(a, f"difference_{name}")),)
    ]
    return pl.DataFrame(rows)


def _correlations(p: ModelStudy) -> pl.DataFrame:
    rows = []
    for assay, readout, name in zip(ASSAYS, READOUTS, ("copies", "secreted"), strict=True):
        for analyte in p.analytes:
            for scale in p.scales:
                r = float(getattr(analyte, f"severity_{name}") * scale.severity)
                # Spearman's coefficient of a bivariate normal: Pearson 1907.
                rows.append(
                    {
                        "assay": assay,
                        "readout": readout,
                        "analyte": analyte.id,
                        "scale": scale.id,
                        "pearson": r,
                        "spearman": float(6 / np.pi * np.arcsin(r / 2)),
                    }
                )
    return pl.DataFrame(rows)


def _efficiencies(p: ModelStudy) -> pl.DataFrame:
    targets = [*(a.id for a in p.analytes), *p.references]
    values = [*(a.efficiency for a in p.analytes), *p.reference_efficiency]
    return pl.DataFrame(
        {"target": targets, "efficiency": values},
        schema={"target": pl.String, "efficiency": pl.Float64},
    )
