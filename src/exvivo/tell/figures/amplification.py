"""All amplification curves of each target, counted in squares, with every control that should stay
flat on top.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.figures.chart import COLOURS, Figure, Key, Panel, Spec, layer, quantitative
from exvivo.tell.figures.reactions import place_of

Floats = NDArray[np.float64]
_WIDTH, _HEIGHT, _BINS = 118, 104, 52
_FLAT = ("ntc", "no_rt", "blank")
_LINES = 24
"""Controls drawn as lines, the highest first: all of them on any usual plate."""
_LOWEST = 5
"""Readings of a curve, its lowest, whose median is its baseline."""
_DECADES = 3
"""How far below the highest fluorescence the logarithmic axis reaches."""
_SHADES = ("#bfdaec", "#8cbcdd", "#4f97c8", "#0072B2", "#003d61")
_VIEWS = ("linear", "log")


def figure(wells: pl.DataFrame, *, study: Study, name: str) -> Figure | None:
    """One panel per target, linear beside logarithmic; nothing where no well has an amplification
    curve.
    """
    curves = wells.filter(
        (pl.col("kind") == "amplification")
        & (pl.col("y").list.len() > 0)
        & (pl.col("role") != "empty")
    )
    if curves.is_empty():
        return None
    grouped = curves.sort("channel", "plate", "well").group_by("channel", maintain_order=True)
    drawn = sorted(
        ((str(channel), mine, _views(_readings(mine))) for (channel,), mine in grouped),
        key=lambda part: place_of(_analyte(part[0], part[1]), study),
    )
    most = max(int(view.counts.max(initial=1)) for _, _, views in drawn for view in views)
    panels = tuple(_panel(channel, mine, views, most, study) for channel, mine, views in drawn)
    data = pl.concat([_data(channel, views) for channel, _, views in drawn])
    return Figure(name, _caption(curves), (("", panels),), data, _key(most, curves))


@dataclass(frozen=True, slots=True)
class _View:
    """Curves of a target on one scale: their counts in squares of `domain`, and the readings of the
    controls.
    """

    name: str
    domain: tuple[float, float]
    cycles: Floats
    counts: NDArray[np.int64]
    controls: pl.DataFrame

    @property
    def edges(self) -> Floats:
        """The ends of the squares, from below."""
        return np.linspace(*self.domain, _BINS + 1)


def _readings(curves: pl.DataFrame) -> pl.DataFrame:
    """One row a reading: the curve's number and role, the cycle, the fluorescence above the curve's
    baseline.
    """
    base = pl.col("y").list.drop_nulls().list.sort().list.head(_LOWEST).list.median()
    return (
        curves.with_row_index("curve")
        .with_columns(base=base)
        .select("curve", "plate", "well", "role", "base", "x", "y")
        .explode("x", "y")
        .drop_nulls(["x", "y"])
        .with_columns(pl.col("x").round(), y=pl.col("y") - pl.col("base"))
        .drop("base")
    )


def _views(long: pl.DataFrame) -> tuple[_View, _View]:
    top = max(1.03 * _number(long["y"].max()), 1e-12)
    bottom = min(_number(long["y"].min()), 0.0)
    flat = pl.col("role").is_in(_FLAT)
    logs = long.with_columns(pl.col("y").clip(top / 10**_DECADES).log10())
    ends = ((bottom, top), (math.log10(top) - _DECADES, math.log10(top)))
    linear, log = (
        _View(name, domain, *_counted(frame.filter(~flat), domain), _highest(frame.filter(flat)))
        for name, frame, domain in zip(_VIEWS, (long, logs), ends, strict=True)
    )
    return linear, log


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _highest(controls: pl.DataFrame) -> pl.DataFrame:
    """The controls that rise most, so that none is left out that a person should see."""
    top = (
        controls.group_by("curve", maintain_order=True)
        .agg(pl.col("y").max())
        .sort("y", descending=True, maintain_order=True)
    )
    return controls.join(
        top.head(_LINES).select("curve"), on="curve", how="semi", maintain_order="left"
    )


def _counted(
    samples: pl.DataFrame, domain: tuple[float, float]
) -> tuple[Floats, NDArray[np.int64]]:
    """Cycles (c,) and the curves that pass through each square (c, bins).

    A curve passes through all squares between its reading and the middles to its neighbours, so
    that a steep curve leaves no holes. Each column is counted by where curves enter and leave.
    """
    span = samples.with_columns(
        before=((pl.col("y") + pl.col("y").shift(1).over("curve")) / 2).fill_null(pl.col("y")),
        after=((pl.col("y") + pl.col("y").shift(-1).over("curve")) / 2).fill_null(pl.col("y")),
    )
    cycle, low, high = (
        span.select(
            "x",
            pl.min_horizontal("y", "before", "after").alias("low"),
            pl.max_horizontal("y", "before", "after").alias("high"),
        )
        .to_numpy()
        .T
    )
    if not cycle.size:
        return np.zeros(0), np.zeros((0, _BINS), dtype=np.int64)
    cycles = np.arange(cycle.min(), cycle.max() + 1)
    column = (cycle - cycle.min()).astype(np.int64)
    width = (domain[1] - domain[0]) / _BINS
    enter, leave = (
        np.clip((v - domain[0]) / width, 0, _BINS - 1).astype(np.int64) for v in (low, high)
    )
    steps = np.zeros((cycles.size, _BINS + 1), dtype=np.int64)
    np.add.at(steps, (column, enter), 1)
    np.add.at(steps, (column, leave + 1), -1)
    return cycles, np.cumsum(steps, axis=1)[:, :_BINS]


def _shades(most: int) -> list[int]:
    """The fewest curves of each shade, in equal steps of a logarithm."""
    return [max(1, math.ceil(most ** (step / len(_SHADES)))) for step in range(len(_SHADES))]


def _squares(view: _View, most: int) -> list[dict[str, Any]]:
    """Squares of one shade that touch within a column are one rectangle."""
    shade = np.searchsorted(_shades(most), view.counts, side="right")
    padded = np.pad(shade, ((0, 0), (1, 1)))
    column, start = np.nonzero((padded[:, 1:-1] != padded[:, :-2]) & (padded[:, 1:-1] > 0))
    _, end = np.nonzero((padded[:, 1:-1] != padded[:, 2:]) & (padded[:, 1:-1] > 0))
    edges = view.edges
    frame = pl.DataFrame(
        {
            "x": view.cycles[column] - 0.5,
            "x2": view.cycles[column] + 0.5,
            "y": edges[start],
            "y2": edges[end + 1],
            "k": shade[column, start],
        }
    )
    return (
        frame.with_columns(pl.col("y", "y2").round_sig_figs(4))
        .sort("k", maintain_order=True)
        .to_dicts()
    )


def _panel(
    channel: str, curves: pl.DataFrame, views: tuple[_View, _View], most: int, study: Study
) -> Panel:
    name = study.name_of(_analyte(channel, curves))
    flats = curves.filter(pl.col("role").is_in(_FLAT)).height
    alt = (
        f"Amplification of {name}: {words.counted(curves.height - flats, 'well')} with sample or standard, counted in squares "
        f"of cycle and fluorescence, and {words.counted(flats, 'control well')} that should stay flat; on a linear and on a "
        "logarithmic axis."
    )
    cells = [_cell(view, most) for view in views]
    said = words.counted(curves.height - flats, "curve") + (
        f", {words.counted(flats, 'control')}" if flats else ""
    )
    return Panel(name, alt, {"hconcat": cells, "spacing": 6}, subtitle=said)


def _analyte(channel: str, curves: pl.DataFrame) -> str:
    known = curves["analyte"].drop_nulls()
    return str(known[0]) if len(known) else channel


def _cell(view: _View, most: int) -> Spec:
    ends = (
        [float(view.cycles.min()) - 0.5, float(view.cycles.max()) + 0.5]
        if view.cycles.size
        else [0.0, 45.0]
    )
    x = quantitative("x", ends, {"title": "cycle", "tickCount": 4})
    label = {"format": "~s", "tickCount": 3} if view.name == "linear" else _powers(view.domain)
    y = quantitative("y", view.domain, {"title": None, "minExtent": 26, "grid": False, **label})
    shade = {
        "field": "k",
        "type": "ordinal",
        "legend": None,
        "scale": {"domain": list(range(1, len(_SHADES) + 1)), "range": list(_SHADES)},
    }
    layers = [
        layer(
            {"type": "rect", "stroke": None},
            _squares(view, most),
            x=x,
            y=y,
            x2={"field": "x2"},
            y2={"field": "y2"},
            fill=shade,
        )
    ]
    for (role,), mine in view.controls.sort("role", "curve", "x").group_by(
        "role", maintain_order=True
    ):
        values = mine.select("x", pl.col("y").round_sig_figs(3), w="curve").to_dicts()
        mark = {
            "type": "line",
            "color": COLOURS[0],
            "strokeWidth": 1.1,
            "opacity": 0.9,
            "clip": True,
        }
        layers.append(
            layer(
                mark | _dash(str(role)), values, x=x, y=y, detail={"field": "w", "type": "nominal"}
            )
        )
    return {"width": _WIDTH, "height": _HEIGHT, "layer": layers}


def _dash(role: str) -> Spec:
    return {"strokeDash": [3, 2]} if role == "no_rt" else {}


def _powers(domain: tuple[float, float]) -> Spec:
    ticks = list(range(math.ceil(domain[0]), math.floor(domain[1]) + 1))
    return {
        "values": ticks,
        "labelExpr": "format(pow(10, datum.value), datum.value < 0 ? '.1~r' : '~s')",
    }


def _key(most: int, curves: pl.DataFrame) -> tuple[Key, ...]:
    first = [*dict.fromkeys(_shades(most)), most + 1]
    keys = []
    for low, after in itertools.pairwise(first):
        shade = _SHADES[int(np.searchsorted(_shades(most), low, side="right")) - 1]
        words_of = (
            words.counted(low, "curve") if after - low == 1 else f"{low} to {after - 1} curves"
        )
        keys.append(Key("square", shade, words_of))
    if curves.filter(pl.col("role").is_in(("ntc", "blank"))).height:
        keys.append(Key("stroke", COLOURS[0], "no template: should stay flat"))
    if curves.filter(role="no_rt").height:
        keys.append(Key("dashes", COLOURS[0], "no reverse transcriptase: should stay flat"))
    return tuple(keys)


def _data(channel: str, views: tuple[_View, _View]) -> pl.DataFrame:
    """The squares that curves pass through and how many do, then the readings of the controls."""
    parts = []
    for view in views:
        column, row = np.nonzero(view.counts)
        squares = pl.DataFrame(
            {
                "cycle": view.cycles[column],
                "from": view.edges[row],
                "to": view.edges[row + 1],
                "curves": view.counts[column, row],
            }
        )
        lines = view.controls.select("plate", "well", "role", cycle="x", **{"from": "y", "to": "y"})
        parts.append(
            pl.concat([squares, lines], how="diagonal").select(
                pl.lit(channel).alias("target"),
                pl.lit(view.name).alias("scale"),
                pl.col("role").fill_null("samples and standards"),
                "plate",
                "well",
                "cycle",
                pl.col("from", "to").round_sig_figs(5),
                pl.col("curves").cast(pl.Int64),
            )
        )
    return pl.concat(parts)


def _caption(curves: pl.DataFrame) -> str:
    flats = (
        curves.filter(pl.col("role").is_in(_FLAT))
        .group_by("channel", maintain_order=True)
        .len()["len"]
        .to_list()
    )
    lines = ""
    if flats:
        some = f", the {_LINES} of each target that rise most" if max(flats) > _LINES else ""
        lines = f" Controls that should stay flat are lines{some}."
    return (
        "Amplification curves of every well, fluorescence against cycle, on a linear axis and beside it on a logarithmic one. "
        f"Samples and standards are counted: a square is darker the more curves pass through it.{lines} From each curve its baseline "
        "was taken, the median of its five lowest readings, for this figure only; on the logarithmic axis what lies lower than a "
        f"{10**_DECADES}th of the highest reading stands at its lower end."
    )
