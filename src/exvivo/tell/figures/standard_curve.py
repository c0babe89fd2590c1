"""The standard curve of each qPCR target: Cq against the nominal amount, each plate's line, and how
far a Cq may stray.
"""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from exvivo.figures import values_of
from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.figures.chart import (
    COLOURS,
    SHAPES,
    Figure,
    Key,
    Panel,
    Spec,
    extent,
    layer,
    quantitative,
)
from exvivo.tell.figures.reactions import by_target, fitted, plates_of, reactions

_WIDTH, _HEIGHT, _STEPS, _LEVEL = 122, 122, 12, 0.95
Row = dict[str, Any]


def figure(assays: pl.DataFrame, wells: pl.DataFrame, *, study: Study, name: str) -> Figure | None:
    """One panel per target with a standard curve; nothing where no target has one."""
    curves = {
        row["target"]: numbers
        for row in fitted(assays).iter_rows(named=True)
        if "slope" in (numbers := values_of(row["figures"]))
    }
    standards = reactions(assays, wells).filter(
        pl.col("target").is_in(list(curves)) & pl.col("x").is_not_null()
    )
    if standards.is_empty():
        return None
    plates = plates_of(standards, study)
    panels, lines = [], []
    for said, mine in by_target(standards, study):
        numbers = curves[mine["target"][0]]
        drawn = {
            plate: line(mine.filter(pl.col("used"), plate=plate), mine.filter("used"), numbers)
            for plate in plates
        }
        lines += [
            {"target": mine["target"][0], "plate": plate, **row}
            for plate, rows in drawn.items()
            for row in rows
        ]
        panels.append(_panel(said, mine, numbers, drawn, plates))
    points = standards.select(
        "target", "plate", "well", x=pl.col("x"), cq="cq", read="fitted", used="used"
    )
    data = pl.concat([points, pl.DataFrame(lines)], how="diagonal") if lines else points
    key = tuple(Key(_style(i)[1], _style(i)[0], f"plate {plate}") for i, plate in enumerate(plates))
    return Figure(
        name, _caption(), (("", tuple(panels)),), data.rename({"x": "log10_nominal"}), key
    )


def _style(at: int) -> tuple[str, str]:
    """Colour and shape of a plate: after six plates the same colours come back with other
    shapes.
    """
    return COLOURS[at % len(COLOURS)], SHAPES[(at + at // len(COLOURS)) % len(SHAPES)]


def line(mine: pl.DataFrame, everything: pl.DataFrame, numbers: dict[str, float]) -> list[Row]:
    """The line of one plate and the ends of its band, from its lowest to its highest standard.

    The band holds 95 % of further standards of that plate: the residual spread of one Cq, the error
    of the plate's level and the error of the slope, with Student's t on the degrees of freedom of
    the fit (standards less lines less one).
    """
    if mine.is_empty():
        return []
    slope, spread = numbers["slope"], numbers["residual_sd"]
    level = _mean(mine.select(pl.col("cq") - slope * pl.col("fitted")))
    centre, low, high = (
        _mean(mine.select("x")),
        *(float(end) for end in mine.select(a=pl.col("x").min(), b=pl.col("x").max()).row(0)),
    )
    t = _t_quantile(everything.height - everything["plate"].n_unique() - 1)
    rows = []
    for step in range(_STEPS + 1):
        x = low + (high - low) * step / _STEPS
        error = math.sqrt(
            spread**2 * (1 + 1 / mine.height) + numbers["slope_sd"] ** 2 * (x - centre) ** 2
        )
        y = level + slope * x
        rows.append({"x": x, "line": y, "lower": y - t * error, "upper": y + t * error})
    return rows


def _mean(column: pl.DataFrame) -> float:
    return float(column.to_series().to_numpy().mean())


def _t_quantile(freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(max(freedom, 1), (1 + _LEVEL) / 2))


def _panel(
    said: str,
    mine: pl.DataFrame,
    numbers: dict[str, float],
    drawn: dict[str, list[Row]],
    plates: list[str],
) -> Panel:
    ends = [end for rows in drawn.values() for row in rows for end in (row["lower"], row["upper"])]
    x = quantitative("x", extent(mine["x"].to_list(), around=0.06), _amounts(mine))
    y = quantitative(
        "y",
        extent([*ends, *mine["cq"].drop_nulls().to_list()], around=0.04),
        {"title": "Cq", "values": list(range(0, 100, 5))},
    )
    layers: list[Spec] = []
    for at, plate in enumerate(plates):
        layers += _plate_layers(mine.filter(plate=plate), drawn[plate], *_style(at), x, y)
    quality = f"E {words.number(numbers['efficiency'])} ± {words.number(numbers['sd'], digits=3)}, r² {words.number(numbers['r2'], digits=4)}"
    lost = mine["cq"].null_count()
    alt = (
        f"Standard curve of {said}: {words.counted(mine.height, 'standard well')} on {words.counted(len(plates), 'plate')}"
        + (f", {lost} of them without Cq" if lost else "")
        + f". Slope {words.number(numbers['slope'])} cycles per tenfold amount, efficiency {quality.removeprefix('E ')}, "
        f"residual SD {words.number(numbers['residual_sd'])} cycles."
    )
    return Panel(said, alt, {"width": _WIDTH, "height": _HEIGHT, "layer": layers}, subtitle=quality)


def _plate_layers(
    points: pl.DataFrame, line: list[Row], colour: str, shape: str, x: Spec, y: Spec
) -> list[Spec]:
    rows = [
        {
            "x": round(r["x"], 3),
            "y": round(r["line"], 3),
            "a": round(r["lower"], 3),
            "b": round(r["upper"], 3),
        }
        for r in line
    ]
    layers = []
    if rows:
        band = {"type": "area", "color": colour, "opacity": 0.16, "line": False}
        layers.append(layer(band, rows, x=x, y={**y, "field": "a"}, y2={"field": "b"}))
        stroke = {"type": "line", "color": colour, "strokeWidth": 1.2}
        layers.append(layer(stroke, [rows[0], rows[-1]], x=x, y=y))
    for used in (True, False):
        values = (
            points.filter(pl.col("cq").is_not_null() & (pl.col("used") == used))
            .select(pl.col("x", "cq").round(3))
            .rename({"cq": "y"})
        )
        if values.height:
            dot = {
                "type": "point",
                "shape": shape,
                "color": colour,
                "filled": used,
                "size": 28,
                "opacity": 0.9,
            }
            layers.append(layer(dot, values.to_dicts(), x=x, y=y))
    return layers


def _amounts(mine: pl.DataFrame) -> Spec:
    low, high = (float(end) for end in mine.select(a=pl.col("x").min(), b=pl.col("x").max()).row(0))
    ticks = list(range(math.ceil(low - 0.1), math.floor(high + 0.1) + 1))
    label = "format(pow(10, datum.value), datum.value < 0 ? '.1~r' : '~s')"
    return {"title": "nominal amount", "values": ticks, "labelExpr": label, "labelOverlap": True}


def _caption() -> str:
    return (
        "Standard curves: Cq against the nominal amount (logarithmic). The slope is one for all plates, the level each plate's "
        f"own. The band would hold {words.percent(_LEVEL)} of further standards of that plate; it takes the same spread for all "
        "amounts. E is the factor by which a cycle multiplies, with its standard deviation."
    )
