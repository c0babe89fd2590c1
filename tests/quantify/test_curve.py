from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from exvivo.arrays import Floats
from exvivo.quantify.curve.calibrate import calibrate
from exvivo.quantify.curve.fit import _residuals, fit_curves
from exvivo.quantify.curve.logistic import (
    dose_of,
    inverse_slopes,
    parameters,
    response,
    response_and_slopes,
)
from exvivo.quantify.curve.noise import ASSUMED_CV, noise_of_replicates
from exvivo.quantify.curve.readings import read_off
from exvivo.quantify.curve.starts import data_of

THETA = np.array([[60.0, np.log(80_000.0), np.log(1800.0), np.log(1.15), np.log(0.9)]])
LEVELS = np.array([0.0, 9.77, 19.5, 39.1, 78.1, 156.25, 312.5, 625.0, 1250.0, 2500.0])

thetas = st.tuples(
    st.floats(-50, 400),
    st.floats(7, 12),
    st.floats(3, 8),
    st.floats(-0.5, 0.7),
    st.floats(-0.4, 0.4),
).map(lambda t: np.array([t]))


def standards(
    reading: Floats,
    *,
    plate: str = "P",
    analyte: str = "TNF",
    dose: Floats = LEVELS,
    se: float = 0.0,
) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "plate": plate,
            "analyte": analyte,
            "well": [f"S{i:02}" for i in range(len(dose))],
            "nominal": dose,
            "reading": reading,
            "se": np.full(len(dose), se) + 0.003 * reading,
        }
    )


def test_the_curve_is_the_five_parameter_logistic_of_the_field() -> None:
    a, b, c, d, f = parameters(THETA)[0]
    dose = np.array([[3.0, 1800.0, 50_000.0]])
    assert response(THETA, dose)[0] == pytest.approx(
        a + (b - a) / (1 + (dose[0] / c) ** -d) ** f, rel=1e-12
    )
    assert response(THETA, np.array([[0.0]]))[0, 0] == pytest.approx(a)


@given(thetas, st.floats(-3, 3))
def test_reading_off_a_curve_undoes_it(theta: Floats, away: float) -> None:
    log_dose = theta[:, 2:3] + away
    reading = response(theta, np.exp(log_dose))
    assert dose_of(theta, reading)[0, 0] == pytest.approx(log_dose[0, 0], abs=1e-6)


@given(thetas, st.floats(-2, 2))
def test_slopes_are_those_of_finite_differences(theta: Floats, away: float) -> None:
    dose = np.exp(theta[:, 2:3] + away)
    _, slopes = response_and_slopes(theta, dose)
    by_reading, by_theta = inverse_slopes(theta, np.log(dose))
    reading = response(theta, dose)
    for i in range(5):
        step = np.zeros((1, 5))
        step[0, i] = 1e-6
        rise = (response(theta + step, dose) - response(theta - step, dose)) / 2e-6
        assert slopes[0, 0, i] == pytest.approx(rise[0, 0], rel=1e-4, abs=1e-3)
        moved = (dose_of(theta + step, reading) - dose_of(theta - step, reading)) / 2e-6
        assert by_theta[0, 0, i] == pytest.approx(moved[0, 0], rel=1e-3, abs=1e-4)
    nudge = 1e-5 * reading
    moved = (dose_of(theta, reading + nudge) - dose_of(theta, reading - nudge)) / (2 * nudge)
    assert by_reading[0, 0] == pytest.approx(moved[0, 0], rel=1e-3)


@pytest.mark.parametrize("free", [4, 5])
def test_the_fit_is_the_least_squares_one_of_scipy(free: int) -> None:
    rng = np.random.default_rng(free)
    dose = np.tile(np.array([0.0, 10, 30, 100, 300, 1000, 3000, 10_000, 100_000]), 2)[None]
    mean = response(THETA, dose)
    sd = 0.06 * mean
    reading = mean * (1 + 0.06 * rng.standard_normal(mean.shape))
    mine = fit_curves(dose, reading, sd, free=free, robust=False, steadied=False)

    def residual(moving: Floats) -> Floats:
        theta = np.append(moving, np.zeros(5 - free))[None]
        return np.asarray(((response(theta, dose) - reading) / sd)[0])

    theirs = optimize.least_squares(residual, THETA[0, :free], method="lm", xtol=1e-14, ftol=1e-14)
    assert mine.converged.all()
    assert mine.loss[0] == pytest.approx(2 * theirs.cost, rel=1e-6)
    assert mine.theta[0, :free] == pytest.approx(theirs.x, abs=2e-3)


