"""The standards of all curves as arrays, and what their levels say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.quantify.curve.logistic import dose_of


@dataclass(frozen=True, slots=True)
class Points:
    """The standards of all curves, arrays (curves, points); `there` is False where a curve has no
    such point.

    analyte: (curves,), equal for the curves of one analyte. level: the rank of a well's amount in
    its curve, -1 where none. same: how many wells of the curve hold the amount of this one.
    """

    wells: tuple[tuple[str, ...], ...]
    analyte: np.ndarray
    dose: Floats
    reading: Floats
    sampling: Floats
    there: np.ndarray
    level: np.ndarray
    same: Floats


def points_of(standards: pl.DataFrame, keys: tuple[tuple[str, str], ...]) -> Points:
    """From rows sorted by plate and analyte, whose (plate, analyte) are `keys` in that order."""
    parts = standards.partition_by("plate", "analyte", maintain_order=True)
    size = max(part.height for part in parts)
    filled = np.full((3, len(parts), size), np.nan)
    level = np.full((len(parts), size), -1)
    for i, part in enumerate(parts):
        filled[:, i, : part.height] = part.select("nominal", "reading", "se").to_numpy().T
        level[i, : part.height] = np.unique(part["nominal"].to_numpy(), return_inverse=True)[1]
    there = level >= 0
    dose, reading, sampling = (
        np.where(there, array, fill) for array, fill in zip(filled, (1, 0, 0), strict=True)
    )
    same = (
        (there[:, None, :] & (level[:, :, None] == level[:, None, :]))
        .sum(axis=2)
        .astype(np.float64)
    )
    _, analyte = np.unique([name for _, name in keys], return_inverse=True)
    wells = tuple(tuple(part["well"]) for part in parts)
    return Points(wells, analyte, dose, reading, sampling, there, level, same)


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


def levels_of(points: Points, counts: np.ndarray | None = None) -> Levels:
    """`counts` (curves, points) leaves wells out of the means."""
    one = points.level[..., None] == np.arange(points.level.max() + 1)
    used = (one & counts[..., None] if counts is not None else one).astype(np.float64)
    wells = used.sum(axis=1)
    with np.errstate(invalid="ignore"):
        dose = np.einsum("cp,cpl->cl", points.dose, one.astype(np.float64)) / one.sum(axis=1)
        mean = np.einsum("cp,cpl->cl", points.reading, used) / wells
    return Levels(dose, mean, wells)


def recovered(levels: Levels, theta: Floats) -> Floats:
    """What the curve reads the mean of each level as, over its dose (curves, levels); NaN for
    blanks and absent levels.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        known = np.where((levels.dose > 0) & np.isfinite(levels.mean), levels.dose, np.nan)
        return np.exp(dose_of(theta, np.where(np.isfinite(levels.mean), levels.mean, 0.0))) / known
