"""RT-qPCR plates: how many copies a well received, and the curve its amplification draws.

Copies are counted (Poisson); each cycle multiplies them by an efficiency that falls as the reaction
is spent (after Rutledge 2004, doi:10.1093/nar/gnh177); the reader adds baseline, drift and noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.simulate.parameters import ModelStudy
from exvivo.simulate.people import Array, People

COLUMNS, ROWS = 24, 16


@dataclass(frozen=True)
class Reactions:
    """All reactions of all mRNA plates. `wells`: one row a reaction; `copies` what each received;
    `curves` by cycle.
    """

    wells: pl.DataFrame
    copies: Array
    cycles: Array
    curves: Array


def run_plates(
    p: ModelStudy, people: People, samples: pl.DataFrame, *, rng: np.random.Generator
) -> Reactions:
    """Every reaction of the study: samples in columns and targets in rows, then standards, then
    water (NTC).
    """
    wells = pl.concat([_plate(p, samples, plate) for plate in range(p.plates)])
    expected = _expected(p, people, samples, wells, rng)
    copies = rng.poisson(expected).astype(float) if p.noise else expected
    efficiency = np.array([*(a.efficiency for a in p.analytes), *p.reference_efficiency])[
        wells["target_number"].to_numpy()
    ]
    curves = amplify(p, copies, efficiency, rng=rng)
    return Reactions(wells, copies, np.arange(1.0, p.cycles + 1), curves)


def _plate(p: ModelStudy, samples: pl.DataFrame, plate: int) -> pl.DataFrame:
    targets = [*(a.id for a in p.analytes), *p.references]
    mine = samples.filter(pl.col("plate") == plate)
    target, replicate, place = (
        part.ravel() for part in np.mgrid[0 : len(targets), 0 : p.wells, 0 : mine.height]
    )
    well = (target * p.wells + replicate) * COLUMNS + place
    first = len(targets) * p.wells * COLUMNS
    levels = len(p.standards)
    controls = len(targets) * levels
    rest = np.arange(len(targets))
    frame = pl.DataFrame(
        {
            "number": np.concatenate([well, first + np.arange(controls), first + controls + rest]),
            "target_number": np.concatenate([target, np.repeat(rest, levels), rest]),
            "role": ["sample"] * len(well) + ["standard"] * controls + ["ntc"] * len(targets),
            "sample": [
                *mine["sample"].gather(place).to_list(),
                *[None] * (controls + len(targets)),
            ],
            "replicate": [
                *(replicate + 1).astype(str).tolist(),
                *["1"] * controls,
                *["1"] * len(targets),
            ],
            "nominal": [
                *[None] * len(well),
                *np.tile(p.standards, len(targets)).tolist(),
                *[None] * len(targets),
            ],
        },
        schema_overrides={"sample": pl.Int64, "nominal": pl.Float64},
    )
    letters = pl.Series([chr(65 + row) for row in range(ROWS)])
    return (
        frame.join(
            samples.select("sample", "donor", "stimulus"),
            on="sample",
            how="left",
            maintain_order="left",
        )
        .with_columns(
            plate=pl.lit(f"Q{plate + 1}"),
            plate_number=pl.lit(plate, dtype=pl.Int64),
            well=letters.gather(frame["number"] // COLUMNS)
            + (frame["number"] % COLUMNS + 1).cast(pl.String),
            target=pl.Series(targets).gather(frame["target_number"]),
            dilution=pl.lit(1.0),
            file=pl.lit(None, dtype=pl.String),
        )
        .sort("number")
    )


def _expected(
    p: ModelStudy,
    people: People,
    samples: pl.DataFrame,
    wells: pl.DataFrame,
    rng: np.random.Generator,
) -> Array:
    """The copies a well should receive on average; water receives none."""
    levels = _levels(p, people, samples, rng)
    target = wells["target_number"].to_numpy()
    role = wells["role"].to_numpy()
    log2 = np.zeros(wells.height)
    own = role == "sample"
    log2[own] = levels[wells["sample"].to_numpy()[own].astype(int), target[own]]
    standard = role == "standard"
    log2[standard] = np.log2(wells["nominal"].to_numpy()[standard])
    plate = p.noise * p.plate_sd * rng.standard_normal((p.plates, levels.shape[1]))
    log2 = log2 + plate[wells["plate_number"].to_numpy(), target]
    log2 = log2 + p.noise * p.well_sd * rng.standard_normal(wells.height)
    return np.where(role == "ntc", 0.0, 2.0**log2)


def _levels(
    p: ModelStudy, people: People, samples: pl.DataFrame, rng: np.random.Generator
) -> Array:
    """log2 copies of every target in every cDNA, with the cDNA's loading error in all of its
    targets.
    """
    donor, stimulus = samples["donor"].to_numpy(), samples["stimulus"].to_numpy()
    analytes = people.baseline[donor, 0] + stimulus[:, None] * people.response[donor, 0]
    own = p.noise * p.reference_sd * rng.standard_normal((samples.height, len(p.references)))
    loading = p.noise * p.loading_sd * rng.standard_normal((samples.height, 1))
    levels: Array = np.concatenate([analytes, np.array(p.reference_copies) + own], axis=1) + loading
    return levels


def amplify(p: ModelStudy, copies: Array, efficiency: Array, *, rng: np.random.Generator) -> Array:
    """Fluorescence by reaction (rows) and cycle (columns), rounded to 4 decimals as instruments
    print it.

    Copies grow by `1 + (E - 1) (1 - s) / (1 + slowing s)` a cycle, where s is the share of the
    plateau reached.
    """
    share = np.empty((len(copies), p.cycles))
    spent = copies / p.plateau_copies
    for cycle in range(p.cycles):
        spent = spent * (1 + (efficiency - 1) * np.maximum(1 - spent, 0) / (1 + p.slowing * spent))
        share[:, cycle] = spent
    return np.round(_read(p, share, rng), 4)


def _read(p: ModelStudy, share: Array, rng: np.random.Generator) -> Array:
    wells, cycles = share.shape
    height = p.plateau * np.exp(p.noise * p.plateau_cv * rng.standard_normal((wells, 1)))
    floor = p.baseline * np.exp(p.noise * p.baseline_cv * rng.standard_normal((wells, 1)))
    drift = p.noise * p.drift_sd * rng.standard_normal((wells, 1)) * np.arange(cycles)
    # The first reading of a run is low, as in Vermeulen 2009: block and dye have not settled.
    settling = -p.noise * 0.12 * np.exp(-np.arange(cycles) / 0.4)
    light: Array = floor + drift + settling + height * share
    factor = 1 + p.noise * p.read_cv * rng.standard_normal(light.shape)
    return light * factor + p.noise * p.read_sd * rng.standard_normal(light.shape)