def test_no_random_start_ends_lower() -> None:
    """MINPACK from 12 random starts each, on log10 signal of a long series as instruments give
    it.
    """
    rng = np.random.default_rng(20)
    dose = np.tile(5850.0 / 2.0 ** np.arange(16), (12, 1))
    truth = np.array([[0.98, np.log(3.4), 4.4, -0.48, -0.27]])
    reading = response(np.tile(truth, (12, 1)), dose) + 0.03 * rng.standard_normal(dose.shape)
    mine = fit_curves(dose, reading, np.ones_like(dose), robust=False, steadied=False)
    for i in range(12):

        def residual(theta: Floats, i: int = i) -> Floats:
            return np.asarray(response(theta[None], dose[i : i + 1])[0] - reading[i])

        starts = truth[0] + rng.normal(0, [0.3, 0.3, 1.5, 0.4, 0.4], (12, 5))
        ends = [
            2 * optimize.least_squares(residual, start, method="lm", xtol=1e-12).cost
            for start in starts
        ]
        assert mine.loss[i] <= min(ends) * (1 + 1e-6)


@given(thetas, st.integers(0, 99))
def test_the_fit_moves_by_the_slopes_of_the_curve(theta: Floats, seed: int) -> None:
    """The kernel of the fit, written for speed, beside the curve as it is read elsewhere."""
    rng = np.random.default_rng(seed)
    dose, reading = (
        np.append(0.0, np.exp(theta[0, 2] + rng.normal(0, 2, 6)))[None],
        rng.normal(100, 50, (1, 7)),
    )
    sd = rng.uniform(1, 9, (1, 7))
    residual, slopes = _residuals(np.ascontiguousarray(theta.T), data_of(dose, reading, sd))
    mean, expected = response_and_slopes(theta, dose)
    assert residual[:, 0] == pytest.approx(((mean - reading) / sd)[0], rel=1e-9, abs=1e-9)
    assert np.stack(np.broadcast_arrays(*slopes), axis=-1)[:, 0] == pytest.approx(
        (expected / sd[..., None])[0], rel=1e-7, abs=1e-7
    )


def test_curves_fitted_together_are_those_fitted_alone() -> None:
    rng = np.random.default_rng(1)
    dose = np.tile(LEVELS, (6, 1))
    thetas = THETA + 0.2 * rng.standard_normal((6, 5))
    reading = response(thetas, dose) * (1 + 0.05 * rng.standard_normal(dose.shape))
    sd = 0.05 * reading
    together = fit_curves(dose, reading, sd)
    for i in range(6):
        alone = fit_curves(dose[i : i + 1], reading[i : i + 1], sd[i : i + 1])
        assert together.theta[i] == pytest.approx(alone.theta[0], abs=1e-9)


def test_one_wrong_standard_hardly_moves_a_robust_fit() -> None:
    dose = np.tile(np.repeat(LEVELS, 2), (1, 1))
    reading = response(THETA, dose) * (
        1 + 0.04 * np.random.default_rng(2).standard_normal(dose.shape)
    )
    wrong = reading.copy()
    wrong[0, 11] *= 4
    sd = 0.05 * response(THETA, dose)
    inside = np.array([[100.0, 400.0, 1500.0]])
    moved = {
        robust: np.abs(
            np.log(response(fit_curves(dose, wrong, sd, robust=robust).theta, inside))
            - np.log(response(fit_curves(dose, reading, sd, robust=robust).theta, inside))
        ).max()
        for robust in (True, False)
    }
    assert moved[True] < 0.03
    assert moved[False] > 3 * moved[True]


def test_results_beyond_the_limits_are_bounds_and_dilution_moves_everything() -> None:
    curves = calibrate(standards(response(THETA, LEVELS[None])[0], se=3.0))
    which = np.zeros(4, dtype=np.int64)
    assert 0 < curves.lod[0] < curves.lower[0]
    between = np.sqrt(curves.lod[0] * curves.lower[0])
    reading = response(THETA, np.array([[0.0, between, 300.0, 40_000.0]]))[0]
    plain = read_off(curves, which, reading, 0.003 * reading, np.ones(4))
    assert plain.censor.tolist() == ["left", "interval", "none", "right"]
    assert np.isnan(plain.value[[0, 1, 3]]).all()
    assert plain.value[2] == pytest.approx(np.log2(300), abs=0.02)
    lod, lower, upper = (np.log2(limit[0]) for limit in (curves.lod, curves.lower, curves.upper))
    assert plain.lower == pytest.approx([np.nan, lod, np.nan, upper], nan_ok=True)
    assert plain.upper == pytest.approx([lod, lower, np.nan, np.nan], nan_ok=True)
    assert curves.upper[0] == 2500
    diluted = read_off(curves, which, reading, 0.003 * reading, np.full(4, 4.0))
    assert diluted.value[2] == pytest.approx(plain.value[2] + 2)
    assert diluted.upper[0] == pytest.approx(plain.upper[0] + 2)
    assert diluted.sd[2] == plain.sd[2]


