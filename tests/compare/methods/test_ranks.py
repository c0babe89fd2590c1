from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from two_groups import ranked

from exvivo.arrays import Floats
from exvivo.compare.methods.ranks import (
    censored_shift,
    gehan_scores,
    midranks,
    rank_z,
    settled,
    shift_of_ranks,
    superiority,
)

numbers = st.lists(st.integers(-5, 5).map(float), min_size=3, max_size=12).map(np.array)


def below(values: Floats, limit: float) -> tuple[Floats, Floats]:
    """Values with a detection limit: bounds that are equal where it was reached."""
    hidden = values < limit
    return np.where(hidden, -np.inf, values), np.where(hidden, limit, values)


@given(numbers)
def test_scores_of_known_values_are_centred_midranks(values: Floats) -> None:
    assert gehan_scores(values, values) == pytest.approx(
        2 * (stats.rankdata(values) - (len(values) + 1) / 2)
    )
    assert midranks(values) == pytest.approx(stats.rankdata(values))


@given(numbers, st.integers(-4, 4).map(float))
def test_one_common_limit_makes_ties_at_it(values: Floats, limit: float) -> None:
    tied = np.where(values < limit, -100.0, values)
    assert gehan_scores(*below(values, limit)) == pytest.approx(gehan_scores(tied, tied))


def test_a_detected_value_at_the_limit_is_higher_than_an_undetected_one() -> None:
    assert settled(np.array([2.0]), np.array([2.0]), np.array([-np.inf]), np.array([2.0])) == 1
    assert settled(np.array([-np.inf]), np.array([2.0]), np.array([-np.inf]), np.array([3.0])) == 0
    assert settled(np.array([4.0]), np.array([np.inf]), np.array([-np.inf]), np.array([4.0])) == 1


@settings(max_examples=50)
@given(numbers, numbers)
def test_the_statistic_is_that_of_mann_and_whitney_with_ties(x: Floats, y: Floats) -> None:
    if np.ptp(np.concatenate([x, y])) == 0:
        assert rank_z(ranked(x, x, y, y)) == 0
        return
    expected = stats.mannwhitneyu(x, y, method="asymptotic", use_continuity=False).pvalue
    assert 2 * stats.norm.sf(abs(rank_z(ranked(x, x, y, y)))) == pytest.approx(expected, abs=1e-12)


def test_shift_is_that_of_wilcox_test() -> None:
    """As R's wilcox.test(exact = TRUE, conf.int = TRUE) defines it."""
    x, y = np.array([1.1, 2.2, 3.3, 4.4, 5.5]), np.array([0.5, 1.9, 2.0, 2.1])
    estimate, lower, upper = shift_of_ranks(x, y, alpha=0.05)
    differences = np.sort((x[:, None] - y).ravel())
    assert estimate == np.median(differences)
    assert (lower, upper) == (differences[1], differences[-2])  # qwilcox(0.025, 5, 4) is 2


def test_a_shift_is_found_where_it_is_and_moves_with_the_numbers() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(1, 1, 14), rng.normal(0, 1, 10)
    found = censored_shift(ranked(x, x, y, y), alpha=0.05)
    moved = censored_shift(ranked(x + 3, x + 3, y, y), alpha=0.05)
    assert found.estimate == pytest.approx(np.median(x[:, None] - y))
    assert moved.estimate is not None
    assert found.estimate is not None
    assert moved.estimate == pytest.approx(found.estimate + 3)
    assert (moved.lower, moved.upper) == pytest.approx((found.lower + 3, found.upper + 3))
    for end, sign in ((found.lower, 1), (found.upper, -1)):
        inside, outside = (
            abs(rank_z(ranked(x - end - sign * step, x - end - sign * step, y, y)))
            for step in (1e-6, -1e-6)
        )
        assert inside < 1.96 <= outside + 1e-9


def test_an_interval_is_open_where_the_bounds_leave_it_open() -> None:
    x, y = np.full(6, 5.0) + np.arange(6) / 10, np.arange(6) / 10
    lower = np.array([-np.inf] * 4 + [0.4, 0.5])
    upper = np.array([1.0] * 4 + [0.4, 0.5])
    found = censored_shift(ranked(x, x, lower, upper), alpha=0.05)
    assert found.upper == np.inf
    assert 3.9 < found.lower < 5
    assert censored_shift(ranked(x, x, y, y), alpha=0.05).upper < 6


def coverage(truth: float, limit: float, *, seed: int, studies: int) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    inside = rejected = 0
    for _ in range(studies):
        x, y = below(rng.normal(truth, 1, 14), limit), below(rng.normal(0, 1, 10), limit)
        found = censored_shift(ranked(*x, *y), alpha=0.05)
        inside += found.lower <= truth <= found.upper
        rejected += found.p <= 0.05
    return inside / studies, rejected / studies


@pytest.mark.parametrize(("truth", "limit"), [(0.0, -0.4), (1.0, -0.4)])
def test_censored_shift_covers_and_rejects_as_it_should(truth: float, limit: float) -> None:
    inside, rejected = coverage(truth, limit, seed=5, studies=600)
    slack = 3.3 * (0.05 * 0.95 / 600) ** 0.5
    assert (
        0.95 - slack <= inside <= 0.95 + slack + 0.01
    )  # ranks are discrete: a little too wide is theirs
    if truth == 0:
        assert rejected <= 0.05 + slack
    else:
        assert rejected > 0.4


def test_superiority_is_the_share_of_pairs_and_its_interval_covers() -> None:
    x, y = np.array([1.0, 2.0, 3.0, 7.0]), np.array([0.0, 2.0, 4.0])
    assert superiority(ranked(x, x, y, y), alpha=0.05).estimate == pytest.approx(
        stats.mannwhitneyu(x, y, method="asymptotic").statistic / 12
    )
    rng, limit, inside, studies = np.random.default_rng(8), 0.5, 0, 600
    many = (
        np.maximum(rng.normal(0.8, 1, 200_000), limit),
        np.maximum(rng.normal(0, 1, 200_000), limit),
    )
    truth = float(np.mean(many[0] > many[1]) + 0.5 * np.mean(many[0] == many[1]))
    for _ in range(studies):
        found = superiority(
            ranked(*below(rng.normal(0.8, 1, 20), limit), *below(rng.normal(0, 1, 16), limit)),
            alpha=0.05,
        )
        assert 0 <= found.lower <= (found.estimate or 0) <= found.upper <= 1
        inside += found.lower <= truth <= found.upper
    assert 0.92 <= inside / studies <= 0.985


def test_groups_that_do_not_overlap_still_have_an_interval() -> None:
    x, y = np.arange(5.0) + 10, np.arange(4.0)
    found = superiority(ranked(x, x, y, y), alpha=0.05)
    assert found.estimate == 1
    assert found.upper == 1
    assert 0.3 < found.lower < 0.9
