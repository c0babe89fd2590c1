"""Where the beads lie: the channels that tell the beads of an array apart, binned, with the populations found in them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exvivo.study import Beads, Study
from exvivo.tell import words
from exvivo.tell.figures import labels
from exvivo.tell.figures.axes import amount_label, labelled
from exvivo.tell.figures.chart import COLOURS, INK, Figure, Key, Panel, Spec, layer, quantitative, rounded

Array = NDArray[np.float64]

_TUBES, _BINS, _BARS, _FONT = 12, 60, 120, 10.5
_SIZES = ((6, 244, 224), (16, 290, 270), (math.inf, 460, 400))
"""Up to so many populations, width and height of a map: names need room."""
_BARS_HIGH, _LINE = 170, 13
"""Height of the bars of a histogram, and of a line of names above them."""
_BAND = "#f8e2d6"
_BEYOND = 0.02
"""The share of events at each end of a channel that may lie beyond the map: debris, never a bead's whole cloud."""
_SHADES = ("#dbe9f4", "#a9cce3", "#6aa7d0", "#2f7fb8", "#084c85")
_REACH = 3.0
"""Beads within this distance of their centre, in standard deviations, are counted as its own."""


@dataclass(frozen=True, slots=True)
class Population:
    """One bead population in the coordinates of a map: asinh(channel / cofactor). covariance as channels x channels."""

    analyte: str
    centre: Array
    covariance: Array


@dataclass(frozen=True, slots=True)
class _Map:
    """What one panel shows: a plate, its channels with their cofactors, the events in their coordinates, the populations."""

    assay: Beads
    plate: str
    channels: tuple[str, ...]
    cofactor: Array
    events: Array
    tubes: int
    populations: tuple[Population, ...]


def figure(wells: pl.DataFrame, assays: pl.DataFrame, *, study: Study, name: str) -> Figure | None:
    """A panel a plate: a map of two classifier channels, a histogram of one; nothing where no well holds such events."""
    panels, data = [], []
    for assay in study.assays:
        if isinstance(assay, Beads):
            for plate in [plate.id for plate in study.plates if plate.assay == assay.id]:
                seen = _seen(wells, assays, assay, plate)
                if seen is not None:
                    binned = _binned(seen)
                    panels.append((_map if len(seen.channels) > 1 else _histogram)(seen, binned, study))
                    data += [_as_data(seen, binned), _population_data(seen)]
    if not panels:
        return None
    whole = pl.concat(data, how="diagonal")
    return Figure(name, _caption(), (("", tuple(panels)),), whole, _key(mapped="y" in whole.columns))


def _key(*, mapped: bool) -> tuple[Key, ...]:
    marked = f"a population: within {_REACH:.0f} standard deviations of its centre"
    if mapped:
        return Key("square", _SHADES[3], "events, darker is more"), Key("circle", COLOURS[0], marked, hollow=True)
    return Key("square", _SHADES[3], "events"), Key("square", _BAND, marked)


def _caption() -> str:
    return (
        f"Bead populations of each plate: events of up to {_TUBES} of its tubes, evenly spaced over the plate and before any gate, "
        "counted in the channels that tell the beads apart (logarithmic but near zero, where negative readings lie). Every outline "
        "should hold one cloud, and every cloud of beads should have its outline."
    )


