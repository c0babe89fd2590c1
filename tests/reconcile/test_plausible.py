"""Rules on raw readings, layouts and people: planted mistakes are noticed, honest studies are not."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from test_immunoassay import real_plate

from calibration.handed_in import NO_CULTURES, Design, Kind, study
from calibration.planted import PLANTED
from exvivo.flagged import Flag
from exvivo.gather import gather
from exvivo.reconcile import RULES, Held
from exvivo.reconcile.chance import by_density, by_grid, by_replicates, log10_tail, steps
from exvivo.reconcile.copied import copied_readings
from exvivo.reconcile.names_and_groups import names_of_another_group
from exvivo.simulate import ModelStudy, clinic, model_study, wells

ANALYTES: dict[Kind, int] = {"elisa": 1, "luminex": 6, "table": 5, "cq": 3}
"""How many a study of each kind has here."""


@cache
def twelve(kind: Kind, seed: int = 3) -> Held:
    """Twelve patients and twelve controls on two plates, two stimuli in duplicate."""
    rng = np.random.default_rng([7, seed])
    return study(Design(kind, (12, 12), 2, 2, ANALYTES[kind], 2), rng)


def raised(held: Held) -> list[tuple[str, Flag]]:
    """The flags of every rule, with the rule's name."""
    return [(rule.__name__, flag) for rule in RULES for flag in rule(held)]


def codes(held: Held) -> set[tuple[str, str]]:
    """Which rules raised what."""
    return {(name, flag.severity) for name, flag in raised(held)}


# Honest studies.


def test_honest_studies_raise_nothing() -> None:
    """20 of the 400 studies that `scripts/calibrate --only handed_in` counts."""
    alarms = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        alarms += raised(study(Design.drawn(rng), rng))
    assert [(name, flag.what) for name, flag in alarms if flag.severity == "stop"] == []
    assert len(alarms) <= 1


def test_the_model_study_raises_nothing() -> None:
    for seed, sizes in enumerate([(14, 10), (6, 6)]):
        patients, controls = sizes
        parameters = ModelStudy(patients=patients, controls=controls, beads=40, tubes=1)
        virtual = model_study(parameters, rng=np.random.default_rng(seed))
        record = replace(virtual.study, cultures=NO_CULTURES)
        held = Held(study=record, wells=wells(virtual), clinic=clinic(virtual))
        assert raised(held) == []


# Mistakes.

NOTICED: dict[str, tuple[str, str]] = {
    "donor_copied": ("copied_readings", "stop"),
    "donor_copied_but_one": ("copied_readings", "stop"),
    "last_digits_changed": ("copied_readings", "look"),
    "everybody_twice": ("copied_readings", "stop"),
    "analyte_pasted_twice": ("copied_readings", "stop"),
    "rows_of_another_plate": ("copied_readings", "stop"),
    "plate_rescaled": ("copied_readings", "look"),
    "standards_in_ng": ("standards_apart", "stop"),
    "standards_tenfold": ("standards_apart", "look"),
    "point_lost": ("impossible_readings", "stop"),
    "blank_taken_off": ("blanks_taken_off_some_plates", "look"),
    "dilution_a_part": ("dilutions_below_one", "stop"),
    "dilution_by_group": ("dilutions_by_group", "look"),
    "two_groups_swapped": ("names_of_another_group", "look"),
    "pain_in_centimetres_of_four": ("scores_in_tenths", "look"),
    "pain_in_centimetres": ("scores_in_tenths", "look"),
    "pain_sorted_alone": ("columns_sorted_alone", "look"),
    "age_sorted_alone": ("columns_sorted_alone", "look"),
}
WEAKER = {("elisa", "donor_copied"), ("elisa", "donor_copied_but_one")}
"""Four values of three decimals are no vector of eight: a look."""
ONE_KIND = [(name, PLANTED[name][0][n % len(PLANTED[name][0])]) for n, name in enumerate(NOTICED)]
CASES = [*ONE_KIND, *(("donor_copied", kind) for kind in ("elisa", "luminex", "table", "cq"))]


@pytest.mark.parametrize(("name", "kind"), list(dict.fromkeys(CASES)))
def test_a_planted_mistake_is_noticed(name: str, kind: Kind) -> None:
    rule, severity = NOTICED[name]
    held = twelve(kind, seed=5)
    made = PLANTED[name][1](held, np.random.default_rng(1))
    expected = (rule, "look") if (kind, name) in WEAKER else (rule, severity)
    assert expected in codes(made), codes(made)
    assert codes(made) - {expected} <= {(rule, "look"), ("impossible_readings", "look")}


def test_donors_entered_twice_are_one_stop(shared_data: Path) -> None:
    gathered = gather(shared_data / "faults" / "statistics" / "dup5")
    (flag,) = (flag for _, flag in raised(Held(study=gathered.study, wells=gathered.wells)))
    assert flag.severity == "stop"
    assert flag.scope is not None and len(flag.scope.donors) == 24
    assert "A0y has 5 of 5 readings of A0x" in flag.what


