"""Efficiency from a target's own curves, the threshold that stands in for missing bends, and the
instrument's Cq beside.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exvivo.quantify.qpcr.cq import MAXIMUM, THRESHOLD, curve_matrix, read_cq
from exvivo.quantify.qpcr.curves import call_curves
from exvivo.quantify.qpcr.growth import shared_growth
from exvivo.quantify.qpcr.pooled import believed
from exvivo.quantify.qpcr.threshold import threshold_cq
from exvivo.read import read_plate
from exvivo.study import Qpcr
from exvivo.tables import WELLS

CYCLES = np.arange(1.0, 46.0)
ASSAY = Qpcr(id="mrna", kind="qpcr", references=("TNF",))
Numbers = np.ndarray[Any, np.dtype[np.float64]]


def grown(
    rng: np.random.Generator, efficiency: float, n: int = 30, *, cycles: Numbers = CYCLES
) -> Numbers:
    """Curves whose efficiency falls linearly to the plateau, as a recursion; read with noise over a
    drifting baseline.
    """
    made = np.empty((n, cycles.size))
    for i, start in enumerate(10 ** rng.uniform(2, 6, n)):
        copies, seen = start, []
        for _ in cycles:
            copies *= 1 + (efficiency - 1) * max(0.0, 1 - copies / 1e11)
            seen.append(copies / 1e11)
        made[i] = (
            rng.normal(0.6, 0.05)
            + 0.0007 * rng.normal() * cycles
            + rng.normal(22, 1.5) * np.array(seen)
        )
    return made + rng.normal(0, 0.006, made.shape)


def found(curves: Numbers, cycles: Numbers = CYCLES) -> tuple[float, int]:
    one = np.zeros(len(curves), dtype=np.int64)
    calls = call_curves(cycles, curves, one)
    growth = shared_growth(cycles, curves, calls.cq, calls.noise, one)
    return float(growth.fitted[0]), int(growth.curves[0])


@pytest.mark.parametrize("efficiency", [1.75, 1.85, 1.95])
def test_the_efficiency_of_simulated_curves_is_found(efficiency: float) -> None:
    value, curves = found(grown(np.random.default_rng(2), efficiency))
    assert curves == 30
    assert value == pytest.approx(efficiency, abs=0.02)


@given(st.floats(0.2, 50.0), st.floats(-3.0, 30.0))
def test_scaling_and_shifting_fluorescence_changes_nothing(scale: float, shift: float) -> None:
    curves = grown(np.random.default_rng(3), 1.9, 6)
    assert found(curves * scale + shift)[0] == pytest.approx(found(curves)[0], abs=2e-3)


def test_targets_are_fitted_side_by_side_as_alone() -> None:
    rng = np.random.default_rng(4)
    one, two = grown(rng, 1.8, 8), grown(rng, 1.95, 10)
    target = np.repeat([0, 1], [8, 10])
    calls = call_curves(CYCLES, np.concatenate([one, two]), target)
    both = shared_growth(CYCLES, np.concatenate([one, two]), calls.cq, calls.noise, target)
    assert both.fitted == pytest.approx([found(one)[0], found(two)[0]], abs=1e-6)


def test_two_curves_tell_no_efficiency() -> None:
    value, curves = found(grown(np.random.default_rng(5), 1.9, 2))
    assert math.isnan(value) and curves == 2


def test_a_straight_line_added_to_the_curves_changes_no_efficiency() -> None:
    rng = np.random.default_rng(10)
    curves = grown(rng, 1.9, 12)
    slopes = rng.normal(0, 0.02 * np.ptp(curves), (12, 1)) / CYCLES.size
    assert found(curves + slopes * CYCLES)[0] == pytest.approx(found(curves)[0], abs=5e-3)


def test_the_stated_scatter_is_that_of_curves_run_again() -> None:
    """Sixty runs of five curves with tenfold noise; the bounds hold 99.9 % of standard deviations
    of sixty.
    """
    rng = np.random.default_rng(11)
    one = np.zeros(5, dtype=np.int64)
    fits, stated = [], []
    for _ in range(60):
        curves = grown(rng, 1.85, 5) + rng.normal(0, 0.06, (5, CYCLES.size))
        calls = call_curves(CYCLES, curves, one)
        growth = shared_growth(CYCLES, curves, calls.cq, calls.noise, one)
        fits.append(growth.fitted[0])
        stated.append(growth.sd[0])
    assert 0.7 < np.median(stated) / np.std(fits) < 1.5


def wells_of(
    curves: Numbers, cycles: Numbers, *, vendor: dict[int, float] | None = None
) -> pl.DataFrame:
    rows = []
    for i, curve in enumerate(curves):
        row = {
            "source": "raw/Q.rdml",
            "sha256": "0" * 64,
            "block": "run",
            "plate": "Q1",
            "well": f"A{i + 1}",
            "channel": "TNF",
            "kind": "amplification",
            "censor": "none",
            "unit": "fluorescence",
            "x": list(cycles),
            "y": list(curve),
            "assay": "mrna",
            "readout": "mRNA",
            "role": "sample",
            "dilution": 1.0,
            "donor": "P1",
            "group": "FM",
        }
        rows.append(row)
        if vendor and i in vendor:
            rows.append(
                {**row, "kind": "cq", "value": vendor[i], "unit": "cycles", "x": None, "y": None}
            )
    return WELLS.frame(rows)


def test_a_run_that_ends_before_the_bend_takes_a_threshold_for_the_whole_target() -> None:
    rng = np.random.default_rng(6)
    whole = grown(rng, 1.9, 24)
    full = read_cq(wells_of(whole, CYCLES), ASSAY).reactions
    assert set(full["way"]) == {MAXIMUM}
    short = CYCLES[:24]
    cut = read_cq(wells_of(whole[:, :24], short), ASSAY).reactions
    assert set(cut["way"]) == {THRESHOLD}
    both = full.select("well", "cq").join(
        cut.drop_nulls("cq").select("well", short="cq"), on="well"
    )
    assert both.height >= 12
    off = (both["cq"] - both["short"]).to_numpy()
    assert off.std() < 0.15, "one constant apart"


def test_a_threshold_crosses_where_growth_says() -> None:
    curves = np.vstack([0.5 + 1e-9 * 1.9 ** (CYCLES - shift) for shift in (0.0, 3.0)])
    curves = np.minimum(curves, 20.0 - 19.0 * np.exp(-0.05 * curves)) + np.random.default_rng(
        7
    ).normal(0, 1e-4, curves.shape)
    series = np.zeros(2, dtype=np.int64)
    first, second = threshold_cq(CYCLES, curves, call_curves(CYCLES, curves, series), series)
    assert second - first == pytest.approx(3.0, abs=0.05)


def test_the_instruments_cq_stands_beside_and_is_never_mixed_in() -> None:
    curves = grown(np.random.default_rng(8), 1.9, 5)
    reactions = read_cq(wells_of(curves, CYCLES, vendor={0: 20.0, 1: 21.5}), ASSAY).reactions.sort(
        "well"
    )
    assert reactions["vendor"].to_list() == [20.0, 21.5, None, None, None]
    alone = read_cq(wells_of(curves, CYCLES), ASSAY).reactions.sort("well")
    assert reactions["cq"].to_list() == alone["cq"].to_list()


def test_a_low_curve_is_called_by_its_shape_and_the_light_of_its_neighbours_is_not() -> None:
    """A failing well still says when it grew; a hundredth of a neighbour's light says nothing."""
    whole = grown(np.random.default_rng(9), 1.9, 8)
    curves = whole.copy()
    for row, share in ((3, 0.04), (5, 0.01)):
        curves[row] = curves[row].min() + share * (curves[row] - curves[row].min())
    calls, before = (call_curves(CYCLES, c, np.zeros(8, dtype=np.int64)) for c in (curves, whole))
    assert calls.cq[3] == pytest.approx(before.cq[3], abs=1e-6)
    assert np.isnan(calls.cq[5]) and calls.readable[5] and not calls.amplified[5]


