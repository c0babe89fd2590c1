"""Methods that answer one study answer many of them with the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

from exvivo.arrays import Floats
from exvivo.compare.asks.contrast import means_beside
from exvivo.compare.judge.benjamini_hochberg import false_discovery, false_discovery_of
from exvivo.compare.judge.holm import holm, holm_of
from exvivo.compare.judge.maxt import max_t
from exvivo.compare.judge.maxt_many import max_t_of_many
from exvivo.compare.methods.correlation import Coefficient, correlation, correlations
from exvivo.compare.methods.partial_correlation import partial, partials
from exvivo.compare.methods.permutation import Permutations
from exvivo.compare.methods.ranks import midranks

N = 12


def studies(number: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(size=(number, N))


@pytest.mark.parametrize("columns", ["nothing", "plates", "one analyte's plate"])
def test_max_t_of_many_studies_is_that_of_each(columns: str) -> None:
    rng = np.random.default_rng(8)
    shared, values = rng.normal(size=(5, 17, 1)), rng.normal(size=(5, 17, 3))
    values += shared + 0.8 * (np.arange(17) < 9)[None, :, None]
    first, plate = np.arange(17) < 9, (np.arange(17) % 3 == 0).astype(float)[:, None]
    none = np.empty((17, 0))
    held = {
        "nothing": [none, none, none],
        "plates": [plate, plate, plate],
        "one analyte's plate": [none, plate, np.column_stack([plate, np.arange(17) % 2])],
    }[columns]
    many = max_t_of_many(values, first, held, number=199, seed=3)
    padded = np.zeros((3, 17, 2))
    for analyte, own in enumerate(held):
        padded[analyte, :, : own.shape[1]] = own
    each = [max_t(own, first, padded, number=199, seed=3).adjusted for own in values]
    np.testing.assert_allclose(many, each, atol=1e-12)
    assert len(np.unique(many)) > 8


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_coefficients(method: Coefficient) -> None:
    x, y = studies(6), studies(6, 2)
    y[0] = 2 * x[0]
    many = correlations(x, y, alpha=0.05, method=method, adjusted=1)
    held = partials(x, y, studies(1, 3)[0][:, None], alpha=0.05, method=method)
    for i in range(6):
        one = correlation(x[i], y[i], alpha=0.05, method=method, adjusted=1)
        found = (many.estimate[i], many.lower[i], many.upper[i], many.p[i])
        assert found == pytest.approx((one.estimate, one.lower, one.upper, one.p), abs=1e-12)
        alone = partial(x[i], y[i], studies(1, 3)[0][:, None], alpha=0.05, method=method)
        assert held.p[i] == pytest.approx(alone.p, abs=1e-12)
    assert many.estimate[0] == 1.0 and many.upper[0] == 1.0 and many.lower[0] < 1


def test_a_side_that_does_not_vary_has_no_coefficient() -> None:
    x = studies(2)
    x[1] = 0.5
    p = correlations(x, studies(2, 2), alpha=0.05, method="pearson").p
    assert np.isfinite(p[0]) and np.isnan(p[1])


def test_means_of_a_group() -> None:
    values, plate = studies(4), np.repeat([1.0, -1.0], N // 2)[:, None]
    many = means_beside(values, plate, alpha=0.05).estimates
    for i in range(4):
        one = means_beside(values[i], plate, alpha=0.05).estimates.one
        assert (many.lower[i], many.p[i]) == pytest.approx((one.lower, one.p), abs=1e-12)


def test_ranks_share_ties_study_by_study() -> None:
    """Against ranks counted one by one."""
    values = studies(5).round(0)
    values[0] = studies(1)
    counted = (values[:, None, :] < values[:, :, None]).sum(axis=2) + (
        (values[:, None, :] == values[:, :, None]).sum(axis=2) + 1
    ) / 2
    np.testing.assert_array_equal(midranks(values), counted)
    np.testing.assert_array_equal(midranks(values[1]), counted[1])


def test_corrections_pass_over_what_has_no_p_value() -> None:
    p = np.array([[0.01, np.nan, 0.04, 0.03], [0.2, 0.5, 0.001, 0.01]])
    for many, one in ((holm_of, holm), (false_discovery_of, false_discovery)):
        adjusted = many(p)
        np.testing.assert_allclose(adjusted[0, [0, 2, 3]], one([0.01, 0.04, 0.03]))
        assert np.isnan(adjusted[0, 1])
        np.testing.assert_allclose(adjusted[1], one(p[1].tolist()))


@pytest.mark.parametrize("strata", [None, np.repeat([0, 1, 0], [9, 20, 11])])
def test_permutations_are_the_same_draws(strata: np.ndarray | None) -> None:
    """With more donors than are counted each study is drawn for by itself, too."""
    rng = np.random.default_rng(5)
    scores = rng.normal(size=(7, 40)) + 0.7 * (np.arange(40) < 18)
    permutations = Permutations(399, 4)
    many = permutations.between_each(scores, 18, strata)
    assert many is not None
    assert many.tolist() == [permutations.between(own, 18, strata) for own in scores]
    assert Permutations(0, 4).between_each(scores, 18) is None


def test_drawn_permutations_come_near_all_of_them() -> None:
    scores = studies(30) + 0.5 * (np.arange(N) < 7)
    permutations = Permutations(1999, 4)
    drawn = permutations.between_each(scores, 7)
    exact = [permutations.between(own, 7) or 0.0 for own in scores]
    assert drawn is not None
    np.testing.assert_allclose(drawn, exact, atol=4 * (0.25 / 1999) ** 0.5)
