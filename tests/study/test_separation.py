"""Groups that do not overlap, and those that hardly do: against brute force, and in honest studies."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from exvivo.study.separation import NEARLY, apart_by_levels, apart_by_numbers


@pytest.mark.parametrize("seed", range(5))
def test_the_share_is_that_of_all_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 9, 14) + 6.0, rng.integers(0, 9, 10) * 1.0
    marks = [(a > b) + (a == b) / 2 for a, b in itertools.product(x, y)]
    separation = apart_by_numbers(x.tolist(), y.tolist())
    share = sum(marks) / len(marks)
    if separation is None:
        assert share < NEARLY
    else:
        assert separation.share == pytest.approx(share)


def test_one_who_overlaps_makes_it_near_and_ties_are_no_gap() -> None:
    low, high = [float(i) for i in range(14)], [20.0 + i for i in range(10)]
    complete, near = apart_by_numbers(high, low), apart_by_numbers([*high[:-1], 5.5], low)
    assert complete is not None and complete.complete
    assert near is not None and not near.complete
    touching = apart_by_numbers([13.0, *high], low)
    assert touching is not None and not touching.complete


def test_categories_by_what_one_group_has_more_often() -> None:
    near = apart_by_levels(["yes"] * 13 + ["no"], ["no"] * 10)
    assert near is not None and not near.complete
    assert near.share == pytest.approx(13 / 14 + 1 / 28)
    assert apart_by_levels(["yes"] * 7 + ["no"] * 7, ["no"] * 10) is None
    whole = apart_by_levels(["a"] * 7 + ["b"] * 7, ["c"] * 10)
    assert whole is not None and whole.complete


def test_levels_of_single_people_are_not_apart() -> None:
    assert apart_by_levels([f"x{i}" for i in range(14)], [f"y{i}" for i in range(10)]) is None


def test_nothing_is_said_of_groups_that_are_alike() -> None:
    """1,000 studies each of 14 and 10 people and of 6 and 6. With one standard deviation between
    the groups one sample in 16 hardly overlaps.
    """
    rng = np.random.default_rng(3)
    for n, m, shift, most in ((14, 10, 0.0, 0), (14, 10, 1.0, 80), (6, 6, 0.0, 8)):
        x, y = rng.normal(shift, 1, (1000, n)), rng.normal(0, 1, (1000, m))
        warned = sum(apart_by_numbers(a, b) is not None for a, b in zip(x, y, strict=True))
        assert warned <= most
