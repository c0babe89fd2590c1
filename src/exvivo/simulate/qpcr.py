"""RT-qPCR plates: how many copies a well received, and the curve its amplification draws.

Copies are counted (Poisson); each cycle multiplies them by an efficiency that falls as the reaction
is spent (after Rutledge 2004, doi:10.1093/nar/gnh177); the reader adds baseline, drift and noise.

Noise of copies, in log2: `loading` of a cDNA (shared by its targets), `reference` of one reference
gene in a cDNA, `plate` of a target on a plate, `well` of a well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.simulate.parameters import ModelStudy, Rng
from exvivo.simulate.people import People

COLUMNS, ROWS = 24, 16
_SETTLING = 0.12
"""How low the first reading of a run is, as in Vermeulen 2009: block and dye have not settled."""
_SETTLING_CYCLES = 0.4


@dataclass(frozen=True)
class Reactions:
    """All reactions of all mRNA plates. `wells`: one row a reaction; `copies` what each received;
    `curves` by cycle.
    """

    wells: pl.DataFrame
    copies: Floats
    cycles: Floats
    curves: Floats


def run_plates(p: ModelStudy, people: People, samples: pl.DataFrame, *, rng: Rng) -> Reactions:
    """Every reaction of the study: samples in columns and targets in rows, then standards, then
    water (NTC).
    """
    wells = pl.concat([_plate(p, samples, plate) for plate in range(p.plates)])
    levels = _levels(p, people, samples, rng)
    expected = _expected(p, levels, wells, rng)
    copies = rng.poisson(expected).astype(float) if p.noise else expected
    efficiencies = np.array([*(a.efficiency for a in p.analytes), *p.reference_efficiency])
    curves = amplify(p, copies, efficiencies[wells["target_number"].to_numpy()], rng=rng)
    return Reactions(wells, copies, np.arange(1.0, p.cycles + 1), curves)


def _plate(p: ModelStudy, samples: pl.DataFrame, plate: int) -> pl.DataFrame:
    """The reactions of one plate, sorted by well: samples fill rows from the left, the rest follows
    below.
    """
    targets = [*(a.id for a in p.analytes), *p.references]
    first = len(targets) * p.wells * COLUMNS
    own = _sample_wells(samples.filter(plate=plate), len(targets), p.wells)
    rest = _control_wells(p, len(targets)).with_columns(number=first + pl.int_range(pl.len()))
    number = pl.col("number")
    letters = pl.Series([chr(65 + row) for row in range(ROWS)])
    wells = pl.concat([own, rest], how="diagonal").sort("number")
    return wells.with_columns(
        plate=pl.lit(f"Q{plate + 1}"),
        plate_number=pl.lit(plate, dtype=pl.Int64),
        well=pl.lit(letters).gather(number // COLUMNS) + (number % COLUMNS + 1).cast(pl.String),
        target=pl.lit(pl.Series(targets)).gather("target_number"),
        dilution=pl.lit(1.0),
        file=pl.lit(None, dtype=pl.String),
    )


def _sample_wells(samples: pl.DataFrame, targets: int, replicates: int) -> pl.DataFrame:
    """A row of the plate for each target and replicate, a column for each cDNA."""
    rows = pl.DataFrame({"row": range(targets * replicates)})
    row = pl.col("row")
    return rows.join(samples.with_row_index("column"), how="cross").select(
        number=row * COLUMNS + pl.col("column"),
        target_number=row // replicates,
        role=pl.lit("sample"),
        sample="sample",
        replicate=(row % replicates + 1).cast(pl.String),
        donor="donor",
        stimulus="stimulus",
    )


def _control_wells(p: ModelStudy, targets: int) -> pl.DataFrame:
    """The dilution series of each target, then water for each."""
    series = pl.DataFrame({"nominal": p.standards}, schema={"nominal": pl.Float64})
    numbers = pl.DataFrame({"target_number": range(targets)})
    standards = numbers.join(series, how="cross").with_columns(role=pl.lit("standard"))
    water = numbers.with_columns(role=pl.lit("ntc"))
    return pl.concat([standards, water], how="diagonal").with_columns(replicate=pl.lit("1"))


def _expected(p: ModelStudy, levels: Floats, wells: pl.DataFrame, rng: Rng) -> Floats:
    """The copies a well should receive on average; water receives none."""
    target = wells["target_number"].to_numpy()
    role = wells["role"].to_numpy()
    log2 = np.zeros(wells.height)
    own = role == "sample"
    log2[own] = levels[wells["sample"].to_numpy()[own].astype(int), target[own]]
    standard = role == "standard"
    log2[standard] = np.log2(wells["nominal"].to_numpy()[standard])
    of_plate = p.noise * p.plate_sd * rng.standard_normal((p.plates, levels.shape[1]))
    log2 += of_plate[wells["plate_number"].to_numpy(), target]
    log2 += p.noise * p.well_sd * rng.standard_normal(wells.height)
    return np.where(role == "ntc", 0.0, 2.0**log2)


def _levels(p: ModelStudy, people: People, samples: pl.DataFrame, rng: Rng) -> Floats:
    """log2 copies of every target in every cDNA, with the cDNA's loading error in all of its
    targets.
    """
    analytes = people.levels(samples, readout=0)
    count = samples.height
    own = p.noise * p.reference_sd * rng.standard_normal((count, len(p.references)))
    loading = p.noise * p.loading_sd * rng.standard_normal((count, 1))
    return np.hstack([analytes, np.array(p.reference_copies) + own]) + loading


def amplify(p: ModelStudy, copies: Floats, efficiency: Floats, *, rng: Rng) -> Floats:
    """Fluorescence by reaction (rows) and cycle (columns), rounded to 4 decimals as instruments
    print it.
    """
    return read_light(p, grown(p, copies, efficiency), rng=rng)


def grown(p: ModelStudy, copies: Floats, efficiency: Floats) -> Floats:
    """The share of the plateau that each reaction (rows) has reached after each cycle (columns).

    Copies grow by `1 + (E - 1) (1 - s) / (1 + slowing s)` a cycle, where s is the share of the
    plateau reached.
    """
    share = np.empty((len(copies), p.cycles))
    spent = copies / p.plateau_copies
    for cycle in range(p.cycles):
        spent = spent * (1 + (efficiency - 1) * np.maximum(1 - spent, 0) / (1 + p.slowing * spent))
        share[:, cycle] = spent
    return share


def read_light(p: ModelStudy, share: Floats, *, rng: Rng) -> Floats:
    """The fluorescence of shares of the plateau, rounded to 4 decimals as instruments print it."""
    return np.round(_read(p, share, rng), 4)


def _read(p: ModelStudy, share: Floats, rng: Rng) -> Floats:
    """What the reader makes of the shares: baseline, drift, settling and noise of each reading."""
    wells = (len(share), 1)
    cycles = np.arange(p.cycles)
    height = p.plateau * np.exp(p.noise * p.plateau_cv * rng.standard_normal(wells))
    floor = p.baseline * np.exp(p.noise * p.baseline_cv * rng.standard_normal(wells))
    drift = p.noise * p.drift_sd * rng.standard_normal(wells) * cycles
    settling = -p.noise * _SETTLING * np.exp(-cycles / _SETTLING_CYCLES)
    light: Floats = floor + drift + settling + height * share
    factor = 1 + p.noise * p.read_cv * rng.standard_normal(light.shape)
    return light * factor + p.noise * p.read_sd * rng.standard_normal(light.shape)
