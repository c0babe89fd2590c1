"""All amplification curves of each target, counted in squares, with every control that should stay
flat on top.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Floats, Ints
from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.figures.axes import amounts, labelled, power_label, quantitative
from exvivo.tell.figures.chart import (
    COLOURS,
    Figure,
    Key,
    Keys,
    Names,
    Pair,
    Panel,
    Spec,
    cell,
    one_row,
)
from exvivo.tell.figures.reactions import CONTROLS, place_of
from exvivo.tell.figures.shapes import Plane, line

_WIDTH, _HEIGHT, _BINS = 118, 104, 52
_FLAT = pl.col("role").is_in(CONTROLS)
"""The controls, which should stay flat."""
_LINES = 24
"""Controls drawn as lines, the highest first: all of them on any usual plate."""
_LOWEST = 5
"""Readings of a curve, its lowest, whose median is its baseline."""
_DECADES = 3
"""How far below the highest fluorescence the logarithmic axis goes."""
_SHADES = ("#bfdaec", "#8cbcdd", "#4f97c8", "#0072B2", "#003d61")
_SHADE: Spec = {
    "field": "k",
    "type": "ordinal",
    "legend": None,
    "scale": {"domain": list(range(1, len(_SHADES) + 1)), "range": list(_SHADES)},
}
"""The channel of squares: darker for more curves."""
_CURVE: Spec = {"field": "w", "type": "nominal"}


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
    by_channel = curves.sort("channel", "plate", "well").partition_by("channel")
    targets = sorted(map(_target, by_channel), key=lambda each: place_of(each.analyte, study))
    most = max(target.most for target in targets)
    panels = [_panel(target, most, study) for target in targets]
    data = pl.concat([_data(target) for target in targets])
    return Figure(name, _caption(curves), one_row(panels), data, _key(most, curves))


@dataclass(frozen=True, slots=True)
class _View:
    """Curves of a target on one scale: their counts in squares of `domain`, and the readings of the
    controls. cycles (cycles,); counts (cycles, bins).
    """

    name: str
    domain: Pair
    cycles: Floats
    counts: Ints
    controls: pl.DataFrame

    @property
    def edges(self) -> Floats:
        """The ends of the squares, from below."""
        return np.linspace(*self.domain, _BINS + 1)

    @property
    def plane(self) -> Plane:
        """Cycles across and fluorescence upright."""
        ends = [0.0, 45.0]
        if self.cycles.size:
            ends = [float(self.cycles.min()) - 0.5, float(self.cycles.max()) + 0.5]
        ticks = _powers(self.domain) if self.name == "log" else amounts(self.domain, most=3)
        y_axis = {**ticks, "minExtent": 26, "grid": False}
        return Plane(
            quantitative("x", ends, {"title": "cycle", "tickCount": 4}),
            quantitative("y", self.domain, y_axis),
        )


@dataclass(frozen=True, slots=True)
class _Target:
    """The curves of a target and how they are seen on each scale."""

    channel: str
    analyte: str
    curves: int
    controls: int
    views: tuple[_View, ...]

    @property
    def most(self) -> int:
        """The most curves in a square."""
        return max(int(view.counts.max(initial=1)) for view in self.views)


def _target(curves: pl.DataFrame) -> _Target:
    channel = str(curves["channel"][0])
    analytes = curves["analyte"].drop_nulls()
    analyte = str(analytes[0]) if len(analytes) else channel
    controls = curves.filter(_FLAT).height
    views = tuple(_views(_readings(curves)))
    return _Target(channel, analyte, curves.height - controls, controls, views)


def _readings(curves: pl.DataFrame) -> pl.DataFrame:
    """One row a reading: the curve's number and role, the cycle, the fluorescence above the curve's
    baseline.
    """
    long = (
        curves.with_row_index("curve")
        .select("curve", "plate", "well", "role", "x", "y", base=_baseline())
        .explode("x", "y")
        .drop_nulls(["x", "y"])
    )
    return long.with_columns(pl.col("x").round(), y=pl.col("y") - pl.col("base")).drop("base")


def _baseline() -> pl.Expr:
    """The median of the lowest readings of a curve."""
    readings = pl.col("y").list.drop_nulls()
    return readings.list.sort().list.head(_LOWEST).list.median()


def _views(readings: pl.DataFrame) -> Iterator[_View]:
    """The readings on a linear and on a logarithmic scale."""
    top = max(1.03 * _number(readings["y"].max()), 1e-12)
    bottom = min(_number(readings["y"].min()), 0.0)
    yield _view("linear", readings, (bottom, top))
    logs = readings.with_columns(pl.col("y").clip(top / 10**_DECADES).log10())
    yield _view("log", logs, (math.log10(top) - _DECADES, math.log10(top)))


def _view(name: str, readings: pl.DataFrame, domain: Pair) -> _View:
    cycles, counts = _counted(readings.filter(~_FLAT), domain)
    return _View(name, domain, cycles, counts, _highest(readings.filter(_FLAT)))


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _highest(controls: pl.DataFrame) -> pl.DataFrame:
    """The controls that rise most: every one that a person should see."""
    by_curve = controls.group_by("curve", maintain_order=True).agg(pl.col("y").max())
    top = by_curve.sort("y", descending=True, maintain_order=True).head(_LINES)
    return controls.join(top.select("curve"), on="curve", how="semi", maintain_order="left")


def _counted(samples: pl.DataFrame, domain: Pair) -> tuple[Floats, Ints]:
    """Cycles (c,) and the curves that pass through each square (c, bins).

    Each column is counted by where curves enter and leave.
    """
    if samples.is_empty():
        return np.zeros(0), np.zeros((0, _BINS), dtype=np.int64)
    cycle, low, high = _spans(samples).to_numpy().T
    cycles = np.arange(cycle.min(), cycle.max() + 1)
    column = (cycle - cycle.min()).astype(np.int64)
    entries = np.zeros((cycles.size, _BINS + 1), dtype=np.int64)
    np.add.at(entries, (column, _square(low, domain)), 1)
    np.add.at(entries, (column, _square(high, domain) + 1), -1)
    return cycles, np.cumsum(entries, axis=1)[:, :_BINS]


def _square(values: Floats, domain: Pair) -> Ints:
    """The square of a column into which each value falls."""
    width = (domain[1] - domain[0]) / _BINS
    return np.clip((values - domain[0]) / width, 0, _BINS - 1).astype(np.int64)


def _spans(samples: pl.DataFrame) -> pl.DataFrame:
    """Cycle, and the lowest and highest fluorescence of a curve there: between its reading and the
    middles to its neighbours, so that a steep curve leaves no holes.
    """
    y, before, after = pl.col("y"), _halfway(1), _halfway(-1)
    low, high = pl.min_horizontal(y, before, after), pl.max_horizontal(y, before, after)
    return samples.select("x", low=low, high=high)


def _halfway(shift: int) -> pl.Expr:
    """The middle between a reading and a neighbour of the same curve; the reading itself at an
    end.
    """
    y = pl.col("y")
    return ((y + y.shift(shift).over("curve")) / 2).fill_null(y)


def _shades(most: int) -> list[int]:
    """The fewest curves of each shade, in equal steps of a logarithm."""
    return [max(1, math.ceil(most ** (step / len(_SHADES)))) for step in range(len(_SHADES))]


def _shade_of(counts: Ints | int, most: int) -> Ints:
    """The number of the shade of each count, from 1; 0 where there is no curve."""
    shades: Ints = np.searchsorted(_shades(most), counts, side="right")
    return shades


def _squares(view: _View, most: int) -> pl.DataFrame:
    """Squares of one shade that touch within a column are one rectangle."""
    shade = _shade_of(view.counts, most)
    padded = np.pad(shade, ((0, 0), (1, 1)))
    column, start = np.nonzero((shade != padded[:, :-2]) & (shade > 0))
    _, end = np.nonzero((shade != padded[:, 2:]) & (shade > 0))
    rectangles = pl.DataFrame(
        {
            "x": view.cycles[column] - 0.5,
            "x2": view.cycles[column] + 0.5,
            "y": view.edges[start],
            "y2": view.edges[end + 1],
            "k": shade[column, start],
        }
    )
    short = rectangles.with_columns(pl.col("y", "y2").round_sig_figs(4))
    return short.sort("k", maintain_order=True)


def _panel(target: _Target, most: int, study: Study) -> Panel:
    name = study.name_of(target.analyte)
    alt = (
        f"Amplification of {name}: {words.counted(target.curves, 'well')} with sample or standard, "
        f"counted in squares of cycle and fluorescence, and "
        f"{words.counted(target.controls, 'control well')} that should stay flat; on a linear and "
        "on a logarithmic axis."
    )
    subtitle = words.counted(target.curves, "curve")
    if target.controls:
        subtitle += f", {words.counted(target.controls, 'control')}"
    cells = [_cell(view, most) for view in target.views]
    return Panel(name, alt, {"hconcat": cells, "spacing": 6}, subtitle=subtitle)


def _cell(view: _View, most: int) -> Spec:
    """Samples and standards as squares, and a line for each control on top."""
    plane, squares = view.plane, _squares(view, most).to_dicts()
    layers = [plane.boxes({"type": "rect", "stroke": None}, squares, fill=_SHADE)]
    controls = view.controls.sort("role", "curve", "x")
    for (role,), own in controls.group_by("role", maintain_order=True):
        values = own.select("x", pl.col("y").round_sig_figs(3), w="curve").to_dicts()
        dash = {"strokeDash": [3, 2]} if role == "no_rt" else {}
        mark = line(COLOURS[0], 1.1, opacity=0.9, clip=True, **dash)
        layers.append(plane.layer(mark, values, detail=_CURVE))
    return cell(_WIDTH, _HEIGHT, layers)


def _powers(domain: Pair) -> Spec:
    """Ticks at powers of ten."""
    ticks = list(range(math.ceil(domain[0]), math.floor(domain[1]) + 1))
    return labelled(ticks, [power_label(tick) for tick in ticks], None)


def _key(most: int, curves: pl.DataFrame) -> Keys:
    firsts = [*dict.fromkeys(_shades(most)), most + 1]
    keys = []
    for low, after in itertools.pairwise(firsts):
        shade = _SHADES[int(_shade_of(low, most)) - 1]
        range_words = f"{low} to {after - 1} curves"
        if after - low == 1:
            range_words = words.counted(low, "curve")
        keys.append(Key("square", shade, range_words))
    return (*keys, *_control_keys(curves["role"].unique().to_list()))


def _control_keys(roles: Names) -> Iterator[Key]:
    if "ntc" in roles or "blank" in roles:
        yield Key("stroke", COLOURS[0], "no template: should stay flat")
    if "no_rt" in roles:
        yield Key("dashes", COLOURS[0], "no reverse transcriptase: should stay flat")


def _data(target: _Target) -> pl.DataFrame:
    """The squares that curves pass through and how many do, then the readings of the controls."""
    return pl.concat([_view_data(target.channel, view) for view in target.views])


def _view_data(channel: str, view: _View) -> pl.DataFrame:
    column, row = np.nonzero(view.counts)
    squares = pl.DataFrame(
        {
            "cycle": view.cycles[column],
            "from": view.edges[row],
            "to": view.edges[row + 1],
            "curves": view.counts[column, row],
        }
    )
    readings = view.controls.select("plate", "well", "role", cycle="x", **{"from": "y", "to": "y"})
    return pl.concat([squares, readings], how="diagonal").select(
        pl.lit(channel).alias("target"),
        pl.lit(view.name).alias("scale"),
        pl.col("role").fill_null("samples and standards"),
        "plate",
        "well",
        "cycle",
        pl.col("from", "to").round_sig_figs(5),
        pl.col("curves").cast(pl.Int64),
    )


def _caption(curves: pl.DataFrame) -> str:
    return (
        "Amplification curves of every well, fluorescence against cycle, on a linear axis and "
        "beside it on a logarithmic one. Samples and standards are counted: a square is darker the "
        f"more curves pass through it.{_control_words(curves)} From each curve its baseline was "
        "taken, the median of its five lowest readings, for this figure only; on the logarithmic "
        f"axis what lies lower than a {10**_DECADES}th of the highest reading stands at its lower "
        "end."
    )


def _control_words(curves: pl.DataFrame) -> str:
    """How controls are drawn, where there are any."""
    controls = curves.filter(_FLAT)["channel"]
    if controls.is_empty():
        return ""
    is_chosen = max(controls.value_counts()["count"]) > _LINES
    chosen = f", the {_LINES} of each target that rise most" if is_chosen else ""
    return f" Controls that should stay flat are lines{chosen}."
