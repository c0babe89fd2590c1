"""Where the beads lie: the channels that tell the beads of an array apart, binned, with the
populations found in them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.study import Beads, Study
from exvivo.tell import words
from exvivo.tell.figures import labels
from exvivo.tell.figures.axes import amount_label, amounts, labelled, quantitative
from exvivo.tell.figures.bead_events import SIZE, TUBES, BeadMap, Population, bead_map
from exvivo.tell.figures.chart import (
    COLOURS,
    INK,
    Figure,
    Key,
    Layers,
    Names,
    Numbers,
    Pair,
    Panel,
    Spec,
    cell,
    one_row,
    rounded,
)
from exvivo.tell.figures.shapes import Plane, layer, line, rect, rule

_BINS, _BARS, _FONT = 60, 120, 12
_SIZES = ((6, 280, 256), (16, 332, 308), (math.inf, 524, 456))
"""Up to so many populations, width and height of a map: names need room."""
_BARS_HIGH, _LINE = 170, 15
"""Height of the bars of a histogram, and of a line of names above them."""
_BAND = "#f8e2d6"
"""The colour behind the bars of a population in a histogram."""
_BEYOND = 0.02
"""The share of events at each end of a channel that may lie beyond the map: debris, never a bead's
whole cloud.
"""
_SHADES = ("#dbe9f4", "#a9cce3", "#6aa7d0", "#2f7fb8", "#084c85")
_POWERS = [10.0**power for power in range(-2, 8)]
_AMOUNTS = (0.0, *_POWERS, *(-amount for amount in _POWERS))
"""The readings at which a channel may have ticks: zero, and decades of either sign."""
_THIRDS = (*_AMOUNTS, *(3 * power for power in _POWERS))
"""The readings where those are too few: also three, thirty, ..."""
_FEW_TICKS = 2
_INSIDE = 0.9973
"""The share of a population's beads that its outline holds, were they normal: three standard
deviations on one channel.
"""
_RADIUS = {1: 3.0, 2: math.sqrt(-2 * math.log(1 - _INSIDE))}
"""The radius of an outline in standard deviations: chi squared of one or two channels at the share
it holds.
"""
_TURN = np.linspace(0, 2 * np.pi, 36, endpoint=False)
_CIRCLE = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)
"""Points of the unit circle."""
_OUTLINE = line(COLOURS[0], 1.3, interpolate="linear-closed")
_ORDER: Spec = {"field": "o", "type": "quantitative"}
_NAME: Spec = {"field": "name", "type": "nominal"}
_TEXT: Spec = {"type": "text", "baseline": "middle", "fontSize": _FONT}
_PALE: Spec = {"stroke": "white", "strokeWidth": 3, "color": "white", "opacity": 0.85}
"""An edge that keeps names legible on dark squares."""
_NAME_MARKS = [_TEXT | {"align": "center"} | ink for ink in (_PALE, {"color": INK})]
_SIZE_AXIS: Spec = {
    "title": "bead size, from scatter",
    "labels": False,
    "ticks": False,
    "grid": False,
}
_POPULATION = f"a population: holds {100 * _INSIDE:.1f} % of its beads"
_MAP_KEY = (
    Key("square", _SHADES[3], "events, darker is more"),
    Key("circle", COLOURS[0], _POPULATION, hollow=True),
)
_BAR_KEY = (Key("square", _SHADES[3], "events"), Key("square", _BAND, _POPULATION))
_CAPTION = (
    f"Bead populations of each plate: events of up to {TUBES} of its tubes, evenly spaced over the "
    "plate and before any gate, counted in the channels that tell the beads apart (logarithmic but "
    "near zero, where negative readings lie). Every outline should hold one cloud, and every cloud "
    "of beads should have its outline."
)


def _name(analyte: str, seen: BeadMap, study: Study) -> str:
    """The name of an analyte, on a map of two dyes with the position of its bead."""
    position = seen.assay.panel.get(analyte, "") if len(seen.assay.classifier) == 2 else ""
    return f"{study.name_of(analyte)} {position}".strip()


@dataclass(frozen=True, slots=True)
class View:
    """A bead map with the names of its populations, and how much of its channels is shown."""

    seen: BeadMap
    names: tuple[str, ...]

    @classmethod
    def of(cls, seen: BeadMap, study: Study) -> View:
        """The view of a map, its populations named as in the study."""
        return cls(seen, tuple(_name(each.analyte, seen, study) for each in seen.populations))

    @property
    def flat(self) -> bool:
        """Whether the map has one channel: it is a histogram."""
        return len(self.seen.channels) == 1

    @property
    def radius(self) -> float:
        """The radius of an outline in standard deviations."""
        return _RADIUS[len(self.seen.channels)]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        count = len(self.seen.populations)
        return next((width, height) for most, width, height in _SIZES if count <= most)

    @property
    def room_for_names(self) -> float:
        """Room for the longest name on either side of the populations, as a share of the width."""
        longest = max(map(len, self.names))
        return min(0.25, (longest * labels.LETTER * _FONT + 6) / self.size[0])

    def edges(self, axis: int) -> Floats:
        """The ends of the squares along a channel: the events but the outermost, every population,
        and room for names beside them.
        """
        low, high = np.quantile(self.seen.events[:, axis], [_BEYOND, 1 - _BEYOND])
        if self.seen.populations:
            low, high = self._with_populations(axis, float(low), float(high))
        room = 0.03 * (high - low) or 1.0
        return np.linspace(low - room, high + room, (_BARS if self.flat else _BINS) + 1)

    def _with_populations(self, axis: int, low: float, high: float) -> Pair:
        """A range widened until it holds every population of a channel, and their names."""
        spans = [self.span(population, axis, 1.2) for population in self.seen.populations]
        first, last = min(start for start, _ in spans), max(end for _, end in spans)
        share = self.room_for_names if axis == 0 and not self.flat else 0.0
        for _ in range(3):  # room on one side takes from the other; three rounds settle it
            low = min(low, (first - share * high) / (1 - share))
            high = max(high, (last - share * low) / (1 - share))
        return low, high

    def half_width(self, population: Population, axis: int, times: float = 1.0) -> float:
        """How far an outline goes from its centre along a channel, at `times` its radius."""
        return times * self.radius * math.sqrt(population.covariance[axis, axis])

    def span(self, population: Population, axis: int, times: float = 1.0) -> Pair:
        """The ends of an outline along a channel, at `times` its radius."""
        centre = float(population.centre[axis])
        half_width = self.half_width(population, axis, times)
        return centre - half_width, centre + half_width

    def ends(self, axis: int) -> Pair:
        """The range of a channel that is shown."""
        edges = self.edges(axis)
        return float(edges[0]), float(edges[-1])

    def channel(self, axis: int) -> Spec:
        """The channel of a map or histogram."""
        ends = [round(end, 4) for end in self.ends(axis)]
        axis_of = _SIZE_AXIS if self.seen.channels[axis] == SIZE else self._axis(axis)
        return quantitative("xy"[axis], ends, axis_of)

    def _axis(self, axis: int) -> Spec:
        """Ticks at zero and at decades of the channel's own readings, as far as they do not
        crowd.
        """
        low, high = self.ends(axis)
        cofactor = float(self.seen.cofactor[axis])
        least = (high - low) / 11
        amounts = _uncrowded(_readings_in(_AMOUNTS, low, high, cofactor), cofactor, least)
        if len(amounts) < _FEW_TICKS:
            amounts = _uncrowded(_readings_in(_THIRDS, low, high, cofactor), cofactor, least)
        positions = [math.asinh(amount / cofactor) for amount in amounts]
        title = self.seen.channels[axis]
        texts = [amount_label(amount) for amount in amounts]
        return labelled(positions, texts, title) | {"grid": False}

    @property
    def events_words(self) -> str:
        """How many events of how many tubes are shown."""
        return f"{len(self.seen.events)} events of {words.counted(self.seen.tubes, 'tube')}"


def _readings_in(amounts: Numbers, low: float, high: float, cofactor: float) -> list[float]:
    """The readings inside a range of the scale of a channel."""
    first, last = math.sinh(low) * cofactor, math.sinh(high) * cofactor
    return [amount for amount in amounts if first <= amount <= last]


def _uncrowded(amounts: Numbers, cofactor: float, least: float) -> list[float]:
    """The amounts that stand apart by `least` on the scale of a channel: the largest first, and
    positive ones before negative ones.
    """
    shown: dict[float, float] = {}
    for amount in sorted(amounts, key=lambda amount: (amount < 0, -abs(amount))):
        position = math.asinh(amount / cofactor)
        if all(abs(position - taken) >= least for taken in shown.values()):
            shown[amount] = position
    return sorted(shown)


def figure(wells: pl.DataFrame, assays: pl.DataFrame, *, study: Study, name: str) -> Figure | None:
    """A panel a plate: a map of two classifier channels, a histogram of one; nothing where no well
    holds such events.
    """
    views = [View.of(seen, study) for seen in _maps(wells, assays, study)]
    if not views:
        return None
    panels, data = [], []
    for view in views:
        binned = _binned(view)
        panels.append((_histogram if view.flat else _map)(view, binned))
        data += [_event_data(view, binned), _population_data(view)]
    whole = pl.concat(data, how="diagonal")
    return Figure(
        name, _CAPTION, one_row(panels), whole, _MAP_KEY if "y" in whole.columns else _BAR_KEY
    )


def _maps(wells: pl.DataFrame, assays: pl.DataFrame, study: Study) -> Iterator[BeadMap]:
    """The maps of all plates of bead arrays that have one."""
    arrays = [assay for assay in study.assays if isinstance(assay, Beads)]
    for assay in arrays:
        for plate in study.plates:
            if plate.assay != assay.id:
                continue
            seen = bead_map(wells, assays, assay=assay, plate=plate.id)
            if seen is not None:
                yield seen


def _binned(view: View) -> pl.DataFrame:
    """Events a square (or bar), empty ones left out; the outermost events lie beyond the map,
    populations never do.
    """
    edges = [view.edges(axis) for axis in range(len(view.seen.channels))]
    counts, _ = np.histogramdd(view.seen.events, bins=edges)
    places = np.nonzero(counts)
    columns: dict[str, Any] = {}
    for name, ends, place in zip("xy", edges, places, strict=False):
        columns |= {name: ends[place], f"{name}2": ends[place + 1]}
    return pl.DataFrame({**columns, "events": counts[places].astype(np.int64)})


def _shade(binned: pl.DataFrame) -> pl.Expr:
    """The number of the shade of a square, in equal steps of a logarithm."""
    top = math.log2(max(2, *binned["events"].to_list()))
    share = pl.col("events").log(base=2) / top
    return (share * (len(_SHADES) - 1)).floor().cast(pl.Int64).alias("k")


def _squares(binned: pl.DataFrame) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The squares of each shade; neighbours of one shade in a row of the map are one rectangle, to
    weigh less.
    """
    rows = binned.with_columns(_shade(binned)).sort("y", "x")
    gap = pl.col("x") > pl.col("x2").shift() + 1e-9
    new = gap | _differs("y") | _differs("k")
    runs = rows.with_columns(run=new.fill_null(True).cum_sum())
    merged = runs.group_by("run", maintain_order=True).agg(
        pl.col("k", "y", "y2", "x").first(), pl.col("x2").last()
    )
    for k, shade in enumerate(_SHADES):
        yield shade, merged.filter(k=k).select(pl.col("x", "x2", "y", "y2").round(4)).to_dicts()


