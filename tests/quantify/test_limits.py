"""Limits of detection and quantification, and what a curve's figures say of its standards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keyed_figures import Key, keyed
from scipy import stats

from benchmarks.curves.ranges import _fortessa, _held_out
from exvivo.arrays import Floats
from exvivo.quantify.curve import Curves, calibrate, curve_rows, read_off
from exvivo.quantify.curve.limits import _longest_run
from exvivo.quantify.curve.logistic import dose_of, response
from exvivo.quantify.curve.noise import normal_equivalent

SERIES = np.array([0.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0])
A, B, C, D = 50.0, 40_000.0, 1500.0, 1.1


def signal(dose: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(A + (B - A) / (1 + (dose / C) ** -D))


def plates(
    rng: np.random.Generator, *, count: int = 1, cv: float = 0.05, s0: float = 6.0, wells: int = 2
) -> pl.DataFrame:
    """Standards of one analyte on several plates."""
    dose = np.repeat(SERIES, wells)
    made = []
    for plate in range(count):
        mean = signal(dose)
        reading = mean + np.hypot(s0, cv * mean) * rng.standard_normal(dose.size)
        made.append(
            pl.DataFrame(
                {
                    "plate": f"P{plate}",
                    "analyte": "TNF",
                    "well": [f"S{i:02}" for i in range(dose.size)],
                    "nominal": dose,
                    "reading": reading,
                    "se": 0.0,
                }
            )
        )
    return pl.concat(made)


def figures(curves: Curves, i: int = 0) -> dict[Key, float]:
    row: Any = curve_rows(curves, assay="a", readout="protein", unit="pg/mL")[i]
    return keyed(row["figures"])


def test_blanks_and_samples_at_the_limit_are_mistaken_as_rarely_as_the_limits_say() -> None:
    """Currie's two errors on 40 assays of four plates: blanks above the LoB, samples at the LoD
    below the LoB.
    """
    rng = np.random.default_rng(1)
    false, missed = [], []
    for _ in range(40):
        curves = calibrate(plates(rng, count=4))
        lob, at = curves.limits.lob, curves.limits.lod
        bar = response(curves.theta, lob[:, None])[:, 0]
        false += (A + np.hypot(6.0, 0.05 * A) * rng.standard_normal((50, 4)) > bar).ravel().tolist()
        mean = signal(at)
        missed += (
            (mean + np.hypot(6.0, 0.05 * mean) * rng.standard_normal((50, 4)) < bar)
            .ravel()
            .tolist()
        )
    assert 0.03 < np.mean(false) < 0.075
    assert 0.03 < np.mean(missed) < 0.075
    assert (curves.limits.blanks == 8).all()
    assert figures(curves)["blanks"] == 8
    assert figures(curves)["lob"] < figures(curves)["lod"] <= curves.lower[0]


def test_few_blanks_make_the_limits_higher_not_lower() -> None:
    rng = np.random.default_rng(3)
    few, many = (
        np.median([calibrate(plates(rng, count=count)).limits.lod[0] for _ in range(12)])
        for count in (1, 6)
    )
    assert few > many


def test_without_blanks_nothing_is_detected_below_the_lowest_standard() -> None:
    standards = plates(np.random.default_rng(4)).filter(pl.col("nominal") > 0)
    limits = calibrate(standards).limits
    assert limits.lod[0] >= 3.0
    assert limits.blanks[0] == 0


def test_the_range_ends_where_standards_stop_reading_back() -> None:
    standards = plates(np.random.default_rng(5), cv=0.02, s0=1.0)
    whole = calibrate(standards)
    assert (whole.lower[0], whole.upper[0]) == (3.0, 3000.0)
    assert whole.limits.m10[0]
    assert figures(whole)["m10_levels_passing"] == figures(whole)["levels"] == 7


def test_the_range_ends_before_the_plateau() -> None:
    """Midpoint at 30: at 1,000 a reading 5 % off is a dose off by more than 25 %, by the slope of
    the true curve.
    """
    mean = A + (B - A) / (1 + (np.maximum(np.repeat(SERIES, 2), 1e-9) / 30.0) ** -D)
    rng = np.random.default_rng(12)
    standards = plates(rng).with_columns(reading=mean * (1 + 0.05 * rng.standard_normal(mean.size)))
    found = calibrate(standards)
    assert found.lower[0] == 3.0
    assert 30.0 < found.upper[0] < 1000.0


def test_a_range_ends_where_the_interval_of_a_well_reaches_twofold() -> None:
    """By moving the reading, and each of the curve's five errors, by 1.96 sd at the ULOQ."""
    mean = A + (B - A) / (1 + (np.maximum(np.repeat(SERIES, 2), 1e-9) / 100.0) ** -D)
    rng = np.random.default_rng(12)
    standards = plates(rng).with_columns(reading=mean * (1 + 0.05 * rng.standard_normal(mean.size)))
    found = calibrate(standards)
    at = np.log(found.upper[0])
    top = response(found.theta, found.upper[:, None])
    noise = 1.96 * found.noise.sd(top, 0 * top) * normal_equivalent(found.noise.df(top, 0 * top))
    well = dose_of(found.theta, top + noise)[0, 0] - at
    curve = 0.0
    for error in range(5):
        moved = dose_of(found.theta + 1e-4 * found.root[:, :, error], top)[0, 0] - at
        curve += (1.96 * moved / 1e-4) ** 2
    assert np.hypot(well, np.sqrt(curve)) == pytest.approx(np.log(2), rel=0.1)
    assert figures(found)["upper_from_curve"] == pytest.approx(curve / (well**2 + curve), abs=0.05)


