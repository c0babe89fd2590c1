"""The standard curve of each qPCR target: Cq against the nominal amount, each plate's line, and how
far a Cq may stray.

The line of a plate is y = level + slope * x, x being log10 of the nominal amount. The slope is one
for all plates, the level is the plate's own: the mean of Cq - slope * fitted over its standards.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.figures.axes import labelled, power_label, quantitative
from exvivo.tell.figures.chart import (
    Figure,
    Layers,
    Names,
    Panel,
    Spec,
    cell,
    extent,
    one_row,
    plate_keys,
    plate_style,
)
from exvivo.tell.figures.groups import t_quantile
from exvivo.tell.figures.reactions import by_target, plates_of, reactions, standard_curves
from exvivo.tell.figures.shapes import Plane, line, point
from exvivo.tell.fits import Fit

_WIDTH, _HEIGHT, _STEPS, _LEVEL = 122, 122, 12, 0.95
_CAPTION = (
    "Standard curves: Cq against the nominal amount (logarithmic). The slope is one for all "
    "plates, the level each plate's own. The band would hold "
    f"{words.percent(_LEVEL)} of further standards of that plate; it takes the same spread for all "
    "amounts. E is the factor by which a cycle multiplies, with its standard deviation."
)


@dataclass(frozen=True, slots=True)
class Line:
    """The line of a plate at amounts `x` (log10), its Cq `y`, and the half width of its band;
    each (steps,).
    """

    x: Floats
    y: Floats
    half_width: Floats

    @property
    def lower(self) -> Floats:
        """The lower end of the band."""
        return self.y - self.half_width

    @property
    def upper(self) -> Floats:
        """The upper end of the band."""
        return self.y + self.half_width

    def table(self) -> pl.DataFrame:
        """The line as rows of the data of the figure."""
        columns = {"x": self.x, "line": self.y, "lower": self.lower, "upper": self.upper}
        return pl.DataFrame(columns)


Lines = Mapping[str, Line]
"""Lines by plate; a plate without standards has none."""


def figure(assays: pl.DataFrame, wells: pl.DataFrame, *, study: Study, name: str) -> Figure | None:
    """One panel per target with a standard curve; nothing where no target has one."""
    fits = standard_curves(assays)
    with_amount = pl.col("target").is_in(list(fits)) & pl.col("x").is_not_null()
    standards = reactions(assays, wells).filter(with_amount)
    if standards.is_empty():
        return None
    plates = plates_of(standards, study)
    panels, parts = [], [_points(standards)]
    for title, own in by_target(standards, study):
        target = own["target"][0]
        lines = lines_of(own, fits[target], plates)
        parts += [_line_data(target, plate, drawn) for plate, drawn in lines.items()]
        panels.append(_panel(title, own, fits[target], lines, plates))
    data = pl.concat(parts, how="diagonal").rename({"x": "log10_nominal"})
    keys = plate_keys([f"plate {plate}" for plate in plates])
    return Figure(name, _CAPTION, one_row(panels), data, tuple(keys))


def _line_data(target: str, plate: str, drawn: Line) -> pl.DataFrame:
    own = (pl.lit(target).alias("target"), pl.lit(plate).alias("plate"))
    return drawn.table().select(*own, pl.all())


def _points(standards: pl.DataFrame) -> pl.DataFrame:
    return standards.select("target", "plate", "well", "x", "cq", read="fitted", used="used")


def lines_of(standards: pl.DataFrame, fit: Fit, plates: Names) -> Lines:
    """The line of each plate that has standards which the fit used."""
    used = standards.filter("used")
    df = used.height - used["plate"].n_unique() - 1
    return {
        plate: line_of(used.filter(plate=plate), fit, df)
        for plate in plates
        if used.filter(plate=plate).height
    }


def line_of(standards: pl.DataFrame, fit: Fit, df: int) -> Line:
    """The line of one plate and its band, from its lowest to its highest standard.

    The band holds 95 % of further standards of that plate: the residual spread of one Cq, the error
    of the plate's level and the error of the slope, with Student's t on the degrees of freedom of
    the fit (standards less lines less one).
    """
    slope = fit.figures["slope"]
    amounts = standards["x"].to_numpy()
    low, high = float(amounts.min()), float(amounts.max())
    x = low + (high - low) * np.arange(_STEPS + 1) / _STEPS
    level = float((standards["cq"].to_numpy() - slope * standards["fitted"].to_numpy()).mean())
    # the variance of a further Cq: its own, that of the level, and that of the slope
    residual = fit.figures["residual_sd"] ** 2 * (1 + 1 / standards.height)
    tilt = fit.figures["slope_sd"] ** 2 * (x - float(amounts.mean())) ** 2
    t = t_quantile(max(df, 1), _LEVEL)
    return Line(x, level + slope * x, t * np.sqrt(residual + tilt))


def _panel(title: str, standards: pl.DataFrame, fit: Fit, lines: Lines, plates: Names) -> Panel:
    plane = _plane(standards, lines)
    layers: list[Spec] = []
    for position, plate in enumerate(plates):
        look = plate_style(position)
        if plate in lines:
            layers += _line_layers(lines[plate], look[0], plane)
        layers += _point_layers(standards.filter(plate=plate), *look, plane)
    quality = _quality(fit)
    missing = standards["cq"].null_count()
    alt = (
        f"Standard curve of {title}: {words.counted(standards.height, 'standard well')} on "
        f"{words.counted(len(plates), 'plate')}"
        + (f", {missing} of them without Cq" if missing else "")
        + f". Slope {words.number(fit.figures['slope'])} cycles per tenfold amount, efficiency "
        f"{quality.removeprefix('E ')}, residual SD {words.number(fit.figures['residual_sd'])} "
        "cycles."
    )
    return Panel(title, alt, cell(_WIDTH, _HEIGHT, layers), subtitle=quality)


def _quality(fit: Fit) -> str:
    sd = words.number(fit.figures["sd"], digits=3)
    r2 = words.number(fit.figures["r2"], digits=4)
    return f"E {words.number(fit.figures['efficiency'])} ± {sd}, r² {r2}"


def _plane(standards: pl.DataFrame, lines: Lines) -> Plane:
    amounts = standards["x"].to_list()
    ends = standards["cq"].drop_nulls().to_list()
    for each in lines.values():
        ends += [*each.lower.tolist(), *each.upper.tolist()]
    y_axis = {"title": "Cq", "values": list(range(0, 100, 5))}
    return Plane(
        quantitative("x", extent(amounts, around=0.06), _amounts(min(amounts), max(amounts))),
        quantitative("y", extent(ends, around=0.04), y_axis),
    )


def _amounts(low: float, high: float) -> Spec:
    """An axis of amounts in log10 units."""
    powers = range(math.ceil(low - 0.1), math.floor(high + 0.1) + 1)
    labels = [power_label(power) for power in powers]
    return {**labelled(powers, labels, "nominal amount"), "labelOverlap": True}


def _line_layers(drawn: Line, colour: str, plane: Plane) -> Layers:
    table = drawn.table().rename({"line": "y", "lower": "a", "upper": "b"})
    rows = [{name: round(value, 3) for name, value in row.items()} for row in table.to_dicts()]
    band = {"type": "area", "color": colour, "opacity": 0.16, "line": False}
    yield plane.whiskers(band, rows)
    yield plane.layer(line(colour, 1.2), [rows[0], rows[-1]])


def _point_layers(standards: pl.DataFrame, colour: str, shape: str, plane: Plane) -> Layers:
    """Standards of a plate: filled where the fit used them."""
    read = standards.filter(pl.col("cq").is_not_null())
    for used in (True, False):
        dots: list[dict[str, Any]] = (
            read.filter(used=used).select("x", y="cq").with_columns(pl.all().round(3)).to_dicts()
        )
        if dots:
            yield plane.layer(point(shape, colour, 28, filled=used, opacity=0.9), dots)
