"""People and cultures held against what can be: each rule on a study that breaks it, and on one
that does not.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from exvivo.flagged import Flag
from exvivo.reconcile import RULES, Held
from exvivo.study import Analyte, Group, Plan, Study
from exvivo.tables import LAYOUT

DONORS = {"donor": ["P1", "P2", "H1"], "group": ["P", "P", "H"]}
WELLS = [
    {"line": "l", "plate": "Q", "well": f"A{i}", "role": "sample", "donor": donor, "nominals": []}
    for i, donor in enumerate(DONORS["donor"])
]
CULTURES = {"culture": ["c1", "c2", "c3"], "donor": ["P1", "P2", "H1"]}


def raised(code: str, *, n: int | None = None, **more: Any) -> list[Flag]:
    """What a rule says of the study with more columns of donors or cultures."""
    rule = next(rule for rule in RULES if rule.__name__ == code)
    own = {name: more[name] for name in ("drawn", "stimulated", "viability") if name in more}
    empty = {name: ["", "", ""] for name in ("drawn", "stimulated", "viability")}
    donors: dict[str, list[str]] = {
        name: cells for name, cells in more.items() if name in ("age", "BMI")
    }
    study = Study(
        exvivo=1,
        title="",
        groups=(Group(id="P", name="patients", n=n), Group(id="H", name="healthy")),
        analytes=(Analyte(id="TNF"),),
        assays=(),
        plates=(),
        plan=Plan(declared=more.get("declared", "")),
        donors=pl.DataFrame(DONORS | donors),
        cultures=pl.DataFrame(CULTURES | empty | own),
        layout=LAYOUT.frame(more.get("layout", WELLS)),
    )
    return list(rule(Held(study=study, headers=more.get("headers", {}))))


@pytest.mark.parametrize(
    ("ages", "what"),
    [
        (["40", "1968", "1971"], "age that is no age: P2 1968, H1 1971, which may be years of"),
        (["40", "-99", "41"], "P2 -99"),
        (["40", "121", "41"], "P2 121"),
    ],
)
def test_ages_that_nobody_has_stop_the_answers_that_hold_age(ages: list[str], what: str) -> None:
    (flag,) = raised("impossible_ages", age=ages)
    assert flag.severity == "stop"
    assert what in flag.what
    assert flag.scope is not None
    assert flag.scope.columns == ("age",)
    assert "P1" not in flag.scope.donors


def test_ages_and_indices_that_people_have_are_no_flag() -> None:
    assert raised("impossible_ages", age=["0", "120", ""]) == []
    assert raised("impossible_ages") == []
    assert raised("impossible_body_mass_indices", BMI=["16,4", "61", ""]) == []
    (flag,) = raised("impossible_body_mass_indices", BMI=["24", "240", "2.4"])
    assert (flag.severity, flag.place) == ("stop", "BMI")


def test_a_group_of_another_size_than_declared_is_looked_at_wherever_it_is_asked_about() -> None:
    assert raised("group_sizes") == raised("group_sizes", n=2) == []
    (flag,) = raised("group_sizes", n=14)
    assert flag.what == "2 donors in donors.csv, where study.yaml states 14"
    assert flag.scope is not None
    assert (flag.severity, flag.scope.donors) == ("look", ("P1", "P2"))


def test_donors_without_a_well_are_told_once() -> None:
    assert raised("donors_without_a_well") == []
    (flag,) = raised("donors_without_a_well", layout=WELLS[:1])
    assert flag.what == "2 donors of donors.csv have no well in any layout: P2, H1"
    assert flag.scope is not None
    assert flag.scope.donors == ("P2", "H1")


def test_viability_and_days_that_cannot_be() -> None:
    (flag,) = raised("impossible_viability", viability=["95", "140", "97 %"])
    assert (flag.severity, flag.row) == ("stop", "c2")
    assert raised("impossible_viability", viability=["100", "0", ""]) == []
    (flag,) = raised("low_viability", viability=["95", "12", "97"])
    assert (flag.severity, flag.row) == ("look", "c2")
    assert raised("low_viability", viability=["0.93", "0.95", "50"]) == []
    days: dict[str, Any] = {"drawn": ["2026-03-06", "2026-03-20", "20.03.2026"]}
    days["stimulated"] = ["2026-03-20", "2026-03-06", "2026-03-20"]
    (flag,) = raised("stimulated_before_drawn", **days)
    assert (flag.severity, flag.row) == ("stop", "c2")
    assert raised("stimulated_before_drawn", **{**days, "drawn": days["stimulated"]}) == []


@pytest.mark.parametrize(
    ("declared", "flags"),
    [("2026-02-28", 0), ("2026-03-02", 0), ("2026-03-03", 1), ("2031-03-01", 1), ("", 0)],
)
def test_questions_declared_after_the_last_run_are_looked_at(declared: str, flags: int) -> None:
    headers = {"a": {"run date": "2026-03-01 18:22:10 PM MEZ"}, "b": {"date": "02.03.2026"}}
    found = raised("declared_after_every_file", declared=declared, headers=headers)
    assert [flag.severity for flag in found] == ["look"] * flags
    assert raised("declared_after_every_file", declared=declared, headers={"a": {}}) == []