def real(shared_data: Path, name: str) -> tuple[pl.DataFrame, Numbers, Numbers]:
    read = read_plate(
        shared_data / "qpcr" / "damaged" / name, source=name, plate="Q", assay=ASSAY
    ).readings
    mine = read.filter(kind="amplification")
    return mine, *curve_matrix(mine)


def test_shifted_baselines_of_real_curves_change_no_cq(shared_data: Path) -> None:
    """72 curves, and the same with their baselines shifted (targets named X)."""
    read, cycles, curves = real(shared_data, "shifted_baseline.rdml")
    series = read.select(pl.col("channel").rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()
    found = read.select(
        "sample",
        shifted=pl.col("channel").str.ends_with(" X"),
        target=pl.col("channel").str.strip_suffix(" X"),
        cq=pl.Series(call_curves(cycles, curves, series).cq),
    )
    placed = found.with_columns(nth=pl.int_range(pl.len()).over("shifted", "target", "sample"))
    pairs = placed.filter(~pl.col("shifted")).join(
        placed.filter("shifted"), on=["target", "sample", "nth"]
    )
    assert pairs.height == 72 and pairs["cq"].null_count() == 0
    assert (pairs["cq"] - pairs["cq_right"]).abs().to_numpy().max() <= 1e-6


def test_curves_with_gaps_keep_their_cq_or_are_known_to_be_late(shared_data: Path) -> None:
    read, cycles, curves = real(shared_data, "matrix_gaps.rdml")
    calls = call_curves(cycles, curves, np.zeros(len(curves), dtype=np.int64))
    assert np.isnan(curves).any(axis=1).sum() > 5
    grown = calls.amplified
    assert grown.sum() == 63 and calls.readable[grown].all()
    late = grown & np.isnan(calls.cq)
    assert read["well"].filter(late).to_list() == ["N1", "N5", "O9", "P2", "P3"], (
        "all still accelerate where their readings end"
    )


def test_three_instruments_agree_on_dilutions_of_one_sample_within_their_stated_error(
    shared_data: Path,
) -> None:
    """gDNA at 0.2 to 4 ng/ul on three instruments: each one's own slope gives the same fold within
    its error.
    """
    path = shared_data / "qpcr" / "untergasser" / "volume_machine.rdml"
    runs = (
        "AMC Amsterdam NL - 384 Wells / Run 1",
        "EMBL Heidelberg DE - 384 Wells / Run 1",
        "EMBL Heidelberg DE - 96 Wells / Run 1",
    )
    folds = []
    for run in runs:
        read = read_plate(path, source="v.rdml", plate="Q", assay=ASSAY, run=run).readings
        mine = read.filter(pl.col("kind") == "amplification", pl.col("channel") == "FSTL1")
        nominal = mine["sample"].str.extract(r"^gDNA ([\d.]+)ng/ul$").cast(pl.Float64).to_numpy()
        curves = np.array(mine["y"].to_list())
        cycles, one = np.arange(1.0, curves.shape[1] + 1), np.zeros(len(curves), dtype=np.int64)
        calls = call_curves(cycles, curves, one)
        growth = shared_growth(cycles, curves, calls.cq, calls.noise, one)
        its = believed(growth.by_target(["FSTL1"]))["FSTL1"]
        value, sd = its.value, its.sd
        low, high = (calls.cq[nominal == level] for level in (0.2, 4.0))
        cycles_apart = low.mean() - high.mean()
        error = math.hypot(
            cycles_apart * sd / (value * math.log(2)),
            math.sqrt(low.var(ddof=1) / 3 + high.var(ddof=1) / 3),
        )
        folds.append((cycles_apart * math.log2(value), error))
    for i, (fold, error) in enumerate(folds):
        for other, its_error in folds[i + 1 :]:
            assert abs(fold - other) <= 2.576 * math.hypot(error, its_error)
