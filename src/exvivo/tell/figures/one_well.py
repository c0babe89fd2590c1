"""One well by itself: its curve between those of its replicates, its beads, and where its results
lie on their calibration curves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.figures import beads
from exvivo.tell.figures.axes import amounts, log_channel, quantitative
from exvivo.tell.figures.chart import (
    COLOURS,
    FAINT,
    INK,
    MUTED,
    Figure,
    Key,
    Layers,
    Pair,
    Panel,
    cell,
    finite,
    one_row,
    short,
)
from exvivo.tell.figures.curves import Curve, is_positive, response
from exvivo.tell.figures.reactions import fitted
from exvivo.tell.figures.shapes import Plane, layer, line, point, rect, rule

_WIDTH, _HEIGHT = 250, 190
_STEPS = 60
_DECADES = 3
"""How far below the highest fluorescence the logarithmic axis goes."""
_WELL, _OTHER = COLOURS[1], FAINT
_BAND = "#eef1f3"
_LETTERS = frozenset("ABCDF")
Points = list[tuple[float, float]]


def of_curves(
    well: pl.DataFrame, others: pl.DataFrame, cq: dict[str, float], *, study: Study
) -> Figure | None:
    """The amplification curves of a well, a panel a channel on a linear and on a logarithmic axis:
    above those of its replicates (`others`), and its Cq by channel. Nothing where it has no curve.
    """
    rows = _with_curves(well, "amplification")
    if not rows:
        return None
    panels = [_amplified(row, _with_curves(others, "amplification"), cq, study) for row in rows]
    key = [Key("stroke", _WELL, "this well")]
    if others.height:
        key.append(Key("stroke", _OTHER, "its replicates"))
    if cq:
        key.append(Key("dashes", INK, "Cq"))
    return Figure("well_curves", "Amplification.", one_row(panels), pl.DataFrame(), tuple(key))


def cq_of(assays: pl.DataFrame, plate: str, well: str) -> dict[str, float]:
    """The Cq of a well by its channels, from the targets among rows of ASSAYS."""
    points = fitted(assays).explode("points").select("target", "points").unnest("points")
    own = points.filter(pl.col("well") == f"{plate} {well}").drop_nulls("y")
    return {str(target): float(cq) for target, cq in own.select("target", "y").iter_rows()}


def of_melting(well: pl.DataFrame, *, study: Study) -> Figure | None:
    """The melting curves of a well; nothing where it has none."""
    rows = _with_curves(well, "melt")
    panels = [_melted(row, study) for row in rows]
    return Figure("well_melting", "Melting.", one_row(panels), pl.DataFrame()) if panels else None


def of_beads(well: pl.DataFrame, assays: pl.DataFrame, *, study: Study) -> Figure | None:
    """The events of a well between the bead populations of its plate; nothing where it has none."""
    return beads.figure(well, assays, study=study, name="well_beads")


def of_calibration(
    well: str, assays: pl.DataFrame, results: pl.DataFrame, *, study: Study
) -> Figure | None:
    """The calibration curve of each analyte of a plate (rows of ASSAYS), with the well marked: as a
    standard where it is one, else at its result (rows of QUANTITIES). Nothing without a curve.
    """
    rows = assays.filter((pl.col("kind") == "curve") & (pl.col("points").list.len() > 0))
    fitted = [Curve.of_row(row) for row in rows.iter_rows(named=True)]
    panels = [_calibrated(each, well, results, study) for each in fitted]
    if not panels:
        return None
    key = (
        Key("circle", MUTED, "standard", hollow=True),
        Key("diamond", COLOURS[0], "this well"),
        Key("square", "#dfe4e8", "range in which the plate reports a number"),
    )
    return Figure("well_calibration", "Calibration.", one_row(panels), pl.DataFrame(), key)


def _with_curves(rows: pl.DataFrame, kind: str) -> list[dict[str, Any]]:
    has = (pl.col("kind") == kind) & (pl.col("y").list.len() > 0)
    return rows.filter(has).sort("channel", maintain_order=True).to_dicts()


def _points(row: dict[str, Any]) -> Points:
    """The readings of a curve that are numbers."""
    pairs = zip(row["x"] or (), row["y"] or (), strict=False)
    return [(x, y) for x, y in pairs if len(finite(x, y)) == 2]


def _above_baseline(points: Points) -> Points:
    """Readings above the median of the five lowest."""
    lowest = sorted(y for _, y in points)[:5]
    base = lowest[len(lowest) // 2] if lowest else 0.0
    return [(x, y - base) for x, y in points]


def _name(row: dict[str, Any], study: Study) -> str:
    return study.name_of(row["analyte"]) if row.get("analyte") else str(row["channel"])


def _amplified(
    row: dict[str, Any], others: Sequence[dict[str, Any]], cq: dict[str, float], study: Study
) -> Panel:
    own = _above_baseline(_points(row))
    alike = [_above_baseline(_points(each)) for each in others if each["channel"] == row["channel"]]
    at = cq.get(str(row["channel"]))
    cells = [_on_linear(own, alike, at), _on_log(own, alike, at)]
    name = _name(row, study)
    seen = f"Cq {words.number(at)}" if at is not None else "no Cq"
    alt = (
        f"Amplification curve of {name} in this well, {seen}, with "
        f"{words.counted(len(alike), 'replicate')}; on a linear and on a logarithmic axis."
    )
    return Panel(name, alt, {"hconcat": cells, "spacing": 10}, subtitle=seen)


def _ends(curves_: Sequence[Points], axis: int) -> Pair:
    values = [each[axis] for each in (point for curve in curves_ for point in curve)]
    return (min(values), max(values)) if values else (0.0, 1.0)


def _on_linear(own: Points, alike: Sequence[Points], at: float | None) -> dict[str, Any]:
    first, last = _ends([own, *alike], 0)
    low, high = _ends([own, *alike], 1)
    room = (high - low) * 0.05 or 1.0
    domain = (low - room, high + room)
    y_axis = {**amounts(domain, most=5), "title": "fluorescence", "grid": False}
    plane = Plane(
        quantitative("x", [first, last], {"title": "cycle", "tickCount": 5}),
        quantitative("y", domain, y_axis),
    )
    return cell(_WIDTH, _HEIGHT, _lines(own, alike, at, plane))


def _on_log(own: Points, alike: Sequence[Points], at: float | None) -> dict[str, Any]:
    first, last = _ends([own, *alike], 0)
    top = max(_ends([own, *alike], 1)[1] * 1.1, 1e-9)
    bottom = top / 10**_DECADES

    def above(points: Points) -> Points:
        return [(x, y) for x, y in points if y >= bottom]

    plane = Plane(
        quantitative("x", [first, last], {"title": "cycle", "tickCount": 5}),
        log_channel("y", bottom, top, None, most=5),
    )
    return cell(_WIDTH, _HEIGHT, _lines(above(own), [above(each) for each in alike], at, plane))


def _lines(own: Points, alike: Sequence[Points], at: float | None, plane: Plane) -> Layers:
    """The replicates, the well above them, and its Cq."""
    for points in alike:
        if points:
            yield plane.layer(line(_OTHER, 1.2), _values(points))
    if own:
        yield plane.layer(line(_WELL, 2.2), _values(own))
    if at is not None and math.isfinite(at):
        dashed = rule(INK, 1.2, strokeDash=[4, 3])
        yield layer(dashed, [{"x": round(at, 3)}], x=plane.x)


def _values(points: Points) -> list[dict[str, float]]:
    return [{"x": round(x, 3), "y": short(y)} for x, y in points]


def _melted(row: dict[str, Any], study: Study) -> Panel:
    points = _points(row)
    name = _name(row, study)
    (first, last), domain = _ends([points], 0), _ends([points], 1)
    y_axis = {**amounts(domain, most=5), "title": "fluorescence", "grid": False}
    plane = Plane(
        quantitative("x", [first, last], {"title": "degrees Celsius", "tickCount": 5}),
        quantitative("y", domain, y_axis),
    )
    whole = cell(_WIDTH, _HEIGHT, [plane.layer(line(_WELL, 1.8), _values(points))])
    return Panel(name, f"Melting curve of {name} in this well.", whole)


def _calibrated(curve: Curve, well: str, results: pl.DataFrame, study: Study) -> Panel:
    name, unit = study.name_of(curve.fit.analyte), curve.fit.unit
    own = list(_marks(curve, well, results))
    x_ends, y_ends = _ranges(curve, own)
    plane = Plane(
        log_channel("x", *x_ends, unit, most=4), log_channel("y", *y_ends, "response", most=4)
    )
    whole = cell(190, 160, _calibration_layers(curve, own, plane, (x_ends, y_ends)))
    where = f"at {words.amount_of(own[0]['x'])} {unit}" if own else _bounds(curve, well, results)
    alt = f"Calibration curve of {name}; this well: {where}."
    return Panel(name, alt, whole, subtitle=where)


def _bounds(curve: Curve, well: str, results: pl.DataFrame) -> str:
    """Where a result lies that is known by its bounds only."""
    rows = results.filter(analyte=curve.fit.analyte, well=well, on="amount")
    for lower, upper in rows.select("lower", "upper").iter_rows():
        ends = [words.amount_of(2.0**end) if end is not None else "" for end in (lower, upper)]
        if all(ends):
            return f"between {ends[0]} and {ends[1]} {curve.fit.unit}"
        if any(ends):
            return f"{'below' if ends[1] else 'above'} {ends[1] or ends[0]} {curve.fit.unit}"
    return "no result"


def _marks(curve: Curve, well: str, results: pl.DataFrame) -> Iterator[dict[str, float]]:
    """Where the well lies on a curve."""
    own = [each.dot for each in curve.standards if each.well == well and each.dot]
    if own:
        yield from own
        return
    rows = results.filter(analyte=curve.fit.analyte, well=well, on="amount")
    for value, dilution in rows.select("value", "dilution").iter_rows():
        if value is None or not curve.parameters.keys() >= _LETTERS:
            continue
        amount = 2.0**value / (dilution or 1.0)
        height = response(curve.parameters, amount)
        if is_positive(height) and is_positive(amount):
            yield {"x": short(amount), "y": short(height)}


def _ranges(curve: Curve, own: Sequence[dict[str, float]]) -> tuple[Pair, Pair]:
    dots = [each.dot for each in curve.standards if each.dot] + list(own)
    x = [dot["x"] for dot in dots] + [each for each in curve.limits if is_positive(each) and each]
    y = [dot["y"] for dot in dots]
    return _around(x), _around(y)


def _around(values: Sequence[float]) -> Pair:
    low, high = (min(values), max(values)) if values else (1.0, 10.0)
    room = max((high / low) ** 0.06, 1.2)
    return low / room, high * room


def _calibration_layers(
    curve: Curve, own: Sequence[dict[str, float]], plane: Plane, ends: tuple[Pair, Pair]
) -> Layers:
    lower, upper = curve.fit.lower, curve.fit.upper
    if lower is not None and upper is not None and is_positive(lower) and upper > lower:
        yield layer(rect(_BAND), [{"x": lower, "x2": upper}], x=plane.x, x2={"field": "x2"})
    yield plane.layer(line(MUTED, 1.4), _fitted(curve, ends))
    dots = [each.dot for each in curve.standards if each.dot]
    yield plane.layer(point("circle", MUTED, 28, filled=False, strokeWidth=1.2), dots)
    if own:
        yield plane.layer(point("diamond", COLOURS[0], 95), own)


def _fitted(curve: Curve, ends: tuple[Pair, Pair]) -> list[dict[str, float]]:
    """The curve from its parameters, where it has those of a logistic curve."""
    if not curve.parameters.keys() >= _LETTERS:
        return []
    (first, last), (low, high) = ends
    step = (last / first) ** (1 / _STEPS)
    doses = [first * step**count for count in range(_STEPS + 1)]
    pairs = ((dose, response(curve.parameters, dose)) for dose in doses)
    return [{"x": short(x), "y": short(y)} for x, y in pairs if low <= y <= high]
