"""Rows of ASSAYS that several kinds of assay write alike."""

from __future__ import annotations

import numpy as np
import polars as pl

from exvivo.figures import Figure, figure, figures_from
from exvivo.study import Beads, Immunoassay, Results


def fitted_row(assay: Beads | Immunoassay | Results, **columns: object) -> dict[str, object]:
    """A row of ASSAYS of an assay; what `columns` leaves out is empty."""
    empty: dict[str, object] = {
        "plate": None,
        "key": None,
        "parameters": [],
        "covariance": [],
        "points": [],
    }
    return {"assay": assay.id, "readout": assay.readout, **empty, **columns}


def bead_counts(beads: pl.Series) -> dict[str, float]:
    """Figures of how many beads each well of a plate and analyte holds."""
    counts = beads.to_numpy()
    return {
        "tubes": float(len(counts)),
        "beads_median": float(np.median(counts)),
        "beads_least": float(counts.min()),
        "wells_under_50": float((counts < 50).sum()),
        "wells_under_35": float((counts < 35).sum()),
    }


def wells_without_beads(few: pl.DataFrame) -> list[Figure]:
    """Figures of the wells with too few beads for a result (rows with `well` and `beads`)."""
    counts = few.select("well", "beads").iter_rows()
    return [
        *figures_from({"wells_without_beads": few.height}),
        *(figure("beads_in", beads, of=well) for well, beads in counts),
    ]
