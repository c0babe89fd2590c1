"""The plates of a study at the door: layouts of all forms are shown, checked and saved."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest

from exvivo.web.visitor import Role

if TYPE_CHECKING:
    from door_fixtures import DoorAs
    from starlette.testclient import TestClient

PLATE = "/s/unrun/plates/B1"


@pytest.fixture
def layout(unrun: Path) -> Path:
    """The layout of plate B1."""
    return unrun / "plates" / "B1.csv"


def _version(door: TestClient, plate: str = PLATE) -> str:
    text = door.get(plate).text
    return text.split('"version": "')[1].split('"')[0]


def _save(
    door: TestClient, changes: dict[str, dict[str, list[str]]], version: str, plate: str = PLATE
) -> int:
    headers = {"If-Match": f'"{version}"'}
    return door.post(f"{plate}/save", json={"changes": changes}, headers=headers).status_code


def test_all_plates_are_shown(quick_door: TestClient) -> None:
    text = quick_door.get("/s/unrun/plates").text
    assert "384 wells: 336 sample, 35 standard, 7 no template" in text
    assert text.count("<svg") == 4


def test_a_plate_that_is_not_there_is_404(quick_door: TestClient) -> None:
    assert quick_door.get("/s/unrun/plates/X9").status_code == 404
    assert quick_door.get("/s/unrun/plates/X9/signal").status_code == 404
    assert quick_door.get(f"{PLATE}/files/other.csv").status_code == 404


def test_a_mistake_is_linked_to_its_well(quick_door: TestClient, layout: Path) -> None:
    before = layout.read_bytes()
    body = {"changes": {"B3": {"donor": ["FM06", "FM99"]}}}
    (mistake,) = quick_door.post(f"{PLATE}/check", json=body).json()["mistakes"]
    assert (mistake["well"], mistake["found"]) == ("B3", "donor FM99")
    assert layout.read_bytes() == before
    assert quick_door.get(f"{PLATE}/check").json() == {"mistakes": []}


def test_the_check_sees_what_changed_beside_the_plate(quick_door: TestClient, unrun: Path) -> None:
    donors = unrun / "donors.csv"
    donors.write_text(donors.read_text("utf-8").replace("FM06,", "FM66,"), encoding="utf-8")
    mistakes = quick_door.get(f"{PLATE}/check").json()["mistakes"]
    assert {each["well"] for each in mistakes} == {"B3", "B4", "B5", "B6"}


def test_a_save_changes_only_its_cells(quick_door: TestClient, layout: Path) -> None:
    before = layout.read_text("utf-8")
    assert _save(quick_door, {"B3": {"donor": ["FM06", "FM07"]}}, _version(quick_door)) == 200
    assert layout.read_text("utf-8") == before.replace("B3,sample,FM06", "B3,sample,FM07")


def test_a_save_on_an_old_version_writes_nothing(quick_door: TestClient, layout: Path) -> None:
    version = _version(quick_door)
    assert _save(quick_door, {"B3": {"donor": ["FM06", "FM07"]}}, version) == 200
    saved = layout.read_bytes()
    assert _save(quick_door, {"B4": {"donor": ["FM06", "FM08"]}}, version) == 412
    assert _save(quick_door, {"B4": {"donor": ["FM06", "FM08"]}}, "") == 412
    assert layout.read_bytes() == saved


@pytest.mark.parametrize(
    "changes",
    [
        {"Z99": {"donor": ["", "FM01"]}},
        {"../A1": {"donor": ["", "FM01"]}},
        {"A1": {"plate": ["", "Q2"]}},
        {"A1": {"well": ["", "B7"]}},
        {"A1": {"nobody": ["", "x"]}},
        {"A1": {"donor": ["", "x" * 501]}},
    ],
)
def test_only_fields_of_wells_are_saved(
    quick_door: TestClient, layout: Path, changes: dict[str, dict[str, list[str]]]
) -> None:
    before = layout.read_bytes()
    assert _save(quick_door, changes, _version(quick_door)) == 422
    assert layout.read_bytes() == before


def test_a_cell_stays_on_one_line(quick_door: TestClient, layout: Path) -> None:
    changes = {"B3": {"replicate": ["1", "1\n\r2\tx"]}}
    assert _save(quick_door, changes, _version(quick_door)) == 200
    assert "B3,sample,FM06,none,1 2 x," in layout.read_text("utf-8")


def _as_grid(layout: Path) -> None:
    """Draw the layout of B1 as a grid of names."""
    rows = csv.DictReader(layout.read_text("utf-8").splitlines()[1:])
    wells = {row["well"]: f"{row['donor']} {row['stimulus']}" for row in rows if row["donor"]}
    lines = [",".join(["", *map(str, range(1, 13))])]
    for letter in "ABCDEFGH":
        lines.append(",".join([letter, *(wells.get(f"{letter}{n}", "") for n in range(1, 13))]))
    layout.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_the_first_save_of_a_grid_writes_lines(
    quick_door: TestClient, layout: Path, unrun: Path
) -> None:
    _as_grid(layout)
    grid, study = layout.read_bytes(), (unrun / "study.yaml").read_text("utf-8")
    assert "drawn as a grid" in quick_door.get(PLATE).text
    assert _save(quick_door, {"B3": {"donor": ["FM06", "FM07"]}}, _version(quick_door)) == 200
    assert layout.read_bytes() == grid
    lines = (unrun / "plates" / "B1_wells.csv").read_text("utf-8").splitlines()
    assert lines[0] == "well,role,donor,stimulus" and "B3,sample,FM07,none" in lines
    now = (unrun / "study.yaml").read_text("utf-8")
    assert now == study.replace("layout: plates/B1.csv", "layout: plates/B1_wells.csv")
    assert "drawn as a grid" not in quick_door.get(PLATE).text


def test_a_workbook_becomes_lines_unless_a_line_would_be_lost(
    quick_door: TestClient, layout: Path, unrun: Path
) -> None:
    study, book = unrun / "study.yaml", openpyxl.Workbook()
    text = study.read_text("utf-8").replace("plates/B1.csv", "plates/B1.xlsx")
    study.write_text(text, encoding="utf-8")
    for line in (
        ("well", "role", "file"),
        ("A1", "blank", "raw/B1/A1.fcs"),
        ("left over", "blank"),
    ):
        book.active.append(line)
    book.save(unrun / "plates" / "B1.xlsx")
    changes = {"A2": {"role": ["", "empty"]}}
    assert _save(quick_door, changes, _version(quick_door)) == 422
    book.active.delete_rows(3)
    book.save(unrun / "plates" / "B1.xlsx")
    layout.unlink()
    assert _save(quick_door, changes, _version(quick_door)) == 200
    assert layout.read_bytes() == b"well,role,file\nA1,blank,raw/B1/A1.fcs\nA2,empty,\n"
    assert study.read_text("utf-8") == text.replace("plates/B1.xlsx", "plates/B1.csv")


def test_wells_that_a_file_names_stay_named(quick_door: TestClient, unrun: Path) -> None:
    study = unrun / "study.yaml"
    was = "layout: plates/Q1.csv, file: raw/Q1.rdml"
    text = study.read_text("utf-8")
    now = 'samples: "{donor} {stimulus}", file: raw/Q1.rdml'
    study.write_text(text.replace(was, now), encoding="utf-8")
    plate = "/s/unrun/plates/Q1"
    signal = quick_door.get(f"{plate}/signal").json()
    assert signal["named"]["A1"]["donor"] == "FM10"
    (unrun / "plates" / "Q1.csv").unlink()
    assert _save(quick_door, {"A1": {"role": ["", "empty"]}}, "", plate) == 200
    assert (unrun / "plates" / "Q1.csv").read_bytes() == b"well,role\nA1,empty\n"
    assert "layout: plates/Q1.csv" in study.read_text("utf-8")


def test_the_signal_is_one_number_a_well(quick_door: TestClient) -> None:
    layers = quick_door.get("/s/unrun/plates/Q1/signal").json()["layers"]
    names = [layer["name"] for layer in layers]
    assert names[0] == "all targets: half risen" and "TNF: rise of the curve" in names
    assert len(layers[0]["values"]) > 300 and 10 < layers[0]["values"]["A1"] < 45


def test_names_are_taken_apart_by_the_words_of_the_study(quick_door: TestClient) -> None:
    body = {"texts": ["FM01 ATP 2", "Std3", "NTC", "FM01 FM02"]}
    cells = quick_door.post(f"{PLATE}/names", json=body).json()["cells"]
    sample = {"role": "sample", "donor": "FM01", "stimulus": "ATP", "replicate": "2"}
    assert cells["FM01 ATP 2"] == sample
    assert cells["Std3"] == {"role": "standard", "control": "Std3"}
    assert cells["NTC"] == {"role": "ntc"} and cells["FM01 FM02"] is None


def test_layouts_leave_as_files_of_instruments(quick_door: TestClient) -> None:
    plate = "/s/unrun/plates/Q1/files"
    cfx = quick_door.get(f"{plate}/cfx.csv").text.splitlines()
    assert cfx[:2] == [
        "Row,Column,*Target Name,*Sample Name,*Biological Group",
        "A,1,,FM10 none,none",
    ]
    setup = quick_door.get(f"{plate}/quantstudio.txt").text.splitlines()
    assert setup[2] == "[Sample Setup]" and setup[4].split("\t")[:3] == ["1", "A1", "FM10 none"]
    grids = quick_door.get(f"{plate}/grids.csv")
    assert (
        grids.text.startswith("role,1,2,3") and "attachment" in grids.headers["content-disposition"]
    )


def test_no_cell_of_a_file_is_a_formula(quick_door: TestClient) -> None:
    version = _version(quick_door)
    assert _save(quick_door, {"B3": {"control": ["", "=1+1"]}}, version) == 200
    assert "'=1+1" in quick_door.get(f"{PLATE}/files/grids.csv").text


def test_a_plate_is_added(quick_door: TestClient, unrun: Path) -> None:
    form = {"plate": "Q3", "assay": "mrna", "file": "raw/Q3.rdml"}
    answer = quick_door.post("/s/unrun/plates", data=form)
    assert answer.headers["location"] == "/s/unrun/plates/Q3"
    line = "{id: Q3, assay: mrna, layout: plates/Q3.csv, file: raw/Q3.rdml}"
    assert line in (unrun / "study.yaml").read_text("utf-8")
    assert "no layout yet" in quick_door.get("/s/unrun/plates/Q3").text


@pytest.mark.parametrize("name", ["", "Q1", "../x", "a b", "{x}", "-", "<b>"])
def test_a_plate_needs_a_new_plain_name(quick_door: TestClient, unrun: Path, name: str) -> None:
    before = (unrun / "study.yaml").read_bytes()
    form = {"plate": name, "assay": "mrna"}
    assert quick_door.post("/s/unrun/plates", data=form).status_code == 422
    assert (unrun / "study.yaml").read_bytes() == before


def test_a_layout_is_changed_as_a_table(quick_door: TestClient, layout: Path) -> None:
    text = layout.read_text("utf-8")
    version = _version(quick_door)
    form = {"text": text.replace("FM06", "FM07"), "if_match": version}
    assert quick_door.post(f"{PLATE}/lines", data=form).status_code == 303
    assert layout.read_text("utf-8") == text.replace("FM06", "FM07")
    again = quick_door.post(f"{PLATE}/lines", data={"text": "nothing", "if_match": version})
    assert again.status_code == 412 and ">nothing</textarea>" in again.text


def test_a_layout_that_cannot_be_read_says_why(quick_door: TestClient, layout: Path) -> None:
    layout.write_text("nothing of a layout\n", encoding="utf-8")
    text = quick_door.get(PLATE).text
    assert "cannot be read as it stands" in text and 'id="plate-data"' not in text


def test_data_of_a_study_cannot_end_the_script(quick_door: TestClient, layout: Path) -> None:
    changes = {"B3": {"control": ["", "</script><b>x"]}}
    assert _save(quick_door, changes, _version(quick_door)) == 200
    text = quick_door.get(PLATE).text
    assert "<b>x" not in text and "\\u003c/script\\u003e" in text


@pytest.mark.parametrize("role", [Role.VIEWER, Role.STEWARD, None])
def test_plates_are_for_those_who_work(small_as: DoorAs, role: Role | None) -> None:
    door = small_as(role)
    refused = 404 if role is None else 403
    assert door.get("/s/demo/plates/P1").status_code == refused
    assert _save(door, {"A1": {"donor": ["", "x"]}}, "", "/s/demo/plates/P1") == refused
