"""The calibration curves: standards, the curve that reads them with its valid range, and how well
it gives them back.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import polars as pl

from exvivo.figures import values_of
from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.figures.axes import log_channel, quantitative
from exvivo.tell.figures.chart import (
    FAINT,
    INK,
    MUTED,
    Figure,
    Key,
    Layers,
    Names,
    Pair,
    Panel,
    Spec,
    Style,
    cell,
    grouped,
    in_rows,
    in_study_order,
    plate_keys,
    plate_style,
    short,
)
from exvivo.tell.figures.shapes import Plane, layer, line, point, rect, tick
from exvivo.tell.fits import Fit

_WIDTH, _HEIGHT, _STRIP = 132, 122, 52
_SPAN = (40.0, 160.0)
"""The recoveries a strip shows, in percent; what lies beyond stands as a triangle at its edge."""
_GOOD = (80.0, 120.0)
_RANGE = "#eef1f3"
_STEPS = 48
_LETTERS = "ABCDF"
"""The parameters of a logistic curve."""
ALL = "all plates"
_RING = point("circle", INK, 90, filled=False, strokeWidth=1)
_STRIP_AXIS: Spec = {"title": "found, %", "values": [50, 100, 150], "grid": False}
_CAPTION = (
    "Calibration curves, drawn from their parameters, both axes logarithmic; above each panel the "
    "range in which every plate can report a number. Below each, what the curve finds of the known "
    "amount of every standard well, in percent."
)


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard well: its known amount `x`, its response `y`, and the amount read off the curve.

    `recovery` is the amount read over the known one; 0 or infinite beyond the ends of the curve;
    None for a blank.
    """

    well: str | None
    x: float | None
    y: float | None
    used: bool
    recovery: float | None

    @property
    def dot(self) -> dict[str, float] | None:
        """Where it is drawn; nowhere without an amount and a response above zero."""
        if not is_positive(self.x) or not is_positive(self.y):
            return None
        return {"x": short(float(self.x or 0)), "y": short(float(self.y or 0))}

    @property
    def is_blank(self) -> bool:
        """Whether it holds nothing and its response can stand on a logarithmic axis."""
        return self.x is not None and self.x <= 0 and is_positive(self.y)

    @property
    def is_good(self) -> bool:
        """Whether it is read as nearly its known amount."""
        return self.recovery is not None and _GOOD[0] <= 100 * self.recovery <= _GOOD[1]

    @property
    def beyond(self) -> str | None:
        """The triangle of a recovery beyond the strip, None within it."""
        if self.recovery is None or _SPAN[0] <= 100 * self.recovery <= _SPAN[1]:
            return None
        return "triangle-up" if self.recovery > 1 else "triangle-down"


