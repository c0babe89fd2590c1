from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from keyed_figures import Key, keyed
from lengths import studies

from exvivo.errors import StudyError
from exvivo.quantify import quantify
from exvivo.quantify.qpcr import quantify_qpcr
from exvivo.quantify.qpcr.copies import ASSUMED, NONE_SEEN
from exvivo.study import Analyte, Efficiency, Group, OneCopy, Plate, Qpcr, Stimulus, Study
from exvivo.tables import ASSAYS, QUANTITIES, WELLS

TNF_E, ACT_E, UBC_E = 1.9, 1.95, 2.0
ASSAY = Qpcr(
    id="mrna",
    kind="qpcr",
    references=("ACT", "UBC"),
    cq="vendor",
    efficiency={"TNF": Efficiency(value=TNF_E, sd=0.03), "ACT": Efficiency(value=ACT_E, sd=0.02)},
    default_efficiency=Efficiency(value=UBC_E, sd=0.04),
)


def study_of(assay: Qpcr) -> Study:
    return Study(
        exvivo=1,
        title="a test",
        groups=(Group(id="FM", name="patients"), Group(id="HC", name="controls")),
        analytes=(Analyte(id="TNF"), Analyte(id="IL10")),
        stimuli=(Stimulus(id="none", name="nothing", control=True), Stimulus(id="ATP", name="ATP")),
        assays=(assay,),
        plates=(Plate(id="Q1", assay="mrna", layout="Q1.csv", file="raw/Q1.rdml"),),
    )


def reaction(channel: str, cq: float | None, **given: Any) -> dict[str, object]:
    role = given.get("role", "sample")
    whose = (
        {"donor": "P1", "visit": "1", "group": "FM", "stimulus": "none"} if role == "sample" else {}
    )
    return {
        "source": "raw/Q1.rdml",
        "sha256": "0" * 64,
        "block": "run",
        "plate": "Q1",
        "channel": channel,
        "kind": "cq",
        "value": cq,
        "censor": "right" if cq is None else "none",
        "lower": 40.0 if cq is None else None,
        "unit": "cycles",
        "assay": "mrna",
        "readout": "mRNA",
        "role": "sample",
        "dilution": 1.0,
        "analyte": None if channel in ASSAY.references else channel,
        **whose,
        **given,
    }


def wells_of(rows: list[dict[str, object]]) -> pl.DataFrame:
    return WELLS.frame(
        [{"well": f"{chr(65 + i % 16)}{i // 16 + 1}", **row} for i, row in enumerate(rows)]
    )


def run(rows: list[dict[str, object]], assay: Qpcr = ASSAY) -> tuple[pl.DataFrame, pl.DataFrame]:
    return quantify_qpcr(wells_of(rows), study=study_of(assay), assay=assay)


def figures(assays: pl.DataFrame, key: str | None, kind: str = "efficiency") -> dict[Key, float]:
    row = assays.filter((pl.col("kind") == kind) & (pl.col("key") == key if key else pl.lit(True)))
    return keyed(row["figures"][0])


def loadings(row: dict[str, Any]) -> dict[str, float]:
    return {s["key"]: s["loading"] for s in row["shared"]}


def basic(tnf: float | None = 27.0, **given: Any) -> list[dict[str, object]]:
    return [
        reaction("TNF", tnf, **given),
        reaction("ACT", 18.0, **given),
        reaction("ACT", 18.4, **given),
        reaction("UBC", 22.0, **given),
    ]


def value_by_hand(tnf: float, act: float, ubc: float, e: tuple[float, float, float]) -> float:
    log = [math.log2(x) for x in e]
    return -tnf * log[0] + (act * log[1] + ubc * log[2]) / 2


