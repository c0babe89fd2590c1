from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exvivo.arrays import Floats
from exvivo.quantify.qpcr.cq import read_cq
from exvivo.quantify.qpcr.curves import Calls, call_curves
from exvivo.study import Qpcr
from exvivo.tables import WELLS

CYCLES = np.arange(1.0, 46.0)


def logistic(middle: Floats, *, width: float = 1.5, height: float = 1.0) -> Floats:
    return height / (1 + np.exp(-(CYCLES - middle[:, None]) / width))


def true_maximum(middle: Floats, width: float = 1.5) -> Floats:
    """Where the second derivative of a logistic has its maximum: at the middle - width ln(2 + sqrt
    3).
    """
    return middle - width * math.log(2 + math.sqrt(3))


def called(curves: Floats) -> Calls:
    return call_curves(CYCLES, curves, np.zeros(len(curves), dtype=np.int64))


def test_cq_follows_the_true_maximum_of_a_logistic() -> None:
    middle = np.linspace(18, 36, 721)
    error = called(logistic(middle)).cq - true_maximum(middle)
    # Smoothing over seven cycles moves all Cq by one constant, which cancels between wells of a target.
    assert abs(error.mean() + 0.63) < 0.02
    assert np.ptp(error) < 0.065
    slope = np.polyfit(middle, error, 1)[0]
    assert abs(slope) < 1e-3


def test_noise_gives_the_scatter_that_theory_expects_and_no_bias() -> None:
    rng, sd = np.random.default_rng(3), 0.002
    middle = np.full(1000, 27.0)
    clean = called(logistic(middle)[:1]).cq[0]
    noisy = called(logistic(middle) + rng.normal(0, sd, (1000, CYCLES.size))).cq
    kernel = np.array([5, 0, -3, -4, -3, 0, 5]) / 42  # second derivative, Savitzky and Golay 1964
    bend = np.convolve(logistic(middle)[0], kernel, mode="same")
    top = int(np.argmax(bend[10:35])) + 10
    left, middle_bend, right = bend[top - 1 : top + 2]
    curvature = left - 2 * middle_bend + right
    shift = 0.5 * (left - right) / curvature
    gradient = np.zeros(
        9
    )  # of the parabola's vertex, in the readings of nine cycles (the delta method)
    for at, weight in enumerate((0.5 - shift, 2 * shift, -0.5 - shift)):
        gradient[at : at + 7] += weight / curvature * kernel
    expected = sd * np.sqrt(gradient @ gradient)
    assert np.isfinite(noisy).all()
    assert abs(noisy.mean() - clean) < 0.01
    assert (
        0.9 < noisy.std() / expected < 1.1
    )  # four Monte-Carlo errors of a standard deviation of 1000


