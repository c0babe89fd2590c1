from __future__ import annotations

import itertools
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from exvivo.compare.methods.permutation import Permutations, exact_split


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-3, 3).map(float), min_size=4, max_size=9), st.integers(1, 4))
def test_all_splits_are_counted(values: list[float], first: int) -> None:
    first = min(first, len(values) - 1)
    centred = np.array(values) - np.mean(values)
    observed = abs(centred[:first].sum())
    sums = [
        abs(centred[list(chosen)].sum())
        for chosen in itertools.combinations(range(len(values)), first)
    ]
    expected = np.mean([total >= observed - 1e-9 for total in sums])
    assert exact_split(centred, first) == pytest.approx(expected)


def test_two_million_splits_agree_with_sampling() -> None:
    values = np.random.default_rng(1).normal(size=24)
    assert comb(24, 10) == 1_961_256
    p = Permutations(9999, 1).between(values, 14)
    assert p == pytest.approx(
        stats.permutation_test(
            (values[:14], values[14:]),
            lambda a, b, axis: a.mean(axis) - b.mean(axis),
            vectorized=True,
            n_resamples=20_000,
            rng=np.random.default_rng(2),
        ).pvalue,
        abs=5 * (0.25 / 20_000) ** 0.5,
    )


def test_the_exact_p_agrees_with_scipy_on_few_donors() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(0.8, 1, 6), rng.normal(0, 1, 5)
    expected = stats.permutation_test(
        (x, y), lambda a, b, axis: a.mean(axis) - b.mean(axis), vectorized=True, n_resamples=np.inf
    ).pvalue
    assert Permutations(99, 1).between(np.concatenate([x, y]), 6) == pytest.approx(
        expected, abs=1e-12
    )


def test_many_donors_are_sampled_within_monte_carlo_error() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.normal(0.4, 1, 30), rng.normal(0, 1, 25)
    p = Permutations(9999, 1).between(np.concatenate([x, y]), 30)
    assert p == pytest.approx(stats.ttest_ind(x, y).pvalue, abs=0.02)
    assert p == Permutations(9999, 1).between(np.concatenate([x, y]), 30)
    assert p != Permutations(9999, 2).between(np.concatenate([x, y]), 30)


def test_associations_are_permuted() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=7)
    y = x + rng.normal(size=7)
    expected = np.mean(
        [
            abs(np.corrcoef(x, y[list(o)])[0, 1]) >= abs(np.corrcoef(x, y)[0, 1]) - 1e-12
            for o in itertools.permutations(range(7))
        ]
    )
    assert Permutations(9999, 1).together(x, y) == pytest.approx(expected)
    x = rng.normal(size=20)
    y = 0.4 * x + rng.normal(size=20)
    sampled = Permutations(9999, 1).together(x, y)
    assert sampled == pytest.approx(stats.pearsonr(x, y).pvalue, abs=0.02)


def test_no_permutations_no_p_value() -> None:
    values = np.arange(6.0)
    assert Permutations(0, 1).between(values, 3) is None
    assert Permutations(0, 1).together(values, values) is None


def test_the_observed_arrangement_is_one_of_those_drawn() -> None:
    """Where no drawn arrangement comes near, p is 1 in `number` + 1 and never 0."""
    apart = np.concatenate([np.full(20, 9.0), np.zeros(20)]) + np.arange(40) / 1000
    assert Permutations(999, 1).between(apart, 20) == pytest.approx(1 / 1000)
    assert Permutations(999, 1).together(apart, apart) == pytest.approx(1 / 1000)
