"""What is left over, plate by plate: standards against their curve, replicate wells against the
mean of their sample.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from exvivo.figures import values_of
from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.figures.chart import (
    COLOURS,
    FAINT,
    INK,
    MUTED,
    Figure,
    Key,
    Panel,
    Spec,
    layer,
    named_axis,
    quantitative,
)
from exvivo.tell.figures.reactions import SAMPLE, by_target, fitted, plates_of, reactions

_HEIGHT, _LEAST = 116, 0.5
_KINDS = ("standards", "replicates")


def figure(assays: pl.DataFrame, wells: pl.DataFrame, *, study: Study, name: str) -> Figure | None:
    """One panel per target, a strip for each plate and kind; nothing where there are neither
    standards nor replicates.
    """
    data = residuals(assays, wells)
    if data.is_empty():
        return None
    plates = plates_of(data, study)
    panels = tuple(_panel(said, mine, plates) for said, mine in by_target(data, study))
    key = (
        Key("stroke", MUTED, "a replicate well less the mean of its sample"),
        Key("diamond", COLOURS[1], "a standard less the curve of all plates"),
        Key("stroke", INK, "mean of a strip"),
    )
    kinds = set(data["kind"].to_list())
    shown = tuple(
        entry
        for entry, kind in zip(key, ("replicates", "standards", None), strict=True)
        if kind in {*kinds, None}
    )
    return Figure(name, _caption(), (("", panels),), data.drop("analyte"), shown)


def residuals(assays: pl.DataFrame, wells: pl.DataFrame) -> pl.DataFrame:
    """One row a well: target, plate, well, kind (standards, replicates) and its residual in cycles.

    A standard is held against the mean curve of all plates, so a plate whose level is off shows; a
    replicate against the mean of its sample's wells on all plates, where there are at least two.
    """
    lines = pl.DataFrame(
        [
            {"target": row["target"], "slope": numbers["slope"], "intercept": numbers["intercept"]}
            for row in fitted(assays).iter_rows(named=True)
            if "slope" in (numbers := values_of(row["figures"]))
        ],
        schema={"target": pl.String, "slope": pl.Float64, "intercept": pl.Float64},
    )
    read = reactions(assays, wells).filter(pl.col("cq").is_not_null())
    standards = read.filter(pl.col("used")).join(lines, on="target", maintain_order="left")
    standards = standards.with_columns(
        residual=pl.col("cq") - pl.col("intercept") - pl.col("slope") * pl.col("x"),
        kind=pl.lit("standards"),
    )
    own = ["target", *SAMPLE]
    replicates = read.filter(
        (pl.col("role") == "sample") & (pl.len().over(own) > 1) & pl.col("donor").is_not_null()
    )
    replicates = replicates.with_columns(
        residual=pl.col("cq") - pl.col("cq").mean().over(own), kind=pl.lit("replicates")
    )
    kept = ["target", "analyte", "plate", "well", "kind", "residual"]
    return pl.concat([standards.select(kept), replicates.select(kept)])


def _panel(said: str, mine: pl.DataFrame, plates: list[str]) -> Panel:
    top = max(_LEAST, float(mine.select(pl.col("residual").abs().max()).item())) * 1.06
    names = {
        **named_axis(plates),
        "labelAngle": -40 if len(plates) > 8 else 0,
        "labelOverlap": False,
    }
    x, y = (
        quantitative("x", [-0.5, len(plates) - 0.5], names),
        quantitative("y", [-top, top], {"title": "cycles", "tickCount": 5}),
    )
    layers: list[Spec] = [
        layer({"type": "rule", "color": FAINT, "strokeDash": [3, 3]}, [{"y": 0}], y=y)
    ]
    width = max(96, min(340, 40 * len(plates)))
    for kind, side in zip(_KINDS, (0.2, -0.16), strict=True):
        layers += _strips(mine.filter(kind=kind), plates, side, kind, width / len(plates), x, y)
    worst = (
        mine.group_by("kind", "plate", maintain_order=True)
        .agg(pl.col("residual").mean())
        .sort(pl.col("residual").abs(), maintain_order=True)
    )
    last = worst.row(-1, named=True)
    alt = (
        f"Residuals of {said} in cycles by plate: {words.counted(mine.height, 'well')} on {words.counted(len(plates), 'plate')}. The plate "
        f"farthest off on average is {last['plate']}, {words.number(last['residual'])} ({last['kind']})."
    )
    return Panel(said, alt, {"width": width, "height": _HEIGHT, "layer": layers})


def _strips(
    mine: pl.DataFrame, plates: list[str], side: float, kind: str, step: float, x: Spec, y: Spec
) -> Iterator[Spec]:
    if mine.is_empty():
        return
    at = pl.col("plate").replace_strict(plates, range(len(plates)), return_dtype=pl.Int64) + side
    dots: list[dict[str, Any]] = (
        mine.select(x=at.round(3), y=pl.col("residual").round(2))
        .unique(maintain_order=True)
        .to_dicts()
    )
    if kind == "standards":
        mark: Spec = {
            "type": "point",
            "shape": "diamond",
            "color": COLOURS[1],
            "filled": True,
            "size": 26,
            "opacity": 0.8,
        }
    else:
        mark = {
            "type": "tick",
            "orient": "horizontal",
            "size": min(16.0, 0.42 * step),
            "thickness": 0.8,
            "color": MUTED,
            "opacity": 1,
        }
    yield layer(mark, dots, x=x, y=y)
    means = (
        mine.group_by("plate", maintain_order=True)
        .agg(pl.col("residual").mean())
        .select(x=at.round(3), y=pl.col("residual").round(3))
    )
    bars = [
        {"x": row["x"] - 0.16, "b": row["x"] + 0.16, "y": row["y"]}
        for row in means.iter_rows(named=True)
    ]
    if not any(
        bar["y"] for bar in bars
    ):  # all replicates of a sample lie on one plate: their mean says nothing
        return
    yield layer({"type": "rule", "color": INK, "strokeWidth": 2}, bars, x=x, x2={"field": "b"}, y=y)


def _caption() -> str:
    return (
        "Residuals by plate, in cycles. A plate whose standards or replicates stand away from the dashed line is off; each panel has "
        "its own scale."
    )
