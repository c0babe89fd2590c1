"""Which of two numbers answers is declared: adjusted or not, within a group or across groups; and
the level under a stimulus in the place of the response to it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from compare_tables import MORE, RELATED, clinic, group, in_words, quantities, quantity, study
from compare_tables import responses as made_responses

from exvivo.compare import compare, responses
from exvivo.study import Question
from exvivo.tables import CLINIC


def donors_of(rows: list[dict[str, Any]], **columns: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"donor": [row["donor"] for row in rows], **columns})


def asked(
    rows: list[dict[str, Any]], question: Question, scores: pl.DataFrame, **changes: Any
) -> pl.DataFrame:
    of = study(question, **changes)
    made = made_responses(rows)
    return in_words(compare(made, scores, study=of, rng=np.random.default_rng(1)), of)


def by_age(seed: int) -> tuple[list[dict[str, Any]], list[float]]:
    """Results that follow age alone; patients are older."""
    rng = np.random.default_rng(seed)
    ages = [*rng.normal(60, 5, 14), *rng.normal(45, 5, 10)]
    values = np.array(ages) / 10 + rng.normal(0, 0.2, 24)
    return group("FM", values[:14]) + group("HC", values[14:]), [round(age, 1) for age in ages]


def test_an_adjusted_difference_answers_where_it_is_declared() -> None:
    rows, ages = by_age(1)
    donors = donors_of(rows, age=list(map(str, ages)))
    beside = replace(MORE, adjust=("age",))
    declared = replace(beside, answer="adjusted")
    first, second = (asked(rows, q, CLINIC.frame(), donors=donors) for q in (beside, declared))
    unadjusted = first.filter(part="answer").row(0, named=True)
    answer = second.filter(part="answer").row(0, named=True)
    assert unadjusted["verdict"] == "supported"
    assert answer["verdict"] == "not resolved"
    adjusted = first.filter(pl.col("part") == "beside", pl.col("estimand").str.contains("age"))
    assert answer["estimate"] == pytest.approx(adjusted["estimate"][0])
    assert unadjusted["estimate"] in second.filter(part="beside")["estimate"].to_list()


def scored(rows: list[dict[str, Any]], scores: list[float]) -> pl.DataFrame:
    return clinic({row["donor"]: score for row, score in zip(rows, scores, strict=True)})


@pytest.mark.parametrize("answer", ["within", "adjusted", "across groups"])
def test_the_coefficient_that_was_declared_answers(answer: Any) -> None:
    """Each of the three is the number that stands beside the others where it does not answer, and
    its range without each donor holds it.
    """
    rows, ages = by_age(2)
    rng = np.random.default_rng(3)
    scores = [float(row["value"]) * 8 + rng.normal(0, 3) for row in rows]
    question = replace(RELATED, adjust=("age",), answer=answer)
    found = asked(
        rows, question, scored(rows, scores), donors=donors_of(rows, age=list(map(str, ages)))
    )
    row = found.filter(part="answer").row(0, named=True)
    others = asked(
        rows,
        replace(question, answer="adjusted" if answer == "within" else "within"),
        scored(rows, scores),
        donors=donors_of(rows, age=list(map(str, ages))),
    )
    same = others.filter(part="beside", estimand=row["estimand"])
    assert row["estimate"] == pytest.approx(same["estimate"][0])
    assert row["verdict"] is not None
    range_ = found.filter(pl.col("estimand").str.contains("leaving out one"), part="robustness")
    assert range_["lower"][0] <= row["estimate"] <= range_["upper"][0]


def test_a_level_under_a_stimulus_answers_where_no_response_can() -> None:
    """Every unstimulated well is below a limit: of the response nothing is known, the level under
    the stimulus is all detected.
    """
    rng, rows = np.random.default_rng(4), []
    for letters, n, shift in (("FM", 9, 2.0), ("HC", 8, 0.0)):
        for i in range(n):
            donor = f"{letters}{i:02}"
            below: dict[str, Any] = {"censor": "left", "upper": 1.0, "value": None, "sd": None}
            rows.append(quantity(donor, "none", **below))
            rows.append(quantity(donor, "ATP", 6 + shift + float(rng.normal(0, 0.5))))
    response, level = MORE, replace(MORE, stimulus="", condition="ATP")
    answers = []
    for question in (response, level):
        of, wells = study(question), quantities(*rows)
        made = responses(wells, study=of)
        found = compare(
            made, CLINIC.frame(), study=of, rng=np.random.default_rng(1), quantities=wells
        )
        answers.append(in_words(found, of).filter(part="answer").row(0, named=True))
    assert answers[0]["verdict"] == "not estimable"
    assert answers[1]["verdict"] == "supported"
    assert "level under ATP" in answers[1]["sentence"]
    assert answers[1]["condition"] == "ATP"
