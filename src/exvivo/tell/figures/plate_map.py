"""The plate of an immunoassay as it lay in the instrument: its signals, so that an edge, a row or a
slip is seen.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import polars as pl

from exvivo.study import Immunoassay, Study
from exvivo.tell import words
from exvivo.tell.figures.axes import amount_label
from exvivo.tell.figures.chart import INK, Figure, Key, Panel, Spec, layer, quantitative
from exvivo.tell.figures.cq_map import TIMES, placed_wells, plate_axis, plate_size, row_letters
from exvivo.tell.tables import Tables

_FOLDS = (0.25, 0.5, 0.8, 1.25, 2.0, 4.0)
_COLOURS = ("#1f5a96", "#5b9bd0", "#b9d6ee", "#eceff1", "#fbd3a0", "#e8923c", "#a84e05")
"""Blue below the middle, orange above it: told apart with every kind of colour vision; pale is the
middle.
"""
_WORDS = ("under ¼", "¼ to ½", "½ to 0.8", "0.8 to 1.25", "1.25 to 2", "2 to 4", "over 4")
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
_KEY = ["plate", "well", "analyte"]


def figure(tables: Tables, *, study: Study, name: str) -> Figure | None:
    """One panel a plate: the middle of all analytes where there are several; nothing where no well
    has a place and a signal.

    `tables` are those of one assay.
    """
    placed = relative(signals(tables, study=study))
    if placed.is_empty():
        return None
    several = placed["analyte"].n_unique() > 1
    pooled = _pooled(placed) if several else placed
    panels = []
    for plate, mine in _by_plate(pooled, study):
        title = (
            f"plate {plate}" if several else f"plate {plate}, {study.name_of(mine['analyte'][0])}"
        )
        panels.append(_panel(title, mine, 1.0, median=None if several else mine["median"][0]))
    data = pooled.select("plate", "well", "role", "relative")
    said = "the median of all analytes, each relative" if several else "relative"
    return Figure(name, _caption(pooled, said), (("", tuple(panels)),), data, _key(pooled))


def by_analyte(tables: Tables, *, study: Study, name: str) -> Figure | None:
    """A row of small panels a plate, one an analyte; nothing where there is one analyte or none."""
    placed = relative(signals(tables, study=study))
    if placed["analyte"].n_unique() < 2:
        return None
    rows = []
    for plate, mine in _by_plate(placed, study):
        order = [analyte.id for analyte in study.analytes]
        parts = [part for (_,), part in mine.group_by(["analyte"], maintain_order=True)]
        parts.sort(
            key=lambda part: (
                order.index(part["analyte"][0]) if part["analyte"][0] in order else len(order)
            )
        )
        panels = [
            _panel(
                study.name_of(part["analyte"][0]),
                part,
                _COMPACT,
                plate=plate,
                median=part["median"][0],
            )
            for part in parts
        ]
        rows.append((f"plate {plate}", tuple(panels)))
    data = placed.select("plate", "well", "analyte", "role", "signal", "median", "relative")
    return Figure(name, _caption(placed, "relative"), tuple(rows), data, _key(placed))


def signals(tables: Tables, *, study: Study) -> pl.DataFrame:
    """The signal of every well and analyte: plate, well, analyte, role, signal (empty where it is
    not positive).

    What the instrument read where it reads one number a well; of bead events the medians behind
    quantities and curves, so that controls of a bead array, whose medians no table keeps, stand
    without a number.
    """
    wells = tables.wells
    roles = wells.select("plate", "well", "role").unique(
        ["plate", "well"], keep="first", maintain_order=True
    )
    read = pl.concat(
        [_read(wells, study), _quantified(tables.quantities), _of_curves(tables.assays)]
    )
    read = read.unique(_KEY, keep="first", maintain_order=True)
    found = read.join(roles, on=["plate", "well"], how="inner", maintain_order="left")
    unread = roles.filter(pl.col("role") != "empty").join(
        found, on=["plate", "well"], how="anti", maintain_order="left"
    )
    known = found.select("plate", "analyte").unique(maintain_order=True)
    missing = unread.join(known, on="plate", how="inner", maintain_order="left").with_columns(
        signal=pl.lit(None, dtype=pl.Float64)
    )
    return pl.concat(
        [found.select(*_KEY, "role", "signal"), missing.select(*_KEY, "role", "signal")]
    )


def _read(wells: pl.DataFrame, study: Study) -> pl.DataFrame:
    """The instrument's own readings: medians of beads, or the one reading of a plate reader that is
    the signal.
    """
    named = wells.filter(pl.col("analyte").is_not_null(), pl.col("role") != "empty")
    events = named.filter(kind="bead_events").with_columns(signal=pl.col("y").list.median())
    medians = named.filter(kind="mfi").with_columns(signal=pl.col("value"))
    parts = (
        [events, medians]
        if events.height + medians.height
        else [_plate_reader(named.filter(kind="signal"), study)]
    )
    return pl.concat([part.select(*_KEY, _positive("signal")) for part in parts])


def _plate_reader(named: pl.DataFrame, study: Study) -> pl.DataFrame:
    """The reading the assay calls its signal, less the one it takes off."""
    chosen = [named.with_columns(signal=pl.col("value")).head(0)]
    for (assay_id,), mine in named.group_by(["assay"], maintain_order=True):
        assay = study.assay(str(assay_id))
        wanted = assay.signal if isinstance(assay, Immunoassay) else ""
        signal = (mine.filter(block=wanted) if wanted else mine).with_columns(
            signal=pl.col("value")
        )
        if isinstance(assay, Immunoassay) and assay.minus:
            other = mine.filter(block=assay.minus).select(*_KEY, off="value")
            signal = (
                signal.join(other, on=_KEY, how="left", maintain_order="left")
                .with_columns(signal=pl.col("signal") - pl.col("off"))
                .drop("off")
            )
        chosen.append(signal)
    return pl.concat(chosen)


def _positive(name: str) -> pl.Expr:
    return pl.when(pl.col(name) > 0).then(pl.col(name)).alias("signal")


def _quantified(quantities: pl.DataFrame) -> pl.DataFrame:
    mine = quantities.filter((pl.col("on") == "signal") | (pl.col("unit") == "signal"))
    return mine.select(*_KEY, signal=2 ** pl.col("value"))


def _of_curves(assays: pl.DataFrame) -> pl.DataFrame:
    curves = assays.filter(pl.col("kind") == "curve", pl.col("plate").is_not_null())
    points = (
        curves.select("plate", "analyte", "points")
        .explode("points")
        .unnest("points")
        .drop_nulls("well")
    )
    return points.select(*_KEY, _positive("y"))


def relative(read: pl.DataFrame) -> pl.DataFrame:
    """Wells with a place (`row`, `column`), `median`: that of the plate's sample wells, `relative`:
    log2 of signal over it.
    """
    placed = placed_wells(read)
    sample = pl.when(pl.col("role") == "sample").then(pl.col("signal"))
    middle = pl.coalesce(sample.median(), pl.col("signal").median()).over("plate", "analyte")
    known = placed.with_columns(median=middle).filter(pl.col("median").is_not_null())
    return known.with_columns(relative=(pl.col("signal") / pl.col("median")).log(2))


def _pooled(placed: pl.DataFrame) -> pl.DataFrame:
    """The middle of all analytes of a well."""
    return placed.group_by("plate", "well", "role", "row", "column", maintain_order=True).agg(
        pl.col("relative").median()
    )


def _by_plate(placed: pl.DataFrame, study: Study) -> Iterator[tuple[str, pl.DataFrame]]:
    for plate in study.plates:
        mine = placed.filter(plate=plate.id)
        if mine["relative"].drop_nulls().len():
            yield plate.id, mine


def _panel(
    title: str, mine: pl.DataFrame, scale: float, *, plate: str = "", median: float | None = None
) -> Panel:
    high, wide, width, height = plate_size(mine)
    width, height = max(round(width * scale), 4), max(round(height * max(scale, 0.66)), 4)
    columns, letters = [str(at + 1) for at in range(wide)], [row_letters(at) for at in range(high)]
    x = quantitative("x", [-0.5, wide - 0.5], plate_axis(columns, width, orient="top"))
    y = quantitative("y", [high - 0.5, -0.5], plate_axis(letters, height, orient="left"))
    layers = [*_cells(mine, x, y), *_signs(mine, x, y, min(width, height))]
    spec = {
        "width": wide * width,
        "height": high * height,
        "view": {"fill": "#d9dee2"},
        "layer": layers,
    }
    said = f"median {amount_label(float(f'{median:.3g}'))}" if median is not None else ""
    return Panel(
        title, _alt(title if not plate else f"{title} on plate {plate}", mine), spec, subtitle=said
    )


def _cells(mine: pl.DataFrame, x: Spec, y: Spec) -> Iterator[Spec]:
    corner = {
        "x": pl.col("column") - 0.47,
        "x2": pl.col("column") + 0.47,
        "y": pl.col("row") - 0.47,
        "y2": pl.col("row") + 0.47,
    }
    ends = {"x": x, "y": y, "x2": {"field": "x2"}, "y2": {"field": "y2"}}
    classes = mine.with_columns(_class()).sort("class", maintain_order=True)
    for (number,), wells in classes.partition_by(
        "class", as_dict=True, maintain_order=True
    ).items():
        colour = "white" if number is None else _COLOURS[int(number)]
        yield layer({"type": "rect", "color": colour}, wells.select(**corner).to_dicts(), **ends)


def _class() -> pl.Expr:
    """Which of the classes a well falls into, 0 the lowest; empty without a signal."""
    above = pl.sum_horizontal(
        (pl.col("relative") >= math.log2(fold)).cast(pl.Int64) for fold in _FOLDS
    )
    return pl.when(pl.col("relative").is_not_null()).then(above).alias("class")


def _signs(mine: pl.DataFrame, x: Spec, y: Spec, size: float) -> Iterator[Spec]:
    """A letter for every well that is no sample, in white on dark; a cross where there is no
    signal.
    """
    marked = mine.with_columns(
        _class(),
        letter=pl.col("role").replace_strict(_LETTERS, default=None, return_dtype=pl.String),
    )
    dark = pl.col("class").is_in([0, 6]).fill_null(False)
    text: Spec = {
        "type": "text",
        "baseline": "middle",
        "fontSize": max(6.5, min(10.0, 0.72 * size)),
        "fontWeight": 600,
    }
    for colour, mask in ((INK, ~dark), ("white", dark)):
        rows = (
            marked.filter(mask & pl.col("letter").is_not_null())
            .select(x="column", y="row", t="letter")
            .to_dicts()
        )
        if rows and size >= 8:
            yield layer(
                {**text, "color": colour}, rows, x=x, y=y, text={"field": "t", "type": "nominal"}
            )
    lost = (
        marked.filter(pl.col("relative").is_null() & pl.col("letter").is_null())
        .select(x="column", y="row")
        .to_dicts()
    )
    if lost:
        mark = {
            "type": "point",
            "shape": TIMES,
            "color": INK,
            "strokeWidth": 1,
            "size": (size * 0.42) ** 2,
            "opacity": 1,
        }
        yield layer(mark, lost, x=x, y=y)


def _alt(title: str, mine: pl.DataFrame) -> str:
    lost = mine["relative"].null_count()
    said = f"{words.counted(mine.height, 'well')}" + (f", {lost} without a signal" if lost else "")
    low, high = (
        mine.filter(role="sample")
        .select(a=pl.col("relative").min(), b=pl.col("relative").max())
        .row(0)
    )
    span = (
        f"; sample wells from {words.fold(low)} to {words.fold(high)} times their median"
        if low is not None
        else ""
    )
    return f"Signals of {title} in the places of the wells: {said}{span}."


def _key(placed: pl.DataFrame) -> tuple[Key, ...]:
    keys = [Key("square", colour, said) for colour, said in zip(_COLOURS, _WORDS, strict=True)]
    if placed["relative"].null_count():
        keys.append(Key("times", INK, "no signal", hollow=True))
    return tuple(keys)


def _caption(placed: pl.DataFrame, said: str) -> str:
    used = dict.fromkeys(
        _LETTERS[role] for role in _LETTERS if role in set(placed["role"].to_list())
    )
    letters = words.listed(f"{letter} {_MEANINGS[letter]}" for letter in used)
    return (
        f"The signal of every well where it lay on its plate: {said} to the median of the plate's sample wells, in folds (the key). "
        f"A row, column or rim of one colour is a matter of the plate.{f' Letters: {letters}.' if letters else ''} Grey: wells not used."
    )
