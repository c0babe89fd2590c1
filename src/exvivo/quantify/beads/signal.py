"""From labelled events to one number per tube and bead: the median reporter, its standard error,
and the bead count.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from exvivo.quantify.beads.events import Events
from exvivo.quantify.beads.groups import sorted_groups
from exvivo.quantify.beads.panel import Panel
from exvivo.quantify.beads.populations import Populations

FEWEST = 20
"""Beads of one kind a tube must hold for its median to be used."""


def signals(events: Events, populations: Populations, panel: Panel) -> pl.DataFrame:
    """One row per tube and analyte: plate, well, analyte, reading (median reporter), se, beads.

    The median copes with off-scale and negative reporter values, so none is left out. Its standard
    error comes from order statistics: the readings at the ranks n/2 +- sqrt(n)/2, which enclose a
    68 % interval, are two of it apart (doi:10.1002/0471722162). `reading` and `se` are empty where
    a tube holds fewer than `FEWEST` beads of the kind.
    """
    k, tubes = len(panel.analytes), events.tubes.height
    group = np.where(populations.label >= 0, events.tube * k + populations.label, -1)
    ordered, ends = sorted_groups(events.reporter, group, tubes * k)
    first, count = ends[:-1], np.diff(ends)
    ranks = (count - 1) / 2 + np.sqrt(count) / 2 * np.array([[-1.0], [0.0], [1.0]])
    low, middle, high = (_at(ordered, first, count, rank) for rank in ranks)
    enough = count >= FEWEST
    return pl.DataFrame(
        {
            "plate": [events.plate] * (tubes * k),
            "well": np.repeat(events.tubes["well"].to_numpy(), k),
            "analyte": list(panel.analytes) * tubes,
            "reading": np.where(enough, middle, np.nan),
            "se": np.where(enough, (high - low) / 2, np.nan),
            "beads": count.astype(np.int64),
        },
        schema_overrides={"well": pl.String},
    ).with_columns(pl.col("reading", "se").fill_nan(None))


def _at(ordered: np.ndarray, first: np.ndarray, count: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """The value at a fractional rank of each group; of no meaning where a group is empty."""
    last = np.maximum(count - 1, 0)
    rank = np.clip(rank, 0, last)
    below = np.floor(rank).astype(np.int64)
    edge = max(len(ordered) - 1, 0)
    values = ordered if len(ordered) else np.zeros(1)
    left, right = (
        values[np.minimum(first + r, edge)] for r in (below, np.minimum(below + 1, last))
    )
    return np.asarray(left + (rank - below) * (right - left))