def _differs(column: str) -> pl.Expr:
    """Whether a row differs from the one before."""
    return pl.col(column) != pl.col(column).shift()


def _map(view: View, binned: pl.DataFrame) -> Panel:
    plane = Plane(view.channel(0), view.channel(1))
    layers = [plane.boxes(rect(shade), squares) for shade, squares in _squares(binned) if squares]
    for population in view.seen.populations:
        outline = ellipse(population, radius=view.radius).tolist()
        values = [
            {"x": rounded(x), "y": rounded(y), "o": order} for order, (x, y) in enumerate(outline)
        ]
        layers.append(plane.layer(_OUTLINE, values, order=_ORDER))
    return _panel(view, cell(*view.size, [*layers, *_name_layers(placed_names(view))]))


def _panel(view: View, drawing: Spec) -> Panel:
    return Panel(f"plate {view.seen.plate}", _alt(view), drawing, view.events_words)


def ellipse(population: Population, *, radius: float) -> Floats:
    """The points (36, 2) at a distance of `radius` standard deviations from the centre of a
    population of two channels.

    With the covariance L L', these are centre + radius * L u for the points u of the unit circle.
    """
    root = np.linalg.cholesky(population.covariance + 1e-12 * np.eye(2))
    outline: Floats = population.centre + radius * _CIRCLE @ root.T
    return outline


