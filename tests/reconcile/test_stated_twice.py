"""Roles, amounts and dilutions that file and layout state otherwise."""

from __future__ import annotations

import pytest
from named_study import ELISA, Well, held, laid, raised, samples

PEOPLE = ("RA01", "RA02", "HD01")
STANDARDS: list[Well] = [
    {"role": "standard", "nominal": nominal} for nominal in (1000.0, 500.0, 250.0, 125.0)
]
LAYOUT = laid(
    [*STANDARDS, *[each | {"dilution": 2.0} for each in samples(PEOPLE, ("none", "LPS"))]]
)
Reading = dict[tuple[str, str], dict[str, object]]


def elisa(reading: Reading, layout: dict[str, Well] = LAYOUT) -> list[tuple[str, str, str]]:
    study = held({"E1": layout}, {"E1": dict.fromkeys(layout)}, assays=(ELISA,), reading=reading)
    return [(flag.name.split("/")[0], flag.severity, flag.what) for flag in raised(study)]


def given(column: str, by: dict[str, object]) -> Reading:
    return {("E1", well): {column: value} for well, value in by.items()}


def of(column: str, **others: object) -> dict[str, object]:
    own = {well: each[column] for well, each in LAYOUT.items() if column in each}
    return {**own, **others}


def test_the_same_amounts_in_both_are_quiet() -> None:
    assert elisa(given("vendor_nominal", of("nominal"))) == []
    assert elisa(given("vendor_dilution", of("dilution"))) == []


def test_standards_in_another_order_stop() -> None:
    read = given("vendor_nominal", {"A1": 125.0, "A2": 250.0, "A3": 500.0, "A4": 1000.0})
    ((code, severity, what),) = elisa(read)
    assert (code, severity) == ("amounts_that_disagree", "stop")
    assert "A1 (1000 in the layout, 125 in the file)" in what


def test_amounts_in_another_unit_are_looked_at() -> None:
    read = given("vendor_nominal", {"A1": 1.0, "A2": 0.5, "A3": 0.25, "A4": 0.125})
    assert [each[:2] for each in elisa(read)] == [("amounts_that_disagree", "look")]


def test_another_dilution_of_one_sample_stops_and_one_everywhere_says_nothing() -> None:
    ((code, severity, _),) = elisa(given("vendor_dilution", of("dilution", A5=5.0)))
    assert (code, severity) == ("dilutions_that_disagree", "stop")
    assert elisa(given("vendor_dilution", dict.fromkeys(of("dilution"), 1.0))) == []


def test_a_dilution_in_the_name_stops() -> None:
    names = {
        w: f"{e['donor']} {e['stimulus']} 1:2" if "donor" in e else "" for w, e in LAYOUT.items()
    }
    right = held({"E1": LAYOUT}, {"E1": names}, assays=(ELISA,))
    assert raised(right) == []
    wrong = held({"E1": LAYOUT}, {"E1": names | {"A5": "RA01 none 1:5"}}, assays=(ELISA,))
    (flag,) = raised(wrong)
    assert flag.severity == "stop" and "A5 (2 in the layout, 5 in the file)" in flag.what
    assert flag.scope is not None and flag.scope.donors == ("RA01",)


@pytest.mark.parametrize(
    ("well", "vendor", "severity"),
    [("A5", "standard", "stop"), ("A5", "ntc", "stop"), ("A1", "qc", "look"), ("A5", "qc", "look")],
)
def test_roles_that_contradict_stop_and_controls_are_looked_at(
    well: str, vendor: str, severity: str
) -> None:
    marked = {w: str(each["role"]) for w, each in LAYOUT.items()}
    assert elisa(given("vendor_role", dict(marked))) == []
    ((_, found, _),) = elisa(given("vendor_role", {**marked, well: vendor}))
    assert found == severity


def test_a_file_that_calls_every_well_a_sample_was_told_of_no_roles() -> None:
    assert elisa(given("vendor_role", dict.fromkeys(LAYOUT, "sample"))) == []
    marked: dict[str, object] = {w: str(each["role"]) for w, each in LAYOUT.items()}
    ((code, severity, _),) = elisa(given("vendor_role", marked | {"A2": "sample"}))
    assert (code, severity) == ("names_against_layout", "stop")


def test_a_dilution_in_the_name_alone_is_looked_at() -> None:
    """The layout states none: the name's is not what is counted."""
    undiluted = laid([*STANDARDS, *samples(PEOPLE, ("none", "LPS"))])
    names = {w: f"{e['donor']} {e['stimulus']} 1:5" for w, e in undiluted.items() if "donor" in e}
    names |= dict.fromkeys(undiluted.keys() - names.keys(), "")
    ((code, severity, what),) = [
        (flag.name.split("/")[0], flag.severity, flag.what)
        for flag in raised(held({"E1": undiluted}, {"E1": names}, assays=(ELISA,)))
    ]
    assert (code, severity) == ("dilutions_that_disagree", "look")
    assert "(1 as it is counted, 5 in the file)" in what
    ones = {well: name.replace("1:5", "1:1") for well, name in names.items()}
    assert raised(held({"E1": undiluted}, {"E1": ones}, assays=(ELISA,))) == []
