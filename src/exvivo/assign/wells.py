"""Give every reading its place in the study. A reading of a well the study does not know is asked about, never dropped."""

from __future__ import annotations

import polars as pl

from exvivo.errors import StudyError
from exvivo.study import Study
from exvivo.tables import LAYOUT, READINGS, WELLS, check

_SHOWN = 8
"""How many wells a message names before it counts the rest."""


def assign(readings: pl.DataFrame, *, study: Study) -> pl.DataFrame:
    """The WELLS table: every reading with its donor, condition and role from the plate layouts.

    Raises `StudyError` where files hold wells that no layout names, or files and layouts share no well.
    """
    check(READINGS, readings)
    check(LAYOUT, study.layout)
    mistakes = [mistake for plate in study.plates for mistake in _well_mistakes(readings, plate, study)]
    if mistakes:
        raise StudyError(mistakes)
    wells = (
        readings.join(study.layout.drop("line", "file"), on=["plate", "well"], how="left", maintain_order="left")
        .join(_plates(study), on="plate", how="left", maintain_order="left")
        .join(_analytes(study), on=["assay", "channel"], how="left", maintain_order="left")
    )
    own = pl.col("nominals").list.eval(
        pl.element().filter(pl.element().struct.field("name") == "")
    )  # replaced below where an analyte has a nominal of its own
    del own
    wells = wells.with_columns(nominal=pl.coalesce(_own_nominal(wells), pl.col("nominal")))
    return check(WELLS, wells.select(WELLS.schema.names()))
