"""The first table: its numbers against NumPy and an independent program, and laws it keeps."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from compare_tables import MORE, study

from exvivo.study import Group, Scale, Study
from exvivo.study.clinic_records import Characteristic
from exvivo.study.scoring_keys import catalog_key
from exvivo.tables import CLINIC
from exvivo.tell.cohort import Cohort, cohort_of, csv_frame, shown
from exvivo.tell.cohort.balance import apart_in_levels, apart_in_numbers
from exvivo.tell.cohort.records import CategoryRow, NumberRow, Row

DONORS: dict[str, list[Any]] = {
    "donor": list("abcdefgh"),
    "group": ["FM"] * 4 + ["HC"] * 4,
    "age": ["30", "40", "51", None, "60", "44", "39", "58"],
    "drug": ["None", "NO", "0071", "", "None", "None", None, "None"],
}
DRUG = Characteristic(id="drug", kind="category")


def cohort(
    *declared: Characteristic, clinic: pl.DataFrame | None = None, **columns: list[Any]
) -> Cohort:
    return of_donors(DONORS | columns, *declared, clinic=clinic)


def of_donors(
    columns: dict[str, list[Any]], *declared: Characteristic, clinic: pl.DataFrame | None = None
) -> Cohort:
    donors = pl.DataFrame(columns)
    of = study(MORE, donors=donors, characteristics=declared)
    made = cohort_of(of, CLINIC.frame() if clinic is None else clinic)
    assert made is not None
    return made


def row(of: Cohort, name: str) -> Row:
    return next(each for each in of.rows if each.id == name)


def number(of: Cohort, name: str) -> NumberRow:
    each = row(of, name)
    assert isinstance(each, NumberRow)
    return each


def category(of: Cohort, name: str) -> CategoryRow:
    each = row(of, name)
    assert isinstance(each, CategoryRow)
    return each


def test_numbers_are_those_of_numpy_and_missing_ones_take_no_part() -> None:
    age = number(cohort(), "age")
    known = np.array([30.0, 40, 51])
    first = age.numbers[0]
    assert first is not None
    assert (first.mean, first.sd, first.median) == pytest.approx(
        (known.mean(), known.std(ddof=1), 40.0)
    )
    assert (first.lower_quartile, first.upper_quartile) == tuple(np.quantile(known, [0.25, 0.75]))
    assert (first.lowest, first.highest) == (30.0, 51.0)
    assert [(each.known, each.missing) for each in age.groups] == [(3, 1), (4, 0)]


def test_none_no_and_codes_stay_levels_and_percentages_are_of_the_known() -> None:
    drug = category(cohort(DRUG), "drug")
    assert drug.levels == ("0071", "NO", "None")
    assert drug.counts == ((1, 1, 1), (0, 0, 3))
    assert [each.missing for each in drug.groups] == [1, 1]
    lines = csv_frame(cohort(DRUG)).filter(characteristic="drug", group="HC")
    assert lines["percent"].to_list() == [0.0, 0.0, 100.0]
    assert not any(each.id == "drug" for each in cohort().rows)
    assert [each.column for each in cohort().unsummarised] == ["drug"]


@pytest.mark.parametrize(
    ("first", "second", "size"),
    [
        ((10, 4), (3, 7), 0.9104832744215999),
        ((5, 4, 5), (2, 6, 2), 0.6669729688499156),
        ((12, 35, 56, 55), (4, 32, 64, 54), 0.24600834100409233),
        ((132, 16, 10), (131, 13, 10), 0.05811658800428393),
        ((7, 7, 0), (3, 4, 3), 0.9388055880763544),
        ((14, 0), (5, 5), 1.4142135623730951),
    ],
)
def test_differences_of_categories_are_those_of_tableone(
    first: tuple[int, ...], second: tuple[int, ...], size: float
) -> None:
    """tableone 0.9.6 (Python); the third and fourth are stage and edema of the trial data in the
    vignette of tableone for R (0.246, 0.058).
    """
    assert apart_in_levels(first, second) == pytest.approx(size, rel=1e-9)
    assert apart_in_levels(second, first) == pytest.approx(size, rel=1e-9)


def test_a_difference_of_numbers_is_that_of_tableone() -> None:
    size = apart_in_numbers([30.0, 40, 51], [60.0, 44, 39, 58])
    assert size == pytest.approx(0.9514825342138177)


@pytest.mark.parametrize("seed", range(5))
def test_a_multinomial_difference_by_its_whole_covariance(seed: int) -> None:
    """All levels with a generalised inverse, where the groups share one."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 5, (2, 5)) + np.eye(2, 5, dtype=int)[::-1]
    counts[:, 4] += 1
    p, q = counts / counts.sum(axis=1, keepdims=True)
    whole = (np.diag(p) - np.outer(p, p) + np.diag(q) - np.outer(q, q)) / 2
    expected = math.sqrt((p - q) @ np.linalg.pinv(whole) @ (p - q))
    assert apart_in_levels(*counts.tolist()) == pytest.approx(expected)


