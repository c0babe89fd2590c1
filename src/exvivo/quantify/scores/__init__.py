"""Answers to scores: ANSWERS -> CLINIC."""

from __future__ import annotations

import polars as pl

from exvivo.study import Study
from exvivo.tables import CLINIC


def scored(answers: pl.DataFrame, *, study: Study) -> pl.DataFrame:
    """The CLINIC table of ANSWERS: every scale of the study, donor and visit."""
    ways = pl.DataFrame(
        [(scale.id, scale.higher_is) for scale in study.scales],
        schema={"scale": pl.String, "higher_is": pl.String},
        orient="row",
    )
    totals = answers.drop_nulls("scale").join(ways, on="scale", how="left", maintain_order="left")
    return CLINIC.complete(totals.rename({"answer": "score"}))
