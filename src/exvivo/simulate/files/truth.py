"""What is true of a drawn study, as the tables of its folder truth/."""

from __future__ import annotations

import polars as pl

from exvivo.simulate.files.places import OneStudy
from exvivo.simulate.population.tables import Tables
from exvivo.simulate.population.truths import truths

_KEY = ("assay", "analyte", "donor", "visit", "cell_type", "culture", "stimulus", "replicate")


def truth_tables(study: OneStudy) -> dict[str, pl.DataFrame]:
    """Every table of truth/ by its name: the true answers, what each well was drawn with, and the
    numbers all of it was drawn from.
    """
    return {
        "answers": pl.DataFrame([vars(each) for each in truths(study.model)]),
        "wells": _wells(study),
        "assumptions": pl.DataFrame(
            [source._asdict() for source in study.model.sources], infer_schema_length=None
        ),
    }


def _wells(study: OneStudy) -> pl.DataFrame:
    """log2 of the amount in every well, before any limit."""
    drawn, number = study.drawn, study.number
    tables = Tables.of(study.model)
    every = pl.Series(drawn.values[number].transpose(1, 0, 2, 3).ravel())
    donors = tables.donors(drawn, number)["donor"].to_list()
    table = tables.wells.select(_KEY).with_columns(log2_amount=every)
    return table.filter(pl.col("donor").is_in(donors))
