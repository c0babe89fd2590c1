"""The efficiency a target's own curves show, without standards: one growth rate shared by all of
them.

Up to the cycle after the one at which growth accelerates most, a curve is base + drift * t + height
* x / (1 + k x) with x = E^t and t the cycles from its Cq: growth by E a cycle, slowed in proportion
to what is there (Rutledge 2008, doi 10.1093/nar/gnh177), over a base that may drift. E and k belong
to the target, base, drift and height to each curve; the last three are linear, so they are solved
for, and the first two are searched on ever finer grids (variable projection, doi 10.1137/0710036).
The search is over log E, the growth rate. Its error is that of curves drawn anew (sandwich, doi
10.2307/1912934, each curve one piece of evidence).

The window was chosen on the dilution series of Untergasser et al. (RDML-Tools) and checked on those
of Vermeulen et al. and of QuantStudio instruments (`benchmarks.qpcr.efficiency`). A base without
drift read .06 too much on the first and .12 too little on the last.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints

BEFORE, AFTER = 12, 1
"""The window: from this many cycles before the Cq to this many after it."""
RELATIVE_ERROR = 0.02
"""What the model may be off, as a share of the fluorescence above the base, beside the noise of the
readings.
"""
FEWEST_POINTS, FEWEST_CURVES = 6, 3

_RATES = np.linspace(math.log(1.5), math.log(2.25), 13)[:, None]
_SLOWINGS = np.array([[0.0], [0.05], [0.1], [0.2], [0.3], [0.45], [0.65], [0.9]])
_FINER = np.arange(-2, 3)[:, None] / 2
"""A finer grid around the best point, in steps."""
_FIRST_SLOW_STEP = 0.1
_REFINED = 3
"""How often the search is repeated on a grid around the best point, each three times finer."""
_NEAR = 0.01
"""How far from the best point the squares are looked at for its error, in rate and slowing."""
_FLAT, _NO_IDEA = 1e-9, 0.5
"""Squares curve too little for an error below this share; then, and at most, it is taken as .5."""


@dataclass(frozen=True, slots=True)
class CurveFit:
    """What a target's own curves show: the efficiency as fitted, the standard deviation that their
    scatter leaves it (both NaN where they are too few), and how many they are.
    """

    fitted: float
    sd: float
    curves: int


@dataclass(frozen=True, slots=True)
class Growth:
    """Per target: the efficiency as fitted and the standard deviation that its curves leave it, NaN
    where too few curves show it, and how many curves it rests on.
    """

    fitted: Floats
    sd: Floats
    curves: Ints

    def by_target(self, names: Iterable[str]) -> dict[str, CurveFit]:
        """The fits of targets that were numbered in the order of these names."""
        columns = self.fitted.tolist(), self.sd.tolist(), self.curves.tolist()
        return dict(zip(names, map(CurveFit, *columns), strict=True))


@dataclass(frozen=True, slots=True)
class _Windows:
    """The readings around each Cq, (n, window), each times the root of its weight, which is 0 where
    a reading does not count.

    `offset` in cycles from the Cq; `root` the roots; `level` and `drift` an orthonormal basis of
    straight lines; `reading` what no straight line explains; `target` (n,) numbers the `targets`
    targets.
    """

    offset: Floats
    root: Floats
    level: Floats
    drift: Floats
    reading: Floats
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
    curves = np.asarray(np.bincount(target[enters], minlength=count), dtype=np.int64)
    if not enters.any():
        return Growth(np.full(count, np.nan), np.full(count, np.nan), curves)
    weight = _weights(reading[enters], used[enters], noise[enters])
    data = _windows(offset[enters], reading[enters], weight, target[enters], count)
    best, enough = _best_point(data), curves >= FEWEST_CURVES
    fitted = np.where(enough, np.exp(best.rate), np.nan)
    return Growth(fitted, fitted * _rate_sd(data, best, curves), curves)


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


def _windows(
    offset: Floats, reading: Floats, weight: Floats, target: Ints, targets: int
) -> _Windows:
    """The windows with their straight lines made orthonormal and taken off the readings (Gram and
    Schmidt).
    """
    root = np.sqrt(weight)
    level = _unit(root)
    drift = _unit(_off(root * offset, level))
    left = _off(_off(root * reading, level), drift)
    return _Windows(offset, root, level, drift, left, target, targets)


def _dot(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.einsum("nk,nk->n", a, b))


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.sqrt(np.maximum(_dot(rows, rows), 1e-300))[:, None])


def _off(rows: Floats, unit: Floats) -> Floats:
    """Rows less their projection on unit rows."""
    return rows - _dot(rows, unit)[:, None] * unit


def _best_point(data: _Windows) -> _Best:
    """The rate and slowing of each target with the least squares, on ever finer grids."""
    ones = np.ones(data.targets)
    rates, slowings = _RATES * ones, _SLOWINGS * ones
    step, slow_step = (_RATES[1, 0] - _RATES[0, 0]) / 2, _FIRST_SLOW_STEP
    best = _Best(np.inf * ones, _RATES.mean() * ones, _SLOWINGS.mean() * ones)
    for _ in range(_REFINED + 1):
        best = _best_on_grid(data, rates, slowings, best)
        rates = best.rate + step * _FINER
        slowings = np.maximum(best.slowing + slow_step * _FINER, 0.0)
        step, slow_step = step / 3, slow_step / 3
    return best


def _best_on_grid(data: _Windows, rates: Floats, slowings: Floats, start: _Best) -> _Best:
    """The best point of each target on its grid, (rates, targets) by (slowings, targets)."""
    best = _Best(np.full(data.targets, np.inf), start.rate, start.slowing)
    for rate in rates:
        growth = np.exp(rate[data.target][:, None] * data.offset)
        for slowing in slowings:
            squares = _by_target(_squares(growth, slowing, data), data)
            best = _better(best, _Best(squares, rate, slowing))
    return best


def _better(best: _Best, point: _Best) -> _Best:
    improves = point.squares < best.squares
    return _Best(
        np.where(improves, point.squares, best.squares),
        np.where(improves, point.rate, best.rate),
        np.where(improves, point.slowing, best.slowing),
    )


def _squares(growth: Floats, slowing: Floats, data: _Windows) -> Floats:
    """The weighted residual squares of each curve, (n,), with its best base, drift and height:
    linear regression of its readings on the shape, both less their straight lines.
    """
    shape = data.root * growth / (1 + slowing[data.target][:, None] * growth)
    along_lines = _dot(shape, data.level) ** 2 + _dot(shape, data.drift) ** 2
    s_xx = np.maximum(_dot(shape, shape) - along_lines, 1e-300)
    s_xy = _dot(shape, data.reading)
    return np.asarray(_dot(data.reading, data.reading) - s_xy**2 / s_xx)


def _by_target(values: Floats, data: _Windows) -> Floats:
    return np.asarray(np.bincount(data.target, weights=values, minlength=data.targets))


def _rate_sd(data: _Windows, best: _Best, curves: Ints) -> Floats:
    """The standard deviation of each target's growth rate: H^-1 (sum of g g') H^-1 with g the slope
    of each curve's squares at the best point, in rate and slowing, and H the curvature of their
    sum, both by differences.
    """
    at = _squares_around(data, best)
    slopes = ((at[1, 0] - at[-1, 0]) / 2, (at[0, 1] - at[0, -1]) / 2)
    meat = [[_by_target(a * b, data) for b in slopes] for a in slopes]
    rr = _by_target(at[1, 0] + at[-1, 0] - 2 * at[0, 0], data)
    ss = _by_target(at[0, 1] + at[0, -1] - 2 * at[0, 0], data)
    rs = _by_target(at[1, 1] + at[-1, -1] - at[1, -1] - at[-1, 1], data) / 4
    determinant = rr * ss - rs**2
    curved = (rr > 0) & (determinant > _FLAT * rr * np.abs(ss))
    first = np.stack([ss, -rs]) / np.where(curved, determinant, 1.0)
    variance = sum(first[i] * first[j] * meat[i][j] for i in (0, 1) for j in (0, 1))
    few = curves / np.maximum(curves - 2.0, 0.5)
    sd = _NEAR * np.sqrt(np.where(curved, variance * few, 0.0))
    return np.where(curved, np.minimum(sd, _NO_IDEA), _NO_IDEA)


def _squares_around(data: _Windows, best: _Best) -> dict[tuple[int, int], Floats]:
    """The squares of each curve at the best point and a step from it, by the steps in rate and
    slowing.
    """
    rate, slowing = best.rate, np.maximum(best.slowing, _NEAR)
    steps = (-1, 0, 1)
    return {
        (i, j): _squares_at(data, rate + i * _NEAR, slowing + j * _NEAR)
        for i in steps
        for j in steps
    }


def _squares_at(data: _Windows, rate: Floats, slowing: Floats) -> Floats:
    return _squares(np.exp(rate[data.target][:, None] * data.offset), slowing, data)