def placed_names(view: View) -> list[labels.Label]:
    """The analytes of a map at places (pixels) where they can be read."""
    marks = [_box(view, population) for population in view.seen.populations]
    whole = labels.Box(0, 0, *view.size)
    return labels.around(view.names, marks, within=whole, size=_FONT)


def _box(view: View, population: Population) -> labels.Box:
    """The box round an outline in pixels, from the left and the top."""
    width, height = view.size
    (low_x, high_x), (low_y, high_y) = view.ends(0), view.ends(1)
    x, y = (float(centre) for centre in population.centre)
    across, up = view.half_width(population, 0), view.half_width(population, 1)
    scale_x, scale_y = high_x - low_x, high_y - low_y
    return labels.Box(
        (x - across - low_x) / scale_x * width,
        (high_y - y - up) / scale_y * height,
        (x + across - low_x) / scale_x * width,
        (high_y - y + up) / scale_y * height,
    )


def _name_layers(placed: Sequence[labels.Label]) -> Layers:
    """The names over a pale edge that keeps them legible on dark squares; a thin line where a name
    stands far off.
    """
    yield from (_leader(label.line) for label in placed if label.line)
    for mark in _NAME_MARKS:
        yield from (_name_layer(mark, label.name, label.x, label.y) for label in placed)


