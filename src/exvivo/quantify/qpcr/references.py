"""The reference genes of a qPCR assay in numbers: who lacks one, how stable they are, and whether
they hold still.

geNorm and NormFinder rank genes; what a study needs is narrower, that neither a stimulus nor a
diagnosis moves its references, and that is asked with an equivalence margin. The declared
references stay the ones used whatever comes out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from exvivo.figures import Figure, figure, figures_from
from exvivo.quantify.qpcr.cq import SAMPLE
from exvivo.quantify.qpcr.levels import gene_levels, instability
from exvivo.quantify.qpcr.movements import movements
from exvivo.quantify.qpcr.panel import stability_figures
from exvivo.quantify.qpcr.relative import reference_means
from exvivo.quantify.qpcr.stability import GENORM, NORMFINDER
from exvivo.quantify.qpcr.watch import counts
from exvivo.study import Qpcr, Study

_COUNTED = ("reference_wells", "reference_undetected", "reference_unreadable")
_METHOD = f"mean of the reference genes in the same sample; stability: {GENORM}; {NORMFINDER}"


def reference_row(
    reactions: pl.DataFrame, logs: pl.DataFrame, study: Study, assay: Qpcr
) -> dict[str, Any]:
    """The ASSAYS row of the reference genes; `logs` from `log_quantities`.

    Figures (`exvivo.figures`) of each gene: `genorm_m` among the references; `panel_m`,
    `panel_rank` and `normfinder` among references and candidates (targets of the files that are no
    analyte), `genorm_v` of the same panel; `shift` with a stimulus and between two groups, log2
    against the other references (one reference: its own level, for stimuli alone), with its
    interval and verdicts (see `Shift`); `raw_shift` with the amount of cDNA in it.
    """
    genes = list(dict.fromkeys(assay.references))
    is_reference = pl.col("target").is_in(genes)
    samples = reactions.filter(role="sample")
    wells, targets = samples.filter(is_reference), samples.filter(~is_reference)
    complete = reference_means(logs.filter(is_reference), assay, on=["sample"])
    without = targets.join(complete, on="sample", how="anti")
    cq = _mean_of_wells(wells)
    levels = gene_levels(logs, genes)
    return {
        "assay": assay.id,
        "readout": assay.readout,
        "analyte": ", ".join(genes),
        "kind": "reference",
        "unit": "cycles",
        "method": _METHOD,
        "parameters": list(_mean_cq(cq, genes)),
        "covariance": [],
        "figures": [
            *figures_from(_counted(samples, wells, without)),
            *stability_figures(logs, levels, genes),
            *_instability(levels, genes),
            *movements(levels, genes, study, margin=assay.reference_margin),
        ],
        "points": _points(cq, without),
    }


def _mean_of_wells(wells: pl.DataFrame) -> pl.DataFrame:
    """The mean Cq of each sample and reference gene."""
    means = wells.group_by("plate", "sample", "target", *SAMPLE, maintain_order=True).agg(
        pl.col("cq").mean()
    )
    return means.sort("plate", "sample", "target")


def _counted(samples: pl.DataFrame, wells: pl.DataFrame, without: pl.DataFrame) -> dict[str, float]:
    """How many samples and wells there are, and how many are without a reference."""
    return {
        "samples": samples["sample"].n_unique(),
        "samples_without_reference": without["sample"].n_unique(),
        "wells_without_reference": len(without),
        **counts(_COUNTED, wells),
        "cell_types": wells["cell_type"].n_unique(),
    }


def _mean_cq(cq: pl.DataFrame, genes: Sequence[str]) -> Iterator[Figure]:
    for gene in genes:
        values = cq.filter(target=gene)["cq"].drop_nulls().to_numpy()
        if values.size:
            yield figure("mean_cq", values.mean(), of=gene)


def _instability(levels: pl.DataFrame, genes: Sequence[str]) -> list[Figure]:
    """What the error of normalisation carries for genes of their own."""
    sd, df = instability(levels, genes=len(genes))
    return [] if sd is None else figures_from({"instability": sd, "instability_df": df})


def _points(cq: pl.DataFrame, without: pl.DataFrame) -> list[dict[str, object]]:
    """Every sample with the Cq of each of its references; `used` is false for samples that lack
    one.
    """
    lacking = pl.col("sample").is_in(without["sample"].to_list())
    absent = without.join(cq, on="sample", how="anti").unique(["plate", "sample"])
    used = cq.select(well=_label("target"), y="cq", used=pl.col("cq").is_not_null() & ~lacking)
    unused = absent.sort("plate", "sample").select(
        well=_label(), y=pl.lit(None, dtype=pl.Float64), used=pl.lit(False)
    )
    return pl.concat([used, unused]).to_dicts()


def _label(*names: str) -> pl.Expr:
    return pl.concat_str("plate", *SAMPLE, *names, separator=" ", ignore_nulls=True)
