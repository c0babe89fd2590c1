"""The RT-qPCR plates of a drawn study: what each reaction received, the curve that it drew and the
Cq that its instrument reads.

A drawn value v is log2 of an amount relative to the reference genes. Their mean log2 copies c is
chosen, and a well of the analyte receives 2^(c + v) copies: with a limit of detection, that of a
single copy is the highest limit, so what is drawn below it receives none. What a well received is
counted (Poisson) and read with the noise of an instrument; noise 0 leaves both out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.simulate.files.layouts import completed
from exvivo.simulate.files.places import Bench, Room, well_names
from exvivo.simulate.parameters import ModelStudy, Rng
from exvivo.simulate.qpcr import COLUMNS, ROWS, grown, read_light
from exvivo.study import Qpcr

_EFFICIENCIES = (1.94, 1.90, 1.96, 1.92, 1.88)
"""Copies after a cycle per copy before it, of targets of which the study says nothing."""
_COPIES = (14.0, 13.0)
"""log2 copies of reference genes, in turn."""
_FEWEST = 7.0
"""log2 copies of reference genes below which they would not be seen for sure."""
_THRESHOLD = 0.01
"""Share of the plateau at which the instrument reads its Cq."""
_CQ_SD = 0.02
"""Error of the instrument's Cq beside counting, in cycles."""


@dataclass(frozen=True)
class Reactions:
    """All reactions of an assay. `wells`: one row a reaction (plate, number along the rows, well,
    role, sample as its file names it, target, and the words of a layout); `curves` (reactions,
    cycles) fluorescence; `cq` (reactions,), NaN where none is seen.
    """

    wells: pl.DataFrame
    curves: Floats
    cq: Floats


def room(bench: Bench, assay: Qpcr) -> Room:
    """The wells that its reactions need."""
    targets, wells = len(bench.analytes) + len(assay.references), bench.study.model.wells
    beside = targets * (len(ModelStudy().standards) + 1)
    return Room(bench, each=targets * wells, beside=beside, most=ROWS * COLUMNS)


def react(bench: Bench, assay: Qpcr, *, rng: Rng) -> Reactions:
    """Every reaction: on each plate sample after sample, all wells of a target side by side, then
    the dilution series of each target, then water.
    """
    p = ModelStudy(noise=bench.study.noise)
    wells = _wells(bench, assay, p)
    log2 = _log2_copies(bench, assay, wells, p, rng)
    copies = rng.poisson(2.0**log2).astype(np.float64) if p.noise else 2.0**log2
    efficiency = _efficiencies(bench, assay)[wells["target_number"].to_numpy()]
    share = grown(p, copies, efficiency)
    cq = _crossing(share) + p.noise * _CQ_SD * rng.standard_normal(len(share))
    return Reactions(wells, read_light(p, share, rng=rng), np.round(cq, 3))


def target_names(bench: Bench, assay: Qpcr) -> list[str]:
    """The targets as the instrument file names them: analytes, then references."""
    in_file = {analyte: target for target, analyte in assay.targets.items()}
    return [*(in_file.get(analyte, analyte) for analyte in bench.analytes), *assay.references]


def _wells(bench: Bench, assay: Qpcr, p: ModelStudy) -> pl.DataFrame:
    """The reactions of all plates, each with the number of its sample, replicate and target."""
    plates = [_plate(bench, assay, plate, p) for plate in range(bench.study.model.plates)]
    wells = completed(pl.concat(plates, how="diagonal"))
    names = pl.Series(well_names(wells["number"].to_numpy(), COLUMNS))
    targets = pl.Series(target_names(bench, assay))
    return wells.with_columns(well=names, target=targets.gather(wells["target_number"]))


def _plate(bench: Bench, assay: Qpcr, plate: int, p: ModelStudy) -> pl.DataFrame:
    """The reactions of one plate in the order of their places."""
    targets = pl.DataFrame({"target_number": range(len(target_names(bench, assay)))})
    parts = [_of_samples(bench, targets, plate), *_controls(targets, p)]
    return pl.concat(parts, how="diagonal").with_columns(
        number=pl.int_range(pl.len()),
        plate=pl.lit(bench.plates[plate]),
        plate_number=pl.lit(plate, dtype=pl.Int64),
    )