def test_every_curve_of_a_poor_real_plate_gives_numbers_where_it_tells_anything(
    shared_data: Path,
) -> None:
    """LEGENDplex standards on a Fortessa that read back at 0.7 to 1.5 of their amounts. One tube
    held out is read within twofold of its label, and within its interval.
    """
    del shared_data
    standards = _fortessa()
    found = calibrate(standards)
    assert (found.limits.in_range >= 3).all()
    assert np.isnan(found.limits.accurate_lower).sum() >= 6
    held_out = _held_out(standards, "P", "C4_1")
    numbers = held_out.drop_nulls("value")
    assert numbers.height >= 12
    value, truth, sd = numbers.select("value", "truth", "sd").to_numpy().T
    assert np.abs(value - truth).max() < 1.0
    assert (np.abs(value - truth) <= 1.96 * sd).mean() >= 0.9


def test_a_range_ends_where_one_well_is_too_vague_though_the_mean_is_right() -> None:
    """Exact means, but replicates at the two lowest levels that scatter by twice their signal above
    the blank.
    """
    dose = np.repeat(SERIES, 2)
    spread = (
        np.where(dose <= 10, 40.0, 0.02 * signal(dose))
        * np.tile([1.0, -1.0], SERIES.size)
        / np.sqrt(2)
    )
    standards = plates(np.random.default_rng(0)).with_columns(
        pl.Series("reading", signal(dose) + spread)
    )
    found = calibrate(standards)
    assert figures(found)["levels_within_20_percent"] == 7
    assert found.lower[0] > 3.0


def test_without_a_run_of_good_levels_nothing_is_given_as_a_value() -> None:
    standards = plates(np.random.default_rng(6), cv=0.45, s0=40.0)
    found = calibrate(standards)
    assert figures(found)["levels_in_range"] == 0
    assert figures(found)["m10_pass"] == 0
    assert found.lower[0] == found.upper[0] == 3000.0
    reading = np.concatenate([[0.0], signal(np.array([500.0, 1e6]))])
    reads = read_off(found, np.zeros(3, dtype=np.int64), reading, np.zeros(3), np.ones(3))
    assert reads.censor.tolist() == ["left", "interval", "right"]
    assert reads.lower[1:] == pytest.approx([np.log2(found.lod[0]), np.log2(3000)])


def test_a_standard_that_stands_out_is_marked_and_passed_over_but_counts_against_the_curve() -> (
    None
):
    standards = plates(np.random.default_rng(7), cv=0.03, s0=2.0)
    wrong = standards.with_columns(
        reading=pl.when(pl.col("nominal") == 100).then(pl.col("reading") * 2).otherwise("reading")
    )
    found = calibrate(wrong)
    marked = {key[1]: value for key, value in figures(found).items() if key[0] == "outlier"}
    assert set(marked) == {"S08", "S09"}
    assert all(value > 3.5 for value in marked.values())
    assert (found.lower[0], found.upper[0]) == (3.0, 3000.0)
    assert figures(found)["m10_levels_passing"] == 6
    row: Any = curve_rows(found, assay="a", readout="protein", unit="pg/mL")[0]
    assert all(point["used"] for point in row["points"])


