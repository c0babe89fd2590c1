"""What is adjusted for and tells the two sides apart: wholly, nearly, together; and kinds that are
declared.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from compare_tables import MORE, group, responses, study
from test_treatment import donors_of

from exvivo.compare import compare
from exvivo.findings import Finding, findings_of
from exvivo.study import Difference, Treatment
from exvivo.study.clinic_records import Characteristic
from exvivo.tables import CLINIC

N, M = 14, 12
ADJUSTED = replace(MORE, adjust=("age",))
BOTH = replace(MORE, adjust=("age", "bmi"))
CODES = ("covariates_apart", "covariates_nearly_apart")


def adjusted(question: Difference, *declared: Characteristic, **columns: list[str]) -> Finding:
    """The adjusted difference of two groups of 14 and 12."""
    rng = np.random.default_rng(5)
    rows = group("FM", rng.normal(1, 1, N)) + group("HC", rng.normal(0, 1, M))
    donors = donors_of(rows, **columns)
    of = study(question, donors=donors, characteristics=declared)
    tables = compare(responses(rows), CLINIC.frame(), study=of, rng=np.random.default_rng(1))
    return next(f for f in findings_of(tables) if f.estimand.code == "adjusted_difference")


def warned(finding: Finding) -> list[str]:
    return [each.code for each in finding.warnings if each.code in CODES]


def ages(patients: int) -> list[str]:
    return [str(patients + i) for i in range(N)] + [str(40 + i) for i in range(M)]


@pytest.mark.parametrize(
    ("patients", "codes"), [(60, [CODES[0]]), (52, [CODES[0]]), (48, [CODES[1]]), (43, [])]
)
def test_ages_that_do_not_overlap_and_that_hardly_do(patients: int, codes: list[str]) -> None:
    finding = adjusted(ADJUSTED, age=ages(patients))
    assert finding.estimate is not None
    assert warned(finding) == codes


def test_the_warning_goes_with_the_adjusted_answer() -> None:
    answer = adjusted(replace(ADJUSTED, answer="adjusted"), age=ages(60))
    assert answer.part == "answer" and warned(answer) == [CODES[0]]


def test_two_columns_that_separate_only_together() -> None:
    """age + bmi is over 100 in one group and under it in the other; each alone overlaps."""
    rng = np.random.default_rng(8)
    age = rng.uniform(30, 70, N + M).round(1)
    gap = np.where(np.arange(N + M) < N, 1.0, -1.0) * rng.uniform(1, 4, N + M)
    bmi = (100 - age + gap).round(1)
    finding = adjusted(BOTH, age=list(map(str, age)), bmi=list(map(str, bmi)))
    (warning,) = (each for each in finding.warnings if each.code in CODES)
    assert warning.facts["columns"] == ("age", "bmi")
    apart = adjusted(BOTH, age=list(map(str, age)), bmi=list(map(str, rng.permutation(bmi))))
    assert warned(apart) == []


def test_an_exposure_against_an_age_of_its_own() -> None:
    rng = np.random.default_rng(2)
    rows = group("FM", rng.normal(0, 1, 2 * N))
    drug = ["yes"] * N + ["no"] * N
    age = [str(60 + i) for i in range(N)] + [str(30 + i) for i in range(N)]
    asked = Treatment(
        id="q",
        ask="treatment",
        within="FM",
        assays=("p",),
        analytes=("TNF",),
        exposure="drug",
        exposed="yes",
        stimulus="ATP",
        adjust=("age",),
    )
    of = study(asked, donors=donors_of(rows, drug=drug, age=age))
    tables = compare(responses(rows), CLINIC.frame(), study=of, rng=np.random.default_rng(1))
    answer, *beside = findings_of(
        tables.filter(pl.col("estimand").struct["code"] == "exposure_difference")
    )
    assert warned(answer) == [CODES[0]]
    assert all(warned(each) == [] for each in beside)


def test_codes_declared_as_a_category_are_no_numbers() -> None:
    """Sites 1, 2, 3: as numbers one column, as kinds two; the same as with words."""
    codes = ["1", "2", "3"] * 8 + ["1", "2"]
    words = [f"site {code}" for code in codes]
    site = replace(MORE, adjust=("age",))
    as_numbers = adjusted(site, age=codes)
    as_kinds = adjusted(site, Characteristic(id="age", kind="category"), age=codes)
    assert as_kinds.estimate == adjusted(site, age=words).estimate
    assert as_kinds.estimate != as_numbers.estimate
    assert as_numbers == adjusted(site, Characteristic(id="age", kind="number"), age=codes)
