"""Where the fits of logistic curves start: the best points of a grid of shapes, their two linear
parameters solved for.

For a given midpoint, steepness and asymmetry the curve is linear in A and B - A, y = A + (B - A) g,
so that the least squares of every curve at every point of the grid come out of three matrix
products (variable projection, Golub and Pereyra 1973, doi:10.1137/0710036).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from exvivo.arrays import Bools, Floats, Ints

_MIDPOINTS = (-0.1, 0.15, 0.35, 0.55, 0.75, 0.95, 1.2)
"""Of the range of the standards, on the log scale: 0 is the lowest, 1 the highest."""
_STEEPNESS = (2.5, 5.0, 8.0, 13.0, 22.0)
"""D times the range of the standards in natural logarithms."""
_ASYMMETRY = (0.35, 0.8, 2.5)
_ROUNDS = 3
_TINY = np.finfo(np.float64).tiny


@dataclass(frozen=True, slots=True)
class Data:
    """What a batch of curves is fitted to, one column a curve: log dose, 1 where the dose is not
    zero, reading, 1 / sd.
    """

    log_dose: Floats
    dosed: Floats
    reading: Floats
    weight: Floats

    def at(self, columns: Ints | Bools) -> Data:
        """Some of the curves."""
        parts = (self.log_dose, self.dosed, self.reading, self.weight)
        return Data(*(np.ascontiguousarray(part[:, columns]) for part in parts))


def data_of(dose: Floats, reading: Floats, sd: Floats) -> Data:
    """From arrays (curves, points); sd inf where a point does not count."""
    dosed = dose > 0
    parts = (np.log(np.where(dosed, dose, 1.0)), dosed.astype(np.float64), reading, 1.0 / sd)
    return Data(*(np.ascontiguousarray(part.T) for part in parts))


def dose_range(data: Data) -> tuple[Floats, Floats]:
    """Log of the lowest standard and the width up to the highest one (curves,)."""
    counts = (data.weight > 0) & (data.dosed > 0)
    first = np.min(np.where(counts, data.log_dose, np.inf), axis=0)
    return first, np.max(np.where(counts, data.log_dose, -np.inf), axis=0) - first


@dataclass(frozen=True, slots=True)
class _Grid:
    """The shapes that are tried: (shapes, 3), midpoint, steepness and asymmetry.

    unit: the curve g between 0 and 1 of each shape (shapes, points), for each different series of
    doses; series (curves,): which one a curve has; first and width (curves,): `dose_range`.
    """

    shapes: Floats
    unit: list[Floats]
    series: Ints
    first: Floats
    width: Floats

    def curve(self, pick: Ints) -> Floats:
        """The curve g of the picked shape of each curve (points, curves)."""
        picked = zip(self.series, pick, strict=True)
        return np.stack([self.unit[series][shape] for series, shape in picked], axis=1)


@dataclass(frozen=True, slots=True)
class _Solutions:
    """Weighted squares, A and B - A of each curve at every shape (curves, shapes); infinite squares
    where the curve falls.
    """

    loss: Floats
    base: Floats
    span: Floats

    def linear(self, pick: Ints) -> tuple[Floats, Floats]:
        """A and B - A of each curve at its picked shape (curves,)."""
        row = np.arange(len(pick))
        return self.base[row, pick], self.span[row, pick]


def starting_points(data: Data, free: int, *, keep: int, cauchy: float | None) -> Floats:
    """Theta (5, tries, curves): the `keep` best of the grid; with a Cauchy loss also the best after
    each reweighting.
    """
    grid = _grid(data, free)
    solutions = _solutions(data, np.square(data.weight), grid)
    picks = list(np.argpartition(solutions.loss, keep, axis=1)[:, :keep].T)
    if cauchy is not None:
        picks += _reweighted_picks(data, grid, solutions, cauchy)
    return np.stack([_theta(grid, pick, *solutions.linear(pick)) for pick in picks], axis=1)


def _reweighted_picks(data: Data, grid: _Grid, solutions: _Solutions, cauchy: float) -> list[Ints]:
    """The best shapes of each round of reweighting by the Cauchy loss; their A and B - A replace
    those in `solutions`.
    """
    row, pick, picks = np.arange(len(grid.series)), np.argmin(solutions.loss, axis=1), []
    for _ in range(_ROUNDS):
        base, span = solutions.linear(pick)
        off = (data.reading - (base + span * grid.curve(pick))) * data.weight
        weight = np.square(data.weight) / (1.0 + np.square(off / cauchy))
        again = _solutions(data, weight, grid)
        pick = np.argmin(again.loss, axis=1)
        solutions.base[row, pick], solutions.span[row, pick] = again.linear(pick)
        picks.append(pick)
    return picks


def _theta(grid: _Grid, pick: Ints, base: Floats, span: Floats) -> Floats:
    middle, steep, skew = grid.shapes[pick].T
    log_middle = grid.first + middle * grid.width
    return np.stack([base, np.log(span), log_middle, np.log(steep / grid.width), np.log(skew)])


def _grid(data: Data, free: int) -> _Grid:
    shapes = np.array(list(product(_MIDPOINTS, _STEEPNESS, _ASYMMETRY if free == 5 else (1.0,))))
    first, width = dose_range(data)
    counts = (data.dosed > 0) & (data.weight > 0)
    # Doses as shares of the range: curves of one dilution series share the work.
    relative = np.where(counts, (data.log_dose - first) / width, -np.inf)
    doses, series = np.unique(np.round(relative.T, 9), axis=0, return_inverse=True)
    middle, steep, skew = shapes.T[..., None]
    unit = [np.exp(-skew * np.logaddexp(0.0, -(steep * (each - middle)))) for each in doses]
    return _Grid(shapes, unit, series.ravel(), first, width)


def _solutions(data: Data, weight: Floats, grid: _Grid) -> _Solutions:
    """`weight` (points, curves) weighs the squares."""
    solutions = _Solutions(*np.empty((3, grid.series.size, len(grid.shapes))))
    for series, unit in enumerate(grid.unit):
        own = grid.series == series
        loss, base, span = _least_squares(weight[:, own].T, data.reading[:, own].T, unit)
        solutions.loss[own], solutions.base[own], solutions.span[own] = loss, base, span
    return solutions


def _least_squares(weight: Floats, reading: Floats, unit: Floats) -> tuple[Floats, Floats, Floats]:
    """Squares, A and B - A of weighted lines: reading (curves, points) on g (shapes, points)."""
    total = weight.sum(axis=1, keepdims=True)
    mean = (weight * reading).sum(axis=1, keepdims=True) / total
    off = weight * (reading - mean)
    # Weighted mean and sum of squares of g, and its sum of products with the reading.
    middle = weight @ unit.T / total
    squares = weight @ np.square(unit).T - total * np.square(middle)
    products = off @ unit.T
    slope = products / np.maximum(squares, 1e-12 * total)
    residual = (off * (reading - mean)).sum(axis=1, keepdims=True) - slope * products
    rising = slope > 0
    span = np.where(rising, slope, _TINY)
    return np.where(rising, residual, np.inf), mean - span * middle, span
