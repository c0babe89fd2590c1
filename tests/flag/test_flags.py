from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl
import pytest
from keyed_figures import Key, records

from exvivo.flag import RULES, Look, flags
from exvivo.flag.numbers import rarefied
from exvivo.study import (
    Analyte,
    Association,
    Difference,
    Group,
    Plan,
    Plate,
    Qpcr,
    Results,
    Stimulus,
    Study,
)
from exvivo.tables import ASSAYS, LAYOUT, QUANTITIES, RESPONSES, SEVERITIES, WELLS

WELL: dict[str, object] = {
    "source": "raw/P.csv",
    "sha256": "0",
    "block": "b",
    "plate": "P",
    "well": "A1",
    "channel": "TNF",
    "kind": "cq",
    "value": 25.0,
    "censor": "none",
    "unit": "cycles",
    "assay": "mrna",
    "readout": "mRNA",
    "analyte": "TNF",
    "role": "sample",
    "donor": "D1",
    "dilution": 1.0,
}
QUANTITY: dict[str, object] = {
    "assay": "mrna",
    "on": "amount",
    "readout": "mRNA",
    "analyte": "TNF",
    "plate": "P",
    "well": "A1",
    "donor": "D1",
    "value": 1.0,
    "censor": "none",
    "unit": "ratio",
    "shared": [],
    "method": "m",
    "source": "s",
    "sha256": "0",
}
RESPONSE: dict[str, object] = {
    "estimand": "level",
    "assay": "mrna",
    "on": "amount",
    "readout": "mRNA",
    "analyte": "TNF",
    "visit": "1",
    "donor": "D1",
    "group": "a",
    "value": 1.0,
    "censor": "none",
    "shared": [],
    "wells": 1,
    "undetected_wells": 0,
    "plates": ["P"],
}


def study(assay: Qpcr | Results | None = None) -> Study:
    rows: list[dict[str, object]] = [
        {
            "line": "l",
            "plate": "P",
            "well": "A1",
            "role": "sample",
            "donor": "D1",
            "dilution": 1.0,
            "nominals": [],
        }
    ]
    return Study(
        exvivo=1,
        title="small",
        groups=(Group(id="a", name="patients"), Group(id="b", name="controls")),
        stimuli=(Stimulus(id="none", name="nothing", control=True), Stimulus(id="ATP", name="ATP")),
        analytes=(Analyte(id="TNF"),),
        assays=(assay or Qpcr(id="mrna", kind="qpcr", references=("UBC",)),),
        plates=(Plate(id="P", assay="mrna", layout="plates/P.csv", file="raw/P.csv"),),
        questions=(
            Association(
                id="q",
                ask="association",
                within="a",
                assays=("mrna",),
                analytes=("TNF",),
                scales=("VAS",),
            ),
        ),
        plan=Plan(declared="2026-01-01"),
        donors=pl.DataFrame({"donor": ["D1"], "group": ["a"]}),
        layout=LAYOUT.frame(rows),
    )


QUIET = Look(
    study=study(),
    wells=WELLS.frame([WELL]),
    quantities=QUANTITIES.frame([QUANTITY]),
    assays=ASSAYS.frame(),
    responses=RESPONSES.frame([RESPONSE]),
)


def assay_row(
    kind: str,
    plate: str | None = None,
    points: Any = (),
    others: Mapping[Key, float] = MappingProxyType({}),
    **figures: float,
) -> pl.DataFrame:
    row: dict[str, object] = {
        "assay": "mrna",
        "readout": "mRNA",
        "analyte": "TNF",
        "plate": plate,
        "kind": kind,
        "method": "m",
        "unit": "pg/mL",
        "parameters": [],
        "covariance": [],
        "points": list(points),
        "figures": records(others, **figures),
    }
    return ASSAYS.frame([row])


def one(look: Look) -> dict[str, Any]:
    found = flags(look)
    assert found.height == 1, found
    return found.row(0, named=True)


def test_nothing_to_see_gives_no_flag() -> None:
    assert flags(QUIET).height == 0
    assert len(set(RULES)) == len(RULES)


def test_a_study_without_a_question_is_told_so() -> None:
    found = one(replace(QUIET, study=replace(study(), questions=())))
    assert "no question is declared" in found["what"]


def test_questions_need_a_date() -> None:
    found = one(replace(QUIET, study=replace(study(), plan=Plan())))
    assert found["severity"] == "note"
    assert "when the questions were declared" in found["what"]


