from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from exvivo.arrays import Floats
from exvivo.compare.methods.tobit import tobit


def bounded(seed: int) -> tuple[Floats, Floats, Floats]:
    """Known, left, right and interval results of a regression with a slope."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(20, 40))
    x = np.column_stack([np.ones(n), rng.normal(size=n)])
    y = x @ [3.0, 1.0] + 0.7 * rng.normal(size=n)
    low, high = y.copy(), y.copy()
    left, right, between = y < 2.5, y > 4.5, (y > 3.4) & (y < 3.7)
    low[left], high[left] = -np.inf, 2.5
    low[right], high[right] = 4.5, np.inf
    low[between], high[between] = 3.4, 3.7
    return low, high, x


def log_likelihood(at: Floats, low: Floats, high: Floats, x: Floats) -> float:
    mean, sd = x @ at[:-1], np.exp(at[-1])
    known = low == high
    logs = stats.norm.logpdf(low[known], mean[known], sd).sum()
    for lower, upper, centre in zip(low[~known], high[~known], mean[~known], strict=True):
        logs += np.log(stats.norm.cdf(upper, centre, sd) - stats.norm.cdf(lower, centre, sd))
    return float(logs)


@settings(max_examples=6)
@given(seed=st.integers(0, 10**6))
def test_it_is_the_maximum_and_the_curvature_there(seed: int) -> None:
    data = bounded(seed)
    found = tobit(*data)
    at = np.append(found.coefficients, np.log(found.scale))
    assert found.converged
    assert found.log_likelihood == pytest.approx(log_likelihood(at, *data), abs=1e-9)
    start = np.array([2.0, 0.0, 0.5])
    other = optimize.minimize(
        lambda p: -log_likelihood(p, *data),
        start,
        method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-10, "maxiter": 4000, "maxfev": 4000},
    )
    assert at == pytest.approx(other.x, abs=2e-5)
    step = 1e-4
    eye = np.eye(3) * step
    hessian = [
        [
            (
                log_likelihood(at + a + b, *data)
                - log_likelihood(at + a - b, *data)
                - log_likelihood(at - a + b, *data)
                + log_likelihood(at - a - b, *data)
            )
            / (4 * step**2)
            for b in eye
        ]
        for a in eye
    ]
    assert found.covariance == pytest.approx(np.linalg.inv(-np.array(hessian)), rel=1e-3, abs=1e-6)


def test_without_bounds_it_is_least_squares() -> None:
    rng = np.random.default_rng(1)
    x = np.column_stack([np.ones(30), rng.normal(size=30)])
    y = x @ [100.0, -2.0] + rng.normal(size=30)
    found = tobit(y, y, x)
    least = np.linalg.lstsq(x, y, rcond=None)
    assert found.coefficients == pytest.approx(least[0], rel=1e-9)
    assert found.scale == pytest.approx((least[1][0] / 30) ** 0.5, rel=1e-9)
    assert found.errors[-1] == pytest.approx((1 / 60) ** 0.5)


@settings(max_examples=10)
@given(seed=st.integers(0, 10**6), by=st.sampled_from([1e-3, 1.0, 1e4]), add=st.floats(-1e3, 1e3))
def test_units_do_not_matter(seed: int, by: float, add: float) -> None:
    low, high, x = bounded(seed)
    found, other = tobit(low, high, x), tobit(low * by + add, high * by + add, x)
    assert other.coefficients == pytest.approx(
        found.coefficients * by + [add, 0], rel=1e-6, abs=1e-7 * by
    )
    assert other.errors[:2] == pytest.approx(found.errors[:2] * by, rel=1e-6)


def test_many_undetected_leave_no_bias() -> None:
    rng = np.random.default_rng(2)
    slopes = []
    for _ in range(200):
        group = np.repeat([0.0, 1.0], 40)
        y = group + rng.normal(size=80)
        hidden = y < 0.5
        low, high = np.where(hidden, -np.inf, y), np.where(hidden, 0.5, y)
        slopes.append(tobit(low, high, np.column_stack([np.ones(80), group])).coefficients[1])
    assert np.mean(slopes) == pytest.approx(1.0, abs=3.3 * np.std(slopes) / 200**0.5)


def test_what_has_no_maximum_is_refused() -> None:
    nothing = np.full(5, -np.inf)
    with pytest.raises(ValueError, match="no result is known"):
        tobit(nothing, np.zeros(5), np.ones((5, 1)))
    with pytest.raises(ValueError, match="crossed"):
        tobit(np.ones(5), np.zeros(5), np.ones((5, 1)))
    with pytest.raises(ValueError, match="not independent"):
        tobit(np.arange(5.0), np.arange(5.0), np.ones((5, 2)))
