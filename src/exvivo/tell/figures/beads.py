"""Where the beads lie: the channels that tell the beads of an array apart, binned, with the
populations found in them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.study import Beads, Study
from exvivo.tell import words
from exvivo.tell.figures import labels
from exvivo.tell.figures.axes import amount_label, labelled
from exvivo.tell.figures.bead_events import SIZE, TUBES, BeadMap, Population, bead_map
from exvivo.tell.figures.chart import (
    COLOURS,
    INK,
    Figure,
    Key,
    Panel,
    Spec,
    layer,
    quantitative,
    rounded,
)

_BINS, _BARS, _FONT = 60, 120, 10.5
_SIZES = ((6, 244, 224), (16, 290, 270), (math.inf, 460, 400))
"""Up to so many populations, width and height of a map: names need room."""
_BARS_HIGH, _LINE = 170, 13
"""Height of the bars of a histogram, and of a line of names above them."""
_BAND = "#f8e2d6"
"""The colour behind the bars of a population in a histogram."""
_BEYOND = 0.02
"""The share of events at each end of a channel that may lie beyond the map: debris, never a bead's
whole cloud.
"""
_SHADES = ("#dbe9f4", "#a9cce3", "#6aa7d0", "#2f7fb8", "#084c85")
_HELD = 0.9973
"""The share of a population's beads that its outline holds, were they normal: three standard
deviations on one channel.
"""


def figure(wells: pl.DataFrame, assays: pl.DataFrame, *, study: Study, name: str) -> Figure | None:
    """A panel a plate: a map of two classifier channels, a histogram of one; nothing where no well
    holds such events.
    """
    panels, data = [], []
    for assay in study.assays:
        if isinstance(assay, Beads):
            for plate in [plate.id for plate in study.plates if plate.assay == assay.id]:
                seen = bead_map(wells, assays, assay=assay, plate=plate)
                if seen is not None:
                    binned = _binned(seen, study)
                    panels.append(
                        (_map if len(seen.channels) > 1 else _histogram)(seen, binned, study)
                    )
                    data += [_as_data(seen, binned), _population_data(seen)]
    if not panels:
        return None
    whole = pl.concat(data, how="diagonal")
    return Figure(
        name, _caption(), (("", tuple(panels)),), whole, _key(mapped="y" in whole.columns)
    )


def _key(*, mapped: bool) -> tuple[Key, ...]:
    marked = f"a population: holds {100 * _HELD:.1f} % of its beads"
    if mapped:
        return Key("square", _SHADES[3], "events, darker is more"), Key(
            "circle", COLOURS[0], marked, hollow=True
        )
    return Key("square", _SHADES[3], "events"), Key("square", _BAND, marked)


def _caption() -> str:
    return (
        f"Bead populations of each plate: events of up to {TUBES} of its tubes, evenly spaced over the plate and before any gate, "
        "counted in the channels that tell the beads apart (logarithmic but near zero, where negative readings lie). Every outline "
        "should hold one cloud, and every cloud of beads should have its outline."
    )


def _reach(seen: BeadMap) -> float:
    """The radius of an outline in standard deviations: chi squared of one or two channels at the
    share it holds.
    """
    return 3.0 if len(seen.channels) == 1 else math.sqrt(-2 * math.log(1 - _HELD))


def _binned(seen: BeadMap, study: Study) -> pl.DataFrame:
    """Events a square (or bar), empty ones left out; the outermost events lie beyond the map,
    populations never do.
    """
    edges = [_edges(seen, axis, study) for axis in range(len(seen.channels))]
    counts, _ = np.histogramdd(seen.events, bins=edges)
    places = np.nonzero(counts)
    ends = {
        name: edges[axis][places[axis] + end]
        for axis in range(len(edges))
        for name, end in ((f"{'xy'[axis]}", 0), (f"{'xy'[axis]}2", 1))
    }
    return pl.DataFrame({**ends, "events": counts[places].astype(np.int64)})


def _edges(seen: BeadMap, axis: int, study: Study) -> Floats:
    """The ends of the squares along a channel: the events but the outermost, every population, and
    room for names beside them.
    """
    low, high = np.quantile(seen.events[:, axis], [_BEYOND, 1 - _BEYOND])
    reach = [
        (p.centre[axis], 1.2 * _reach(seen) * math.sqrt(p.covariance[axis, axis]))
        for p in seen.populations
    ]
    if reach:
        first, last = min(at - sd for at, sd in reach), max(at + sd for at, sd in reach)
        share = _beside(seen, study) if axis == 0 and len(seen.channels) > 1 else 0.0
        for _ in range(3):  # room on one side takes from the other; three rounds settle it
            low = min(low, (first - share * high) / (1 - share))
            high = max(high, (last - share * low) / (1 - share))
    room = 0.03 * (high - low) or 1.0
    return np.linspace(low - room, high + room, (_BINS if len(seen.channels) > 1 else _BARS) + 1)


def _beside(seen: BeadMap, study: Study) -> float:
    """Room for the longest name on either side of the populations, as a share of the map's
    width.
    """
    longest = max(len(study.name_of(population.analyte)) for population in seen.populations)
    return min(0.25, (longest * labels.LETTER * _FONT + 6) / _size_of(seen)[0])


def _size_of(seen: BeadMap) -> tuple[int, int]:
    return next((width, height) for most, width, height in _SIZES if len(seen.populations) <= most)


def _axis(seen: BeadMap, axis: int, study: Study) -> Spec:
    """Ticks at zero and at decades of the channel's own readings, as far as they do not crowd; a
    size has no readings.
    """
    if seen.channels[axis] == SIZE:
        return {"title": "bead size, from scatter", "labels": False, "ticks": False, "grid": False}
    edges, cofactor = _edges(seen, axis, study), float(seen.cofactor[axis])
    low, high = (math.sinh(float(end)) * cofactor for end in (edges[0], edges[-1]))
    amounts = [0.0, *(sign * 10.0**k for k in range(-2, 8) for sign in (1, -1))]
    at = {amount: math.asinh(amount / cofactor) for amount in amounts if low <= amount <= high}
    least = (edges[-1] - edges[0]) / 11
    kept: list[float] = []
    for amount in sorted(at, key=lambda amount: (amount < 0, -abs(amount))):
        if all(abs(at[amount] - at[other]) >= least for other in kept):
            kept.append(amount)
    ticks = labelled(
        [at[a] for a in sorted(kept)], [amount_label(a) for a in sorted(kept)], seen.channels[axis]
    )
    return {**ticks, "grid": False}


def _shade(binned: pl.DataFrame) -> pl.Expr:
    top = math.log2(max(2, *binned["events"].to_list()))
    return (
        (pl.col("events").log(base=2) / top * (len(_SHADES) - 1)).floor().cast(pl.Int64).alias("k")
    )


def _squares(binned: pl.DataFrame) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The squares of each shade; neighbours of one shade in a row of the map are one rectangle, to
    weigh less.
    """
    rows = binned.with_columns(_shade(binned)).sort("y", "x")
    new = (
        (pl.col("x") > pl.col("x2").shift() + 1e-9)
        | (pl.col("y") != pl.col("y").shift())
        | (pl.col("k") != pl.col("k").shift())
    )
    merged = (
        rows.with_columns(run=new.fill_null(True).cum_sum())
        .group_by("run", maintain_order=True)
        .agg(pl.col("k", "y", "y2", "x").first(), pl.col("x2").last())
    )
    for k, shade in enumerate(_SHADES):
        yield shade, merged.filter(k=k).select(pl.col("x", "x2", "y", "y2").round(4)).to_dicts()


