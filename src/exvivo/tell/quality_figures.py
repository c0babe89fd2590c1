"""The figures of the report's quality section: assay by assay, then the joint model's chains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from exvivo.study import Assay, Beads, Immunoassay, Qpcr, Results, Study
from exvivo.tell.figures import (
    amplification,
    beads,
    cq_map,
    curves,
    levey_jennings,
    plate_map,
    reference_genes,
    replicates,
    residuals,
    standard_curve,
    traces,
)
from exvivo.tell.figures.chart import Figure
from exvivo.tell.stems import assay_stems
from exvivo.tell.tables import Tables

Titled = tuple[str, Figure]
_Maybe = Iterator[tuple[str, Figure | None]]


def quality_figures(tables: Tables, study: Study) -> list[tuple[str, list[Titled]]]:
    """The figures of each assay under the words for it, each with its title, then those of the
    joint model; assays without any are left out.
    """
    shelves = []
    for assay in study.assays:
        figures = [
            (title, figure)
            for title, figure in _figures(assay, tables.of_assay(assay.id), study)
            if figure
        ]
        if figures:
            shelves.append((_heading(assay, study), figures))
    chains = traces.figure(tables.findings, study=study, name="joint_model_chains")
    if chains:
        shelves.append(("joint model", [("Chains of the worst series", chains)]))
    return shelves


def _heading(assay: Assay, study: Study) -> str:
    readouts = [each.readout for each in study.assays]
    if readouts.count(assay.readout) == 1:
        return assay.readout
    return f"{assay.readout} ({assay.id})"


def _figures(assay: Assay, tables: Tables, study: Study) -> _Maybe:
    name = f"assay_{assay_stems(study)[assay.id]}"
    match assay:
        case Qpcr():
            yield from _of_qpcr(assay, tables, study, name)
        case Beads() | Immunoassay():
            yield from _of_fits(tables, study, name)
            yield from _of_plates(tables, study, name)
        case Results():
            yield from _of_fits(tables, study, name)
        case _:
            assert_never(assay)
    spread = replicates.figure(tables.amounts, study=study, name=f"{name}_replicates")
    yield "Replicates", spread


def _of_qpcr(assay: Qpcr, tables: Tables, study: Study, name: str) -> _Maybe:
    wells, fits = tables.wells, tables.assays
    amplified = amplification.figure(wells, study=study, name=f"{name}_amplification")
    standards = standard_curve.figure(fits, wells, study=study, name=f"{name}_standard_curve")
    genes = reference_genes.figure(
        fits, wells, study=study, assay=assay, name=f"{name}_reference_genes"
    )
    yield "Amplification curves", amplified
    yield "Standard curves", standards
    yield "Cq on the plates", cq_map.figure(fits, wells, study=study, name=f"{name}_cq_map")
    yield "Reference genes", genes
    by_plate = residuals.figure(fits, wells, study=study, name=f"{name}_residuals")
    yield "Residuals by plate", by_plate


def _of_fits(tables: Tables, study: Study, name: str) -> _Maybe:
    wells, fits = tables.wells, tables.assays
    yield "Calibration curves", curves.figure(fits, study=study, name=f"{name}_calibration")
    yield "Bead populations", beads.figure(wells, fits, study=study, name=f"{name}_beads")
    yield "Controls by plate", levey_jennings.figure(fits, study=study, name=f"{name}_controls")


def _of_plates(tables: Tables, study: Study, name: str) -> _Maybe:
    yield "Signals on the plates", plate_map.figure(tables, study=study, name=f"{name}_plates")
    by_analyte = plate_map.by_analyte(tables, study=study, name=f"{name}_plates_by_analyte")
    yield "Signals on the plates, by analyte", by_analyte