@pytest.mark.parametrize(
    ("margin", "reason", "flagged"), [(1.9, "", 0), (2.0, "", 1), (6.0, " ", 1), (6.0, "why", 0)]
)
def test_a_large_margin_without_a_reason_is_named(margin: float, reason: str, flagged: int) -> None:
    asked = Difference(
        id="more",
        ask="difference",
        groups=("a", "b"),
        assays=("r",),
        analytes=("A",),
        margin=margin,
        margin_reason=reason,
    )
    of = replace(study(), questions=(asked,))
    rows = flags(replace(QUIET, study=of)).filter(pl.col("what").str.contains("margin"))
    assert rows.height == flagged
    if flagged:
        assert f"{2**margin:.3g}-fold" in rows["what"][0]
        assert "margin_reason" in rows["cure"][0]


def test_wells_that_were_planned_and_not_measured_are_named_but_not_empty_ones() -> None:
    row: dict[str, object] = {"line": "l", "plate": "P", "dilution": 1.0, "nominals": []}
    layout = LAYOUT.frame(
        [
            row | {"well": "A1", "role": "sample"},
            row | {"well": "A2", "role": "sample"},
            row | {"well": "A3", "role": "empty"},
        ]
    )
    assert one(replace(QUIET, study=replace(study(), layout=layout)))["row"] == "plate P: A2"


def test_a_sample_well_without_a_quantity_is_named() -> None:
    wells = WELLS.frame([WELL, WELL | {"well": "A1", "channel": "UBC", "analyte": None}])
    found = one(replace(QUIET, wells=wells, quantities=QUANTITIES.frame()))
    assert found["row"] == "mrna TNF, plate P: A1"
    assert "Tumor necrosis factor" in found["what"] or "TNF" in found["what"]


def test_results_below_zero_are_called_what_they_are() -> None:
    assays = assay_row(
        "population", "P", n=40.0, zeros=1.0, negatives=2.0, smallest=0.5, probable_limit=0.5
    )
    found = flags(replace(QUIET, assays=assays))
    assert found["what"].to_list() == [
        "1 zero and 2 below zero among 40 results: taken as undetected below 0.5 pg/mL",
        "2 results below zero among 40: taken as undetected below 0.5 pg/mL",
    ]


def test_a_target_nobody_declared_is_named() -> None:
    wells = WELLS.frame(
        [
            WELL,
            WELL | {"channel": "IL6", "analyte": None},
            WELL | {"channel": "UBC", "analyte": None},
        ]
    )
    found = one(replace(QUIET, wells=wells))
    assert found["row"] == "mrna IL6"


@pytest.mark.parametrize(("second", "flagged"), [(2.1, True), (1.9, False)])
def test_replicates_more_than_two_fold_apart_are_named(second: float, flagged: bool) -> None:
    quantities = QUANTITIES.frame([QUANTITY, QUANTITY | {"well": "A2", "value": second}])
    found = flags(replace(QUIET, quantities=quantities))
    assert found.height == flagged
    if flagged:
        assert found["row"].to_list() == ["mrna TNF: plate P A1/A2"]
        assert found["severity"].to_list() == ["look"]


def test_an_assumed_efficiency_is_said_and_an_impossible_one() -> None:
    found = one(
        replace(QUIET, assays=assay_row("efficiency", efficiency=1.93, sd=0.05, defaulted=1.0))
    )
    assert "1.93 ± 0.05 was assumed" in found["what"]
    found = one(
        replace(QUIET, assays=assay_row("efficiency", efficiency=2.31, sd=0.05, defaulted=0.0))
    )
    assert found["what"] == "efficiency 2.31 per cycle"
    assert not flags(replace(QUIET, assays=assay_row("efficiency", efficiency=1.9, sd=0.05))).height


def test_two_flags_of_one_rule_have_names_of_their_own() -> None:
    """Else accepting one would accept the other, and an answer would show the wrong one."""
    assumed = assay_row("efficiency", efficiency=1.93, sd=0.05, defaulted=1.0)
    two = pl.concat([assumed, assumed.with_columns(analyte=pl.lit("IL6"))])
    names = flags(replace(QUIET, assays=two))["name"]
    assert names.len() == names.n_unique() == 2