@dataclass(frozen=True, slots=True)
class Curve:
    """The curve of an analyte on a plate, with its standards."""

    fit: Fit
    standards: tuple[Standard, ...]

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """The record of a row of ASSAYS."""
        fit = Fit.of_row(row)
        parameters = values_of(fit.parameters)
        standards = (
            Standard(
                point["well"],
                point["x"],
                point["y"],
                point["used"],
                recovery(point["x"], point["y"], point["fitted"], parameters),
            )
            for point in row["points"]
        )
        return cls(fit, tuple(standards))

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters of the curve by their letters."""
        return values_of(self.fit.parameters)

    @property
    def plate(self) -> str:
        """The plate, or the words for all of them."""
        return self.fit.plate or ALL

    @property
    def lod(self) -> float | None:
        """The limit of detection."""
        return self.fit.figures.get("lod")

    @property
    def limits(self) -> tuple[float | None, ...]:
        """Both ends of its range, and the limit of detection."""
        return self.fit.lower, self.fit.upper, self.lod

    def is_outlier(self, standard: Standard) -> bool:
        """Whether a standard lies far off the curve (a figure `outlier` of its well)."""
        return standard.well in self.fit.of("outlier")


@dataclass(frozen=True, slots=True)
class _Ranges:
    """The amounts and responses that a panel shows, and the plates in order of the study."""

    amounts: Pair
    responses: Pair
    plates: Names

    def style(self, curve: Curve) -> Style:
        """Colour and shape of the plate of a curve."""
        return plate_style(self.plates.index(curve.plate))


def figure(assays: pl.DataFrame, *, study: Study, name: str) -> Figure | None:
    """One panel per analyte, all plates together; nothing where no assay has a curve with
    points.
    """
    rows = assays.filter((pl.col("kind") == "curve") & (pl.col("points").list.len() > 0))
    if rows.is_empty():
        return None
    curves = [Curve.of_row(row) for row in rows.iter_rows(named=True)]
    plates = in_study_order({curve.plate for curve in curves}, study)
    by_analyte = grouped(((curve.fit.readout, curve.fit.analyte), curve) for curve in curves)
    panels = in_rows(
        (readout, _panel(own, plates, study)) for (readout, _), own in by_analyte.items()
    )
    return Figure(name, _caption(curves), panels, _data(rows, curves), tuple(_key(curves, plates)))


def response(parameters: Mapping[str, float], dose: float) -> float:
    """The response of a logistic curve with parameters A, B, C, D, F at a dose (0: a blank).

    f(x) = A + (B - A) / (1 + (x/C)^-D)^F, doi:10.1016/j.ab.2005.04.035.

    >>> response({"A": 10, "B": 110, "C": 5, "D": 2, "F": 1}, 5)
    60.0
    """
    base, top, middle, steep, skew = (parameters[letter] for letter in _LETTERS)
    if dose <= 0:
        return base
    # log(1 + (x/C)^-D), which for large exponents is the exponent itself
    far = -steep * math.log(dose / middle)
    softened = far if far > 500 else math.log1p(math.exp(far))
    return base + (top - base) * math.exp(-skew * softened)


def recovery(
    x: float | None, y: float | None, read: float | None, parameters: Mapping[str, float]
) -> float | None:
    """The amount that a standard of `x` is read as, over `x`."""
    if x is None or not is_positive(x) or y is None:
        return None
    if read is not None and math.isfinite(read):
        return float(read / x)
    if not {"A", "B"} <= parameters.keys():
        return None
    return 0.0 if y <= (parameters["A"] + parameters["B"]) / 2 else math.inf


def is_positive(value: float | None) -> bool:
    """Whether a value can stand on a logarithmic axis."""
    return value is not None and math.isfinite(value) and value > 0


def _data(rows: pl.DataFrame, curves: Sequence[Curve]) -> pl.DataFrame:
    """Every standard with its recovery, beside the limits and parameters of its curve."""
    parameters = [
        pl.Series(letter, [curve.parameters.get(letter) for curve in curves], pl.Float64)
        for letter in _LETTERS
    ]
    lod = pl.Series("lod", [curve.lod for curve in curves], pl.Float64)
    own = ["assay", "readout", "analyte", "plate", "unit"]
    limits = ["lod", "lower", "upper"]
    wide = rows.with_columns(lod, *parameters).select(*own, *limits, *_LETTERS, "points")
    recovery = pl.when(pl.col("x") > 0).then(pl.col("fitted") / pl.col("x"))
    return wide.explode("points").unnest("points").with_columns(recovery=recovery)


def _standards(curves: Sequence[Curve]) -> list[Standard]:
    return list(itertools.chain.from_iterable(curve.standards for curve in curves))


def _panel(curves: Sequence[Curve], plates: Names, study: Study) -> Panel:
    fit = curves[0].fit
    ranges = _Ranges(_amounts(curves), _responses(curves), plates)
    x = log_channel("x", *ranges.amounts, None, labels=False, most=4)
    plane = Plane(x, log_channel("y", *ranges.responses, "response", most=5))
    strip = Plane(
        log_channel("x", *ranges.amounts, fit.unit, most=4), quantitative("y", _SPAN, _STRIP_AXIS)
    )
    main = [*_range_layers(curves, plane, ranges), *_curve_layers(curves, plane, ranges)]
    cells = [
        cell(_WIDTH, _HEIGHT, main),
        cell(_WIDTH, _STRIP, _recovery_layers(curves, strip, ranges)),
    ]
    name = study.name_of(fit.analyte)
    spec = {"vconcat": cells, "spacing": 8}
    return Panel(name, _alt(name, curves), spec, subtitle=_range_words(curves))


def _amounts(curves: Sequence[Curve]) -> Pair:
    """The amounts a panel shows: the standards and limits, with room at both ends."""
    amounts = [standard.x for standard in _standards(curves)]
    for curve in curves:
        amounts += curve.limits
    return _around(amounts, 1.25)


def _responses(curves: Sequence[Curve]) -> Pair:
    return _around([standard.y for standard in _standards(curves)], 1.12)


def _around(values: Sequence[float | None], least: float) -> Pair:
    """The range of those values that are positive, with room by a factor of `least` or more."""
    shown = [value for value in values if value is not None and is_positive(value)]
    low, high = (min(shown), max(shown)) if shown else (1.0, 10.0)
    room = max((high / low) ** 0.06, least)
    return low / room, high * room


def common_range(curves: Sequence[Curve]) -> Pair | None:
    """From the highest lower to the lowest upper limit: where every plate can report a number; None
    where there is none.
    """
    lower = [curve.fit.lower for curve in curves if curve.fit.lower is not None]
    upper = [curve.fit.upper for curve in curves if curve.fit.upper is not None]
    if min(len(lower), len(upper)) < len(curves) or max(lower) >= min(upper):
        return None
    return max(lower), min(upper)


def _range_layers(curves: Sequence[Curve], plane: Plane, ranges: _Ranges) -> Layers:
    """The range of all plates, and the limit of detection of each."""
    shared = common_range(curves)
    if shared and is_positive(shared[0]):
        band = {"x": shared[0], "x2": shared[1]}
        yield layer(rect(_RANGE), [band], x=plane.x, x2={"field": "x2"})
    for curve in curves:
        if curve.lod is not None and is_positive(curve.lod):
            colour, _ = ranges.style(curve)
            mark = {"type": "rule", "color": colour, "strokeDash": [2, 2], "opacity": 0.9}
            yield layer(mark, [{"x": short(curve.lod)}], x=plane.x)


def _curve_layers(curves: Sequence[Curve], plane: Plane, ranges: _Ranges) -> Layers:
    """The line of each curve, and its standards."""
    for curve in curves:
        colour, _ = ranges.style(curve)
        values = _line(curve, ranges)
        if values:
            mark = line(colour, 1.3, opacity=0.8)
            yield plane.layer(mark, values)
        yield from _standard_layers(curve, plane, ranges.style(curve))


def _standard_layers(curve: Curve, plane: Plane, style: Style) -> Layers:
    """Standards, filled where they were used, rings round those far off, and blanks at the edge."""
    colour, shape = style
    for used in (True, False):
        dots = [each.dot for each in curve.standards if each.dot and each.used is used]
        if dots:
            yield plane.layer(_dot(shape, colour, 24, filled=used), dots)
    far_off = [each.dot for each in curve.standards if each.dot and curve.is_outlier(each)]
    if far_off:
        yield plane.layer(_RING, far_off)
    blanks = [{"y": short(float(each.y or 0))} for each in curve.standards if each.is_blank]
    if blanks:
        yield plane.layer(tick(colour, 7, 1.4), blanks, x={"value": 3.5})


def _dot(shape: str, colour: str, size: float, *, filled: bool) -> Spec:
    return point(shape, colour, size, filled=filled, opacity=0.85, strokeWidth=1.2)


def _line(curve: Curve, ranges: _Ranges) -> list[dict[str, float]]:
    """The curve from its parameters over the amounts of the panel; nothing where a row holds no
    such parameters.
    """
    parameters = curve.parameters
    if not set(_LETTERS) <= parameters.keys():
        return []
    (first, last), (low, high) = ranges.amounts, ranges.responses
    step = (last / first) ** (1 / _STEPS)
    amounts = [first * step**count for count in range(_STEPS + 1)]
    responses = [response(parameters, amount) for amount in amounts]
    return [
        {"x": short(amount), "y": short(mean)}
        for amount, mean in zip(amounts, responses, strict=True)
        if low <= mean <= high
    ]


def _recovery_layers(curves: Sequence[Curve], plane: Plane, ranges: _Ranges) -> Layers:
    """Back-calculated over nominal, percent: a band where it should lie, triangles for what lies
    beyond the strip.
    """
    band = {"y": _GOOD[0], "y2": _GOOD[1]}
    yield layer(rect("#d7e8d9"), [band], y=plane.y, y2={"field": "y2"})
    yield layer({"type": "rule", "color": FAINT}, [{"y": 100}], y=plane.y)
    for curve in curves:
        yield from _recoveries(curve, plane, ranges.style(curve))


def _recoveries(curve: Curve, plane: Plane, style: Style) -> Layers:
    """The recoveries of the standards of a plate: within the strip, then beyond its edges."""
    colour, shape = style
    read = [each for each in curve.standards if each.recovery is not None]
    inside = grouped((each.used, _recovery_dot(each)) for each in read if each.beyond is None)
    for used in (True, False):
        if used in inside:
            yield plane.layer(_dot(shape, colour, 18, filled=used), inside[used])
    beyond = grouped((each.beyond, {"x": short(float(each.x or 0))}) for each in read)
    for triangle, edge in (("triangle-down", _STRIP - 3), ("triangle-up", 3)):
        if triangle in beyond:
            mark = _dot(triangle, colour, 24, filled=True)
            yield plane.layer(mark, beyond[triangle], y={"value": edge})


def _recovery_dot(standard: Standard) -> dict[str, float]:
    share = float(standard.recovery or 0)
    return {"x": short(float(standard.x or 0)), "y": round(100 * share, 1)}


def _range_words(curves: Sequence[Curve]) -> str:
    shared = common_range(curves)
    if shared:
        low, high = (words.amount_of(end) for end in shared)
        return f"{low} to {high} {curves[0].fit.unit}"
    return "no range of all plates" if len(curves) > 1 else ""


def _alt(name: str, curves: Sequence[Curve]) -> str:
    standards = _standards(curves)
    read = [standard for standard in standards if standard.recovery is not None]
    good = sum(standard.is_good for standard in read)
    unused = sum(not standard.used for standard in standards)
    shared = _range_words(curves)
    return (
        f"Calibration of {name} on {words.counted(len(curves), 'plate')}: "
        f"{words.counted(len(standards), 'standard well')}, {unused} not used; {good} of "
        f"{len(read)} read within {_GOOD[0]:.0f} to {_GOOD[1]:.0f} percent of their known amount"
        + (f". Valid range: {shared}." if shared else ".")
    )


def _key(curves: Sequence[Curve], plates: Names) -> Iterator[Key]:
    yield from plate_keys([ALL if plate == ALL else f"plate {plate}" for plate in plates])
    standards = _standards(curves)
    yield from _standard_keys(curves, standards)
    yield Key("square", "#dfe4e8", "range in which every plate reports a number")
    if any("lod" in curve.fit.figures for curve in curves):
        yield Key("dashes", MUTED, "limit of detection of a plate")
    yield Key("square", "#c3dec6", f"{_GOOD[0]:.0f} to {_GOOD[1]:.0f} % found")
    if any(standard.beyond for standard in standards):
        yield Key("triangle-up", INK, f"beyond {_SPAN[0]:.0f} to {_SPAN[1]:.0f} %")


def _standard_keys(curves: Sequence[Curve], standards: Sequence[Standard]) -> Iterator[Key]:
    """The keys of standards that are not drawn like most, as far as there are any."""
    if not all(standard.used for standard in standards):
        yield Key("circle", MUTED, "not used for the fit", hollow=True)
    if any(any(map(curve.is_outlier, curve.standards)) for curve in curves):
        yield Key("circle", INK, "far off the curve, weighs little", hollow=True)
    if any(standard.is_blank for standard in standards):
        yield Key("stroke", MUTED, "blank, at the left edge")


def _caption(curves: Sequence[Curve]) -> str:
    hidden = sum(each.y is not None and each.y <= 0 for each in _standards(curves))
    if not hidden:
        return _CAPTION
    return (
        f"{_CAPTION} {words.capital(words.counted(hidden, 'well'))} with a response of zero or "
        f"below cannot stand on a log axis and {'is' if hidden == 1 else 'are'} in the data file."
    )
