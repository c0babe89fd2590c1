"""Looks at growing data, against published tables and a simulation."""

from __future__ import annotations

import numpy as np
import pytest

from exvivo.looks import crossed, error_of_looks, nominal_level, spending_bounds, spent_by

ARMITAGE = {1: 0.05, 2: 0.083, 3: 0.107, 4: 0.126, 5: 0.142, 10: 0.193, 20: 0.248, 50: 0.320}
"""The chance of one p < 0.05 at least in so many equal looks (doi 10.2307/2343787, table 2)."""
OBRIEN_FLEMING_TYPE = [4.877, 3.357, 2.680, 2.290, 2.031]
"""Bounds of five equal looks, two-sided 0.05, of the spending function (Lan and DeMets 1983; as
the programs of Reboussin, DeMets, Kim and Lan 2000 print them, doi 10.1016/s0197-2456(00)00057-x).
"""


@pytest.mark.parametrize(("looks", "error"), ARMITAGE.items())
def test_the_error_of_equal_looks_is_that_of_the_published_table(looks: int, error: float) -> None:
    assert error_of_looks(range(1, looks + 1), alpha=0.05) == pytest.approx(error, abs=6e-4)


def test_the_bounds_are_the_published_ones() -> None:
    bounds = spending_bounds([1, 2, 3, 4, 5], 5, alpha=0.05)
    assert bounds == pytest.approx(OBRIEN_FLEMING_TYPE, abs=6e-4)


@pytest.mark.parametrize("looks", [[12, 24], [6, 7, 20], [12, 18, 24, 30], [24]])
def test_the_bounds_spend_all_of_the_error_and_no_more(looks: list[int]) -> None:
    bounds = spending_bounds(looks, looks[-1], alpha=0.05)
    times = [n / looks[-1] for n in looks]
    assert crossed(times, bounds) == pytest.approx(0.05, abs=1e-9)
    assert crossed(times[:-1], bounds[:-1]) == pytest.approx(
        spent_by(times[-2], 0.05) if len(looks) > 1 else 0.0, abs=1e-9
    )


def test_unequal_looks_err_as_often_as_simulated_ones_do() -> None:
    """Z of growing means, 200,000 studies; its Monte-Carlo error is 0.0008."""
    donors = np.arange(6, 21, 2)
    sums = np.random.default_rng(1).standard_normal((200_000, 20)).cumsum(axis=1)
    z = sums[:, donors - 1] / np.sqrt(donors)
    simulated = float((abs(z) > 1.959964).any(axis=1).mean())
    assert error_of_looks(donors.tolist(), alpha=0.05) == pytest.approx(simulated, abs=0.0025)


def test_one_look_at_the_end_costs_nothing_and_an_early_one_is_strict() -> None:
    assert nominal_level([24], 24, alpha=0.05) == pytest.approx(0.05)
    first, middle, last = (nominal_level([12, 18, 24], n, alpha=0.05) for n in (12, 18, 24))
    assert first < middle < last < 0.05
    assert nominal_level([12, 18, 24], 6, alpha=0.05) < first


def test_more_donors_than_declared_count_as_the_last_look() -> None:
    """The error of the last look is spent at its own number of donors, and none is left over."""
    level = nominal_level([12, 24], 30, alpha=0.05)
    bounds = spending_bounds([12, 30], 24, alpha=0.05)
    assert crossed([12 / 30, 1.0], bounds) == pytest.approx(0.05, abs=1e-9)
    assert level < 0.05
