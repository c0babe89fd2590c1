"""The pages of the people: what is shown to whom, and what a form writes into the files."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from fastapi import FastAPI, Request
from openpyxl import Workbook
from redcap_study import redcap_study
from starlette.testclient import TestClient

from exvivo.web.app import make_app
from exvivo.web.edits import version
from exvivo.web.settings import Settings
from exvivo.web.shelf import Shelf
from exvivo.web.visitor import Role, Visitor

STUDY = """# ours
exvivo: 1
title: People
groups:
  - {id: FM, name: people with fibromyalgia}  # the patients
  - {id: HC, name: healthy people}
scales: [{id: VAS, name: pain, lowest: 0, highest: 100, higher_is: worse}]
"""
DONORS = "donor,group,age,sex,crp\nFM01,FM,52,female,0.5\nFM02,FM,41,male,1.5\nHC01,HC,47,male,2\n"
CLINIC = "donor;visit;VAS;hads_a\nFM01;1;62,5;9\nFM01;2;50,0;8\nFM02;1;;7\nHC01;1;3,5;1\n"


class _As:
    """Knows one visitor, in one role."""

    entrance = "/enter"

    def __init__(self, role: Role) -> None:
        self.role = role

    def visitor(self, request: Request) -> Visitor:
        return Visitor("u", "Uma", {"mine": self.role, "bare": self.role})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The study `mine`, with people, and `bare`, without."""
    for name in ("mine", "bare"):
        (tmp_path / "studies" / name).mkdir(parents=True)
        (tmp_path / "studies" / name / "study.yaml").write_text(STUDY, "utf-8")
    (tmp_path / "studies" / "mine" / "donors.csv").write_text(DONORS, "utf-8")
    (tmp_path / "studies" / "mine" / "clinic.csv").write_text(CLINIC, "utf-8")
    return tmp_path / "studies"


@cache
def _app() -> FastAPI:
    """One door for all tests: to make one takes a third of a second."""
    nowhere = Path(mkdtemp())
    return make_app(Settings(nowhere, nowhere / "state", hosts=("testserver",)))


def door_of(root: Path, role: Role = Role.COORDINATOR) -> TestClient:
    """A door on these studies whose visitor has a role in both."""
    app = _app()
    app.state.site.shelf, app.state.site.keeper = Shelf(root), _As(role)
    return TestClient(app, follow_redirects=False)


@pytest.fixture
def door(root: Path) -> TestClient:
    return door_of(root)


def cells(root: Path, table: str = "donors", **more: object) -> dict[str, object]:
    """The fields of a form that changes cells."""
    return {"table": table, "if_match": version(root / "mine", f"{table}.csv"), **more}