@settings(deadline=None, max_examples=60)
@given(
    shift=st.floats(-1e4, 1e4),
    tilt=st.floats(-0.02, 0.02),
    scale=st.floats(1e-3, 1e5),
    seed=st.integers(0, 2**16),
)
def test_baseline_and_scale_change_no_cq(
    shift: float, tilt: float, scale: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    curves = logistic(rng.uniform(18, 34, 6)) + rng.normal(0, 0.004, (6, CYCLES.size))
    plain = called(curves).cq
    np.testing.assert_allclose(
        called((curves + tilt * CYCLES) * scale + shift).cq, plain, atol=1e-6
    )


def test_wells_do_not_depend_on_their_order() -> None:
    rng = np.random.default_rng(5)
    curves = logistic(rng.uniform(18, 40, 30)) + rng.normal(0, 0.004, (30, CYCLES.size))
    order = rng.permutation(30)
    np.testing.assert_array_equal(called(curves[order]).cq, called(curves).cq[order])


def test_flat_drifting_and_late_curves_have_no_cq_but_a_bound() -> None:
    rng = np.random.default_rng(7)
    noise = rng.normal(0, 0.004, (40, CYCLES.size))
    flat, drifting = noise[:10], noise[10:20] + 0.01 * CYCLES
    late, good = (
        logistic(np.full(10, 49.0)) + noise[20:30],
        logistic(np.full(10, 25.0)) + noise[30:],
    )
    calls = called(np.vstack([flat, drifting, late, good]))
    assert np.isnan(calls.cq[:30]).all()
    assert np.isfinite(calls.cq[30:]).all()
    assert calls.readable.all()
    assert not calls.amplified[:20].any()
    np.testing.assert_array_equal(calls.bound, CYCLES[-4])


def test_a_detected_cq_never_lies_beyond_the_bound_of_undetected_ones() -> None:
    rng = np.random.default_rng(8)
    calls = called(logistic(np.linspace(35, 50, 200)) + rng.normal(0, 0.002, (200, CYCLES.size)))
    assert 20 < np.isnan(calls.cq).sum() < 180
    assert np.nanmax(calls.cq) <= calls.bound.min()


def grown(copies: Floats, cycles: int, rng: np.random.Generator) -> Floats:
    """Curves that double nearly, slowed in proportion to the product (n, cycles), with noise."""
    share, curves = copies / 3e11, np.empty((len(copies), cycles))
    for cycle in range(cycles):
        share = share * (1 + 0.93 * (1 - share) / (1 + 3 * share))
        curves[:, cycle] = share
    return np.asarray(1000 + 19000 * curves + rng.normal(0, 9, curves.shape))


def cut(cycles: int) -> tuple[Floats, Floats]:
    """The Cq of 600 wells of 1 to 1,000 copies as a run of 50 cycles shows them, and the bound that
    each has (NaN: a Cq) if the run ends earlier; both on the scale of the shorter run.
    """
    rng = np.random.default_rng(cycles)
    curves = grown(2.0 ** rng.uniform(0, 10, 600), 50, rng)
    rows = [
        {**PLAIN, "well": f"W{i}", "x": [float(c) for c in range(1, n + 1)], "y": list(curve[:n])}
        for n in (cycles, 50)
        for i, curve in enumerate(curves)
    ]
    short, whole = (
        read_cq(WELLS.frame(rows[at : at + 600]), ASSAY).reactions.sort("well") for at in (0, 600)
    )
    apart = (short["cq"] - whole["cq"]).drop_nulls().median()
    return (whole["cq"] + apart).to_numpy(), short["bound"].to_numpy()


ASSAY = Qpcr(id="mrna", kind="qpcr", references=("REF",))
PLAIN = {
    "source": "raw/Q1.csv",
    "sha256": "0" * 64,
    "block": "run",
    "plate": "Q1",
    "channel": "REF",
    "kind": "amplification",
    "censor": "none",
    "unit": "RFU",
    "assay": "mrna",
    "readout": "mRNA",
    "role": "sample",
    "donor": "P1",
    "dilution": 1.0,
}


@pytest.mark.parametrize("cycles", [30, 32, 40])
def test_the_bound_is_the_latest_cq_that_a_shorter_run_shows(cycles: int) -> None:
    """By maximum (40 cycles) and by threshold (30, 32): wells that a longer run shows before the
    bound have a Cq, those after it have none.
    """
    cq, bound = cut(cycles)
    unseen = np.isfinite(bound)
    assert 0.02 < unseen.mean() < 0.98 and np.ptp(bound[unseen]) == 0
    off = cq - np.nanmax(bound)
    wrong = (off < 0) == unseen
    assert wrong.mean() < 0.03 and np.abs(off[wrong]).max(initial=0.0) < 1.0
    early, late = (off < 0) & unseen, (off >= 0) & ~unseen
    assert abs(int(early.sum()) - int(late.sum())) <= 6


def test_a_curve_that_grows_from_its_first_cycle_is_unreadable_not_undetected() -> None:
    calls = called(logistic(np.array([4.0, 25.0, 26.0])))
    assert not calls.readable[0] and np.isnan(calls.cq[0])
    assert calls.readable[1:].all()


def test_heights_are_compared_within_a_series_only() -> None:
    curves = np.vstack([logistic(np.full(3, 25.0), height=1000.0), logistic(np.full(3, 25.0))])
    together = call_curves(CYCLES, curves, np.zeros(6, dtype=np.int64))
    apart = call_curves(CYCLES, curves, np.array([0, 0, 0, 1, 1, 1]))
    assert np.isfinite(apart.cq).all()
    assert np.isfinite(together.cq[:3]).all()


def test_gaps_outside_the_peak_cost_nothing_and_one_in_it_costs_little() -> None:
    middle = np.linspace(22, 30, 50)
    whole = logistic(middle)
    peak = np.rint(called(whole).cq).astype(int) - 1
    row = np.arange(50)
    far, near = whole.copy(), whole.copy()
    far[row, peak - 9] = far[row, peak + 9] = np.nan
    near[row, peak + 2] = np.nan
    np.testing.assert_allclose(called(far).cq, called(whole).cq, atol=1e-9)
    np.testing.assert_allclose(called(near).cq, called(whole).cq, atol=0.25)


def test_a_curve_without_its_growth_phase_is_unreadable() -> None:
    curves = logistic(np.full(3, 26.0))
    curves[0, 20:30] = np.nan
    curves[1, 3:] = np.nan
    calls = called(curves)
    assert list(calls.readable) == [False, False, True]
    assert np.isnan(calls.cq[:2]).all()


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 2**16), st.integers(1, 60), st.floats(0, 1))
def test_anything_numeric_is_answered(seed: int, cycles: int, holes: float) -> None:
    rng = np.random.default_rng(seed)
    curves = rng.normal(0, 1, (4, cycles)) * 10.0 ** rng.integers(-3, 6)
    curves[rng.random(curves.shape) < holes] = np.nan
    calls = call_curves(np.arange(1.0, cycles + 1), curves, np.zeros(4, dtype=np.int64))
    assert (calls.readable | np.isnan(calls.cq)).all()
    found = np.isfinite(calls.cq)
    assert ((calls.cq[found] > 0) & (calls.cq[found] <= calls.bound[found])).all()


def test_no_curves_give_no_calls() -> None:
    assert call_curves(CYCLES, np.empty((0, 45)), np.empty(0, dtype=np.int64)).cq.size == 0
