"""The virtual study holds what its parameters say, and its instruments see what is true."""

from __future__ import annotations

import dataclasses

import numpy as np
import polars as pl
import pytest
from scipy import stats

from exvivo.simulate import ModelStudy, VirtualStudy, clinic, model_study, wells
from exvivo.simulate.parameters import AnalyteTruth, ScaleTruth
from exvivo.simulate.people import draw_people
from exvivo.simulate.qpcr import amplify
from exvivo.table import check
from exvivo.tables import WELLS


@pytest.fixture(scope="module")
def virtual() -> VirtualStudy:
    return model_study(rng=np.random.default_rng(20261123))


@pytest.fixture(scope="module")
def crowd() -> tuple[ModelStudy, object]:
    """8 x 500 donors of the model study, drawn without plates."""
    p = ModelStudy()
    return p, [draw_people(p, rng=np.random.default_rng(seed)) for seed in range(500)]


@pytest.mark.parametrize("record", [ModelStudy, AnalyteTruth, ScaleTruth])
def test_every_parameter_says_what_it_is_and_where_it_comes_from(record: type) -> None:
    for field in dataclasses.fields(record):
        assert (
            field.metadata["meaning"] and field.metadata["source"] and "unit" in field.metadata
        ), field.name


def test_the_people_have_the_moments_of_the_parameters(crowd: tuple[ModelStudy, list]) -> None:  # type: ignore[type-arg]
    p, studies = crowd
    response = np.stack([people.response for people in studies])  # study, donor, readout, analyte
    patient = studies[0].patient
    n = response[:, patient].shape[0] * patient.sum()
    for readout, name in enumerate(("copies", "secreted")):
        for i, analyte in enumerate(p.analytes):
            mean = getattr(analyte, f"response_{name}")
            ill = response[:, patient, readout, i].ravel()
            well = response[:, ~patient, readout, i].ravel()
            assert ill.mean() == pytest.approx(
                mean + getattr(analyte, f"difference_{name}"), abs=4 * 0.65 / n**0.5
            )
            assert well.mean() == pytest.approx(mean, abs=4 * 0.65 / len(well) ** 0.5)
            for drawn in (ill, well):
                assert drawn.std() == pytest.approx(p.response_sd, rel=4 / (2 * len(drawn)) ** 0.5)
    for group in (patient, ~patient):
        for i in range(len(p.analytes)):
            r = np.corrcoef(response[:, group, 0, i].ravel(), response[:, group, 1, i].ravel())[
                0, 1
            ]
            assert r == pytest.approx(
                p.response_correlation, abs=4 * 0.51 / (500 * group.sum()) ** 0.5
            )


def test_responses_follow_symptoms_within_patients_only(
    crowd: tuple[ModelStudy, list],  # type: ignore[type-arg]
    virtual: VirtualStudy,
) -> None:
    p, studies = crowd
    response = np.stack([people.response for people in studies])
    scores = np.stack([people.scores for people in studies])
    patient = studies[0].patient
    for row in virtual.truth.correlations.iter_rows(named=True):
        readout = ("mRNA", "protein").index(row["readout"])
        analyte = [a.id for a in p.analytes].index(row["analyte"])
        scale = [s.id for s in p.scales].index(row["scale"])
        ill = stats.spearmanr(
            response[:, patient, readout, analyte].ravel(), scores[:, patient, scale].ravel()
        )[0]
        well = stats.spearmanr(
            response[:, ~patient, readout, analyte].ravel(), scores[:, ~patient, scale].ravel()
        )[0]
        assert ill == pytest.approx(row["spearman"], abs=4 / 7000**0.5), row
        assert abs(well) < 4 / 5000**0.5, row
    tnf = virtual.truth.correlations.filter(analyte="TNF", readout="mRNA")
    assert dict(tnf.select("scale", "pearson").iter_rows()) == pytest.approx(
        {"VAS": 0.56, "HADS_A": 0.525, "HADS_D": 0.525, "QOL": -0.525}
    )


