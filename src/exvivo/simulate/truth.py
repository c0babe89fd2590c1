"""What is true in a virtual study, kept apart from what its instruments saw."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import polars as pl

from exvivo.simulate.parameters import AnalyteTruth, ModelStudy
from exvivo.simulate.people import People

READOUTS = ("mRNA", "protein")
ASSAYS = ("mrna", "protein")
_BOTH = range(len(READOUTS))
_PARAMETERS = ("copies", "secreted")
"""How the parameters of a readout are called."""


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
    rows = []
    for readout, analyte in product(_BOTH, p.analytes):
        difference = _true(analyte, "difference", readout)
        rows.append(_named(readout, analyte, difference=difference))
    return pl.DataFrame(rows)


def _correlations(p: ModelStudy) -> pl.DataFrame:
    rows = []
    for readout, analyte, scale in product(_BOTH, p.analytes, p.scales):
        r = _true(analyte, "severity", readout) * scale.severity
        # Spearman's coefficient of a bivariate normal: Pearson 1907.
        spearman = float(6 / np.pi * np.arcsin(r / 2))
        rows.append(_named(readout, analyte, scale=scale.id, pearson=r, spearman=spearman))
    return pl.DataFrame(rows)


def _true(analyte: AnalyteTruth, what: str, readout: int) -> float:
    """A truth of an analyte in one readout."""
    return float(getattr(analyte, f"{what}_{_PARAMETERS[readout]}"))


def _named(readout: int, analyte: AnalyteTruth, **truth: str | float) -> dict[str, str | float]:
    """A row of a table of truths."""
    return {
        "assay": ASSAYS[readout],
        "readout": READOUTS[readout],
        "analyte": analyte.id,
        **truth,
    }


def _efficiencies(p: ModelStudy) -> pl.DataFrame:
    targets = {analyte.id: analyte.efficiency for analyte in p.analytes}
    targets |= dict(zip(p.references, p.reference_efficiency, strict=True))
    schema = {"target": pl.String, "efficiency": pl.Float64}
    return pl.DataFrame(list(targets.items()), schema=schema, orient="row")