def test_the_order_of_rows_and_the_names_of_donors_say_nothing() -> None:
    made = PLANTED["donor_copied"][1](twelve("table"), np.random.default_rng(1))
    (flag,) = (flag for _, flag in raised(made))
    turned = replace(made, wells=made.wells.sample(fraction=1.0, shuffle=True, seed=4))
    (again,) = (flag for _, flag in raised(turned))
    assert again.severity == flag.severity
    assert again.scope is not None and set(again.scope.donors) == {"RA01", "RA02"}
    scaled = replace(made, wells=made.wells.with_columns(value=pl.col("value") * 1000))
    assert codes(scaled) == codes(made)


def test_two_donors_with_eight_equal_bounds_are_not_copies() -> None:
    """Undetected results are equal by nature."""
    held = twelve("table")
    low = pl.col("donor").is_in(["RA01", "RA02"])
    wells = held.wells.with_columns(
        value=pl.when(~low).then("value"),
        censor=pl.when(low).then(pl.lit("left")).otherwise("censor"),
        upper=pl.when(low).then(8.0).otherwise("upper"),
    )
    assert codes(replace(held, wells=wells)) == set()


def test_whole_numbers_of_a_small_range_agree_by_chance() -> None:
    """Twelve scores from 1 to 3 of each of 24 donors: pairs share ten of them."""
    rng = np.random.default_rng(1)
    held = twelve("table")
    drawn = pl.Series(rng.integers(1, 4, held.wells.height).astype(float))
    wells = held.wells.with_columns(
        value=drawn, censor=pl.lit("none"), upper=pl.lit(None, pl.Float64)
    )
    assert list(copied_readings(replace(held, wells=wells))) == []


def test_one_line_of_scores_copied_is_told_where_it_has_digits_enough() -> None:
    made = [
        codes(PLANTED["line_of_scores_copied"][1](twelve("cq", seed), np.random.default_rng(1)))
        for seed in range(8)
    ]
    assert sum(("copied_scores", "look") in each for each in made) >= 2


# Wells of the clean study of the faults.


@pytest.fixture(scope="module")
def intake(shared_data: Path) -> Held:
    gathered = gather(shared_data / "faults" / "intake" / "study")
    return Held(study=gathered.study, wells=gathered.wells, clinic=gathered.clinic)


def test_the_clean_study_raises_nothing(intake: Held) -> None:
    assert raised(intake) == []


def test_a_real_plate_of_thirty_analytes_raises_nothing(tmp_path: Path, shared_data: Path) -> None:
    gathered = gather(real_plate(tmp_path, shared_data))
    assert raised(Held(study=gathered.study, wells=gathered.wells)) == []


def test_six_readings_of_one_donor_under_another_are_told(intake: Held) -> None:
    """RA02's six ODs of one ELISA are those of RA01."""
    own = intake.wells.filter(kind="signal", role="sample", analyte="TNF")
    key = ["stimulus", "replicate", "analyte", "kind"]
    copied = own.filter(donor="RA01").select(*key, copied="value")
    joined = intake.wells.join(copied, on=key, how="left", nulls_equal=True, maintain_order="left")
    value = pl.when(pl.col("donor") == "RA02").then(pl.coalesce("copied", "value"))
    wells = joined.with_columns(value=value.otherwise("value")).drop("copied")
    (flag,) = (flag for _, flag in raised(replace(intake, wells=wells)))
    assert flag.severity == "look"
    assert "RA02 has 6 of 6 readings of RA01" in flag.what
    assert flag.scope is not None
    assert (flag.scope.assays, flag.scope.donors) == (("elisa_tnf",), ("RA01", "RA02"))


@pytest.mark.parametrize(("value", "severity"), [(958.0, "stop"), (3.2, None)])
def test_a_lost_decimal_point_is_told(intake: Held, value: float, severity: str | None) -> None:
    place = intake.wells.with_row_index("place").filter(
        kind="signal", role="sample", analyte="TNF", donor="RA03", stimulus="LPS"
    )["place"][0]
    typed = pl.when(pl.int_range(pl.len()) == place).then(value).otherwise("value")
    flags = [
        flag
        for _, flag in raised(
            replace(intake, wells=intake.wells.with_columns(typed.alias("value")))
        )
    ]
    assert [flag.severity for flag in flags] == ([severity] if severity else [])
    assert all(flag.scope and flag.scope.donors == ("RA03",) for flag in flags)


@pytest.mark.parametrize("times", [1.0, 1000.0, 0.004])
def test_milli_od_and_another_gain_are_no_mistake(intake: Held, times: float) -> None:
    is_elisa = pl.col("kind") == "signal"
    value = pl.when(is_elisa).then((pl.col("value") * times).round(4)).otherwise("value")
    unit = pl.when(is_elisa).then(pl.lit("OD")).otherwise("unit")
    assert raised(replace(intake, wells=intake.wells.with_columns(value=value, unit=unit))) == []


