"""What is left over, plate by plate: standards against their curve, replicate wells against the
mean of their sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.figures.axes import named_columns, quantitative
from exvivo.tell.figures.chart import (
    COLOURS,
    INK,
    MUTED,
    Figure,
    Key,
    Layers,
    Names,
    Panel,
    cell,
    one_row,
)
from exvivo.tell.figures.reactions import (
    SAMPLE,
    by_target,
    plates_of,
    reactions,
    standard_curves,
)
from exvivo.tell.figures.shapes import Plane, point, rule, tick

_HEIGHT, _LEAST = 116, 0.5
_SIDES = {"standards": 0.2, "replicates": -0.16}
"""Where the strip of each kind stands beside the middle of its plate."""
_KEYS = {
    "replicates": Key("stroke", MUTED, "a replicate well less the mean of its sample"),
    "standards": Key("diamond", COLOURS[1], "a standard less the curve of all plates"),
}
_DATA = ("target", "analyte", "plate", "well", "kind", "residual")
_CAPTION = (
    "Residuals by plate, in cycles. A plate whose standards or replicates stand away from the "
    "dashed line is off; each panel has its own scale."
)


def figure(assays: pl.DataFrame, wells: pl.DataFrame, *, study: Study, name: str) -> Figure | None:
    """One panel per target, a strip for each plate and kind; nothing where there are neither
    standards nor replicates.
    """
    data = residuals(assays, wells)
    if data.is_empty():
        return None
    plates = plates_of(data, study)
    panels = [_panel(target, own, plates) for target, own in by_target(data, study)]
    kinds = data["kind"].unique().to_list()
    keys = [key for kind, key in _KEYS.items() if kind in kinds]
    key = (*keys, Key("stroke", INK, "mean of a strip"))
    return Figure(name, _CAPTION, one_row(panels), data.drop("analyte"), key)


def residuals(assays: pl.DataFrame, wells: pl.DataFrame) -> pl.DataFrame:
    """One row a well: target, plate, well, kind (standards, replicates) and its residual in cycles.

    A standard is held against the mean curve of all plates, so a plate whose level is off shows; a
    replicate against the mean of its sample's wells on all plates, where there are at least two.
    """
    read = reactions(assays, wells).filter(pl.col("cq").is_not_null())
    return pl.concat([_of_standards(read, _lines(assays)), _of_replicates(read)])


def _lines(assays: pl.DataFrame) -> pl.DataFrame:
    """Slope and intercept of the curve of each target."""
    rows = [
        (target, fit.figures["slope"], fit.figures["intercept"])
        for target, fit in standard_curves(assays).items()
    ]
    schema = {"target": pl.String, "slope": pl.Float64, "intercept": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _of_standards(read: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    standards = read.filter("used").join(lines, on="target", maintain_order="left")
    return standards.with_columns(
        residual=pl.col("cq") - pl.col("intercept") - pl.col("slope") * pl.col("x"),
        kind=pl.lit("standards"),
    ).select(_DATA)


def _of_replicates(read: pl.DataFrame) -> pl.DataFrame:
    own = ["target", *SAMPLE]
    several = (pl.len().over(own) > 1) & pl.col("donor").is_not_null()
    replicates = read.filter((pl.col("role") == "sample") & several)
    return replicates.with_columns(
        residual=pl.col("cq") - pl.col("cq").mean().over(own), kind=pl.lit("replicates")
    ).select(_DATA)


@dataclass(frozen=True, slots=True)
class _Strips:
    """The plates of a panel and its width in pixels."""

    plates: Names

    @property
    def width(self) -> int:
        """The width of the panel."""
        return max(96, min(340, 40 * len(self.plates)))

    @property
    def stroke(self) -> float:
        """The length of the stroke of a replicate well."""
        return min(16.0, 0.42 * self.width / len(self.plates))

    def across(self, kind: str) -> pl.Expr:
        """Where the strip of a kind stands on each plate."""
        position = pl.col("plate").replace_strict(
            list(self.plates), range(len(self.plates)), return_dtype=pl.Int64
        )
        return (position + _SIDES[kind]).round(3)


def _panel(target: str, data: pl.DataFrame, plates: Names) -> Panel:
    largest = float(data.select(pl.col("residual").abs().max()).item())
    top = max(_LEAST, largest) * 1.06
    strips = _Strips(plates)
    plane = Plane(
        named_columns(plates, labelAngle=-40 if len(plates) > 8 else 0, labelOverlap=False),
        quantitative("y", [-top, top], {"title": "cycles", "tickCount": 5}),
    )
    layers = [plane.even()]
    for kind in _SIDES:
        layers += _strip_layers(data.filter(kind=kind), kind, strips, plane)
    return Panel(target, _alt(target, data, plates), cell(strips.width, _HEIGHT, layers))


def _alt(target: str, data: pl.DataFrame, plates: Names) -> str:
    return (
        f"Residuals of {target} in cycles by plate: {words.counted(data.height, 'well')} on "
        f"{words.counted(len(plates), 'plate')}. The plate farthest off on average is "
        f"{_farthest(data)}."
    )


def _farthest(data: pl.DataFrame) -> str:
    """The plate and kind whose mean is farthest from zero."""
    size = pl.col("residual").abs()
    kind, plate, mean = _means(data, "kind", "plate").sort(size, maintain_order=True).row(-1)
    return f"{plate}, {words.number(mean)} ({kind})"


def _means(data: pl.DataFrame, *by: str) -> pl.DataFrame:
    return data.group_by(*by, maintain_order=True).agg(pl.col("residual").mean())


def _strip_layers(data: pl.DataFrame, kind: str, strips: _Strips, plane: Plane) -> Layers:
    """The wells of one kind on each plate, and their means."""
    if data.is_empty():
        return
    x = strips.across(kind)
    dots = data.select(x=x, y=pl.col("residual").round(2)).unique(maintain_order=True)
    if kind == "standards":
        mark = point("diamond", COLOURS[1], 26, opacity=0.8)
    else:
        mark = tick(MUTED, strips.stroke, 0.8, opacity=1)
    yield plane.layer(mark, dots.to_dicts())
    means = _means(data, "plate").select(x=x, y=pl.col("residual").round(3)).to_dicts()
    bars = [{"x": row["x"] - 0.16, "b": row["x"] + 0.16, "y": row["y"]} for row in means]
    # all replicates of a sample lie on one plate: their mean says nothing
    if any(bar["y"] for bar in bars):
        yield plane.along(rule(INK, 2), bars)