def test_a_level_that_one_group_lacks_gives_a_number_and_no_shared_level_infinity() -> None:
    assert apart_in_levels((7, 3, 0), (5, 5, 2)) == pytest.approx(0.7689181099187067)
    assert apart_in_levels((14, 0), (0, 10)) == math.inf
    assert apart_in_levels((3, 4, 0, 0), (0, 0, 2, 3)) == math.inf
    assert apart_in_levels((0, 0), (1, 2)) is None
    assert apart_in_levels((0, 3, 0), (0, 4, 0)) == 0.0
    assert apart_in_numbers([1.0, 1.0], [1.0, 1.0]) == 0.0
    assert apart_in_numbers([1.0, 1.0], [2.0, 2.0]) == math.inf
    assert apart_in_numbers([1.0], [2.0, 3.0]) is None


def test_the_order_of_donors_changes_nothing() -> None:
    order = random.Random(4).sample(range(8), 8)
    turned = {name: [cells[i] for i in order] for name, cells in DONORS.items()}
    assert of_donors(turned, DRUG).rows == cohort(DRUG).rows


def test_other_names_of_levels_change_no_number() -> None:
    other = {"None": "z", "NO": "y", "0071": "x"}
    renamed = [other.get(cell or "", cell) for cell in DONORS["drug"]]
    drug, same = (category(cohort(DRUG, drug=cells), "drug") for cells in (DONORS["drug"], renamed))
    assert (same.counts, same.groups) == (drug.counts, drug.groups)
    assert same.apart.size == pytest.approx(drug.apart.size)


def test_one_more_person_of_whom_nothing_is_known_changes_only_what_is_missing() -> None:
    more = {name: [*cells, ""] for name, cells in DONORS.items()}
    more |= {"donor": [*DONORS["donor"], "i"], "group": [*DONORS["group"], "FM"]}
    wider, own = of_donors(more, DRUG), cohort(DRUG)
    assert number(wider, "age").numbers == number(own, "age").numbers
    assert number(wider, "age").apart == number(own, "age").apart
    assert category(wider, "drug").counts == category(own, "drug").counts
    assert [each.groups[0].missing for each in wider.rows[:2]] == [2, 2]


def test_people_who_withdrew_are_not_in_it() -> None:
    names = [*DONORS["donor"][:-1], "withdrawn-1"]
    assert cohort(donor=names).groups == (("FM", 4), ("HC", 3))


def scores(*rows: dict[str, Any]) -> pl.DataFrame:
    base: dict[str, str | None] = {
        "source": "clinic.csv",
        "sha256": "00",
        "locus": "",
        "group": "FM",
        "scale": "VAS",
        "visit": "1",
    }
    base["score"] = None
    base |= {"higher_is": "worse", "state": "given"}
    known = CLINIC.schema.names()
    return CLINIC.frame([{k: v for k, v in (base | each).items() if k in known} for each in rows])


def test_scores_are_rows_with_missing_not_applicable_and_prorated_apart() -> None:
    clinic = scores(
        {"donor": "a", "score": 60.0},
        {"donor": "b", "score": 40.0, "state": "scored", "missing_items": 2},
        {"donor": "c", "state": "missing"},
        {"donor": "e", "state": "not applicable"},
        {"donor": "f", "score": 3.0, "state": "scored", "missing_items": 0},
        {"donor": "a", "score": 10.0, "visit": "2"},
    )
    of = cohort(clinic=clinic)
    first, second = number(of, "VAS visit 1"), number(of, "VAS visit 2")
    told = [(k.known, k.missing, k.not_applicable, k.prorated) for k in first.groups]
    assert told == [(2, 2, 0, 1), (1, 2, 1, 0)]
    assert first.numbers[0] is not None and first.numbers[0].mean == 50.0
    assert second.groups[0].known == 1 and second.groups[0].missing == 3
    assert not any(each.id.startswith("QOL") for each in of.rows)


def test_medication_is_told_by_classes_and_what_is_not_known_is_listed() -> None:
    cells = ["duloxetine; tramadol", "none", "willow", "", "none", "none", "none", "ibuprofen"]
    of = cohort(Characteristic(id="drug", kind="medication", name="medication"), drug=cells)
    snri = category(of, "drug: SNRI")
    assert snri.name == "medication: serotonin and noradrenaline reuptake inhibitors"
    assert snri.counts == ((1, 1), (0, 4))
    assert [each.missing for each in snri.groups] == [2, 0]
    assert category(of, "drug").counts[0] == (2, 1)
    assert [(each.entry, each.people) for each in of.unrecognised] == [("willow", 1)]
    of_words = shown(of, study(MORE)).notes
    assert any("willow (1)" in note for note in of_words)


