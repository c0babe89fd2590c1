"""The efficiency a target's own curves show, without standards: one growth rate shared by all of
them.

Up to the cycle at which growth accelerates most, a curve is base + height * x / (1 + k x) with x =
E^(cycle - Cq): growth by E a cycle, slowed in proportion to what is there (Rutledge 2008, doi
10.1093/nar/gnh177). E and k belong to the target, base and height to each curve; the last two are
linear, so they are solved for, and the first two are searched on ever finer grids (variable
projection, doi 10.1137/0710036). The search is over log E, the growth rate.

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

_RATES = np.linspace(math.log(1.5), math.log(2.25), 13)[:, None]
_SLOWINGS = np.array([[0.0], [0.05], [0.1], [0.2], [0.3], [0.45], [0.65], [0.9]])
_FINER = np.arange(-2, 3)[:, None] / 2
"""A finer grid around the best point, in steps."""
_FIRST_SLOW_STEP = 0.1
_REFINED = 3
"""How often the search is repeated on a grid around the best point, each three times finer."""


@dataclass(frozen=True, slots=True)
class Growth:
    """Per target: the efficiency as fitted, NaN where too few curves show it, and how many curves
    it rests on.
    """

    fitted: Floats
    curves: Ints


@dataclass(frozen=True, slots=True)
class _Windows:
    """The readings before each Cq, (n, window): `offset` (cycles from the Cq), `reading`, and
    `weight`, 0 where a reading does not count; `target` (n,) numbers the `targets` targets.
    """

    offset: Floats
    reading: Floats
    weight: Floats
    target: Ints
    targets: int


@dataclass(frozen=True, slots=True)
class _Best:
    """The best point of the search so far, one entry a target."""

    squares: Floats
    rate: Floats
    slowing: Floats


def shared_growth(
    cycles: Floats, fluorescence: Floats, cq: Floats, noise: Floats, target: Ints
) -> Growth:
    """The efficiency of every target from all its curves at once.

    `cycles` (c,), `fluorescence` (n, c), `cq` and `noise` (n,) as `curves.call_curves` gives them;
    `target` (n,) numbers the targets. Curves without a Cq, or without enough readings before it, do
    not enter.
    """
    count = int(target.max(initial=-1)) + 1
    offset, reading, used = _around_cq(cycles, fluorescence, cq)
    enters = used.sum(axis=1) >= FEWEST_POINTS
    curves = np.bincount(target[enters], minlength=count)
    fitted = np.full(count, np.nan)
    if enters.any():
        weight = _weights(reading[enters], used[enters], noise[enters])
        data = _Windows(offset[enters], reading[enters], weight, target[enters], count)
        fitted = np.where(curves >= FEWEST_CURVES, np.exp(_best_rate(data)), np.nan)
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
    # A truncated normal (scipy.stats.truncnorm, whose import is slow). With the Mills ratio
    # m = phi(z) / Phi(z): mean mu - sd m, variance sd^2 (1 - z m - m^2).
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    ratio = density / (0.5 * math.erfc(-z / math.sqrt(2)))
    return fitted - MODEL_SD * ratio, MODEL_SD * math.sqrt(max(1 - z * ratio - ratio * ratio, 0.0))


def _around_cq(cycles: Floats, fluorescence: Floats, cq: Floats) -> tuple[Floats, Floats, Bools]:
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
    lowest = np.where(used, reading, np.inf).min(axis=1)[:, None]
    signal = np.where(used, reading - lowest, 0.0)
    least = 1e-6 * signal.max(axis=1)
    variance = np.maximum(noise, least)[:, None] ** 2 + (RELATIVE_ERROR * signal) ** 2
    return np.where(used, 1 / np.maximum(variance, 1e-300), 0.0)


def _best_rate(data: _Windows) -> Floats:
    """The growth rate of each target with the least squares, on ever finer grids."""
    ones = np.ones(data.targets)
    rates, slowings = _RATES * ones, _SLOWINGS * ones
    step, slow_step = (_RATES[1, 0] - _RATES[0, 0]) / 2, _FIRST_SLOW_STEP
    best = _Best(np.inf * ones, _RATES.mean() * ones, _SLOWINGS.mean() * ones)
    for _ in range(_REFINED + 1):
        best = _best_on_grid(data, rates, slowings, best)
        rates = best.rate + step * _FINER
        slowings = np.maximum(best.slowing + slow_step * _FINER, 0.0)
        step, slow_step = step / 3, slow_step / 3
    return best.rate


def _best_on_grid(data: _Windows, rates: Floats, slowings: Floats, start: _Best) -> _Best:
    """The best point of each target on its grid, (rates, targets) by (slowings, targets)."""
    best = _Best(np.full(data.targets, np.inf), start.rate, start.slowing)
    for rate in rates:
        growth = np.exp(rate[data.target][:, None] * data.offset)
        for slowing in slowings:
            shape = growth / (1 + slowing[data.target][:, None] * growth)
            best = _better(best, _Best(_residual_squares(shape, data), rate, slowing))
    return best


def _better(best: _Best, point: _Best) -> _Best:
    improves = point.squares < best.squares
    return _Best(
        np.where(improves, point.squares, best.squares),
        np.where(improves, point.rate, best.rate),
        np.where(improves, point.slowing, best.slowing),
    )


def _residual_squares(shape: Floats, data: _Windows) -> Floats:
    """The weighted residual sum of squares per target when every curve has its best base and
    height: weighted linear regression of its readings (y) on the shape (x).
    """
    x, y, weight = shape, data.reading, data.weight
    total, sum_x, sum_y = weight.sum(axis=1), (weight * x).sum(axis=1), (weight * y).sum(axis=1)
    sum_xx, sum_yy = (weight * x**2).sum(axis=1), (weight * y**2).sum(axis=1)
    s_xx = np.maximum(sum_xx - sum_x**2 / total, 1e-300)
    s_xy = (weight * x * y).sum(axis=1) - sum_x * sum_y / total
    residual = sum_yy - sum_y**2 / total - s_xy**2 / s_xx
    return np.asarray(np.bincount(data.target, weights=residual, minlength=data.targets))
