"""The RT-qPCR plates of a drawn study: what each reaction received, the curve that it drew and the
Cq that its instrument reads.

A drawn value v is log2 of an amount relative to the reference genes. Their mean log2 copies c is
chosen, and a well of the analyte receives 2^(c + v) copies: with a limit of detection, that of a
single copy is the highest limit, so what is drawn below it receives none. What a well received is
counted (Poisson) and read with the noise of an instrument; noise 0 leaves both out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats, Ints
from exvivo.simulate.files.places import REPLICATE, Bench, Room, all_plates
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

    def on_plate(self, plate: str) -> Reactions:
        """The reactions of one plate."""
        own = (self.wells["plate"] == plate).to_numpy()
        return Reactions(self.wells.filter(own), self.curves[own], self.cq[own])


def room(bench: Bench, assay: Qpcr) -> Room:
    """The wells that its reactions need."""
    targets = len(target_names(bench, assay))
    beside = targets * (len(ModelStudy().standards) + 1)
    return Room(bench, targets * bench.study.model.wells, beside, most=ROWS * COLUMNS)


def react(bench: Bench, assay: Qpcr, *, rng: Rng) -> Reactions:
    """Every reaction: on each plate sample after sample, all wells of a target side by side, then
    the dilution series of each target, then water.
    """
    p = ModelStudy(noise=bench.study.noise)
    wells = _wells(bench, assay, p)
    copies = _received(_log2_copies(bench, assay, wells, p, rng), p, rng)
    efficiency = _efficiencies(bench, assay)[wells["target_number"].to_numpy()]
    return _read(wells, grown(p, copies, efficiency), p, rng)


def _read(wells: pl.DataFrame, share: Floats, p: ModelStudy, rng: Rng) -> Reactions:
    """What the instrument reads of reactions: the Cq, with its error, and the light."""
    error = p.noise * _CQ_SD * rng.standard_normal(len(share))
    return Reactions(wells, read_light(p, share, rng=rng), np.round(_crossing(share) + error, 3))


def _received(log2: Floats, p: ModelStudy, rng: Rng) -> Floats:
    """The copies that each reaction receives: counted, where there is noise."""
    return rng.poisson(2.0**log2).astype(np.float64) if p.noise else 2.0**log2


def target_names(bench: Bench, assay: Qpcr) -> list[str]:
    """The targets as the instrument file names them: analytes, then references."""
    in_file = {analyte: target for target, analyte in assay.targets.items()}
    return [*(in_file.get(analyte, analyte) for analyte in bench.analytes), *assay.references]


def _wells(bench: Bench, assay: Qpcr, p: ModelStudy) -> pl.DataFrame:
    """The reactions of all plates, each with the number of its sample, replicate and target."""
    names = target_names(bench, assay)
    targets = pl.DataFrame({"target_number": range(len(names))})
    plates = [_plate(bench, targets, plate, p) for plate in range(bench.study.model.plates)]
    wells = all_plates(plates, COLUMNS)
    return wells.with_columns(target=pl.Series(names).gather(wells["target_number"]))


def _plate(bench: Bench, targets: pl.DataFrame, plate: int, p: ModelStudy) -> pl.DataFrame:
    """The reactions of one plate in the order of their places."""
    return bench.filled(plate, [_of_samples(bench, targets, plate), *_controls(targets, p)])


def _of_samples(bench: Bench, targets: pl.DataFrame, plate: int) -> pl.DataFrame:
    """Sample after sample, all wells of a target side by side."""
    reactions = bench.numbered(plate).join(targets, how="cross")
    wells = reactions.join(bench.replicates(), how="cross")
    return wells.with_columns(role=pl.lit("sample"), sample="name", replicate=REPLICATE)


def _controls(targets: pl.DataFrame, p: ModelStudy) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The dilution series of each target, and water for each."""
    water = targets.with_columns(role=pl.lit("ntc"), sample=pl.lit("NTC"), replicate=pl.lit("1"))
    return _dilutions(targets, p), water


def _dilutions(targets: pl.DataFrame, p: ModelStudy) -> pl.DataFrame:
    """The dilution series of each target."""
    series = pl.DataFrame({"nominal": p.standards}, schema={"nominal": pl.Float64})
    name = pl.format("STD {}", pl.col("nominal").cast(pl.Int64).cast(pl.String))
    wells = targets.join(series, how="cross")
    return wells.with_columns(role=pl.lit("standard"), sample=name, replicate=pl.lit("1"))


