"""Least squares with a variance for each group: against definitions written out, and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from exvivo.arrays import Bools, Floats
from exvivo.compare.estimate import NotEstimable
from exvivo.compare.methods.regression import (
    coefficient,
    shared_added,
    weights_of,
    without_each,
)


def layout(n: int, m: int, share: float) -> tuple[Floats, Floats, Bools]:
    """Two groups over two plates: `share` of the first group on the first, the rest of the second
    group too.
    """
    first = np.arange(n + m) < n
    plate = np.concatenate([np.arange(n) < share * n, np.arange(m) >= share * m])
    return first.astype(np.float64), plate[:, None].astype(np.float64), first


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(3, 9), st.integers(3, 9))
def test_without_columns_it_is_welch(seed: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    y, (asked, _, first) = rng.normal(size=n + m), layout(n, m, 0.5)
    fit = coefficient(y, asked, np.empty((n + m, 0)), first, alpha=0.05)
    peer = stats.ttest_ind(y[first], y[~first], equal_var=False)
    interval = peer.confidence_interval()
    assert (fit.estimate.lower, fit.estimate.upper) == pytest.approx((interval.low, interval.high))
    assert fit.estimate.p == pytest.approx(peer.pvalue)


def test_the_variance_is_unbiased_and_the_degrees_of_freedom_are_those_of_its_spread() -> None:
    """Of 40,000 studies: the mean of s² is the variance of the estimate, and the variance of s²
    that of a chi-square with Satterthwaite's degrees of freedom at the true variances.
    """
    rng = np.random.default_rng(11)
    asked, plates, first = layout(10, 7, 0.7)
    sd = np.where(first, 2.0, 1.0)
    weights = weights_of(asked, plates, first)
    draws = rng.normal(size=(40_000, 17)) * sd
    q = np.linalg.solve(weights.expected, weights.squared_weights)
    squares = ((draws @ weights.m.T) ** 2) @ q[weights.spread]
    true = float(np.sum((weights.w * sd) ** 2))
    assert squares.mean() == pytest.approx(true, rel=4 * squares.std() / true / 200)
    form = weights.m @ np.diag(q[weights.spread]) @ weights.m @ np.diag(sd**2)
    df = np.trace(form) ** 2 / np.trace(form @ form)
    assert squares.var() == pytest.approx(2 * true**2 / df, rel=0.05)


@pytest.mark.parametrize(
    ("n", "m", "share", "sd"), [(14, 10, 0.8, 1.0), (5, 20, 0.8, 3.0), (6, 6, 0.8, 3.0)]
)
def test_it_holds_its_level_where_plates_and_spreads_are_uneven(
    n: int, m: int, share: float, sd: float
) -> None:
    rng, studies = np.random.default_rng(12), 1500
    asked, plates, first = layout(n, m, share)
    spread = np.where(first, sd, 1.0)
    y = rng.normal(size=(studies, n + m)) * spread + 3 * plates[:, 0]
    false = np.mean(
        [coefficient(v, asked, plates, first, alpha=0.05).estimate.p <= 0.05 for v in y]
    )
    assert abs(false - 0.05) <= 2.58 * (0.05 * 0.95 / studies) ** 0.5 + 0.008


def test_a_constant_on_a_plate_moves_nothing() -> None:
    rng = np.random.default_rng(13)
    asked, plates, first = layout(8, 7, 0.6)
    y = rng.normal(size=15)
    as_it_is = coefficient(y, asked, plates, first, alpha=0.05).estimate
    moved = coefficient(y + 7 * plates[:, 0], asked, plates, first, alpha=0.05).estimate
    assert (moved.estimate, moved.lower, moved.p) == pytest.approx(
        (as_it_is.estimate, as_it_is.lower, as_it_is.p), abs=1e-9
    )


def test_without_each_donor_is_the_fit_of_the_others() -> None:
    rng = np.random.default_rng(14)
    asked, plates, first = layout(8, 7, 0.6)
    y, every = rng.normal(size=15), np.arange(15)
    refits = [
        coefficient(y[k], asked[k], plates[k], first[k], alpha=0.05).slope
        for k in (every != donor for donor in every)
    ]
    assert without_each(y, asked, plates) == pytest.approx(refits)


def test_columns_that_tell_the_groups_leave_nothing() -> None:
    asked, _, first = layout(5, 5, 0.5)
    with pytest.raises(NotEstimable):
        coefficient(np.arange(10.0), asked, asked[:, None], first, alpha=0.05)


def test_an_error_that_the_columns_hold_adds_nothing() -> None:
    """A plate's curve is shared by its donors: where the plate is held it moves nothing, elsewhere
    as far as the groups differ in it.
    """
    asked, plates, first = layout(10, 10, 0.8)
    assert shared_added(weights_of(asked, plates, first), plates) == pytest.approx(0.0, abs=1e-12)
    bare = shared_added(weights_of(asked, np.empty((20, 0)), first), plates)
    # (0.8 - 0.2)², less what the shares spread each mean by: 2 x 0.8 x 0.2 / 9.
    assert bare == pytest.approx(0.36 - 2 * 0.16 / 9)
