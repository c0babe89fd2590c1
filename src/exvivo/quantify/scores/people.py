"""The scores of the people of a study: ANSWERS -> CLINIC.

A ready total stays as it was given. Where there are items the score is that of the items, and a
total beside them is held against it (`reconcile/totals.py`); it counts only where the items give no
score and it is none of the sums that programs make of a form with gaps.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats
from exvivo.quantify.scores.forms import Scored, score_forms
from exvivo.study import Study
from exvivo.study.answered_forms import AnsweredForms, answered_forms
from exvivo.study.clinic_records import Scale
from exvivo.study.scoring import Score
from exvivo.study.totals import counted_totals
from exvivo.tables import CLINIC

_ROW = ["donor", "visit", "scale"]


def scored(answers: pl.DataFrame, *, study: Study) -> pl.DataFrame:
    """The CLINIC table of ANSWERS: a row for every donor, visit and scale that was asked for.

    Answers are possible ones: those outside the range of their item are mistakes before.
    """
    frames = [CLINIC.frame()]
    for forms in answered_forms(answers, study):
        table = study.score_tables.get(forms.key.id)
        coding = forms.questionnaire.coding
        made = score_forms(forms.key, forms.answers, coding=coding, table=table)
        frames += _of_items(forms, made, study)
    frames.append(_totals(answers, study))
    return _in_order(pl.concat(frames), answers, study)


def _totals(answers: pl.DataFrame, study: Study) -> pl.DataFrame:
    """The ready totals, as they were given."""
    totals = answers.filter(pl.col("item").is_null()).drop_nulls("scale")
    ways = {scale.id: scale.higher_is for scale in study.scales}
    return CLINIC.complete(
        totals.filter(pl.col("scale").is_in(list(ways))).with_columns(
            *(pl.lit(None).alias(name) for name in ("lowest", "highest", "standard_error")),
            score=pl.col("answer"),
            higher_is=pl.col("scale").replace_strict(ways, return_dtype=pl.String),
        )
    )


def _of_items(forms: AnsweredForms, made: Scored, study: Study) -> Iterator[pl.DataFrame]:
    """The scores of a questionnaire whose items are there."""
    for scale in study.scales:
        if scale.questionnaire != forms.key.id:
            continue
        column, score = next(each for each in enumerate(forms.key.scores) if each[1].id == scale.id)
        if (made.missing[:, column] >= 0).all():
            yield _rows(forms, made, column, scale, score)


def _rows(
    forms: AnsweredForms, made: Scored, column: int, scale: Scale, score: Score
) -> pl.DataFrame:
    """One score of every form, as rows of CLINIC."""
    own, missing = made.scores[:, column], made.missing[:, column]
    bounds = made.lowest[:, column], made.highest[:, column]
    totals, _ = forms.totals(score.id)
    unasked, untouched = forms.unasked(score.id), ~forms.given(score.id).any(axis=1)
    instead = np.isnan(own) & counted_totals(totals, forms, score, bounds)
    bounded = (np.isnan(own) | (missing > 0)) & ~unasked & ~(instead & untouched)
    profiles = made.profiles.get(score.id, [""] * len(own))
    complete = (missing == 0) & np.array([bool(text) for text in profiles], dtype=bool)
    frame = forms.rows.with_columns(
        scale=pl.lit(scale.id),
        score=_numbers(np.where(instead, totals, own), ~unasked),
        lowest=_numbers(bounds[0], bounded),
        highest=_numbers(bounds[1], bounded),
        standard_error=_numbers(made.standard_errors[:, column], ~unasked),
        missing_items=_numbers(missing.astype(np.float64), ~unasked & ~(instead & untouched)),
        state=pl.Series(_states(own, complete, instead, unasked)),
        profile=pl.Series(profiles, dtype=pl.String).replace("", None),
        higher_is=pl.lit(scale.higher_is),
    )
    return CLINIC.complete(frame)


def _states(own: Floats, complete: Bools, instead: Bools, unasked: Bools) -> list[str]:
    """How each score is known. A profile has no number: it is there where it has no gap."""
    states = np.where(~np.isnan(own) | complete, "scored", "missing")
    states = np.where(instead, "given", states)
    words: list[str] = np.where(unasked, "not applicable", states).tolist()
    return words


def _numbers(values: Floats, there: Bools) -> pl.Series:
    """Numbers as a column; empty where they are not there."""
    numbers = np.where(there, values, np.nan)
    return pl.Series(numbers, dtype=pl.Float64).fill_nan(None)


def _in_order(made: pl.DataFrame, answers: pl.DataFrame, study: Study) -> pl.DataFrame:
    """Rows form by form, as people and visits stand in their file, and scale by scale. A score made
    of items comes before a ready total of the same scale, and is the one that stays.
    """
    forms = answers.select(_ROW[:2]).unique(maintain_order=True).with_row_index("form")
    names = [scale.id for scale in study.scales]
    place = pl.DataFrame({"scale": names, "place": range(len(names))}, orient="col")
    return CLINIC.complete(
        made.unique(_ROW, keep="first", maintain_order=True)
        .join(forms, on=_ROW[:2], how="left", maintain_order="left")
        .join(place, on="scale", how="left", maintain_order="left")
        .sort("form", "place", maintain_order=True)
    )
