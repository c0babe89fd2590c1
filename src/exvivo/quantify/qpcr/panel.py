"""geNorm and NormFinder of the reference genes, and of candidates that stand in the same files, as
figures of the assay.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.figures import Figure, figure, figures_from
from exvivo.quantify.qpcr.levels import CONDITION, gene_levels, matrix, numbered
from exvivo.quantify.qpcr.stability import genorm, genorm_m, normfinder

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
    wide = gene_levels(logs, panel) if rest else levels
    if len(panel) < _FEWEST or wide.height < _FEWEST * len(panel):
        return figures
    y, condition = matrix(wide, genes=len(panel)), numbered(wide, CONDITION, genes=len(panel))
    figures += _by_gene("candidate", rest, np.ones(len(rest)))
    figures += [
        figure("panel_samples", len(y)),
        *_genorm(y, panel),
        *_best_pair(y, panel, chosen=len(genes)),
    ]
    kept = np.bincount(condition)[condition] >= _FEWEST
    groups = int(np.unique(condition[kept]).size)
    rho = normfinder(y[kept], condition[kept]) if groups > 1 else normfinder(y)
    return [
        *figures,
        figure("normfinder_groups", max(groups, 1)),
        *_by_gene("normfinder", panel, rho),
    ]


def candidates(logs: pl.DataFrame, genes: Sequence[str], *, samples: int) -> list[str]:
    """Targets that are neither analyte nor reference, seen in at least half as many samples as the
    references are.
    """
    other = logs.filter(
        pl.col("analyte").is_null()
        & ~pl.col("target").is_in(list(genes))
        & pl.col("cq").is_not_null()
    )
    seen = other.group_by("target", maintain_order=True).agg(pl.col("sample").n_unique())
    return seen.filter(2 * pl.col("sample") >= max(samples, 2))["target"].sort().to_list()


def _genorm(y: Floats, panel: Sequence[str]) -> list[Figure]:
    found = genorm(y)
    return [
        *_by_gene("panel_m", panel, found.m),
        *_by_gene("panel_rank", panel, found.rank.astype(np.float64)),
        *(figure("genorm_v", v, of=f"{n}/{more}") for n, more, v in found.variation),
    ]


def _best_pair(y: Floats, panel: Sequence[str], *, chosen: int) -> list[Figure]:
    """The M of the pair of the panel whose ratio varies least, and of the chosen references in the
    same samples.
    """
    spread = (y[:, :, None] - y[:, None, :]).std(axis=0, ddof=1)
    first, second = np.unravel_index(
        np.argmin(np.where(np.eye(len(panel)) > 0, np.inf, spread)), spread.shape
    )
    figures = [figure("best_pair", 1.0, of=panel[i]) for i in sorted((int(first), int(second)))]
    figures.append(figure("best_pair_m", spread[first, second]))
    if chosen > 1:
        figures.append(figure("references_m", genorm_m(y[:, :chosen]).mean()))
    return figures


def _by_gene(name: str, genes: Sequence[str], values: Floats) -> list[Figure]:
    return [figure(name, value, of=gene) for gene, value in zip(genes, values, strict=True)]
