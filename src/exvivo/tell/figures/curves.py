"""The calibration curves: standards and the curve that reads them, per analyte, all plates together."""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.figures.chart import COLOURS, MUTED, SHAPES, Figure, Key, Panel, Spec, layer

_WIDTH, _HEIGHT = 124, 116


def figure(assays: pl.DataFrame, *, study: Study, name: str) -> Figure | None:
    """One panel per analyte, log against log; nothing where no assay has a curve with points."""
    curves = assays.filter((pl.col("kind") == "curve") & (pl.col("points").list.len() > 0))
    if curves.is_empty():
        return None
    plates = sorted(curves["plate"].fill_null("all plates").unique().to_list())
    rows: dict[str, list[Panel]] = {}
    for (readout, analyte), mine in curves.group_by("readout", "analyte", maintain_order=True):
        rows.setdefault(str(readout), []).append(_panel(str(analyte), mine, plates, study))
    key = [Key(SHAPES[i % 6], COLOURS[i % 6], f"plate {plate}") for i, plate in enumerate(plates)]
    left_out = curves.explode("points").unnest("points").filter(~pl.col("used")).height
    if left_out:
        key.append(Key("circle", MUTED, "not used for the fit", hollow=True))
    return Figure(
        name, _caption(curves), tuple((row, tuple(cells)) for row, cells in rows.items()), _data(curves), tuple(key)
    )


def _data(curves: pl.DataFrame) -> pl.DataFrame:
    return curves.select("assay", "readout", "analyte", "plate", "unit", "points").explode("points").unnest("points")


def _panel(analyte: str, curves: pl.DataFrame, plates: list[str], study: Study) -> Panel:
    unit = str(curves["unit"][0])
    x = _log("x", f"nominal, {unit}")
    y = _log("y", "response")
    layers: list[Spec] = []
    for row in curves.iter_rows(named=True):
        place = plates.index(row["plate"] or "all plates") % 6
        layers += _curve_layers(row, COLOURS[place], SHAPES[place], x, y)
    return Panel(
        study.name_of(analyte), _alt(analyte, curves, study), {"width": _WIDTH, "height": _HEIGHT, "layer": layers},
        subtitle=_range(curves, unit),
    )  # fmt: skip


def _log(name: str, title: str) -> Spec:
    axis = {"title": title, "format": "~s", "tickCount": 4, "labelOverlap": True}
    return {
        "field": name,
        "type": "quantitative",
        "scale": {"type": "log", "nice": False, "padding": 4},
        "axis": axis,
    }


def _drawable(point: dict[str, Any], *names: str) -> bool:
    return all(point[name] is not None and math.isfinite(point[name]) and point[name] > 0 for name in names)


def _curve_layers(row: dict[str, Any], colour: str, shape: str, x: Spec, y: Spec) -> list[Spec]:
    points = [point for point in row["points"] if _drawable(point, "x", "y")]
    line = sorted(
        ({"x": _short(point["fitted"]), "y": _short(point["y"])} for point in points
         if _drawable(point, "fitted")),
        key=lambda at: (at["y"], at["x"]),
    )  # fmt: skip
    used = [{"x": _short(p["x"]), "y": _short(p["y"])} for p in points if p["used"]]
    unused = [{"x": _short(p["x"]), "y": _short(p["y"])} for p in points if not p["used"]]
    layers = []
    if line:
        mark = {"type": "line", "color": colour, "strokeWidth": 1.3, "opacity": 0.75, "interpolate": "monotone"}
        layers.append(layer(mark, line, x=x, y=y, order={"field": "y", "type": "quantitative"}))
    for values, filled in ((used, True), (unused, False)):
        if values:
            dot = {"type": "point", "shape": shape, "color": colour, "filled": filled, "size": 26, "opacity": 0.85}
            layers.append(layer(dot, values, x=x, y=y))
    return layers


def _short(value: float) -> float:
    """Four significant digits: what a figure can show."""
    return float(f"{value:.4g}")


def _range(curves: pl.DataFrame, unit: str) -> str:
    lower, upper = curves["lower"].max(), curves["upper"].min()
    if not isinstance(lower, float) or not isinstance(upper, float):
        return ""
    return f"{words.amount_of(lower)} to {words.amount_of(upper)} {unit}"


def _alt(analyte: str, curves: pl.DataFrame, study: Study) -> str:
    points = curves.explode("points").unnest("points")
    errors = points.filter((pl.col("x") > 0) & (pl.col("fitted") > 0) & pl.col("used"))
    off = (errors["fitted"] / errors["x"]).log(2).abs().median() if errors.height else None
    said = (
        f" Half of the standards read within {words.fold(float(off))}-fold of their nominal value."
        if isinstance(off, float)
        else ""
    )
    return (
        f"Calibration of {study.name_of(analyte)} on {words.counted(curves.height, 'plate')}: "
        f"{words.counted(points.height, 'standard well')}, {points.filter(~pl.col('used')).height} not used.{said}"
    )


def _caption(curves: pl.DataFrame) -> str:
    blanks = curves.explode("points").unnest("points").filter((pl.col("x") <= 0) | (pl.col("y") <= 0)).height
    hidden = (
        f" {words.capital(words.counted(blanks, 'point'))} at zero cannot stand on a log axis and are in the data file."
        if blanks
        else ""
    )
    return (
        "Calibration curves, both axes logarithmic: the standards, and the curve through which responses are read. "
        f"Above each panel the range in which all plates can report a number.{hidden}"
    )
