"""Wells to Quantities: every assay's readings on one log2 scale, each with its error and how it is
known.
"""

from __future__ import annotations

from typing import assert_never

import polars as pl

from exvivo.study import Assay, Beads, Immunoassay, Qpcr, Results, Study
from exvivo.table import check
from exvivo.tables import ASSAYS, QUANTITIES, WELLS

__all__ = ["quantify"]


def quantify(wells: pl.DataFrame, *, study: Study) -> tuple[pl.DataFrame, pl.DataFrame]:
    """WELLS of a study to its QUANTITIES and the ASSAYS they rest on, in the order of the study's
    assays.

    Only sample wells become quantities; standards and controls show in the figures of their assay.
    Raises `StudyError` with the mistakes of the first assay that cannot be quantified as the study
    declares it.
    """
    check(WELLS, wells)
    quantities, assays = [QUANTITIES.frame()], [ASSAYS.frame()]
    for assay in study.assays:
        own = wells.filter(pl.col("assay") == assay.id)
        if own.height:
            of_assay, fitted = _quantify_assay(own, study, assay)
            quantities.append(of_assay)
            assays.append(fitted)
    return check(QUANTITIES, pl.concat(quantities)), check(ASSAYS, pl.concat(assays))


def _quantify_assay(
    wells: pl.DataFrame, study: Study, assay: Assay
) -> tuple[pl.DataFrame, pl.DataFrame]:
    # Each kind is imported where it is met: a study of one kind does not wait for the others.
    if isinstance(assay, Qpcr):
        from exvivo.quantify.qpcr import quantify_qpcr

        return quantify_qpcr(wells, study=study, assay=assay)
    if isinstance(assay, Beads):
        from exvivo.quantify.beads import quantify_beads

        return quantify_beads(wells, study=study, assay=assay)
    if isinstance(assay, Immunoassay):
        from exvivo.quantify.immunoassay import quantify_immunoassay

        return quantify_immunoassay(wells, study=study, assay=assay)
    if isinstance(assay, Results):
        from exvivo.quantify.results import quantify_results

        return quantify_results(wells, study=study, assay=assay)
    assert_never(assay)
