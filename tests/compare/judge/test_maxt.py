from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from exvivo.arrays import Bools, Floats
from exvivo.compare.judge.holm import holm
from exvivo.compare.judge.maxt import max_t


def welch_t(values: Floats, first: Bools) -> Floats:
    return np.asarray(
        stats.ttest_ind(values[first], values[~first], equal_var=False, nan_policy="omit").statistic
    )


def by_hand(values: Floats, first: Bools, strata: Floats) -> tuple[Floats, Floats]:
    """Every rearrangement in turn, and the step-down as the book words it."""
    observed = np.abs(welch_t(values, first))
    drawn = []
    for chosen in itertools.combinations(range(len(first)), int(first.sum())):
        marks = np.isin(np.arange(len(first)), chosen)
        if all(marks[strata == s].sum() == first[strata == s].sum() for s in np.unique(strata)):
            drawn.append(np.abs(welch_t(values, marks)))
    every = np.array(drawn)
    own = (every >= observed - 1e-9).mean(axis=0)
    adjusted = np.empty(len(observed))
    left, last = set(range(len(observed))), 0.0
    for analyte in np.argsort(-observed):
        last = max(
            last, float((every[:, sorted(left)].max(axis=1) >= observed[analyte] - 1e-9).mean())
        )
        adjusted[analyte] = last
        left.remove(int(analyte))
    return own, adjusted


@settings(max_examples=8)
@given(seed=st.integers(0, 10**6), split=st.booleans())
def test_few_donors_are_as_counted_by_hand(seed: int, split: bool) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(9, 3)) + rng.normal(size=(9, 1))
    first = np.arange(9) % 2 == 0
    values[first, 0] += 1.5
    strata = np.where(split, np.arange(9) // 5, 0).astype(float)
    found = max_t(values, first, number=99, seed=1, strata=strata)
    own, adjusted = by_hand(values, first, strata)
    assert found.exact
    assert found.t == pytest.approx(welch_t(values, first))
    assert found.p == pytest.approx(own)
    assert found.adjusted == pytest.approx(adjusted)


@settings(max_examples=30)
@given(seed=st.integers(0, 10**6), common=st.floats(0, 3), gone=st.floats(0, 0.3))
def test_correction_never_lowers_a_p_value_and_keeps_the_order(
    seed: int, common: float, gone: float
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(18, 6)) + common * rng.normal(size=(18, 1))
    values[rng.random(values.shape) < gone] = np.nan
    found = max_t(values, np.arange(18) < 10, number=299, seed=2)
    told = ~np.isnan(found.t)
    assert np.array_equal(np.isnan(found.p), ~told)
    assert (found.adjusted[told] >= found.p[told]).all()
    order = np.argsort(-np.abs(found.t[told]))
    assert (np.diff(found.adjusted[told][order]) >= 0).all()


def test_a_missing_donor_counts_for_the_others_and_an_unmeasured_analyte_for_nothing() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=(12, 3))
    values[0, 1] = values[7, 1] = np.nan
    values[1:, 2] = np.nan
    first = np.arange(12) < 6
    found = max_t(values, first, number=999, seed=1)
    assert found.t[:2] == pytest.approx(welch_t(values[:, :2], first))
    assert np.isnan([found.t[2], found.p[2], found.adjusted[2]]).all()
    assert found.adjusted[:2] == pytest.approx(
        max_t(values[:, :2], first, number=999, seed=1).adjusted
    )


def test_independent_analytes_cost_about_holm_and_related_ones_less() -> None:
    rng = np.random.default_rng(4)
    first = np.arange(40) < 20
    free: list[float] = []
    tied: list[float] = []
    for _ in range(40):
        apart = rng.normal(size=(40, 5))
        alike = apart * 0.1 + rng.normal(size=(40, 1))
        for values, ratios in ((apart, free), (alike, tied)):
            found = max_t(values, first, number=999, seed=5)
            at = int(np.argmin(found.p))
            ratios.append(found.adjusted[at] / min(5 * found.p[at], 1))
            assert (
                found.adjusted <= np.array(holm(found.p.tolist())) + 0.06
            ).all()  # Holm's bound, drawing error apart
    assert 0.75 < np.mean(free) < 1.05
    assert np.mean(tied) < 0.7


