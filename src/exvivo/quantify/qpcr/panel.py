"""geNorm and NormFinder of the reference genes, and of candidates that stand in the same files, as
figures of the assay.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.quantify.qpcr.levels import CONDITION, gene_levels, matrix, numbered
from exvivo.quantify.qpcr.stability import genorm, genorm_m, normfinder

_FEWEST = 3
"""Samples (of a group) from which the spread of a log ratio says anything; NormFinder needs as many
genes.
"""


def stability_figures(
    logs: pl.DataFrame, levels: pl.DataFrame, genes: Sequence[str]
) -> dict[str, float]:
    """M among the references `genes` (geNorm); geNorm and NormFinder among references and
    candidates, the panel.

    `levels` are the references' `gene_levels`. Only samples with every gene enter:
    `stability_samples` for the references, `panel_samples` for the panel, which may be fewer.
    """
    n = levels.height // len(genes)
    figures = {"stability_samples": float(n)}
    if len(genes) > 1 and n >= _FEWEST:
        figures |= _by_gene("genorm_m", genes, genorm_m(matrix(levels, genes=len(genes))))
    rest = candidates(logs, genes, samples=levels["sample"].n_unique())
    panel = [*genes, *rest]
    wide = gene_levels(logs, panel) if rest else levels
    if len(panel) < _FEWEST or wide.height < _FEWEST * len(panel):
        return figures
    y, condition = matrix(wide, genes=len(panel)), numbered(wide, CONDITION, genes=len(panel))
    figures |= {f"candidate:{gene}": 1.0 for gene in rest}
    figures |= {
        "panel_samples": float(len(y)),
        **_genorm(y, panel),
        **_best_pair(y, panel, chosen=len(genes)),
    }
    kept = np.bincount(condition)[condition] >= _FEWEST
    groups = int(np.unique(condition[kept]).size)
    rho = normfinder(y[kept], condition[kept]) if groups > 1 else normfinder(y)
    return figures | {
        "normfinder_groups": float(max(groups, 1)),
        **_by_gene("normfinder", panel, rho),
    }


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


def _genorm(y: Floats, panel: Sequence[str]) -> dict[str, float]:
    found = genorm(y)
    figures = _by_gene("panel_m", panel, found.m) | _by_gene(
        "panel_rank", panel, found.rank.astype(np.float64)
    )
    return figures | {f"genorm_v:{n}/{more}": v for n, more, v in found.variation}


def _best_pair(y: Floats, panel: Sequence[str], *, chosen: int) -> dict[str, float]:
    """The M of the pair of the panel whose ratio varies least, and of the chosen references in the
    same samples.
    """
    spread = (y[:, :, None] - y[:, None, :]).std(axis=0, ddof=1)
    first, second = np.unravel_index(
        np.argmin(np.where(np.eye(len(panel)) > 0, np.inf, spread)), spread.shape
    )
    figures = {f"best_pair:{panel[i]}": 1.0 for i in sorted((int(first), int(second)))}
    figures["best_pair_m"] = float(spread[first, second])
    if chosen > 1:
        figures["references_m"] = float(genorm_m(y[:, :chosen]).mean())
    return figures


def _by_gene(name: str, genes: Sequence[str], values: Floats) -> dict[str, float]:
    return {f"{name}:{gene}": float(value) for gene, value in zip(genes, values, strict=True)}
