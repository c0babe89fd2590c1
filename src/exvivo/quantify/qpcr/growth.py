"""The efficiency a target's own curves show, without standards: one growth rate shared by all of
them.

Up to the cycle at which growth accelerates most, a curve is base + height * x / (1 + k x) with x =
E^(cycle - Cq): growth by E a cycle, slowed in proportion to what is there (Rutledge 2008, doi
10.1093/nar/gnh177). E and k belong to the target, base and height to each curve; the last two are
linear, so they are solved for and the first two are searched.

The window and the weights below were chosen on simulated curves of five kinds and on the dilution
series of Untergasser et al. (RDML-Tools), where the root mean square error of E was 0.04 to 0.07;
they are not adapted to any other data.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints

BEFORE, AFTER = 9, 0
"""The window: from this many cycles before the Cq to this many after it."""
RELATIVE_ERROR = 0.02
"""What the model may be off, as a share of the fluorescence above the base, beside the noise of the
readings.
"""
FEWEST_POINTS, FEWEST_CURVES = 6, 3
MODEL_SD = 0.05
"""What an efficiency read from curves is uncertain by, however many curves there are: the model is
not the chemistry.
"""
MOST = 2.0
"""A cycle can double, not more."""

_RATES = np.linspace(math.log(1.5), math.log(2.25), 13)
_SLOWING = np.array([0.0, 0.05, 0.1, 0.2, 0.3, 0.45, 0.65, 0.9])
_REFINED = 3
"""How often the search is repeated on a grid around the best point, each three times finer."""


@dataclass(frozen=True, slots=True)
class Growth:
    """Per target: the efficiency as fitted, NaN where too few curves show it, and how many curves
    it rests on.
    """

    fitted: Floats
    curves: Ints


def shared_growth(
    cycles: Floats, fluorescence: Floats, cq: Floats, noise: Floats, target: Ints
) -> Growth:
    """The efficiency of every target from all its curves at once.

    `cycles` (c,), `fluorescence` (n, c), `cq` and `noise` (n,) as `curves.call_curves` gives them;
    `target` (n,) numbers the targets. Curves without a Cq, or without enough readings before it, do
    not enter.
    """
    count = int(target.max(initial=-1)) + 1
    offset, reading, used = _windows(cycles, fluorescence, cq)
    kept = used.sum(axis=1) >= FEWEST_POINTS
    curves = np.bincount(target[kept], minlength=count)
    fitted = np.full(count, np.nan)
    if kept.any():
        weight = _weights(reading[kept], used[kept], noise[kept])
        rate = _search(offset[kept], reading[kept], weight, target[kept], count)
        fitted = np.where(curves >= FEWEST_CURVES, np.exp(rate), np.nan)
    return Growth(fitted, np.asarray(curves, dtype=np.int64))


def believed(fitted: float) -> tuple[float, float]:
    """What to believe of a fitted efficiency, and how surely: the mean and sd of a normal with
    `MODEL_SD`, cut off at 2.

    >>> believed(1.90)[0] < 1.90, round(believed(2.10)[0], 2)
    (True, 1.98)
    """
    z = (MOST - fitted) / MODEL_SD
    if z < -30:
        return MOST, 0.0
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    ratio = density / (0.5 * math.erfc(-z / math.sqrt(2)))
    return fitted - MODEL_SD * ratio, MODEL_SD * math.sqrt(max(1 - z * ratio - ratio * ratio, 0.0))


def _windows(cycles: Floats, fluorescence: Floats, cq: Floats) -> tuple[Floats, Floats, Bools]:
    """The readings around each Cq: cycles from it, fluorescence, and which of them count, (n,
    window).
    """
    called = np.isfinite(cq)
    last = np.floor(np.where(called, cq, cycles[0]) + AFTER - cycles[0]).astype(np.int64)
    place = last[:, None] + np.arange(-BEFORE - AFTER, 1)
    inside = np.clip(place, 0, cycles.size - 1)
    reading = np.take_along_axis(fluorescence, inside, axis=1)
    offset = cycles[inside] - np.where(called, cq, 0.0)[:, None]
    used = (place == inside) & np.isfinite(reading) & called[:, None]
    return offset, np.where(used, reading, 0.0), used


def _weights(reading: Floats, used: Bools, noise: Floats) -> Floats:
    """One over the variance of each reading: its noise, and the model's own error, which grows with
    the signal.
    """
    low = np.where(used, reading, np.inf).min(axis=1)
    floor = 1e-6 * np.ptp(np.where(used, reading, low[:, None]), axis=1)
    error = (
        np.maximum(noise, floor)[:, None] ** 2 + (RELATIVE_ERROR * (reading - low[:, None])) ** 2
    )
    return np.where(used, 1 / np.maximum(error, 1e-300), 0.0)


def _search(offset: Floats, reading: Floats, weight: Floats, target: Ints, count: int) -> Floats:
    """The growth rate of each target with the least misfit, on ever finer grids."""
    rate, slowing = np.full(count, _RATES.mean()), np.full(count, _SLOWING.mean())
    rates = np.broadcast_to(_RATES, (count, _RATES.size)).T
    slowings = np.broadcast_to(_SLOWING, (count, _SLOWING.size)).T
    step, slow_step = (_RATES[1] - _RATES[0]) / 2, 0.1
    for _ in range(_REFINED + 1):
        best = np.full(count, np.inf)
        for r in rates:
            growth = np.exp(r[target][:, None] * offset)
            for k in slowings:
                misfit = _misfit(
                    growth / (1 + k[target][:, None] * growth), reading, weight, target, count
                )
                better = misfit < best
                best, rate, slowing = (
                    np.where(better, misfit, best),
                    np.where(better, r, rate),
                    np.where(better, k, slowing),
                )
        rates = rate + step * np.arange(-2, 3)[:, None] / 2
        slowings = np.maximum(slowing + slow_step * np.arange(-2, 3)[:, None] / 2, 0.0)
        step, slow_step = step / 3, slow_step / 3
    return rate


def _misfit(shape: Floats, reading: Floats, weight: Floats, target: Ints, count: int) -> Floats:
    """The weighted squares left over per target when every curve has its best base and height."""
    total, first = weight.sum(axis=1), (weight * shape).sum(axis=1)
    square, level = (weight * shape**2).sum(axis=1), (weight * reading).sum(axis=1)
    cross, own = (weight * shape * reading).sum(axis=1), (weight * reading**2).sum(axis=1)
    spread = np.maximum(square - first**2 / total, 1e-300)
    left = own - level**2 / total - (cross - first * level / total) ** 2 / spread
    return np.asarray(np.bincount(target, weights=left, minlength=count))