def test_the_first_false_claim_comes_as_often_as_the_level_says() -> None:
    """Related analytes of unequal spread, one of them truly different: errors among the others,
    over many studies.
    """
    rng = np.random.default_rng(6)
    first = np.arange(24) < 14
    studies, wrong, seen = 1500, 0, 0
    for _ in range(studies):
        values = (rng.normal(size=(24, 5)) + rng.normal(size=(24, 1))) * [1, 2, 5, 1, 1]
        values[first, 0] += 3.0
        found = max_t(values, first, number=399, seed=7)
        wrong += int((found.adjusted[1:] <= 0.05).any())
        seen += int(found.adjusted[0] <= 0.05)
    error = (0.05 * 0.95 / studies) ** 0.5
    assert 0.05 - 3.3 * error - 0.01 <= wrong / studies <= 0.05 + 3.3 * error
    assert seen / studies > 0.9


def test_batches_that_differ_are_held_by_strata_and_mislead_without() -> None:
    rng = np.random.default_rng(8)
    batch = np.repeat([0, 1], 12)
    first = np.concatenate([np.arange(12) < 10, np.arange(12) < 2])
    held = loose = 0
    for _ in range(200):
        values = rng.normal(size=(24, 3)) + 2.0 * batch[:, None]
        held += int((max_t(values, first, number=199, seed=9, strata=batch).adjusted <= 0.05).any())
        loose += int((max_t(values, first, number=199, seed=9).adjusted <= 0.05).any())
    assert held / 200 <= 0.05 + 3.3 * (0.05 * 0.95 / 200) ** 0.5
    assert loose / 200 > 0.5


def test_the_same_seed_gives_the_same_numbers_and_units_do_not_matter() -> None:
    values = np.random.default_rng(10).normal(size=(24, 5))
    first = np.arange(24) < 14
    found = max_t(values, first, number=999, seed=1)
    assert (
        found.adjusted.tolist()
        == max_t(1e6 + 1e3 * values, first, number=999, seed=1).adjusted.tolist()
    )
    assert found.adjusted.tolist() != max_t(values, first, number=999, seed=2).adjusted.tolist()
    assert found.p == pytest.approx(
        stats.ttest_ind(values[first], values[~first], equal_var=False).pvalue, abs=0.05
    )


def test_an_analyte_that_separates_the_groups_or_never_varies() -> None:
    first = np.arange(12) < 6
    values = np.column_stack([np.where(first, 1.0, 0.0), np.ones(12), np.arange(12.0)])
    found = max_t(values, first, number=999, seed=1)
    assert found.p[0] == pytest.approx(2 / 924)
    assert found.p[1] == 1
    assert found.adjusted[1] == 1


def test_five_analytes_by_five_thousand_take_milliseconds() -> None:
    values = np.random.default_rng(11).normal(size=(24, 5))
    first = np.arange(24) < 14
    max_t(values, first, number=4999, seed=1)
    began = time.process_time()
    for _ in range(10):
        max_t(values, first, number=4999, seed=1)
    assert (time.process_time() - began) / 10 < 0.02  # 1.3 ms where nothing else runs


def test_what_is_no_family_is_refused() -> None:
    with pytest.raises(ValueError, match="not a family of two groups"):
        max_t(np.zeros((4, 2)), np.ones(4, dtype=bool), number=9, seed=1)
    with pytest.raises(ValueError, match="strata"):
        max_t(np.zeros((4, 2)), np.arange(4) < 2, number=9, seed=1, strata=np.zeros(3))


def test_the_observed_arrangement_is_one_of_those_drawn() -> None:
    """Where no drawn arrangement comes near, p is 1 in `number` + 1 and never 0."""
    first = np.arange(40) < 20
    values = np.random.default_rng(1).normal(size=(40, 2)) + 20.0 * first[:, None]
    found = max_t(values, first, number=999, seed=1)
    assert not found.exact
    assert found.p == pytest.approx([1 / 1000] * 2)
    assert found.adjusted == pytest.approx([1 / 1000] * 2)
