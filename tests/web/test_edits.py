"""Edits of the files of a study: only what is edited changes, and nobody's change is lost."""

from __future__ import annotations

import html
import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from exvivo import store
from exvivo.errors import StudyError
from exvivo.web.app import make_app
from exvivo.web.edits import Clash, Conflict, Edit, applied, current, put, save, version
from exvivo.web.settings import Settings
from exvivo.web.visitor import Role

if TYPE_CHECKING:
    from door_fixtures import DoorAs

STUDY = """# ours
exvivo: 1
title: A study   # in one line
groups:
  - {id: FM, name: patients}
plates:
  - {id: Q1, layout: plates/Q1.csv}
"""
LAYOUT = "# painted\r\nWell;Role;Donor\r\nA01;sample;P1\r\nA02;sample;P2\r\n;;\r\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plates").mkdir()
    (tmp_path / "study.yaml").write_bytes(STUDY.encode())
    (tmp_path / "plates" / "Q1.csv").write_bytes(LAYOUT.encode())
    return tmp_path


def test_a_value_of_the_study_is_changed_and_nothing_else(folder: Path) -> None:
    edit = Edit(("groups", "FM", "name"), "patients", '"people with pain"')
    now = save(folder, "study.yaml", [edit], expected=version(folder, "study.yaml"), who="ada")
    after = (folder / "study.yaml").read_text("utf-8")
    assert after == STUDY.replace("patients", '"people with pain"')
    assert now == version(folder, "study.yaml")


def test_a_well_is_changed_added_and_taken_away(folder: Path) -> None:
    edits = [
        Edit(("A1", "donor"), "P1", "P3"),
        Edit(("A2", "well"), "A02", None),
        Edit(("B1", "role"), None, "blank"),
        Edit(("A1", "dilution"), None, "2"),
    ]
    after = applied(LAYOUT.encode(), "plates/Q1.csv", edits)
    assert after.decode() == (
        "# painted\r\nWell;Role;Donor;dilution\r\nA01;sample;P3;2\r\n;;\r\nB1;blank;;\r\n"
    )


def test_a_layout_that_is_not_there_yet_is_begun(folder: Path) -> None:
    edits = [Edit(("A1", "role"), None, "sample"), Edit(("A1", "donor"), None, "P1")]
    save(folder, "plates/Q2.csv", edits, expected="", who="")
    assert (folder / "plates" / "Q2.csv").read_text() == "well,role,donor\nA1,sample,P1\n"


def test_a_score_is_known_by_donor_and_visit() -> None:
    raw = b"donor,visit,pain\nP1,1,40\nP1,2,50\n"
    after = applied(raw, "clinic.csv", [Edit(("P1\t2", "pain"), "50", "55")])
    assert after == b"donor,visit,pain\nP1,1,40\nP1,2,55\n"
    assert current(after, "clinic.csv", ("P1\t1", "pain")) == "40"


def test_an_old_version_is_refused_with_what_clashes(folder: Path) -> None:
    old = version(folder, "plates/Q1.csv")
    theirs = Edit(("A1", "donor"), "P1", "P8")
    save(folder, "plates/Q1.csv", [theirs], expected=old, who="ada")
    ours = [Edit(("A1", "donor"), "P1", "P9"), Edit(("A2", "donor"), "P2", "P7")]
    with pytest.raises(Conflict) as refused:
        save(folder, "plates/Q1.csv", ours, expected=old, who="ben")
    assert refused.value.clashes == (Clash(("A1", "donor"), "P1", "P9", "P8"),)
    assert refused.value.clean == (ours[1],)
    assert refused.value.current == version(folder, "plates/Q1.csv")
    assert "P7" not in (folder / "plates" / "Q1.csv").read_text()


def test_a_whole_file_is_not_put_over_another(folder: Path) -> None:
    put(folder, "donors.csv", b"donor,group\nP1,FM\n", expected="", who="ada")
    with pytest.raises(Conflict):
        put(folder, "donors.csv", b"donor,group\n", expected="", who="ben")
    assert (folder / "donors.csv").read_bytes() == b"donor,group\nP1,FM\n"


