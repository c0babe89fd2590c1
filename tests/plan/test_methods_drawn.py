"""The calibration of every method on drawn studies: its settings, its counts, and its page."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from calibration.drawn import KEPT, SETTINGS, Setting, drawn_answers
from calibration.methods import (
    NOT_DRAWN,
    STORED,
    can_answer,
    coverage,
    false_claims,
    is_biased,
    page,
    rows_of,
    summary,
)
from exvivo.methods import METHODS

PAGE = Path(__file__).parents[2] / "docs" / "calibration-methods.md"


def setting(name: str) -> Setting:
    return next(each for each in SETTINGS if each.name == name)


def answers(*, shift: float, inside: int, false: int, count: int = 200) -> pl.DataFrame:
    """Answers of a method about a truth of 0: so many intervals hold it, so many are claims."""
    rows = [
        {
            "setting": "made up",
            "truth": "nothing",
            "study": number,
            "method": "welch",
            "unit": "log2 fold",
            "estimate": shift + (-1.0) ** number,
            "lower": -2.0 if number < inside else 0.1,
            "upper": 2.0,
            "p": 0.01 if number < false else 0.5,
            "true": 0.0,
        }
        for number in range(count)
    ]
    return pl.DataFrame(rows, schema=KEPT)


@pytest.mark.parametrize("name", [SETTINGS[0].name, "a score across groups"])
def test_answers_at_once_carry_their_method_and_truth(name: str) -> None:
    made = drawn_answers(setting(name), null=False, studies=1, at_once=40)
    assert made.height == 40 * 8
    (method,) = made["method"].unique()
    assert method in can_answer()
    true = float(str(made["true"].mean()))
    spread = float(str(made["estimate"].std()))
    assert abs(float(str(made["estimate"].mean())) - true) < 5 * spread / 320**0.5


def test_wells_that_are_lost_or_unseen_are_answered_one_by_one() -> None:
    for name, method in (
        ("two groups, a third of the wells lost", "mixed_wells"),
        ("two groups, unstimulated wells in part undetected", "bounded_wells"),
    ):
        made = drawn_answers(setting(name), null=True, studies=1, at_once=1000)
        assert made.height == 8
        assert method in set(made["method"])
        assert set(made["true"]) == {0.0}


def test_counts_of_what_is_right_and_wrong() -> None:
    (row,) = summary(answers(shift=0.0, inside=190, false=10)).to_dicts()
    assert (coverage(row).hits, coverage(row).trials) == (190, 200)
    assert (false_claims(row).hits, false_claims(row).trials) == (10, 200)
    assert coverage(row).holds and false_claims(row).holds
    assert not is_biased(row)


def test_what_lies_outside_is_named_on_the_page() -> None:
    """170 of 200 intervals where 190 are promised, 30 false claims where 10 are, and a bias."""
    stored = summary(answers(shift=0.5, inside=170, false=30))
    (row,) = stored.to_dicts()
    assert not coverage(row).holds and not false_claims(row).holds
    assert is_biased(row)
    text = page(stored, "hash")
    assert "## What lies outside (1 of 1 rows)" in text
    assert "85.00% of intervals hold the truth; 15.00% of answers claim what is not there" in text
    assert "**+0.5 ±" in text and "**no**" in text


def test_answers_of_one_study_count_as_related() -> None:
    alone = answers(shift=0.0, inside=190, false=10)
    related = alone.with_columns(study=pl.col("study") // 8)
    (row,) = summary(related).to_dicts()
    assert float(row["inside_effect"]) > 3.0
    assert coverage(row).band[0] < coverage(summary(alone).to_dicts()[0]).band[0]


def test_every_method_that_can_answer_is_in_the_stored_results() -> None:
    stored = pl.read_csv(STORED)
    assert set(can_answer()) <= set(METHODS)
    of_families = {m.id for m in METHODS.values() if m.family in ("means", "wells", "similarity")}
    assert {"welch", "bounded_wells", *NOT_DRAWN} <= of_families
    assert {str(row["method"]) for row in rows_of(stored)} == set(can_answer()) - set(NOT_DRAWN)


def test_the_page_is_that_of_the_stored_results() -> None:
    text = PAGE.read_text("utf-8")
    source = text.partition("hash\n`")[2].partition("`")[0]
    assert text == page(pl.read_csv(STORED), source)
