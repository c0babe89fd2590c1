"""Whether a well amplified, and which Cq it gets: real wells beside their instrument's word, and
simulated wells that hold nothing, fall, or are disturbed.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import exvivo
from benchmarks.qpcr.calls import DRIFTS, reactions_of
from exvivo.arrays import Floats, Ints
from exvivo.quantify.qpcr.cq import MAXIMUM, THRESHOLD, read_cq
from exvivo.quantify.qpcr.curves import Calls, call_curves
from exvivo.quantify.qpcr.distorted import distorted
from exvivo.study import Qpcr
from exvivo.tables import WELLS

CYCLES = np.arange(1.0, 41.0)
ASSAY = Qpcr(id="mrna", kind="qpcr", references=("TNF",))


def one(curves: Floats) -> Ints:
    return np.zeros(len(curves), dtype=np.int64)


def called(curves: Floats) -> Calls:
    return call_curves(np.arange(1.0, curves.shape[1] + 1), curves, one(curves))


def reaction_curves(
    rng: np.random.Generator,
    copies: Floats,
    *,
    efficiency: float = 1.92,
    slowing: float = 0.5,
    cycles: int = 40,
    noise: float = 0.003,
) -> Floats:
    """A reaction that is spent: of height one, over a base of one; slow ones do not level."""
    share, seen = copies / 1e11, np.empty((len(copies), cycles))
    for cycle in range(cycles):
        spent = np.maximum(1 - share, 0) / (1 + slowing * share)
        share = share * (1 + (efficiency - 1) * spent)
        seen[:, cycle] = share
    height = rng.uniform(0.9, 1.1, (len(copies), 1))
    return 1 + height * seen + noise * rng.normal(size=seen.shape)


def wells_of(curves: Floats) -> pl.DataFrame:
    """WELLS of one target on one plate."""
    cycles = np.arange(1.0, curves.shape[1] + 1).tolist()
    rows: list[dict[str, object]] = [
        {
            "source": "raw/Q.rdml",
            "sha256": "0" * 64,
            "block": "run",
            "plate": "Q1",
            "well": f"A{number + 1}",
            "channel": "TNF",
            "kind": "amplification",
            "censor": "none",
            "unit": "fluorescence",
            "x": cycles,
            "y": curve.tolist(),
            "assay": "mrna",
            "readout": "mRNA",
            "role": "sample",
            "dilution": 1.0,
            "donor": "P1",
            "group": "FM",
        }
        for number, curve in enumerate(curves)
    ]
    return WELLS.frame(rows)


def reactions(curves: Floats) -> pl.DataFrame:
    called = read_cq(wells_of(curves), ASSAY).reactions
    return called.sort(pl.col("well").str.slice(1).cast(pl.Int64))


@pytest.mark.parametrize("name", ["QS7Pro_presence_absence.xlsx", "no_RQ_values.xlsx"])
def test_wells_undetermined_by_the_instrument_are_undetected(shared_data: Path, name: str) -> None:
    found = reactions_of(shared_data / "qpcr_undetermined" / name)
    undetermined, detected = found.filter("vendor_late"), found.drop_nulls("vendor")
    assert undetermined.height >= 12 and undetermined["late"].all()
    assert detected["cq"].null_count() == 0


def test_a_real_plate_that_does_not_level_takes_a_threshold_as_good_as_the_instruments(
    shared_data: Path,
) -> None:
    """RNase P standards of 1,250 to 20,000 copies and two samples in 36 wells each: 92 curves."""
    found = reactions_of(shared_data / "qpcr_undetermined" / "QS1_standard_curve.xlsx")
    both = found.drop_nulls(["cq", "vendor"])
    assert both.height == 92 and set(both["way"]) == {THRESHOLD}
    spread = {
        column: float(both.group_by("sample").agg(pl.col(column).var())[column].to_numpy().mean())
        for column in ("cq", "vendor")
    }
    assert spread["cq"] <= spread["vendor"]
    vendor, own = both["vendor"].to_numpy(), both["cq"].to_numpy()
    assert abs(np.polyfit(vendor, own - vendor, 1)[0]) < 0.02
    copies = {"Std_1250": 1250, "Std_2500": 2500, "Std_5K": 5e3, "Std_10K": 1e4, "Std_20K": 2e4}
    standards = both.filter(pl.col("sample").is_in(list(copies)))
    amount = np.log10([copies[sample] for sample in standards["sample"]])
    slope = np.polyfit(amount, standards["cq"].to_numpy(), 1)[0]
    assert 10 ** (-1 / slope) == pytest.approx(1.992, abs=0.03), "as by the instrument's Cq"


def test_real_wells_of_a_billion_copies_are_early_and_never_undetected(shared_data: Path) -> None:
    path = shared_data / "qpcr" / "untergasser" / "large_DNA_dilutions.rdml"
    found = reactions_of(path, run="P10 - DNA Dilutions")
    early = found.filter(pl.col("sample").str.contains("10e9"), "vendor_late")
    assert early.height == 24 and not early["late"].any()
    assert early["cq"].count() >= 11 and early["cq"].drop_nulls().is_between(4, 5.5).all()


@pytest.mark.parametrize("kind", sorted(DRIFTS))
@pytest.mark.parametrize("beside", [0, 8])
@pytest.mark.parametrize("base", [0.0, 1.0])
def test_wells_that_hold_nothing_are_undetected_whatever_drifts(
    kind: str, beside: int, base: float
) -> None:
    """2,000 wells of each kind, alone or with few amplified wells: at most four in a thousand."""
    rng = np.random.default_rng(7)
    whole = reaction_curves(rng, 10 ** rng.uniform(2, 6, beside)) - 1
    for noise, size in ((0.0005, 0.04), (0.002, 0.2), (0.005, 0.1), (0.001, 0.01)):
        curves = np.concatenate([size * DRIFTS[kind](rng, 500, 40), whole]) + base
        curves[:500] += noise * rng.normal(size=(500, 40))
        calls = called(curves)
        assert calls.amplified[:500].sum() <= 2 and calls.amplified[500:].all()
        assert (~calls.readable[:500]).sum() <= 2


def test_a_ramp_of_some_cycles_is_no_growth() -> None:
    rng = np.random.default_rng(11)
    start, long = rng.integers(3, 34, (1000, 1)), rng.integers(2, 7, (1000, 1))
    ramp = np.clip((np.arange(40) - start) / long, 0, 1) * rng.uniform(0.05, 0.3, (1000, 1))
    calls = called(1 + ramp + 0.002 * rng.normal(size=ramp.shape))
    assert calls.amplified.sum() <= 5


@pytest.mark.parametrize("cycles", [8, 10, 12, 15, 20])
@pytest.mark.parametrize("height", [0.06, 0.15])
def test_a_ramp_of_many_cycles_is_no_growth_and_loses_no_well(cycles: int, height: float) -> None:
    """Empty wells on a base of one; alone in their series nothing says how high growth is."""
    rng = np.random.default_rng(cycles)
    start = rng.uniform(8, 25, 300)[:, None]
    curves = 1 + height * np.clip((CYCLES - start) / cycles, 0, 1)
    calls = called(curves + 0.0005 * rng.normal(size=(300, 40)))
    # 99.9 % bound of 1 % called among 300
    assert np.isfinite(calls.cq).sum() <= 9 and (~calls.readable).sum() <= 9


def test_drift_that_stops_rises_and_is_no_falling_curve() -> None:
    rng = np.random.default_rng(3)
    stop = rng.uniform(10, 30, 300)[:, None]
    calls = called(1 + 0.008 * np.minimum(CYCLES, stop) + 0.001 * rng.normal(size=(300, 40)))
    assert not calls.falling.any() and calls.readable.all() and np.isnan(calls.cq).all()


def test_abundant_wells_are_called_or_known_to_have_grown_before_and_never_undetected() -> None:
    rng = np.random.default_rng(5)
    cq_of_share = 10 ** rng.uniform(7.0, 10.0, 600)
    calls = called(3 * reaction_curves(rng, cq_of_share) - 2)
    assert not (np.isnan(calls.cq) & calls.readable).any()
    assert np.isfinite(calls.cq[cq_of_share < 1e9]).all()


def test_late_growth_has_no_cq_but_lies_beyond_the_run() -> None:
    rng = np.random.default_rng(6)
    calls = called(reaction_curves(rng, np.full(50, 4.0), cycles=34))
    assert calls.amplified.all() and calls.readable.all() and np.isnan(calls.cq).all()


def test_falling_curves_are_neither_detected_nor_undetected() -> None:
    rng = np.random.default_rng(8)
    curves = reaction_curves(rng, 10 ** rng.uniform(2, 6, 40))
    calls = called(3 - curves)
    assert calls.falling.all() and not calls.readable.any() and np.isnan(calls.cq).all()
    assert not called(curves).falling.any()


@pytest.mark.parametrize("size", [0.3, -0.4, 0.8])
def test_a_jump_moves_no_cq(size: float) -> None:
    rng = np.random.default_rng(9)
    curves = reaction_curves(rng, 10 ** rng.uniform(3, 6, 400))
    clean = called(curves)
    # In its own growth a jump cannot be told from growth: cycles before, or after it.
    away = np.rint(clean.cq) + rng.choice([-8, -6, 9, 11], 400)
    jumped = called(curves + size * (away[:, None] <= CYCLES))
    assert jumped.jumped.all()
    assert np.abs(jumped.cq - clean.cq).max() < 0.25


@pytest.mark.parametrize(("height", "before", "long"), [(0.08, 1, 2), (0.1, 1, 2), (0.12, 2, 4)])
def test_a_bubble_that_takes_the_cq_is_seen_by_the_shape_of_the_curve_alone(
    height: float, before: int, long: int
) -> None:
    """A tenth of the plateau for some cycles, in one well of many and in no replicate of it."""
    rng = np.random.default_rng(10)
    curves = reaction_curves(rng, 10 ** rng.uniform(3, 5, 60))
    clean = called(curves)
    since = CYCLES - np.rint(clean.cq[0]) + before
    curves[0] += height * ((since >= 0) & (since < long))
    calls = called(curves)
    assert calls.disturbed[0] or abs(calls.cq[0] - clean.cq[0]) > 2.5
    seen = distorted(CYCLES, curves, calls, one(curves)) | calls.disturbed
    assert np.flatnonzero(seen).tolist() == [0]
    row = reactions(curves).row(0, named=True)
    assert row["distorted"] and row["cq"] is None and not row["late"]


@pytest.mark.parametrize("height", [0.08, 0.18, 0.35])
@pytest.mark.parametrize("before", [2, 3, 5, 7, 9])
@pytest.mark.parametrize("wide", [0.8, 1.2, 2.0, 3.0])
def test_a_bump_gives_no_wrong_cq_and_no_undetected_well(
    height: float, before: float, wide: float
) -> None:
    rng = np.random.default_rng(10)
    curves = reaction_curves(rng, 10 ** rng.uniform(3, 5, 60))
    clean = called(curves)
    curves[0] += height * np.exp(-0.5 * ((CYCLES - clean.cq[0] + before) / wide) ** 2)
    calls = called(curves)
    told = distorted(CYCLES, curves, calls, one(curves))[0] or not calls.readable[0]
    assert told or abs(calls.cq[0] - clean.cq[0]) < 1.5


def test_a_curve_that_goes_up_as_far_as_growth_but_not_so_is_disturbed_not_undetected() -> None:
    rng = np.random.default_rng(12)
    curves = reaction_curves(rng, np.full(12, 1e4))
    curves[3] = 1 + np.clip((CYCLES - 12) / 6, 0, 1) + 0.003 * rng.normal(size=40)
    calls = called(curves)
    assert calls.disturbed[3] and not calls.readable[3] and np.isnan(calls.cq[3])
    assert np.isfinite(np.delete(calls.cq, 3)).all()
    alone = called(curves[3:4])
    assert alone.readable[0], "nothing on the plate says how high growth is"


def test_gaps_of_a_flat_curve_leave_it_undetected() -> None:
    curves = 1 + 0.002 * np.random.default_rng(13).normal(size=(20, 40))
    curves[:, 15:19] = np.nan
    calls = called(curves)
    assert calls.readable.all() and not calls.amplified.any()


def test_targets_that_level_keep_the_maximum_and_those_that_do_not_take_the_threshold() -> None:
    rng = np.random.default_rng(14)
    copies = 10 ** rng.uniform(2.5, 5.5, 40)
    level = reactions(reaction_curves(rng, copies, slowing=0.2))
    line = reactions(reaction_curves(rng, copies, slowing=12.0))
    assert set(level["way"]) == {MAXIMUM} and set(line["way"]) == {THRESHOLD}
    # Growth that hardly bends may be taken for a line that does; such a curve is told.
    assert line["cq"].null_count() <= 1 and not line["late"].any()
    detected = line["cq"].is_not_null().to_numpy()
    slope = np.polyfit(np.log(copies[detected]), line["cq"].to_numpy()[detected], 1)[0]
    assert np.exp(-1 / slope) == pytest.approx(1.92, abs=0.04), "by the maximum it is 2.05"


def test_where_a_threshold_counts_undetected_wells_lie_beyond_the_last_cycle() -> None:
    rng = np.random.default_rng(15)
    curves = reaction_curves(rng, 10 ** rng.uniform(2.5, 5.5, 30), slowing=12.0)
    curves[0] = 1 + 0.003 * rng.normal(size=40)
    row = reactions(curves).row(0, named=True)
    assert row["late"] and row["bound"] == 40


def ran(shared_data: Path, tmp_path: Path, name: str) -> exvivo.Result:
    shutil.copytree(shared_data / "faults" / "qpcr" / name, tmp_path / name)
    return exvivo.run(tmp_path / name)


def test_empty_wells_of_a_whole_study_are_undetected(shared_data: Path, tmp_path: Path) -> None:
    """Four of eight wells hold nothing and drift by 4 % of the plateau: once a 3.5e7-fold."""
    quantities = ran(shared_data, tmp_path, "D1_half").quantities
    tnf = quantities.filter(analyte="TNF")
    assert sorted(tnf["censor"]) == ["left"] * 4 + ["none"] * 4


def test_a_quenching_probe_of_a_whole_study_is_told(shared_data: Path, tmp_path: Path) -> None:
    result = ran(shared_data, tmp_path, "C10")
    assert result.quantities.filter(analyte="TNF").is_empty()
    assert set(result.findings["verdict"].drop_nulls()) == {"not estimable"}
    assert result.flags["what"].str.contains("16 curves fall as others rise").any()
