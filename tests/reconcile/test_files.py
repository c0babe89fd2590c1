"""File names and run dates against plates, analytes and cultures."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from named_study import Well, held, laid, raised, samples

from exvivo.reconcile import Held
from exvivo.study import Immunoassay
from exvivo.study.days import days_of

TNF = Immunoassay(id="elisa_tnf", kind="immunoassay", analyte="TNF")
IL6 = Immunoassay(id="elisa_il6", kind="immunoassay", analyte="IL6")
LAYOUT = laid(samples(("RA01", "HD01")))


def elisas(files: dict[str, str], headers: dict[str, dict[str, str]] | None = None) -> Held:
    """Plates E1 and E2 of TNF, E3 of IL6."""
    of = {"E1": "elisa_tnf", "E2": "elisa_tnf", "E3": "elisa_il6"}
    reading: dict[tuple[str, str], dict[str, object]] = {
        ("E3", well): {"analyte": "IL6", "channel": "IL6"} for well in LAYOUT
    }
    return held(
        dict.fromkeys(of, LAYOUT),
        dict.fromkeys(of, dict.fromkeys(LAYOUT)),
        assays=(TNF, IL6),
        assay_of=of,
        files=files,
        reading=reading,
        headers=headers,
        layout_files={"E1": "plates/E_1.csv", "E2": "plates/E_2.csv", "E3": "plates/E_3.csv"},
    )


def codes(study: Held) -> list[tuple[str, str]]:
    return [(flag.name.split("/")[0], flag.severity) for flag in raised(study)]


@pytest.mark.parametrize(
    "names",
    [
        ("ELISA_TNF_Platte1.xlsx", "ELISA_TNF_Platte2.xlsx", "ELISA_IL6_Platte1.xlsx"),
        ("TNFa 1.csv", "tnf-alpha_2.csv", "IL-6.csv"),
        ("plate1.csv", "plate2.csv", "plate3.csv"),
        ("IL6 and TNF 1.csv", "TNF_IL6_2.csv", "TNF+IL6.csv"),
        ("LPS_RA01_1.csv", "HD_2.csv", "x.csv"),
    ],
)
def test_names_of_files_that_are_right_or_say_nothing_are_quiet(names: tuple[str, ...]) -> None:
    assert codes(elisas(dict(zip(("E1", "E2", "E3"), names, strict=True)))) == []


def test_two_files_exchanged_between_assays_are_one_message() -> None:
    files = {"E1": "raw/ELISA_IL-6_1.xlsx", "E2": "raw/TNF_2.xlsx", "E3": "raw/ELISA_TNFa_1.xlsx"}
    flags = raised(elisas(files))
    assert [flag.severity for flag in flags] == ["stop"]
    scope = flags[0].scope
    assert scope is not None and scope.plates == ("E1", "E3")
    assert scope.assays == ("elisa_tnf", "elisa_il6")


@pytest.mark.parametrize("name", ["IL6_1.csv", "il-6 1.csv", "CXCL8_1.csv", "IL-8 plate 1.csv"])
def test_a_file_of_another_analyte_stops(name: str) -> None:
    study = elisas({"E1": name, "E2": "TNF_2.csv", "E3": "IL6_3.csv"})
    assert codes(study) == [("files_of_another_analyte", "stop")]
    inside = elisas({"E1": "a1.csv", "E2": "a2.csv", "E3": "a3.csv"}, {"a1.csv": {"batch": name}})
    assert codes(inside) == [("files_of_another_analyte", "stop")]


def test_files_of_two_plates_exchanged() -> None:
    study = elisas({"E1": "raw/E2.csv", "E2": "raw/E1.csv", "E3": "raw/E3.csv"})
    assert ("files_of_another_plate", "stop") in codes(study)
    numbered = elisas({"E1": "TNF_plate2.csv", "E2": "TNF_plate1.csv", "E3": "IL6.csv"})
    assert codes(numbered) == [("files_numbered_otherwise", "look")]


def cultures(**dated: str) -> pl.DataFrame:
    row = {"culture": "c1", "donor": "RA01", "visit": "", "drawn": "", "stimulated": ""}
    return pl.DataFrame([row | dated, row | {"culture": "c2", "donor": "HD01"}])


def run_on(day: str, key: str = "run date", **dated: str) -> list[tuple[str, str]]:
    layout: dict[str, Well] = laid(samples(("RA01", "HD01")))
    study = held(
        {"Q1": layout},
        {"Q1": dict.fromkeys(layout)},
        files={"Q1": "raw/a.txt"},
        headers={"raw/a.txt": {key: day}},
        cultures=cultures(**dated),
    )
    return codes(study)


STOP = [("runs_before_their_cells", "stop")]


@pytest.mark.parametrize("column", ["drawn", "stimulated"])
@pytest.mark.parametrize("key", ["run date", "end", "start", "date"])
def test_a_run_before_its_cells_stops(column: str, key: str) -> None:
    assert run_on("2026-03-01 18:22:10 PM MEZ", key, **{column: "2026-03-02"}) == STOP
    assert run_on("2026-03-01 18:22:10 PM MEZ", key, **{column: "2026-03-01"}) == []


def test_dates_that_may_be_read_in_two_ways_and_clocks_never_set() -> None:
    assert run_on("3/4/2026 9:00 AM", drawn="2026-03-20") == []
    assert run_on("3/4/2026 9:00 AM", drawn="2026-04-20") == STOP
    assert run_on("1969-12-31 07:00:00 PM EST", drawn="2026-03-20") == [
        ("runs_before_their_cells", "look")
    ]
    assert run_on("2026-03-01", "made", drawn="2026-03-20") == []
    assert run_on("2026-03-01", drawn="unknown") == []


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("28/02/2014 21:44:35", [date(2014, 2, 28)]),
        ("02.03.2026", [date(2026, 3, 2)]),
        ("2 March 2026", [date(2026, 3, 2)]),
        ("31.02.2026", []),
        ("plate 2", []),
    ],
)
def test_days(text: str, days: list[date]) -> None:
    assert days_of(text) == days