def _name_layer(mark: Spec, name: str, x: float, y: float) -> Spec:
    """A name with its middle at a place in pixels."""
    x_place, y_place = {"value": round(x, 1)}, {"value": round(y, 1)}
    return layer(mark, [{"name": name}], x=x_place, y=y_place, text=_NAME)


def _leader(ends: labels.Segment) -> Spec:
    named = zip(("x", "y", "x2", "y2"), ends, strict=True)
    return layer(rule(INK, 0.7), [{}], **{name: {"value": round(end, 1)} for name, end in named})


def _histogram(view: View, binned: pl.DataFrame) -> Panel:
    """The one classifier: bars, a band for each population, and the names above on as many lines as
    they need.
    """
    names = _names_in_lines(view)
    room = 10 + _LINE * (1 + max((line for *_, line in names), default=-1))
    highest = max(binned["events"].to_list(), default=1)
    top = float(highest) * (room + _BARS_HIGH) / _BARS_HIGH
    y_axis = {**amounts((0, top), most=4), "title": "events", "grid": False}
    plane = Plane(view.channel(0), quantitative("events", [0, top], y_axis))
    bars = binned.select(pl.col("x", "x2").round(4), "events").to_dicts()
    to_x2 = {"field": "x2"}
    layers = [
        layer(rect(_BAND), list(_bands(view)), x=plane.x, x2=to_x2),
        plane.layer(rect(_SHADES[3]), bars, x2=to_x2, y2={"datum": 0}),
    ]
    mark = _TEXT | {"color": INK}
    layers += [_name_layer(mark, name, x, room - 6 - _LINE * line) for name, x, line in names]
    return _panel(view, cell(view.size[0], room + _BARS_HIGH, layers))


