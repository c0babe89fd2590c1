"""Type-I error of every method that answers, on studies drawn from the data model in which nothing
that is asked is true: at most the end of the 99 % band around 5 %.
"""

from __future__ import annotations

import polars as pl

from benchmarks.row import Row
from calibration.drawn import SETTINGS, drawn_answers
from calibration.methods import ALPHA, FEWEST, can_answer, false_claims, summary

STUDIES, AT_ONCE = 20, 1000


def rows() -> list[Row]:
    """One row a method and kind of study."""
    answers = [
        drawn_answers(setting, null=True, studies=STUDIES, at_once=AT_ONCE) for setting in SETTINGS
    ]
    stored = summary(pl.concat(answers)).filter(pl.col("null") >= FEWEST)
    return [_row(row) for row in stored.to_dicts() if row["method"] in can_answer()]


def _row(row: dict[str, object]) -> Row:
    share = false_claims(row)
    return Row(
        what=f"claims of what is not there, {share.what}"[:62],
        value=share.value,
        unit=f"of {share.trials}",
        bar=f"<= {max(share.band[1], ALPHA):.4f}",
    )
