"""The calibration curves: standards, the curve that reads them with its valid range, and how well
it gives them back.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from exvivo.figures import value_of, values_of
from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.figures.axes import log_channel
from exvivo.tell.figures.chart import (
    COLOURS,
    FAINT,
    INK,
    MUTED,
    SHAPES,
    Figure,
    Key,
    Panel,
    Spec,
    layer,
    quantitative,
)

Row = dict[str, Any]

_WIDTH, _HEIGHT, _STRIP = 132, 122, 44
_SPAN = (40.0, 160.0)
"""The recoveries a strip shows, in percent; what lies beyond stands as a triangle at its edge."""
_GOOD = (80.0, 120.0)
_RANGE = "#eef1f3"
_STEPS = 48
ALL = "all plates"


def figure(assays: pl.DataFrame, *, study: Study, name: str) -> Figure | None:
    """One panel per analyte, all plates together; nothing where no assay has a curve with
    points.
    """
    curves = assays.filter((pl.col("kind") == "curve") & (pl.col("points").list.len() > 0))
    if curves.is_empty():
        return None
    plates = _plates(curves, study)
    rows: dict[str, list[Panel]] = {}
    for (readout, analyte), mine in curves.group_by("readout", "analyte", maintain_order=True):
        rows.setdefault(str(readout), []).append(
            _panel(str(analyte), mine.rows(named=True), plates, study)
        )
    told = tuple((row, tuple(cells)) for row, cells in rows.items())
    return Figure(name, _caption(curves), told, _data(curves), tuple(_key(curves, plates)))


def response(parameters: dict[str, float], dose: float) -> float:
    """The response of a logistic curve with parameters A, B, C, D, F at a dose (0: a blank).

    f(x) = A + (B - A) / (1 + (x/C)^-D)^F, doi:10.1016/j.ab.2005.04.035.

    >>> response({"A": 10, "B": 110, "C": 5, "D": 2, "F": 1}, 5)
    60.0
    """
    base, top, middle, steep, skew = (parameters[letter] for letter in "ABCDF")
    if dose <= 0:
        return base
    far = -steep * math.log(dose / middle)
    softened = far if far > 500 else math.log1p(math.exp(far))
    return base + (top - base) * math.exp(-skew * softened)


def _plates(curves: pl.DataFrame, study: Study) -> list[str]:
    """The plates with a curve, in the order of the study."""
    known = curves["plate"].fill_null(ALL).unique(maintain_order=True).to_list()
    order = [plate.id for plate in study.plates]
    return sorted(
        known, key=lambda plate: (order.index(plate) if plate in order else len(order), plate)
    )


def _data(curves: pl.DataFrame) -> pl.DataFrame:
    """Every standard with its recovery, beside the limits and parameters of its curve."""
    parameters = [values_of(parts) for parts in curves["parameters"].to_list()]
    lod = [value_of(row["figures"], "lod") for row in curves.iter_rows(named=True)]
    own = curves.with_columns(
        pl.Series("lod", lod, dtype=pl.Float64),
        *(
            pl.Series(letter, [numbers.get(letter) for numbers in parameters], dtype=pl.Float64)
            for letter in "ABCDF"
        ),
    )
    kept = [
        "assay",
        "readout",
        "analyte",
        "plate",
        "unit",
        "lod",
        "lower",
        "upper",
        *"ABCDF",
        "points",
    ]
    points = own.select(kept).explode("points").unnest("points")
    return points.with_columns(
        recovery=pl.when(pl.col("x") > 0).then(pl.col("fitted") / pl.col("x"))
    )


def _panel(analyte: str, curves: Sequence[Row], plates: list[str], study: Study) -> Panel:
    unit = curves[0]["unit"]
    ends, levels = _doses(curves), _responses(curves)
    top_x = log_channel("x", *ends, None, labels=False, most=4)
    x = log_channel("x", *ends, unit, most=4)
    y = log_channel("y", *levels, "response", most=5)
    main = [
        *_range_layers(curves, top_x, plates),
        *_curves_and_points(curves, plates, ends, levels, top_x, y),
    ]
    strip = list(_recovery_layers(curves, plates, x))
    spec = {
        "vconcat": [
            {"width": _WIDTH, "height": _HEIGHT, "layer": main},
            {"width": _WIDTH, "height": _STRIP, "layer": strip},
        ],
        "spacing": 8,
    }
    return Panel(
        study.name_of(analyte),
        _alt(analyte, curves, study),
        spec,
        subtitle=_range_words(curves, unit),
    )


def _doses(curves: Sequence[Row]) -> tuple[float, float]:
    """The doses a panel shows: the standards and limits, with room at both ends."""
    found = [point["x"] for row in curves for point in row["points"] if _positive(point["x"])]
    found += [
        limit
        for row in curves
        for limit in (row["lower"], row["upper"], value_of(row["figures"], "lod"))
        if _positive(limit)
    ]
    low, high = (min(found), max(found)) if found else (1.0, 10.0)
    room = max((high / low) ** 0.06, 1.25)
    return low / room, high * room


def _responses(curves: Sequence[Row]) -> tuple[float, float]:
    found = [point["y"] for row in curves for point in row["points"] if _positive(point["y"])]
    low, high = (min(found), max(found)) if found else (1.0, 10.0)
    room = max((high / low) ** 0.06, 1.12)
    return low / room, high * room


def _positive(value: float | None) -> bool:
    return value is not None and math.isfinite(value) and value > 0


def common_range(curves: Sequence[Row]) -> tuple[float, float] | None:
    """From the highest lower to the lowest upper limit: where every plate can report a number; None
    where there is none.
    """
    lower, upper = [row["lower"] for row in curves], [row["upper"] for row in curves]
    if None in lower or None in upper or max(lower) >= min(upper):
        return None
    return max(lower), min(upper)


def _range_layers(curves: Sequence[Row], x: Spec, plates: list[str]) -> Iterator[Spec]:
    shared = common_range(curves)
    if shared and _positive(shared[0]):
        yield layer(
            {"type": "rect", "color": _RANGE},
            [{"x": shared[0], "x2": shared[1]}],
            x=x,
            x2={"field": "x2"},
        )
    for row in curves:
        lod = value_of(row["figures"], "lod")
        if _positive(lod):
            mark = {
                "type": "rule",
                "color": _style(row, plates)[0],
                "strokeDash": [2, 2],
                "opacity": 0.9,
            }
            yield layer(mark, [{"x": _short(float(lod or 0))}], x=x)


def _style(row: Row, plates: list[str]) -> tuple[str, str]:
    place = plates.index(row["plate"] or ALL)
    return COLOURS[place % len(COLOURS)], SHAPES[(place + place // len(COLOURS)) % len(SHAPES)]


def _curves_and_points(
    curves: Sequence[Row],
    plates: list[str],
    ends: tuple[float, float],
    levels: tuple[float, float],
    x: Spec,
    y: Spec,
) -> Iterator[Spec]:
    for row in curves:
        colour, shape = _style(row, plates)
        line = _line(row, ends, levels)
        if line:
            mark = {
                "type": "line",
                "color": colour,
                "strokeWidth": 1.3,
                "opacity": 0.8,
                "interpolate": "monotone",
            }
            yield layer(mark, line, x=x, y=y)
        points = [
            point for point in row["points"] if _positive(point["y"]) and point["x"] is not None
        ]
        dots = [
            {"x": _short(p["x"]), "y": _short(p["y"]), "u": p["used"]} for p in points if p["x"] > 0
        ]
        for used in (True, False):
            mine = [{"x": dot["x"], "y": dot["y"]} for dot in dots if dot["u"] is used]
            if mine:
                yield layer({**_dot(shape, colour), "filled": used}, mine, x=x, y=y)
        off = [
            {"x": _short(p["x"]), "y": _short(p["y"])}
            for p in points
            if p["x"] > 0 and out_of_line(p, row)
        ]
        if off:
            ring = {
                "type": "point",
                "shape": "circle",
                "color": INK,
                "filled": False,
                "size": 90,
                "strokeWidth": 1,
                "opacity": 1,
            }
            yield layer(ring, off, x=x, y=y)
        blanks = [{"y": _short(point["y"])} for point in points if point["x"] <= 0]
        if blanks:
            mark = {
                "type": "tick",
                "orient": "horizontal",
                "size": 7,
                "thickness": 1.4,
                "color": colour,
            }
            yield layer(mark, blanks, x={"value": 3.5}, y=y)


def out_of_line(point: Row, row: Row) -> bool:
    """Whether a standard was found far off its curve (a figure `outlier` of the curve)."""
    return value_of(row["figures"], "outlier", of=point["well"]) is not None


def _dot(shape: str, colour: str) -> Spec:
    return {
        "type": "point",
        "shape": shape,
        "color": colour,
        "size": 24,
        "opacity": 0.85,
        "strokeWidth": 1.2,
    }


def _line(
    row: Row, ends: tuple[float, float], levels: tuple[float, float]
) -> list[dict[str, float]]:
    """The curve from its parameters over the doses of the panel; nothing where a row holds no such
    parameters.
    """
    numbers = values_of(row["parameters"])
    if not set("ABCDF") <= set(numbers):
        return []
    step = (ends[1] / ends[0]) ** (1 / _STEPS)
    drawn = (
        (dose, response(numbers, dose)) for dose in (ends[0] * step**at for at in range(_STEPS + 1))
    )
    return [
        {"x": _short(dose), "y": _short(mean)}
        for dose, mean in drawn
        if levels[0] <= mean <= levels[1]
    ]


def _recovery_layers(curves: Sequence[Row], plates: list[str], x: Spec) -> Iterator[Spec]:
    """Back-calculated over nominal, percent: a band where it should lie, triangles for what lies
    beyond the strip.
    """
    y = quantitative("y", _SPAN, {"title": "found, %", "values": [50, 100, 150], "grid": False})
    bands = [{"y": _GOOD[0], "y2": _GOOD[1]}]
    yield layer({"type": "rect", "color": "#d7e8d9"}, bands, y=y, y2={"field": "y2"})
    yield layer({"type": "rule", "color": FAINT}, [{"y": 100}], y=y)
    for row in curves:
        colour, shape = _style(row, plates)
        inside: dict[bool, list[dict[str, float]]] = {True: [], False: []}
        beyond: dict[str, list[dict[str, float]]] = {"triangle-down": [], "triangle-up": []}
        for point in row["points"]:
            share = recovery(point, row)
            if share is None:
                continue
            at = {"x": _short(point["x"])}
            if _SPAN[0] <= 100 * share <= _SPAN[1]:
                inside[point["used"]].append({**at, "y": round(100 * share, 1)})
            else:
                beyond["triangle-up" if share > 1 else "triangle-down"].append(at)
        for used, mine in inside.items():
            if mine:
                yield layer({**_dot(shape, colour), "filled": used, "size": 18}, mine, x=x, y=y)
        for mark, mine in beyond.items():
            if mine:
                edge = {"value": 3 if mark == "triangle-up" else _STRIP - 3}
                yield layer({**_dot(mark, colour), "filled": True, "size": 24}, mine, x=x, y=edge)


def recovery(point: Row, row: Row) -> float | None:
    """What the curve reads a standard as, over what it holds; 0 or infinite beyond the curve's
    ends; None for a blank.
    """
    if not _positive(point["x"]) or point["y"] is None:
        return None
    if point["fitted"] is not None and math.isfinite(point["fitted"]):
        return float(point["fitted"] / point["x"])
    numbers = values_of(row["parameters"])
    if not {"A", "B"} <= set(numbers):
        return None
    return 0.0 if point["y"] <= (numbers["A"] + numbers["B"]) / 2 else math.inf


def _short(value: float) -> float:
    """Four significant digits: what a figure can show."""
    return float(f"{value:.4g}")


def _range_words(curves: Sequence[Row], unit: str) -> str:
    shared = common_range(curves)
    if shared:
        return f"{words.amount_of(shared[0])} to {words.amount_of(shared[1])} {unit}"
    return "no range of all plates" if len(curves) > 1 else ""


def _alt(analyte: str, curves: Sequence[Row], study: Study) -> str:
    points = [(point, row) for row in curves for point in row["points"]]
    shares = [share for point, row in points if (share := recovery(point, row)) is not None]
    good = sum(_GOOD[0] <= 100 * share <= _GOOD[1] for share in shares)
    unused = sum(not point["used"] for point, _ in points)
    shared = _range_words(curves, curves[0]["unit"])
    return (
        f"Calibration of {study.name_of(analyte)} on {words.counted(len(curves), 'plate')}: "
        f"{words.counted(len(points), 'standard well')}, {unused} not used; {good} of {len(shares)} read within "
        f"{_GOOD[0]:.0f} to {_GOOD[1]:.0f} percent of their known amount"
        + (f". Valid range: {shared}." if shared else ".")
    )


def _key(curves: pl.DataFrame, plates: list[str]) -> Iterator[Key]:
    rows = curves.rows(named=True)
    for plate in plates:
        colour, shape = _style({"plate": plate}, plates)
        yield Key(shape, colour, f"plate {plate}" if plate != ALL else ALL)
    points = [point for row in rows for point in row["points"]]
    if any(not point["used"] for point in points):
        yield Key("circle", MUTED, "not used for the fit", hollow=True)
    if any(out_of_line(point, row) for row in rows for point in row["points"]):
        yield Key("circle", INK, "far off the curve, weighs little", hollow=True)
    if any(
        point["x"] is not None and point["x"] <= 0 and _positive(point["y"]) for point in points
    ):
        yield Key("stroke", MUTED, "blank, at the left edge")
    yield Key("square", "#dfe4e8", "range in which every plate reports a number")
    if any(value_of(row["figures"], "lod") is not None for row in rows):
        yield Key("dashes", MUTED, "limit of detection of a plate")
    yield Key("square", "#c3dec6", f"{_GOOD[0]:.0f} to {_GOOD[1]:.0f} % found")
    beyond = [
        share for row in rows for p in row["points"] if (share := recovery(p, row)) is not None
    ]
    if any(not _SPAN[0] <= 100 * share <= _SPAN[1] for share in beyond):
        yield Key("triangle-up", INK, f"beyond {_SPAN[0]:.0f} to {_SPAN[1]:.0f} %")


def _caption(curves: pl.DataFrame) -> str:
    points = curves.explode("points").unnest("points")
    hidden = points.filter(pl.col("y") <= 0).height
    said = (
        f" {words.capital(words.counted(hidden, 'well'))} with a response of zero or below cannot stand on a log axis and "
        f"{'is' if hidden == 1 else 'are'} in the data file."
        if hidden
        else ""
    )
    return (
        "Calibration curves, drawn from their parameters, both axes logarithmic; above each panel the range in which every plate "
        "can report a number. Below each, what the curve finds of the known amount of every standard well, in percent."
        f"{said}"
    )
