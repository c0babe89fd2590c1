"""RT-qPCR: how the wells of a sample are spread over plates."""

from __future__ import annotations

import polars as pl

from exvivo.flag.look import Flags, Look, flag, listed
from exvivo.flagged import Scope
from exvivo.study import Qpcr


def references_on_other_plates(look: Look) -> Flags:
    """Analytes with samples on plates that hold no reference gene: those of another plate serve
    them.
    """
    for assay in look.assays_of(Qpcr):
        samples = look.wells.filter(assay=assay.id, role="sample")
        references = samples.filter(pl.col("channel").is_in(assay.references))["plate"].unique()
        elsewhere = ~pl.col("plate").is_in(references.to_list()) & bool(references.len())
        apart = samples.filter(elsewhere).drop_nulls("analyte")
        for (analyte,), rows in apart.group_by(["analyte"], maintain_order=True):
            plates = rows["plate"].unique(maintain_order=True)
            yield flag(
                "assays",
                f"{assay.id} {analyte}: plates {listed(plates)}",
                scope=Scope(assays=(assay.id,), analytes=(str(analyte),), plates=tuple(plates)),
                severity="note",
                what=f"no reference gene on plates with {analyte}: those of other plates serve",
                why=(
                    "what two plates differ in (a reagent, a run) stays in the ratio of gene and "
                    "reference; where one plate holds all samples of a gene it is the same for all"
                ),
                cure=(
                    "run the reference genes on each plate, and all samples of a gene on one; "
                    "else put the same calibrator on every plate"
                ),
            )
