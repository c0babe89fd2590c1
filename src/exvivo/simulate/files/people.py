"""The people of a drawn study as donors.csv and clinic.csv."""

from __future__ import annotations

import polars as pl

from exvivo.simulate.files.places import OneStudy
from exvivo.simulate.population.donor_table import donor_table
from exvivo.simulate.population.tables import Tables


def donors_csv(study: OneStudy) -> str:
    """donors.csv: everybody who was not lost."""
    return donors(study).write_csv()


def donors(study: OneStudy) -> pl.DataFrame:
    """One row a donor who was not lost, all cells as text."""
    table = donor_table(study.model, study.drawn.exposed[study.number])
    return table.filter(pl.Series(study.drawn.present[study.number]))


def clinic_csv(study: OneStudy) -> str:
    """clinic.csv: one row a donor and visit, one column a scale; the visit is left out where there
    is one.
    """
    table = scores(study)
    if table["visit"].n_unique() < 2:
        table = table.drop("visit")
    return table.write_csv()


def scores(study: OneStudy) -> pl.DataFrame:
    """One row a donor and visit, one column a scale."""
    model, present = study.model, study.drawn.present[study.number]
    drawn = study.drawn.scores[study.number]
    visits = list(dict.fromkeys(score.visit for score in model.scores))
    rows = [
        {"donor": name, "visit": visit}
        | {
            score.scale: float(drawn[donor, column])
            for column, score in enumerate(model.scores)
            if score.visit == visit
        }
        for donor, name in enumerate(study.donors)
        if present[donor]
        for visit in visits
    ]
    schema = {"donor": pl.String, "visit": pl.String}
    scales = dict.fromkeys((score.scale for score in model.scores), pl.Float64)
    return _whole(pl.DataFrame(rows, schema={**schema, **scales}), list(scales))


def _whole(table: pl.DataFrame, scales: list[str]) -> pl.DataFrame:
    """Scores without a decimal point where all of a scale are whole numbers."""
    whole = [name for name in scales if (table[name].drop_nulls() % 1 == 0).all()]
    return table.with_columns(pl.col(whole).cast(pl.Int64)) if whole else table


def cultures_csv(study: OneStudy) -> str:
    """cultures.csv: every culture, where a donor has several under one condition."""
    wells = Tables.of(study.model).wells.select("culture", "donor", "visit", "cell_type")
    present = donors(study)["donor"].to_list()
    own = wells.unique(maintain_order=True).filter(pl.col("donor").is_in(present))
    stated = [name for name in own.columns if own[name].null_count() == 0]
    return own.select(stated).write_csv()
