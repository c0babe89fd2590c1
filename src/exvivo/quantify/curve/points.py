"""The standards of all curves as arrays, and what their levels say."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats, Ints
from exvivo.quantify.curve.logistic import dose_of

LEVELS_FOR_4PL = 4
LEAST_TRUST = 1e-3
"""Nothing is left out: a well that is surely off still counts for this much of another."""


@dataclass(frozen=True, slots=True)
class Points:
    """The standards of all curves, arrays (curves, points); `there` is False where a curve has no
    such point.

    analyte: (curves,), equal for the curves of one analyte. family: (analytes,), equal for analytes
    that stand together on a plate. level: the rank of a well's amount in its curve, -1 where none.
    trust: between `LEAST_TRUST` and 1, what a well counts for. same: the trust of all wells of the
    curve that hold the amount of this one.
    """

    wells: tuple[tuple[str, ...], ...]
    analyte: Ints
    family: Ints
    dose: Floats
    reading: Floats
    sampling: Floats
    there: Bools
    level: Ints
    trust: Floats
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
    def weight(self) -> Floats:
        """What each well counts for; 0 where there is none (curves, points)."""
        return np.where(self.there, self.trust, 0.0)

    @property
    def in_level(self) -> Floats:
        """1 where a well holds the amount of a level, else 0 (curves, points, levels)."""
        levels = np.arange(self.level.max() + 1)
        return np.asarray(self.level[..., None] == levels, dtype=np.float64)

    def trusted(self, trust: Floats) -> Points:
        """The same wells with another trust (curves, points)."""
        trust = np.where(self.there, np.clip(trust, LEAST_TRUST, 1.0), 1.0)
        return replace(self, trust=trust, same=_same(self.level, np.where(self.there, trust, 0.0)))


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
    plate, analyte = (np.unique(names, return_inverse=True)[1] for names in zip(*keys, strict=True))
    return Points(
        wells=tuple(tuple(part["well"]) for part in parts),
        analyte=analyte,
        family=_families(plate, analyte),
        dose=dose,
        reading=reading,
        sampling=sampling,
        there=there,
        level=level,
        trust=np.ones(shape),
        same=_same(level, there.astype(np.float64)),
    )


def _families(plate: Ints, analyte: Ints) -> Ints:
    """A number for each analyte (analytes,), equal for those that share a plate, directly or by way
    of others: the smallest number of their analytes.
    """
    family = np.arange(analyte.max() + 1)
    while True:
        of_plate = _least(plate, family[analyte])
        joined = _least(analyte, of_plate[plate])
        if (joined == family).all():
            return np.asarray(np.unique(family, return_inverse=True)[1])
        family = joined


def _least(group: Ints, value: Ints) -> Ints:
    """The smallest value of each group (groups,)."""
    least = np.full(group.max() + 1, value.max())
    np.minimum.at(least, group, value)
    return least


def _same(level: Ints, weight: Floats) -> Floats:
    """The weight of the wells of a curve that hold the same (curves, points)."""
    alike = level[:, :, None] == level[:, None, :]
    return np.asarray(np.einsum("cpq,cq->cp", alike, weight))


def least_sd(points: Points) -> Floats:
    """What no reading is known better than (curves, 1): readings that are all the same would weigh
    without end.
    """
    size = np.max(np.where(points.there, np.abs(points.reading), 0.0), axis=1, keepdims=True)
    return np.asarray(np.where(size > 0, 1e-6 * size, 1.0))


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of each curve in rising order: dose and mean reading (NaN where a curve has
    fewer), wells (the sum of their trust); (curves, levels).
    """

    dose: Floats
    mean: Floats
    wells: Floats

    @property
    def count(self) -> Ints:
        """How many levels each curve has (curves,)."""
        return np.asarray((self.wells > 0).sum(axis=1))


def levels_of(points: Points) -> Levels:
    """Each well counts for its trust."""
    used = points.in_level * points.weight[..., None]
    dose, mean = (_averaged(values, used) for values in (points.dose, points.reading))
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
    squares = points.weight * np.square(points.sampling)
    total = np.einsum("cp,cpl->cl", squares, points.in_level)
    return np.asarray(total / np.where(levels.wells > 0, levels.wells, 1.0))


def recovered(levels: Levels, theta: Floats) -> Floats:
    """What the curve reads the mean of each level as, over its dose (curves, levels); NaN for
    blanks and absent levels.
    """
    read = np.isfinite(levels.mean)
    dose = np.where((levels.dose > 0) & read, levels.dose, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.exp(dose_of(theta, np.where(read, levels.mean, 0.0))) / dose)