def test_value_is_the_efficiency_corrected_quantity_over_the_mean_of_the_references() -> None:
    quantities, _ = run(basic())
    assert quantities.height == 1
    row = quantities.row(0, named=True)
    assert row["value"] == pytest.approx(
        value_by_hand(27.0, 18.2, 22.0, (TNF_E, ACT_E, UBC_E)), abs=1e-12
    )
    assert row["unit"] == "relative to ACT, UBC"
    assert row["sd"] == pytest.approx(0.15 * math.log2(TNF_E))
    assert (row["analyte"], row["donor"], row["group"]) == ("TNF", "P1", "FM")


def test_loadings_agree_with_brute_force_over_efficiency_and_reference_errors() -> None:
    rows = basic(27.0) + basic(30.0, donor="P2") + [reaction("IL10", 33.0)]
    quantities, _ = run(rows)
    shared = [loadings(row) for row in quantities.iter_rows(named=True)]
    keys = sorted({key for one in shared for key in one})
    load = np.array([[one.get(key, 0.0) for key in keys] for one in shared])

    rng, n = np.random.default_rng(11), 200_000
    e = {"TNF": rng.normal(TNF_E, 0.03, n), "ACT": rng.normal(ACT_E, 0.02, n)}
    e |= {"UBC": rng.normal(UBC_E, 0.04, n), "IL10": rng.normal(UBC_E, 0.04, n)}
    drawn = {}
    for donor in ("P1", "P2"):
        act = (rng.normal(18.0, 0.15, n) + rng.normal(18.4, 0.15, n)) / 2
        ubc = rng.normal(22.0, 0.15, n)
        drawn[donor] = (act * np.log2(e["ACT"]) + ubc * np.log2(e["UBC"])) / 2
    cq = {("TNF", "P1"): 27.0, ("TNF", "P2"): 30.0, ("IL10", "P1"): 33.0}
    simulated = np.array(
        [
            -cq[row["analyte"], row["donor"]] * np.log2(e[row["analyte"]]) + drawn[row["donor"]]
            for row in quantities.iter_rows(named=True)
        ]
    )
    np.testing.assert_allclose(np.cov(simulated), load @ load.T, rtol=0.02, atol=2e-4)


def test_keys_are_shared_by_target_and_by_sample() -> None:
    quantities, assays = run(basic(27.0) + basic(30.0, donor="P2") + [reaction("TNF", 27.2)])
    keys = [set(loadings(row)) for row in quantities.iter_rows(named=True)]
    p1 = [keys[i] for i, donor in enumerate(quantities["donor"]) if donor == "P1"]
    p2 = [keys[i] for i, donor in enumerate(quantities["donor"]) if donor == "P2"]
    assert len(p1) == 2 and p1[0] == p1[1] and len(p1[0]) == 4
    assert p1[0] & p2[0] == {"E:mrna:TNF", "E:mrna:ACT", "E:mrna:UBC"}
    assert p1[0] & p2[0] <= set(assays["key"].drop_nulls())


def test_efficiency_error_of_a_response_depends_on_the_shift_alone() -> None:
    quantities, _ = run(basic(27.0) + basic(25.0, stimulus="ATP"))
    one, other = (loadings(row) for row in quantities.sort("stimulus").iter_rows(named=True))
    difference = {key: one[key] - other[key] for key in one if key.startswith("E:")}
    assert difference["E:mrna:TNF"] == pytest.approx(2.0 * 0.03 / (TNF_E * math.log(2)))
    assert difference["E:mrna:ACT"] == pytest.approx(0, abs=1e-12)


def test_an_undetected_target_is_left_censored_and_never_a_number() -> None:
    quantities, assays = run(basic(None))
    row = quantities.row(0, named=True)
    assert (
        row["censor"] == "left"
        and row["value"] is None
        and row["sd"] is None
        and row["lower"] is None
    )
    three_copies = ASSUMED - math.log(NONE_SEEN) / math.log(TNF_E)
    assert row["upper"] == pytest.approx(
        value_by_hand(three_copies, 18.2, 22.0, (TNF_E, ACT_E, UBC_E))
    )
    assert len(loadings(row)) == 4
    assert figures(assays, "E:mrna:TNF")["undetected"] == 1