def changed(door: TestClient, sent: Mapping[str, object]) -> Mapping[str, str]:
    answer = door.post(
        "/s/mine/people/cells", data=dict(sent), headers={"accept": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"].strip('"') == answer.json()["version"]
    return {f"{each['row']} {each['column']}": each["now"] for each in answer.json()["cells"]}


def test_a_cell_is_changed_and_nothing_else(root: Path, door: TestClient) -> None:
    told = changed(door, cells(root, row="FM02", column="crp", was="1.5", now="2,75"))
    assert told == {"FM02 crp": "2.75"}
    assert (root / "mine" / "donors.csv").read_text() == DONORS.replace("male,1.5", "male,2.75")


def test_a_table_with_decimal_commas_keeps_them(root: Path, door: TestClient) -> None:
    sent = cells(root, "clinic", row="FM01\u24092", column="VAS", was="50,0", now="41.5")
    assert changed(door, sent) == {"FM01\u24092 VAS": "41,5"}
    assert "FM01;2;41,5;8" in (root / "mine" / "clinic.csv").read_text()


@pytest.mark.parametrize(
    ("column", "now"), [("age", "1,234"), ("age", "52 years"), ("donor", "X"), ("lacking", "1")]
)
def test_what_cannot_be_written_is_told(
    root: Path, door: TestClient, column: str, now: str
) -> None:
    sent = cells(root, row="FM01", column=column, was="", now=now)
    answer = door.post("/s/mine/people/cells", data=sent, headers={"accept": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["mistakes"][0]["cure"]
    assert (root / "mine" / "donors.csv").read_text() == DONORS


def test_an_old_page_does_not_write_over_another(root: Path, door: TestClient) -> None:
    old = cells(root, row="FM01", column="age", was="52", now="53")
    changed(door, cells(root, row="FM01", column="age", was="52", now="54"))
    answer = door.post("/s/mine/people/cells", data=old, headers={"accept": "application/json"})
    assert answer.status_code == 412
    assert "FM01,FM,54" in (root / "mine" / "donors.csv").read_text()


def test_the_form_of_a_donor_writes_what_differs(root: Path, door: TestClient) -> None:
    assert "FM01" in door.get("/s/mine/people/person?line=2").text
    sent = cells(root, row="FM01", column=["age", "sex"], was=["52", "female"], now=["52", "male"])
    answer = door.post("/s/mine/people/cells", data={**sent, "line": "2"})
    assert answer.headers["location"] == "/s/mine/people/person?table=donors&line=2&saved=1"
    assert "FM01,FM,52,male,0.5" in (root / "mine" / "donors.csv").read_text()


def test_a_donor_is_added_once_and_taken_out(root: Path, door: TestClient) -> None:
    sent = cells(root, column=["donor", "group", "age"], now=["HC02", "HC", "39"])
    added = door.post("/s/mine/people/person", data=sent)
    assert added.headers["location"] == "/s/mine/people/person?table=donors&line=5&saved=1"
    assert door.get("/s/mine/people/person?line=9").status_code == 422
    assert (root / "mine" / "donors.csv").read_text() == f"{DONORS}HC02,HC,39,,\n"
    sent["if_match"] = version(root / "mine", "donors.csv")
    assert door.post("/s/mine/people/person", data=sent).status_code == 422
    gone = cells(root, row="HC02")
    assert door.post("/s/mine/people/remove", data=gone).status_code == 303
    assert (root / "mine" / "donors.csv").read_text() == DONORS


PASTED = "Patient ID\tDiagnosis\tAge\tName\tCRP\nP1\tFM\t52,5\tAnna\t1,234\nP2\tlupus\t41,0\tBea\t2,100\n"


def _put_in(door: TestClient, root: Path, text: str, **more: object) -> str:
    sent = {
        "text": text,
        "study_version": version(root / "bare", "study.yaml"),
        "table_version": version(root / "bare", "donors.csv"),
        **more,
    }
    answer = door.post("/s/bare/people/take", data=sent)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_a_pasted_table_is_shown_before_it_is_put_in(root: Path, door: TestClient) -> None:
    looked = door.post("/s/bare/people/look", data={"text": PASTED})
    assert looked.status_code == 200
    assert "may name a person" in looked.text and "1,234 is 1.234" in looked.text
    assert not (root / "bare" / "donors.csv").exists()
    chosen = {"donor_column": "0", "group_source": "column:1", "keep": ["2", "4"]}
    words = {
        "word": ["FM", "lupus"],
        "stands_for": ["FM", ""],
        "group_name": ["", "people with lupus"],
    }
    told = _put_in(door, root, PASTED, **chosen, **words, **{"mark-4": "decimal"})
    assert told == "/s/bare/people?added=2&changed=0"
    assert (root / "bare" / "donors.csv").read_text() == (
        "donor,group,age,CRP\nP1,FM,52.5,1.234\nP2,lupus,41.0,2.100\n"
    )
    study = (root / "bare" / "study.yaml").read_text()
    assert "{id: lupus, name: people with lupus}" in study
    assert "# the patients" in study and "Anna" not in study


def test_what_the_page_shows_is_what_is_sent_again(root: Path, door: TestClient) -> None:
    from html import unescape

    page = door.post("/s/bare/people/look", data={"text": PASTED}).text
    again = unescape(
        page.partition('<textarea name="text"')[2].partition(">\n")[2].partition("</")[0]
    )
    assert "\u2409" not in again
    second = door.post("/s/bare/people/look", data={"text": again})
    assert "in the column Diagnosis" in second.text


def test_a_workbook_is_put_in_as_csv(root: Path, door: TestClient, tmp_path: Path) -> None:
    book = Workbook()
    for row in (["Our donors"], ["donor", "group", "age"], ["HC01", "HC", 48], ["HC02", "HC", 39]):
        book.active.append(row)
    book.save(tmp_path / "people.xlsx")
    files = {"file": ("people.xlsx", (tmp_path / "people.xlsx").read_bytes())}
    page = door.post("/s/mine/people/look", files=files).text
    assert "1 new donor, 1 changed cell" in page
    assert "2 rows not in your table stay" in page


def test_a_workbook_of_the_study_makes_room_for_its_csv(root: Path, door: TestClient) -> None:
    book = Workbook()
    for row in (["donor", "group", "age"], ["FM01", "FM", 52.5]):
        book.active.append(row)
    book.save(root / "bare" / "donors.xlsx")
    assert "is a workbook" in door.get("/s/bare/people").text
    sent = {"row": "FM01", "column": "age", "was": "52.5", "now": "53"}
    assert door.post("/s/bare/people/cells", data=sent).status_code == 422
    assert door.post("/s/bare/people/as-csv").status_code == 303
    assert (root / "bare" / "donors.csv").read_text() == "donor,group,age\nFM01,FM,52.5\n"
    assert (root / "bare" / "replaced" / "donors.xlsx").exists()
    assert door.get("/s/bare/people").status_code == 200


@pytest.mark.parametrize("text", ["", "one", "donor,group\nA,FM\nA,FM\n", "donor,group\n,FM\n"])
def test_a_table_that_cannot_be_put_in_is_told(root: Path, door: TestClient, text: str) -> None:
    answer = door.post("/s/bare/people/take", data={"text": text})
    assert answer.status_code == 422
    assert not (root / "bare" / "donors.csv").exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST, Role.STEWARD])
def test_only_a_coordinator_sees_persons(root: Path, role: Role) -> None:
    (root / "mine" / "clinic.csv").write_text(CLINIC.replace("FM02;1;;", "FM02;1;999;"))
    away = door_of(root, role)
    for path in ("people", "people/table-1", "people/table-1.csv", "scales", "dictionary?q=hads"):
        answer = away.get(f"/s/mine/{path}")
        assert "FM01" not in answer.text and "FM02" not in answer.text, path
    assert "people with fibromyalgia" in away.get("/s/mine/people").text
    (root / "mine" / "donors.csv").write_text(DONORS.replace("52", "old"))
    (root / "mine" / "study.yaml").write_text(
        STUDY + "characteristics: [{id: age, kind: number}]\n"
    )
    if role is Role.ANALYST:
        assert "old (FM01)" not in away.get("/s/mine/check").text
    assert "old (FM01)" not in away.get("/s/mine/people").text
    for path in ("people/scores", "people/person?line=2", "people/to-fix", "people/add"):
        assert away.get(f"/s/mine/{path}").status_code == 403


def test_what_is_to_fix_leads_to_its_row(root: Path, door: TestClient) -> None:
    (root / "mine" / "donors.csv").write_text(DONORS.replace("FM02,FM", "FM02,XX"))
    assert 'href="#line-3"' in door.get("/s/mine/people/to-fix").text
    assert 'id="line-3"' in door.get("/s/mine/people").text
    assert "Nothing to fix" in door.get("/s/mine/people/to-fix?table=clinic").text


def test_a_table_that_cannot_be_read_is_explained(root: Path, door: TestClient) -> None:
    (root / "mine" / "donors.csv").write_text('donor,group\n"A,B\n')
    answer = door.get("/s/mine/people")
    assert answer.status_code == 200 and "cannot be read yet" in answer.text
    shutil.copy(root / "mine" / "clinic.csv", root / "mine" / "donors.xlsx")
    assert "Hand the table in anew" in door.get("/s/mine/people").text


def test_kinds_of_columns_are_declared(root: Path, door: TestClient) -> None:
    assert 'name="kind"' in door.get("/s/mine/people/table-1").text
    sent = {
        "column": ["crp"],
        "kind": ["number"],
        "name": ["C-reactive protein"],
        "unit": ["mg/L"],
        "if_match": version(root / "mine", "study.yaml"),
    }
    assert door.post("/s/mine/people/kinds", data=sent).status_code == 303
    declared = "{id: crp, kind: number, name: C-reactive protein, unit: mg/L}"
    assert declared in (root / "mine" / "study.yaml").read_text()
    assert "C-reactive protein, mg/L" in door.get("/s/mine/people/table-1").text
    assert "C-reactive protein" in door.get("/s/mine/people/table-1.csv").text


def test_names_with_markup_stay_names(root: Path, door: TestClient) -> None:
    (root / "mine" / "donors.csv").write_text("donor,group,<i>x\n<b>A</b>,FM,<script>\n")
    for path in ("people", "people/person?line=2", "people/table-1"):
        text = door.get(f"/s/mine/{path}").text
        assert "<b>A" not in text and "<i>x" not in text and "<script>" not in text


def test_a_redcap_project_is_taken_in(root: Path, door: TestClient, tmp_path: Path) -> None:
    there = redcap_study(tmp_path / "elsewhere") / "redcap"
    raw = {name: (there / f"{name}.csv").read_bytes() for name in ("dictionary", "data")}
    files = {name: (f"{name}.csv", text) for name, text in raw.items()}
    sent = {"missing": "none", "version_dictionary": "", "version_data": ""}
    answer = door.post("/s/bare/people/redcap/files", data=sent, files=files)
    assert answer.headers["location"] == "/s/bare/people/redcap?missing=none"
    assert (root / "bare" / "redcap" / "data.csv").read_bytes() == raw["data"]
    page = door.get("/s/bare/people/redcap?missing=none").text
    assert "HADS" in page and "Take it into the study" in page and "Nobody" not in page
    assert "redcap:" not in (root / "bare" / "study.yaml").read_text()
    taken = {
        "missing": "none",
        "study_version": version(root / "bare", "study.yaml"),
        "group-1": "FM",
        "group-2": "HC",
    }
    assert door.post("/s/bare/people/redcap/take", data=taken).status_code == 303
    study = (root / "bare" / "study.yaml").read_text()
    assert "# the patients" in study and "groups: {1: FM, 2: HC}" in study
    shown = door.get("/s/bare/people/redcap").text
    assert "6 people with fibromyalgia" in shown and "A new export" in shown


def test_what_is_no_file_of_redcap_is_refused(root: Path, door: TestClient) -> None:
    files = {"dictionary": ("dictionary.csv", b"PK\x03\x04 no csv")}
    assert door.post("/s/bare/people/redcap/files", files=files).status_code == 422
    files = {"dictionary": ("dictionary.csv", b"a,b\n1,2\n")}
    sent = {"version_dictionary": ""}
    assert door.post("/s/bare/people/redcap/files", data=sent, files=files).status_code == 303
    assert "cannot be read yet" in door.get("/s/bare/people/redcap").text