def test_scores_stay_on_their_scales(crowd: tuple[ModelStudy, list]) -> None:  # type: ignore[type-arg]
    p, studies = crowd
    scores = np.concatenate([people.scores for people in studies])
    for i, scale in enumerate(p.scales):
        assert scores[:, i].min() >= 0 and scores[:, i].max() <= scale.highest
        assert (scores[:, i] == np.round(scores[:, i])).all()


def test_both_groups_are_on_every_plate(virtual: VirtualStudy) -> None:
    counts = (
        virtual.study.layout.filter(role="sample")
        .group_by("plate", "group")
        .agg(pl.col("donor").n_unique())
    ).sort("plate", "group")
    assert counts["donor"].to_list() == [7, 5] * 4


def test_every_well_is_used_once_and_fits_its_plate(virtual: VirtualStudy) -> None:
    layout = virtual.study.layout
    assert layout.select("plate", "well").is_unique().all()
    assert layout.group_by("plate").len().sort("plate")["len"].to_list() == [58, 58, 378, 378]
    targets = (
        virtual.reactions.wells.filter(role="sample")
        .group_by("plate", "donor", "stimulus", "target")
        .len()
    )
    assert targets["len"].unique().to_list() == [2] and targets.height == 24 * 2 * 7


def test_without_noise_copies_are_what_is_true(virtual: VirtualStudy) -> None:
    clean = model_study(ModelStudy(noise=0), rng=np.random.default_rng(5))
    made = clean.reactions.wells.with_columns(copies=pl.Series(clean.reactions.copies)).filter(
        role="sample"
    )
    folds = made.pivot(on="stimulus", index=["donor", "target", "replicate"], values="copies")
    folds = folds.with_columns(donor=pl.Series(clean.people.donors).gather(folds["donor"]))
    told = folds.join(
        clean.truth.responses.filter(readout="mRNA"),
        left_on=["donor", "target"],
        right_on=["donor", "analyte"],
    )
    assert told.height == 24 * 5 * 2
    np.testing.assert_allclose(
        (told["1"] / told["0"]).log(2).to_numpy(), told["response"].to_numpy(), atol=1e-9
    )
    assert set(clean.truth.efficiencies["efficiency"]) == set(
        virtual.truth.efficiencies["efficiency"]
    )


def test_a_curve_without_noise_grows_by_the_efficiency_and_ends_on_the_plateau() -> None:
    p = ModelStudy(noise=0)
    rng = np.random.default_rng(0)
    copies = np.array([0.0, 100.0, 100.0 * 1.9])
    curves = amplify(dataclasses.replace(p, cycles=40), copies, np.full(3, 1.9), rng=rng)
    net = curves - p.baseline
    assert (net[0] == 0).all()
    early = (net[1] > 0.05) & (net[1] < 0.2)
    ratio = net[1, 1:][early[:-1]] / net[1, :-1][early[:-1]]
    assert early.sum() >= 2 and ratio == pytest.approx(1.9, rel=0.015)
    assert net[:, -1][1:] == pytest.approx(p.plateau, rel=1e-3)
    np.testing.assert_allclose(net[2, :-1], net[1, 1:], atol=2e-4)  # one cycle ahead
    assert (np.diff(net[1]) >= 0).all()


def test_copies_are_counted() -> None:
    p = ModelStudy(
        reference_sd=0, loading_sd=0, plate_sd=0, well_sd=0, baseline_sd=0, response_sd=0
    )
    copies, expected = [], 2**0.8
    for seed in range(20):
        made = model_study(p, rng=np.random.default_rng(seed)).reactions
        low = made.wells.with_row_index().filter(role="sample", target="IL10", stimulus=0)
        copies += made.copies[low["index"].to_numpy()].tolist()
    assert len(copies) == 960
    assert np.mean(copies) == pytest.approx(expected, abs=4 * (expected / 960) ** 0.5)
    assert np.mean(np.array(copies) == 0) == pytest.approx(
        np.exp(-expected), abs=4 * (0.15 / 960) ** 0.5
    )


