"""Impossible answers name the coding or the version that they fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from questionnaire_forms import answers_of, key_named, study_with

from exvivo.errors import Mistake
from exvivo.study.answers_possible import impossible_answers


def mistakes_of(
    name: str, forms: Sequence[Sequence[float]], coding: str = "", **form: object
) -> list[Mistake]:
    key = key_named(name)
    study = study_with(key, coding=coding, **form)  # type: ignore[arg-type]
    return list(impossible_answers(answers_of(key, forms), study))


def drawn(low: int, high: int, items: int, people: int = 6) -> list[list[float]]:
    rng = np.random.default_rng(1)
    answers = rng.integers(low, high + 1, (people, items)).astype(float)
    answers[0, :2] = low, high
    forms: list[list[float]] = answers.tolist()
    return forms


@pytest.mark.parametrize(
    ("name", "items", "coding", "cure"),
    [
        ("PHQ-9", 9, "points", "all answers fit `coding: position`"),
        ("HADS", 14, "points", "counted from 1: take 1 off every answer"),
    ],
)
def test_boxes_counted_from_one_are_one_mistake_that_says_so(
    name: str, items: int, coding: str, cure: str
) -> None:
    (mistake,) = mistakes_of(name, drawn(1, 4, items), coding)
    assert cure in mistake.cure
    assert mistake.found.startswith("4 in ")
    assert "clinic.csv:2" in mistake.where
    assert mistakes_of(name, drawn(0, 3, items), coding) == []


def test_answers_counted_from_zero_say_so() -> None:
    key = key_named("RAND-36")
    rng = np.random.default_rng(2)
    low, high = (
        np.array([getattr(i, end) for i in key.every_item]) for end in ("lowest", "highest")
    )
    forms = rng.integers(low, high + 1, (6, 36)) - 1.0
    (mistake,) = mistakes_of("RAND-36", forms.tolist())
    assert "counted from 0: add 1 to every answer" in mistake.cure


def test_the_first_version_under_the_name_of_the_revised_one_is_named() -> None:
    (mistake,) = mistakes_of("MG-QoL15r", drawn(0, 4, 15))
    assert "MG-QoL15" in mistake.cure
    assert "is it that version" in mistake.cure
    assert mistakes_of("MG-QoL15", drawn(0, 2, 15)) == []


def test_totals_beyond_a_version_name_the_one_they_fit() -> None:
    key = key_named("MG-QoL15r")
    score = key.scores[0].id
    study = study_with(key, totals={score: score})
    answers = answers_of(key, [[1] * 15, [1] * 15], {score: [52, 12]})
    (mistake,) = impossible_answers(answers, study)
    assert mistake.found == f"52 as {score} of donor P1"
    assert "MG-QoL15 (0 to 60)" in mistake.cure


def test_one_slip_among_sound_answers_is_a_mistake_of_its_cell() -> None:
    forms = drawn(0, 3, 9)
    forms[3][4] = 4
    (mistake,) = mistakes_of("PHQ-9", forms)
    assert mistake.where == "clinic.csv:5 column 5"
    assert mistake.cure == "correct the answer"


def test_a_code_for_no_answer_is_named_and_that_of_the_authors_is_none() -> None:
    forms = drawn(0, 3, 9)
    forms[3][4] = 9
    (mistake,) = mistakes_of("PHQ-9", forms)
    assert "declare it under `missing`" in mistake.cure
    assert mistakes_of("EQ-5D-5L", [[2, 1, 9, 4, 2, 999], [1, 1, 1, 1, 1, 80]]) == []
    assert len(mistakes_of("EQ-5D-5L", [[2, 1, 8, 4, 2, 80]])) == 1