def test_a_sample_without_a_reference_has_no_quantity_and_is_named() -> None:
    lost = [
        reaction("TNF", 26.0, donor="P9"),
        reaction("ACT", None, donor="P9"),
        reaction("UBC", 21.0, donor="P9"),
    ]
    quantities, assays = run(basic() + lost + [reaction("TNF", 28.0, donor="P8")])
    assert quantities["donor"].to_list() == ["P1"]
    found = figures(assays, None, "reference")
    assert found["samples_without_reference"] == 2 and found["wells_without_reference"] == 2
    assert found["reference_undetected"] == 1
    unused = [
        p["well"]
        for p in assays.filter(pl.col("kind") == "reference")["points"][0]
        if not p["used"]
    ]
    assert any("P9" in well for well in unused) and any("P8" in well for well in unused)


def test_one_failed_reference_replicate_does_not_cost_the_sample() -> None:
    quantities, _ = run([*basic(), reaction("ACT", None)])
    assert quantities["value"][0] == pytest.approx(
        value_by_hand(27.0, 18.2, 22.0, (TNF_E, ACT_E, UBC_E))
    )


def test_references_in_the_same_well_come_first_then_the_plate_then_the_sample() -> None:
    multiplexed = [
        reaction("TNF", 27.0, well="A1"),
        reaction("ACT", 19.0, well="A1"),
        reaction("UBC", 23.0, well="A1"),
    ]
    quantities, _ = run(
        [*multiplexed, *({**row, "well": f"B{i}"} for i, row in enumerate(basic()))]
    )
    values = dict(quantities.select("well", "value").iter_rows())
    efficiencies = (TNF_E, ACT_E, UBC_E)
    assert values["A1"] == pytest.approx(value_by_hand(27.0, 19.0, 23.0, efficiencies))
    assert values["B0"] == pytest.approx(
        value_by_hand(27.0, (18 + 18.4 + 19) / 3, 22.5, efficiencies)
    )
    elsewhere = [reaction("TNF", 27.0, plate="Q2"), *basic()[1:]]
    assert run(elsewhere)[0]["value"][0] == pytest.approx(
        value_by_hand(27.0, 18.2, 22.0, efficiencies)
    )


def test_dilution_is_corrected_on_both_sides() -> None:
    rows = basic()
    for row in rows:
        row["dilution"] = 8.0
    assert run(rows)[0]["value"][0] == pytest.approx(run(basic())[0]["value"][0])
    rows[0]["dilution"] = 16.0
    assert run(rows)[0]["value"][0] == pytest.approx(run(basic())[0]["value"][0] + 1)


def test_order_of_the_wells_changes_nothing() -> None:
    rows = basic() + basic(25.0, stimulus="ATP") + basic(30.0, donor="P2")
    wells = wells_of(rows)
    plain = quantify_qpcr(wells, study=study_of(ASSAY), assay=ASSAY)
    mixed = quantify_qpcr(
        wells.sample(fraction=1, shuffle=True, seed=4), study=study_of(ASSAY), assay=ASSAY
    )
    assert plain[0].equals(mixed[0]) and plain[1].equals(mixed[1])


def standards(
    slope: float, rng: np.random.Generator, sd: float = 0.1, **given: Any
) -> list[dict[str, object]]:
    levels = [1e5, 1e4, 1e3, 1e2]
    return [
        reaction(
            "TNF",
            37.0 + slope * math.log10(n) + rng.normal(0, sd),
            role="standard",
            nominal=n,
            **given,
        )
        for n in levels
        for _ in range(3)
    ]