@pytest.mark.parametrize(("lowest", "severity"), [(33.0, "look"), (38.0, "note")])
def test_controls_that_amplify_matter_near_the_samples(lowest: float, severity: str) -> None:
    assays = assay_row(
        "efficiency",
        efficiency=1.9,
        sd=0.01,
        ntc_wells=2.0,
        ntc_amplified=1.0,
        ntc_lowest_cq=lowest,
        sample_highest_cq=30.0,
    )
    found = one(replace(QUIET, assays=assays))
    assert found["severity"] == severity
    assert "1 of 2 no-template controls amplify" in found["what"]


def reference_look(*references: str, figures: Mapping[Key, float] = MappingProxyType({})) -> Look:
    named: dict[Key, float] = {"samples_without_reference": 0.0, "margin": 0.5, **figures}
    assay = Qpcr(id="mrna", kind="qpcr", references=references)
    return replace(QUIET, study=study(assay), assays=assay_row("reference", others=named))


def shift(
    pair: tuple[str, ...],
    gene: str,
    mean: float,
    lower: float,
    upper: float,
    *,
    within: bool,
    moves: bool,
) -> dict[Key, float]:
    return {
        ("shift", gene, *pair): mean,
        ("shift_lower", gene, *pair): lower,
        ("shift_upper", gene, *pair): upper,
        ("shift_within", gene, *pair): float(within),
        ("shift_moves", gene, *pair): float(moves),
    }


def test_samples_that_lack_a_reference_are_named() -> None:
    point = {"well": "P D1 ATP", "x": None, "y": None, "fitted": None, "used": False}
    look = reference_look("UBC", "ACT")
    row = assay_row("reference", points=[point], samples_without_reference=1.0)
    assert one(replace(look, assays=row))["row"] == "mrna: P D1 ATP"
    assert not flags(look).height


def test_a_reference_alone_is_said_to_be() -> None:
    assert one(reference_look("UBC"))["what"] == "UBC is the only reference gene"


@pytest.mark.parametrize(("lower", "severity"), [(0.6, "look"), (0.3, "look")])
def test_a_reference_that_moves_with_the_stimulus_or_between_groups(
    lower: float, severity: str
) -> None:
    moved = shift(("ATP",), "UBC", 0.8, lower, 1.0, within=False, moves=True)
    mirror = shift(("ATP",), "ACT", -0.8, -1.0, -lower, within=False, moves=True)
    found = one(reference_look("UBC", "ACT", figures=moved | mirror))
    assert found["severity"] == severity and found["row"] == "mrna UBC"
    assert f"UBC stands +0.80 log2 ({lower:+.2f} to +1.00) with ATP against ACT" in found["what"]
    apart = shift(("a", "b"), "ACT", -0.8, -1.0, -lower, within=False, moves=True)
    found = one(reference_look("UBC", "ACT", "TBP", figures=apart))
    assert found["severity"] == severity
    assert "in patients compared with controls against the other references" in found["what"]
    still = shift(("ATP",), "UBC", 0.1, -0.1, 0.3, within=True, moves=False)
    assert not flags(reference_look("UBC", "ACT", figures=still)).height


def test_too_few_donors_show_nothing() -> None:
    wide = shift(("ATP",), "UBC", 0.1, -0.6, 0.8, within=False, moves=False)
    found = one(reference_look("UBC", "ACT", figures=wide))
    assert found["severity"] == "note" and "UBC −0.60 to +0.80" in found["what"]
    single: dict[Key, float] = {
        ("shift", "UBC", "ATP"): 0.3,
        ("shift_within", "UBC", "ATP"): 0.0,
        ("shift_moves", "UBC", "ATP"): 0.0,
    }
    assert (
        "+0.30, too few donors for an interval"
        in one(reference_look("UBC", "ACT", figures=single))["what"]
    )


@pytest.mark.parametrize(
    ("m", "kinds", "flagged"),
    [(0.6, 1.0, True), (0.6, 2.0, False), (1.1, 2.0, True), (0.4, 1.0, False)],
)
def test_m_above_that_of_stable_references(m: float, kinds: float, flagged: bool) -> None:
    spread: dict[Key, float] = {("genorm_m", "UBC"): m, ("genorm_m", "ACT"): 0.3}
    found = flags(reference_look("UBC", "ACT", figures=spread | {"cell_types": kinds}))
    assert found.height == flagged
    if flagged:
        assert found["what"].to_list() == [f"geNorm M {m:.2f} (UBC)"]


