"""What is believed of the fits of an assay's curves, and the error that its efficiencies share."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_growth import ASSAY, CYCLES, Numbers, found, grown

from exvivo.quantify.qpcr import pooled, quantify_qpcr
from exvivo.quantify.qpcr.efficiency import STANDARDS, fit_efficiencies
from exvivo.quantify.qpcr.growth import CurveFit
from exvivo.quantify.qpcr.pooled import believed
from exvivo.read import read_plate
from exvivo.study import Analyte, Group, Qpcr, Stimulus, Study
from exvivo.tables import WELLS


def told(*fits: float, sd: float = 0.01) -> list[pooled.Believed]:
    return list(believed({str(i): CurveFit(fit, sd, 20) for i, fit in enumerate(fits)}).values())


@given(st.floats(2.0, 3.0), st.floats(0.0, 0.5), st.floats(1.85, 1.99))
def test_an_impossible_fit_makes_the_error_wider_the_more_so_the_farther_it_is(
    fit: float, more: float, other: float
) -> None:
    (possible, _), (impossible, _), (worse, _) = (
        told(value, other) for value in (1.95, fit, fit + more)
    )
    assert possible.sd <= impossible.sd + 1e-12 and impossible.sd <= worse.sd + 1e-12
    assert worse.value <= 2.0
    assert impossible.sd < 0.08, "never less sure than without a curve"


@given(st.lists(st.floats(1.4, 2.3), min_size=1, max_size=6), st.floats(0.0, 0.2))
def test_noisier_curves_are_never_surer(fits: list[float], more: float) -> None:
    for quiet, noisy in zip(told(*fits), told(*fits, sd=0.01 + more), strict=True):
        assert quiet.sd <= noisy.sd + 1e-12


def test_a_poor_assay_is_covered_though_few_are_poor() -> None:
    value, _ = found(grown(np.random.default_rng(12), 1.65))
    (poor,) = told(value)
    assert abs(poor.value - 1.65) < 1.96 * poor.sd


def test_what_is_believed_is_what_the_model_gives_by_brute_force() -> None:
    """Drawn from the model as written, and regressed: the efficiencies on the fits."""
    rng = np.random.default_rng(13)
    draws, sd = 400_000, np.array([0.01, 0.05, 0.02])
    common = pooled.STUDY_SD * rng.normal(size=(draws, 1))
    true = pooled.USUAL + common + pooled.TARGET_SD * rng.normal(size=(draws, 3))
    bend = pooled.INSTRUMENT_SD * rng.normal(size=(draws, 1))
    fits = true + bend + np.hypot(pooled.MODEL_SD, sd) * rng.normal(size=(draws, 3))
    design = np.column_stack([np.ones(draws), fits])
    coefficients, *_ = np.linalg.lstsq(design, true)
    left = np.cov((true - design @ coefficients).T)
    seen = np.array([1.93, 1.86, 1.99])
    ours = believed(
        {str(i): CurveFit(*pair, 9) for i, pair in enumerate(zip(seen, sd, strict=True))}
    )
    means = np.array([1.0, *seen]) @ coefficients
    assert [each.value for each in ours.values()] == pytest.approx(list(means), abs=5e-4)
    assert [each.sd for each in ours.values()] == pytest.approx(
        list(left.diagonal() ** 0.5), rel=0.01
    )
    between = left[~np.eye(3, dtype=bool)].mean()
    assert ours["0"].common == pytest.approx(between**0.5, rel=0.01)


def drawn(
    rng: np.random.Generator, targets: int, *, model_sd: float, bend: float = 0.0
) -> tuple[Numbers, Numbers]:
    """True efficiencies of an assay, none above 2, and the fits of their curves, all bent alike."""
    own = pooled.TARGET_SD * rng.normal(size=targets)
    true = np.minimum(pooled.USUAL + pooled.STUDY_SD * rng.normal() + own, pooled.MOST)
    return true, true + bend + np.hypot(model_sd, 0.01) * rng.normal(size=targets)


def with_standards(fits: Numbers, measured: Numbers, sd: float = 0.01) -> pooled.Believed:
    """What is believed of the last target, the others having standards."""
    its = {str(i): CurveFit(fit, 0.01, 20) for i, fit in enumerate(fits.tolist())}
    known = {str(i): (value, sd) for i, value in enumerate(measured[:-1].tolist())}
    return believed(its, known)[str(fits.size - 1)]


@pytest.mark.parametrize(
    ("model_sd", "least", "most"), [(0.01, 0.93, 0.99), (0.03, 0.93, 0.97), (0.06, 0.89, 0.97)]
)
def test_standards_of_other_targets_tell_what_curves_are_worth(
    model_sd: float, least: float, most: float
) -> None:
    """1,000 assays of six targets. Where curves err as is usual, 95 % are covered, give or take
    three Monte-Carlo errors; five standards know a variance only roughly, so where curves err by a
    third or twice of it some more or fewer are.
    """
    rng, inside, errors = np.random.default_rng(17), 0, []
    for _ in range(1000):
        bend = pooled.INSTRUMENT_SD * rng.normal()
        true, fits = drawn(rng, 6, model_sd=model_sd, bend=bend)
        measured = true + np.hypot(0.01, 0.02) * rng.normal(size=6)
        its = with_standards(fits, measured)
        inside += abs(its.value - true[-1]) < 1.96 * its.sd
        errors.append(its.sd)
    assert least < inside / 1000 < most
    assert np.median(errors) < (0.035 if model_sd < 0.05 else 0.046)


def test_two_standards_or_bad_ones_change_nothing() -> None:
    fits = np.array([1.95, 1.90, 1.93, 1.96])
    alone = with_standards(fits, np.full(4, 1.5))
    assert alone == with_standards(fits, np.array([2.2, 2.3, 1.9, 0.0]))
    its = {str(i): CurveFit(fit, 0.01, 20) for i, fit in enumerate(fits.tolist())}
    two = believed(its, {"0": (1.85, 0.01), "1": (1.80, 0.01)})["3"]
    assert two.value == pytest.approx(believed(its)["3"].value)
    assert with_standards(fits, fits - 0.05).value < alone.value - 0.02, "three sound ones do"


def test_a_target_without_standards_learns_from_those_with_them() -> None:
    """The whole assay: three targets have standards that show .05 less than their curves."""
    growth = {target: CurveFit(1.95, 0.01, 20) for target in ("A", "B", "C", "TNF")}
    rows: list[dict[str, object]] = [
        {"target": target, "role": "standard", "plate": "Q1", "nominal": nominal, "cq": cq}
        for target in ("A", "B", "C")
        for nominal in (1e2, 1e3, 1e4, 1e5, 1e6)
        for cq in (40 - math.log(nominal) / math.log(1.90) + e for e in (-0.01, 0.01))
    ]
    rows.append({"target": "TNF", "role": "sample", "plate": "Q1", "nominal": None, "cq": 25.0})
    fits = fit_efficiencies(pl.DataFrame(rows), STUDY_ASSAY, growth=growth)
    assert fits["A"].method == STANDARDS and fits["A"].value == pytest.approx(1.90, abs=1e-3)
    alone = believed(growth)["TNF"]
    assert fits["TNF"].value < 1.92 < alone.value and fits["TNF"].sd < alone.sd


STUDY_ASSAY = Qpcr(id="mrna", kind="qpcr", references=("R1", "R2"), targets={"TNF": "TNF"})
STUDY = Study(
    exvivo=1,
    title="a test",
    groups=(Group(id="FM", name="patients"), Group(id="HC", name="controls")),
    analytes=(Analyte(id="TNF"),),
    stimuli=(Stimulus(id="none", name="nothing", control=True),),
    assays=(STUDY_ASSAY,),
    plates=(),
)


def quantified(
    curves: dict[str, Numbers], cycles: Numbers, assay: Qpcr = STUDY_ASSAY
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Quantities and fits of targets whose curves are those of donors P0, P1, ... in turn."""
    rows: list[dict[str, object]] = [
        {
            "source": "raw/Q.rdml",
            "sha256": "0" * 64,
            "block": "run",
            "plate": "Q1",
            "well": f"W{donor}",
            "channel": target,
            "kind": "amplification",
            "censor": "none",
            "unit": "fluorescence",
            "x": list(cycles),
            "y": list(curve),
            "assay": "mrna",
            "readout": "mRNA",
            "analyte": "TNF" if target == "TNF" else None,
            "role": "sample",
            "dilution": 1.0,
            "donor": f"P{donor}",
            "group": "FM",
        }
        for target, its in curves.items()
        for donor, curve in enumerate(its)
    ]
    return quantify_qpcr(WELLS.frame(rows), study=STUDY, assay=assay)


