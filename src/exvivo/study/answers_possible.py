"""Answers and ready totals that a questionnaire cannot have."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from exvivo.errors import Mistake
from exvivo.study.answer_versions import code_for_none, other_range, other_way
from exvivo.study.clinic_records import Questionnaire
from exvivo.study.coded import coding_named
from exvivo.study.questionnaires import Column, answer_columns, key_of
from exvivo.study.records import Study
from exvivo.study.scoring import Item, ScoringKey
from exvivo.words import shortened

Range = tuple[float, float]
_SCORE = "correct the score, or the range of the scale in study.yaml"


def impossible_answers(answers: pl.DataFrame, study: Study) -> Iterator[Mistake]:
    """A mistake for each row of ANSWERS whose number is outside the range of its item or scale; one
    for all answers of a questionnaire that another coding, or version, of it explains.
    """
    given = answers.drop_nulls("answer")
    explained = {}
    for questionnaire in study.questionnaires:
        key = key_of(study, questionnaire.id)
        if key is not None:
            own = given.filter(questionnaire=questionnaire.id).drop_nulls("item")
            explained[questionnaire.id] = _explained(own, key, questionnaire)
    yield from filter(None, explained.values())
    for column in answer_columns(study):
        rows = given.filter(column=column.name)
        if column.item is not None and not explained.get(column.questionnaire):
            yield from _of_item(rows, column, column.item, study)
        elif column.item is None:
            yield from _of_scale(rows, column, study)


def _explained(rows: pl.DataFrame, key: ScoringKey, questionnaire: Questionnaire) -> Mistake | None:
    """The mistake that all impossible answers of a questionnaire are; None where there is none, or
    no coding and no version in which all of its answers are possible.
    """
    coding = coding_named(key, questionnaire.coding)
    parts = [
        _outside(rows.filter(item=item.id), _range_of(item, coding.shift), item)
        for item in key.every_item
    ]
    outside = pl.concat([rows.clear(), *parts])
    if outside.is_empty():
        return None
    values = {item.id: rows.filter(item=item.id)["answer"].to_list() for item in key.every_item}
    cure = other_way(values, key, questionnaire)
    if not cure:
        return None
    numbers = outside["answer"].unique().sort().to_list()
    found = f"{shortened([f'{number:g}' for number in numbers])} in {outside.height} answers"
    expected = f"answers of {key.id}" + (f" ({key.version})" if key.version else "")
    return Mistake(shortened(outside["place"].to_list()), found, expected, cure)


def _range_of(item: Item, shift: float) -> Range:
    """The answers an item may have as they are written down."""
    return item.lowest + shift, item.highest + shift


def _outside(rows: pl.DataFrame, bounds: Range, item: Item | None = None) -> pl.DataFrame:
    """The rows whose answer is none that an item, or a scale, may have."""
    answer = pl.col("answer")
    wrong = ~answer.is_between(*bounds)
    if item is None:
        return rows.filter(wrong)
    if item.kind == "choice":
        wrong |= answer != answer.round()
    return rows.filter(wrong & ~answer.is_in(list(item.missing)))


def _of_item(rows: pl.DataFrame, column: Column, item: Item, study: Study) -> Iterator[Mistake]:
    """The impossible answers of an item."""
    key = key_of(study, column.questionnaire)
    used = next(each for each in study.questionnaires if each.id == column.questionnaire)
    shift = coding_named(key, used.coding).shift if key else 0.0
    lowest, highest = bounds = _range_of(item, shift)
    kind = "a whole number" if item.kind == "choice" else "a number"
    name = f"item {item.id} of {column.questionnaire}"
    for row in _outside(rows, bounds, item).iter_rows(named=True):
        yield Mistake(
            row["place"],
            f"{row['answer']:g} as {column.name} of donor {row['donor']}",
            f"{kind} from {lowest:g} to {highest:g} ({name}), or nothing",
            code_for_none(row["answer"]) or "correct the answer",
        )


def _of_scale(rows: pl.DataFrame, column: Column, study: Study) -> Iterator[Mistake]:
    """The impossible totals of a scale."""
    scale = column.scale
    if scale is None or scale.lowest >= scale.highest:
        return
    key = key_of(study, column.questionnaire)
    version = other_range(rows["answer"].to_list(), scale.id, key) if key else ""
    for row in _outside(rows, (scale.lowest, scale.highest)).iter_rows(named=True):
        yield Mistake(
            row["place"],
            f"{row['answer']:g} as {scale.id} of donor {row['donor']}",
            f"a number from {scale.lowest:g} to {scale.highest:g} ({scale.name}), or nothing",
            version or code_for_none(row["answer"]) or _SCORE,
        )
