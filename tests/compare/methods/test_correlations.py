"""Correlations with covariates held and by pairs; and equivalence: held against regressions and
counting.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from exvivo.arrays import Floats
from exvivo.compare.judge.benjamini_hochberg import false_discovery
from exvivo.compare.methods.kendall import kendall
from exvivo.compare.methods.partial_correlation import partial
from exvivo.compare.methods.tost import tost


@settings(max_examples=20)
@given(seed=st.integers(0, 10**6), columns=st.integers(1, 3))
def test_partial_is_the_t_test_of_the_coefficient(seed: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    held = rng.normal(size=(20, columns))
    x, y = (held.sum(axis=1) + rng.normal(size=20) for _ in range(2))
    found = partial(x, y, held, alpha=0.05)
    design = np.column_stack([np.ones(20), held, x])
    beta, rest = np.linalg.lstsq(design, y, rcond=None)[:2]
    free = 20 - design.shape[1]
    t = beta[-1] / np.sqrt(rest[0] / free * np.linalg.inv(design.T @ design)[-1, -1])
    assert found.p == pytest.approx(2 * stats.t.sf(abs(t), free), rel=1e-7)
    assert found.estimate == pytest.approx(t / np.sqrt(t**2 + free), rel=1e-8)
    by_ranks = partial(np.exp(x), y, np.exp(held), alpha=0.05, method="spearman")
    assert by_ranks == partial(x, y, held, alpha=0.05, method="spearman")


def test_partial_refuses_what_cannot_be_held() -> None:
    x = np.arange(8.0)
    for held in (np.ones((8, 1)), np.random.default_rng(1).normal(size=(8, 6))):
        with pytest.raises(ValueError, match="covariates_not_separable"):
            partial(x, x**2, held, alpha=0.05)
    with pytest.raises(ValueError, match="covariates_explain_all"):
        partial(x, x**2, x[:, None] * 2, alpha=0.05)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=4, max_size=15))
def test_kendall_is_scipys_where_everything_is_known(pairs: list[tuple[int, int]]) -> None:
    x, y = np.array(pairs, dtype=float).T
    found = kendall(x, x, y, y, alpha=0.05)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert found.p == 1
        return
    expected = stats.kendalltau(x, y, method="asymptotic")
    assert (found.tau, found.p) == pytest.approx((expected.statistic, expected.pvalue), abs=1e-12)


def test_kendalls_variance_is_that_of_all_orders_also_with_bounds() -> None:
    low = np.array([1.0, -np.inf, 3, -np.inf, 2, 5])
    high = np.array([1.0, 2, 3, 4, 2, 5])
    y = np.array([1.0, 2, 2, 4, 5, 6])
    sums = []
    for order in itertools.permutations(range(6)):
        found = kendall(low, high, y[list(order)], y[list(order)], alpha=0.05)
        sums.append(found.z)
    assert np.var(sums) == pytest.approx(1.0)
    assert np.mean(sums) == pytest.approx(0.0, abs=1e-12)


def test_kendall_ties_the_pairs_that_bounds_leave_open() -> None:
    """By hand, of the results 1, 3, <4, <2 and 5: six pairs of ten are settled."""
    low = np.array([1.0, 3.0, -np.inf, -np.inf, 5.0])
    high = np.array([1.0, 3.0, 4.0, 2.0, 5.0])
    y = np.array([1.0, 3.0, 4.0, 2.0, 5.0])
    # 1 and 3, 1 and 5, 3 and 5, 3 and <2, 5 and <4, 5 and <2: all in the order of y.
    found = kendall(low, high, y, y, alpha=0.05)
    assert found.tau == pytest.approx(6 / (6 * 10) ** 0.5)
    assert kendall(-high, -low, y, y, alpha=0.05).tau == pytest.approx(-found.tau)


def welch_errors(x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Differences of many pairs of groups, with Welch's errors and degrees of freedom."""
    n, m = x.shape[-1], y.shape[-1]
    first, second = x.var(axis=-1, ddof=1) / n, y.var(axis=-1, ddof=1) / m
    df = (first + second) ** 2 / (first**2 / (n - 1) + second**2 / (m - 1))
    return x.mean(axis=-1) - y.mean(axis=-1), np.sqrt(first + second), df


def test_equivalence_is_an_interval_inside_the_margin() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(0.1, 1, (500, 14)), rng.normal(0, 1, (500, 10))
    found = tost(*welch_errors(x, y), margin=0.8, alpha=0.05)
    inside = (found.lower > -0.8) & (found.upper < 0.8)
    assert np.array_equal(found.p < 0.05, inside)
    one = stats.ttest_ind(x[0], y[0] - 0.8, equal_var=False, alternative="greater")
    assert found.p_above[0] == pytest.approx(one.pvalue)
    at_margin = welch_errors(rng.normal(0.8, 1, (4000, 14)), rng.normal(0, 1, (4000, 10)))
    edge = tost(*at_margin, margin=0.8, alpha=0.05)
    assert np.mean(edge.p <= 0.05) <= 0.05 + 3.3 * (0.05 * 0.95 / 4000) ** 0.5
    with pytest.raises(ValueError, match="margin"):
        tost(0.0, 1.0, 9.0, margin=0.0, alpha=0.05)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_false_discovery_is_scipys(p: list[float]) -> None:
    assert false_discovery(p) == pytest.approx(list(stats.false_discovery_control(p)))
