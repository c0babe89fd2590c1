"""Contrasts of analytes by leaving out one donor at a time: Welch where all is known, and the truth
where some is hidden.
"""

from __future__ import annotations

import numpy as np
import pytest
from two_groups import welch

from exvivo.compare.estimate import NotEstimable
from exvivo.compare.methods.jackknife import jackknife_contrast
from exvivo.compare.methods.well_likelihood import likelihood_difference, without_each
from exvivo.compare.sample import Well

GROUPS = np.repeat([0, 1], [9, 6])
WEIGHTS = np.array([1.0, -1 / 3, -1 / 3, -1 / 3])


def results(seed: int, spread: float = 2.0) -> np.ndarray:
    """Donors by analytes, the first group wider; analytes of a donor hang together."""
    rng = np.random.default_rng(seed)
    own = rng.normal(0, 1, (15, 1))
    return (own + rng.normal(0, 0.5, (15, 4))) * np.where(GROUPS == 0, spread, 1.0)[:, None]


def differences(values: np.ndarray) -> np.ndarray:
    return np.asarray(values[GROUPS == 0].mean(axis=0) - values[GROUPS == 1].mean(axis=0))


def without(values: np.ndarray) -> np.ndarray:
    rows = []
    for donor in range(len(values)):
        kept = np.arange(len(values)) != donor
        rows.append(
            values[kept & (GROUPS == 0)].mean(axis=0) - values[kept & (GROUPS == 1)].mean(axis=0)
        )
    return np.array(rows)


@pytest.mark.parametrize("shared", [0.0, 0.3])
def test_of_means_it_is_welchs_interval_on_the_donors_own_contrasts(shared: float) -> None:
    values = results(1)
    found = jackknife_contrast(
        differences(values), without(values), GROUPS, WEIGHTS, alpha=0.05, shared=shared
    )
    own = values @ WEIGHTS
    known = welch(own[GROUPS == 0], own[GROUPS == 1], alpha=0.05, shared=shared**2)
    assert (found.estimate, found.lower, found.upper, found.p) == pytest.approx(
        (known.estimate, known.lower, known.upper, known.p), rel=1e-9
    )


def test_of_likelihoods_without_bounds_it_is_welchs_interval() -> None:
    """The likelihood of exact wells, its estimates without each donor, and the contrast of four
    analytes.
    """
    values = results(2)
    sides = []
    for analyte in values.T:
        wells = tuple((Well(side=1.0, value=float(value)),) for value in analyte)
        sides.append((wells[:9], wells[9:]))
    estimates = np.array([likelihood_difference(x, y, alpha=0.05).estimate for x, y in sides])
    each = np.column_stack([without_each(x, y) for x, y in sides])
    found = jackknife_contrast(estimates, each, GROUPS, WEIGHTS, alpha=0.05)
    own = values @ WEIGHTS
    known = welch(own[GROUPS == 0], own[GROUPS == 1], alpha=0.05)
    assert (found.lower, found.upper) == pytest.approx((known.lower, known.upper), abs=1e-4)


def test_a_missing_estimate_is_no_answer() -> None:
    values = results(3)
    each = without(values)
    each[4, 2] = np.nan
    with pytest.raises(NotEstimable):
        jackknife_contrast(differences(values), each, GROUPS, WEIGHTS, alpha=0.05)


def test_with_columns_held_it_errs_in_one_study_of_twenty() -> None:
    """Least squares with two plates held, one group three times as wide, 1,000 studies without a
    difference; the estimates without each donor by the leverages.
    """
    rng = np.random.default_rng(5)
    asked = np.repeat([1.0, 0.0], [14, 10])
    plates = (rng.random((24, 2)) < np.where(asked == 1, 0.6, 0.3)[:, None]).astype(float)
    design = np.column_stack([asked, np.ones(24), plates])
    inverse = np.linalg.inv(design.T @ design)
    leverage = np.einsum("di,ij,dj->d", design, inverse, design)
    groups = (asked == 0).astype(np.int64)
    df = np.bincount(groups, 1 - leverage).astype(np.float64)
    claims = []
    for _ in range(1000):
        y = plates @ rng.normal(0, 1, 2) + rng.normal(0, np.where(asked == 1, 3.0, 1.0))
        coefficients = inverse @ design.T @ y
        moves = (design @ inverse)[:, 0] * (y - design @ coefficients) / (1 - leverage)
        each = (coefficients[0] - moves)[:, None]
        found = jackknife_contrast(coefficients[:1], each, groups, np.ones(1), alpha=0.05, df=df)
        claims.append(found.p <= 0.05)
    assert np.mean(claims) == pytest.approx(0.05, abs=2.576 * (0.05 * 0.95 / 1000) ** 0.5)