def test_lack_of_fit_is_rarely_seen_where_there_is_none_and_seen_where_there_is() -> None:
    rng = np.random.default_rng(8)
    p = [figures(calibrate(plates(rng, s0=2.0)))["lack_of_fit_p"] for _ in range(50)]
    assert stats.kstest(p, "uniform").pvalue > 0.001
    bent = plates(rng, cv=0.02, s0=1.0, wells=3).with_columns(
        reading=pl.col("reading")
        * pl.when(pl.col("nominal").is_in([10.0, 100.0, 1000.0])).then(1.25).otherwise(0.8)
    )
    assert figures(calibrate(bent))["lack_of_fit_p"] < 0.001
    single = plates(rng, wells=1)
    assert "lack_of_fit_p" not in figures(calibrate(single))


def test_a_signal_with_its_background_taken_off_may_lie_below_zero() -> None:
    standards = plates(np.random.default_rng(9), wells=3).with_columns(
        reading=pl.col("reading") - 55.0
    )
    found = calibrate(standards)
    assert found.theta[0, 0] == pytest.approx(-5.0, abs=8.0)
    reading = signal(np.array([0.0, 200.0])) - 55.0
    reads = read_off(found, np.zeros(2, dtype=np.int64), reading, np.zeros(2), np.ones(2))
    assert reads.censor.tolist() == ["left", "none"]
    assert reads.value[1] == pytest.approx(np.log2(200), abs=0.15)


@given(st.lists(st.sampled_from(["bad", "end", "good", "over"]), min_size=1, max_size=8))
def test_the_longest_run_is_that_of_every_possible_run(kinds: list[str]) -> None:
    """Against all pairs of ends. `good` may stand anywhere in a run, `end` only at its ends, `over`
    counts nowhere.
    """
    inside, ends, over = (
        np.array([k in names for k in kinds]) for names in (("good",), ("good", "end"), ("over",))
    )
    lengths = [
        1 + sum(not over[k] for k in range(i + 1, j + 1))
        for i in range(len(kinds))
        for j in range(i, len(kinds))
        if ends[i] and ends[j] and all(inside[k] or over[k] for k in range(i + 1, j))
    ]
    first, last, length = _longest_run(inside, ends, over)
    assert length == max(lengths, default=0)
    if length:
        assert ends[first] and ends[last]


SHAPES: dict[str, Callable[[Floats], Floats]] = {
    "rising": lambda x: 50 + 3e4 * x,
    "flat": lambda x: np.full_like(x, 100.0),
    "nothing": np.zeros_like,
    "falling": lambda x: 3e4 * (1 - x),
    "below zero": lambda x: 1e3 * x - 5,
    "hook": lambda x: 50 + 1e4 * x * np.where(x > 0.8, 0.5, 1),
    "huge": lambda x: 1e9 + 1e12 * x,
    "tiny": lambda x: 1e-6 * x,
    "step": lambda x: np.where(x > 0.3, 1e4, 5.0),
}


@settings(max_examples=25)
@given(
    st.lists(st.sampled_from(sorted(SHAPES)), min_size=1, max_size=3),
    st.integers(3, 8),
    st.floats(1.3, 10.0),
    st.integers(1, 3),
    st.sampled_from([0.0, 0.05]),
    st.integers(0, 99),
)
def test_whatever_the_standards_say_limits_are_finite_and_in_order_and_values_have_errors(
    shapes: list[str], levels: int, fold: float, wells: int, cv: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    dose = np.repeat(np.append(0.0, 100.0 * fold ** -np.arange(levels, dtype=float)), wells)
    made = [
        pl.DataFrame(
            {
                "plate": f"P{i % 2}",
                "analyte": f"A{i // 2}",
                "well": [f"S{k}" for k in range(dose.size)],
                "nominal": dose,
                "reading": SHAPES[shape](dose / (dose + 20.0))
                * (1 + cv * rng.standard_normal(dose.size)),
                "se": 0.0,
            }
        )
        for i, shape in enumerate(shapes)
    ]
    found = calibrate(pl.concat(made))
    assert (found.lod <= found.lower * (1 + 1e-12)).all() and (found.lower <= found.upper).all()
    assert (found.upper <= 100.0 * (1 + 1e-12)).all() and np.isfinite(found.covariance).all()
    which = np.repeat(np.arange(len(shapes)), dose.size)
    reading = found.points.reading.ravel()
    reads = read_off(found, which, reading, np.zeros(reading.size), np.ones(reading.size))
    value = reads.censor == "none"
    assert (
        np.isfinite(reads.value[value]).all()
        and np.isfinite(reads.sd[value]).all()
        and np.isfinite(reads.loading).all()
    )
    between = reads.censor == "interval"
    assert (reads.lower[between] < reads.upper[between]).all()
    assert len(curve_rows(found, assay="a", readout="protein", unit="pg/mL")) == len(shapes)
