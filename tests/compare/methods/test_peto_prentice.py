from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from two_groups import ranked

from exvivo.arrays import Floats
from exvivo.compare.methods.order_statistics import level
from exvivo.compare.methods.peto_prentice import between_groups
from exvivo.compare.methods.ranks import rank_z


def hidden(values: Floats, limits: Floats) -> tuple[Floats, Floats]:
    under = values < limits
    return np.where(under, -np.inf, values), np.where(under, limits, values)


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6))
def test_the_log_rank_test_is_scipys_on_turned_times(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, limits = rng.normal(size=24).round(1), rng.choice([-0.5, 0.0], 24)
    low, high = hidden(values, limits)
    group = np.repeat([0, 1], [14, 10])
    sides = [
        stats.CensoredData(
            uncensored=-high[mine & (low == high)], right=-high[mine & (low != high)]
        )
        for mine in (group == 0, group == 1)
    ]
    found = between_groups(low, high, group, weight=0.0)
    expected = stats.logrank(*sides)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-9)
    assert found.chi2 == pytest.approx(expected.statistic**2, rel=1e-9, abs=1e-12)


def test_the_weighted_test_is_near_gehans_and_takes_three_groups() -> None:
    rng = np.random.default_rng(1)
    low, high = hidden(rng.normal(size=60), np.full(60, -0.5))
    group = np.repeat([0, 1], 30)
    gehan = rank_z(ranked(low[:30], high[:30], low[30:], high[30:]))
    assert between_groups(low, high, group).chi2 == pytest.approx(gehan**2, rel=0.1, abs=0.05)
    three = between_groups(low, high, np.repeat(["a", "b", "c"], 20))
    assert three.df == 2
    assert three.chi2 == pytest.approx(
        between_groups(low, high, np.repeat(["c", "a", "b"], 20)).chi2, rel=1e-9
    )


def test_null_groups_are_called_different_as_often_as_the_level_says() -> None:
    rng = np.random.default_rng(2)
    group = np.repeat([0, 1], [14, 10])
    found = [
        between_groups(*hidden(rng.normal(size=24), rng.choice([-0.8, 0.0], 24)), group).p
        for _ in range(800)
    ]
    assert np.mean(np.array(found) <= 0.05) == pytest.approx(
        0.05, abs=3.3 * (0.05 * 0.95 / 800) ** 0.5
    )


def test_the_level_by_order_statistics_is_the_plain_one_without_limits() -> None:
    values = np.random.default_rng(3).lognormal(size=30)
    found = level(values, values)
    assert (found.mean, found.sd) == pytest.approx((values.mean(), values.std(ddof=1)))
    assert (found.detected, found.undetected) == (30, 0)


def test_the_level_holds_over_several_limits() -> None:
    rng = np.random.default_rng(4)
    means = []
    for _ in range(300):
        values = np.exp(rng.normal(1, 0.6, 40))
        low, high = hidden(values, rng.choice([1.5, 2.5], 40))
        means.append(level(low, high).mean)
    truth = np.exp(1 + 0.18)
    assert np.mean(means) == pytest.approx(truth, rel=0.02)


def test_other_bounds_are_refused() -> None:
    ones = np.ones(4)
    for low, high in itertools.product([ones, ones * 0], [np.full(4, np.inf)]):
        with pytest.raises(ValueError, match="below a limit"):
            between_groups(low, high, np.array([0, 0, 1, 1]))
    with pytest.raises(ValueError, match="two groups"):
        between_groups(ones, ones, np.zeros(4))
    with pytest.raises(ValueError, match="three detected"):
        level(np.full(4, -np.inf), ones)
