"""What the instrument measured in each well of a plate, one number a well and channel: to be seen
behind the layout, where an edge that dries out or a well in the wrong place stands out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from exvivo.cache import Cache
from exvivo.errors import UserMistake
from exvivo.plate_files import read_files
from exvivo.sources import Sources
from exvivo.study import Assay, Beads, Plate, Study
from exvivo.study.instrument_files import files_of
from exvivo.study.load import Examined
from exvivo.study.named_wells import named_wells
from exvivo.web.people_files import holds_people
from exvivo.web.plates.layouts import Wells, wells_of

_ONE_NUMBER = {
    "cq": "Cq",
    "mfi": "fluorescence",
    "net_mfi": "fluorescence without background",
    "signal": "signal",
    "concentration": "concentration",
}
"""Kinds of readings that are one number, in words."""
_HARDLY = 0.1
"""The share of the largest rise below which a curve counts as flat here."""
_QUANTITIES = "results/tables/quantities.parquet"


@dataclass(frozen=True)
class Layer:
    """One number a well: what it is, its unit, and the wells."""

    name: str
    unit: str
    values: dict[str, float]


@dataclass(frozen=True)
class Measured:
    """What the files of a plate hold: layers, and the wells as their names tell them; `unread` says
    why a file could not be read.
    """

    layers: tuple[Layer, ...] = ()
    wells: tuple[str, ...] = ()
    named: Wells | None = None
    unread: str = ""


def measured(folder: Path, examined: Examined, plate: Plate) -> Measured:
    """The signal of a plate; without a file nothing."""
    study, before = examined.study, examined.sources
    if any(holds_people(name, study) for name, _ in files_of(plate, study)):
        return Measured(unread="a table of people, and no file of an instrument")
    sources = Sources(before.root, roots=before.roots, bounds=before.bounds)
    try:
        read = read_files(plate, study, sources, Cache.of(folder))
    except UserMistake as error:
        return Measured(unread=error.mistakes[0].found)
    unread = read.mistakes[0].found if read.mistakes else ""
    if not read.files:
        return Measured(unread=unread)
    readings = pl.concat([file.readings for _, file in read.files])
    assay = next(each for each in study.assays if each.id == plate.assay)
    layers = [*_layers(readings, assay), *_of_last_run(folder, plate)]
    wells = tuple(readings["well"].unique(maintain_order=True).to_list())
    return Measured(tuple(layers), wells, _named(readings, plate, study), unread)


def _named(readings: pl.DataFrame, plate: Plate, study: Study) -> Wells | None:
    """The wells as the names in the file tell them, where the plate's pattern splits them."""
    if not plate.samples:
        return None
    rows, _ = named_wells(readings, plate, study)
    return wells_of(rows, plate.id)[0]


def _layers(readings: pl.DataFrame, assay: Assay) -> Iterator[Layer]:
    """The layers of the readings of a plate."""
    for kind in readings["kind"].unique(maintain_order=True):
        of_kind = readings.filter(kind=kind)
        if kind in _ONE_NUMBER:
            yield from _by_channel(of_kind, pl.col("value"), _ONE_NUMBER[kind])
        elif kind == "amplification":
            rise = pl.col("y").list.max() - pl.col("y").list.min()
            yield from _by_channel(_half_risen(of_kind, rise), pl.col("half"), "half risen")
            yield from _by_channel(of_kind, rise, "rise of the curve")
        elif kind == "bead_events" and isinstance(assay, Beads):
            reporter = of_kind.filter(channel=assay.reporter)
            yield from _by_channel(reporter, pl.col("y").list.median(), "median of all beads")
            yield from _by_channel(reporter, pl.col("y").list.len(), "beads and other events")


def _half_risen(curves: pl.DataFrame, rise: pl.Expr) -> pl.DataFrame:
    """Curves with the cycle at which each has risen by half; none where it hardly rises, next to
    the others of its channel.
    """
    rises = curves.with_columns(rise=rise)
    rising = rises.filter(pl.col("rise") > _HARDLY * pl.col("rise").max().over("channel"))
    halves = [_half(x, y) for x, y in rising.select("x", "y").iter_rows()]
    return rising.with_columns(pl.Series("half", halves, pl.Float64), unit=pl.lit("cycle"))


def _half(x: list[float], y: list[float]) -> float | None:
    """Where a curve first reaches the middle between its lowest and highest point."""
    middle = (min(y) + max(y)) / 2
    return next((at for at, height in zip(x, y, strict=True) if height >= middle), None)


def _by_channel(readings: pl.DataFrame, number: pl.Expr, what: str) -> Iterator[Layer]:
    """A layer of each channel: the mean where a well was read twice."""
    numbers = readings.select("well", "channel", "unit", number=number.cast(pl.Float64))
    numbers = numbers.filter(pl.col("number").is_finite())
    means = numbers.group_by("channel", "unit", "well", maintain_order=True).mean()
    yield from _of_all_channels(means, what)
    for (channel, unit), part in means.group_by("channel", "unit", maintain_order=True):
        values = dict(part.select("well", "number").iter_rows())
        yield Layer(f"{channel}: {what}" if channel else what, str(unit or ""), values)


def _of_all_channels(means: pl.DataFrame, what: str) -> Iterator[Layer]:
    """All wells at once, where several channels share the plate and each well has one of them."""
    one_each = means["well"].n_unique() == means.height
    if one_each and means["channel"].n_unique() > 1 and means["unit"].n_unique() == 1:
        values = dict(means.select("well", "number").iter_rows())
        yield Layer(f"all targets: {what}", str(means["unit"][0] or ""), values)


def _of_last_run(folder: Path, plate: Plate) -> Iterator[Layer]:
    """The results of the last run, where there was one: detected ones, on their analysis scale."""
    if not (folder / _QUANTITIES).is_file():
        return
    try:
        quantities = pl.scan_parquet(folder / _QUANTITIES).filter(plate=plate.id, on="amount")
        frame = quantities.select("analyte", "unit", "well", "value").drop_nulls().collect()
    except (OSError, pl.exceptions.PolarsError):
        return
    for (analyte, unit), part in frame.group_by("analyte", "unit", maintain_order=True):
        means = part.group_by("well", maintain_order=True).agg(pl.col("value").mean())
        yield Layer(f"{analyte}: result of the last run", f"log2, {unit}", dict(means.iter_rows()))