def _seen(wells: pl.DataFrame, assays: pl.DataFrame, assay: Beads, plate: str) -> _Map | None:
    mine = wells.filter(pl.col("assay") == assay.id, pl.col("plate") == plate, pl.col("kind") == "bead_events").sort(
        "well"
    )
    fits = assays.filter(pl.col("assay") == assay.id, pl.col("kind") == "population", pl.col("plate") == plate)
    found = [{part["name"]: float(part["value"]) for part in row["parameters"]} for row in fits.iter_rows(named=True)]
    channels = _channels(found, assay)
    tubes = mine["well"].unique(maintain_order=True)
    tubes = tubes.gather_every(max(1, -(-len(tubes) // _TUBES)))
    raw = _events(mine.filter(pl.col("well").is_in(tubes.implode())), channels)
    if not channels or len(raw) < 2:
        return None
    cofactor = np.array([_cofactor(found, channel, raw[:, at]) for at, channel in enumerate(channels)])
    populations = tuple(_populations(fits, found, channels))
    return _Map(assay, plate, channels, cofactor, np.arcsinh(raw / cofactor), len(tubes), populations)


def _channels(found: Sequence[Mapping[str, float]], assay: Beads) -> tuple[str, ...]:
    """The first two channels the populations have centres in, else the classifier channels of the study."""
    centred = [name.removeprefix("centre:") for name in (found[0] if found else {}) if name.startswith("centre:")]
    return tuple((centred or list(assay.classifier))[:2])


def _events(mine: pl.DataFrame, channels: tuple[str, ...]) -> Array:
    """The events of the tubes, one row an event; a tube that lacks a channel or holds unequal counts is left out."""
    columns = [
        mine.filter(channel=channel).select("well", pl.col("y").alias(f"y{at}"))
        for at, channel in enumerate(channels)
    ]
    if not columns:
        return np.empty((0, 0))
    joined = columns[0]
    for other in columns[1:]:
        joined = joined.join(other, on="well", maintain_order="left")
    names = [name for name in joined.columns if name != "well"]
    if not joined.height:
        return np.empty((0, len(names)))
    even = joined.filter(pl.all_horizontal(pl.col(n).list.len() == pl.col(names[0]).list.len() for n in names))
    return even.select(names).explode(names).drop_nulls().to_numpy()


def _cofactor(found: Sequence[Mapping[str, float]], channel: str, raw: Array) -> float:
    """As the populations were found; without any, a twentieth of the middle event keeps noise near zero together."""
    known = [numbers[f"cofactor:{channel}"] for numbers in found if numbers.get(f"cofactor:{channel}", 0) > 0]
    return float(np.median(known)) if known else max(float(np.median(np.abs(raw))) / 20, 1e-9)


def _populations(
    fits: pl.DataFrame, found: Sequence[Mapping[str, float]], channels: tuple[str, ...]
) -> Iterator[Population]:
    for row, numbers in zip(fits.iter_rows(named=True), found, strict=True):
        if any(f"centre:{channel}" not in numbers for channel in channels):
            continue
        size = math.isqrt(len(row["covariance"]))
        whole = np.array(row["covariance"], dtype=np.float64).reshape(size, size)
        sd = np.array([numbers.get(f"sd:{channel}", 0.0) for channel in channels])
        own = whole[: len(channels), : len(channels)] if size >= len(channels) else np.diag(sd**2)
        yield Population(row["analyte"], np.array([numbers[f"centre:{channel}"] for channel in channels]), own)


def _binned(seen: _Map) -> pl.DataFrame:
    """Events a square (or bar), empty ones left out; the outermost events lie beyond the map, populations never do."""
    edges = [_edges(seen, axis) for axis in range(len(seen.channels))]
    counts, _ = np.histogramdd(seen.events, bins=edges)
    places = np.nonzero(counts)
    ends = {
        name: edges[axis][places[axis] + end]
        for axis in range(len(edges)) for name, end in ((f"{'xy'[axis]}", 0), (f"{'xy'[axis]}2", 1))
    }  # fmt: skip
    return pl.DataFrame({**ends, "events": counts[places].astype(np.int64)})


def _edges(seen: _Map, axis: int) -> Array:
    low, high = np.quantile(seen.events[:, axis], [_BEYOND, 1 - _BEYOND])
    reach = [(p.centre[axis], 1.2 * _REACH * math.sqrt(p.covariance[axis, axis])) for p in seen.populations]
    low, high = min([low, *(at - sd for at, sd in reach)]), max([high, *(at + sd for at, sd in reach)])
    room = 0.03 * (high - low) or 1.0
    return np.linspace(low - room, high + room, (_BINS if len(seen.channels) > 1 else _BARS) + 1)


def _axis(seen: _Map, axis: int) -> Spec:
    """Ticks at zero and at decades of the channel's own readings, as far as they do not crowd."""
    edges, cofactor = _edges(seen, axis), float(seen.cofactor[axis])
    low, high = (math.sinh(float(end)) * cofactor for end in (edges[0], edges[-1]))
    amounts = [0.0, *(sign * 10.0**k for k in range(-2, 8) for sign in (1, -1))]
    at = {amount: math.asinh(amount / cofactor) for amount in amounts if low <= amount <= high}
    least = (edges[-1] - edges[0]) / 11
    kept: list[float] = []
    for amount in sorted(at, key=lambda amount: (amount < 0, -abs(amount))):
        if all(abs(at[amount] - at[other]) >= least for other in kept):
            kept.append(amount)
    ticks = labelled([at[a] for a in sorted(kept)], [amount_label(a) for a in sorted(kept)], seen.channels[axis])
    return {**ticks, "grid": False}


def _shade(binned: pl.DataFrame) -> pl.Expr:
    top = math.log2(max(2, *binned["events"].to_list()))
    return (pl.col("events").log(base=2) / top * (len(_SHADES) - 1)).floor().cast(pl.Int64).alias("k")


def _squares(binned: pl.DataFrame) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The squares of each shade; neighbours of one shade in a row of the map are one rectangle, to weigh less."""
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


def _map(seen: _Map, binned: pl.DataFrame, study: Study) -> Panel:
    width, height = next((w, h) for most, w, h in _SIZES if len(seen.populations) <= most)
    x, y = (
        quantitative("xy"[axis], _edges(seen, axis)[[0, -1]].round(4).tolist(), _axis(seen, axis)) for axis in (0, 1)
    )
    ends = {"x": x, "y": y, "x2": {"field": "x2"}, "y2": {"field": "y2"}}
    layers = [
        layer({"type": "rect", "color": shade}, squares, **ends) for shade, squares in _squares(binned) if squares
    ]
    line: Spec = {"type": "line", "color": COLOURS[0], "strokeWidth": 1.3, "interpolate": "linear-closed"}
    for population in seen.populations:
        outline = [
            {"x": rounded(a), "y": rounded(b), "o": at} for at, (a, b) in enumerate(_ellipse(population).tolist())
        ]
        layers.append(layer(line, outline, x=x, y=y, order={"field": "o", "type": "quantitative"}))
    layers += _names(placed_names(seen, study))
    return Panel(
        f"plate {seen.plate}", _alt(seen, study), {"width": width, "height": height, "layer": layers}, _sub(seen)
    )


def _ellipse(population: Population, *, points: int = 36) -> Array:
    turn = np.linspace(0, 2 * np.pi, points, endpoint=False)
    root = np.linalg.cholesky(population.covariance + 1e-12 * np.eye(2))
    made: Array = population.centre + _REACH * np.stack([np.cos(turn), np.sin(turn)], axis=1) @ root.T
    return made


def placed_names(seen: _Map, study: Study) -> list[labels.Label]:
    """The analytes of a map at places (pixels) where they can be read."""
    width, height = next((w, h) for most, w, h in _SIZES if len(seen.populations) <= most)
    spans = [_edges(seen, axis)[[0, -1]] for axis in (0, 1)]
    marks = []
    for population in seen.populations:
        reach = _REACH * np.sqrt(np.diagonal(population.covariance))
        left, right = (
            (population.centre[0] + s * reach[0] - spans[0][0]) / (spans[0][1] - spans[0][0]) * width for s in (-1, 1)
        )
        bottom, top = (
            (spans[1][1] - population.centre[1] - s * reach[1]) / (spans[1][1] - spans[1][0]) * height
            for s in (-1, 1)
        )
        marks.append(labels.Box(left, top, right, bottom))
    names = [study.name_of(population.analyte) for population in seen.populations]
    return labels.around(names, marks, within=labels.Box(0, 0, width, height), size=_FONT)


def _names(placed: list[labels.Label]) -> Iterator[Spec]:
    """The names over a pale edge that keeps them legible on dark squares; a thin line where a name stands far off."""
    yield from (_leader(label) for label in placed if label.line)
    for ink in ({"stroke": "white", "strokeWidth": 3, "color": "white", "opacity": 0.85}, {"color": INK}):
        mark: Spec = {"type": "text", "align": "center", "baseline": "middle", "fontSize": _FONT, **ink}
        for label in placed:
            yield layer(
                mark, [{"name": label.name}], x={"value": round(label.x, 1)}, y={"value": round(label.y, 1)},
                text={"field": "name", "type": "nominal"},
            )  # fmt: skip


def _leader(label: labels.Label) -> Spec:
    assert label.line is not None
    mark = {"type": "rule", "color": INK, "strokeWidth": 0.7}
    ends = {"x": label.mark[0], "y": label.mark[1], "x2": label.line[0], "y2": label.line[1]}
    return layer(mark, [{}], **{name: {"value": round(value, 1)} for name, value in ends.items()})


def _histogram(seen: _Map, binned: pl.DataFrame, study: Study) -> Panel:
    """The one classifier: bars, a band for each population, and the names above on as many lines as they need."""
    width = next(w for most, w, _ in _SIZES if len(seen.populations) <= most)
    low, end = _edges(seen, 0)[[0, -1]].tolist()
    known = sorted(seen.populations, key=lambda population: float(population.centre[0]))
    centres = [(float(population.centre[0]) - low) / (end - low) * width for population in known]
    names = in_lines([study.name_of(population.analyte) for population in known], centres, width=width)
    room = 10 + _LINE * (1 + max((line for *_, line in names), default=-1))
    x = quantitative("x", [round(low, 4), round(end, 4)], _axis(seen, 0))
    top = float(binned["events"].max() or 1) * (room + _BARS_HIGH) / _BARS_HIGH  # type: ignore[arg-type]
    y = quantitative("events", [0, top], {"title": "events", "tickCount": 4, "format": "~s", "grid": False})
    reaches = [(float(p.centre[0]), _REACH * math.sqrt(p.covariance[0, 0])) for p in known]
    bands = [{"x": rounded(at - reach), "x2": rounded(at + reach)} for at, reach in reaches]
    values = binned.select(pl.col("x", "x2").round(4), "events").to_dicts()
    text: Spec = {"type": "text", "baseline": "middle", "fontSize": _FONT, "color": INK}
    said = {"text": {"field": "name", "type": "nominal"}}
    layers = [
        layer({"type": "rect", "color": _BAND}, bands, x=x, x2={"field": "x2"}),
        layer({"type": "rect", "color": _SHADES[3]}, values, x=x, x2={"field": "x2"}, y=y, y2={"datum": 0}),
        *(layer(text, [{"name": name}], x={"value": round(at, 1)}, y={"value": room - 6 - _LINE * line}, **said)
          for name, at, line in names),
    ]  # fmt: skip
    spec = {"width": width, "height": room + _BARS_HIGH, "layer": layers}
    return Panel(f"plate {seen.plate}", _alt(seen, study), spec, _sub(seen))


def in_lines(names: Sequence[str], centres: Sequence[float], *, width: float) -> list[tuple[str, float, int]]:
    """Names from left to right with the pixel of their middle and their line (0: the lowest), so that none meets another."""
    ends: list[float] = []
    placed = []
    for name, centre in zip(names, centres, strict=True):
        half = len(name) * labels.LETTER * _FONT / 2
        at = min(max(centre, half), width - half)
        line = next((line for line, end in enumerate(ends) if end + 3 <= at - half), len(ends))
        ends[line:] = [at + half, *ends[line + 1 :]]
        placed.append((name, at, line))
    return placed


def _sub(seen: _Map) -> str:
    return f"{len(seen.events)} events of {words.counted(seen.tubes, 'tube')}"


def _alt(seen: _Map, study: Study) -> str:
    named = words.listed(study.name_of(population.analyte) for population in seen.populations)
    said = f"; marked are the populations of {named}" if named else ""
    kind = "Map" if len(seen.channels) > 1 else "Histogram"
    return f"{kind} of {_sub(seen)} of plate {seen.plate} in {words.listed(seen.channels)}{said}."


def _readings(seen: _Map, frame: pl.DataFrame) -> pl.DataFrame:
    """Coordinates of a map as readings of its channels."""
    return frame.with_columns(
        (pl.col(name).sinh() * seen.cofactor["xy".index(name[0])]).round_sig_figs(6)
        for name in frame.columns if name[0] in "xy"
    )  # fmt: skip


def _as_data(seen: _Map, binned: pl.DataFrame) -> pl.DataFrame:
    return _readings(seen, binned).select(
        assay=pl.lit(seen.assay.id), plate=pl.lit(seen.plate), what=pl.lit("events"), analyte=pl.lit(None, dtype=pl.String),
        **{name: pl.col(name) for name in binned.columns},
    )  # fmt: skip


def _population_data(seen: _Map) -> pl.DataFrame:
    """One row a population: its centre as a reading of each channel."""
    centres = {
        "xy"[axis]: [float(population.centre[axis]) for population in seen.populations]
        for axis in range(len(seen.channels))
    }
    frame = pl.DataFrame(centres, schema=dict.fromkeys(centres, pl.Float64))
    names = pl.Series("analyte", [population.analyte for population in seen.populations], dtype=pl.String)
    return _readings(seen, frame).select(
        assay=pl.lit(seen.assay.id), plate=pl.lit(seen.plate), what=pl.lit("population centre"), analyte=names,
        **{name: pl.col(name) for name in frame.columns},
    )  # fmt: skip