@pytest.mark.calibration
def test_efficiency_comes_from_standards_first_and_covers_the_truth() -> None:
    rng, truth, inside, claimed, seen = np.random.default_rng(21), 1.92, 0, [], []
    slope, number = -1 / math.log10(truth), studies(150, 30)
    for _ in range(number):
        _, assays = run(basic() + standards(slope, rng))
        row = assays.filter(pl.col("key") == "E:mrna:TNF").row(0, named=True)
        value, sd = row["parameters"][0]["value"], math.sqrt(row["covariance"][0])
        inside += abs(value - truth) < 1.96 * sd
        claimed.append(sd)
        seen.append(value)
    error = math.sqrt(0.05 * 0.95 / number)
    assert 0.95 - 3 * error <= inside / number <= 0.95 + 3 * error
    assert abs(np.mean(seen) - truth) < 3.3 * np.std(seen) / math.sqrt(number)
    assert abs(np.mean(claimed) / np.std(seen) - 1) < 3 / math.sqrt(2 * number)


def test_a_standard_curve_shows_its_points_and_pools_plates_with_one_slope() -> None:
    rng = np.random.default_rng(2)
    rows = standards(-3.4, rng, sd=0.0) + [
        {**row, "value": float(str(row["value"])) + 0.7, "plate": "Q2"}
        for row in standards(-3.4, rng, sd=0.0)
    ]
    _, assays = run(basic() + rows)
    row = assays.filter(pl.col("key") == "E:mrna:TNF").row(0, named=True)
    assert keyed(row["parameters"]) == {"E": pytest.approx(10 ** (1 / 3.4), abs=1e-9)}
    assert figures(assays, "E:mrna:TNF")["r2"] == pytest.approx(1)
    assert (
        len([p for p in row["points"] if p["x"] is not None]) == 24
        and len(row["points"]) == 25
        and row["unit"] == "log10 of the nominal amount"
    )
    for point in row["points"]:
        assert point["fitted"] == pytest.approx(point["x"])


def test_reversed_standards_are_refused() -> None:
    with pytest.raises(StudyError, match="rises with the nominal amount"):
        run(basic() + standards(3.4, np.random.default_rng(1)))


def test_given_and_default_efficiencies_are_told_apart() -> None:
    _, assays = run(basic())
    assert (
        figures(assays, "E:mrna:TNF")["given"] == 1
        and figures(assays, "E:mrna:TNF")["defaulted"] == 0
    )
    assert figures(assays, "E:mrna:UBC")["defaulted"] == 1
    covariance = assays.filter(pl.col("key") == "E:mrna:UBC")["covariance"][0].to_list()
    assert covariance == pytest.approx([0.04**2])


def test_replicate_spread_is_pooled_and_assumed_only_where_unknown() -> None:
    rng = np.random.default_rng(9)
    rows = [
        reaction("TNF", 27 + rng.normal(0, 0.3), donor=f"D{i}")
        for i in range(300)
        for _ in range(2)
    ]
    rows += [row for i in range(300) for row in basic(donor=f"D{i}")[1:]]
    quantities, assays = run(rows)
    sd = figures(assays, "E:mrna:TNF")["replicate_sd"]
    assert abs(sd - 0.3) < 0.03 and figures(assays, "E:mrna:TNF")["replicate_sd_assumed"] == 0
    assert quantities["sd"].to_numpy() == pytest.approx(sd * math.log2(TNF_E))
    assert figures(assays, "E:mrna:UBC")["replicate_sd_assumed"] == 1


def test_controls_are_figures_and_never_quantities() -> None:
    rows = [
        reaction("TNF", 38.5, role="ntc"),
        reaction("TNF", None, role="ntc"),
        reaction("TNF", None, role="no_rt"),
        reaction("TNF", 30.0, role="positive"),
    ]
    quantities, assays = run(basic() + rows)
    assert quantities.height == 1
    found = figures(assays, "E:mrna:TNF")
    assert (found["ntc_wells"], found["ntc_amplified"], found["ntc_lowest_cq"]) == (2, 1, 38.5)
    assert (found["no_rt_wells"], found["no_rt_amplified"]) == (1, 0)
    assert "no_rt_lowest_cq" not in found


