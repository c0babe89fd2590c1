"""From labelled events to one number per tube and bead: the median reporter, its standard error,
and the bead count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Floats, Ints
from exvivo.quantify.beads.events import Events
from exvivo.quantify.beads.groups import sorted_groups
from exvivo.quantify.beads.panel import Panel
from exvivo.quantify.beads.populations import Populations

FEWEST = 20
"""Beads of one kind a tube must hold for its median to be used."""


@dataclass(frozen=True, slots=True)
class Medians:
    """Medians of groups of values, their standard errors (both NaN for fewer than `FEWEST` values)
    and how many values there are; (groups,).
    """

    reading: Floats
    se: Floats
    beads: Ints


def medians_of_groups(values: Floats, group: Ints, groups: int) -> Medians:
    """Medians of `values` in each group 0..groups-1 (negative: left out).

    The standard error comes from order statistics: the readings at the ranks n/2 +- sqrt(n)/2,
    which enclose a 68 % interval, are two of it apart (doi:10.1002/0471722162).
    """
    ordered, ends = sorted_groups(values, group, groups)
    count = np.diff(ends)
    ranks = (count - 1) / 2 + np.sqrt(count) / 2 * np.array([[-1.0], [0.0], [1.0]])
    low, middle, high = (_at(ordered, ends[:-1], count, rank) for rank in ranks)
    enough = count >= FEWEST
    reading, se = (np.where(enough, x, np.nan) for x in (middle, (high - low) / 2))
    return Medians(reading, se, count.astype(np.int64))


def _at(ordered: Floats, first: Ints, count: Ints, rank: Floats) -> Floats:
    """The value at a fractional rank of each group; of no meaning where a group is empty."""
    values, last = np.append(ordered, 0.0), np.maximum(count - 1, 0)
    rank = np.clip(rank, 0, last)
    below = np.floor(rank).astype(np.int64)
    lower, upper = (values[first + place] for place in (below, np.minimum(below + 1, last)))
    return np.asarray(lower + (rank - below) * (upper - lower))


def signals(events: Events, populations: Populations, panel: Panel) -> pl.DataFrame:
    """One row per tube and analyte: plate, well, analyte, reading (median reporter), se, beads.

    The median copes with off-scale and negative reporter values, so none is left out. `reading` and
    `se` are empty where a tube holds fewer than `FEWEST` beads of the kind.
    """
    k, tubes = len(panel.analytes), events.tubes.height
    group = np.where(populations.label >= 0, events.tube * k + populations.label, -1)
    medians = medians_of_groups(events.reporter, group, tubes * k)
    frame = pl.DataFrame(
        {
            "plate": [events.plate] * (tubes * k),
            "well": np.repeat(events.tubes["well"].to_numpy(), k),
            "analyte": list(panel.analytes) * tubes,
            "reading": medians.reading,
            "se": medians.se,
            "beads": medians.beads,
        },
        schema_overrides={"well": pl.String},
    )
    return frame.with_columns(pl.col("reading", "se").fill_nan(None))
