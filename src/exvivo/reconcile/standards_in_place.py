"""Standards whose signals do not rise with their amounts, and would if the layout were moved: a
plate that nothing names tells by its standards where its wells are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl

from exvivo.arrays import Floats, Ints
from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.reconcile.names.moves import moves
from exvivo.reconcile.names.places import place_of
from exvivo.study import Immunoassay

_LEVELS = 5
"""The fewest amounts of standards that tell an order from chance."""
_ODD, _IN_ORDER = 0.8, 0.98
"""Kendall's tau of signals and amounts: below the first, either way, the standards are in disorder;
from the second on they are in order.
"""
_CHANNELS = 3
"""Analytes of a plate that are looked at: all of them are in the same wells."""
_SIGNALS = ("signal", "mfi", "net_mfi")


class _Standards(NamedTuple):
    """The standards of a plate: their places and amounts; the signals of its wells by channel, row
    and column, NaN where nothing was read; and the places of its whole layout.
    """

    layout: Ints
    own: Ints
    amounts: Floats
    signals: Floats

    def tau(self, places: Ints) -> float:
        """Kendall's tau of amounts and signals in some places, as mean over channels; 0 where one
        of them was not read.
        """
        inside = (places >= 0) & (places < self.signals.shape[1:])
        if not inside.all():
            return 0.0
        signals = self.signals[:, places[:, 0], places[:, 1]]
        if np.isnan(signals).any():
            return 0.0
        order = np.sign(self.amounts[:, None] - self.amounts)
        risen = np.sign(signals[:, :, None] - signals[:, None, :])
        return float((order * risen).sum() / np.abs(order).sum() / len(signals))


def standards_out_of_place(held: Held) -> Iterator[Flag]:
    """Plates whose standards are in disorder, and in order once the layout is moved."""
    for plate in held.study.plates:
        assay = held.study.assay(plate.assay)
        standards = _standards(held, plate.id) if isinstance(assay, Immunoassay) else None
        if standards is None or abs(standards.tau(standards.own)) >= _ODD:
            continue
        words = _way(standards)
        if words:
            yield _out_of_place(plate.id, plate.assay, words, standards)


def _standards(held: Held, plate: str) -> _Standards | None:
    """The standards of a plate; None where they are too few, or its wells have no places."""
    wells = held.wells.filter(pl.col("kind").is_in(_SIGNALS), plate=plate).drop_nulls("value")
    layout = held.study.layout.filter(plate=plate)
    known = layout.filter(pl.col("role").is_in(["standard", "blank"])).with_columns(
        nominal=pl.when(pl.col("role") == "blank").then(0.0).otherwise("nominal")
    )
    known = known.drop_nulls("nominal")
    places = [place_of(well) for well in (*layout["well"], *wells["well"])]
    if None in places or known["nominal"].n_unique() < _LEVELS or wells.is_empty():
        return None
    return _Standards(_places(layout), _places(known), known["nominal"].to_numpy(), _signals(wells))


def _places(wells: pl.DataFrame) -> Ints:
    return np.array([place_of(well) or (0, 0) for well in wells["well"]])


def _signals(wells: pl.DataFrame) -> Floats:
    """The signals of a plate by channel, row and column."""
    places = _places(wells)
    channels = wells["channel"].unique(maintain_order=True).to_list()[:_CHANNELS]
    grid = np.full((len(channels), *(places.max(axis=0) + 1)), np.nan)
    rows = zip(places, wells.select("channel", "value").iter_rows(), strict=True)
    for (row, column), (channel, value) in rows:
        if channel in channels:
            grid[channels.index(channel), row, column] = value
    return grid


def _way(standards: _Standards) -> str:
    """How the layout has to be moved for its standards to be in order; empty where no move does
    it.
    """
    own = {tuple(place): i for i, place in enumerate(standards.layout.tolist())}
    rows = [own[tuple(place)] for place in standards.own.tolist()]
    for words, move in moves(standards.layout):
        if standards.tau(move(standards.layout)[rows]) >= _IN_ORDER:
            return words
    return ""


def _out_of_place(plate: str, assay: str, words: str, standards: _Standards) -> Flag:
    tau = standards.tau(standards.own)
    return Flag(
        table="wells",
        row=f"plate {plate}",
        severity="stop",
        what=(
            f"the signals of the standards of {plate} rise with their amounts when the layout is "
            f"{words}; as it stands they do not (Kendall's tau {tau:.2f})"
        ),
        why="wells that are no standards would be the curve, and samples other people's",
        cure=f"check the layout against the plate: it seems to have to be {words}",
        place=plate,
        evidence=(words, f"{tau:.2f}"),
        scope=Scope(assays=(assay,), plates=(plate,)),
    )
