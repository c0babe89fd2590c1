"""Rows of ASSAYS that several kinds of assay write alike."""

from __future__ import annotations

import numpy as np
import polars as pl

from exvivo.arrays import Floats, Ints
from exvivo.figures import Figure, figure, figures_from
from exvivo.study import Beads, Immunoassay, Results


def fitted_row(assay: Beads | Immunoassay | Results, **columns: object) -> dict[str, object]:
    """A row of ASSAYS of an assay; what `columns` leaves out is empty."""
    return {
        "assay": assay.id,
        "readout": assay.readout,
        "plate": None,
        "key": None,
        "parameters": [],
        "covariance": [],
        "points": [],
        **columns,
    }


def bead_counts(counts: Ints | Floats) -> list[Figure]:
    """Figures of how many beads each well of a plate and analyte holds."""
    return figures_from(
        {
            "tubes": counts.size,
            "beads_median": np.median(counts),
            "beads_least": counts.min(),
            "wells_under_50": (counts < 50).sum(),
            "wells_under_35": (counts < 35).sum(),
        }
    )


def wells_without_beads(few: pl.DataFrame) -> list[Figure]:
    """Figures of the wells with too few beads for a result (rows with `well` and `beads`)."""
    counts = few.select("well", "beads").iter_rows()
    return [
        *figures_from({"wells_without_beads": few.height}),
        *(figure("beads_in", beads, of=well) for well, beads in counts),
    ]
