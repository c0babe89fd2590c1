"""The people of a drawn study as donors.csv and clinic.csv."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
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
    scales = dict.fromkeys((score.scale for score in study.model.scores), pl.Float64)
    schema = {"donor": pl.String, "visit": pl.String, **scales}
    return _whole(pl.DataFrame(list(_visits(study)), schema=schema), list(scales))


def _visits(study: OneStudy) -> Iterator[dict[str, str | float]]:
    """The scores of each visit of everybody who was not lost."""
    visits = list(dict.fromkeys(score.visit for score in study.model.scores))
    present = study.drawn.present[study.number]
    for donor in np.flatnonzero(present).tolist():
        for visit in visits:
            yield {"donor": study.donors[donor], "visit": visit, **_given(study, donor, visit)}


def _given(study: OneStudy, donor: int, visit: str) -> dict[str, float]:
    """The scores that a donor has at a visit, by scale."""
    drawn = study.drawn.scores[study.number][donor].tolist()
    of_all = zip(study.model.scores, drawn, strict=True)
    return {score.scale: value for score, value in of_all if score.visit == visit}


def _whole(table: pl.DataFrame, scales: list[str]) -> pl.DataFrame:
    """Scores without a decimal point where all of a scale are whole numbers."""
    whole = [name for name in scales if _is_whole(table[name])]
    return table.with_columns(pl.col(whole).cast(pl.Int64)) if whole else table


def _is_whole(scores: pl.Series) -> bool:
    """Whether no score has a fraction."""
    return (scores.drop_nulls() % 1 == 0).all()


def cultures_csv(study: OneStudy) -> str:
    """cultures.csv: every culture, where a donor has several under one condition."""
    wells = Tables.of(study.model).wells.select("culture", "donor", "visit", "cell_type")
    present = donors(study)["donor"].to_list()
    own = wells.unique(maintain_order=True).filter(pl.col("donor").is_in(present))
    stated = [name for name in own.columns if own[name].null_count() == 0]
    return own.select(stated).write_csv()
