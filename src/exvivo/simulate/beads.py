"""Bead-array tubes: five bead populations told apart by two dyes, and a reporter that follows the
concentration.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.simulate.parameters import ModelStudy
from exvivo.simulate.people import Array, People

COLUMNS = 12


@dataclass(frozen=True)
class Tubes:
    """All tubes of all protein plates. `wells`: one row a tube; `events` its events x (FSC, SSC,
    letter, number, PE).
    """

    wells: pl.DataFrame
    events: tuple[np.ndarray[tuple[int, ...], np.dtype[np.float32]], ...]
    curves: pl.DataFrame


def run_tubes(
    p: ModelStudy, people: People, samples: pl.DataFrame, *, rng: np.random.Generator
) -> Tubes:
    """Every tube of the study: the standards of each plate first, then the supernatants."""
    wells = pl.concat([_plate(p, samples, plate) for plate in range(p.plates)])
    curves = _curves(p, rng)
    reporter = _respond(p, _concentrations(p, people, samples, wells, rng), curves, wells)
    return Tubes(wells, _events(p, reporter, rng), curves)


def _plate(p: ModelStudy, samples: pl.DataFrame, plate: int) -> pl.DataFrame:
    mine = samples.filter(pl.col("plate") == plate)
    levels = len(p.concentrations)
    sample = np.repeat(mine["sample"].to_numpy(), p.tubes)
    number = np.arange(levels + len(sample))
    well = [f"{chr(65 + n // COLUMNS)}{n % COLUMNS + 1}" for n in number.tolist()]
    frame = pl.DataFrame(
        {
            "number": number,
            "role": ["standard"] * levels + ["sample"] * len(sample),
            "sample": [None] * levels + sample.tolist(),
            "replicate": ["1"] * levels + [str(i % p.tubes + 1) for i in range(len(sample))],
            "nominal": list(p.concentrations) + [None] * len(sample),
            "dilution": [1.0] * levels + [p.dilution] * len(sample),
            "well": well,
            "file": [f"raw/B{plate + 1}/{name}.fcs" for name in well],
        },
        schema_overrides={"sample": pl.Int64, "nominal": pl.Float64},
    )
    return frame.join(
        samples.select("sample", "donor", "stimulus"),
        on="sample",
        how="left",
        maintain_order="left",
    ).with_columns(plate=pl.lit(f"B{plate + 1}"), plate_number=pl.lit(plate, dtype=pl.Int64))


def _curves(p: ModelStudy, rng: np.random.Generator) -> pl.DataFrame:
    """The 5PL of every plate and analyte: floor + (top - floor) (u / (1 + u))^g with u = (x /
    middle)^b.
    """
    count = p.plates * len(p.analytes)
    shift = p.noise * p.curve_sd * rng.standard_normal((2, count))
    return pl.DataFrame(
        {
            "plate": np.repeat([f"B{i + 1}" for i in range(p.plates)], len(p.analytes)),
            "analyte": [a.id for a in p.analytes] * p.plates,
            "floor": [p.reporter_floor] * count,
            "top": p.reporter_top * np.exp(shift[0]),
            "middle": p.reporter_middle * np.exp(shift[1]),
            "slope": [p.reporter_slope] * count,
            "asymmetry": [p.reporter_asymmetry] * count,
        }
    )


def _concentrations(
    p: ModelStudy,
    people: People,
    samples: pl.DataFrame,
    wells: pl.DataFrame,
    rng: np.random.Generator,
) -> Array:
    """pg/mL of every analyte (columns) in every tube (rows), as pipetted."""
    donor, stimulus = samples["donor"].to_numpy(), samples["stimulus"].to_numpy()
    log2 = (
        people.baseline[donor, 1]
        + stimulus[:, None] * people.response[donor, 1]
        - np.log2(p.dilution)
    )
    log2 = log2 + p.noise * p.culture_sd * rng.standard_normal((samples.height, 1))
    own = (wells["role"] == "sample").to_numpy()
    amount = np.empty((wells.height, len(p.analytes)))
    amount[own] = 2.0 ** log2[wells["sample"].to_numpy()[own].astype(int)]
    amount[~own] = wells["nominal"].to_numpy()[~own][:, None]
    pipetted: Array = amount * 2.0 ** (p.noise * p.tube_sd * rng.standard_normal(amount.shape))
    return pipetted


def _respond(p: ModelStudy, amount: Array, curves: pl.DataFrame, wells: pl.DataFrame) -> Array:
    plate = wells["plate_number"].to_numpy()
    floor, top, middle, slope, asymmetry = (
        curves[name].to_numpy().reshape(p.plates, -1)[plate]
        for name in ("floor", "top", "middle", "slope", "asymmetry")
    )
    u = (amount / middle) ** slope
    response: Array = floor + (top - floor) * (u / (1 + u)) ** asymmetry
    return response


def _events(
    p: ModelStudy, reporter: Array, rng: np.random.Generator
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float32]], ...]:
    """The events of every tube in the order they passed the laser."""
    tubes, analytes = reporter.shape
    counts = (
        rng.poisson(p.beads, reporter.shape) if p.noise else np.full(reporter.shape, round(p.beads))
    )
    tube = np.repeat(np.repeat(np.arange(tubes), analytes), counts.ravel())
    analyte = np.repeat(np.tile(np.arange(analytes), tubes), counts.ravel())
    events = _single(p, reporter[tube, analyte], analyte, rng)
    if p.noise:
        double = rng.random(len(events)) < p.doublets
        partner = _single(
            p, reporter[tube, (analyte + 1) % analytes], (analyte + 1) % analytes, rng
        )
        events[double] += partner[double]
        debris = _debris(p, round(len(events) * p.debris), rng)
        events = np.concatenate([events, debris])
        tube = np.concatenate([tube, rng.integers(0, tubes, len(debris))])
    order = np.lexsort((rng.random(len(events)), tube))
    parts = np.split(
        events[order].astype(np.float32), np.cumsum(np.bincount(tube, minlength=tubes))[:-1]
    )
    return tuple(parts)


def _single(p: ModelStudy, reporter: Array, analyte: np.ndarray, rng: np.random.Generator) -> Array:
    """Single beads: scatter, the two classifiers and the reporter."""
    letter = np.array([2.2 + 0.6 * (ord(a.bead[0]) - ord("A")) for a in p.analytes])[analyte]
    number = np.array([1.6 + 0.3 * float(a.bead[1:]) for a in p.analytes])[analyte]
    z = rng.standard_normal((5, len(analyte)))
    return np.stack(
        [
            60000 * (1 + 0.07 * z[0]),
            40000 * (1 + 0.08 * z[0] + 0.08 * z[1]),
            10**letter * np.exp(p.classifier_sd * z[2]),
            10**number * np.exp(p.classifier_sd * z[3]),
            reporter * np.exp(p.noise * p.bead_sd * z[4])
            + p.noise * p.electronic_sd * rng.standard_normal(len(analyte)),
        ],
        axis=1,
    )


def _debris(p: ModelStudy, count: int, rng: np.random.Generator) -> Array:
    """Small particles of any colour."""
    z = rng.standard_normal((5, count))
    return np.stack(
        [
            9000 * np.exp(0.5 * z[0]),
            8000 * np.exp(0.6 * z[1]),
            10 ** rng.uniform(1.5, 4.0, count),
            10 ** rng.uniform(1.5, 4.2, count),
            p.reporter_floor * np.exp(0.8 * z[4]),
        ],
        axis=1,
    )
