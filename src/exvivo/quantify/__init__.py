"""Wells to Quantities: every assay's readings on one log2 scale, each with its error and how it is
known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import assert_never

import polars as pl

from exvivo.cache import Argument, Cache
from exvivo.study import Assay, Beads, Immunoassay, Plan, Qpcr, Results, Study
from exvivo.table import check
from exvivo.tables import ASSAYS, QUANTITIES, WELLS

__all__ = ["quantify"]


def quantify(
    wells: pl.DataFrame, *, study: Study, cache: Cache | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """WELLS of a study to its QUANTITIES and the ASSAYS they rest on, in the order of the study's
    assays. An assay none of whose wells changed is taken from the `cache`, and so are the bead
    populations of such a plate.

    Only sample wells become quantities; standards and controls show in the figures of their assay.
    Raises `StudyError` with the mistakes of the first assay that cannot be quantified as the study
    declares it.
    """
    check(WELLS, wells)
    quantities, assays = [QUANTITIES.frame()], [ASSAYS.frame()]
    for assay in study.assays:
        own = wells.filter(pl.col("assay") == assay.id)
        if own.height:
            of_assay, fitted = _kept(own, _seen_by(assay, study), assay, cache or Cache())
            quantities.append(of_assay)
            assays.append(fitted)
    return check(QUANTITIES, pl.concat(quantities)), check(ASSAYS, pl.concat(assays))


def _seen_by(assay: Assay, study: Study) -> Study:
    """What an assay may know of its study: nothing of questions, people or other assays. So its
    quantities can depend on nothing else.
    """
    plates = tuple(plate for plate in study.plates if plate.assay == assay.id)
    names = [plate.id for plate in plates]
    return replace(
        study,
        title="",
        assays=(assay,),
        plates=plates,
        scales=(),
        visits=(),
        missing=(),
        questions=(),
        plan=Plan(),
        open=(),
        accept=(),
        root=Path(),
        donors=pl.DataFrame(),
        cultures=pl.DataFrame(),
        layout=_of_plates(study.layout, names),
        exclusions=_of_plates(study.exclusions, names),
    )


def _of_plates(table: pl.DataFrame, plates: list[str]) -> pl.DataFrame:
    """The rows of some plates; of a table without columns itself."""
    return table.filter(pl.col("plate").is_in(plates)) if table.columns else table


def _kept(
    wells: pl.DataFrame, study: Study, assay: Assay, cache: Cache
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The QUANTITIES and ASSAYS of one assay, from the cache where it has them."""
    arguments = (*_parts_of(study), wells)
    quantities, assays = cache.frames(
        "quantities", arguments, lambda: _quantify_assay(wells, study, assay, cache)
    )
    return quantities, assays


def _parts_of(study: Study) -> Iterator[Argument]:
    """All that a study says, field by field: tables whole, since their words are cut short."""
    for field in fields(study):
        value = getattr(study, field.name)
        yield value if isinstance(value, pl.DataFrame) else f"{field.name}: {value!r}"


def _quantify_assay(
    wells: pl.DataFrame, study: Study, assay: Assay, cache: Cache
) -> tuple[pl.DataFrame, pl.DataFrame]:
    # Each kind is imported where it is met: a study of one kind does not wait for the others.
    if isinstance(assay, Qpcr):
        from exvivo.quantify.qpcr import quantify_qpcr

        return quantify_qpcr(wells, study=study, assay=assay)
    if isinstance(assay, Beads):
        from exvivo.quantify.beads import quantify_beads

        return quantify_beads(wells, study=study, assay=assay, cache=cache)
    if isinstance(assay, Immunoassay):
        from exvivo.quantify.immunoassay import quantify_immunoassay

        return quantify_immunoassay(wells, study=study, assay=assay)
    if isinstance(assay, Results):
        from exvivo.quantify.results import quantify_results

        return quantify_results(wells, study=study, assay=assay)
    assert_never(assay)
