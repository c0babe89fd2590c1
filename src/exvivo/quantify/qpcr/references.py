"""The reference genes of a qPCR assay in numbers: who lacks one, how stable they are, and whether
they hold still.

geNorm and NormFinder rank genes; what a study needs is narrower, that neither a stimulus nor a
diagnosis moves its references, and that is asked with an equivalence margin. The declared
references stay the ones used whatever comes out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import polars as pl

from exvivo.figures import Figure, figure, figures_from
from exvivo.quantify.qpcr.cq import SAMPLE
from exvivo.quantify.qpcr.equivalence import Shift, mean_shift, shift_between
from exvivo.quantify.qpcr.levels import gene_levels, instability
from exvivo.quantify.qpcr.panel import stability_figures
from exvivo.quantify.qpcr.relative import reference_means
from exvivo.quantify.qpcr.stability import GENORM, NORMFINDER
from exvivo.study import Qpcr, Study

_PAIR = ["plate", "donor", "visit", "cell_type"]
"""What a stimulated sample and its unstimulated one have in common."""


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
    wells = reactions.filter((pl.col("role") == "sample") & pl.col("target").is_in(genes))
    targets = reactions.filter((pl.col("role") == "sample") & ~pl.col("target").is_in(genes))
    cq = (
        wells.group_by("plate", "sample", "target", *SAMPLE, maintain_order=True)
        .agg(pl.col("cq").mean())
        .sort("plate", "sample", "target")
    )
    complete = reference_means(logs.filter(pl.col("target").is_in(genes)), assay, on=["sample"])
    lacking = targets.select("sample").unique().join(complete, on="sample", how="anti")
    levels = gene_levels(logs, genes)
    figures = [
        *figures_from(_samples(wells, targets, lacking)),
        *stability_figures(logs, levels, genes),
        *figures_from(_carried(levels, genes)),
        *_movements(levels, genes, study, assay),
    ]
    return {
        "assay": assay.id,
        "readout": assay.readout,
        "analyte": ", ".join(genes),
        "plate": None,
        "kind": "reference",
        "key": None,
        "unit": "cycles",
        "method": f"mean of the reference genes in the same sample; stability: {GENORM}; {NORMFINDER}",
        "parameters": _mean_cq(cq, genes),
        "covariance": [],
        "figures": figures,
        "points": _points(cq, lacking, targets),
    }


def _samples(wells: pl.DataFrame, targets: pl.DataFrame, lacking: pl.DataFrame) -> dict[str, float]:
    samples = pl.concat([wells.select("sample"), targets.select("sample")]).unique()
    undetected = float(wells["late"].sum())
    return {
        "samples": float(samples.height),
        "samples_without_reference": float(lacking.height),
        "wells_without_reference": float(targets.join(lacking, on="sample", how="semi").height),
        "reference_wells": float(wells.height),
        "reference_undetected": undetected,
        "reference_unreadable": wells.height - float(wells["cq"].count()) - undetected,
        "cell_types": float(wells["cell_type"].n_unique()),
    }


def _mean_cq(cq: pl.DataFrame, genes: Sequence[str]) -> list[Figure]:
    read = {
        gene: cq.filter((pl.col("target") == gene) & pl.col("cq").is_not_null())["cq"]
        for gene in genes
    }
    return [
        figure("mean_cq", values.to_numpy().mean(), of=gene)
        for gene, values in read.items()
        if values.len()
    ]


def _carried(levels: pl.DataFrame, genes: Sequence[str]) -> dict[str, float]:
    """What the error of normalisation carries for genes of their own."""
    sd, freedom = instability(levels, genes=len(genes))
    return {} if sd is None else {"instability": sd, "instability_df": float(freedom)}


def _movements(
    levels: pl.DataFrame, genes: Sequence[str], study: Study, assay: Qpcr
) -> list[Figure]:
    """Every shift with a stimulus and between two groups, each held against the margin."""
    levels = levels.with_columns(level=pl.col("quantity") - pl.col("others").fill_null(0.0))
    margin = assay.reference_margin
    figures = figures_from({"margin": margin})
    for moved in _with_stimuli(levels, genes, study):
        figures += moved.figures(_interval("shift", moved.shift) | _verdicts(moved.shift, margin))
    if len(genes) < 2:
        return figures
    for moved in _between_groups(levels, genes, study):
        figures += moved.figures(_interval("shift", moved.shift) | _verdicts(moved.shift, margin))
    raw = levels.with_columns(level=pl.col("quantity"))
    for moved in _with_stimuli(raw, genes, study):
        figures += moved.figures(_interval("raw_shift", moved.shift))
    return figures


@dataclass(frozen=True, slots=True)
class _Moved:
    """The shift of a gene in one condition against a baseline (None: without stimulus)."""

    gene: str
    condition: str
    baseline: str | None
    shift: Shift

    def figures(self, values: dict[str, float]) -> list[Figure]:
        return [
            figure(name, value, of=self.gene, condition=self.condition, baseline=self.baseline)
            for name, value in values.items()
        ]


def _with_stimuli(levels: pl.DataFrame, genes: Sequence[str], study: Study) -> Iterator[_Moved]:
    """Stimulated minus unstimulated level of each gene, paired within a plate and donor's cells;
    one value a donor.
    """
    control = study.control_stimulus()
    if control is None:
        return
    levels = levels.with_columns(pl.col("stimulus").fill_null(control))
    means = levels.group_by(*_PAIR, "stimulus", "target", maintain_order=True).agg(
        pl.col("level").mean()
    )
    base = (
        means.filter(pl.col("stimulus") == control)
        .rename({"level": "unstimulated"})
        .drop("stimulus")
    )
    pairs = means.filter(pl.col("stimulus") != control).join(
        base, on=[*_PAIR, "target"], nulls_equal=True
    )
    donors = pairs.group_by("stimulus", "target", "donor", maintain_order=True).agg(
        (pl.col("level") - pl.col("unstimulated")).mean().alias("shift")
    )
    for stimulus in study.stimuli:
        for gene in genes:
            values = (
                donors.filter(stimulus=stimulus.id, target=gene).sort("donor")["shift"].to_numpy()
            )
            if values.size:
                yield _Moved(gene, stimulus.id, None, mean_shift(values))


def _between_groups(levels: pl.DataFrame, genes: Sequence[str], study: Study) -> Iterator[_Moved]:
    """The unstimulated level of each gene in one group minus that in another, one value a donor."""
    control = study.control_stimulus()
    unstimulated = pl.col("stimulus").fill_null(control) == control if control else pl.lit(True)
    donors = (
        levels.filter(unstimulated & pl.col("donor").is_not_null())
        .group_by("group", "target", "donor", maintain_order=True)
        .agg(pl.col("level").mean())
        .sort("donor")
    )
    for first, second in combinations([group.id for group in study.groups], 2):
        for gene in genes:
            one, other = (
                donors.filter(group=group, target=gene)["level"].to_numpy()
                for group in (first, second)
            )
            if one.size and other.size:
                yield _Moved(gene, first, second, shift_between(one, other))


def _verdicts(shift: Shift, margin: float) -> dict[str, float]:
    return {
        "shift_donors": float(shift.donors),
        "shift_within": float(shift.within(margin)),
        "shift_moves": float(shift.moves(margin)),
    }


def _interval(name: str, shift: Shift) -> dict[str, float]:
    if math.isnan(shift.lower):
        return {name: shift.mean}
    return {name: shift.mean, f"{name}_lower": shift.lower, f"{name}_upper": shift.upper}


def _points(
    cq: pl.DataFrame, lacking: pl.DataFrame, targets: pl.DataFrame
) -> list[dict[str, object]]:
    """Every sample with the Cq of each of its references; `used` is false for samples that lack
    one.
    """
    without = set(lacking["sample"])
    rows = [
        {
            "well": f"{row['plate']} {_words(row)} {row['target']}",
            "x": None,
            "y": row["cq"],
            "fitted": None,
            "used": row["cq"] is not None and row["sample"] not in without,
        }
        for row in cq.iter_rows(named=True)
    ]
    absent = targets.join(lacking, on="sample", how="semi").join(cq, on="sample", how="anti")
    rows += [
        {
            "well": f"{row['plate']} {_words(row)}",
            "x": None,
            "y": None,
            "fitted": None,
            "used": False,
        }
        for row in absent.unique(["plate", "sample"]).sort("plate", "sample").iter_rows(named=True)
    ]
    return rows


def _words(row: dict[str, object]) -> str:
    return " ".join(str(row[name]) for name in SAMPLE if row[name] is not None)
