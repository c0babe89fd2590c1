"""The events of a bead array as a map shows them: a plate's channels, scales and populations."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exvivo.figures import Figure, figures_named, value_of
from exvivo.study import Beads

Array = NDArray[np.float64]
Numbers = Sequence[Figure]

TUBES = 12
"""The most tubes of a plate that a map shows."""
SIZE = "size"
"""The axis of kits whose beads differ by size: logarithms of scatter, added up with the figures
`weight` of its channels.
"""


@dataclass(frozen=True, slots=True)
class Population:
    """One bead population in the coordinates of a map. centre (channels,); covariance (channels,
    channels).
    """

    analyte: str
    centre: Array
    covariance: Array


@dataclass(frozen=True, slots=True)
class BeadMap:
    """What one panel shows: a plate, one or two channels, its events in their coordinates, and the
    populations.

    Coordinates are asinh(reading / cofactor) of each channel; of `SIZE`, the size itself. events
    (events, channels).
    """

    assay: Beads
    plate: str
    channels: tuple[str, ...]
    cofactor: Array
    events: Array
    tubes: int
    populations: tuple[Population, ...]


def bead_map(
    wells: pl.DataFrame, assays: pl.DataFrame, *, assay: Beads, plate: str
) -> BeadMap | None:
    """The map of a plate, from tubes evenly spaced over it; None where no tube holds events of its
    channels.
    """
    mine = wells.filter(
        pl.col("assay") == assay.id, pl.col("plate") == plate, pl.col("kind") == "bead_events"
    ).sort("well")
    fits = assays.filter(
        pl.col("assay") == assay.id, pl.col("kind") == "population", pl.col("plate") == plate
    )
    found = fits["parameters"].to_list()
    channels = _channels(found, assay)
    tubes = mine["well"].unique(maintain_order=True)
    tubes = tubes.gather_every(max(1, -(-len(tubes) // TUBES)))
    events = _coordinates(mine.filter(pl.col("well").is_in(tubes.implode())), channels, found)
    if events is None:
        return None
    coordinates, cofactor = events
    return BeadMap(
        assay,
        plate,
        channels,
        cofactor,
        coordinates,
        len(tubes),
        tuple(_populations(fits, found, channels)),
    )


def _channels(found: Sequence[Numbers], assay: Beads) -> tuple[str, ...]:
    """The two channels the populations have centres in, the size first where there is one; else
    those of the study.
    """
    centred = _centred(found[0]) if found else []
    chosen = tuple((centred or list(assay.classifier))[:2])
    return (SIZE, *(name for name in chosen if name != SIZE)) if SIZE in chosen else chosen


def _centred(numbers: Numbers) -> list[str]:
    """The channels a population has a centre in."""
    return [figure["of"] or "" for figure in figures_named(numbers, "centre")]


def _coordinates(
    mine: pl.DataFrame, channels: tuple[str, ...], found: Sequence[Numbers]
) -> tuple[Array, Array] | None:
    """The events in the coordinates of the channels, and the cofactors of those; None with fewer
    than two events.
    """
    weights = (
        {figure["of"] or "": figure["value"] for figure in figures_named(found[0], "weight")}
        if found
        else {}
    )
    needed = [name for channel in channels for name in (weights if channel == SIZE else (channel,))]
    raw = _events(mine, needed)
    if not needed or len(raw) < 2:
        return None
    columns, cofactors = [], []
    for channel in channels:
        if channel == SIZE:
            logs = np.log(np.maximum(raw[:, [needed.index(name) for name in weights]], 1e-9))
            columns.append(logs @ np.array(list(weights.values())))
            cofactors.append(1.0)
        else:
            reading = raw[:, needed.index(channel)]
            cofactors.append(_cofactor(found, channel, reading))
            columns.append(np.arcsinh(reading / cofactors[-1]))
    return np.stack(columns, axis=1), np.array(cofactors)


def _events(mine: pl.DataFrame, channels: Sequence[str]) -> Array:
    """The events of the tubes, one row an event; a tube that lacks a channel or holds unequal
    counts is left out.
    """
    if not channels:
        return np.empty((0, 0))
    columns = [
        mine.filter(channel=channel).select("well", pl.col("y").alias(f"y{at}"))
        for at, channel in enumerate(channels)
    ]
    joined = columns[0]
    for other in columns[1:]:
        joined = joined.join(other, on="well", maintain_order="left")
    names = [name for name in joined.columns if name != "well"]
    if not joined.height:
        return np.empty((0, len(names)))
    even = joined.filter(
        pl.all_horizontal(pl.col(n).list.len() == pl.col(names[0]).list.len() for n in names)
    )
    events: Array = even.select(names).explode(names).drop_nulls().to_numpy()
    return events


def _cofactor(found: Sequence[Numbers], channel: str, reading: Array) -> float:
    """As the populations were found; without any, a twentieth of the middle event keeps noise near
    zero together.
    """
    stated = [value_of(numbers, "cofactor", of=channel) or 0.0 for numbers in found]
    known = [cofactor for cofactor in stated if cofactor > 0]
    return float(np.median(known)) if known else max(float(np.median(np.abs(reading))) / 20, 1e-9)


def _populations(
    fits: pl.DataFrame, found: Sequence[Numbers], channels: tuple[str, ...]
) -> Iterator[Population]:
    """Those with a centre in every channel of the map; their covariance from the row, else from
    their standard deviations.
    """
    for row, numbers in zip(fits.iter_rows(named=True), found, strict=True):
        centre = [value_of(numbers, "centre", of=channel) for channel in channels]
        if None in centre:
            continue
        order = _centred(numbers)
        places = [order.index(channel) for channel in channels]
        side = math.isqrt(len(row["covariance"]))
        if side == len(order):
            whole = np.array(row["covariance"], dtype=np.float64).reshape(side, side)
            own: Array = whole[np.ix_(places, places)]
        else:
            sd = [value_of(numbers, "spread", of=channel) or 0.0 for channel in channels]
            own = np.diag(np.square(sd))
        yield Population(row["analyte"], np.array(centre), own)
