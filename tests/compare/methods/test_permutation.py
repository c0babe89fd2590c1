from __future__ import annotations

import itertools
from collections.abc import Iterator
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from exvivo.arrays import Floats, Ints
from exvivo.compare.methods import permutation
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


def within(strata: Ints) -> Iterator[list[int]]:
    """All orders of donors in which each stratum keeps its places."""
    places = [np.flatnonzero(strata == stratum).tolist() for stratum in np.unique(strata)]
    for orders in itertools.product(*(itertools.permutations(place) for place in places)):
        order = [0] * len(strata)
        for place, taken in zip(places, orders, strict=True):
            for at, donor in zip(place, taken, strict=True):
                order[at] = donor
        yield order


def centred_within(values: Floats, strata: Ints) -> Floats:
    return np.array([v - values[strata == s].mean() for v, s in zip(values, strata, strict=True)])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(-3, 3).map(float), min_size=5, max_size=7),
    st.integers(1, 4),
    st.lists(st.integers(0, 2), min_size=7, max_size=7),
)
def test_all_splits_within_strata_are_counted(
    values: list[float], first: int, levels: list[int]
) -> None:
    scores, strata = np.array(values), np.array(levels[: len(values)])
    centred = centred_within(scores, strata)
    observed = abs(centred[:first].sum())
    sums = [abs(centred[order[:first]].sum()) for order in within(strata)]
    expected = np.mean([total >= observed - 1e-9 for total in sums])
    assert Permutations(99, 1).between(scores, first, strata) == pytest.approx(expected)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(-3, 3).map(float), min_size=5, max_size=7),
    st.lists(st.integers(-3, 3).map(float), min_size=7, max_size=7),
    st.lists(st.integers(0, 2), min_size=7, max_size=7),
)
def test_all_orders_within_strata_are_counted(
    values: list[float], others: list[float], levels: list[int]
) -> None:
    n = len(values)
    x, y, strata = np.array(values), np.array(others[:n]), np.array(levels[:n])
    own = centred_within(x, strata)
    observed = abs(own @ y)
    sums = [abs(own @ y[order]) for order in within(strata)]
    expected = np.mean([total >= observed - 1e-9 for total in sums])
    assert Permutations(99, 1).together(x, y, strata) == pytest.approx(expected)


def test_one_stratum_is_none_and_a_constant_on_a_stratum_changes_nothing() -> None:
    rng = np.random.default_rng(6)
    scores, y = rng.normal(size=24), rng.normal(size=24)
    one, several = np.zeros(24, np.intp), np.arange(24) % 3
    drawn = Permutations(999, 1)
    assert drawn.between(scores, 14, one) == drawn.between(scores, 14)
    assert drawn.together(scores, y, one) == drawn.together(scores, y)
    shifted = scores + 5.0 * several
    for strata in (several, np.arange(24) % 12):
        p = drawn.between(scores, 14, strata)
        assert drawn.between(scores + 5.0 * strata, 14, strata) == pytest.approx(p)
    p = drawn.together(scores, y, several)
    assert drawn.together(shifted, y, several) == pytest.approx(p)


def test_drawn_within_strata_agrees_with_counted() -> None:
    rng = np.random.default_rng(7)
    scores, strata = rng.normal(size=30), np.arange(30) % 4
    scores[:16] += 0.6
    counted = Permutations(999, 1).between(scores, 16, strata)
    assert counted is not None
    # Two more strata of one donor tell nothing; many more donors are drawn.
    more = np.concatenate([scores, [5.0, -9.0]])
    alone = np.concatenate([strata, [8, 9]])
    assert Permutations(999, 1).between(more, 16, alone) == pytest.approx(counted)
    pieces = permutation._pieces(scores, 16, strata)
    assert permutation._exact(pieces) == counted
    drawn = Permutations(20_000, 1)
    sizes = tuple((len(piece.centred), piece.first) for piece in pieces)
    centred = np.concatenate([piece.centred for piece in pieces])
    splits = drawn._splits(sizes)
    observed = sum(piece.observed for piece in pieces)
    share = np.mean(np.abs(splits @ centred) >= abs(observed) - 1e-9)
    assert share == pytest.approx(counted, abs=4 * (0.25 / 20_000) ** 0.5)
    ends = np.cumsum([0, *(n for n, _ in sizes)])
    for (_, first), begin, end in zip(sizes, ends, ends[1:], strict=False):
        assert (splits[:, begin:end].sum(axis=1) == first).all()


def test_many_orders_within_strata_are_drawn_within_them() -> None:
    rng = np.random.default_rng(8)
    strata = np.repeat([0, 1], 20)
    x = rng.normal(size=40) + 6.0 * strata
    y = rng.normal(size=40) + 6.0 * strata
    inside = Permutations(4999, 1).together(x, y, strata)
    own = [v - np.where(strata, v[20:].mean(), v[:20].mean()) for v in (x, y)]
    t = stats.pearsonr(*own)
    assert inside == pytest.approx(float(t.pvalue), abs=0.03)
    assert (Permutations(4999, 1).together(x, y) or 0.0) < 0.001


def test_strata_that_hold_one_group_each_tell_nothing() -> None:
    scores = np.arange(6.0)
    assert Permutations(99, 1).between(scores, 3, np.array([0, 0, 0, 1, 1, 1])) == 1.0
    assert Permutations(99, 1).together(scores, scores, np.arange(6)) == 1.0


def test_plates_that_differ_are_held_by_strata_and_mislead_without() -> None:
    """Null studies of 14 v 10 donors, 11 and 2 of them on a plate that lies 2 higher."""
    rng = np.random.default_rng(9)
    strata = np.concatenate([np.arange(14) < 11, np.arange(10) < 2]).astype(np.intp)
    held = loose = 0
    for _ in range(200):
        scores = rng.normal(size=24) + 2.0 * strata
        held += (Permutations(99, 1).between(scores, 14, strata) or 0.0) <= 0.05
        loose += (Permutations(99, 1).between(scores, 14) or 0.0) <= 0.05
    assert held / 200 <= 0.05 + 2.58 * (0.05 * 0.95 / 200) ** 0.5
    assert loose / 200 > 0.5