def test_an_edit_is_on_record_with_its_name(folder: Path) -> None:
    before = version(folder, "plates/Q1.csv")
    edit = Edit(("A1", "donor"), "P1", "P3")
    now = save(folder, "plates/Q1.csv", [edit], expected=before, who="ada")
    entry = store.entries(folder)[-1]
    assert entry.kind == "edit" and entry.texts["who"] == b"ada"
    assert entry.facts["file"] == "plates/Q1.csv"
    assert (entry.facts["from"], entry.facts["to"]) == (before, now)


@pytest.mark.parametrize("file", ["../out.csv", "/etc/out.csv", "plates/../../out.csv"])
def test_nothing_is_written_outside_of_the_study(folder: Path, file: str) -> None:
    with pytest.raises(StudyError):
        put(folder, file, b"x", expected="", who="")
    assert not (folder.parent / "out.csv").exists()


def test_an_edit_that_cannot_be_made_leaves_all_others_out(folder: Path) -> None:
    before = (folder / "study.yaml").read_bytes()
    edits = [Edit(("title",), "A study", "B"), Edit(("title", "x"), None, "B")]
    with pytest.raises(StudyError):
        save(folder, "study.yaml", edits, expected=version(folder, "study.yaml"), who="")
    assert (folder / "study.yaml").read_bytes() == before
    shutil.rmtree(folder)


# The page that shows both


@pytest.fixture
def door(folder: Path) -> TestClient:
    """A door to the folder of the study."""
    root = folder.parent
    settings = Settings(root, root / "state", hosts=("testserver",), token="t")
    client = TestClient(make_app(settings), follow_redirects=False)
    client.get("/enter?token=t")
    return client


def _merging(folder: Path, edits: list[dict[str, object]]) -> dict[str, str]:
    return {"file": "plates/Q1.csv", "edits": json.dumps(edits), "back": f"/s/{folder.name}/plates"}


def test_both_stand_side_by_side_and_what_is_chosen_is_saved(
    door: TestClient, folder: Path
) -> None:
    ours: list[dict[str, object]] = [
        {"where": ["A1", "donor"], "was": "P0", "now": "P9"},
        {"where": ["A2", "donor"], "was": "P2", "now": "P7"},
    ]
    shown = door.post(f"/s/{folder.name}/merge", data=_merging(folder, ours))
    assert shown.status_code == 412
    assert "both changed it" in shown.text and shown.text.count("both changed it") == 1
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', shown.text))
    chosen = {name: html.unescape(value) for name, value in fields.items() if "keep" not in name}
    sent = {**chosen, "keep-1": "theirs", "keep-2": "mine"}
    saved = door.post(f"/s/{folder.name}/merge", data=sent)
    assert (saved.status_code, saved.headers["location"]) == (303, f"/s/{folder.name}/plates")
    after = (folder / "plates" / "Q1.csv").read_text()
    assert "A01;sample;P1" in after and "A02;sample;P7" in after


@pytest.mark.parametrize("edits", ["x", "{}", "[1]", '[{"where": []}]', '[{"where": ["a", 1]}]'])
def test_what_are_no_edits_is_refused(door: TestClient, folder: Path, edits: str) -> None:
    sent = {**_merging(folder, []), "edits": edits}
    assert door.post(f"/s/{folder.name}/merge", data=sent).status_code == 422


def test_back_is_a_page_of_the_study(door: TestClient, folder: Path) -> None:
    sent = {**_merging(folder, []), "back": "//evil.example"}
    assert "evil" not in door.post(f"/s/{folder.name}/merge", data=sent).text


@pytest.mark.parametrize("file", ["donors.csv", "./donors.csv", "plates/../clinic.csv"])
def test_people_are_merged_by_who_may_see_them(small_as: DoorAs, folder: Path, file: str) -> None:
    edits = [{"where": ["P1", "group"], "was": None, "now": "x"}]
    sent = {"file": file, "edits": json.dumps(edits), "back": ""}
    assert small_as(Role.ANALYST).post("/s/demo/merge", data=sent).status_code == 403
    assert small_as(Role.COORDINATOR).post("/s/demo/merge", data=sent).status_code in (412, 422)


@pytest.mark.parametrize("file", ["raw/x.csv", "exvivo.sqlite", "../x/study.yaml", "README.md"])
def test_only_what_has_values_is_merged(door: TestClient, folder: Path, file: str) -> None:
    sent = {**_merging(folder, []), "file": file}
    assert door.post(f"/s/{folder.name}/merge", data=sent).status_code == 422
