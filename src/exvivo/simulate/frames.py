"""A virtual study as the tables that its files would give, without writing the files."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import polars as pl

from exvivo.simulate.design import CHANNELS, with_names
from exvivo.simulate.model import VirtualStudy
from exvivo.simulate.truth import ASSAYS, READOUTS
from exvivo.study import Beads
from exvivo.study.files import CLINIC_FILE
from exvivo.tables import CLINIC, WELLS

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
    people = virtual.people
    facts = [(scale.id, scale.higher_is) for scale in virtual.study.scales]
    scales = pl.DataFrame(facts, schema=["scale", "higher_is"], orient="row")
    frame = people.table.select("donor", "group").join(scales, how="cross")
    return CLINIC.complete(
        frame.with_columns(
            source=pl.lit(CLINIC_FILE),
            sha256=pl.lit(IN_MEMORY),
            visit=pl.lit("1"),
            score=people.scores.ravel(),
            state=pl.lit("given"),
        )
    )


def sample_names(virtual: VirtualStudy) -> pl.Series:
    """The name the instrument file gives each reaction's sample."""
    level = pl.col("nominal").cast(pl.Int64).cast(pl.String)
    own = pl.format("{} {}", "donor", "stimulus")
    wells = with_names(virtual.reactions.wells, virtual.people.donors)
    name = pl.coalesce(own, pl.format("STD {}", level), pl.lit("NTC"))
    return wells.select(sample=name)["sample"]


def _curves(virtual: VirtualStudy) -> pl.DataFrame:
    """The amplification curves as READINGS that know their assay."""
    made = virtual.reactions
    cycles = np.broadcast_to(made.cycles, made.curves.shape).copy()
    curves = pl.DataFrame({"x": cycles, "y": made.curves}).cast(pl.List(pl.Float64))
    target = pl.col("target")
    analytes = [analyte.id for analyte in virtual.study.analytes]
    return made.wells.select(
        curves["x"],
        curves["y"],
        pl.col("plate", "well"),
        sample_names(virtual),
        source=pl.format("raw/{}.rdml", "plate"),
        sha256=pl.lit(IN_MEMORY),
        block=pl.col("plate"),
        channel=target,
        kind=pl.lit("amplification"),
        censor=pl.lit("none"),
        unit=pl.lit("fluorescence"),
        vendor_role=pl.col("role"),
        assay=pl.lit(ASSAYS[0]),
        readout=pl.lit(READOUTS[0]),
        analyte=pl.when(target.is_in(analytes)).then(target),
    )


def _events(virtual: VirtualStudy) -> pl.DataFrame:
    """The events of every tube and channel as READINGS that know their assay."""
    (assay,) = (a for a in virtual.study.assays if isinstance(a, Beads))
    channels = [*assay.classifier, assay.reporter, *assay.scatter]
    tubes = virtual.tubes
    each = tubes.wells.select(pl.all().repeat_by(len(channels)).explode())
    return each.select(
        _lists(tubes.events, channels),
        pl.col("plate", "well"),
        source="file",
        sha256=pl.lit(IN_MEMORY),
        block=pl.lit("data set 1"),
        channel=pl.Series(channels * tubes.wells.height),
        kind=pl.lit("bead_events"),
        censor=pl.lit("none"),
        unit=pl.lit("intensity"),
        assay=pl.lit(ASSAYS[1]),
        readout=pl.lit(READOUTS[1]),
    )


def _lists(tubes: Iterable[npt.NDArray[np.float32]], channels: list[str]) -> pl.Series:
    """A list of the events of each tube and channel, channels within tubes."""
    columns = [CHANNELS.index(name) for name in channels]
    rows = []
    for events in tubes:
        rows += [pl.Series(events[:, column], dtype=pl.Float64) for column in columns]
    return pl.Series("y", rows)
