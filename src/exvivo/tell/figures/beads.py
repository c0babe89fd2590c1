"""Where the beads lie: the two classifier channels of a bead array, binned, with the centres of the populations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exvivo.study import Beads, Study
from exvivo.tell import words
from exvivo.tell.figures.chart import INK, Figure, Panel, Spec, layer, rounded

_WIDTH, _HEIGHT, _BINS, _TUBES = 250, 230, 52, 12


def figure(wells: pl.DataFrame, assays: pl.DataFrame, *, study: Study, name: str) -> Figure | None:
    """A panel per bead array; nothing where no well holds events of two classifier channels."""
    panels, data = [], []
    for assay in study.assays:
        if isinstance(assay, Beads) and len(assay.classifier) >= 2:
            binned, tubes, events = _binned(wells, assay)
            if binned is not None:
                panels.append(_panel(assay, binned, tubes, events, assays, study))
                data.append(binned.with_columns(assay=pl.lit(assay.id)))
    if not panels:
        return None
    caption = (
        f"Bead populations: events of up to {_TUBES} tubes, evenly spaced over the study, counted in squares of the two classifier "
        "channels (log scale; darker is more). Each cluster is one analyte's bead."
    )
    return Figure(name, caption, (("", tuple(panels)),), pl.concat(data))


def _binned(wells: pl.DataFrame, assay: Beads) -> tuple[pl.DataFrame | None, int, int]:
    mine = wells.filter((pl.col("assay") == assay.id) & (pl.col("kind") == "bead_events")).sort("plate", "well")
    tubes = mine.select("plate", "well").unique(maintain_order=True)
    tubes = tubes.gather_every(max(1, -(-tubes.height // _TUBES)))
    mine = mine.join(tubes, on=["plate", "well"], how="semi")
    first, second = (
        mine.filter(pl.col("channel") == channel).sort("plate", "well").select("plate", "well", "y")
        for channel in assay.classifier[:2]
    )
    both = first.join(second, on=["plate", "well"], suffix="2", maintain_order="left")
    both = both.filter(pl.col("y").list.len() == pl.col("y2").list.len()).explode("y", "y2")
    both = both.filter((pl.col("y") > 0) & (pl.col("y2") > 0))
    if both.height < 2:
        return None, 0, 0
    return _counts(both["y"].to_numpy(), both["y2"].to_numpy()), tubes.height, both.height


def _counts(first: NDArray[np.float64], second: NDArray[np.float64]) -> pl.DataFrame:
    """Events per square in log10 of both channels, empty squares left out; the outermost 0.2 % are cut off."""
    a, b = np.log10(first), np.log10(second)
    ends = [np.quantile(values, [0.002, 0.998]) for values in (a, b)]
    edges = [np.linspace(low - 0.1, high + 0.2, _BINS + 1) for low, high in ends]
    counts = np.histogram2d(a, b, bins=edges)[0]
    row, column = np.nonzero(counts)
    return pl.DataFrame(
        {
            "x": edges[0][row], "x2": edges[0][row + 1], "y": edges[1][column], "y2": edges[1][column + 1],
            "events": counts[row, column].astype(np.int64),
        }
    )  # fmt: skip


def _panel(assay: Beads, binned: pl.DataFrame, tubes: int, events: int, assays: pl.DataFrame, study: Study) -> Panel:
    label = {"labelExpr": "format(pow(10, datum.value), '~s')", "tickCount": 4, "grid": False, "tickMinStep": 1}
    scale = {"zero": False, "nice": False}
    x = {"field": "x", "type": "quantitative", "scale": scale, "axis": {"title": assay.classifier[0], **label}}
    y = {"field": "y", "type": "quantitative", "scale": scale, "axis": {"title": assay.classifier[1], **label}}
    weight = {
        "field": "k", "type": "ordinal", "legend": None,
        "scale": {"domain": [0, 1, 2, 3, 4], "range": ["#dbe9f4", "#a9cce3", "#6aa7d0", "#2f7fb8", "#084c85"]},
    }  # fmt: skip
    layers = [
        layer({"type": "rect"}, _squares(binned), x=x, y=y, x2={"field": "x2"}, y2={"field": "y2"}, color=weight)
    ]
    centres = _centres(assay, assays, study)
    if centres:
        layers.append(
            layer({"type": "point", "shape": "cross", "filled": True, "color": INK, "size": 30}, centres, x=x, y=y)
        )
        text: Spec = {"type": "text", "dx": 8, "dy": -9, "align": "left", "fontSize": 11, "color": INK}
        layers.append(layer(text, centres, x=x, y=y, text={"field": "name", "type": "nominal"}))
    named = (
        f"; marked are the centres of {words.listed(str(centre['name']) for centre in centres)}" if centres else ""
    )
    alt = (
        f"Map of {events} bead events from {words.counted(tubes, 'tube')} in the channels {assay.classifier[0]} and "
        f"{assay.classifier[1]}{named}."
    )
    return Panel(assay.readout, alt, {"width": _WIDTH, "height": _HEIGHT, "layer": layers})


def _squares(binned: pl.DataFrame) -> list[dict[str, Any]]:
    shade = (pl.col("events").log(base=2) / max(1.0, float(np.log2(binned["events"].max() or 1))) * 4).floor()  # type: ignore[arg-type]
    return binned.select(pl.col("x", "x2", "y", "y2").round(3), k=shade.cast(pl.Int64)).to_dicts()


def _centres(assay: Beads, assays: pl.DataFrame, study: Study) -> list[dict[str, Any]]:
    """Centres of the populations on the scale of the channels; the middle over plates."""
    found: dict[str, list[list[float]]] = {}
    for row in assays.filter((pl.col("assay") == assay.id) & (pl.col("kind") == "population")).iter_rows(named=True):
        numbers = {part["name"]: part["value"] for part in row["parameters"]}
        at = [
            math.sinh(numbers[f"centre:{channel}"]) * numbers[f"cofactor:{channel}"]
            for channel in assay.classifier[:2]
        ]
        if min(at) > 0:
            found.setdefault(row["analyte"], []).append(at)
    return [
        {
            "name": study.name_of(analyte),
            **dict(zip("xy", map(rounded, np.log10(np.median(at, axis=0)).tolist()), strict=True)),
        }
        for analyte, at in found.items()
    ]
