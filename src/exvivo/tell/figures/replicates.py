"""How far technical replicates lie apart: the smallest error a difference is read against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.figures.axes import TURNED, named_columns, quantitative
from exvivo.tell.figures.chart import COLOURS, INK, MUTED, Figure, Key, Names, Panel, cell, one_row
from exvivo.tell.figures.shapes import Plane, point, rule

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
_WIDEST = {"type": "point", "shape": "circle", "color": MUTED, "size": 22}
_CAPTION = (
    "Spread of technical replicates: the standard deviation of the wells of one sample, in log2 "
    "units, for each analyte (0.14 is about 10 % of the value)."
)
_KEY = (
    Key("circle", INK, "half of the samples lie below"),
    Key("stroke", COLOURS[1], "9 of 10 samples lie in this range"),
    Key("circle", MUTED, "the widest sample", hollow=True),
)


def spreads(quantities: pl.DataFrame) -> pl.DataFrame:
    """The standard deviation (log2) of the replicates of each sample with at least two detected
    wells.
    """
    detected = (pl.col("censor") == "none") & pl.col("donor").is_not_null()
    return (
        quantities.filter(detected)
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
    listed = [analyte.id for analyte in study.analytes]
    order = pl.col("analyte").replace_strict(listed, range(len(listed)), default=99)
    panels = [
        _panel(str(readout), own.sort(order), study)
        for (readout,), own in data.group_by("readout", maintain_order=True)
    ]
    return Figure(name, _CAPTION, one_row(panels), data, _KEY)


def _panel(readout: str, data: pl.DataFrame, study: Study) -> Panel:
    table = _quantiles(data)
    names = [study.name_of(analyte) for analyte in table["analyte"]]
    rows = table.select("x", "a", "y", "b", "top").to_dicts()
    plane = _plane(rows, names)
    layers = [
        plane.whiskers(rule(COLOURS[1], 5, opacity=0.45), rows),
        plane.layer(point("circle", INK, 36), rows),
        plane.layer(_WIDEST, rows, y=plane.y | {"field": "top"}),
    ]
    medians = [f"{name} {row['y']:.2f}" for name, row in zip(names, rows, strict=True)]
    alt = (
        f"{readout}: median standard deviation of replicates in log2 units: "
        f"{words.listed(medians)}."
    )
    width = max(150, min(380, 54 * len(names)), 18 * len(names))
    return Panel(readout, alt, cell(width, 130, layers))


def _quantiles(data: pl.DataFrame) -> pl.DataFrame:
    """For each analyte the spread below which 5, 50 and 95 % of the samples lie, and the widest."""
    sd = pl.col("sd")
    table = data.group_by("analyte", maintain_order=True).agg(
        a=sd.quantile(0.05, "linear"),
        y=sd.median(),
        b=sd.quantile(0.95, "linear"),
        top=sd.max(),
    )
    return table.with_columns(pl.col("a", "y", "b", "top").round(4)).with_row_index("x")


def _plane(rows: Sequence[dict[str, Any]], names: Names) -> Plane:
    top = max(row["top"] for row in rows) * 1.08 or 1.0
    y = quantitative("y", [0, top], {"title": "SD of replicates (log2)", "tickCount": 4})
    return Plane(named_columns(names, **(TURNED if len(names) > 6 else {})), y)