@pytest.mark.parametrize("apart", [0.02, 0.1, 0.4, 2.5, 8.0, 100.0])
def test_standards_of_two_plates_apart(intake: Held, apart: float) -> None:
    """Thresholds of 4- and 20-fold, in both directions."""
    nominal = pl.when(pl.col("plate") == "E2").then(apart * pl.col("nominal")).otherwise("nominal")
    told = codes(replace(intake, wells=intake.wells.with_columns(nominal=nominal)))
    fold = max(apart, 1 / apart)
    severity = "stop" if fold > 25 else "look" if fold > 5 else ""
    assert told == ({("standards_apart", severity)} if severity else set())


def test_standards_of_another_range_are_no_other_unit(intake: Held) -> None:
    """Only the four lowest standards of the second plate are kept, of a lot that is 1.4 times as
    strong: nearly the same curve, shorter.
    """
    second = (pl.col("plate") == "E2") & (pl.col("role") == "standard")
    lot = pl.when(second).then(0.7 * pl.col("nominal")).otherwise("nominal")
    wells = intake.wells.filter(~(second & (pl.col("nominal") > 150).fill_null(False)))
    assert raised(replace(intake, wells=wells.with_columns(nominal=lot))) == []


def test_all_people_of_two_groups_swapped_are_told_and_clinics_are_not() -> None:
    held = twelve("cq")
    turned = {"RA": "HD", "HD": "RA"}
    donors = held.study.donors.with_columns(pl.col("group").replace(turned))
    swapped = replace(held, study=replace(held.study, donors=donors))
    assert codes(swapped) >= {("names_of_another_group", "look")}
    clinics = [f"{'KL'[n % 4 == 0]}{n:02d}" for n in range(24)]
    of_clinics = replace(
        held.study, donors=held.study.donors.with_columns(donor=pl.Series(clinics))
    )
    assert list(names_of_another_group(replace(held, study=of_clinics))) == []


# Chances, against what they are.


@pytest.mark.parametrize(("step", "n"), [(0.01, 40), (0.001, 24), (1.0, 24)])
def test_the_chance_of_an_equal_number_is_that_of_independent_readings(step: float, n: int) -> None:
    """Brute force: how often two normal readings are rounded to one number."""
    rng = np.random.default_rng(1)
    x = np.round(rng.normal(0, 1, (2, 400_000)) / step) * step
    true = float((x[0] == x[1]).mean())
    own = np.round(rng.normal(0, 1, n) / step) * step
    mean = float(by_density(own, np.full(n, step)).mean())
    assert true <= mean <= 8 * true or mean >= 0.5


def test_the_chance_of_a_replicate_is_that_of_its_spread() -> None:
    rng = np.random.default_rng(2)
    pairs = np.round(rng.normal(1.0, 0.05, (200, 2)), 3)
    apart = np.abs(pairs[:, 0] - pairs[:, 1])
    chance = by_replicates(np.array([1.0]), np.array([0.001]), pairs.mean(axis=1), apart)
    assert 0.5 < chance[0] / (2 * 0.001 / (2 * np.sqrt(np.pi) * 0.05)) < 2


@pytest.mark.parametrize("seed", range(5))
def test_the_tail_bounds_the_chance(seed: int) -> None:
    """Against a sum over every outcome of ten numbers."""
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.02, 0.6, 10)
    equal = rng.random(10) < 0.6
    digits = -np.log10(p)
    outcomes = [np.array(each) for each in product([False, True], repeat=10)]
    chances = [float(np.prod(np.where(each, p, 1 - p))) for each in outcomes]
    by_digits = [digits[each].sum() >= digits[equal].sum() - 1e-12 for each in outcomes]
    by_count = [each.sum() >= equal.sum() for each in outcomes]
    exact = min(float(np.dot(chances, some)) for some in (by_digits, by_count))
    assert exact * (1 - 1e-9) <= 10 ** log10_tail(equal, p) <= 1.0


def test_a_whole_vector_is_as_likely_as_the_product_of_its_chances() -> None:
    p = np.array([0.1, 0.02, 0.3, 0.05])
    assert log10_tail(np.ones(4, dtype=np.bool_), p) == pytest.approx(np.log10(p).sum())


@pytest.mark.parametrize(
    ("values", "step"),
    [
        ([1.5, 2.0, 7.5], 0.5),
        ([1.51, 2.02, 7.53], 0.01),
        ([12.0, 30.0, 41.0], 1.0),
        ([10.0, 30.0, 50.0], 10.0),
        ([0.125, 0.13, 0.2], 0.005),
        ([0.0, 0.25, 0.5], 0.25),
    ],
)
def test_the_step_of_numbers_is_their_last_digit(values: list[float], step: float) -> None:
    assert steps(np.array(values)).max() == pytest.approx(step)


def test_numbers_on_a_coarse_grid_agree_more_often_than_their_decimals_say() -> None:
    """Concentrations read off whole counts: 0.95669 for every count of 23."""
    rng = np.random.default_rng(3)
    counts = np.round(rng.normal(200, 40, 200))
    values = np.round(0.01234 * counts**1.37, 5)
    chance = by_density(values, steps(values)) * by_grid(values, steps(values), values)
    assert 1 < chance.mean() / (1 / (2 * 40 * np.sqrt(np.pi))) < 8
    fine = np.round(rng.normal(60, 12, 200), 5)
    assert (by_grid(fine, steps(fine), fine) == 1).all()
