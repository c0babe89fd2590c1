"""The events of a bead array as a map shows them: a plate's channels, scales and populations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.figures import Figure, figures_named
from exvivo.study import Beads
from exvivo.tell.figures.chart import Names, Numbers
from exvivo.tell.fits import Fit

TUBES = 12
"""The most tubes of a plate that a map shows."""
SIZE = "size"
"""The axis of kits whose beads differ by size: logarithms of scatter, added up with the weights
`weight:CHANNEL`.
"""


@dataclass(frozen=True, slots=True)
class Population:
    """One bead population in the coordinates of a map. centre (channels,); covariance (channels,
    channels).
    """

    analyte: str
    centre: Floats
    covariance: Floats


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
    cofactor: Floats
    events: Floats
    tubes: int
    populations: tuple[Population, ...]


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A population as it was fitted: its parameters by name, and their covariance, empty where it
    is not known.
    """

    analyte: str
    parameters: Sequence[Figure]
    covariance: Numbers

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """The record of a row of ASSAYS."""
        fit = Fit.of_row(row)
        return cls(fit.analyte, fit.parameters, row["covariance"])

    def named(self, name: str) -> dict[str, float]:
        """The parameters of one name, by their channel."""
        return {
            str(figure["of"]): float(figure["value"])
            for figure in figures_named(self.parameters, name)
        }

    def on(self, channels: Names) -> Population | None:
        """The population in these channels; None where it has no centre in one of them.

        Its covariance is that of the fit, else of its standard deviations.
        """
        centres = self.named("centre")
        if not set(channels) <= centres.keys():
            return None
        centre = np.array([centres[channel] for channel in channels])
        side = math.isqrt(len(self.covariance))
        if side == len(centres):
            places = [list(centres).index(channel) for channel in channels]
            whole = np.array(self.covariance, dtype=np.float64).reshape(side, side)
            return Population(self.analyte, centre, whole[np.ix_(places, places)])
        sds = self.named("spread")
        variances = [sds.get(channel, 0.0) ** 2 for channel in channels]
        return Population(self.analyte, centre, np.diag(variances))


def bead_map(
    wells: pl.DataFrame, assays: pl.DataFrame, *, assay: Beads, plate: str
) -> BeadMap | None:
    """The map of a plate, from tubes evenly spaced over it; None where no tube holds events of its
    channels.
    """
    own = (pl.col("assay") == assay.id, pl.col("plate") == plate)
    rows = assays.filter(*own, pl.col("kind") == "population").iter_rows(named=True)
    fits = [_Fitted.of_row(row) for row in rows]
    channels = _channels(fits, assay)
    readings = wells.filter(*own, pl.col("kind") == "bead_events").sort("well")
    tubes = _spaced(readings["well"].unique(maintain_order=True))
    shown = readings.filter(pl.col("well").is_in(tubes.implode()))
    placed = _coordinates(shown, channels, fits)
    if placed is None:
        return None
    populations = filter(None, (fit.on(channels) for fit in fits))
    events, cofactor = placed
    return BeadMap(assay, plate, channels, cofactor, events, len(tubes), tuple(populations))


def _spaced(tubes: pl.Series) -> pl.Series:
    """At most `TUBES` of the tubes, evenly spaced."""
    return tubes.gather_every(max(1, -(-len(tubes) // TUBES)))


def _channels(fits: Sequence[_Fitted], assay: Beads) -> tuple[str, ...]:
    """The two channels the populations have centres in, the size first where there is one; else
    those of the study.
    """
    centred = list(fits[0].named("centre")) if fits else []
    chosen = tuple((centred or list(assay.classifier))[:2])
    return (SIZE, *(name for name in chosen if name != SIZE)) if SIZE in chosen else chosen


def _coordinates(
    readings: pl.DataFrame, channels: Names, fits: Sequence[_Fitted]
) -> tuple[Floats, Floats] | None:
    """The events in the coordinates of the channels, and the cofactors of those; None with fewer
    than two events.
    """
    weights = fits[0].named("weight") if fits else {}
    needed: list[str] = []
    for channel in channels:
        needed += weights if channel == SIZE else [channel]
    raw = _events(readings, needed)
    if not needed or len(raw) < 2:
        return None
    by_channel = dict(zip(needed, raw.T, strict=True))
    columns, cofactors = [], []
    for channel in channels:
        cofactor = 1.0 if channel == SIZE else _cofactor(fits, channel, by_channel[channel])
        cofactors.append(cofactor)
        if channel == SIZE:
            columns.append(_size(by_channel, weights))
        else:
            columns.append(np.arcsinh(by_channel[channel] / cofactor))
    return np.stack(columns, axis=1), np.array(cofactors)


def _size(by_channel: Mapping[str, Floats], weights: Mapping[str, float]) -> Floats:
    """The size of each event: logarithms of scatter, added up with their weights."""
    scatter = np.stack([by_channel[channel] for channel in weights], axis=1)
    size: Floats = np.log(np.maximum(scatter, 1e-9)) @ np.array(list(weights.values()))
    return size


def _events(readings: pl.DataFrame, channels: Names) -> Floats:
    """The events of the tubes, one row an event; a tube that lacks a channel or holds unequal
    counts is left out.
    """
    if not channels or readings.is_empty():
        return np.empty((0, len(channels)))
    names = [f"y{position}" for position in range(len(channels))]
    joined, *further = (
        readings.filter(channel=channel).select("well", pl.col("y").alias(name))
        for name, channel in zip(names, channels, strict=True)
    )
    for column in further:
        joined = joined.join(column, on="well", maintain_order="left")
    first = pl.col(names[0]).list.len()
    even = joined.filter(pl.all_horizontal(pl.col(name).list.len() == first for name in names))
    events: Floats = even.select(names).explode(names).drop_nulls().to_numpy()
    return events


def _cofactor(fits: Sequence[_Fitted], channel: str, readings: Floats) -> float:
    """As the populations were found; without any, a twentieth of the middle event keeps noise near
    zero together.
    """
    cofactors = [fit.named("cofactor").get(channel, 0.0) for fit in fits]
    positive = [cofactor for cofactor in cofactors if cofactor > 0]
    if positive:
        return float(np.median(positive))
    return max(float(np.median(np.abs(readings))) / 20, 1e-9)