def test_references_that_shift_together_look_still_against_one_another() -> None:
    both: dict[Key, float] = {
        (f"raw_shift{part}", gene, "ATP"): value
        for gene in ("UBC", "ACT")
        for part, value in (("", 0.9), ("_lower", 0.7), ("_upper", 1.1))
    }
    found = one(reference_look("UBC", "ACT", figures=both))
    assert found["severity"] == "note" and "UBC +0.90 log2, ACT +0.90 log2" in found["what"]
    assert not flags(
        reference_look("UBC", "ACT", figures=both | {("raw_shift_lower", "ACT", "ATP"): 0.4})
    ).height


def test_a_steadier_pair_and_one_more_reference_are_notes() -> None:
    better: dict[Key, float] = {
        ("best_pair", "TBP"): 1.0,
        ("best_pair", "UBC"): 1.0,
        "best_pair_m": 0.1,
        "references_m": 0.3,
    }
    found = one(reference_look("UBC", "ACT", figures=better))
    assert found["what"] == "TBP and UBC would be the steadier pair: M 0.10 against 0.30"
    assert found["severity"] == "note"
    own: dict[Key, float] = {
        ("best_pair", "ACT"): 1.0,
        ("best_pair", "UBC"): 1.0,
        "best_pair_m": 0.3,
        "references_m": 0.3,
    }
    assert not flags(reference_look("UBC", "ACT", figures=own)).height
    found = one(reference_look("UBC", "ACT", figures={("genorm_v", "2/3"): 0.21}))
    assert found["what"] == "V2/3 of the measured genes is 0.21"
    assert not flags(reference_look("UBC", "ACT", figures={("genorm_v", "2/3"): 0.12})).height


def test_few_beads_and_standards_that_do_not_come_back() -> None:
    few: dict[Key, float] = {"beads_least": 12.0, ("beads_in", "A7"): 12.0}
    found = one(replace(QUIET, assays=assay_row("population", "P", others=few)))
    assert found["what"] == "a well with only 12 beads; no result for A7"
    found = one(
        replace(QUIET, assays=assay_row("curve", "P", levels=8.0, levels_within_25_percent=5.0))
    )
    assert found["what"] == "5 of 8 standards read within 25 % of their known amount"
    assert not flags(
        replace(QUIET, assays=assay_row("curve", "P", levels=8.0, levels_within_25_percent=6.0))
    ).height


def test_a_probable_limit_is_a_question() -> None:
    assays = assay_row(
        "population",
        "P",
        n=40.0,
        zeros=3.0,
        smallest=0.13,
        repeated_smallest=9.0,
        probable_limit=0.13,
    )
    found = one(replace(QUIET, assays=assays))
    assert found["what"].startswith("3 zeros and 9 times the smallest value 0.13 among 40 results")
    assert found["cure"].startswith("is 0.13 pg/mL the detection limit?")


def test_groups_whose_numbers_repeat_unequally() -> None:
    def look(second: list[float]) -> Look:
        results = Results(id="mrna", kind="results")
        rows = [
            WELL | {"well": f"{group}{i}", "kind": "concentration", "value": value, "group": group}
            for group, values in (("a", [i / 7 + 1 for i in range(40)]), ("b", second))
            for i, value in enumerate(values)
        ]
        layout = LAYOUT.frame(
            [
                {
                    "line": "l",
                    "plate": "P",
                    "well": r["well"],
                    "role": "sample",
                    "dilution": 1.0,
                    "nominals": [],
                }
                for r in rows
            ]
        )
        return replace(
            QUIET,
            study=replace(study(results), layout=layout),
            wells=WELLS.frame(rows),
            quantities=QUANTITIES.frame([QUANTITY | {"well": r["well"]} for r in rows]),
        )

    found = one(look([float(i % 10) + 1 for i in range(20)]))
    assert found["what"] == "different values among 20 results: patients: 20; controls: 10"
    assert not flags(look([float(i % 12) + 1 for i in range(20)])).height


def test_a_large_group_on_the_same_coarse_grid_is_no_difference() -> None:
    rng = np.random.default_rng(3)
    grid = rng.integers(1, 30, 200)
    seen = [
        rarefied(np.unique(rng.permutation(grid)[:40], return_counts=True)[1].tolist(), 40)
        for _ in range(400)
    ]
    expected = rarefied(np.unique(grid, return_counts=True)[1].tolist(), 40)
    assert abs(np.mean(seen) - expected) < 4 * np.std(seen) / 20


def test_what_was_not_read_is_listed_by_reason() -> None:
    left = (
        ("b.csv", "column y", "r"),
        ("a.csv", "column x", "r"),
        ("a.csv", "column z", "r"),
        ("a.csv", "block", "s"),
    )
    found = flags(replace(QUIET, ignored=left))
    assert found["what"].to_list() == ["not read: column y, column x, column z", "not read: block"]
    assert found["row"].to_list() == ["b.csv, a.csv", "a.csv"]


