"""The rows of the responses table that belong to a finding, and where an undetected result is
drawn.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Measured

MARKS = {"left": "triangle-down", "right": "triangle-up"}
"""An undetected result is drawn as a triangle at its bound that points to where it lies."""


def responses_of(finding: Finding, responses: pl.DataFrame, *, question: Measured) -> pl.DataFrame:
    """The donors a finding is about: same assay, analyte, cell type and condition."""
    estimand = "response" if question.stimulus else "level"
    mine = (
        (pl.col("estimand") == estimand)
        & (pl.col("assay") == finding.assay)
        & (pl.col("on") == finding.on)
        & (pl.col("analyte") == finding.analyte)
        & pl.col("cell_type").eq_missing(pl.lit(finding.cell_type, dtype=pl.String))
    )
    rows = responses.filter(mine)
    if finding.stimulus is not None or estimand == "response":
        rows = rows.filter(pl.col("stimulus").eq_missing(pl.lit(finding.stimulus, dtype=pl.String)))
    return rows.sort("group", "donor", "visit")


def place(row: Mapping[str, Any]) -> float | None:
    """Where a result is drawn: its value, or the bound of an undetected one; the middle between two
    bounds.

    None where a donor's wells say nothing at all (both conditions undetected): there is no place
    for that.
    """
    censor = row["censor"]
    if censor == "none":
        value = row["value"]
    elif censor == "left":
        value = row["upper"]
    elif censor == "right":
        value = row["lower"]
    else:
        value = (row["lower"] + row["upper"]) / 2
    return None if value is None or not math.isfinite(value) else float(value)
