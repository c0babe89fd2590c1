"""A virtual study as the tables that its files would give, without writing the files."""

from __future__ import annotations

import numpy as np
import polars as pl

from exvivo.simulate.design import CHANNELS, STIMULI
from exvivo.simulate.model import VirtualStudy
from exvivo.simulate.qpcr import Reactions
from exvivo.simulate.truth import ASSAYS, READOUTS
from exvivo.study import Beads
from exvivo.tables import CLINIC, WELLS, check

IN_MEMORY = "simulated in memory"
"""Stands where a file's hash would."""


def wells(virtual: VirtualStudy) -> pl.DataFrame:
    """The WELLS table of a virtual study: the same readings as its files hold, in the same
    order.
    """
    readings = pl.concat([_curves(virtual), _events(virtual)], how="diagonal")
    keep = [name for name in WELLS.schema if name in virtual.study.layout.columns]
    whole = readings.join(
        virtual.study.layout.select(keep), on=["plate", "well"], how="left", maintain_order="left"
    )
    return WELLS.complete(whole.with_columns(pl.col("dilution").fill_null(1.0)))


def clinic(virtual: VirtualStudy) -> pl.DataFrame:
    """The CLINIC table of a virtual study: every scale of every donor."""
    people, scales = virtual.people, virtual.study.scales
    n, count = len(people.donors), len(scales)
    frame = pl.DataFrame(
        {
            "source": ["clinic.csv"] * (n * count),
            "sha256": [IN_MEMORY] * (n * count),
            "donor": np.repeat(people.donors, count),
            "visit": ["1"] * (n * count),
            "group": np.repeat(people.table["group"].to_list(), count),
            "scale": [s.id for s in scales] * n,
            "score": people.scores.ravel(),
            "missing_items": [0] * (n * count),
            "higher_is": [s.higher_is for s in scales] * n,
        },
        schema=CLINIC.schema,
    )
    return check(CLINIC, frame)


def sample_names(virtual: VirtualStudy) -> pl.Series:
    """The name the instrument file gives each reaction's sample."""
    made = reaction_donors(virtual.reactions, virtual.people.donors)
    level = pl.col("nominal").cast(pl.Int64).cast(pl.String)
    return made.select(
        sample=pl.when(pl.col("role") == "sample")
        .then(pl.col("donor") + " " + pl.col("stimulus"))
        .when(pl.col("role") == "standard")
        .then(pl.lit("STD ") + level)
        .otherwise(pl.lit("NTC"))
    )["sample"]


def reaction_donors(reactions: Reactions, donors: list[str]) -> pl.DataFrame:
    """The reactions with the names of donor and stimulus instead of their numbers."""
    return reactions.wells.with_columns(
        donor=pl.Series(donors).gather(reactions.wells["donor"]),
        stimulus=pl.Series(STIMULI).gather(reactions.wells["stimulus"]),
    )


def _curves(virtual: VirtualStudy) -> pl.DataFrame:
    made = virtual.reactions
    analytes = [a.id for a in virtual.study.analytes]
    y = pl.Series("y", made.curves).cast(pl.List(pl.Float64))
    x = pl.Series("x", np.broadcast_to(made.cycles, made.curves.shape).copy()).cast(
        pl.List(pl.Float64)
    )
    target = pl.col("target")
    return made.wells.select(
        source=pl.format("raw/{}.rdml", "plate"),
        sha256=pl.lit(IN_MEMORY),
        block=pl.col("plate"),
        plate="plate",
        well="well",
        sample=sample_names(virtual),
        channel=target,
        kind=pl.lit("amplification"),
        censor=pl.lit("none"),
        unit=pl.lit("fluorescence"),
        x=x,
        y=y,
        vendor_role=pl.col("role"),
        assay=pl.lit(ASSAYS[0]),
        readout=pl.lit(READOUTS[0]),
        analyte=pl.when(target.is_in(analytes)).then(target),
    )


def _events(virtual: VirtualStudy) -> pl.DataFrame:
    made = virtual.tubes
    (assay,) = (a for a in virtual.study.assays if isinstance(a, Beads))
    channels = (*assay.classifier, assay.reporter, *assay.scatter)
    columns = [CHANNELS.index(name) for name in channels]
    lengths = np.repeat([len(events) for events in made.events], len(channels))
    flat = np.concatenate([events[:, columns].T.ravel() for events in made.events]).astype(
        np.float64
    )
    row = np.repeat(np.arange(len(lengths)), lengths)
    y = pl.DataFrame({"row": row, "y": flat}).group_by("row", maintain_order=True).agg("y")["y"]
    each = made.wells.select(pl.all().repeat_by(len(channels)).explode())
    return each.select(
        source="file",
        sha256=pl.lit(IN_MEMORY),
        block=pl.lit("data set 1"),
        plate="plate",
        well="well",
        channel=pl.Series(list(channels) * made.wells.height),
        kind=pl.lit("bead_events"),
        censor=pl.lit("none"),
        unit=pl.lit("intensity"),
        y=y,
        assay=pl.lit(ASSAYS[1]),
        readout=pl.lit(READOUTS[1]),
    )