def _map(seen: BeadMap, binned: pl.DataFrame, study: Study) -> Panel:
    width, height = _size_of(seen)
    x, y = (
        quantitative(
            "xy"[axis],
            _edges(seen, axis, study)[[0, -1]].round(4).tolist(),
            _axis(seen, axis, study),
        )
        for axis in (0, 1)
    )
    ends = {"x": x, "y": y, "x2": {"field": "x2"}, "y2": {"field": "y2"}}
    layers = [
        layer({"type": "rect", "color": shade}, squares, **ends)
        for shade, squares in _squares(binned)
        if squares
    ]
    line: Spec = {
        "type": "line",
        "color": COLOURS[0],
        "strokeWidth": 1.3,
        "interpolate": "linear-closed",
    }
    for population in seen.populations:
        outline = [
            {"x": rounded(a), "y": rounded(b), "o": at}
            for at, (a, b) in enumerate(ellipse(population, radius=_reach(seen)).tolist())
        ]
        layers.append(layer(line, outline, x=x, y=y, order={"field": "o", "type": "quantitative"}))
    layers += _names(placed_names(seen, study))
    return Panel(
        f"plate {seen.plate}",
        _alt(seen, study),
        {"width": width, "height": height, "layer": layers},
        _sub(seen),
    )


def ellipse(population: Population, *, radius: float, points: int = 36) -> Floats:
    """The points (points, 2) at a distance of `radius` standard deviations from the centre of a
    population of two channels.
    """
    turn = np.linspace(0, 2 * np.pi, points, endpoint=False)
    root = np.linalg.cholesky(population.covariance + 1e-12 * np.eye(2))
    made: Floats = (
        population.centre + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1) @ root.T
    )
    return made


