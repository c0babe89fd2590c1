"""Luminex plates of a drawn study as the csv that xPONENT exports: medians and counts of every
well, and the amounts of the standards.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from exvivo.arrays import Floats, Ints
from exvivo.simulate.files.places import Bench
from exvivo.simulate.files.proteins import MEDIAN, STANDARDS, Wells, fill
from exvivo.simulate.parameters import ModelStudy, Rng
from exvivo.simulate.rdml_file import MARK
from exvivo.study import Assay, Immunoassay

_FLOOR, _TOP, _ELECTRONIC = 25.0, 20_000.0, 2.0
"""Of the reporter of a Luminex."""
_BEADS = 80.0
Line = Sequence[object]


@dataclass(frozen=True)
class Read:
    """The wells of an assay as the instrument read them: `medians` and `counts` (wells,
    analytes).
    """

    filled: Wells
    medians: Floats
    counts: Ints


def as_immunoassay(assay: Assay) -> Immunoassay:
    """The assay as one that is read off the standards of its plate."""
    if not isinstance(assay, Immunoassay):
        unit = getattr(assay, "amount_unit", "") or getattr(assay, "unit", "") or "pg/mL"
        return Immunoassay(id=assay.id, kind="immunoassay", readout=assay.readout, unit=unit)
    return replace(
        assay,
        result="curve",
        analyte="",
        channels={},
        signal="",
        minus="",
        columns={},
        sheet="",
        standards={},
        dilutions={},
    )


def read_wells(bench: Bench, *, rng: Rng) -> Read:
    """Every well with its medians: those of its beads, which scatter, and of its electronics."""
    p = ModelStudy(
        noise=bench.study.noise,
        reporter_floor=_FLOOR,
        reporter_top=_TOP,
        electronic_sd=_ELECTRONIC,
        beads=_BEADS,
    )
    filled = fill(bench, p, rng=rng)
    shape = filled.reporter.shape
    counts = np.full(shape, round(p.beads))
    if p.noise:
        counts = np.maximum(rng.poisson(p.beads, shape), 1)
    scatter = MEDIAN * p.noise / np.sqrt(counts)
    bright = np.exp(scatter * p.bead_sd * rng.standard_normal(shape))
    dark = scatter * p.electronic_sd * rng.standard_normal(shape)
    return Read(named(filled), np.maximum(np.round(filled.reporter * bright + dark, 2), 0), counts)


def named(filled: Wells) -> Wells:
    """The wells with standards named as xPONENT names them, the highest first; the blank is the
    background.
    """
    place = (STANDARDS + 1 - pl.col("standard")).cast(pl.String)
    is_blank = pl.col("nominal") == 0
    name = pl.when(is_blank).then(pl.lit("Background0")).otherwise(pl.format("Standard{}", place))
    is_standard = pl.col("role") == "standard"
    role = pl.when(is_blank.fill_null(False)).then(pl.lit("blank")).otherwise("role")
    wells = filled.wells.with_columns(
        sample=pl.when(is_standard).then(name).otherwise("sample"),
        role=role,
        nominal=pl.when(~is_blank).then("nominal"),
    )
    return replace(filled, wells=wells)


def xponent_csv(read: Read, analytes: Sequence[str], *, plate: str, unit: str) -> str:
    """The export of one plate."""
    own = (read.filled.wells["plate"] == plate).to_numpy()
    wells = read.filled.wells.filter(own)
    medians, counts = read.medians[own], read.counts[own]
    events = counts.sum(axis=1).tolist()
    lines = [
        *_facts(plate, wells.height, len(analytes)),
        *_of_wells("Median", wells, analytes, medians, events),
        *_of_wells("Count", wells, analytes, counts, events),
        *_units(analytes, unit),
        *_amounts(wells, analytes),
        *_dilutions(wells),
        ("DataType:", "Audit Logs"),
        ("UserId", "Date", "Message"),
        (),
    ]
    return _csv(lines)


def _csv(lines: Iterable[Line]) -> str:
    """Lines with every cell in quotes; an empty one stays empty."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for line in lines:
        if line:
            writer.writerow(line)
        else:
            text.write("\n")
    return text.getvalue()


def _facts(plate: str, wells: int, analytes: int) -> Iterator[Line]:
    yield ("Program", "xPONENT", "", "simulated")
    yield ("Build", "4.2.1705.0")
    yield ("SN", "simulated")
    yield ("Batch", plate)
    yield ("BatchDescription", MARK)
    yield ("ProtocolMicrosphere", "Map", "100 regions", "Type", "MagPlex", "Count", analytes)
    yield ("Samples", wells, "Min Events", 50, "Per Bead")
    yield ()
    yield ("Results",)
    yield ()


def _of_wells(
    name: str, wells: pl.DataFrame, analytes: Sequence[str], numbers: Floats | Ints, events: Line
) -> Iterator[Line]:
    """A block with a line a well."""
    yield ("DataType:", name)
    yield ("Location", "Sample", *analytes, "Total Events", "Notes")
    rows = zip(_locations(wells), wells["sample"], numbers.tolist(), events, strict=True)
    for location, sample, row, total in rows:
        yield (location, sample, *row, total, "")
    yield ()


def _locations(wells: pl.DataFrame) -> list[str]:
    """Where each well is, as xPONENT writes it: its number, the plate, its name."""
    return [f"{number}(1,{well})" for number, well in enumerate(wells["well"], 1)]


def _units(analytes: Sequence[str], unit: str) -> Iterator[Line]:
    yield ("DataType:", "Units")
    yield ("Analyte:", *analytes)
    yield ("BeadID:", *(12 + 2 * place for place in range(len(analytes))))
    yield ("Units:", *[unit] * len(analytes))
    yield ()


def _amounts(wells: pl.DataFrame, analytes: Sequence[str]) -> Iterator[Line]:
    yield ("DataType:", "Standard Expected Concentration")
    yield ("Reagent", *analytes)
    standards = wells.filter(role="standard").select("sample", "nominal")
    for sample, nominal in standards.reverse().iter_rows():
        yield (sample, *[nominal] * len(analytes))
    yield ()


def _dilutions(wells: pl.DataFrame) -> Iterator[Line]:
    yield ("DataType:", "Dilution Factor")
    yield ("Location", "Sample", "Dilution Factor")
    for location, sample in zip(_locations(wells), wells["sample"], strict=True):
        yield (location, sample, 1)
    yield ()
