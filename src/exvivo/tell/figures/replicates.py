"""How far technical replicates lie apart: the smallest error a difference is read against."""

from __future__ import annotations

from typing import Any

import polars as pl

from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.figures.chart import (
    COLOURS,
    INK,
    MUTED,
    Figure,
    Key,
    Panel,
    layer,
    named_axis,
    quantitative,
)

_SAMPLE = [
    "assay",
    "readout",
    "analyte",
    "plate",
    "donor",
    "visit",
    "cell_type",
    "culture",
    "stimulus",
    "dose",
    "time",
]


def spreads(quantities: pl.DataFrame) -> pl.DataFrame:
    """The standard deviation (log2) of the replicates of each sample with at least two detected
    wells.
    """
    return (
        quantities.filter((pl.col("censor") == "none") & pl.col("donor").is_not_null())
        .group_by(_SAMPLE, maintain_order=True)
        .agg(wells=pl.len(), sd=pl.col("value").std())
        .filter(pl.col("wells") > 1)
        .sort("assay", "analyte", *_SAMPLE[3:])
    )


def figure(quantities: pl.DataFrame, *, study: Study, name: str) -> Figure | None:
    """One panel per readout: the spread of replicates for each analyte; nothing where no sample has
    replicates.
    """
    data = spreads(quantities)
    if data.is_empty():
        return None
    order = [analyte.id for analyte in study.analytes]
    panels = [
        _panel(
            str(readout),
            mine.sort(pl.col("analyte").replace_strict(order, range(len(order)), default=99)),
            study,
        )
        for (readout,), mine in data.group_by("readout", maintain_order=True)
    ]
    key = (
        Key("circle", INK, "half of the samples lie below"),
        Key("stroke", COLOURS[1], "9 of 10 samples lie in this range"),
        Key("circle", MUTED, "the widest sample", hollow=True),
    )
    caption = (
        "Spread of technical replicates: the standard deviation of the wells of one sample, in log2 units, for each analyte "
        "(0.14 is about 10 % of the value)."
    )
    return Figure(name, caption, (("", tuple(panels)),), data, key)


def _panel(readout: str, data: pl.DataFrame, study: Study) -> Panel:
    table = data.group_by("analyte", maintain_order=True).agg(
        pl.len().alias("samples"),
        a=pl.col("sd").quantile(0.05, "linear"),
        y=pl.col("sd").median(),
        b=pl.col("sd").quantile(0.95, "linear"),
        top=pl.col("sd").max(),
    )
    names = [study.name_of(analyte) for analyte in table["analyte"]]
    rows: list[dict[str, Any]] = (
        table.select(pl.col("a", "y", "b", "top").round(4)).with_row_index("x").to_dicts()
    )
    top = max(row["top"] for row in rows) * 1.08 or 1.0
    turned = {"labelAngle": -40, "labelOverlap": False} if len(names) > 6 else {}
    x = quantitative("x", [-0.5, len(names) - 0.5], {**named_axis(names), **turned})
    y = quantitative("y", [0, top], {"title": "SD of replicates (log2)", "tickCount": 4})
    bar = {"type": "rule", "color": COLOURS[1], "strokeWidth": 5, "opacity": 0.45}
    layers = [
        layer(bar, rows, x=x, y={**y, "field": "a"}, y2={"field": "b"}),
        layer(
            {
                "type": "point",
                "filled": True,
                "shape": "circle",
                "color": INK,
                "size": 36,
                "opacity": 1,
            },
            rows,
            x=x,
            y=y,
        ),
        layer(
            {"type": "point", "shape": "circle", "color": MUTED, "size": 22},
            rows,
            x=x,
            y={**y, "field": "top"},
        ),
    ]
    said = words.listed(f"{name} {row['y']:.2f}" for name, row in zip(names, rows, strict=True))
    alt = f"{readout}: median standard deviation of replicates in log2 units: {said}."
    width = max(150, min(380, 54 * len(names)), 18 * len(names))
    return Panel(readout, alt, {"width": width, "height": 130, "layer": layers})
