"""The log2 levels of several genes in every sample that has them all, and what genes of their own
add to a mean's error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import polars as pl

from exvivo.arrays import Floats
from exvivo.quantify.qpcr.cq import SAMPLE, numbered
from exvivo.quantify.qpcr.spread import VARIANCE_OF_MEAN
from exvivo.quantify.qpcr.stability import FEWEST_DF, variance_of_mean

CONDITION = ["group", "cell_type", "stimulus", "dose", "time"]
"""What samples have in common where a gene may stand differently in all of them."""
_COLUMNS = ["plate", "sample", "group", *SAMPLE, "target", "quantity", "variance"]


def gene_levels(logs: pl.DataFrame, genes: Sequence[str]) -> pl.DataFrame:
    """One row a sample and gene, samples together and genes in the order given; only samples that
    have every gene.

    `quantity` (log2) is the mean over the wells with a Cq and `variance` that mean's own, from
    replicates; `others` is the mean quantity of the sample's other genes (empty for one gene). A
    sample stands once a plate; one whose genes are spread over plates stands once, with no plate.
    `logs` is what `log_quantities` returned.
    """
    order = {gene: number for number, gene in enumerate(genes)}
    detected = logs.filter(pl.col("target").is_in(list(genes))).drop_nulls("cq")
    wells = detected.with_columns(
        order=pl.col("target").replace_strict(order, return_dtype=pl.Int64)
    )
    on_one_plate = _complete(wells, ["plate", "sample"], len(genes))
    rest = wells.join(on_one_plate, on="sample", how="anti")
    elsewhere = _complete(rest, ["sample"], len(genes)).with_columns(
        plate=pl.lit(None, dtype=pl.String)
    )
    levels = pl.concat([frame.select(_COLUMNS) for frame in (on_one_plate, elsewhere)])
    return levels.with_columns(others=_mean_of_others(len(genes)))


def _mean_of_others(genes: int) -> pl.Expr:
    total = pl.col("quantity").sum().over("plate", "sample")
    return pl.when(genes > 1).then((total - pl.col("quantity")) / max(genes - 1, 1))


def _complete(wells: pl.DataFrame, on: Sequence[str], genes: int) -> pl.DataFrame:
    """The mean of each gene in the samples that have all of the genes, by what `on` names."""
    means = wells.group_by(*on, "target", "order", maintain_order=True).agg(
        pl.col("quantity").mean(),
        pl.col("group", *SAMPLE).first(),
        variance=VARIANCE_OF_MEAN,
    )
    return means.sort(*on, "order").filter(pl.len().over(on) == genes)


def matrix(levels: pl.DataFrame, *, column: str = "quantity", genes: int) -> Floats:
    """A column of `gene_levels` as (samples, genes)."""
    return levels[column].to_numpy().reshape(-1, genes)


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
    condition = numbered(levels, CONDITION)[::genes]
    total, df = variance_of_mean(matrix(levels, genes=genes), condition)
    if df < FEWEST_DF:
        return None, df
    of_wells = float(matrix(levels, column="variance", genes=genes).sum(axis=1).mean()) / genes**2
    return math.sqrt(max(total - of_wells, 0.0)), df