def placed_names(seen: BeadMap, study: Study) -> list[labels.Label]:
    """The analytes of a map at places (pixels) where they can be read."""
    width, height = _size_of(seen)
    spans = [_edges(seen, axis, study)[[0, -1]] for axis in (0, 1)]
    marks = []
    for population in seen.populations:
        reach = _reach(seen) * np.sqrt(np.diagonal(population.covariance))
        left, right = (
            (population.centre[0] + s * reach[0] - spans[0][0])
            / (spans[0][1] - spans[0][0])
            * width
            for s in (-1, 1)
        )
        bottom, top = (
            (spans[1][1] - population.centre[1] - s * reach[1])
            / (spans[1][1] - spans[1][0])
            * height
            for s in (-1, 1)
        )
        marks.append(labels.Box(left, top, right, bottom))
    names = [study.name_of(population.analyte) for population in seen.populations]
    return labels.around(names, marks, within=labels.Box(0, 0, width, height), size=_FONT)


def _names(placed: list[labels.Label]) -> Iterator[Spec]:
    """The names over a pale edge that keeps them legible on dark squares; a thin line where a name
    stands far off.
    """
    yield from (_leader(label) for label in placed if label.line)
    for ink in (
        {"stroke": "white", "strokeWidth": 3, "color": "white", "opacity": 0.85},
        {"color": INK},
    ):
        mark: Spec = {
            "type": "text",
            "align": "center",
            "baseline": "middle",
            "fontSize": _FONT,
            **ink,
        }
        for label in placed:
            yield layer(
                mark,
                [{"name": label.name}],
                x={"value": round(label.x, 1)},
                y={"value": round(label.y, 1)},
                text={"field": "name", "type": "nominal"},
            )


def _leader(label: labels.Label) -> Spec:
    assert label.line is not None
    ends = dict(zip(("x", "y", "x2", "y2"), label.line, strict=True))
    mark = {"type": "rule", "color": INK, "strokeWidth": 0.7}
    return layer(mark, [{}], **{name: {"value": round(value, 1)} for name, value in ends.items()})