def test_a_missing_reference_is_refused_with_the_targets_found() -> None:
    assay = dataclasses.replace(ASSAY, references=("GAPDH", "ACT"))
    with pytest.raises(StudyError, match="GAPDH") as error:
        run(basic(), assay)
    assert "ACT, TNF, UBC" in str(error.value)


def test_vendor_and_curve_are_never_mixed() -> None:
    with pytest.raises(StudyError, match="cq: vendor"):
        run(basic(), dataclasses.replace(ASSAY, cq="curve"))
    only_curve = {
        **reaction("TNF", None),
        "kind": "amplification",
        "censor": "none",
        "lower": None,
        "unit": "RFU",
    }
    with pytest.raises(StudyError, match="cq: curve"):
        run([*basic(), only_curve])


def curve(channel: str, middle: float, **given: Any) -> dict[str, object]:
    cycles = np.arange(1.0, 46.0)
    height = 0.0 if math.isinf(middle) else 1.0
    wobble = 0.001 * np.sin(cycles * 2.1 + len(channel))
    y = 3 + wobble + height / (1 + np.exp(-(cycles - (middle if height else 30.0)) / 1.5))
    return {
        **reaction(channel, 1.0, **given),
        "kind": "amplification",
        "value": None,
        "unit": "RFU",
        "x": cycles.tolist(),
        "y": y.tolist(),
    }


def test_curves_give_the_same_fold_as_their_true_shift() -> None:
    assay = dataclasses.replace(ASSAY, cq="curve")
    rows = [
        curve(channel, middle, stimulus=stimulus)
        for stimulus, tnf in (("none", 30.0), ("ATP", 27.0))
        for channel, middle in (("TNF", tnf), ("ACT", 21.0), ("UBC", 24.0), ("IL10", math.inf))
    ]
    quantities, _ = run(rows, assay)
    value = dict(
        quantities.filter(pl.col("analyte") == "TNF").select("stimulus", "value").iter_rows()
    )
    assert value["ATP"] - value["none"] == pytest.approx(3.0 * math.log2(TNF_E), abs=0.06)
    undetected = quantities.filter(pl.col("analyte") == "IL10")
    assert undetected["censor"].to_list() == ["left", "left"]
    assert (
        undetected["upper"].to_numpy() < quantities["value"].drop_nulls().to_numpy().min()
    ).all()


def test_the_door_dispatches_and_hands_on_checked_tables() -> None:
    quantities, assays = quantify(wells_of(basic()), study=study_of(ASSAY))
    assert quantities.schema == QUANTITIES.schema and assays.schema == ASSAYS.schema
    assert quantities.height == 1 and assays["kind"].to_list() == ["efficiency"] * 3 + ["reference"]
    empty, none = quantify(WELLS.frame(), study=study_of(ASSAY))
    assert empty.height == 0 and none.height == 0


def on_plates(offset: float, *, calibrators: tuple[str, ...]) -> list[dict[str, object]]:
    """The same two donors' cDNA on two plates; TNF crosses `offset` cycles later on the second."""
    rows = []
    for plate, late in (("Q1", 0.0), ("Q2", offset)):
        for donor, cq in (("P1", 27.0), ("P2", 29.0)):
            rows += [
                reaction("TNF", cq + late, plate=plate, donor=donor),
                reaction("ACT", 18.0, plate=plate, donor=donor),
                reaction("UBC", 22.0, plate=plate, donor=donor),
            ]
        if plate in calibrators:
            for target, cq in (("TNF", 28.0 + late), ("ACT", 18.0), ("UBC", 22.0)):
                rows += [reaction(target, cq, plate=plate, role="calibrator") for _ in range(3)]
    return rows


