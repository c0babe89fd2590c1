"""The amplification curves of each target: a fixed selection of samples, and all that should stay flat."""

from __future__ import annotations

from typing import Any

import polars as pl

from exvivo.tell import words
from exvivo.tell.figures.chart import COLOURS, Figure, Key, Panel, Spec, layer

_WIDTH, _HEIGHT = 112, 92
_SHOWN = 14
"""How many sample curves of a target are drawn; evenly spaced in the order of the wells."""
_FLAT = ("ntc", "no_rt", "blank")


def figure(wells: pl.DataFrame, *, name: str) -> Figure | None:
    """One panel per target; nothing where no well has an amplification curve."""
    curves = wells.filter((pl.col("kind") == "amplification") & (pl.col("y").list.len() > 0))
    if curves.is_empty():
        return None
    rows: dict[str, list[Panel]] = {}
    kept = []
    for (assay, channel), mine in curves.sort("assay", "channel", "plate", "well").group_by(
        "assay", "channel", maintain_order=True
    ):
        shown = _selection(mine)
        kept.append(shown)
        rows.setdefault(str(assay), []).append(_panel(str(channel), mine, shown))
    data = pl.concat(kept).select("assay", "plate", "well", "channel", "role", "x", "y").explode("x", "y")
    key = (
        Key("stroke", COLOURS[1], "samples"),
        Key("stroke", COLOURS[0], "without template or without reverse transcriptase"),
    )
    caption = (
        f"Amplification curves, fluorescence above its lowest value against cycle: at most {_SHOWN} samples of each target, "
        "evenly spaced over the plates, and every control that should stay flat."
    )
    return Figure(name, caption, tuple(("", tuple(cells)) for cells in rows.values()), data, key)


def _selection(curves: pl.DataFrame) -> pl.DataFrame:
    flat = curves.filter(pl.col("role").is_in(_FLAT)).head(_SHOWN)
    samples = curves.filter(~pl.col("role").is_in(_FLAT))
    stride = max(1, -(-samples.height // _SHOWN))
    return pl.concat([samples.gather_every(stride), flat])


def _panel(channel: str, curves: pl.DataFrame, shown: pl.DataFrame) -> Panel:
    x = {"field": "x", "type": "quantitative", "scale": {"nice": False}, "axis": {"title": "cycle", "tickCount": 4}}
    y = {
        "field": "y",
        "type": "quantitative",
        "axis": {"title": None, "tickCount": 3, "format": "~s", "minExtent": 28},
    }
    layers: list[Spec] = []
    for flat, colour in ((False, COLOURS[1]), (True, COLOURS[0])):
        values = _points(shown.filter(pl.col("role").is_in(_FLAT) == flat))
        if values:
            mark = {"type": "line", "color": colour, "strokeWidth": 0.9, "opacity": 0.65}
            layers.append(layer(mark, values, x=x, y=y, detail={"field": "w", "type": "nominal"}))
    flats = curves.filter(pl.col("role").is_in(_FLAT)).height
    alt = (
        f"Amplification of {channel}: {words.counted(curves.height - flats, 'well')} with sample or standard, "
        f"{words.counted(flats, 'control well')} that should stay flat; {shown.height} curves drawn."
    )
    return Panel(
        channel, alt, {"width": _WIDTH, "height": _HEIGHT, "layer": layers},
        subtitle=words.counted(curves.height, "well"),
    )  # fmt: skip


def _points(curves: pl.DataFrame) -> list[dict[str, Any]]:
    long = (
        curves.select("x", y=pl.col("y") - pl.col("y").list.min())
        .with_row_index("w")
        .explode("x", "y")
        .filter(pl.col("y").is_not_null())
        .select("w", "x", pl.col("y").round_sig_figs(3))
    )
    return long.to_dicts()