def _undetected(virtual: VirtualStudy, target: str) -> float:
    made = virtual.reactions
    mine = (
        made.wells.with_row_index()
        .filter(role="sample", target=target, stimulus=0)["index"]
        .to_numpy()
    )
    return float(np.mean(made.curves[mine].max(axis=1) < 2.0))


def test_unstimulated_il10_and_il6_are_partly_undetected() -> None:
    shares = np.array(
        [
            [_undetected(study, target) for target in ("IL10", "IL6", "TNF", "CXCL8")]
            for study in (model_study(rng=np.random.default_rng(seed)) for seed in range(10))
        ]
    )
    il10, il6, tnf, cxcl8 = shares.mean(axis=0)
    assert 0.10 < il10 < 0.35 and 0.01 < il6 < 0.15 and tnf == 0 and cxcl8 == 0
    levels = np.concatenate(
        [draw_people(ModelStudy(), rng=np.random.default_rng(s)).baseline[:, 1] for s in range(50)]
    )
    below = (levels < np.log2(2500 / 2**8)).mean(axis=0)
    assert 0.15 < below[2] < 0.4 and 0.4 < below[4] < 0.7 and below[3] < 0.01


def threshold_cq(curves: np.ndarray, threshold: float = 1.0) -> np.ndarray:
    """Cq where the curve, less the median of early cycles, first passes a line; NaN where it never
    does.
    """
    net = curves - np.median(curves[:, 4:10], axis=1, keepdims=True)
    passed = (net > threshold).any(axis=1)
    after = (net > threshold).argmax(axis=1)
    rows = np.arange(len(net))
    before = np.maximum(net[rows, after - 1], 1e-3)
    step = np.log(threshold / before) / np.log(np.where(passed, net[rows, after], 2.0) / before)
    return np.where(passed, after + step, np.nan)


def test_the_dilution_series_tells_the_efficiency(virtual: VirtualStudy) -> None:
    made = virtual.reactions.wells.with_columns(cq=threshold_cq(virtual.reactions.curves)).filter(
        role="standard"
    )
    for target, efficiency in virtual.truth.efficiencies.iter_rows():
        mine = made.filter(target=target)
        slope = stats.linregress(mine["nominal"].log(2), mine["cq"])
        assert mine.height == 10 and slope.rvalue**2 > 0.99
        error = 4 * slope.stderr * np.log(2) * efficiency / slope.slope**2
        assert 2 ** (-1 / slope.slope) == pytest.approx(efficiency, abs=error), target


def test_a_simple_analysis_of_the_curves_finds_the_true_responses(virtual: VirtualStudy) -> None:
    efficiency = virtual.truth.efficiencies["efficiency"].log(2)
    made = virtual.reactions.wells.with_columns(
        log2=-threshold_cq(virtual.reactions.curves)
        * efficiency.gather(virtual.reactions.wells["target_number"])
    ).filter(role="sample")
    wide = (
        made.group_by("donor", "stimulus", "target")
        .agg(pl.col("log2").mean())
        .pivot(on="target", values="log2")
    )
    wide = wide.with_columns(reference=(pl.col("RPLP0") + pl.col("UBC")) / 2)
    for i, target in enumerate(("TNF", "IL1B")):
        relative = wide.with_columns(pl.col(target) - pl.col("reference"))
        folds = relative.pivot(on="stimulus", index="donor", values=target).sort("donor")
        seen = (folds["1"] - folds["0"]).to_numpy()
        true = virtual.people.response[:, 0, i]
        assert np.corrcoef(seen, true)[0, 1] > 0.9
        assert abs((seen - true).mean()) < 4 * 0.25 / 24**0.5 and (seen - true).std() < 0.35
    raw = (
        made.filter(pl.col("target") == "RPLP0")
        .group_by("donor", "stimulus")
        .agg(pl.col("log2").mean())
    )
    assert np.std(raw["log2"].to_numpy()) > 0.25  # the loading error is there, and cancelled above


BRIGHTNESS = {
    "A7": (4.69, 5.18),
    "A9": (5.36, 5.18),
    "B4": (3.68, 4.89),
    "B7": (4.69, 4.89),
    "D9": (5.36, 4.32),
}
"""log10 in the red and the near infrared: .30 a letter and .33 a number, the real plate's B4."""


