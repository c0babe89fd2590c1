"""The plate as it lay in the instrument: the Cq of every well, so that an edge, a row or a
pipetting slip is seen.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import polars as pl

from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.figures.chart import (
    COLOURS,
    INK,
    MUTED,
    Figure,
    Key,
    Panel,
    Spec,
    layer,
    quantitative,
)
from exvivo.tell.figures.reactions import by_target, plates_of, reactions

_COLOURS = ("#440154", "#46327e", "#365c8d", "#277f8e", "#1fa187", "#4ac16d", "#a0da39", "#fde725")
"""Viridis in eight steps: its lightness rises all the way, so it can be read in grey."""
SIZES = ((8, 12, 26.0, 18.0), (16, 24, 13.0, 12.0), (32, 48, 7.0, 7.0))
"""Rows and columns of 96, 384 and 1536 wells, and the size of a well in the figure."""
_CONTROLS = ("ntc", "no_rt", "blank")
TIMES = "M-1,-1L1,1M-1,1L1,-1"


def figure(assays: pl.DataFrame, wells: pl.DataFrame, *, study: Study, name: str) -> Figure | None:
    """One panel per plate, or per plate and target where wells hold several; nothing where no well
    has a place and a Cq.
    """
    placed = placed_wells(reactions(assays, wells))
    if not placed["cq"].drop_nulls().len():
        return None
    edges = classes(placed["cq"].drop_nulls().to_list())
    rows = []
    for plate in plates_of(placed, study):
        mine = placed.filter(plate=plate)
        if mine.select("row", "column").is_duplicated().any():
            panels = [
                _panel(f"plate {plate}, {said}", part, edges, study)
                for said, part in by_target(mine, study)
            ]
        else:
            panels = [_panel(f"plate {plate}", mine, edges, study)]
        rows += panels
    data = placed.select("target", "plate", "well", "role", "donor", "stimulus", "cq")
    return Figure(name, _caption(), (("", tuple(rows)),), data, _key(edges, placed))


def placed_wells(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows whose well is a place on a plate (B7), with its row and column from 0."""
    letters = pl.col("well").str.extract(r"^([A-Z]{1,2})\d{1,2}$", 1)
    second = letters.str.slice(1, 1)
    number = [
        letter.map_elements(_rank, return_dtype=pl.Int64)
        for letter in (letters.str.slice(0, 1), second)
    ]
    return rows.with_columns(
        row=pl.when(second == "").then(number[0]).otherwise(26 * (number[0] + 1) + number[1]),
        column=pl.col("well").str.extract(r"(\d{1,2})$", 1).cast(pl.Int64, strict=False) - 1,
    ).drop_nulls(["row", "column"])


def _rank(letter: str) -> int | None:
    return ord(letter) - ord("A") if letter else None


def classes(values: Sequence[float]) -> list[float]:
    """The ends of the colour classes: whole cycles, as many as there are colours at most.

    >>> classes([17.2, 36.9])
    [15.0, 18.0, 21.0, 24.0, 27.0, 30.0, 33.0, 36.0, 39.0]
    """
    step = next(
        step
        for step in itertools.count(1)
        if math.floor(max(values) / step) - math.floor(min(values) / step) < len(_COLOURS)
    )
    first, last = math.floor(min(values) / step), math.floor(max(values) / step) + 1
    return [float(step * at) for at in range(first, last + 1)]


def _colours(edges: Sequence[float]) -> list[str]:
    """Colours spread over the classes, the darkest for the lowest Cq."""
    count = len(edges) - 1
    return [_COLOURS[round(at * (len(_COLOURS) - 1) / max(count - 1, 1))] for at in range(count)]


def _panel(title: str, mine: pl.DataFrame, edges: list[float], study: Study) -> Panel:
    high, wide, width, height = plate_size(mine)
    x = quantitative(
        "x",
        [-0.5, wide - 0.5],
        plate_axis([str(at + 1) for at in range(wide)], width, orient="top"),
    )
    y = quantitative(
        "y",
        [high - 0.5, -0.5],
        plate_axis([row_letters(at) for at in range(high)], height, orient="left"),
    )
    layers = [
        *_cells(mine, edges, x, y),
        *_signs(mine, x, y, min(width, height)),
        *_row_names(mine, wide, x, y, study),
    ]
    lost = mine["cq"].null_count()
    said = f"{words.counted(mine.height, 'reaction')}" + (f", {lost} without Cq" if lost else "")
    span = [
        words.number(float(end), digits=1)
        for end in mine.select(a=pl.col("cq").min(), b=pl.col("cq").max()).row(0)
        if end is not None
    ]
    alt = f"Cq of {title} in the places of the wells: {said}" + (
        f"; Cq from {span[0]} to {span[1]}." if span else "."
    )
    spec = {
        "width": wide * width,
        "height": high * height,
        "view": {"fill": "#f1f3f5"},
        "layer": layers,
    }
    return Panel(title, alt, spec, subtitle=said)