def test_calibrators_on_every_plate_take_off_what_a_plate_does_to_a_target() -> None:
    quantities, _ = run(on_plates(0.8, calibrators=("Q1", "Q2")))
    by_donor = quantities.sort("donor", "plate").partition_by("donor", maintain_order=True)
    for mine in by_donor:
        assert mine["value"][0] == pytest.approx(mine["value"][1], abs=1e-9)
        error = loadings(mine.row(0, named=True))["offset:mrna:Q1:TNF"]
        assert error > 0 and error == pytest.approx(
            loadings(by_donor[0].row(0, named=True))["offset:mrna:Q1:TNF"]
        )
    plain, _ = run(on_plates(0.8, calibrators=()))
    middle = plain.group_by("donor", maintain_order=True).agg(pl.col("value").mean()).sort("donor")
    assert [mine["value"][0] for mine in by_donor] == pytest.approx(
        middle["value"].to_list(), abs=1e-9
    )


def test_calibrators_on_some_plates_only_change_nothing() -> None:
    some, _ = run(on_plates(0.8, calibrators=("Q1",)))
    none, _ = run(on_plates(0.8, calibrators=()))
    some, none = (found.sort("plate", "donor") for found in (some, none))
    assert some["value"].to_list() == pytest.approx(none["value"].to_list(), abs=1e-12)
    assert not any("offset:" in key for row in some.iter_rows(named=True) for key in loadings(row))


def test_a_well_says_what_one_copy_in_it_would_be_and_counting_widens_its_error() -> None:
    stated = dataclasses.replace(ASSAY, one_copy={"TNF": OneCopy(cq=36.0, sd=0.4)})
    row = run(basic(33.0), stated)[0].row(0, named=True)
    plain = run(basic(33.0))[0].row(0, named=True)
    copies = TNF_E ** (36.0 - 33.0)
    assert row["value"] - row["one_copy"] == pytest.approx(math.log2(copies))
    assert row["one_copy_sd"] == pytest.approx(0.4 * math.log2(TNF_E))
    assert row["sd"] ** 2 - plain["sd"] ** 2 == pytest.approx(1 / (copies * math.log(2) ** 2))
    assert plain["one_copy"] is None


@pytest.mark.parametrize(("last", "bound"), [(34.0, 34.0), (40.0, 36 - math.log(3, TNF_E))])
def test_an_undetected_well_says_where_its_run_ended_and_is_bounded_by_three_copies(
    last: float, bound: float
) -> None:
    stated = dataclasses.replace(ASSAY, one_copy={"TNF": OneCopy(cq=36.0, sd=0.4)})
    rows = [reaction("TNF", None, lower=last, dilution=5.0), *basic()[1:]]
    row = run(rows, stated)[0].row(0, named=True)
    assert row["run_end"] - row["one_copy"] == pytest.approx((36 - last) * math.log2(TNF_E))
    assert row["upper"] - row["one_copy"] == pytest.approx((36 - bound) * math.log2(TNF_E))
    assert run(rows)[0]["run_end"].to_list() == [None]
    assert run(basic(33.0), stated)[0]["run_end"].to_list() == [None]


def test_the_end_of_the_run_moves_with_the_offset_of_its_plate() -> None:
    stated = dataclasses.replace(ASSAY, one_copy={"TNF": OneCopy(cq=36.0, sd=0.4)})
    plates = [("Q1", 0.0), ("Q2", 1.5)]
    rows = [
        row
        for plate, offset in plates
        for row in (
            reaction("TNF", None, plate=plate, lower=34.0),
            *basic(plate=plate)[1:],
            *(
                reaction(name, cq + offset, plate=plate, role="calibrator", donor="C")
                for name, cq in (("TNF", 28.0), ("ACT", 18.0), ("UBC", 22.0))
            ),
        )
    ]
    ends = run(rows, stated)[0].sort("plate")
    shown = (ends["run_end"] - ends["one_copy"]).to_list()
    assert shown == pytest.approx([2 * math.log2(TNF_E)] * 2)
    assert ends["run_end"][0] != pytest.approx(ends["run_end"][1])


