"""The log2 levels of several genes in every sample that has them all, and what genes of their own
add to a mean's error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import polars as pl

from exvivo.arrays import Floats, Ints
from exvivo.quantify.qpcr.cq import SAMPLE
from exvivo.quantify.qpcr.stability import FEWEST_FREEDOM, variance_of_mean

CONDITION = ["group", "cell_type", "stimulus", "dose", "time"]
"""What samples have in common where a gene may stand differently in all of them."""


def gene_levels(logs: pl.DataFrame, genes: Sequence[str]) -> pl.DataFrame:
    """One row a sample and gene, samples together and genes in the order given; only samples that
    have every gene.

    `quantity` (log2) is the mean over the wells with a Cq and `variance` that mean's own, from
    replicates; `others` is the mean quantity of the sample's other genes (empty for one gene). A
    sample stands once a plate; one whose genes are spread over plates stands once, with no plate.
    `logs` is what `log_quantities` returned.
    """
    order = pl.DataFrame(
        {"target": list(genes), "order": range(len(genes))}, schema_overrides={"target": pl.String}
    )
    known = logs.filter(pl.col("cq").is_not_null()).join(order, on="target", how="inner")
    found = []
    for on in (["plate", "sample"], ["sample"]):
        each = (
            known.group_by(*on, "target", "order", maintain_order=True)
            .agg(
                pl.col("quantity").mean(),
                (pl.col("sd") ** 2).sum().alias("variance") / pl.len() ** 2,
                *(pl.col(name).first() for name in ("group", *SAMPLE)),
            )
            .sort(*on, "order")
        )
        complete = each.filter(pl.len().over(on) == len(genes))
        found.append(
            complete.with_columns(
                plate=pl.col("plate") if "plate" in on else pl.lit(None, dtype=pl.String)
            )
        )
        known = known.join(complete, on="sample", how="anti")
    whose = ["plate", "sample", "group", *SAMPLE, "target", "quantity", "variance"]
    total = pl.col("quantity").sum().over("plate", "sample")
    others = (
        (total - pl.col("quantity")) / (len(genes) - 1)
        if len(genes) > 1
        else pl.lit(None, dtype=pl.Float64)
    )
    return pl.concat([frame.select(whose) for frame in found]).with_columns(others=others)


def matrix(levels: pl.DataFrame, *, column: str = "quantity", genes: int) -> Floats:
    """A column of `gene_levels` as (samples, genes)."""
    return levels[column].to_numpy().reshape(-1, genes)


def numbered(levels: pl.DataFrame, names: Sequence[str], *, genes: int) -> Ints:
    """The samples of `gene_levels` numbered by what they have in common, from 0, in no particular
    order.
    """
    ranks = levels.select(pl.struct(names).rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()
    return ranks[::genes]


def instability(levels: pl.DataFrame, *, genes: int) -> tuple[float | None, int]:
    """The SD (log2) that genes of their own give a sample's mean of genes beyond its wells'
    scatter; degrees of freedom.

    How far the genes of a sample disagree, beyond what their replicate wells explain, within the
    samples of a condition (NormFinder's view of stability, Andersen 2004, doi
    10.1158/0008-5472.CAN-04-0496). It is what the error of the replicate wells cannot know: a gene
    that stands high in one cDNA does so in all of its wells, and moves every target of that sample
    alike. Kept for both samples of a donor, it is too large for a response where a gene's
    peculiarity is the donor's own. None with one gene, or with fewer than five degrees of freedom.
    """
    if genes < 2 or levels.is_empty():
        return None, 0
    total, freedom = variance_of_mean(
        matrix(levels, genes=genes), numbered(levels, CONDITION, genes=genes)
    )
    if freedom < FEWEST_FREEDOM:
        return None, freedom
    wells = float(matrix(levels, column="variance", genes=genes).sum(axis=1).mean()) / genes**2
    return math.sqrt(max(total - wells, 0.0)), freedom
