"""Where the fits of logistic curves start: the best points of a grid of shapes, their two linear
parameters solved for.

For a given midpoint, steepness and asymmetry the curve is linear in A and B - A, so that the least
squares of every curve at every point of the grid come out of three matrix products (variable
projection, Golub and Pereyra 1973, doi:10.1137/0710036).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats

_MIDPOINTS = (-0.1, 0.15, 0.35, 0.55, 0.75, 0.95, 1.2)
"""Of the range of the standards, on the log scale: 0 is the lowest, 1 the highest."""
_STEEPNESS = (2.5, 5.0, 8.0, 13.0, 22.0)
"""D times the range of the standards in natural logarithms."""
_ASYMMETRY = (0.35, 0.8, 2.5)
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Data:
    """What a batch of curves is fitted to, one column a curve: log dose, 1 where the dose is not
    zero, reading, 1 / sd.
    """

    log_dose: Floats
    known: Floats
    reading: Floats
    weight: Floats

    def at(self, columns: np.ndarray) -> Data:
        """Some of the curves."""
        parts = (self.log_dose, self.known, self.reading, self.weight)
        return Data(*(np.ascontiguousarray(part[:, columns]) for part in parts))


def data_of(dose: Floats, reading: Floats, sd: Floats) -> Data:
    """From arrays (curves, points); sd inf where a point does not count."""
    known = dose > 0
    parts = (np.log(np.where(known, dose, 1.0)), known.astype(np.float64), reading, 1.0 / sd)
    return Data(*(np.ascontiguousarray(part.T) for part in parts))


def dose_range(data: Data) -> tuple[Floats, Floats]:
    """Log of the lowest standard and the width up to the highest one (curves,)."""
    counts = (data.weight > 0) & (data.known > 0)
    first = np.min(np.where(counts, data.log_dose, np.inf), axis=0)
    return first, np.max(np.where(counts, data.log_dose, -np.inf), axis=0) - first


def starting_points(data: Data, free: int, *, keep: int, cauchy: float | None) -> Floats:
    """Theta (5, tries, curves): the `keep` best of the grid; with a Cauchy loss also the best after
    each reweighting.
    """
    grid = np.array(
        [
            (m, d, f)
            for m in _MIDPOINTS
            for d in _STEEPNESS
            for f in (_ASYMMETRY if free == 5 else (1.0,))
        ]
    )
    first, width = dose_range(data)
    shapes, owner = _shapes(data, grid, first, width)
    square = np.square(data.weight)
    loss, base, span = _solved(data, square, shapes, owner)
    picks = list(np.argpartition(loss, keep, axis=1)[:, :keep].T)
    row = np.arange(len(loss))
    for _ in range(_ROUNDS if cauchy else 0):
        best = np.argmin(loss, axis=1)
        fitted = base[row, best] + span[row, best] * _of_each(shapes, owner, best)
        off = (data.reading - fitted) * data.weight
        loss, new_base, new_span = _solved(
            data, square / (1.0 + np.square(off / (cauchy or 1.0))), shapes, owner
        )
        pick = np.argmin(loss, axis=1)
        base[row, pick], span[row, pick] = new_base[row, pick], new_span[row, pick]
        picks.append(pick)
    return np.stack(
        [_theta(base[row, p], span[row, p], first, width, grid[p]) for p in picks], axis=1
    )


def _theta(base: Floats, span: Floats, first: Floats, width: Floats, shape: Floats) -> Floats:
    middle, steep, skew = shape.T
    return np.stack(
        [base, np.log(span), first + middle * width, np.log(steep / width), np.log(skew)]
    )


def _shapes(
    data: Data, grid: Floats, first: Floats, width: Floats
) -> tuple[list[Floats], np.ndarray]:
    """The curve between 0 and 1 at every point of the grid (shapes, points), for each different
    series of doses.
    """
    counts = (data.known > 0) & (data.weight > 0)
    relative = np.where(counts, (data.log_dose - first) / width, -np.inf)
    series, owner = np.unique(np.round(relative.T, 9), axis=0, return_inverse=True)
    made = []
    for one in series:
        z = grid[:, 1, None] * (one - grid[:, 0, None])
        made.append(np.exp(-grid[:, 2, None] * np.logaddexp(0.0, -z)))
    return made, owner.ravel()


def _of_each(shapes: list[Floats], owner: np.ndarray, pick: np.ndarray) -> Floats:
    return np.stack([shapes[series][at] for series, at in zip(owner, pick, strict=True)], axis=1)


def _solved(
    data: Data, square: Floats, shapes: list[Floats], owner: np.ndarray
) -> tuple[Floats, Floats, Floats]:
    """Weighted squares, A and B - A at every point of the grid (curves, shapes); infinite squares
    where the curve falls.
    """
    loss, base, span = np.empty((3, owner.size, len(shapes[0])))
    for series, shape in enumerate(shapes):
        mine = owner == series
        weight, reading = square[:, mine].T, data.reading[:, mine].T
        total = weight.sum(axis=1, keepdims=True)
        mean = (weight * reading).sum(axis=1, keepdims=True) / total
        off = weight * (reading - mean)
        middle = weight @ shape.T / total
        spread = weight @ np.square(shape).T - total * np.square(middle)
        common = off @ shape.T
        rise = common / np.maximum(spread, 1e-12 * total)
        left = (off * (reading - mean)).sum(axis=1, keepdims=True) - rise * common
        rising = rise > 0
        smallest = np.finfo(np.float64).tiny
        loss[mine], span[mine] = np.where(rising, left, np.inf), np.where(rising, rise, smallest)
        base[mine] = mean - span[mine] * middle
    return loss, base, span