def test_of_three_groups_the_pair_that_is_furthest_apart_is_named() -> None:
    donors = pl.DataFrame({"donor": list("abcdef"), "group": list("xxyyzz"), "age": list("123489")})
    groups = tuple(Group(id=name, name=f"people {name}") for name in "xyz")
    of = study(groups=groups, donors=donors)
    made = cohort_of(of, CLINIC.frame())
    assert made is not None
    assert number(made, "age").apart.between == ("x", "z")
    assert "(people x and people z)" in shown(made, of).blocks[0].first.apart


def test_yes_no_and_days_hold_nothing_of_one_person() -> None:
    of = cohort(
        Characteristic(id="drug", kind="date"),
        Characteristic(id="m", kind="yes or no"),
        drug=["2025-01-17"] * 7 + [""],
        m=["1", "yes", "no", "", "0", "No", "no", "no"],
    )
    assert category(of, "drug").levels == ("2025",)
    assert category(of, "m").counts == ((2, 1), (0, 4))
    assert "01-17" not in csv_frame(of).write_csv()


def test_without_donors_there_is_no_table() -> None:
    assert cohort_of(study(MORE), CLINIC.frame()) is None


def test_the_real_cohort_keeps_none_as_a_level(shared_data: Path) -> None:
    """219 patients and 40 controls, four scores; `None` is an answer of 75 of them."""
    from python_calamine import CalamineWorkbook

    workbook = shared_data / "cohort" / "myasthenia_cytokines_clinical.xlsx"
    header, *rows = (
        CalamineWorkbook.from_path(workbook).get_sheet_by_name("Integration.meta").to_python()
    )
    people: list[dict[str, Any]] = [
        dict(zip(map(str, header), cells, strict=True)) for cells in rows
    ]
    of = real_study(people)
    made = cohort_of(of, real_scores(people))
    assert made is not None
    assert made.groups == (("MG", 219), ("Control", 40))
    before = category(made, "immunosuppression")
    cells = [p["Immunosuppression_before"] for p in people if p["Category_1"] == "MG"]
    assert before.counts[0][before.levels.index("None")] == cells.count("None") > 0
    ages = np.array([float(str(p["Visiting_age"])) for p in people if p["Category_1"] == "MG"])
    age = number(made, "age").numbers[0]
    assert age is not None and (age.mean, age.sd) == pytest.approx((ages.mean(), ages.std(ddof=1)))
    qmg = number(made, "QMG")
    given = [p["QMG_all"] for p in people if p["QMG_all"] != "" and p["Category_1"] == "MG"]
    assert qmg.groups[0].known == len(given) and qmg.groups[1].known == 0
    assert qmg.groups[1].missing == 40 and qmg.apart.size is None


def real_study(people: list[dict[str, Any]]) -> Study:
    columns = {"donor": "Bio_ID", "group": "Category_1", "sex": "Gender", "age": "Visiting_age"}
    columns |= {"immunosuppression": "Immunosuppression_before"}
    texts = {name: [plain(p[column]) for p in people] for name, column in columns.items()}
    scale = Scale(id="QMG", name="QMG", lowest=0, highest=39, higher_is="worse")
    of = study(donors=pl.DataFrame(texts), scales=(scale,))
    return replace(of, groups=(Group(id="MG", name="MG"), Group(id="Control", name="controls")))


def plain(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def real_scores(people: list[dict[str, Any]]) -> pl.DataFrame:
    rows = [(p, p["QMG_all"]) for p in people]
    return scores(
        *(
            {
                "donor": p["Bio_ID"],
                "group": p["Category_1"],
                "scale": "QMG",
                "score": None if score == "" else float(score),
                "state": "missing" if score == "" else "given",
            }
            for p, score in rows
        )
    )


def test_criteria_that_are_met_or_not_are_counted() -> None:
    key = catalog_key("ACR 2016")
    assert key is not None
    scale = Scale(
        id="ACR2016", name="criteria", lowest=0, highest=1, higher_is="worse", questionnaire=key.id
    )
    met = [("a", 1.0), ("b", 0.0), ("c", None), ("e", 0.0)]
    clinic = scores(*({"scale": "ACR2016", "donor": donor, "score": each} for donor, each in met))
    of = study(MORE, donors=pl.DataFrame(DONORS))
    table = cohort_of(replace(of, scales=(scale,), scoring_keys=(key,)), clinic)
    assert table is not None
    made = category(table, "ACR2016")
    assert made.counts == ((1, 1), (0, 1)) and made.only_first
    assert [(each.known, each.missing) for each in made.groups] == [(2, 2), (1, 3)]
