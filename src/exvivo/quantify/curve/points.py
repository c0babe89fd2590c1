"""The standards of all curves as arrays, and what their levels say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats, Ints
from exvivo.quantify.curve.logistic import dose_of


@dataclass(frozen=True, slots=True)
class Points:
    """The standards of all curves, arrays (curves, points); `there` is False where a curve has no
    such point.

    analyte: (curves,), equal for the curves of one analyte. level: the rank of a well's amount in
    its curve, -1 where none. same: how many wells of the curve hold the amount of this one.
    """

    wells: tuple[tuple[str, ...], ...]
    analyte: Ints
    dose: Floats
    reading: Floats
    sampling: Floats
    there: Bools
    level: Ints
    same: Floats

    @property
    def count(self) -> Ints:
        """How many wells each curve has (curves,)."""
        return np.asarray(self.there.sum(axis=1))

    @property
    def analytes(self) -> int:
        """How many analytes there are."""
        return int(self.analyte.max()) + 1

    def over_plates(self, values: Floats | Ints | Bools) -> Floats:
        """The sum of `values` (curves,) over the plates of each curve's analyte (curves,)."""
        return np.asarray(np.bincount(self.analyte, values)[self.analyte])

    @property
    def in_level(self) -> Floats:
        """1 where a well holds the amount of a level, else 0 (curves, points, levels)."""
        levels = np.arange(self.level.max() + 1)
        return np.asarray(self.level[..., None] == levels, dtype=np.float64)


def points_of(standards: pl.DataFrame, keys: tuple[tuple[str, str], ...]) -> Points:
    """From rows sorted by plate and analyte, whose (plate, analyte) are `keys` in that order."""
    parts = standards.partition_by("plate", "analyte", maintain_order=True)
    shape = len(parts), max(part.height for part in parts)
    dose, reading, sampling = np.ones(shape), np.zeros(shape), np.zeros(shape)
    level = np.full(shape, -1)
    for i, part in enumerate(parts):
        here = i, slice(part.height)
        dose[here], reading[here], sampling[here] = part.select("nominal", "reading", "se")
        level[here] = np.unique(dose[here], return_inverse=True)[1]
    there = level >= 0
    alike = there[:, None, :] & (level[:, :, None] == level[:, None, :])
    _, analyte = np.unique([name for _, name in keys], return_inverse=True)
    return Points(
        wells=tuple(tuple(part["well"]) for part in parts),
        analyte=analyte,
        dose=dose,
        reading=reading,
        sampling=sampling,
        there=there,
        level=level,
        same=alike.sum(axis=2).astype(np.float64),
    )


def least_sd(points: Points) -> Floats:
    """What no reading is known better than (curves, 1): readings that are all the same would weigh
    without end.
    """
    size = np.max(np.where(points.there, np.abs(points.reading), 0.0), axis=1, keepdims=True)
    return np.asarray(np.where(size > 0, 1e-6 * size, 1.0))


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of each curve in rising order: dose and mean reading (NaN where a curve has
    fewer), wells; (curves, levels).
    """

    dose: Floats
    mean: Floats
    wells: Floats

    @property
    def count(self) -> Ints:
        """How many levels each curve has (curves,)."""
        return np.asarray((self.wells > 0).sum(axis=1))


def levels_of(points: Points, counts: Bools | None = None) -> Levels:
    """`counts` (curves, points) leaves wells out of the means."""
    every = points.in_level
    used = every if counts is None else every * counts[..., None]
    dose, mean = _averaged(points.dose, every), _averaged(points.reading, used)
    return Levels(dose, mean, used.sum(axis=1))


def _averaged(values: Floats, weight: Floats) -> Floats:
    """Of each level (curves, levels); NaN where nothing has a weight."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.einsum("cp,cpl->cl", values, weight) / weight.sum(axis=1))


def mean_of_level(points: Points) -> Floats:
    """The mean reading of the level of each well (curves, points)."""
    mean = np.nan_to_num(levels_of(points).mean)
    return np.take_along_axis(mean, np.maximum(points.level, 0), axis=1)


def sampled_variance(points: Points, levels: Levels) -> Floats:
    """The mean squared sampling error of the wells of each level (curves, levels)."""
    squares = np.einsum("cp,cpl->cl", np.square(points.sampling), points.in_level)
    return np.asarray(squares / np.maximum(levels.wells, 1.0))


def recovered(levels: Levels, theta: Floats) -> Floats:
    """What the curve reads the mean of each level as, over its dose (curves, levels); NaN for
    blanks and absent levels.
    """
    read = np.isfinite(levels.mean)
    dose = np.where((levels.dose > 0) & read, levels.dose, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.exp(dose_of(theta, np.where(read, levels.mean, 0.0))) / dose)
