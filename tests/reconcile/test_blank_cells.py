"""A blank beside filled cells of a column that scales results is a question, and an honest layout
is none.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from exvivo.errors import Mistake
from exvivo.reconcile import blank_cell_mistakes
from exvivo.study import Analyte, Group, Immunoassay, Plate, Study
from exvivo.tables import LAYOUT, READINGS

Well = dict[str, Any]


def well(name: str, role: str = "sample", *, plate: str = "E1", **more: Any) -> Well:
    donor = {"donor": f"D{name}", "group": "HC", "stimulus": "LPS"} if role == "sample" else {}
    place = {"line": f"{plate}.csv:{name}", "plate": plate, "well": name, "role": role}
    return {"nominals": [], **place, **donor, **more}


def asked(*wells: Well, stated: dict[str, float] | None = None) -> list[Mistake]:
    """The mistakes of these wells, all of them read; `stated` are dilutions by the file."""
    assays = (
        Immunoassay(id="tnf", kind="immunoassay", analyte="TNF"),
        Immunoassay(id="il6", kind="immunoassay", analyte="TNF"),
    )
    study = Study(
        exvivo=1,
        title="",
        groups=(Group(id="HC", name="healthy"),),
        analytes=(Analyte(id="TNF"),),
        assays=assays,
        plates=tuple(
            Plate(id=name, assay="il6" if name == "E9" else "tnf", layout=f"{name}.csv")
            for name in dict.fromkeys(row["plate"] for row in wells)
        ),
        layout=LAYOUT.frame([*wells]),
    )
    fixed = {"source": "f", "sha256": "0", "block": "b", "channel": "", "kind": "signal"}
    readings = [
        {
            **fixed,
            **{"plate": row["plate"], "well": row["well"], "value": 1.0, "censor": "none"},
            "unit": "OD",
            "vendor_dilution": (stated or {}).get(row["well"]),
        }
        for row in wells
    ]
    return list(blank_cell_mistakes(READINGS.frame(readings), study))


def test_a_dilution_left_blank_for_some_samples_is_asked_about() -> None:
    (mistake,) = asked(well("A1", dilution=2.0), well("A2"), well("A3", dilution=4.0))
    assert mistake.where == "E1.csv:A2"
    assert "no dilution in 1 well of assay tnf (E1 A2; HC LPS)" in mistake.found
    assert "beside 2 wells with 2, 4" in mistake.found


def test_plates_of_one_assay_are_one_column_and_assays_are_not() -> None:
    first = well("A1", dilution=2.0)
    assert len(asked(first, well("A1", plate="E2"))) == 1
    assert asked(first, well("A1", plate="E9")) == []


@pytest.mark.parametrize(
    "others",
    [
        [well("B1", "standard", nominal=10.0), well("B2", "standard", nominal=0.0)],
        [well("B1", "blank"), well("B2", "empty"), well("B3", "ntc")],
        [well("B1", "qc", nominal=5.0), well("B2", "qc", nominal=50.0)],
        [well("B1", "standard", nominals=[{"name": "TNF", "value": 2.0}])],
    ],
)
def test_roles_say_who_must_have_a_number(others: list[Well]) -> None:
    assert asked(well("A1", dilution=2.0), well("A2", dilution=2.0), *others) == []


def test_a_column_that_nobody_fills_and_one_that_the_file_fills_are_no_question() -> None:
    assert asked(well("A1"), well("A2")) == []
    assert asked(well("A1", dilution=2.0), well("A2"), stated={"A2": 5.0}) == []
    assert asked(well("A1"), well("A2"), stated={"A2": 5.0}) == []


def test_a_standard_or_a_spike_without_its_amount_is_asked_about() -> None:
    (mistake,) = asked(well("B1", "standard", nominal=10.0), well("B2", "standard"))
    assert "no nominal in 1 well" in mistake.found
    assert "0 for a blank one" in mistake.cure
    (mistake,) = asked(well("B1", "spike", nominal=10.0), well("B2", "spike"))
    assert "no nominal" in mistake.found


def nominals(**amounts: float) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in amounts.items()]


def test_a_standard_that_lacks_one_analyte_of_its_replicate_is_asked_about() -> None:
    whole = well("B1", "standard", nominals=nominals(TNF=10.0, IL6=20.0))
    (mistake,) = asked(whole, well("B2", "standard", nominals=nominals(IL6=20.0)))
    assert mistake.found.startswith("no `nominal:TNF` in B2")
    kits = [
        well("B1", "standard", nominals=nominals(TNF=10.0)),
        well("B2", "standard", nominals=nominals(IL6=20.0)),
        well("B3", "standard", nominals=nominals(TNF=5.0, IL6=10.0)),
    ]
    assert asked(*kits) == []


def test_wells_that_were_planned_and_never_read_are_no_question() -> None:
    wells = [well("A1", dilution=2.0), well("A2")]
    study_wells = LAYOUT.frame([*wells])
    assert study_wells.filter(pl.col("dilution").is_null()).height == 1
    read = asked(*wells)
    assert len(read) == 1
