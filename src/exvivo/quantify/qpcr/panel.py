"""geNorm and NormFinder of the reference genes, and of candidates that stand in the same files, as
figures of the assay.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from exvivo.arrays import Floats, Ints
from exvivo.figures import Figure, figure, figures_from
from exvivo.quantify.qpcr.cq import numbered
from exvivo.quantify.qpcr.levels import CONDITION, gene_levels, matrix
from exvivo.quantify.qpcr.stability import genorm, genorm_m, normfinder, ratio_sd

_FEWEST = 3
"""Samples (of a group) from which the spread of a log ratio says anything; NormFinder needs as many
genes.
"""


def stability_figures(
    logs: pl.DataFrame, levels: pl.DataFrame, genes: Sequence[str]
) -> list[Figure]:
    """M among the references `genes` (geNorm); geNorm and NormFinder among references and
    candidates, the panel.

    `levels` are the references' `gene_levels`. Only samples with every gene enter:
    `stability_samples` for the references, `panel_samples` for the panel, which may be fewer.
    """
    n = levels.height // len(genes)
    figures = figures_from({"stability_samples": n})
    if len(genes) > 1 and n >= _FEWEST:
        figures += _by_gene("genorm_m", genes, genorm_m(matrix(levels, genes=len(genes))))
    rest = candidates(logs, genes, samples=levels["sample"].n_unique())
    panel = [*genes, *rest]
    levels = gene_levels(logs, panel) if rest else levels
    if len(panel) < _FEWEST or levels.height < _FEWEST * len(panel):
        return figures
    y = matrix(levels, genes=len(panel))
    return [
        *figures,
        *_by_gene("candidate", rest, np.ones(len(rest))),
        figure("panel_samples", len(y)),
        *_genorm(y, panel),
        *_best_pair(y, panel, chosen=len(genes)),
        *_normfinder(y, numbered(levels, CONDITION)[:: len(panel)], panel),
    ]


def candidates(logs: pl.DataFrame, genes: Sequence[str], *, samples: int) -> list[str]:
    """Targets that are neither analyte nor reference, seen in at least half as many samples as the
    references are.
    """
    declared = pl.col("target").is_in(list(genes))
    others = logs.filter(pl.col("analyte").is_null(), ~declared).drop_nulls("cq")
    counted = others.group_by("target", maintain_order=True).agg(pl.col("sample").n_unique())
    return counted.filter(2 * pl.col("sample") >= max(samples, 2))["target"].sort().to_list()


def _genorm(y: Floats, panel: Sequence[str]) -> list[Figure]:
    result = genorm(y)
    return [
        *_by_gene("panel_m", panel, result.m),
        *_by_gene("panel_rank", panel, result.rank.astype(np.float64)),
        *(figure("genorm_v", v, of=f"{n}/{more}") for n, more, v in result.variation),
    ]


def _best_pair(y: Floats, panel: Sequence[str], *, chosen: int) -> list[Figure]:
    """The M of the pair of the panel whose ratio varies least, and of the chosen references in the
    same samples.
    """
    first, second = np.triu_indices(len(panel), k=1)
    m = ratio_sd(y)[first, second]
    best = int(np.argmin(m))
    figures = [figure("best_pair", 1.0, of=panel[gene[best]]) for gene in (first, second)]
    figures.append(figure("best_pair_m", m[best]))
    if chosen > 1:
        figures.append(figure("references_m", genorm_m(y[:, :chosen]).mean()))
    return figures


def _normfinder(y: Floats, condition: Ints, panel: Sequence[str]) -> list[Figure]:
    """Rho of each gene, with the conditions that have samples enough as groups."""
    usable = np.bincount(condition)[condition] >= _FEWEST
    groups = np.unique(condition[usable]).size
    rho = normfinder(y[usable], condition[usable]) if groups > 1 else normfinder(y)
    return [figure("normfinder_groups", max(groups, 1)), *_by_gene("normfinder", panel, rho)]


def _by_gene(name: str, genes: Sequence[str], values: Floats) -> list[Figure]:
    return [figure(name, value, of=gene) for gene, value in zip(genes, values, strict=True)]
