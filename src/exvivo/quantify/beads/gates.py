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

SCATTER_SDS = 4.0
"""Standard deviations of its own population within which the scatter (and pulse) of a single bead
lies.
"""
_PILED_UP = 10
"""Events at the very same highest value that are the end of a scale."""
_CELLS, _DENSE = 64, 0.02
"""Cells of the scatter's histogram along an axis; the part of the highest density that is dense."""


def plausible(events: Events) -> Bools:
    """Events on scale in every gating channel whose scatter is not rare on the plate (events,)."""
    return _on_scale(events) & _dense_scatter(events.scatter)


def _on_scale(events: Events) -> Bools:
    """Events with a reading in every gating channel that is not at the end of its scale."""
    inside = map(_below_end, (*events.classifier.T, *events.scatter.T))
    positive = map(_positive, (*events.scatter.T, *events.pulse.T))
    return np.asarray(np.logical_and.reduce([*inside, *positive]))


def _below_end(values: Floats) -> Bools:
    """Values that are not piled up at the very same highest one."""
    top = values == values.max()
    return ~top if top.sum() >= _PILED_UP else np.ones_like(top)


def _positive(values: Floats) -> Bools:
    return np.asarray((values > 0) & np.isfinite(values))


def _dense_scatter(scatter: Floats) -> Bools:
    """A loose gate: events where the plate's log scatter is at least 2 % as dense as at its
    densest.
    """
    if scatter.shape[1] == 0:
        return np.ones(len(scatter), dtype=bool)
    cell = _cells(np.log(np.maximum(scatter, 1e-9)))
    inside = ((cell >= 0) & (cell < _CELLS)).all(axis=1)
    shape = (_CELLS,) * cell.shape[1]
    flat = np.ravel_multi_index(tuple(np.clip(cell, 0, _CELLS - 1).T), shape)
    count = np.bincount(flat[inside], minlength=int(np.prod(shape))).astype(float)
    grid: Counts = count.reshape(shape)
    for axis in range(grid.ndim):
        grid = smooth(grid, axis)
    return np.asarray(inside & (grid >= _DENSE * grid.max()).ravel()[flat])


def _cells(logs: Floats) -> Ints:
    """The cell of each event on each axis (events, axes); outside 0 to `_CELLS` - 1 beyond the
    range of nearly all.
    """
    low, high = range_of(logs, 0.005)
    scale = _CELLS / np.maximum(high - low, 1e-9)
    cell: Ints = ((logs - low) * scale + 1.0).astype(np.int32) - 1
    return cell


def range_of(values: Floats, tail: float) -> Floats:
    """The ends of the range of nearly all values (2, axes): `tail` of them lie beyond either."""
    step = max(1, len(values) // 20_000)
    return np.asarray(np.quantile(values[::step], (tail, 1 - tail), axis=0))


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
    near = np.ones(order.size, dtype=bool)
    for values in (*events.scatter.T, *events.pulse.T):
        near &= _near_median(np.log(values[order]), ends)
    alone = np.full(len(label), -1)
    alone[order[near]] = label[order[near]]
    return alone


def _near_median(logs: Floats, ends: Ints) -> Bools:
    """Which values lie within `SCATTER_SDS` of the median of their group; they stand group by
    group.
    """
    off = np.abs(logs - _own_median(logs, ends))
    sd = 1.4826 * _own_median(off, ends)
    return np.asarray(off <= SCATTER_SDS * np.maximum(sd, 1e-6))


def _own_median(values: Floats, ends: Ints) -> Floats:
    """The median of the group of each value."""
    return np.repeat(medians_in_order(values, ends), np.diff(ends))