def _in_order(view: View) -> list[tuple[Population, str]]:
    """The populations of a histogram with their names, from the lowest."""
    pairs = zip(view.seen.populations, view.names, strict=True)
    return sorted(pairs, key=lambda pair: float(pair[0].centre[0]))


def _names_in_lines(view: View) -> list[tuple[str, float, int]]:
    width, _ = view.size
    low, high = view.ends(0)
    ordered = _in_order(view)
    centres = [
        (float(population.centre[0]) - low) / (high - low) * width for population, _ in ordered
    ]
    return in_lines([name for _, name in ordered], centres, width=width)


def _bands(view: View) -> Iterator[dict[str, float | None]]:
    for population, _ in _in_order(view):
        start, end = view.span(population, 0)
        yield {"x": rounded(start), "x2": rounded(end)}


def in_lines(names: Names, centres: Numbers, *, width: float) -> list[tuple[str, float, int]]:
    """Names from left to right with the pixel of their middle and their line (0: the lowest), so
    that none meets another.
    """
    ends: list[float] = []
    placed = []
    for name, centre in zip(names, centres, strict=True):
        half = len(name) * labels.LETTER * _FONT / 2
        middle = min(max(centre, half), width - half)
        free = (line for line, end in enumerate(ends) if end + 3 <= middle - half)
        line = next(free, len(ends))
        ends[line:] = [middle + half, *ends[line + 1 :]]
        placed.append((name, middle, line))
    return placed


def _alt(view: View) -> str:
    seen = view.seen
    channels = seen.channels[::-1] if SIZE in seen.channels else seen.channels
    marked = f"; marked are the populations of {words.listed(view.names)}" if view.names else ""
    return (
        f"{'Histogram' if view.flat else 'Map'} of {view.events_words} of plate {seen.plate} in "
        f"{words.listed(channels)}{marked}."
    )


def _readings(seen: BeadMap, coordinates: pl.DataFrame) -> pl.DataFrame:
    """Coordinates of a map as readings of its channels; a size stays as it is."""
    readings = []
    for name in coordinates.columns:
        axis = "xy".find(name[0])
        if axis >= 0 and seen.channels[axis] != SIZE:
            readings.append((pl.col(name).sinh() * seen.cofactor[axis]).round_sig_figs(6))
    return coordinates.with_columns(readings)


def _event_data(view: View, binned: pl.DataFrame) -> pl.DataFrame:
    nobody = pl.lit(None, dtype=pl.String)
    return _as_data(view.seen, _readings(view.seen, binned), "events", nobody)


def _population_data(view: View) -> pl.DataFrame:
    """One row a population: its centre as a reading of each channel."""
    seen = view.seen
    names = ["x", "y"][: len(seen.channels)]
    centres = [population.centre for population in seen.populations]
    schema = dict.fromkeys(names, pl.Float64)
    frame = pl.DataFrame(np.reshape(centres, (-1, len(names))), schema=schema)
    analytes = pl.Series([each.analyte for each in seen.populations], dtype=pl.String)
    return _as_data(seen, _readings(seen, frame), "population centre", pl.lit(analytes))


def _as_data(seen: BeadMap, rows: pl.DataFrame, what: str, analyte: pl.Expr) -> pl.DataFrame:
    """Rows of the data of the figure, and what they stand for."""
    return rows.select(
        pl.all(),
        assay=pl.lit(seen.assay.id),
        plate=pl.lit(seen.plate),
        what=pl.lit(what),
        analyte=analyte,
    ).select("assay", "plate", "what", "analyte", *rows.columns)