def test_wells_of_one_curve_share_its_error() -> None:
    """The loadings are how far a value moves, on log2 scale, with each of the curve's five errors:
    here by moving the curve itself. A bound has none.
    """
    curves = calibrate(standards(response(THETA, LEVELS[None])[0], se=3.0))
    which = np.zeros(4, dtype=np.int64)
    reading = response(THETA, np.array([[60.0, 300.0, 1500.0, 40_000.0]]))[0]
    reads = read_off(curves, which, reading, 0.003 * reading, np.ones(4))
    assert reads.censor.tolist() == ["none", "none", "none", "right"]
    step, known = 1e-5, slice(0, 3)
    for error in range(curves.free[0]):
        ends = (
            dose_of(curves.theta + sign * step * curves.root[:, :, error], reading[None, known])[0]
            for sign in (1, -1)
        )
        moved = np.subtract(*ends) / (2 * step * np.log(2))
        assert moved == pytest.approx(reads.loading[known, error], rel=1e-4, abs=1e-8)
    assert (np.square(reads.loading[known]).sum(axis=1) > 1e-6).all()
    assert (reads.loading[3] == 0).all()


def test_the_detection_limit_lies_where_a_blank_is_rarely_taken_for_a_sample() -> None:
    rng = np.random.default_rng(4)
    sd_of_blank = 6.0
    dose = np.repeat(LEVELS, 3)
    reading = response(THETA, dose[None])[0]
    reading = reading * (
        1 + 0.05 * rng.standard_normal(dose.size)
    ) + sd_of_blank * rng.standard_normal(dose.size)
    curves = calibrate(standards(reading, dose=dose))
    limit = float(response(curves.theta, curves.lod[:, None])[0, 0])
    false_alarms = stats.norm.sf((limit - 60) / sd_of_blank)
    assert false_alarms < 0.05
    by_hand = np.exp(dose_of(THETA, np.array([[60 + 2 * 1.645 * np.hypot(sd_of_blank, 3.0)]])))[
        0, 0
    ]
    assert 0.4 * by_hand < curves.lod[0] < 2.5 * by_hand  # from three blanks and their neighbours


def test_noise_is_found_from_replicates() -> None:
    rng = np.random.default_rng(5)
    mean = np.repeat(np.geomspace(50, 50_000, 40), 3)
    group = np.repeat(np.arange(40), 3)
    reading = mean + np.hypot(12.0, 0.08 * mean) * rng.standard_normal(mean.size)
    found = noise_of_replicates(group, reading, np.zeros(mean.size))
    assert found.cv == pytest.approx(
        0.08, rel=0.35
    )  # 80 degrees of freedom: 3 standard errors are a quarter
    assert found.s0 == pytest.approx(12, rel=0.9)


def test_without_replicates_the_noise_near_zero_is_that_of_the_lowest_readings() -> None:
    reading = response(THETA, LEVELS[None])[0]
    sampling = 0.02 * reading
    found = noise_of_replicates(np.arange(10), reading, sampling)
    assert (found.cv, found.groups) == (ASSUMED_CV, 0)
    assert found.s0 == pytest.approx(sampling[0])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31))
def test_intervals_of_read_off_concentrations_cover(seed: int) -> None:
    """Not a coverage study, but no curve of this noise may put its own middle far from the
    truth.
    """
    rng = np.random.default_rng(seed)
    reading = response(THETA, LEVELS[None])[0] * (1 + 0.05 * rng.standard_normal(LEVELS.size))
    curves = calibrate(standards(reading))
    truth = np.array([60.0, 250.0, 900.0])
    read = response(THETA, truth[None])[0]
    found = read_off(curves, np.zeros(3, dtype=np.int64), read, 0.003 * read, np.ones(3))
    sd = np.sqrt(np.square(found.sd) + np.square(found.loading).sum(axis=1))
    assert (np.abs(found.value - np.log2(truth)) < 5 * sd + 0.05).all()
