"""The immunoassay plates of a drawn study: what each well held, and how strongly its reporter
answered.

Standards span what was drawn: from above the highest value down, by a whole ratio, to below the
lowest. The curve of an analyte is the 5PL of `exvivo.simulate.beads`, its middle at the highest
value that was drawn of it; with a limit of detection, so high that an amount at the limit raises
the reporter by three standard deviations of a blank.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Floats, Ints
from exvivo.simulate.files.places import REPLICATE, Bench, Room, all_plates
from exvivo.simulate.parameters import ModelStudy, Rng

COLUMNS, WELLS = 12, 96
MEDIAN = 1.2533
"""How many times as much a median of normal numbers errs as their mean: √(π / 2)."""
_SEEN = 10.0
"""Standard deviations of a blank above which an amount is read (Currie 1968,
doi:10.1021/ac60259a007).
"""
STANDARDS = 8
"""Standards beside the blank."""


@dataclass(frozen=True)
class Wells:
    """All wells of an immunoassay. `wells`: one row a well (plate, number along the rows, well,
    role, nominal, sample as its file names it, and the words of a layout); `reporter` (wells,
    analytes) what a perfect reader sees.
    """

    wells: pl.DataFrame
    reporter: Floats


def room(bench: Bench) -> Room:
    """The wells that it needs."""
    return Room(bench, each=bench.study.model.wells, beside=STANDARDS + 1, most=WELLS)


def fill(bench: Bench, p: ModelStudy, *, rng: Rng) -> Wells:
    """Every well: on each plate the blank and the standards first, then sample after sample."""
    wells = _wells(bench)
    amounts = _amounts(bench, wells, p, rng)
    return Wells(wells, _respond(bench, amounts, wells, p, rng))


def _wells(bench: Bench) -> pl.DataFrame:
    """The wells of all plates, each with the number of its sample and replicate."""
    standards = _standard_wells(bench)
    plates = range(bench.study.model.plates)
    parts = [bench.filled(plate, [standards, _sample_wells(bench, plate)]) for plate in plates]
    return all_plates(parts, COLUMNS)


def _standard_wells(bench: Bench) -> pl.DataFrame:
    """The wells of blank and standards, which are the same on every plate."""
    return pl.DataFrame({"nominal": _standards(bench)}).with_columns(
        role=pl.lit("standard"),
        sample=pl.format("standard {}", "nominal"),
        replicate=pl.lit("1"),
        standard=pl.int_range(pl.len()),
    )


def _sample_wells(bench: Bench, plate: int) -> pl.DataFrame:
    """The wells of the samples of one plate, sample after sample."""
    wells = bench.numbered(plate).join(bench.replicates(), how="cross")
    return wells.with_columns(role=pl.lit("sample"), sample="name", replicate=REPLICATE)


def _standards(bench: Bench) -> list[float]:
    """The amounts of the standards, from none to the highest."""
    values, limits = bench.values(), bench.limits()
    lowest = max(float(values.min()), float(limits.min()))
    top = math.ceil(max(float(values.max()), lowest)) + 1
    ratio = _ratio(top - math.floor(lowest) + 1)
    return [0.0, *(_rounded(2.0**top / ratio**step) for step in range(STANDARDS - 1, -1, -1))]


def _ratio(span: int) -> int:
    """By how much standards next to each other differ that have a span of log2 together."""
    return max(2, math.ceil(2 ** (span / (STANDARDS - 1))))


def _rounded(amount: float) -> float:
    """An amount with four digits, as a leaflet states it."""
    return float(f"{amount:.4g}")


def _amounts(bench: Bench, wells: pl.DataFrame, p: ModelStudy, rng: Rng) -> Floats:
    """The amount of every analyte (columns) in every well (rows); standards as pipetted."""
    own = (wells["role"] == "sample").to_numpy()
    amounts = np.empty((wells.height, len(bench.analytes)))
    amounts[own] = _drawn(bench, wells.filter(own))
    errors = p.noise * p.tube_sd * rng.standard_normal(amounts[~own].shape)
    amounts[~own] = wells["nominal"].to_numpy()[~own][:, None] * 2.0**errors
    return amounts


def _drawn(bench: Bench, samples: pl.DataFrame) -> Floats:
    """The amounts in the wells of samples, as drawn (wells, analytes)."""
    places = samples.select("sample_number", "replicate_number").to_numpy()
    return np.asarray(2.0 ** bench.values()[tuple(places.T)])


def _respond(bench: Bench, amounts: Floats, wells: pl.DataFrame, p: ModelStudy, rng: Rng) -> Floats:
    """The reporter of every analyte (columns) in every well (rows), as the 5PL of its plate has
    it.
    """
    shape = (2, bench.study.model.plates, len(bench.analytes))
    apart = np.exp(p.noise * p.curve_sd * rng.standard_normal(shape))
    plate: Ints = wells["plate_number"].to_numpy()
    top, middle = p.reporter_top * apart[0], _middles(bench, p) * apart[1]
    return _on_curve(amounts, top[plate], middle[plate], p)


def _on_curve(amounts: Floats, top: Floats, middle: Floats, p: ModelStudy) -> Floats:
    """The reporter at some amounts on the 5PL with these tops and middles."""
    u = (amounts / middle) ** p.reporter_slope
    response = (u / (1 + u)) ** p.reporter_asymmetry
    return np.asarray(p.reporter_floor + (top - p.reporter_floor) * response)


def _middles(bench: Bench, p: ModelStudy) -> Floats:
    """The amount at the middle of each analyte's curve (analytes,)."""
    highest = bench.values().max(axis=(0, 1))
    limits = bench.limits()
    return np.asarray(2.0 ** np.where(np.isfinite(limits), limits + _above(p), highest))


def _above(p: ModelStudy) -> float:
    """How far, in log2, the middle of a curve lies above the amount that is just seen."""
    blank = MEDIAN * np.hypot(p.bead_sd * p.reporter_floor, p.electronic_sd) / np.sqrt(p.beads)
    reach = (p.reporter_top - p.reporter_floor) / (_SEEN * blank)
    return float(np.log2(reach) / (p.reporter_slope * p.reporter_asymmetry))