def _histogram(seen: BeadMap, binned: pl.DataFrame, study: Study) -> Panel:
    """The one classifier: bars, a band for each population, and the names above on as many lines as
    they need.
    """
    width, _ = _size_of(seen)
    low, end = _edges(seen, 0, study)[[0, -1]].tolist()
    known = sorted(seen.populations, key=lambda population: float(population.centre[0]))
    centres = [(float(population.centre[0]) - low) / (end - low) * width for population in known]
    names = in_lines(
        [study.name_of(population.analyte) for population in known], centres, width=width
    )
    room = 10 + _LINE * (1 + max((line for *_, line in names), default=-1))
    x = quantitative("x", [round(low, 4), round(end, 4)], _axis(seen, 0, study))
    top = float(binned["events"].max() or 1) * (room + _BARS_HIGH) / _BARS_HIGH  # type: ignore[arg-type]
    y = quantitative(
        "events", [0, top], {"title": "events", "tickCount": 4, "format": "~s", "grid": False}
    )
    reaches = [(float(p.centre[0]), _reach(seen) * math.sqrt(p.covariance[0, 0])) for p in known]
    bands = [{"x": rounded(at - reach), "x2": rounded(at + reach)} for at, reach in reaches]
    values = binned.select(pl.col("x", "x2").round(4), "events").to_dicts()
    text: Spec = {"type": "text", "baseline": "middle", "fontSize": _FONT, "color": INK}
    said = {"text": {"field": "name", "type": "nominal"}}
    layers = [
        layer({"type": "rect", "color": _BAND}, bands, x=x, x2={"field": "x2"}),
        layer(
            {"type": "rect", "color": _SHADES[3]},
            values,
            x=x,
            x2={"field": "x2"},
            y=y,
            y2={"datum": 0},
        ),
        *(
            layer(
                text,
                [{"name": name}],
                x={"value": round(at, 1)},
                y={"value": room - 6 - _LINE * line},
                **said,
            )
            for name, at, line in names
        ),
    ]
    spec = {"width": width, "height": room + _BARS_HIGH, "layer": layers}
    return Panel(f"plate {seen.plate}", _alt(seen, study), spec, _sub(seen))


def in_lines(
    names: Sequence[str], centres: Sequence[float], *, width: float
) -> list[tuple[str, float, int]]:
    """Names from left to right with the pixel of their middle and their line (0: the lowest), so
    that none meets another.
    """
    ends: list[float] = []
    placed = []
    for name, centre in zip(names, centres, strict=True):
        half = len(name) * labels.LETTER * _FONT / 2
        at = min(max(centre, half), width - half)
        line = next((line for line, end in enumerate(ends) if end + 3 <= at - half), len(ends))
        ends[line:] = [at + half, *ends[line + 1 :]]
        placed.append((name, at, line))
    return placed


def _sub(seen: BeadMap) -> str:
    return f"{len(seen.events)} events of {words.counted(seen.tubes, 'tube')}"


def _alt(seen: BeadMap, study: Study) -> str:
    named = words.listed(study.name_of(population.analyte) for population in seen.populations)
    said = f"; marked are the populations of {named}" if named else ""
    kind = "Map" if len(seen.channels) > 1 else "Histogram"
    return f"{kind} of {_sub(seen)} of plate {seen.plate} in {words.listed(seen.channels[::-1] if SIZE in seen.channels else seen.channels)}{said}."


def _readings(seen: BeadMap, frame: pl.DataFrame) -> pl.DataFrame:
    """Coordinates of a map as readings of its channels; a size stays as it is."""
    return frame.with_columns(
        (pl.col(name).sinh() * seen.cofactor["xy".index(name[0])]).round_sig_figs(6)
        for name in frame.columns
        if name[0] in "xy" and seen.channels["xy".index(name[0])] != SIZE
    )


def _as_data(seen: BeadMap, binned: pl.DataFrame) -> pl.DataFrame:
    return _readings(seen, binned).select(
        assay=pl.lit(seen.assay.id),
        plate=pl.lit(seen.plate),
        what=pl.lit("events"),
        analyte=pl.lit(None, dtype=pl.String),
        **{name: pl.col(name) for name in binned.columns},
    )


def _population_data(seen: BeadMap) -> pl.DataFrame:
    """One row a population: its centre as a reading of each channel."""
    centres = {
        "xy"[axis]: [float(population.centre[axis]) for population in seen.populations]
        for axis in range(len(seen.channels))
    }
    frame = pl.DataFrame(centres, schema=dict.fromkeys(centres, pl.Float64))
    names = pl.Series(
        "analyte", [population.analyte for population in seen.populations], dtype=pl.String
    )
    return _readings(seen, frame).select(
        assay=pl.lit(seen.assay.id),
        plate=pl.lit(seen.plate),
        what=pl.lit("population centre"),
        analyte=names,
        **{name: pl.col(name) for name in frame.columns},
    )
