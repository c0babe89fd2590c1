"""Answers and ready totals that a questionnaire cannot have."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from exvivo.errors import Mistake
from exvivo.study.questionnaires import answer_columns, coding_of, key_of
from exvivo.study.records import Study
from exvivo.study.scoring import Item

Range = tuple[float, float]


def impossible_answers(answers: pl.DataFrame, study: Study) -> Iterator[Mistake]:
    """A mistake for each row of ANSWERS whose number is outside the range of its item or scale."""
    for column in answer_columns(study):
        own = answers.filter(pl.col("column") == column.name).drop_nulls("answer")
        if column.item is not None:
            bounds = _range_of(column.item, column.questionnaire, study)
            whole = column.item.kind == "choice"
            name = f"item {column.item.id} of {column.questionnaire}"
            yield from _outside(own, bounds, whole=whole, of=(column.name, name))
        elif column.scale is not None and column.scale.lowest < column.scale.highest:
            scale = column.scale
            bounds = (scale.lowest, scale.highest)
            yield from _outside(own, bounds, whole=False, of=(scale.id, scale.name))


def _range_of(item: Item, questionnaire: str, study: Study) -> Range:
    """The answers an item may have as they are written down."""
    used = next(each for each in study.questionnaires if each.id == questionnaire)
    key = key_of(study, questionnaire)
    coding = coding_of(used, key) if key else None
    shift = coding.shift if coding else 0.0
    return item.lowest + shift, item.highest + shift


def _outside(
    rows: pl.DataFrame, bounds: Range, *, whole: bool, of: tuple[str, str]
) -> Iterator[Mistake]:
    lowest, highest = bounds
    answer = pl.col("answer")
    wrong = ~answer.is_between(lowest, highest)
    if whole:
        wrong |= answer != answer.round()
    kind = "a whole number" if whole else "a number"
    for row in rows.filter(wrong).iter_rows(named=True):
        yield Mistake(
            row["place"],
            f"{row['answer']:g} as {of[0]} of donor {row['donor']}",
            f"{kind} from {lowest:g} to {highest:g} ({of[1]}), or nothing",
            "correct the answer"
            if whole
            else "correct the score, or the range of the scale in study.yaml",
        )