def loadings(row: dict[str, Any]) -> dict[str, float]:
    keys = [part["key"] for part in row["shared"]]
    assert len(keys) == len(set(keys)), "an error stands once"
    return {part["key"]: part["loading"] for part in row["shared"]}


def efficiencies(fits: pl.DataFrame) -> dict[str, dict[str, float]]:
    return {
        row["key"]: {figure["name"]: figure["value"] for figure in row["figures"]}
        for row in fits.filter(kind="efficiency").iter_rows(named=True)
    }


def test_shared_errors_are_those_of_efficiencies_drawn_together() -> None:
    """Brute force: efficiencies drawn with one error in common, and quantities computed anew."""
    rng = np.random.default_rng(14)
    curves = {target: grown(rng, 1.9, 6) for target in ("TNF", "R1", "R2")}
    quantities, fits = quantified(curves, CYCLES)
    its, draws = efficiencies(fits), 200_000
    together = 0.1 * rng.normal(size=draws)
    drawn = {}
    for key, figures in its.items():
        common, sd = figures["common_sd"], figures["sd"]
        own = math.sqrt(sd**2 - common**2) * 0.1 * rng.normal(size=draws)
        drawn[key[-3:].strip(":")] = np.log2(figures["efficiency"] + common * together + own)
    assert all(figures["common_sd"] > 0.02 for figures in its.values())
    cq = {
        (point["well"][3:], row["key"][-3:].strip(":")): point["y"]
        for row in fits.filter(kind="efficiency").iter_rows(named=True)
        for point in row["points"]
    }
    donors = [f"W{row['donor'][1:]}" for row in quantities.iter_rows(named=True)]
    simulated = [
        -cq[well, "TNF"] * drawn["TNF"]
        + (cq[well, "R1"] * drawn["R1"] + cq[well, "R2"] * drawn["R2"]) / 2
        for well in donors
    ]
    keys = [*its, "E:mrna"]
    load = np.array(
        [[loadings(row).get(key, 0.0) for key in keys] for row in quantities.iter_rows(named=True)]
    )
    np.testing.assert_allclose(np.cov(simulated) * 100, load @ load.T, rtol=0.03, atol=2e-3)


