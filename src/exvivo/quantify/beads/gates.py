"""Which events may be beads at all: on scale, where the plate's scatter is dense, and one bead at a
time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from exvivo.arrays import Bools, Floats, Ints
from exvivo.quantify.beads.events import Events
from exvivo.quantify.beads.groups import medians_in_order, members

Counts = npt.NDArray[np.floating[Any]]

SCATTER_REACH = 4.0
"""Standard deviations of its own population within which the scatter (and pulse) of a single bead
lies.
"""


def plausible(events: Events) -> Bools:
    """Events on scale in every gating channel whose scatter is not rare on the plate (events,)."""
    return _on_scale(events) & _dense_scatter(events.scatter)


def _on_scale(events: Events) -> Bools:
    """Events not piled up at the end of a scale (ten or more at the very same highest value) in any
    gating channel.
    """
    good = np.ones(len(events.tube), dtype=bool)
    for values in (*events.classifier.T, *events.scatter.T):
        top = values == values.max()
        if top.sum() >= 10:
            good &= ~top
    for values in (*events.scatter.T, *events.pulse.T):
        good &= (values > 0) & np.isfinite(values)
    return good


def _dense_scatter(scatter: Floats, *, cells: int = 64, least: float = 0.02) -> Bools:
    """A loose gate: events where the plate's log scatter is at least 2 % as dense as at its
    densest.
    """
    if scatter.shape[1] == 0:
        return np.ones(len(scatter), dtype=bool)
    logs = np.log(np.maximum(scatter, 1e-9))
    low, high = np.quantile(logs[:: max(1, len(logs) // 20_000)], (0.005, 0.995), axis=0)
    cell = ((logs - low) * (cells / np.maximum(high - low, 1e-9)) + 1.0).astype(np.int32) - 1
    inside = ((cell >= 0) & (cell < cells)).all(axis=1)
    flat = np.ravel_multi_index(tuple(np.clip(cell, 0, cells - 1).T), (cells,) * cell.shape[1])
    count = np.bincount(flat[inside], minlength=cells ** cell.shape[1]).astype(float)
    grid: Counts = count.reshape((cells,) * cell.shape[1])
    for axis in range(grid.ndim):
        grid = smooth(grid, axis)
    return np.asarray(inside & (grid >= least * grid.max()).ravel()[flat])


def smooth(count: Counts, axis: int) -> Counts:
    """Each cell with half of itself and a quarter of both neighbours (the ends are neighbours of
    one another).
    """
    middle = 0.5 * count
    middle += 0.25 * np.roll(count, -1, axis)
    middle += 0.25 * np.roll(count, 1, axis)
    return middle


def single(events: Events, label: Ints, groups: int) -> Ints:
    """The populations with -1 for events whose log scatter or pulse is far from their own:
    doublets, fragments.
    """
    order, ends = members(label, groups)
    sizes = np.diff(ends)
    kept = np.ones(order.size, dtype=bool)
    for values in (*events.scatter.T, *events.pulse.T):
        log = np.log(values[order])
        off = np.abs(log - np.repeat(medians_in_order(log, ends), sizes))
        sd = 1.4826 * medians_in_order(off, ends)
        kept &= off <= np.repeat(SCATTER_REACH * np.maximum(sd, 1e-6), sizes)
    lone = np.full(len(label), -1)
    lone[order[kept]] = label[order[kept]]
    return lone
