"""The size of beads as one number: the combination of forward and side scatter in which the plate's
sizes stand apart best.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats, Ints
from exvivo.quantify.beads.modes import RARE, common_peaks, find_modes

FITTING_EVENTS = 6_000


def size_axis(scatter: Floats, shares: Floats) -> Floats:
    """The weights of log forward and log side scatter (channels,), of length 1, larger beads to
    larger numbers.

    scatter (events, channels): events that may be beads. shares (sizes,): the part of the beads of
    each size. Forward scatter, side scatter and both together are tried, and the best of those that
    show as many sizes as there should be is turned by the discriminant of Fisher (1936,
    doi:10.1111/j.1469-1809.1936.tb02137.x) if that sets the sizes farther apart. Where none shows
    them it is forward scatter.
    """
    step = max(1, len(scatter) // FITTING_EVENTS)
    logs = np.log(scatter[::step, :2])
    forward: Floats = np.eye(logs.shape[1])[0]
    if logs.shape[1] == 1:
        return forward
    tried = [forward, np.array([0.0, 1.0]), np.array([1.0, 1.0]) / np.sqrt(2)]
    best = max((_along(logs, weights, shares) for weights in tried), key=_apart)
    if not best.apart:
        return forward
    turned = _along(logs, _discriminant(logs, best.label, len(shares)), shares)
    best = max(best, turned, key=_apart)
    largest, smallest = (np.median(logs[best.label == i, 0]) for i in (len(shares) - 1, 0))
    return best.weights if largest > smallest else np.negative(best.weights)


@dataclass(frozen=True, slots=True)
class _Direction:
    """A direction, the size of each event along it, and how far neighbouring sizes are apart; 0
    where they do not show.
    """

    weights: Floats
    label: Ints
    apart: float


def _apart(direction: _Direction) -> float:
    return direction.apart


def _along(logs: Floats, weights: Floats, shares: Floats) -> _Direction:
    """The sizes along a direction.

    They do not show where the peaks are not as many as the sizes, or one is far too rare for a
    size: doublets beside beads of all sizes.
    """
    values, sizes = logs @ weights, len(shares)
    modes = common_peaks(values, find_modes(values, expected=sizes), shares)
    label = modes.label(values)
    counts = np.bincount(label, minlength=sizes)
    if len(modes.at) != sizes or (counts < RARE * shares * len(values)).any():
        return _Direction(weights, label, 0.0)
    middle, sd = np.array([_middle_and_sd(values[label == i]) for i in range(sizes)]).T
    return _Direction(weights, label, _least_distance(middle, sd))


def _least_distance(middle: Floats, sd: Floats) -> float:
    """The least distance of the medians of neighbours, in the standard deviations of both
    together.
    """
    return float((np.diff(middle) / np.maximum(sd[1:] + sd[:-1], 1e-9)).min())


def _middle_and_sd(values: Floats) -> tuple[float, float]:
    middle = np.median(values)
    return float(middle), 1.4826 * float(np.median(np.abs(values - middle)))


def _discriminant(logs: Floats, label: Ints, sizes: int) -> Floats:
    """Fisher's direction between the smallest and the largest beads, from the densest four fifths
    of each size: within^-1 (largest - smallest).
    """
    middle = np.array([np.median(logs[label == i], axis=0) for i in range(sizes)])
    off = logs - middle[label]
    far = np.abs(off).max(axis=1)
    near = off[far <= np.quantile(far, 0.8)]
    within = near.T @ near / len(near) + 1e-9 * np.eye(logs.shape[1])
    weights = np.linalg.solve(within, middle[-1] - middle[0])
    return np.asarray(weights / np.linalg.norm(weights))
