"""Whether the reference genes hold still: each gene of each sample against the mean of all
reference genes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from exvivo.study import Qpcr, Study
from exvivo.tell import words
from exvivo.tell.figures.chart import (
    FAINT,
    INK,
    Figure,
    Key,
    Panel,
    Spec,
    extent,
    group_style,
    layer,
    named_axis,
    quantitative,
)
from exvivo.tell.figures.groups import spread
from exvivo.tell.figures.reactions import SAMPLE, reactions

_HEIGHT, _DOTS = 132, 160
"""With more samples than dots every sample is a short stroke."""


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
    domain = extent(data["difference"].to_list(), around=0.06)
    panels = [
        _panel(gene, data.filter(target=gene), genes, domain, study)
        for gene in (genes[:1] if len(genes) == 2 else genes)
    ]
    many = data.height / len(genes) > _DOTS
    key = [
        Key(
            "stroke" if many else group_style(study, group.id)[1],
            group_style(study, group.id)[0],
            group.name,
        )
        for group in study.groups
        if group.id in data["group"].to_list()
    ]
    return Figure(
        name,
        _caption(genes),
        (("", tuple(panels)),),
        data,
        (*key, Key("stroke", INK, "median of the samples")),
    )


def differences(rows: pl.DataFrame, assay: Qpcr) -> pl.DataFrame:
    """One row a sample and reference gene: its Cq less the sample's mean over the genes, less the
    same of all samples.

    Samples that lack a gene are left out: their mean would be over other genes.
    """
    genes = list(assay.references)
    sample = ["plate", *SAMPLE]
    means = (
        rows.filter(
            (pl.col("role") == "sample")
            & pl.col("target").is_in(genes)
            & pl.col("cq").is_not_null()
        )
        .group_by(*sample, "group", "target", maintain_order=True)
        .agg(pl.col("cq").mean(), wells=pl.len())
        .filter(pl.len().over(sample) == len(genes))
    )
    if means.is_empty() or len(genes) < 2:
        return means.clear().with_columns(difference=pl.lit(0.0))
    off = means.with_columns(difference=pl.col("cq") - pl.col("cq").mean().over(sample))
    return off.with_columns(pl.col("difference") - pl.col("difference").mean().over("target")).sort(
        "target", *sample
    )


def _panel(
    gene: str, mine: pl.DataFrame, genes: list[str], domain: list[float], study: Study
) -> Panel:
    stimuli: list[str | None] = [
        s.id for s in study.stimuli if s.id in mine["stimulus"].to_list()
    ] or [None]
    groups = [group.id for group in study.groups if group.id in mine["group"].to_list()]
    names = [
        study.name_of(stimulus).replace(" ", "|", 1) if stimulus else "" for stimulus in stimuli
    ]
    x = quantitative("x", [-0.5, len(stimuli) - 0.5], named_axis(names))
    title = "cycles from the mean of the references"
    y = quantitative(
        "y", domain, {"title": title.replace(" of", "\n of").split("\n"), "tickCount": 5}
    )
    layers: list[Spec] = [
        layer({"type": "rule", "color": FAINT, "strokeDash": [3, 3]}, [{"y": 0}], y=y)
    ]
    medians = []
    for at, stimulus in enumerate(stimuli):
        for number, group in enumerate(groups):
            part = mine.filter(
                pl.col("stimulus").eq_missing(pl.lit(stimulus, dtype=pl.String)), group=group
            )
            if part.height:
                centre = at + (number - (len(groups) - 1) / 2) * 0.8 / len(groups)
                medians.append(
                    (
                        study.name_of(group),
                        names[at].replace("|", " "),
                        float(part.select(pl.col("difference").median()).item()),
                    )
                )
                layers += _strip(
                    part,
                    centre,
                    0.36 / len(groups),
                    group,
                    domain,
                    x,
                    y,
                    study,
                    many=mine.height > _DOTS,
                )
    other = f" ({genes[1]} mirrors it)" if len(genes) == 2 else ""
    said = words.listed(
        f"{words.number(middle)} in {group} {stimulus}".strip()
        for group, stimulus, middle in medians
    )
    alt = f"{gene} against the mean of {words.listed(genes)} in {words.counted(mine.height, 'sample')}, in cycles, centred on 0. Medians: {said}."
    width = min(360, 60 + 75 * len(stimuli) * max(1, len(groups)) // 1)
    return Panel(f"{gene}{other}", alt, {"width": width, "height": _HEIGHT, "layer": layers})


def _strip(
    part: pl.DataFrame,
    centre: float,
    half: float,
    group: str,
    domain: list[float],
    x: Spec,
    y: Spec,
    study: Study,
    *,
    many: bool,
) -> Iterator[Spec]:
    colour, shape = group_style(study, group)
    values = part["difference"].to_list()
    sides = [0.0] * len(values) if many else spread(values, domain=domain, step=0.04)
    dots: list[dict[str, Any]] = [
        {"x": round(centre + min(max(side, -half), half), 3), "y": round(value, 3)}
        for side, value in zip(sides, values, strict=True)
    ]
    if many:
        yield layer(
            {
                "type": "tick",
                "orient": "horizontal",
                "size": 18,
                "thickness": 0.8,
                "color": colour,
                "opacity": 1,
            },
            dots,
            x=x,
            y=y,
        )
    else:
        yield layer(
            {
                "type": "point",
                "shape": shape,
                "color": colour,
                "filled": True,
                "size": 26,
                "opacity": 0.75,
            },
            dots,
            x=x,
            y=y,
        )
    median = round(float(part.select(pl.col("difference").median()).item()), 3)
    bar = [{"x": centre - half, "b": centre + half, "y": median}]
    yield layer({"type": "rule", "color": INK, "strokeWidth": 2}, bar, x=x, x2={"field": "b"}, y=y)


def _caption(genes: list[str]) -> str:
    return (
        f"Reference genes {words.listed(genes)}: the Cq of a gene less the mean Cq of all reference genes in the same sample, centred on "
        "all samples. A gene that answers to a stimulus or differs between groups leaves the dashed line there"
        + (", but of two genes it cannot be told which one moves." if len(genes) == 2 else ".")
    )
