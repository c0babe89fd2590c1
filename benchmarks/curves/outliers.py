"""One standard well off: whether it is marked, whether its twin is, and what becomes of samples and
of the range.

Plates of one analyte, a blank and seven standards in 2 to 4 wells, noise 2 to 10 % of the signal
and a floor near zero; the signal of one well is 2- or 10-fold too high or too low. Every plate is
read twice, with the slip and without, and holds its own curve: plates share nothing. The generator
shares no code with the product.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from benchmarks.row import Row

SERIES = np.array([0.0, 15.6, 31.25, 62.5, 125.0, 250.0, 500.0, 1000.0])
A, B, C, D = 0.05, 3.0, 450.0, 1.15
FLOOR = 0.002
POSITIONS = np.geomspace(25.0, 800.0, 9)
WELLS, NOISE, FOLDS = (2, 3, 4), (0.02, 0.04, 0.10), (0.1, 0.5, 2.0, 10.0)
REPEATS = 6
"""Plates of each level, in each cell."""
Numbers = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Cell:
    """What happened on the plates of one cell, an array (plates,) each: level of the slip, whether
    its well was marked; shares of other wells marked and, without the slip, of all; the shift of
    the median sample, fold less one; samples whose interval holds the truth, of those with a value;
    the share of the range, on log scale, that both have of what either has.
    """

    level: Numbers
    marked: Numbers
    others: Numbers
    clean: Numbers
    shift: Numbers
    held: Numbers
    valued: Numbers
    range_kept: Numbers


def rows() -> list[Row]:
    """By number of wells, noise and fold (up and down together)."""
    made: list[Row] = []
    cells: list[Cell] = []
    for wells in WELLS:
        for noise in NOISE:
            for small, large in ((1, 2), (0, 3)):
                pair = [cell(wells, noise, FOLDS[i]) for i in (small, large)]
                made += _rows(f"{FOLDS[large]:g}-fold, {wells} wells, {noise:.0%}", noise, pair)
                cells += pair
    held = sum(each.held.sum() for each in cells) / sum(each.valued.sum() for each in cells)
    row = Row(what="intervals that hold the truth, all cells", value=held, unit="", bar=">= 0.93")
    return [*made, row]


def _rows(name: str, noise: float, pair: list[Cell]) -> Iterator[Row]:
    def of(part: str) -> Numbers:
        return np.concatenate([getattr(each, part) for each in pair])

    level, marked = of("level"), of("marked")
    hard = noise >= 0.1 and name.startswith("2-")
    bar = ">= 0.8" if hard else ">= 0.95"
    by_level = " ".join(f"{marked[level == k].mean():.2f}" for k in range(SERIES.size))
    yield Row(what=f"marked, standards, {name}", value=marked[level > 0].mean(), unit="", bar=bar)
    yield Row(what=f"marked, blanks ({by_level})", value=marked[level == 0].mean(), unit="")
    false = float(of("others").mean())
    yield Row(what=f"honest wells marked, {name}", value=false, unit="", bar="<= 0.02")
    yield Row(
        what=f"the same without a slip, {name}",
        value=float(of("clean").mean()),
        unit="",
        bar="<= 0.02",
    )
    shift = float(np.nanquantile(of("shift"), 0.95))
    yield Row(
        what=f"shift of the median sample, 95 of 100, {name}",
        value=shift,
        unit="",
        bar="<= 0.03" if noise <= 0.04 else "",
    )
    held = of("held").sum() / of("valued").sum()
    yield Row(what=f"intervals that hold the truth, {name}", value=held, unit="")
    kept = float(np.median(of("range_kept")))
    short = noise >= 0.1 and " 2 wells" in name
    bar = "" if short else ">= 0.95"
    yield Row(what=f"range kept, median, {name}", value=kept, unit="", bar=bar)


def cell(wells: int, noise: float, fold: float) -> Cell:
    """The plates of one cell, read with the slip and without."""
    from exvivo.quantify.curve import calibrate

    rng = np.random.default_rng([20261129, wells, round(1000 * noise)])
    plates = REPEATS * SERIES.size
    dose = np.repeat(SERIES, wells)
    clean = _noisy(np.tile(signal(dose), (plates, 1)), noise, rng)
    level, row = np.tile(np.arange(SERIES.size), REPEATS), np.arange(plates)
    well = level * wells + rng.integers(wells, size=plates)
    slipped = clean.copy()
    slipped[row, well] *= fold
    right, wrong = (calibrate(_standards(dose, reading)) for reading in (clean, slipped))
    marks = wrong.outliers.astype(float)
    hit = marks[row, well]
    samples = _noisy(np.tile(signal(POSITIONS), (plates, 1)), noise, rng)
    values, held = _read(wrong, samples)
    shift = 2.0 ** (_read(wrong, _middles(plates))[0] - _read(right, _middles(plates))[0]) - 1.0
    return Cell(
        level=level.astype(float),
        marked=hit,
        others=(marks.sum(axis=1) - hit) / (dose.size - 1),
        clean=right.outliers.mean(axis=1),
        shift=np.abs(shift[:, 0]),
        held=held.sum(axis=1).astype(float),
        valued=np.isfinite(values).sum(axis=1).astype(float),
        range_kept=_overlap(right, wrong),
    )


def signal(dose: Numbers) -> Numbers:
    """The curve as its formula stands."""
    with np.errstate(divide="ignore"):
        return np.asarray(A + (B - A) / (1.0 + (dose / C) ** -D))


def _noisy(mean: Numbers, noise: float, rng: np.random.Generator) -> Numbers:
    return np.asarray(mean + np.hypot(FLOOR, noise * mean) * rng.standard_normal(mean.shape))


def _middles(plates: int) -> Numbers:
    """The signal of the median sample, without noise (plates, 1)."""
    return np.full((plates, 1), signal(np.median(POSITIONS, keepdims=True))[0])


def _standards(dose: Numbers, reading: Numbers) -> pl.DataFrame:
    plates, wells = reading.shape
    names = np.repeat([f"{i:04}" for i in range(plates)], wells)
    return pl.DataFrame(
        {
            "plate": names,
            "analyte": names,
            "well": np.tile([f"S{i:02}" for i in range(wells)], plates),
            "nominal": np.tile(dose, plates),
            "reading": reading.ravel(),
            "se": np.zeros(reading.size),
        }
    )


def _read(curves: Any, reading: Numbers) -> tuple[Numbers, Numbers]:
    """Values (plates, samples), log2, NaN where there is none, and whether the interval of each
    holds the truth of `POSITIONS`.
    """
    from exvivo.quantify.curve import read_off

    which = np.repeat(np.arange(len(reading)), reading.shape[1])
    nothing = np.zeros(reading.size)
    reads = read_off(curves, which, reading.ravel(), nothing, nothing + 1.0)
    sd = np.sqrt(np.square(reads.sd) + np.square(reads.loading).sum(axis=1)).reshape(reading.shape)
    value = reads.value.reshape(reading.shape)
    truth = np.log2(POSITIONS if reading.shape[1] == POSITIONS.size else np.median(POSITIONS))
    return value, np.abs(value - truth) <= 1.96 * sd


def _overlap(one: Any, another: Any) -> Numbers:
    low, high = np.maximum(one.lower, another.lower), np.minimum(one.upper, another.upper)
    least, most = np.minimum(one.lower, another.lower), np.maximum(one.upper, another.upper)
    both = np.log(np.maximum(high / low, 1.0))
    whole = np.log(most / least)
    return np.where(whole > 0, both / np.where(whole > 0, whole, 1.0), 1.0)