def test_the_most_severe_come_first() -> None:
    found = flags(replace(QUIET, study=replace(study(), questions=()), ignored=(("a", "b", "c"),)))
    order = [SEVERITIES.index(s) for s in found["severity"]]
    assert order == sorted(order)


SOUND = {"efficiency": 1.93, "sd": 0.02}


@pytest.mark.parametrize(
    ("figures", "severity", "said"),
    [
        ({"curves": 40.0}, "note", "from the growth of 40 curves"),
        (
            {"curves": 40.0, "curve_fit": 2.11},
            "note",
            "from the growth of 40 curves; alone they show 2.11, and a cycle can only double",
        ),
        (
            {"one_copy_assumed": 1.0, "undetected": 3.0},
            "look",
            "3 wells are undetected, and the Cq of a single copy",
        ),
        (
            {
                "one_copy_assumed": 1.0,
                "undetected": 1.0,
                "later_than_one_copy": 2.0,
                "latest_cq": 38.24,
            },
            "look",
            "37 was assumed, though 2 wells of samples show later (Cq 38.2)",
        ),
        (
            {"one_copy_cq": 36.0, "later_than_one_copy": 1.0, "latest_cq": 38.24},
            "look",
            "1 well of samples shows later than a single copy (Cq 36.0), the latest at 38.2",
        ),
        (
            {
                "vendor_wells": 40.0,
                "vendor_difference": 0.6,
                "vendor_difference_sd": 0.9,
                "vendor_calls_apart": 0.0,
            },
            "look",
            "+0.60 ± 0.90 cycles from the instrument's in 40 wells",
        ),
        (
            {
                "vendor_wells": 40.0,
                "vendor_difference": 0.6,
                "vendor_difference_sd": 0.1,
                "vendor_calls_apart": 2.0,
            },
            "look",
            "in 2 wells only one of the two saw amplification",
        ),
        (
            {"by_threshold": 1.0, "without_plateau": 30.0, "amplified": 40.0},
            "note",
            "30 of 40 curves were still growing",
        ),
        ({"falling": 3.0}, "look", "3 curves fall as others rise"),
        ({"distorted": 1.0}, "look", "1 curve is disturbed"),
        ({"jumped": 2.0}, "note", "2 curves jump from one cycle to the next"),
        (
            {"dilution_samples": 6.0, "dilution_shift": 1.0, "dilution_shift_se": 0.1},
            "look",
            "show 2.00 times the amount",
        ),
    ],
)
def test_what_the_reactions_of_a_target_show_is_flagged(
    figures: dict[str, float], severity: str, said: str
) -> None:
    found = one(replace(QUIET, assays=assay_row("efficiency", None, (), {}, **SOUND, **figures)))
    assert found["severity"] == severity and said in found["what"]


@pytest.mark.parametrize(
    "figures",
    [
        {"curves": 0.0},
        {
            "vendor_wells": 40.0,
            "vendor_difference": 0.9,
            "vendor_difference_sd": 0.1,
            "vendor_calls_apart": 0.0,
        },
        {"by_threshold": 0.0, "without_plateau": 1.0, "amplified": 40.0},
        {"dilution_samples": 6.0, "dilution_shift": 0.4, "dilution_shift_se": 0.3},
    ],
)
def test_what_is_as_it_should_be_is_not(figures: dict[str, float]) -> None:
    assert (
        flags(
            replace(QUIET, assays=assay_row("efficiency", None, (), {}, **SOUND, **figures))
        ).height
        == 0
    )


def test_calibrators_on_some_plates_only_are_said_to_do_nothing() -> None:
    row: dict[str, object] = {"line": "l", "dilution": 1.0, "nominals": [], "well": "A1"}
    layout = LAYOUT.frame(
        [
            row | {"plate": "P", "role": "sample", "donor": "D1"},
            row | {"plate": "P", "well": "A2", "role": "calibrator"},
            row | {"plate": "R", "role": "sample", "donor": "D1"},
        ]
    )
    plates = (*study().plates, Plate(id="R", assay="mrna", layout="plates/R.csv", file="raw/R.csv"))
    found = flags(replace(QUIET, study=replace(study(), layout=layout, plates=plates)))
    assert any("plates were not brought into line" in what for what in found["what"])