def test_bead_populations_stand_where_a_real_plate_has_them(virtual: VirtualStudy) -> None:
    p = virtual.parameters
    letters = sorted({a.bead[0] for a in p.analytes})
    for events in virtual.tubes.events[::17]:
        single = events[(events[:, 0] > 40000) & (events[:, 0] < 85000)]
        red, infrared = np.log10(np.maximum(single[:, 2:4], 1)).T
        for analyte in p.analytes:
            x, y = BRIGHTNESS[analyte.bead]
            near = (abs(red - x) < 0.14) & (abs(infrared - y) < 0.14)
            assert 130 < near.sum() < 270, analyte.id
    assert letters == ["A", "B", "D"]


def test_reporters_follow_the_calibration_curve(virtual: VirtualStudy) -> None:
    """Medians of single beads, found by position alone, against the 5PL in the truth."""
    position = {a.id: BRIGHTNESS[a.bead] for a in virtual.parameters.analytes}
    ratios = []
    for row, events in zip(
        virtual.tubes.wells.iter_rows(named=True), virtual.tubes.events, strict=True
    ):
        if row["role"] != "standard" or not row["nominal"]:
            continue
        single = events[(events[:, 0] > 40000) & (events[:, 0] < 85000)]
        red, infrared = np.log10(np.maximum(single[:, 2:4], 1)).T
        for curve in virtual.truth.curves.filter(plate=row["plate"]).iter_rows(named=True):
            x, y = position[curve["analyte"]]
            median = np.median(single[(abs(red - x) < 0.14) & (abs(infrared - y) < 0.14), 4])
            u = (row["nominal"] / curve["middle"]) ** curve["slope"]
            expected = (
                curve["floor"]
                + (curve["top"] - curve["floor"]) * (u / (1 + u)) ** curve["asymmetry"]
            )
            ratios.append(np.log2(median / expected))
    assert len(ratios) == 90
    assert abs(np.mean(ratios)) < 4 * 0.1 / 90**0.5 and 0.04 < np.std(ratios) < 0.13


def test_the_model_study_finds_tnf_in_most_runs() -> None:
    p, found = ModelStudy(), []
    for seed in range(300):
        people = draw_people(p, rng=np.random.default_rng(seed))
        seen = people.response[:, :, 0] + np.random.default_rng(10_000 + seed).normal(
            0, 0.21, (24, 2)
        )
        found.append(
            stats.ttest_ind(seen[people.patient], seen[~people.patient], equal_var=False).pvalue
            < 0.05
        )
    power = np.mean(found, axis=0)
    assert (power > 0.80).all() and (power < 0.97).all()


def test_the_wells_table_is_whole(virtual: VirtualStudy) -> None:
    table = check(WELLS, wells(virtual))
    assert table.height == 2 * 378 + 2 * 58 * 5
    assert table.filter(kind="amplification")["y"].list.len().unique().to_list() == [45]
    assert table.filter(role="sample")["donor"].n_unique() == 24
    assert table.filter(pl.col("kind") == "amplification", pl.col("analyte").is_null())[
        "channel"
    ].unique().sort().to_list() == ["RPLP0", "UBC"]
    assert clinic(virtual).height == 24 * 4


def test_fewer_wells_make_a_smaller_study() -> None:
    p = ModelStudy(patients=6, controls=4, wells=1, tubes=1, beads=60)
    small = model_study(p, rng=np.random.default_rng(0))
    assert small.study.donors.height == 10 and wells(small).height == 2 * (7 * 10 + 42) + 2 * 20 * 5


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"patients": 40}, "384-well"),
        ({"tubes": 4}, "96-well"),
        ({"controls": 1}, "both groups"),
        ({"response_correlation": -0.9}, "correlations"),
    ],
)
def test_a_design_that_cannot_be_is_refused(change: dict[str, int], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        ModelStudy(**change)  # type: ignore[arg-type]
