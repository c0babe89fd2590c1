"""Jumps of a curve from one cycle to the next: a bubble that comes or bursts, a plate that was
touched.

No amplification does a fifth of its way in one cycle and little in those beside it: at perfect
doubling the steepest cycle does 17 %. A difference between two cycles that stands out from the
median of the five around it by more than `SHARE` of the whole extent is taken off all that follows.
"""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.quantify.qpcr.derivatives import extent, row_median

SHARE = 0.15
"""Of the extent of a curve: honest curves of seven instruments reach 0.09."""
LITTLE, APART = 0.02, 3.0
"""Less is enough where it is this many times what the cycles beside it do: in the base or on the
plateau.
"""
NOISE_FACTOR = 10.0
"""A jump is also larger than this many times the noise of the differences."""
MOST = 3
"""Jumps taken off a curve: a bubble comes, moves and bursts."""
_AROUND = 5
"""Differences that a jump stands out from, itself among them."""
_MEDIAN_OF_NORMAL = 0.6745


def without_jumps(fluorescence: Floats) -> tuple[Floats, Bools]:
    """The curves (n, c) without their jumps, and which of them had one."""
    jumped = np.zeros(len(fluorescence), dtype=bool)
    if fluorescence.shape[1] <= _AROUND:
        return fluorescence, jumped
    rows = np.flatnonzero(_could_jump(fluorescence))
    even = fluorescence.copy() if rows.size else fluorescence
    for _ in range(MOST):
        if rows.size:
            even[rows], jumps = _one_jump_off(even[rows])
            rows = rows[jumps]
            jumped[rows] = True
    return even, jumped


def _could_jump(curve: Floats) -> Bools:
    """The curves of which a difference stands out from the mean of those around it: quick to see,
    and true of every jump.
    """
    difference = np.diff(curve, axis=1)
    total = sum(difference[:, 2 + step : difference.shape[1] - 2 + step] for step in range(-2, 3))
    beyond = np.abs(difference[:, 2:-2] - total / 5).max(axis=1, initial=0.0)
    edges = np.abs(difference[:, [0, 1, -2, -1]]).max(axis=1)
    return np.asarray(~(np.maximum(beyond, edges) <= LITTLE / 2 * extent(curve)[1]))


def _around(difference: Floats) -> Floats:
    """The five differences around each, (n, c - 1, 5)."""
    wide = np.pad(difference, ((0, 0), (2, 2)), mode="edge")
    return np.lib.stride_tricks.sliding_window_view(wide, _AROUND, axis=1)


def _one_jump_off(curve: Floats) -> tuple[Floats, Bools]:
    """The curves without their largest jump, and which of them had one."""
    around = _around(np.diff(curve, axis=1))
    beyond = np.nan_to_num(around[..., _AROUND // 2] - np.median(around, axis=2))
    place = np.argmax(np.abs(beyond), axis=1)
    row = np.arange(len(curve))
    size = beyond[row, place]
    # The largest of the five is the jump itself, the next may be its way back.
    usual = np.sort(np.abs(around[row, place]), axis=1)[:, -3]
    seen = np.isfinite(around[..., _AROUND // 2])
    height, noise = extent(curve)[1], row_median(np.abs(beyond), seen) / _MEDIAN_OF_NORMAL
    least = np.where(np.abs(size) > APART * usual, LITTLE, SHARE) * height
    jumps = np.abs(size) > np.maximum(least, NOISE_FACTOR * noise)
    after = np.arange(curve.shape[1]) > place[:, None]
    return curve - after * np.where(jumps, size, 0.0)[:, None], jumps
