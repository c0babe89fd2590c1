"""Whether the reference genes hold still: each gene of each sample against the mean of all
reference genes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from exvivo.study import Qpcr, Study
from exvivo.tell import words
from exvivo.tell.figures.axes import named_columns, quantitative
from exvivo.tell.figures.chart import (
    INK,
    Figure,
    Key,
    Keys,
    Layers,
    Names,
    Panel,
    Spec,
    Style,
    cell,
    extent,
    group_style,
    one_row,
)
from exvivo.tell.figures.donors import is_same
from exvivo.tell.figures.groups import spread
from exvivo.tell.figures.reactions import SAMPLE, reactions
from exvivo.tell.figures.shapes import Plane, point, rule, tick

_SAMPLE = ["plate", *SAMPLE]
_HEIGHT, _DOTS = 132, 160
"""With more samples than dots every sample is a short stroke."""
_AXIS: Spec = {"title": ["cycles from the mean", " of the references"], "tickCount": 5}


def figure(
    assays: pl.DataFrame, wells: pl.DataFrame, *, study: Study, assay: Qpcr, name: str
) -> Figure | None:
    """One panel per gene (of two genes one: the other is its mirror); nothing with fewer than two
    reference genes.
    """
    data = differences(reactions(assays, wells), assay)
    if data.is_empty():
        return None
    genes = list(assay.references)
    y = quantitative("y", extent(data["difference"].to_list(), around=0.06), _AXIS)
    panels = [
        _panel(gene, data.filter(target=gene), genes, y, study)
        for gene in (genes[:1] if len(genes) == 2 else genes)
    ]
    key = _key(data, study, strokes=data.height / len(genes) > _DOTS)
    return Figure(name, _caption(genes), one_row(panels), data, key)


def _key(data: pl.DataFrame, study: Study, *, strokes: bool) -> Keys:
    keys = []
    for group in study.groups:
        if group.id in data["group"].to_list():
            colour, shape = group_style(study, group.id)
            keys.append(Key("stroke" if strokes else shape, colour, group.name))
    return (*keys, Key("stroke", INK, "median of the samples"))


def differences(rows: pl.DataFrame, assay: Qpcr) -> pl.DataFrame:
    """One row a sample and reference gene: its Cq less the sample's mean over the genes, less the
    same of all samples.

    Samples that lack a gene are left out: their mean would be over other genes.
    """
    genes = list(assay.references)
    means = _means(rows, genes)
    if means.is_empty() or len(genes) < 2:
        return means.clear().with_columns(difference=pl.lit(0.0))
    own = pl.col("cq") - pl.col("cq").mean().over(_SAMPLE)
    off = means.with_columns(difference=own)
    centred = pl.col("difference") - pl.col("difference").mean().over("target")
    return off.with_columns(centred).sort("target", *_SAMPLE)


def _means(rows: pl.DataFrame, genes: Names) -> pl.DataFrame:
    """The mean Cq of each gene of a sample, for samples that have all genes."""
    is_reference = (pl.col("role") == "sample") & pl.col("target").is_in(genes)
    read = rows.filter(is_reference & pl.col("cq").is_not_null())
    means = read.group_by(*_SAMPLE, "group", "target", maintain_order=True).agg(
        pl.col("cq").mean(), wells=pl.len()
    )
    return means.filter(pl.len().over(_SAMPLE) == len(genes))


@dataclass(frozen=True, slots=True)
class _Strip:
    """The samples of one group and condition: where they stand, half the width they may take, and
    their differences.
    """

    group: str
    condition: str
    centre: float
    half_width: float
    differences: list[float]

    @property
    def median(self) -> float:
        """The median of the samples."""
        return pl.Series(self.differences).quantile(0.5, "linear") or 0.0

    def across(self, side: float) -> float:
        """The place of a dot that stands aside."""
        aside = min(max(side, -self.half_width), self.half_width)
        return round(self.centre + aside, 3)


def _strips(
    data: pl.DataFrame, stimuli: Sequence[str | None], names: Names, study: Study
) -> Iterator[_Strip]:
    """The samples of each stimulus and group that has any, groups side by side."""
    groups = [group.id for group in study.groups if group.id in data["group"].to_list()]
    count = len(groups)
    for position, stimulus in enumerate(stimuli):
        for number, group in enumerate(groups):
            part = data.filter(is_same("stimulus", stimulus), group=group)
            centre = position + (number - (count - 1) / 2) * 0.8 / count
            values = part["difference"].to_list()
            if values:
                yield _Strip(group, names[position], centre, 0.36 / count, values)


def _panel(gene: str, data: pl.DataFrame, genes: Names, y: Spec, study: Study) -> Panel:
    seen = data["stimulus"].to_list()
    stimuli: list[str | None] = [each.id for each in study.stimuli if each.id in seen]
    stimuli = stimuli or [None]
    names = [study.name_of(each).replace(" ", "|", 1) if each else "" for each in stimuli]
    plane = Plane(named_columns(names), y)
    layers, medians = [plane.even()], []
    for strip in _strips(data, stimuli, names, study):
        style = group_style(study, strip.group)
        layers += _strip_layers(strip, style, plane, strokes=data.height > _DOTS)
        where = f"{study.name_of(strip.group)} {strip.condition.replace('|', ' ')}"
        medians.append(f"{words.number(strip.median)} in {where}".strip())
    alt = (
        f"{gene} against the mean of {words.listed(genes)} in "
        f"{words.counted(data.height, 'sample')}, in cycles, centred on 0. Medians: "
        f"{words.listed(medians)}."
    )
    mirror = f" ({genes[1]} mirrors it)" if len(genes) == 2 else ""
    return Panel(f"{gene}{mirror}", alt, cell(_width(data, len(stimuli)), _HEIGHT, layers))


def _width(data: pl.DataFrame, stimuli: int) -> int:
    return min(360, 60 + 75 * stimuli * max(1, data["group"].drop_nulls().n_unique()))


def _strip_layers(strip: _Strip, style: Style, plane: Plane, *, strokes: bool) -> Layers:
    """A dot or a stroke for each sample, and their median."""
    colour, shape = style
    values = strip.differences
    sides = [0.0] * len(values) if strokes else spread(values, domain=plane.domain, step=0.04)
    dots: list[dict[str, Any]] = [
        {"x": strip.across(side), "y": round(value, 3)}
        for side, value in zip(sides, values, strict=True)
    ]
    dot, stroke = point(shape, colour, 26, opacity=0.75), tick(colour, 18, 0.8, opacity=1)
    yield plane.layer(stroke if strokes else dot, dots)
    ends = {"x": strip.centre - strip.half_width, "b": strip.centre + strip.half_width}
    yield plane.along(rule(INK, 2), [ends | {"y": round(strip.median, 3)}])


def _caption(genes: Names) -> str:
    two = ", but of two genes it cannot be told which one moves" if len(genes) == 2 else ""
    return (
        f"Reference genes {words.listed(genes)}: the Cq of a gene less the mean Cq of all "
        "reference genes in the same sample, centred on all samples. A gene that answers to a "
        f"stimulus or differs between groups leaves the dashed line there{two}."
    )
