"""What tells two groups apart that a question compares."""

from __future__ import annotations

import polars as pl
import pytest

from exvivo.flagged import Flag
from exvivo.reconcile import Held
from exvivo.reconcile.separated import groups_told_apart
from exvivo.study import Difference, Group, Study
from exvivo.study.clinic_records import Characteristic

FM, HC = 14, 10
MEDICATION = Characteristic(id="drugs", kind="medication", name="medication")


def raised(*declared: Characteristic, **columns: list[str]) -> list[Flag]:
    own = {
        "donor": [f"d{i}" for i in range(FM + HC)],
        "group": ["FM"] * FM + ["HC"] * HC,
    }
    of = Study(
        exvivo=1,
        title="",
        groups=(Group(id="FM", name="patients"), Group(id="HC", name="healthy")),
        analytes=(),
        assays=(),
        plates=(),
        questions=(
            Difference(
                id="q", ask="difference", groups=("FM", "HC"), assays=("a",), analytes=("TNF",)
            ),
        ),
        characteristics=declared,
        donors=pl.DataFrame(own | columns),
    )
    return list(groups_told_apart(Held(study=of)))


def ages(first: int, second: int) -> list[str]:
    return [str(first + i) for i in range(FM)] + [str(second + i) for i in range(HC)]


@pytest.mark.parametrize(("patients", "told"), [(60, "do not"), (51, "do not"), (46, "hardly")])
def test_ages_that_do_not_overlap_and_that_hardly_do(patients: int, told: str) -> None:
    (flag,) = raised(age=ages(patients, 40))
    assert flag.severity == "look"
    assert f"FM and HC {told} overlap" in flag.what
    assert flag.scope is not None and flag.scope.questions == ("q",)


def test_ages_that_overlap_raise_nothing() -> None:
    assert not raised(age=ages(42, 40))


def test_a_drug_that_all_patients_take_and_no_control() -> None:
    (flag,) = raised(MEDICATION, drugs=["duloxetine"] * FM + ["none"] * HC)
    assert "medication (serotonin and noradrenaline reuptake inhibitors)" in flag.what
    half = ["duloxetine", "none"] * (FM // 2)
    assert not raised(MEDICATION, drugs=half + ["none"] * HC)


def test_medication_that_is_not_understood_is_no_evidence() -> None:
    assert not raised(MEDICATION, drugs=["duloxetine"] * FM + ["willow"] * HC)


def test_only_what_is_declared_or_usual_is_examined() -> None:
    """The antibody of patients is nothing that controls could have."""
    antibody = ["AChR"] * FM + ["none"] * HC
    assert not raised(antibody=antibody)
    (flag,) = raised(Characteristic(id="antibody", kind="category"), antibody=antibody)
    assert flag.place == "antibody"


def test_four_known_people_are_too_few() -> None:
    of_four = ["60"] * FM + ["40"] * 4 + [""] * (HC - 4)
    of_five = ["60"] * FM + ["40"] * 5 + [""] * (HC - 5)
    assert not raised(age=of_four) and raised(age=of_five)
