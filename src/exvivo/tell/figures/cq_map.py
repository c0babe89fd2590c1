"""The plate as it lay in the instrument: the Cq of every well, so that an edge, a row or a
pipetting slip is seen.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import polars as pl

from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.figures.chart import (
    COLOURS,
    INK,
    MUTED,
    Figure,
    Key,
    Keys,
    Layers,
    Numbers,
    Panel,
    Spec,
    one_row,
)
from exvivo.tell.figures.plates import Grid, corners, crosses, grid_of, placed_wells
from exvivo.tell.figures.reactions import CONTROLS, by_target, plates_of, reactions
from exvivo.tell.figures.shapes import Plane, rect

_COLOURS = (
    "#440154",
    "#46327e",
    "#365c8d",
    "#277f8e",
    "#1fa187",
    "#4ac16d",
    "#a0da39",
    "#fde725",
)
"""Viridis in eight steps: its lightness rises all the way, so it can be read in grey."""
_HALF = 0.46
"""Half a side of a well, in wells."""
_CAPTION = (
    "The Cq of every well where it lay on its plate: dark is early (much message), light is late. "
    "Grey: wells not used."
)
_NO_CQ = Key("times", INK, "no Cq", hollow=True)
_CONTROL_KEY = Key("square", COLOURS[0], "control: should have no Cq", hollow=True)
_NAME: Spec = {
    "align": "left",
    "baseline": "middle",
    "fontSize": 11,
    "color": MUTED,
    "clip": False,
}
"""How the target of rows is written beside the plate."""


def figure(assays: pl.DataFrame, wells: pl.DataFrame, *, study: Study, name: str) -> Figure | None:
    """One panel per plate, or per plate and target where wells hold several; nothing where no well
    has a place and a Cq.
    """
    placed = placed_wells(reactions(assays, wells))
    cqs = placed["cq"].drop_nulls().to_list()
    if not cqs:
        return None
    edges = classes(cqs)
    panels = [
        _panel(title, reactions_of, edges, study) for title, reactions_of in _maps(placed, study)
    ]
    data = placed.select("target", "plate", "well", "role", "donor", "stimulus", "cq")
    return Figure(name, _CAPTION, one_row(panels), data, _key(edges, placed))


def _maps(placed: pl.DataFrame, study: Study) -> Iterator[tuple[str, pl.DataFrame]]:
    """The reactions of each map with its title."""
    for plate in plates_of(placed, study):
        on_plate = placed.filter(plate=plate)
        if not on_plate.select("row", "column").is_duplicated().any():
            yield f"plate {plate}", on_plate
            continue
        for target, part in by_target(on_plate, study):
            yield f"plate {plate}, {target}", part


def classes(values: Numbers) -> list[float]:
    """The ends of the colour classes: whole cycles, as many as there are colours at most.

    >>> classes([17.2, 36.9])
    [15.0, 18.0, 21.0, 24.0, 27.0, 30.0, 33.0, 36.0, 39.0]
    """
    low, high = min(values), max(values)
    step = next(
        step
        for step in itertools.count(1)
        if math.floor(high / step) - math.floor(low / step) < len(_COLOURS)
    )
    counts = range(math.floor(low / step), math.floor(high / step) + 2)
    return [float(step * count) for count in counts]


def _classes(edges: Numbers) -> list[tuple[float, float, str]]:
    """Both ends and the colour of each class, the darkest for the lowest Cq."""
    last = max(len(edges) - 2, 1)
    colours = [_COLOURS[round(at * (len(_COLOURS) - 1) / last)] for at in range(len(edges) - 1)]
    return list(zip(edges[:-1], edges[1:], colours, strict=True))


def _panel(title: str, placed: pl.DataFrame, edges: Numbers, study: Study) -> Panel:
    grid = grid_of(placed)
    layers = itertools.chain(
        _cells(placed, edges, grid.plane),
        [crosses(placed.filter(pl.col("cq").is_null()), grid.sign, grid.plane)],
        _target_names(placed, grid, study),
    )
    missing = placed["cq"].null_count()
    count = words.counted(placed.height, "reaction") + (
        f", {missing} without Cq" if missing else ""
    )
    alt = f"Cq of {title} in the places of the wells: {count}{_range_words(placed)}."
    return Panel(title, alt, grid.drawing("#f1f3f5", layers), subtitle=count)


def _range_words(placed: pl.DataFrame) -> str:
    cqs = placed["cq"].drop_nulls().to_list()
    if not cqs:
        return ""
    low, high = (words.number(float(end), digits=1) for end in (min(cqs), max(cqs)))
    return f"; Cq from {low} to {high}"


def _cells(placed: pl.DataFrame, edges: Numbers, plane: Plane) -> Layers:
    """The wells in their colours, and controls outlined."""
    blank = placed.filter(pl.col("cq").is_null())
    yield plane.boxes(rect("white"), corners(blank, _HALF))
    for low, high, colour in _classes(edges):
        within = placed.filter((pl.col("cq") >= low) & (pl.col("cq") < high))
        if within.height:
            yield plane.boxes(rect(colour), corners(within, _HALF))
    outline = {"type": "rect", "filled": False, "stroke": COLOURS[0], "strokeWidth": 1.6}
    yield plane.boxes(outline, corners(_controls(placed), _HALF))


def _controls(placed: pl.DataFrame) -> pl.DataFrame:
    return placed.filter(pl.col("role").is_in(CONTROLS))


def _target_names(placed: pl.DataFrame, grid: Grid, study: Study) -> list[Spec]:
    """Beside the plate the target of rows that hold one target only."""
    if placed["target"].n_unique() < 2:
        return []
    texts: list[dict[str, Any]] = []
    for analyte, first, last in _runs(placed):
        middle = (first + last) / 2
        texts.append({"x": grid.columns - 0.2, "y": middle, "t": study.name_of(analyte)})
    return [grid.plane.text(_NAME, texts)]


def _runs(placed: pl.DataFrame) -> Iterator[tuple[str, int, int]]:
    """Neighbouring rows that hold the same analyte only: the analyte, the first and the last
    row.
    """
    analytes = pl.col("analyte").unique(maintain_order=True)
    rows = placed.group_by("row", maintain_order=True).agg(analytes).sort("row")
    single = rows.filter(pl.col("analyte").list.len() == 1).explode("analyte")
    new = (pl.col("analyte") != pl.col("analyte").shift()) | (pl.col("row").diff() != 1)
    runs = single.with_columns(run=new.fill_null(True).cum_sum())
    for _, run in runs.group_by("run", maintain_order=True):
        yield run["analyte"][0], run["row"][0], run["row"][-1]


def _key(edges: Numbers, placed: pl.DataFrame) -> Keys:
    no_cq = (_NO_CQ,) if placed["cq"].null_count() else ()
    controls = (_CONTROL_KEY,) if _controls(placed).height else ()
    return (*_class_keys(edges), *no_cq, *controls)


def _class_keys(edges: Numbers) -> Iterator[Key]:
    for low, high, colour in _classes(edges):
        yield Key("square", colour, f"Cq {low:.0f} to {high:.0f}")
