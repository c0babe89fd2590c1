"""A move for donors' conditions with no detected well, which leaves the posterior as it is.

Such wells and their donor hold one another in place, draw after draw: here both are shifted
together by one number b (a group move, Liu and Sabatti 2000, doi 10.1093/biomet/87.2.353), drawn as
it lies given everything but that number. The wells' own error does not change, so that only two
things say where b lies. With Q the inverse covariance of the donor's effects u and k the condition,

    u_k + b given the rest of u:   b ~ N(-(Q u)_k / Q_kk, 1 / Q_kk)
    every well within its bounds:  max(lower - y) < b < min(upper - y)
"""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.joint.blind import Blind
from exvivo.compare.joint.start import Model, State
from exvivo.compare.joint.truncated import truncated_normal

_LEAST_WIDTH = 1e-12
"""Rounding may close an interval; it is kept this wide."""


def shift(state: State, model: Model, rng: np.random.Generator) -> None:
    """Shift each unit's wells, cells and donor effect by one draw of all shifts that keep its wells
    within their bounds; in place.
    """
    if not model.blind:
        return
    precision = np.asarray(np.linalg.inv(state.covariance), dtype=np.float64)
    for part in model.blind:
        by = _drawn(state, part, precision[part.chain, model.design.block[part.donor]], rng)
        state.u[part.chain, part.donor, part.dimension] += by
        state.y[part.chain[part.well_unit], part.well] += by[part.well_unit]
        state.eta[part.chain[part.cell_unit], part.cell] += by[part.cell_unit]


def _drawn(state: State, part: Blind, precision: Floats, rng: np.random.Generator) -> Floats:
    """The shift b of each unit; `precision` (units, J, J) is the Q of its donor."""
    each = np.arange(len(part.donor))
    row = precision[each, part.dimension]
    own = row[each, part.dimension]
    mean = -(row * state.u[part.chain, part.donor]).sum(axis=1) / own
    y = state.y[part.chain[part.well_unit], part.well]
    low = np.maximum.reduceat(part.lower - y, part.well_start) - mean
    high = np.minimum.reduceat(part.upper - y, part.well_start) - mean
    root = np.sqrt(own)
    high = np.maximum(high, low + _LEAST_WIDTH)
    return np.asarray(mean + truncated_normal(low * root, high * root, rng) / root)