def _log2_copies(bench: Bench, assay: Qpcr, wells: pl.DataFrame, p: ModelStudy, rng: Rng) -> Floats:
    """log2 of the copies that each reaction should receive; -inf for none."""
    log2 = np.full(wells.height, -np.inf)
    standard, own = _has_role(wells, "standard"), _has_role(wells, "sample")
    log2[standard] = np.log2(wells["nominal"].to_numpy()[standard])
    log2[own] = _levels(bench, assay, p, rng)[_places(wells.filter(own))]
    return log2


def _has_role(wells: pl.DataFrame, role: str) -> Bools:
    """Which wells have a role (wells,)."""
    return (wells["role"] == role).to_numpy()


def _places(reactions: pl.DataFrame) -> tuple[Ints, ...]:
    """The sample, well and target of each reaction, by their numbers."""
    numbers = reactions.select("sample_number", "replicate_number", "target_number")
    return tuple(numbers.to_numpy().T)


def _levels(bench: Bench, assay: Qpcr, p: ModelStudy, rng: Rng) -> Floats:
    """log2 copies of every target in every well (samples, wells, targets); what is loaded of a cDNA
    is in all of its targets.
    """
    references = _reference_copies(bench, assay)
    analytes = references.mean() + _seen(bench, references.mean())
    beside = np.broadcast_to(references, (*analytes.shape[:2], len(references)))
    return np.concatenate([analytes, beside], axis=2) + _loading(len(analytes), p, rng)


def _loading(samples: int, p: ModelStudy, rng: Rng) -> Floats:
    """How much more of a cDNA than planned is loaded (samples, 1, 1), log2."""
    return np.asarray(p.noise * p.loading_sd * rng.standard_normal((samples, 1, 1)))


def _seen(bench: Bench, references: float) -> Floats:
    """log2 amounts as drawn; -inf in the wells that receive no copy."""
    values = bench.values()
    return np.where(_unseen(bench, values, references), -np.inf, values)


def _unseen(bench: Bench, values: Floats, references: float) -> Floats:
    """Which wells receive no copy: those drawn below a limit that a single copy reaches."""
    limits = bench.limits()
    return np.asarray((values < limits) & (references + limits <= 1e-9))


def _reference_copies(bench: Bench, assay: Qpcr) -> Floats:
    """log2 copies of each reference gene: as usual, or so many that a single copy of an analyte is
    its limit of detection.
    """
    usual = _in_turn(_COPIES, len(assay.references))
    limits = bench.limits()
    known = limits[np.isfinite(limits)]
    return np.asarray(usual - usual.mean() + _mean_copies(known)) if len(known) else usual


def _in_turn(numbers: Sequence[float], count: int) -> Floats:
    """So many numbers, from the first on again where there are fewer."""
    return np.array([numbers[n % len(numbers)] for n in range(count)])


def _mean_copies(limits: Floats) -> float:
    """The mean log2 copies of references beside which the highest limit is a single copy."""
    return max(-float(limits.max()), _FEWEST)


def _efficiencies(bench: Bench, assay: Qpcr) -> Floats:
    """Of every target: as the study states it, else as targets usually have it."""
    names = target_names(bench, assay)
    usual = dict(zip(names, _in_turn(_EFFICIENCIES, len(names)).tolist(), strict=True))
    stated = {name: own.value for name, own in assay.efficiency.items()}
    return np.array([stated.get(name, usual[name]) for name in names])


def _crossing(share: Floats) -> Floats:
    """The cycle at which each reaction reaches the threshold, straight on the logarithm between two
    cycles; NaN where it does not.
    """
    over = share >= _THRESHOLD
    after = np.argmax(over, axis=1)
    part = _part_of_cycle(share, after)
    return np.where(over.any(axis=1) & (after > 0), after + part, np.nan)


def _part_of_cycle(share: Floats, after: Ints) -> Floats:
    """Which part of the cycle before `after` passes until the threshold is reached."""
    row = np.arange(len(share))
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log2(share)
        high, low = logs[row, after], logs[row, np.maximum(after - 1, 0)]
        return np.asarray((np.log2(_THRESHOLD) - low) / (high - low))
