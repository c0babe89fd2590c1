"""The forms of a questionnaire that people answered: ANSWERS as arrays, one row a form."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats, Ints
from exvivo.errors import Bug
from exvivo.study.clinic_records import Questionnaire
from exvivo.study.coded import coding_named, points_of_item
from exvivo.study.records import Study
from exvivo.study.scoring import Coding, Item, ScoringKey

_FORM = ["donor", "visit"]


@dataclass(frozen=True)
class AnsweredForms:
    """The forms of a questionnaire: one donor at one visit each. `rows` has source, sha256, donor,
    visit and group; `answers` (forms x items of the key) are as they were written, NaN where none
    was given; `asked` is False where the form did not ask this person.
    """

    key: ScoringKey
    questionnaire: Questionnaire
    rows: pl.DataFrame
    answers: Floats
    asked: Bools
    ready: pl.DataFrame

    @property
    def coding(self) -> Coding:
        """How the answers are written down."""
        return coding_named(self.key, self.questionnaire.coding)

    def columns_of(self, score: str) -> list[int]:
        """The columns of the items of a score, those of the scores it is made of among them."""
        items = items_of_score(self.key, score)
        return [i for i, item in enumerate(self.key.every_item) if item.id in items]

    def given(self, score: str) -> Bools:
        """Forms x items of a score: where an answer was given."""
        columns = self.columns_of(score)
        codes = [self.key.every_item[column].missing for column in columns]
        given = ~np.isnan(self.answers[:, columns])
        for place, missing in enumerate(codes):
            given[:, place] &= ~np.isin(self.answers[:, columns[place]], missing)
        return given

    def unasked(self, score: str) -> Bools:
        """The forms that did not ask this person for a single item of a score."""
        unasked: Bools = np.logical_not(self.asked[:, self.columns_of(score)].any(axis=1))
        return unasked

    @cached_property
    def points(self) -> Floats:
        """The points of all answers."""
        columns = enumerate(self.key.every_item)
        each = [points_of_item(self.answers[:, i], item, self.coding) for i, item in columns]
        return np.column_stack(each)

    def totals(self, score: str) -> tuple[Floats, list[str]]:
        """The ready total of a score in each form (NaN for none), and where it stands."""
        ready = self.ready.filter(scale=score)
        joined = self.rows.select(_FORM).join(ready, on=_FORM, how="left", maintain_order="left")
        totals: Floats = joined["answer"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        return totals, joined["place"].fill_null("").to_list()


def answered_forms(answers: pl.DataFrame, study: Study) -> list[AnsweredForms]:
    """The forms of every questionnaire of the study whose items are there. Raises `Bug` for an item
    that is answered twice in one form.
    """
    keys = {key.id: key for key in study.scoring_keys}
    named = [each for each in study.questionnaires if each.id in keys and each.items]
    return [_forms(answers, each, keys[each.id]) for each in named]


def _forms(answers: pl.DataFrame, questionnaire: Questionnaire, key: ScoringKey) -> AnsweredForms:
    own = answers.filter(questionnaire=questionnaire.id)
    rows = own.select("source", "sha256", *_FORM, "group").unique(
        _FORM, keep="first", maintain_order=True
    )
    items = _with_place(own.drop_nulls("item"), rows, key)
    form, item = (items[name].to_numpy() for name in ("form", "at"))
    _refuse_twice(form, item, key.every_item)
    shape = (rows.height, len(key.every_item))
    matrix, asked = np.full(shape, np.nan), np.ones(shape, dtype=np.bool_)
    matrix[form, item] = items["answer"].fill_null(np.nan).to_numpy()
    asked[form, item] = items["state"].to_numpy() != "not applicable"
    ready = own.filter(pl.col("item").is_null()).select(*_FORM, "scale", "answer", "place")
    ready = ready.unique([*_FORM, "scale"], keep="first", maintain_order=True)
    return AnsweredForms(key, questionnaire, rows, matrix, asked, ready)


def _with_place(items: pl.DataFrame, rows: pl.DataFrame, key: ScoringKey) -> pl.DataFrame:
    """Items with the number of their form and that of their item in the key."""
    names = [item.id for item in key.every_item]
    at = pl.DataFrame({"item": names, "at": range(len(names))}, schema_overrides={"at": pl.Int64})
    forms = rows.select(_FORM).with_row_index("form")
    joined = items.join(forms, on=_FORM, how="left", maintain_order="left")
    return joined.join(at, on="item", how="inner", maintain_order="left")


def _refuse_twice(form: Ints, item: Ints, items: tuple[Item, ...]) -> None:
    pairs, counts = np.unique(form * len(items) + item, return_counts=True)
    if (counts > 1).any():
        twice = int(pairs[counts > 1][0]) % len(items)
        raise Bug(f"item {items[twice].id} answered twice in one form")


def items_of_score(key: ScoringKey, score: str) -> frozenset[str]:
    """The items that a score is made of, those of the scores below it among them."""
    own = next(each for each in key.scores if each.id == score)
    below = (items_of_score(key, each) for each in own.of)
    return frozenset(own.items).union(*own.groups, *below)
