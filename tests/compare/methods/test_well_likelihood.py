"""Groups compared by the likelihood of their wells: Welch where nothing is hidden, and the truth
where much is.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lengths import studies
from scipy import integrate, stats
from two_groups import welch

from exvivo.compare.estimate import Estimate
from exvivo.compare.methods.donor_likelihoods import Wells
from exvivo.compare.methods.group_model import GroupModel
from exvivo.compare.methods.well_likelihood import likelihood_difference
from exvivo.compare.sample import Well

LN2 = math.log(2)


def counted(rng: np.random.Generator, log2_copies: float, side: float, *, sd: float = 0.15) -> Well:
    """A qPCR well: a Poisson number of copies, read with an error; none is undetected."""
    copies = rng.poisson(2.0**log2_copies)
    if not copies:
        return Well(side=side, sd=sd, one_copy=0.0)
    value = math.log2(copies) + sd * rng.normal()
    return Well(side=side, value=value, sd=math.sqrt(sd**2 + 2.0**-value / LN2**2), one_copy=0.0)


def limited(rng: np.random.Generator, log2: float, side: float, *, sd: float = 0.12) -> Well:
    """A well of an assay with a detection limit at 0."""
    value = log2 + sd * rng.normal()
    return Well(side=side, value=value, sd=sd) if value > 0 else Well(side=side, upper=0.0)


def levels(rng: np.random.Generator, n: int, mean: float) -> Wells:
    return tuple(tuple(counted(rng, at, 1.0) for _ in range(3)) for at in rng.normal(mean, 0.8, n))


def responses(rng: np.random.Generator, n: int, base: float, *, kind: str) -> Wells:
    well = counted if kind == "counted" else limited
    made = []
    for low in rng.normal(base, 0.8, n):
        high = low + rng.normal(1.5, 0.65)
        made.append(
            tuple(well(rng, at, side) for side, at in ((-1.0, low), (1.0, high)) for _ in range(2))
        )
    return tuple(made)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(5, 15),
    m=st.integers(5, 15),
    spread=st.floats(0.5, 2.0),
)
def test_where_every_well_is_detected_it_is_welchs_interval(
    seed: int, n: int, m: int, spread: float
) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(0.7, spread, n), rng.normal(0, 0.8, m)
    found = likelihood_difference(
        *(tuple((Well(side=1.0, value=float(v), sd=0.05),) for v in group) for group in (x, y)),
        alpha=0.05,
    )
    known = welch(x, y, alpha=0.05)
    assert found.estimate == pytest.approx(known.estimate, abs=0.01 * spread)
    assert [found.lower, found.upper] == pytest.approx(
        [known.lower, known.upper], abs=0.03 * (known.upper - known.lower)
    )
    assert found.p == pytest.approx(known.p, rel=0.15, abs=1e-4)


def test_the_likelihood_of_a_donor_is_the_integral_over_its_quantities() -> None:
    """Held against adaptive quadrature of the same model, written anew: two wells of one donor, one
    of them empty.
    """
    wells = (
        (
            Well(side=1.0, value=1.2, sd=math.hypot(0.15, 2.0**-0.6 / LN2), one_copy=0.0),
            Well(side=1.0, one_copy=0.0, sd=0.15),
        ),
    )
    model = GroupModel.of(wells, np.ones((1, 1)), np.zeros(1, dtype=np.int64))

    def integrand(at: float, mean: float, sd: float) -> float:
        rate = 2.0**at
        seen = sum(
            stats.poisson.pmf(k, rate) * math.exp(-0.5 * ((1.2 - math.log2(k)) / 0.15) ** 2)
            for k in range(1, 30)
        )
        return float(seen * math.exp(-rate) * stats.norm.pdf(at, mean, sd))

    def neg_log_likelihood(mean: float, sd: float) -> float:
        return -float(model.scores(np.array([[mean, math.log(sd)]])).logs[0, 0])

    pairs = [(0.5, 0.8), (1.5, 0.8), (0.5, 1.6)]
    exact = [-math.log(integrate.quad(integrand, -8, 8, args=pair, limit=200)[0]) for pair in pairs]
    mine = [neg_log_likelihood(*pair) for pair in pairs]
    assert np.diff(mine) == pytest.approx(np.diff(exact), abs=2e-3)


def test_shifting_or_swapping_everything_shifts_or_swaps_the_answer() -> None:
    rng = np.random.default_rng(4)
    x, y = (responses(rng, n, 1.0, kind="counted") for n in (8, 7))
    found, swapped = (
        likelihood_difference(x, y, alpha=0.05),
        likelihood_difference(y, x, alpha=0.05),
    )
    assert found.estimate is not None and swapped.estimate is not None
    assert [-swapped.upper, -swapped.estimate, -swapped.lower] == pytest.approx(
        [found.lower, found.estimate, found.upper], abs=0.01
    )

    def moved(group: Wells) -> Wells:
        return tuple(
            tuple(
                replace(w, value=None if w.value is None else w.value + 5, one_copy=5.0)
                for w in donor
            )
            for donor in group
        )

    assert likelihood_difference(moved(x), moved(y), alpha=0.05).estimate == pytest.approx(
        found.estimate, abs=0.01
    )


def test_an_unsure_single_copy_and_shared_errors_widen_the_interval() -> None:
    rng = np.random.default_rng(5)
    x, y = levels(rng, 12, 1.0), levels(rng, 12, 0.0)
    plain = likelihood_difference(x, y, alpha=0.05)
    shared = likelihood_difference(x, y, alpha=0.05, shared=0.5)
    assert shared.upper - shared.lower > plain.upper - plain.lower + 0.3 and shared.p > plain.p
    unsure = tuple(
        tuple(tuple(replace(w, one_copy_sd=1.0) for w in donor) for donor in group)
        for group in (x, y)
    )
    assert likelihood_difference(*unsure, alpha=0.05).upper >= plain.upper


def summed(found: list[Estimate], truth: float) -> tuple[float, float, float, float]:
    """Bias, its Monte-Carlo error, coverage, and how often p is at most 0.05."""
    estimates = np.array([f.estimate for f in found], dtype=np.float64)
    covered = np.mean([f.lower <= truth <= f.upper for f in found])
    error = float(estimates.std() / math.sqrt(len(found)))
    return (
        float(estimates.mean() - truth),
        error,
        float(covered),
        float(np.mean([f.p <= 0.05 for f in found])),
    )


@pytest.mark.calibration
@pytest.mark.parametrize(("copies", "undetected"), [(0.5, 0.49), (1.4, 0.18), (5.0, 0.03)])
def test_a_twofold_difference_is_found_with_half_a_fifth_or_few_of_the_wells_undetected(
    copies: float, undetected: float
) -> None:
    rng, found, hidden = np.random.default_rng([7, int(10 * copies)]), [], []
    for _ in range(STUDIES):
        x, y = levels(rng, 12, math.log2(copies) + 1), levels(rng, 12, math.log2(copies))
        found.append(likelihood_difference(x, y, alpha=0.05))
        hidden.append(np.mean([well.value is None for donor in (*x, *y) for well in donor]))
    bias, error, covered, _ = summed(found, 1.0)
    assert np.mean(hidden) == pytest.approx(undetected, abs=0.04)
    assert abs(bias) <= 0.1 + 2.576 * error
    assert 0.92 - SLACK <= covered <= 0.97 + SLACK


@pytest.mark.calibration
@pytest.mark.parametrize("kind", ["counted", "limited"])
def test_unequal_baselines_make_no_difference_of_responses(kind: str) -> None:
    """Half of one group's unstimulated wells undetected and few of the other's: ranks find a
    difference, this does not.
    """
    rng = np.random.default_rng(9)
    base = (1.8, 0.3) if kind == "counted" else (1.6, 0.0)
    found = [
        likelihood_difference(
            responses(rng, 14, base[0], kind=kind),
            responses(rng, 10, base[1], kind=kind),
            alpha=0.05,
        )
        for _ in range(STUDIES)
    ]
    bias, error, covered, claimed = summed(found, 0.0)
    assert abs(bias) <= 2.576 * error + 0.05
    assert covered >= 0.95 - SLACK and claimed <= 0.05 + SLACK


STUDIES = studies(400, 30)
SLACK = 2.576 * math.sqrt(0.05 * 0.95 / STUDIES)
