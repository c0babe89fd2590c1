"""Scales by a form, and the dictionary: what they write into study.yaml, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient
from test_people_pages import door_of

from exvivo.study.load import read_study_file
from exvivo.web.dictionary import every_entry, search
from exvivo.web.edits import version
from exvivo.web.people.scale_columns import offers
from exvivo.web.visitor import Role

STUDY = """exvivo: 1
title: Scales
groups: [{id: FM, name: patients}]  # ours
analytes: [{id: TNF}]
scales:
  - {id: VAS, name: pain, lowest: 0, highest: 100, higher_is: worse}
questions:
  - {id: q, ask: association, within: FM, assays: [r], analytes: [TNF], scales: [VAS]}
"""
ITEMS = [f"hads{n}" for n in range(1, 15)]
CLINIC = (
    ",".join(["donor", "VAS", "fatigue", "PCS", *ITEMS]) + "\nA,50,3,20," + ",".join(["1"] * 14)
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "studies" / "mine"
    folder.mkdir(parents=True)
    (folder / "study.yaml").write_text(STUDY)
    (folder / "donors.csv").write_text("donor,group\nA,FM\n")
    (folder / "clinic.csv").write_text(f"{CLINIC}\n")
    return folder.parent


@pytest.fixture
def door(root: Path) -> TestClient:
    return door_of(root, Role.ANALYST)


def saved(door: TestClient, root: Path, form: str, **sent: object) -> int:
    sent["if_match"] = version(root / "mine", "study.yaml")
    return int(door.post(f"/s/mine/{form}", data=sent).status_code)


def text_of(root: Path) -> str:
    return (root / "mine" / "study.yaml").read_text()


def test_free_columns_are_told_for_what_they_may_be() -> None:
    made = {offer.columns[0]: offer for offer in offers(["fatigue", "PCS", *ITEMS])}
    assert [key.id for key in made["hads1"].keys] == ["HADS"] and made["hads1"].sure
    assert made["hads1"].items == "hads{1-14}"
    assert [key.id for key in made["PCS"].keys] == ["PCS"]
    assert made["fatigue"].keys == ()


def test_numbered_columns_of_another_name_are_asked_about() -> None:
    (offer,) = offers([f"q{n:02d}" for n in range(1, 8)])
    assert "GAD-7" in {key.id for key in offer.keys} and not offer.sure


def test_a_questionnaire_is_declared(root: Path, door: TestClient) -> None:
    page = door.get("/s/mine/scales").text
    assert "hads1 to hads14" in page and "Set up HADS" in page
    form = door.get("/s/mine/scales/questionnaire?id=HADS&items=hads%7B1-14%7D").text
    assert 'value="hads{1-14}"' in form
    sent = {"id": "HADS", "items": "hads{1-14}", "coding": "points", "score": ["HADS_A", "HADS_D"]}
    assert saved(door, root, "scales/questionnaire", **sent) == 303
    study, _ = read_study_file(root / "mine")
    assert [scale.id for scale in study.scales] == ["VAS", "HADS_A", "HADS_D"]
    assert "# ours" in text_of(root)


def test_a_questionnaire_that_does_not_fit_changes_nothing(root: Path, door: TestClient) -> None:
    before = text_of(root)
    sent = {"id": "HADS", "items": "hads{1-13}", "coding": "points"}
    assert saved(door, root, "scales/questionnaire", **sent) == 422
    assert saved(door, root, "scales/questionnaire", id="HADS", items="hads{1-14}") == 422
    assert saved(door, root, "scales/questionnaire", id="HODS") == 422
    assert text_of(root) == before


def test_a_scale_of_ones_own_is_declared_and_changed(root: Path, door: TestClient) -> None:
    sent = {"id": "Fatigue", "name": "fatigue", "lowest": "0", "highest": "10,5"}
    sent |= {"higher_is": "worse", "column": "fatigue"}
    assert saved(door, root, "scales/own", **sent) == 303
    assert "highest: 10.5, higher_is: worse, column: fatigue" in text_of(root)
    assert saved(door, root, "scales/own", **{**sent, "highest": "12"}) == 303
    assert "highest: 12," in text_of(root) and "10.5" not in text_of(root)


@pytest.mark.parametrize(
    "wrong",
    [
        {"highest": "1,234"},
        {"highest": "-1"},
        {"higher_is": ""},
        {"name": ""},
        {"id": "a/b"},
        {"lowest": "none"},
        {"column": "nowhere"},
    ],
)
def test_a_scale_that_cannot_be_is_told(
    root: Path, door: TestClient, wrong: dict[str, str]
) -> None:
    before = text_of(root)
    sent = {"id": "F", "name": "fatigue", "lowest": "0", "highest": "10", "higher_is": "worse"}
    assert saved(door, root, "scales/own", **{**sent, "column": "fatigue", **wrong}) == 422
    assert text_of(root) == before


def test_a_scale_that_a_question_names_stays(root: Path, door: TestClient) -> None:
    before = text_of(root)
    assert saved(door, root, "scales/remove", part="scales", id="VAS") == 422
    assert text_of(root) == before


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("il-8", "CXCL8"),
        ("IL8", "CXCL8"),
        ("b-actin", "ACTB"),
        ("hads", "HADS"),
        ("N06AX21", "SNRI"),
    ],
)
def test_the_dictionary_knows_spellings(query: str, first: str) -> None:
    assert search(query)[0].id == first


def test_every_word_of_a_search_is_held() -> None:
    assert search("legendplex inflammation")[0].kind == "kits"
    assert search("legendplex nonsense") == []
    assert len(search("", "scales")) == len([e for e in every_entry() if e.kind == "scales"])


def test_an_entry_is_put_into_the_study_once(root: Path, door: TestClient) -> None:
    page = door.get("/s/mine/dictionary?q=il-8").text
    assert "Add to the analytes" in page
    assert saved(door, root, "dictionary/put", kind="analytes", id="CXCL8", q="il-8") == 303
    assert "{id: CXCL8}" in text_of(root)
    assert saved(door, root, "dictionary/put", kind="analytes", id="CXCL8") == 422
    assert saved(door, root, "dictionary/put", kind="medication", id="SSRI") == 422
    used = door.get("/s/mine/dictionary?q=TNF&kind=analytes").text
    assert "question q" in used
    assert "/s/mine/dictionary?q=TNF" in door.get("/dictionary?q=TNF&kind=analytes").text


def test_a_viewer_reads_the_dictionary_and_puts_nothing(root: Path) -> None:
    viewer = door_of(root, Role.VIEWER)
    assert "Add to the analytes" not in viewer.get("/s/mine/dictionary?q=il-8").text
    assert saved(viewer, root, "dictionary/put", kind="analytes", id="CXCL8") == 403
    assert viewer.get("/dictionary?q=%3Cscript%3E").status_code == 200
