"""Slope and second derivative of many amplification curves at once, gaps included.

A cubic polynomial is fitted by least squares to the readings of the 2 `HALF` + 1 cycles around each
cycle (Savitzky and Golay 1964, doi 10.1021/ac60214a047): y(u) = a0 + a1 u + a2 u^2 + a3 u^3, with u
in cycles from the middle. The smoothed curve is a0, its slope a1, its second derivative 2 a2.
`scipy.signal.savgol_filter` does not bridge missing readings, and its import is slow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints

HALF = 3
"""Cycles on either side of the one looked at."""
FEWEST = 5
"""Readings a window of seven needs where a curve has gaps ..."""
_FEWEST_A_SIDE = 2
"""... and those it needs on either side of its middle."""

_DESIGN = np.vander(np.arange(-HALF, HALF + 1, dtype=np.float64), 4, increasing=True)
_FACTORIALS = np.array([[1.0], [1.0], [2.0]])
"""From a0, a1 and a2 to the value and its first two derivatives."""
_KERNELS = np.linalg.pinv(_DESIGN)[:3] * _FACTORIALS


@dataclass(frozen=True, slots=True)
class Shape:
    """Every curve smoothed, its slope and its second derivative (`bend`), per cycle.

    All (n, c); NaN where the window leaves the curve.
    """

    smooth: Floats
    slope: Floats
    bend: Floats


def derivatives(curve: Floats) -> Shape:
    """The `Shape` of every curve (n, c)."""
    wide = np.pad(curve, ((0, 0), (HALF, HALF)), constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(wide, 2 * HALF + 1, axis=1)
    fits = np.einsum("ncw,kw->knc", windows, _KERNELS, optimize=True)
    row, column = np.nonzero(_inside(np.isfinite(curve)) & np.isnan(fits[2]))
    if row.size:
        fits[:, row, column] = _through_gaps(windows[row, column])
    return Shape(*fits)


def _inside(recorded: Bools) -> Bools:
    """Cycles with enough readings before and after them for a whole window, somewhere."""
    count = np.cumsum(recorded, axis=1)
    from_here_on = count[:, -1:] - count + recorded
    return (count > HALF) & (from_here_on > HALF)


def _through_gaps(windows: Floats) -> Floats:
    """The same polynomial through the readings that each window (g, 7) has: (3, g), NaN where they
    are too few.
    """
    recorded = np.isfinite(windows)
    usable = _fittable(recorded)
    weight = recorded[usable].astype(np.float64)
    value = np.where(recorded, windows, 0.0)[usable]
    # Normal equations of each window, (X'WX) a = X'Wy, with weight 0 for a missing reading.
    normal = np.einsum("gw,wi,wj->gij", weight, _DESIGN, _DESIGN)
    moments = np.einsum("gw,wi->gi", value, _DESIGN)
    fits = np.full((3, len(windows)), np.nan)
    fits[:, usable] = np.linalg.solve(normal, moments[..., None])[:, :3, 0].T * _FACTORIALS
    return fits


def _fittable(recorded: Bools) -> Bools:
    before, after = recorded[:, :HALF], recorded[:, HALF + 1 :]
    return np.asarray(
        (recorded.sum(axis=1) >= FEWEST)
        & (before.sum(axis=1) >= _FEWEST_A_SIDE)
        & (after.sum(axis=1) >= _FEWEST_A_SIDE)
    )


def parabola_vertex(before: Floats, middle: Floats, after: Floats) -> Floats:
    """Where the parabola through three equidistant values has its maximum, in steps from the
    middle one; 0 where it has none.
    """
    curvature = before - 2 * middle + after
    return np.asarray(0.5 * (before - after) / np.where(curvature < 0, curvature, -np.inf))


def extent(curve: Floats) -> tuple[Floats, Floats]:
    """The lowest reading of each curve (n, c), and how far the highest lies above it; 0 where
    nothing was recorded.
    """
    recorded = np.isfinite(curve)
    lowest = np.where(recorded, curve, np.inf).min(axis=1, initial=np.inf)
    highest = np.where(recorded, curve, -np.inf).max(axis=1, initial=-np.inf)
    known = recorded.any(axis=1)
    height = np.subtract(highest, lowest, where=known, out=np.zeros(len(curve)))
    return np.where(known, lowest, 0.0), height


def row_median(values: Floats, where: Bools) -> Floats:
    """Row medians over the places marked; 0 where none is. (`nanmedian` is slower, and warns.)"""
    ordered = np.sort(np.where(where, values, np.inf), axis=1)
    count, row = where.sum(axis=1), np.arange(len(values))
    lower = ordered[row, np.maximum(count - 1, 0) // 2]
    upper = ordered[row, np.minimum(count // 2, values.shape[1] - 1)]
    return np.where(count > 0, (lower + upper) / 2, 0.0)


def last_true(mask: Bools) -> Ints:
    """The last marked column of each row; -1 where none is."""
    return np.asarray(np.where(mask, np.arange(mask.shape[1]), -1).max(axis=1, initial=-1))


def first_true(mask: Bools) -> Ints:
    """The first marked column of each row; the number of columns where none is."""
    size = mask.shape[1]
    return np.asarray(np.where(mask, np.arange(size), size).min(axis=1, initial=size))
