"""Contrasts of analytes by leaving out one donor at a time: Welch where all is known, and the truth
where some is hidden.
"""

from __future__ import annotations

import numpy as np
import pytest

from exvivo.compare.estimate import NotEstimable
from exvivo.compare.methods.jackknife import jackknife_contrast
from exvivo.compare.methods.welch import welch
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
    return values[GROUPS == 0].mean(axis=0) - values[GROUPS == 1].mean(axis=0)


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


def test_fewer_degrees_of_freedom_widen_the_interval() -> None:
    values = results(4)
    parts = (differences(values), without(values), GROUPS, WEIGHTS)
    plain = jackknife_contrast(*parts, alpha=0.05)
    same = jackknife_contrast(*parts, alpha=0.05, df=np.array([8.0, 5.0]))
    assert (plain.lower, plain.upper) == (same.lower, same.upper)