def test_what_efficiencies_err_by_together_cancels_where_cq_are_equal() -> None:
    curves = grown(np.random.default_rng(15), 1.9, 6)
    assay = Qpcr(id="mrna", kind="qpcr", references=("R1",), targets={"TNF": "TNF"})
    quantities, _ = quantified({"TNF": curves, "R1": curves}, CYCLES, assay)
    for row in quantities.iter_rows(named=True):
        assert row["value"] == pytest.approx(0.0, abs=1e-9)
        assert abs(loadings(row).get("E:mrna", 0.0)) < 1e-9
        assert abs(loadings(row)["E:mrna:TNF"]) > 0.1


def test_one_assay_taken_for_two_shows_no_ratio_that_moves_with_the_amount(
    shared_data: Path,
) -> None:
    """A real dilution series of one assay over six decades: half of its wells are named TNF, half
    the reference.
    """
    path = shared_data / "qpcr" / "untergasser" / "large_DNA_dilutions.rdml"
    read = read_plate(path, source="d", plate="Q", assay=ASSAY, run="P10 - DNA Dilutions").readings
    diluted = pl.col("sample").str.contains(r"^Dil 1:10 - 10e[3-9]$")
    mine = read.filter(pl.col("channel") == "FSTL_1_F_109", diluted, kind="amplification")
    wells = mine.sort("sample", "well").with_columns(nth=pl.int_range(pl.len()).over("sample"))
    first, second = (
        np.array(wells.filter(nth=nth)["y"].to_list(), dtype=np.float64) for nth in (0, 1)
    )
    assay = Qpcr(id="mrna", kind="qpcr", references=("R1",), targets={"TNF": "TNF"})
    cycles = np.arange(1.0, first.shape[1] + 1)
    quantities, fits = quantified({"TNF": first, "R1": second}, cycles, assay)
    drift = quantities["value"].to_numpy()
    own = {key: f["sd"] ** 2 - f["common_sd"] ** 2 for key, f in efficiencies(fits).items()}
    of_a_ratio = 25 * math.sqrt(sum(own.values())) / (1.9 * math.log(2))
    assert np.ptp(drift) < of_a_ratio, "seven amounts, 6 decades"
    for row in quantities.iter_rows(named=True):
        error = math.hypot(row["sd"], *loadings(row).values())
        assert abs(row["value"]) < 2.576 * error
