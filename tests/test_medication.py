"""Medication to classes: codes and names as people write them, and what is not recognised."""

from __future__ import annotations

import pytest

from exvivo.catalog.medication import classes, code_of, parts_of, taken


def of(cell: str) -> list[str]:
    """The classes that a person surely takes."""
    return [name for name, each in classes().items() if taken(cell).exposed(each)]


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("N06AX21", ["SNRI"]),
        ("duloxetine 60 mg 1-0-0", ["SNRI"]),
        ("Tramadol 50mg, Ibuprofen 600 mg", ["opioids", "NSAID"]),
        ("N02AJ13", ["opioids", "paracetamol"]),  # tramadol with paracetamol
        ("pregabalin", ["gabapentinoids"]),
        ("N03AX16", ["gabapentinoids"]),  # pregabalin as it was coded until 2022
        ("N06AX11", ["other antidepressants"]),  # mirtazapine is no SNRI
        ("M01AX05", []),  # glucosamine stands among the NSAID and is none
        ("adalimumab", ["immunosuppressants", "biologics"]),
        ("L01BA01", ["immunosuppressants"]),  # methotrexate by its other code
        ("H02AA02", []),  # fludrocortisone is a mineralocorticoid
        ("clonazepam + zopiclone", ["benzodiazepines", "Z drugs"]),
        ("N05AN01", ["lithium"]),  # stands among the antipsychotics
        ("R05DA09", []),  # dextromethorphan, no opioid for pain
        ("Paracetamol 1,5 g", ["paracetamol"]),
        ("MTX 15 mg/week", ["immunosuppressants"]),
        ("M01A", ["NSAID"]),
        ("none", []),
    ],
)
def test_classes_of_codes_and_names(cell: str, names: list[str]) -> None:
    assert of(cell) == names
    assert not taken(cell).unrecognised


@pytest.mark.parametrize("cell", ["willow tea", "ibuprofen (stopped 2020)", "no tramadol", "Mx1"])
def test_what_is_not_understood_is_kept_and_leaves_every_class_open(cell: str) -> None:
    each = taken(cell)
    assert each.unrecognised == (cell,)
    assert {each.exposed(one) for one in classes().values()} == {None}


def test_an_entry_that_is_not_recognised_takes_no_class_away() -> None:
    each = taken("tramadol; willow")
    assert each.exposed(classes()["opioids"]) is True
    assert each.exposed(classes()["SSRI"]) is None
    assert each.unrecognised == ("willow",)


def test_a_code_that_is_not_written_to_its_end_leaves_open_what_lies_below() -> None:
    each = taken("N06AX")
    assert each.exposed(classes()["SNRI"]) is None
    assert each.exposed(classes()["SSRI"]) is False


def test_nobody_is_lost_in_a_list_without_a_mark_between() -> None:
    assert taken("tramadol 50 mg ibuprofen").unrecognised == ("tramadol 50 mg ibuprofen",)


def test_nothing_taken_is_an_answer() -> None:
    for word in ("None", "no", "keine"):
        assert parts_of(word) == []
        assert not taken(word).anything


def test_every_substance_has_a_code_and_no_class_holds_nothing_of_the_list() -> None:
    from exvivo.catalog.load import entries

    names = entries("medication.yaml")["substances"]
    assert len(names) > 200
    for name in names:
        assert code_of(name), name
    for each in classes().values():
        assert all(code_of(code) == code for code in (*each.atc, *each.but)), each.id