def _of_samples(bench: Bench, targets: pl.DataFrame, plate: int) -> pl.DataFrame:
    """Sample after sample, all wells of a target side by side."""
    replicates = pl.DataFrame({"replicate_number": range(bench.study.model.wells)})
    own = bench.samples.filter(plate_number=plate).rename({"sample": "sample_number"})
    return (
        own.join(targets, how="cross")
        .join(replicates, how="cross")
        .with_columns(
            role=pl.lit("sample"),
            sample="name",
            replicate=(pl.col("replicate_number") + 1).cast(pl.String),
        )
    )


def _controls(targets: pl.DataFrame, p: ModelStudy) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The dilution series of each target, and water for each."""
    series = pl.DataFrame({"nominal": p.standards}, schema={"nominal": pl.Float64})
    level = pl.col("nominal").cast(pl.Int64).cast(pl.String)
    once = {"replicate": pl.lit("1")}
    standards = targets.join(series, how="cross").with_columns(
        role=pl.lit("standard"), sample=pl.format("STD {}", level), **once
    )
    return standards, targets.with_columns(role=pl.lit("ntc"), sample=pl.lit("NTC"), **once)


def _log2_copies(bench: Bench, assay: Qpcr, wells: pl.DataFrame, p: ModelStudy, rng: Rng) -> Floats:
    """log2 of the copies that each reaction should receive; -inf for none."""
    log2 = np.full(wells.height, -np.inf)
    standard = (wells["role"] == "standard").to_numpy()
    log2[standard] = np.log2(wells["nominal"].to_numpy()[standard])
    own = (wells["role"] == "sample").to_numpy()
    levels = _levels(bench, assay, p, rng)
    of_sample = wells.filter(own).select("sample_number", "replicate_number", "target_number")
    log2[own] = levels[tuple(of_sample.to_numpy().T)]
    return log2


def _levels(bench: Bench, assay: Qpcr, p: ModelStudy, rng: Rng) -> Floats:
    """log2 copies of every target in every well (samples, wells, targets); what is loaded of a cDNA
    is in all of its targets.
    """
    values, references = bench.values(), _reference_copies(bench, assay)
    values = np.where(_unseen(bench, values, references.mean()), -np.inf, values)
    samples, wells, _ = values.shape
    loading = p.noise * p.loading_sd * rng.standard_normal((samples, 1, 1))
    beside = np.broadcast_to(references, (samples, wells, len(references)))
    return np.concatenate([references.mean() + values, beside], axis=2) + loading


def _unseen(bench: Bench, values: Floats, references: float) -> Floats:
    """Which wells receive no copy: those drawn below a limit that a single copy reaches."""
    limits = bench.limits()
    return np.asarray((values < limits) & (references + limits <= 1e-9))


def _reference_copies(bench: Bench, assay: Qpcr) -> Floats:
    """log2 copies of each reference gene: as usual, or so many that a single copy of an analyte is
    its limit of detection.
    """
    usual = np.array([_COPIES[n % len(_COPIES)] for n in range(len(assay.references))])
    limits = bench.limits()
    if not np.isfinite(limits).any():
        return usual
    mean = max(-float(limits[np.isfinite(limits)].max()), _FEWEST)
    return np.asarray(usual - usual.mean() + mean)


def _efficiencies(bench: Bench, assay: Qpcr) -> Floats:
    """Of every target: as the study states it, else as targets usually have it."""
    names = target_names(bench, assay)
    usual = {name: _EFFICIENCIES[n % len(_EFFICIENCIES)] for n, name in enumerate(names)}
    stated = {name: own.value for name, own in assay.efficiency.items()}
    return np.array([stated.get(name, usual[name]) for name in names])


def _crossing(share: Floats) -> Floats:
    """The cycle at which each reaction reaches the threshold, straight on the logarithm between two
    cycles; NaN where it does not.
    """
    over = share >= _THRESHOLD
    after = np.argmax(over, axis=1)
    row = np.arange(len(share))
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log2(share)
        high, low = logs[row, after], logs[row, np.maximum(after - 1, 0)]
        part = (np.log2(_THRESHOLD) - low) / (high - low)
    return np.where(over.any(axis=1) & (after > 0), after + part, np.nan)