@pytest.mark.parametrize(("latest", "later"), [(36.9, None), (38.2, 1.0)])
def test_a_cq_after_that_of_a_single_copy_is_counted(latest: float, later: float | None) -> None:
    rows = basic(None) + basic(latest, donor="P2")
    assumed = figures(run(rows)[1], "E:mrna:TNF")
    assert (assumed["one_copy_assumed"], assumed.get("later_than_one_copy")) == (1.0, later)
    stated = dataclasses.replace(ASSAY, one_copy={"TNF": OneCopy(cq=36.5, sd=0.1)})
    known = figures(run(rows, stated)[1], "E:mrna:TNF")
    assert known.get("later_than_one_copy") == later
    assert known.get("latest_cq") == (later and latest)


def test_standards_in_copies_tell_the_cq_of_a_single_copy() -> None:
    rng = np.random.default_rng(3)
    rows = standards(-3.4, rng, sd=0.05)
    copies = dataclasses.replace(ASSAY, standards="copies")
    found = figures(run(basic(30.0) + rows, copies)[1], "E:mrna:TNF")
    cq = [(math.log10(float(str(r["nominal"]))), float(str(r["value"]))) for r in rows]
    slope, level = np.polyfit(np.array(cq)[:, 0], np.array(cq)[:, 1], 1)
    assert slope == pytest.approx(-3.4, abs=0.1)
    assert found["one_copy_cq"] == pytest.approx(level, abs=0.2)
    assert "one_copy_cq" not in figures(run(basic(30.0) + rows)[1], "E:mrna:TNF")


def test_undetected_wells_without_a_known_single_copy_are_said_to_rest_on_an_assumption() -> None:
    assert figures(run(basic(None))[1], "E:mrna:TNF")["one_copy_assumed"] == 1


@pytest.mark.calibration
def test_efficiency_errors_are_honest_where_standards_reach_ten_copies() -> None:
    """Counted standards, 5 levels in duplicate: the normal interval of the efficiency covers as it
    should.
    """
    rng, inside, number = np.random.default_rng(8), [], studies(150, 30)
    copies = dataclasses.replace(ASSAY, standards="copies")
    for _ in range(number):
        rows = [
            reaction(
                "TNF",
                38 - math.log(n) / math.log(1.93) + 0.09 * rng.normal(),
                role="standard",
                nominal=level,
            )
            for level in (1e5, 1e4, 1e3, 1e2, 1e1)
            for _ in range(2)
            if (n := rng.poisson(level))
        ]
        found = figures(run(basic(28.0) + rows, copies)[1], "E:mrna:TNF")
        inside.append(abs(found["efficiency"] - 1.93) <= 1.96 * found["sd"])
    assert np.mean(inside) >= 0.95 - 2.576 * math.sqrt(0.05 * 0.95 / number)


def test_diluted_wells_that_show_more_are_seen() -> None:
    rows = []
    for donor in ("P1", "P2", "P3", "P4"):
        rows += basic(27.0, donor=donor)
        rows += [
            reaction(
                "TNF",
                27.0 + 10 * math.log(2) / math.log(TNF_E) / 10 * 2.32 - 0.8,
                donor=donor,
                dilution=5.0,
            )
        ]
    found = figures(run(rows)[1], "E:mrna:TNF")
    assert found["dilution_samples"] == 4
    assert found["dilution_shift"] == pytest.approx(0.8 * math.log2(TNF_E), abs=0.02)


def test_the_last_cycle_written_for_undetected_wells_is_refused() -> None:
    rows = [*basic(), *(reaction("TNF", 40.0, donor=f"P{i}") for i in range(5, 8))]
    with pytest.raises(StudyError, match="a Cq of exactly 40 in 3 wells"):
        run(rows)
    assert run(rows[:-1])[0].height, "two may happen"
