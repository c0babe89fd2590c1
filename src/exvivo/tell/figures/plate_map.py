"""The plate of an immunoassay as it lay in the instrument: its signals, so that an edge, a row or a
slip is seen.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from exvivo.study import Assay, Immunoassay, Study
from exvivo.tell import words
from exvivo.tell.figures.axes import amount_label
from exvivo.tell.figures.chart import INK, Figure, Key, Keys, Layers, Panel, Spec, in_rows, one_row
from exvivo.tell.figures.plates import Grid, corners, crosses, grid_of, placed_wells
from exvivo.tell.figures.reactions import place_of
from exvivo.tell.figures.shapes import Plane, rect
from exvivo.tell.tables import Tables

_LIMITS = [math.log2(fold) for fold in (0.25, 0.5, 0.8, 1.25, 2.0, 4.0)]
"""The ends of the classes of signals, in log2 of the middle."""
_COLOURS = ("#1f5a96", "#5b9bd0", "#b9d6ee", "#eceff1", "#fbd3a0", "#e8923c", "#a84e05")
"""Blue below the middle, orange above it: told apart with every kind of colour vision; pale is the
middle.
"""
_WORDS = ("under ¼", "¼ to ½", "½ to 0.8", "0.8 to 1.25", "1.25 to 2", "2 to 4", "over 4")
_CLASS_KEYS = tuple(Key("square", *entry) for entry in zip(_COLOURS, _WORDS, strict=True))
_NO_SIGNAL = Key("times", INK, "no signal", hollow=True)
_DARK = [0, len(_COLOURS) - 1]
"""Classes whose wells need white letters."""
_LETTERS = {
    "standard": "S",
    "blank": "B",
    "qc": "C",
    "calibrator": "C",
    "positive": "C",
    "spike": "+",
}
_MEANINGS = {"S": "standard", "B": "blank", "C": "control", "+": "spiked sample"}
_COMPACT = 0.5
"""Wells of the maps of single analytes, as a share of those of the whole plate."""
_HALF = 0.47
"""Half a side of a well, in wells."""
_KEY = ["plate", "well", "analyte"]


@dataclass(frozen=True, slots=True)
class _Map:
    """The wells of one panel. `about` is what the words say it shows; `median` the signal that is
    the middle, where there is one.
    """

    plate: str
    title: str
    about: str
    wells: pl.DataFrame
    median: float | None = None
    scale: float = 1.0

    @property
    def grid(self) -> Grid:
        """The plate at the scale of the map."""
        grid = grid_of(self.wells)
        width = max(round(grid.width * self.scale), 4)
        height = max(round(grid.height * max(self.scale, 0.66)), 4)
        return Grid(grid.rows, grid.columns, width, height)


def figure(tables: Tables, *, study: Study, name: str) -> Figure | None:
    """One panel a plate: the middle of all analytes where there are several; nothing where no well
    has a place and a signal.

    `tables` are those of one assay.
    """
    placed = relative(signals(tables, study=study))
    if placed.is_empty():
        return None
    several = placed["analyte"].n_unique() > 1
    shown = _pooled(placed) if several else placed
    maps = [
        _of_plate(plate, wells, study, several=several) for plate, wells in _by_plate(shown, study)
    ]
    what = "the median of all analytes, each relative" if several else "relative"
    data = shown.select("plate", "well", "role", "relative")
    return Figure(name, _caption(shown, what), one_row(map(_panel, maps)), data, _key(shown))


def _of_plate(plate: str, wells: pl.DataFrame, study: Study, *, several: bool) -> _Map:
    title = f"plate {plate}"
    if several:
        return _Map(plate, title, title, wells)
    title += f", {study.name_of(wells['analyte'][0])}"
    return _Map(plate, title, title, wells, wells["median"][0])


def by_analyte(tables: Tables, *, study: Study, name: str) -> Figure | None:
    """A row of small panels a plate, one an analyte; nothing where there is one analyte or none."""
    placed = relative(signals(tables, study=study))
    if placed["analyte"].n_unique() < 2:
        return None
    panels = in_rows((f"plate {each.plate}", _panel(each)) for each in _of_analytes(placed, study))
    data = placed.select("plate", "well", "analyte", "role", "signal", "median", "relative")
    return Figure(name, _caption(placed, "relative"), panels, data, _key(placed))


def _of_analytes(placed: pl.DataFrame, study: Study) -> Iterator[_Map]:
    """A small map for each plate and analyte, in the order of the study."""
    for plate, wells in _by_plate(placed, study):
        parts = wells.partition_by("analyte", maintain_order=True)
        for part in sorted(parts, key=lambda part: place_of(part["analyte"][0], study)):
            title = study.name_of(part["analyte"][0])
            about = f"{title} on plate {plate}"
            yield _Map(plate, title, about, part, part["median"][0], _COMPACT)


def signals(tables: Tables, *, study: Study) -> pl.DataFrame:
    """The signal of every well and analyte: plate, well, analyte, role, signal (empty where it is
    not positive).

    What the instrument read where it reads one number a well; of bead events the medians behind
    quantities and curves, so that controls of a bead array, whose medians no table keeps, stand
    without a number.
    """
    place = ["plate", "well"]
    columns = [*_KEY, "role", "signal"]
    roles = tables.wells.select(*place, "role").unique(place, keep="first", maintain_order=True)
    sources = [
        _read(tables.wells, study),
        _quantified(tables.quantities),
        _of_curves(tables.assays),
    ]
    all_read = pl.concat(sources).unique(_KEY, keep="first", maintain_order=True)
    read = all_read.join(roles, on=place, how="inner", maintain_order="left")
    used = roles.filter(pl.col("role") != "empty")
    unread = used.join(read, on=place, how="anti", maintain_order="left")
    analytes = read.select("plate", "analyte").unique(maintain_order=True)
    missing = unread.join(analytes, on="plate", how="inner", maintain_order="left")
    empty = missing.with_columns(signal=pl.lit(None, dtype=pl.Float64))
    return pl.concat([read.select(columns), empty.select(columns)])


def _read(wells: pl.DataFrame, study: Study) -> pl.DataFrame:
    """The instrument's own readings: medians of beads, or the one reading of a plate reader that is
    the signal.
    """
    named = wells.filter(pl.col("analyte").is_not_null(), pl.col("role") != "empty")
    events = named.filter(kind="bead_events").with_columns(signal=pl.col("y").list.median())
    medians = named.filter(kind="mfi").with_columns(signal=pl.col("value"))
    parts = [events, medians]
    if events.is_empty() and medians.is_empty():
        parts = list(_plate_reader(named.filter(kind="signal"), study))
    return pl.concat([part.select(*_KEY, _positive("signal")) for part in parts])


def _plate_reader(named: pl.DataFrame, study: Study) -> Iterator[pl.DataFrame]:
    """The readings that are the signal of each assay."""
    readings = named.with_columns(signal=pl.col("value"))
    yield readings.clear()
    for (assay,), own in readings.group_by(["assay"], maintain_order=True):
        yield _signal(study.assay(str(assay)), own)


def _signal(assay: Assay, readings: pl.DataFrame) -> pl.DataFrame:
    """The reading an assay calls its signal, less the one it takes off."""
    if not isinstance(assay, Immunoassay):
        return readings
    signal = readings.filter(block=assay.signal) if assay.signal else readings
    return _less(signal, readings.filter(block=assay.minus)) if assay.minus else signal


def _less(signal: pl.DataFrame, background: pl.DataFrame) -> pl.DataFrame:
    off = background.select(*_KEY, off="value")
    joined = signal.join(off, on=_KEY, how="left", maintain_order="left")
    return joined.with_columns(signal=pl.col("signal") - pl.col("off"))


def _positive(name: str) -> pl.Expr:
    return pl.when(pl.col(name) > 0).then(pl.col(name)).alias("signal")


def _quantified(quantities: pl.DataFrame) -> pl.DataFrame:
    """The signals behind quantities, or those that are quantities."""
    signal = quantities.filter((pl.col("on") == "signal") | (pl.col("unit") == "signal"))
    return signal.select(*_KEY, signal=2 ** pl.col("value"))


def _of_curves(assays: pl.DataFrame) -> pl.DataFrame:
    """The signals of the standards of calibration curves."""
    curves = assays.filter(pl.col("kind") == "curve", pl.col("plate").is_not_null())
    points = curves.select("plate", "analyte", "points").explode("points").unnest("points")
    return points.drop_nulls("well").select(*_KEY, _positive("y"))


def relative(read: pl.DataFrame) -> pl.DataFrame:
    """Wells with a place (`row`, `column`), `median`: that of the plate's sample wells, `relative`:
    log2 of signal over it.
    """
    placed = placed_wells(read).with_columns(median=_middle().over("plate", "analyte"))
    comparable = placed.filter(pl.col("median").is_not_null())
    return comparable.with_columns(relative=(pl.col("signal") / pl.col("median")).log(2))


def _middle() -> pl.Expr:
    """The median of the sample wells, or of all wells where there are none."""
    signal = pl.col("signal")
    sample = pl.when(pl.col("role") == "sample").then(signal)
    return pl.coalesce(sample.median(), signal.median())


def _pooled(placed: pl.DataFrame) -> pl.DataFrame:
    """The middle of all analytes of a well."""
    wells = placed.group_by("plate", "well", "role", "row", "column", maintain_order=True)
    return wells.agg(pl.col("relative").median())


def _by_plate(placed: pl.DataFrame, study: Study) -> Iterator[tuple[str, pl.DataFrame]]:
    """The wells of each plate that has a signal, plates in the order of the study."""
    for plate in study.plates:
        wells = placed.filter(plate=plate.id)
        if wells["relative"].count():
            yield plate.id, wells


def _panel(shown: _Map) -> Panel:
    grid, classed = shown.grid, shown.wells.with_columns(_class())
    layers = itertools.chain(
        _cells(classed, grid.plane),
        _letters(classed, grid),
        _crosses(classed, grid),
    )
    subtitle = ""
    if shown.median is not None:
        subtitle = f"median {amount_label(float(f'{shown.median:.3g}'))}"
    return Panel(shown.title, _alt(shown), grid.drawing("#d9dee2", layers), subtitle=subtitle)


def _class() -> pl.Expr:
    """Which of the classes a well falls into, 0 the lowest; empty without a signal."""
    relative = pl.col("relative")
    above = pl.sum_horizontal((relative >= limit).cast(pl.Int64) for limit in _LIMITS)
    return pl.when(relative.is_not_null()).then(above).alias("class")


def _cells(classed: pl.DataFrame, plane: Plane) -> Layers:
    """The wells in the colours of their classes."""
    for wells in classed.sort("class", maintain_order=True).partition_by("class"):
        number = wells["class"][0]
        colour = "white" if number is None else _COLOURS[number]
        yield plane.boxes(rect(colour), corners(wells, _HALF))


def _letter() -> pl.Expr:
    """The letter of a well that is no sample."""
    return pl.col("role").replace_strict(_LETTERS, default=None, return_dtype=pl.String)


def _letters(classed: pl.DataFrame, grid: Grid) -> Layers:
    """A letter for every well that is no sample, in white on dark, where wells are large enough."""
    text: Spec = {
        "baseline": "middle",
        "fontSize": max(6.5, min(10.0, 0.72 * grid.sign)),
        "fontWeight": 600,
    }
    lettered = classed.with_columns(t=_letter()).filter(pl.col("t").is_not_null())
    dark = pl.col("class").is_in(_DARK).fill_null(False)
    for colour, chosen in ((INK, ~dark), ("white", dark)):
        rows = lettered.filter(chosen).select("t", x="column", y="row").to_dicts()
        if rows and grid.sign >= 8:
            yield grid.plane.text(text | {"color": colour}, rows)


def _crosses(classed: pl.DataFrame, grid: Grid) -> Layers:
    """A cross where there is neither a signal nor a letter."""
    blank = classed.filter(pl.col("relative").is_null() & _letter().is_null())
    if blank.height:
        yield crosses(blank, grid.sign, grid.plane)


def _alt(shown: _Map) -> str:
    count = words.counted(shown.wells.height, "well")
    missing = shown.wells["relative"].null_count()
    if missing:
        count += f", {missing} without a signal"
    samples = shown.wells.filter(role="sample")["relative"].drop_nulls().to_list()
    span = ""
    if samples:
        low, high = words.fold(min(samples)), words.fold(max(samples))
        span = f"; sample wells from {low} to {high} times their median"
    return f"Signals of {shown.about} in the places of the wells: {count}{span}."


def _key(placed: pl.DataFrame) -> Keys:
    return (*_CLASS_KEYS, _NO_SIGNAL) if placed["relative"].null_count() else _CLASS_KEYS


def _caption(placed: pl.DataFrame, what: str) -> str:
    roles = set(placed["role"].to_list())
    used = dict.fromkeys(letter for role, letter in _LETTERS.items() if role in roles)
    letters = words.listed(f"{letter} {_MEANINGS[letter]}" for letter in used)
    return (
        f"The signal of every well where it lay on its plate: {what} to the median of the plate's "
        "sample wells, in folds (the key). A row, column or rim of one colour is a matter of the "
        f"plate.{f' Letters: {letters}.' if letters else ''} Grey: wells not used."
    )
