"""Factors in words: what is told holds what was computed, and never reaches equality alone."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exvivo.tell.article.folds import fold_between, fold_words, points_words
from exvivo.tell.language import language

ENGLISH = language("en")
PARTS = {
    "half": 1 / 2,
    "a third": 1 / 3,
    "a quarter": 1 / 4,
    "a fifth": 1 / 5,
    "a sixth": 1 / 6,
    "an eighth": 1 / 8,
    "a tenth": 1 / 10,
    "three quarters": 3 / 4,
}
TIMES = {"twice": 2, "three times": 3, "four times": 4, "five times": 5, "ten times": 10}


def read(text: str) -> float:
    """The factor that some words stand for, as a reader would take them."""
    if text == "just as high":
        return 1.0
    if text == "half as high again":
        return 1.5
    if text.startswith("slightly"):
        return 1 + (1e-9 if text.endswith("higher") else -1e-9)
    if match := re.fullmatch(r"([\d.,]+) % (higher|lower|as high)", text):
        share = float(match[1].replace(",", "")) / 100
        return {"higher": 1 + share, "lower": 1 - share, "as high": share}[match[2]]
    if match := re.fullmatch(r"([\d.,]+) times as high", text):
        return float(match[1].replace(",", ""))
    if match := re.fullmatch(r"(.+) (higher|lower)", text):
        return 1 + PARTS[match[1]] * (1 if match[2] == "higher" else -1)
    words = text.removesuffix(" as high")
    return TIMES.get(words) or PARTS[words]


@given(st.floats(-9.9, 19.9))
def test_ends_are_rounded_outward_and_stay_on_their_side_of_equality(log2: float) -> None:
    factor = 2.0**log2
    low, high = (read(fold_words(log2, toward, ENGLISH)) for toward in ("down", "up"))
    assert low <= factor * (1 + 1e-6) and high >= factor * (1 - 1e-6)
    if abs(factor - 1) > 1e-6:
        assert (low - 1) * (factor - 1) > 0 or abs(low - 1) < 1e-8 < abs(factor - 1) < 0.01
        assert (high - 1) * (factor - 1) > 0
    if abs(factor - 1) > 0.02:
        assert factor / 1.6 <= low and high <= factor * 1.6


@given(st.floats(-9.9, 19.9))
def test_an_estimate_is_told_within_a_sixth_and_in_its_direction(log2: float) -> None:
    told, factor = read(fold_words(log2, "nearest", ENGLISH)), 2.0**log2
    assert abs(math.log(told / factor)) < 1 / 6
    if abs(factor - 1) > 1e-6:
        assert (told - 1) * (factor - 1) > 0


@pytest.mark.parametrize(
    ("log2", "words"),
    [
        (0.0, "just as high"),
        (1.0, "twice as high"),
        (-1.0, "half as high"),
        (0.415, "a third higher"),
        (-0.585, "a third lower"),
        (40.0, "over a million times as high"),
        (-40.0, "less than 0.1 % as high"),
        (1e-4, "slightly higher"),
        (-1e-4, "slightly lower"),
    ],
)
def test_usual_factors_have_their_words(log2: float, words: str) -> None:
    assert fold_words(log2, "nearest", ENGLISH) == words


def test_two_factors_are_told_as_numbers_where_both_are_times() -> None:
    assert fold_between(1.0, 1.3, ENGLISH) == "2 to 2.5 times as high"
    assert fold_between(1.0, 1.01, ENGLISH) == "twice as high"
    assert fold_between(-1.0, 0.415, ENGLISH) == "half as high to a third higher"
    assert fold_between(-1.2, -1.0, ENGLISH) == "50 to 56 % lower"


@given(st.floats(-1e4, 1e4).filter(lambda value: abs(value) > 1e-6))
def test_points_are_rounded_outward_and_never_to_nothing(value: float) -> None:
    low, high = (
        float(points_words(value, toward, ENGLISH).replace(",", "")) for toward in ("down", "up")
    )
    ends = (low, high) if value > 0 else (-low, -high)
    assert ends[0] <= value + 1e-5 and ends[1] >= value - 1e-5
    assert low and high
