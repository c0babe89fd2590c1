"""The figures of the report's quality section, assay by assay."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from exvivo.study import Assay, Qpcr, Results, Study
from exvivo.tables import SIGNAL
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
)
from exvivo.tell.figures.chart import Figure

Titled = tuple[str, Figure]


def quality_figures(
    tables: Mapping[str, pl.DataFrame], study: Study
) -> list[tuple[str, list[Titled]]]:
    """The figures of each assay under the words for it, each with its title; assays without any are
    left out.
    """
    readouts = [assay.readout for assay in study.assays]
    shelves = []
    for assay in study.assays:
        mine = {
            name: tables[name].filter(assay=assay.id) for name in ("wells", "assays", "quantities")
        }
        mine["signals"] = tables["quantities"].filter(assay=assay.id + SIGNAL)
        heading = (
            assay.readout if readouts.count(assay.readout) == 1 else f"{assay.readout} ({assay.id})"
        )
        found = [(title, figure) for title, figure in _figures(assay, mine, study) if figure]
        if found:
            shelves.append((heading, found))
    return shelves


def _figures(
    assay: Assay, mine: Mapping[str, pl.DataFrame], study: Study
) -> list[tuple[str, Figure | None]]:
    wells, fits, name = mine["wells"], mine["assays"], f"assay_{_plain(assay.id)}"
    spread = (
        "Replicates",
        replicates.figure(mine["quantities"], study=study, name=f"{name}_replicates"),
    )
    if not isinstance(assay, Qpcr):
        return [*_immunoassay(assay, mine, study, name), spread]
    return [
        (
            "Amplification curves",
            amplification.figure(wells, study=study, name=f"{name}_amplification"),
        ),
        (
            "Standard curves",
            standard_curve.figure(fits, wells, study=study, name=f"{name}_standard_curve"),
        ),
        ("Cq on the plates", cq_map.figure(fits, wells, study=study, name=f"{name}_cq_map")),
        (
            "Reference genes",
            reference_genes.figure(
                fits, wells, study=study, assay=assay, name=f"{name}_reference_genes"
            ),
        ),
        (
            "Residuals by plate",
            residuals.figure(fits, wells, study=study, name=f"{name}_residuals"),
        ),
        spread,
    ]


def _immunoassay(
    assay: Assay, mine: Mapping[str, pl.DataFrame], study: Study, name: str
) -> list[tuple[str, Figure | None]]:
    wells, fits = mine["wells"], mine["assays"]
    found: list[tuple[str, Figure | None]] = [
        ("Calibration curves", curves.figure(fits, study=study, name=f"{name}_calibration")),
        ("Bead populations", beads.figure(wells, fits, study=study, name=f"{name}_beads")),
        ("Controls by plate", levey_jennings.figure(fits, study=study, name=f"{name}_controls")),
    ]
    if isinstance(assay, Results):
        return found
    read = {
        "wells": wells,
        "assays": fits,
        "quantities": pl.concat([mine["signals"], mine["quantities"]]),
    }
    return [
        *found,
        ("Signals on the plates", plate_map.figure(read, study=study, name=f"{name}_plates")),
        (
            "Signals on the plates, by analyte",
            plate_map.by_analyte(read, study=study, name=f"{name}_plates_by_analyte"),
        ),
    ]


def _plain(name: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)