def plate_size(mine: pl.DataFrame) -> tuple[int, int, float, float]:
    """Rows and columns of the smallest usual plate that holds all wells (`row`, `column`), and the
    size of a well in pixels.
    """
    rows, columns = (
        int(end) + 1 for end in mine.select(pl.col("row").max(), pl.col("column").max()).row(0)
    )
    return next(
        (size for size in SIZES if rows <= size[0] and columns <= size[1]),
        (rows, columns, 7.0, 7.0),
    )


def row_letters(row: int) -> str:
    """The letters of a plate's row, counted from 0.

    >>> row_letters(0), row_letters(26)
    ('A', 'AA')
    """
    return chr(ord("A") + row) if row < 26 else "A" + chr(ord("A") + row - 26)


def plate_axis(labels: list[str], size: float, *, orient: str) -> Spec:
    """The numbers above a plate or the letters beside it; every fourth where wells are small."""
    every = 1 if size >= 10 else 4
    return {
        "title": None,
        "orient": orient,
        "values": list(range(0, len(labels), every)),
        "labelExpr": f"{labels}[datum.value]",
        "grid": False,
        "ticks": False,
        "domain": False,
        "labelPadding": 3,
        "labelAngle": 0,
        "labelFontSize": 10 if size > 15 else 8.5,
        "labelOverlap": False,
    }


def _cells(mine: pl.DataFrame, edges: list[float], x: Spec, y: Spec) -> Iterator[Spec]:
    corner = {
        "x": pl.col("column") - 0.46,
        "x2": pl.col("column") + 0.46,
        "y": pl.col("row") - 0.46,
        "y2": pl.col("row") + 0.46,
    }
    ends = {"x": x, "y": y, "x2": {"field": "x2"}, "y2": {"field": "y2"}}
    yield layer(
        {"type": "rect", "color": "white"},
        mine.filter(pl.col("cq").is_null()).select(**corner).to_dicts(),
        **ends,
    )
    for at, colour in enumerate(_colours(edges)):
        within = mine.filter((pl.col("cq") >= edges[at]) & (pl.col("cq") < edges[at + 1]))
        if within.height:
            yield layer(
                {"type": "rect", "color": colour}, within.select(**corner).to_dicts(), **ends
            )
    controls = mine.filter(pl.col("role").is_in(_CONTROLS))
    outline = {"type": "rect", "filled": False, "stroke": COLOURS[0], "strokeWidth": 1.6}
    yield layer(outline, controls.select(**corner).to_dicts(), **ends)


def _signs(mine: pl.DataFrame, x: Spec, y: Spec, size: float) -> Iterator[Spec]:
    lost = mine.filter(pl.col("cq").is_null()).select(x="column", y="row").to_dicts()
    mark = {
        "type": "point",
        "shape": TIMES,
        "color": INK,
        "strokeWidth": 1,
        "size": (size * 0.42) ** 2,
        "opacity": 1,
    }
    yield layer(mark, lost, x=x, y=y)


def _row_names(mine: pl.DataFrame, wide: int, x: Spec, y: Spec, study: Study) -> Iterator[Spec]:
    """Beside the plate the target of rows that hold one target only."""
    if mine["target"].n_unique() < 2:
        return
    targets = (
        mine.group_by("row", maintain_order=True)
        .agg(pl.col("analyte").unique(maintain_order=True))
        .sort("row")
    )
    single = [(row, names[0]) for row, names in targets.iter_rows() if len(names) == 1]
    texts = []
    for _, run in itertools.groupby(
        enumerate(single), key=lambda part: (part[1][1], part[1][0] - part[0])
    ):
        rows = [part[1] for part in run]
        texts.append(
            {"x": wide - 0.2, "y": (rows[0][0] + rows[-1][0]) / 2, "t": study.name_of(rows[0][1])}
        )
    mark = {
        "type": "text",
        "align": "left",
        "baseline": "middle",
        "fontSize": 9.5,
        "color": MUTED,
        "clip": False,
    }
    yield layer(mark, texts, x=x, y=y, text={"field": "t", "type": "nominal"})


def _key(edges: list[float], placed: pl.DataFrame) -> tuple[Key, ...]:
    keys = [
        Key("square", colour, f"Cq {edges[at]:.0f} to {edges[at + 1]:.0f}")
        for at, colour in enumerate(_colours(edges))
    ]
    if placed["cq"].null_count():
        keys.append(Key("times", INK, "no Cq", hollow=True))
    if placed.filter(pl.col("role").is_in(_CONTROLS)).height:
        keys.append(Key("square", COLOURS[0], "control: should have no Cq", hollow=True))
    return tuple(keys)


def _caption() -> str:
    return "The Cq of every well where it lay on its plate: dark is early (much message), light is late. Grey: wells not used."
