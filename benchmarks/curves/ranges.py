"""What poor curves still tell: standard wells of real bead arrays held out, and read as samples.

One tube at a time is left out of all curves of its plate, and its amounts are read off them. A tube
that holds another amount than its label says counts against an interval that is right, so coverage
is judged beside the error of preparing standards that its plate shows. Any study folder with
standards can be measured likewise (`--set`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.row import Row

SHARED = Path(os.environ.get("EXVIVO_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
FORTESSA = SHARED / "beads" / "legendplex_fortessa"
FACSVERSE = SHARED / "beads" / "cba_flex_facsverse"
TOP, FOLD = 10_000.0, 4.0
CBA_TOP = 2500.0
FEW = ("A4", "A7", "B2")
"""Of the 13 analytes those that stand alone where the list of analytes is cut short."""
Numbers = np.ndarray[Any, np.dtype[np.float64]]


def rows(sets: Sequence[Path] = ()) -> list[Row]:
    """The two public sets, and any others."""
    fortessa = _fortessa()
    return [
        *_of_set("LEGENDplex, Fortessa", fortessa, curves=13, peer=1.0),
        *_of_set("CBA Flex, FACSVerse", _facsverse(), curves=5, peer=5.0),
        *_of_list("LEGENDplex, Fortessa", fortessa),
        *(row for folder in sets for row in _of_set(folder.name, _of_study(folder))),
    ]


def _of_set(
    name: str, standards: pl.DataFrame, *, curves: int = 0, peer: float | None = None
) -> Iterator[Row]:
    """`peer`: curves with a range by version 0.1.0."""
    from exvivo.quantify.curve import calibrate

    whole = calibrate(standards)
    ranged = int((whole.limits.in_range > 0).sum())
    bar = f">= {curves}" if curves else ""
    unit = f"of {len(whole.keys)}"
    yield Row(what=f"curves that give numbers, {name}", value=ranged, unit=unit, bar=bar, peer=peer)
    held_out = pl.concat([_held_out(standards, *tube) for tube in _tubes(standards)])
    numbers = held_out.drop_nulls("value")
    total = f"of {held_out.height}"
    yield Row(what=f"held-out standards with a number, {name}", value=numbers.height, unit=total)
    off = (numbers["value"] - numbers["truth"]).to_numpy()
    within = float((np.abs(off) <= 1.0).mean())
    yield Row(what=f"of them within twofold, {name}", value=within, unit="")
    for what, column in (("", "sd"), (", preparation added", "sd_prepared")):
        inside = np.abs(off) <= 1.96 * numbers[column].to_numpy()
        yield Row(what=f"of them inside their interval{what}, {name}", value=inside.mean(), unit="")
    bounded = held_out.filter(pl.col("value").is_null())
    wrong = bounded.filter(
        (pl.col("lower") > pl.col("truth") + 0.01) | (pl.col("upper") < pl.col("truth") - 0.01)
    )
    yield Row(what=f"bounds that leave the truth out, {name}", value=wrong.height, unit=total)


def _of_list(name: str, standards: pl.DataFrame) -> Iterator[Row]:
    """How far limits of detection move when the list of analytes is cut short."""
    from exvivo.quantify.curve import calibrate

    every, few = calibrate(standards), calibrate(standards.filter(pl.col("analyte").is_in(FEW)))
    of_every = dict(zip(every.keys, every.lod, strict=True))
    moved = [abs(lod / of_every[key] - 1) for key, lod in zip(few.keys, few.lod, strict=True)]
    yield Row(what=f"LoD moved by the list, {name}", value=max(moved), unit="", bar="<= 0.1")


def _tubes(standards: pl.DataFrame) -> list[tuple[str, str]]:
    known = standards.filter(pl.col("nominal") > 0)
    return known.select("plate", "well").unique(maintain_order=True).rows()


def _held_out(standards: pl.DataFrame, plate: str, well: str) -> pl.DataFrame:
    """What the other tubes of all plates say of one: log2 of truth, value and bounds, and the sd
    without and with the error of preparing a standard.
    """
    from exvivo.quantify.curve import calibrate, read_off

    out = (pl.col("plate") == plate) & (pl.col("well") == well)
    curves, asked = calibrate(standards.filter(~out)), standards.filter(out)
    which = curves.index(asked["plate"], asked["analyte"])
    reading, se = asked.select("reading", "se").to_numpy().T
    reads = read_off(curves, which, reading, se, np.ones(reading.size))
    sd = np.sqrt(np.square(reads.sd) + np.square(reads.loading).sum(axis=1))
    prepared = curves.preparation[which] / np.log(2.0)
    return pl.DataFrame(
        {
            "truth": np.log2(asked["nominal"].to_numpy()),
            "value": reads.value,
            "sd": sd,
            "sd_prepared": np.hypot(sd, prepared),
            "lower": reads.lower,
            "upper": reads.upper,
        }
    ).fill_nan(None)


def _fortessa() -> pl.DataFrame:
    """Medians of the standards C0 to C7, 1:4 down from 10,000 pg/mL."""
    from benchmarks.beads.legendplex import POSITIONS
    from exvivo.study import Beads

    assay = Beads(
        id="beads",
        kind="beads",
        classifier=("R-670/30-A",),
        reporter="G-582/15-A",
        scatter=("FSC-A", "SSC-A"),
        letters="scatter",
        panel={position: position for position in POSITIONS},
    )
    read = _medians(FORTESSA, r"C\d_\d", assay)
    level = pl.col("well").str.slice(1, 1).cast(pl.Int64)
    amount = pl.when(level > 0).then(TOP / pl.lit(FOLD).pow(7 - level)).otherwise(0.0)
    return read.with_columns(nominal=amount)


def _facsverse() -> pl.DataFrame:
    """Medians of ten standards, doubling up to 2,500 pg/mL; the beads are told by one dye."""
    from exvivo.study import Beads

    assay = Beads(
        id="beads",
        kind="beads",
        classifier=("CBA NIR-A",),
        reporter="PE-A",
        scatter=("FSC-A", "SSC-A"),
        panel={f"bead {i}": str(i) for i in range(1, 6)},
    )
    read = _medians(FACSVERSE, r"Standard_\d+", assay)
    level = pl.col("well").str.slice(9).cast(pl.Int64)
    amount = pl.when(level > 1).then(CBA_TOP / pl.lit(2.0).pow(10 - level)).otherwise(0.0)
    return read.with_columns(nominal=amount)


def _medians(folder: Path, well: str, assay: Any) -> pl.DataFrame:
    """plate, analyte, well, reading, se of every tube, whose name holds its well."""
    import flowio

    from exvivo.quantify.beads.events import events_of
    from exvivo.quantify.beads.panel import panel_of
    from exvivo.quantify.beads.populations import find_populations
    from exvivo.quantify.beads.signal import signals

    channels = (*assay.classifier, assay.reporter, *assay.scatter)
    made: list[dict[str, object]] = []
    for path in sorted(folder.glob("*.fcs")):
        file = flowio.FlowData(str(path))
        events, names = file.as_array(), file.pnn_labels
        tube = str(re.findall(well, path.name)[0])
        made += [
            {"well": tube, "source": path.name, "channel": each, "y": events[:, names.index(each)]}
            for each in channels
        ]
    wells = pl.DataFrame(made).with_columns(
        pl.col("y").cast(pl.List(pl.Float64)), plate=pl.lit("P"), kind=pl.lit("bead_events")
    )
    panel, events_there = panel_of(assay), events_of(wells, plate="P", assay=assay)
    return signals(events_there, find_populations(events_there, panel), panel)


def _of_study(folder: Path) -> pl.DataFrame:
    """The standards of every curve of a study folder; what one well samples is not kept there."""
    from exvivo.gather import gather
    from exvivo.quantify import quantify

    gathered = gather(folder)
    curves = quantify(gathered.wells, study=gathered.study)[1].filter(kind="curve")
    each = curves.select("plate", "analyte", "points").explode("points").unnest("points")
    return each.select(
        "plate", "analyte", "well", nominal="x", reading="y", se=pl.lit(0.0)
    ).drop_nulls()
