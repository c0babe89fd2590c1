"""A qPCR assay, from its wells to relative quantities: the door of this folder."""

from __future__ import annotations

import polars as pl

from exvivo.quantify.qpcr.calibrators import without_plate_offsets
from exvivo.quantify.qpcr.controls import bounded_by_controls, with_controls
from exvivo.quantify.qpcr.copies import with_copies
from exvivo.quantify.qpcr.cq import read_cq
from exvivo.quantify.qpcr.efficiency import fit_efficiencies
from exvivo.quantify.qpcr.melting import melting
from exvivo.quantify.qpcr.quality import assay_rows
from exvivo.quantify.qpcr.relative import log_quantities, relative_quantities
from exvivo.quantify.qpcr.spread import replicate_spread
from exvivo.study import Qpcr, Study


def quantify_qpcr(
    wells: pl.DataFrame, *, study: Study, assay: Qpcr
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """QUANTITIES and ASSAYS of one qPCR assay from its WELLS (rows of other assays must not be
    among them).

    Quantities are log2 of the amount relative to the reference genes of the same sample. Errors
    shared by wells: the efficiency of each target (`E:assay:target`), what all efficiencies read
    from curves err by together (`E:assay`), the mean of the references of a sample
    (`ref:assay:plate:sample`), what its references do on their own (`genes:assay:sample`), and what
    the controls of a plate or sample show of a target (`control:assay:role:plate:target`). A well
    that its control bounds is no value (`controls`). Raises `StudyError` where a declared reference
    is in no file, a well lacks what `cq` declares, or standards run the wrong way.
    """
    called = read_cq(wells, assay)
    efficiencies = fit_efficiencies(called.reactions, assay, growth=called.growth)
    reactions = with_copies(called.reactions, efficiencies, assay)
    spread = replicate_spread(reactions)
    reactions = with_controls(reactions, spread, efficiencies, wells, assay)
    held = bounded_by_controls(reactions)
    logs = without_plate_offsets(log_quantities(held, spread, efficiencies, assay))
    quantities = relative_quantities(logs, assay)
    return quantities, assay_rows(
        reactions, logs, spread, efficiencies, assay, study=study, melted=melting(wells)
    )
