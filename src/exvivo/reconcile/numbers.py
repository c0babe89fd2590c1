"""The one number of each reading, and how likely another reading has it by chance."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.reconcile.chance import by_density, by_grid, by_replicates, steps

_FIRST_KIND = ("signal", "mfi", "net_mfi", "cq", "concentration", "amplification", "bead_events")
"""Of several readings of one well and channel the first of these counts: others follow from it."""
SAMPLE = ("donor", "visit", "culture", "cell_type", "stimulus", "dose", "time")
"""What wells of one sample have in common."""
CONDITION = ("cell_type", "stimulus", "dose", "time")
"""What makes wells of two donors comparable."""
SERIES = ("assay", "kind", "channel")
"""Numbers of one sort: what they lie among."""
_FEWEST = 6
"""Samples of one condition whose numbers tell how densely they lie."""
_EVENTS = pl.col("y").list.mean()


def numbers(wells: pl.DataFrame) -> pl.DataFrame:
    """The readings of WELLS that are in use and have a number: their places, whose they are, and
    `number`, `step`, `copy` (which well of its sample, from 0) and `chance` that another reading of
    its kind has the same number.

    Of curves and of bead events the number is the mean.
    """
    rows = _in_use(wells)
    if rows.is_empty():
        return rows.with_columns(step=pl.lit(0.0), chance=pl.lit(1.0))
    parts = rows.partition_by(SERIES, maintain_order=True)
    return pl.concat([_with_chance(part) for part in parts])


def _in_use(wells: pl.DataFrame) -> pl.DataFrame:
    """One reading of each well and channel."""
    rank = {kind: place for place, kind in enumerate(_FIRST_KIND)}
    numbered = wells.with_columns(number=_number()).drop("x", "y")
    used = numbered.filter(
        pl.col("role") != "empty", pl.col("exclude").is_null(), pl.col("kind").is_in(rank)
    ).with_columns(rank=pl.col("kind").replace_strict(rank, return_dtype=pl.Int64))
    used = used.filter(pl.col("number").is_finite(), pl.col("censor") == "none")
    first = pl.col("rank") == pl.col("rank").min().over("plate", "channel")
    columns = ("plate", "source", "well", "role", "analyte", "nominal", "number", *SERIES)
    return (
        used.filter(first)
        .select(*columns, *SAMPLE)
        .unique(["plate", "well", "channel"], keep="first", maintain_order=True)
        .with_columns(copy=pl.int_range(pl.len()).over(*SERIES, *SAMPLE, "role", "nominal"))
    )


def _number() -> pl.Expr:
    """The value of a reading, or the mean of its curve or events."""
    return pl.when(pl.col("value").is_null()).then(_EVENTS).otherwise("value")


def _with_chance(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of one series with the step and chance of each number."""
    values = rows["number"].to_numpy()
    step = _steps(rows)
    levels, apart = _replicates(rows)
    chance = by_replicates(values, step, levels, apart)
    for places in _groups(_first_wells(rows)):
        chance[places] = by_density(values[places], step[places])
    return rows.with_columns(step=pl.Series(step), chance=pl.Series(chance))


def on_grids(numbers: pl.DataFrame, without: Collection[str]) -> pl.DataFrame:
    """The numbers with the chances that ties tell, where values lie on a coarser grid than their
    decimals; donors `without` are copies, whose ties say nothing of it.
    """
    parts = numbers.partition_by(SERIES, maintain_order=True)
    return pl.concat([_on_grid(part, without) for part in parts]) if parts else numbers


def _on_grid(rows: pl.DataFrame, without: Collection[str]) -> pl.DataFrame:
    """The rows of one series."""
    values, step = rows["number"].to_numpy(), rows["step"].to_numpy()
    kept = rows.filter(~pl.col("donor").is_in(list(without)).fill_null(False))
    coarser = by_grid(values, step, kept["number"].to_numpy())
    return rows.with_columns(chance=pl.min_horizontal(pl.col("chance") * pl.Series(coarser), 1.0))


def _first_wells(rows: pl.DataFrame) -> pl.DataFrame:
    """The first well of each sample that is on one plate only, with its `place` among the rows."""
    on_one_plate = pl.col("plate").n_unique().over(SAMPLE) == 1
    return rows.with_row_index("place").filter(on_one_plate, role="sample", copy=0)


def _steps(rows: pl.DataFrame) -> Floats:
    """One step of each number; means of curves and events have none of their own."""
    values = rows["number"].to_numpy()
    if rows["kind"][0] in ("amplification", "bead_events"):
        fine: Floats = 1e-6 * np.abs(values)
        return fine
    return steps(values)


def _groups(samples: pl.DataFrame) -> list[Floats]:
    """The places of first wells by condition, those of rare conditions together."""
    groups = samples.group_by(CONDITION, maintain_order=True).agg("place")["place"]
    large = [group.to_numpy() for group in groups if group.len() >= _FEWEST]
    small = [group.to_numpy() for group in groups if group.len() < _FEWEST]
    return large + ([np.concatenate(small)] if small else [])


def _replicates(rows: pl.DataFrame) -> tuple[Floats, Floats]:
    """The mean and the distance of the first two wells of each sample and of each standard."""
    pairs = (
        rows.filter(pl.col("copy") < 2)
        .group_by("plate", "role", "nominal", *SAMPLE, maintain_order=True)
        .agg(
            wells=pl.len(),
            level=pl.col("number").mean(),
            apart=pl.col("number").max() - pl.col("number").min(),
        )
        .filter(wells=2)
    )
    return pairs["level"].to_numpy(), pairs["apart"].to_numpy()
