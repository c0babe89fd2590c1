"""The page of checks: mistakes at once and in full, each leading to where it is mended, and
remembered until a file changes.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from exvivo.checking import at_once, in_full
from exvivo.errors import Mistake
from exvivo.web.visitor import Role
from exvivo.web.wells.checks import Checks, stamp_of
from exvivo.web.wells.places import Link, of_mistake

if TYPE_CHECKING:
    from door_fixtures import DoorAs
    from starlette.testclient import TestClient


def changed(path: Path, old: str, new: str, count: int = 1) -> None:
    """Write a file with another word in it."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), "utf-8")


def test_a_sound_study_has_nothing_to_fix(door: TestClient) -> None:
    page = door.get("/s/demo/check")
    assert page.status_code == 200
    assert 'hx-get="/s/demo/check/full"' in page.text, "the files follow by themselves"
    assert "Nothing to fix in the study" in page.text
    whole = door.get("/s/demo/check/full", headers={"HX-Request": "true"})
    assert "<html" not in whole.text
    assert "Nothing to fix.</strong> 24 donors, 4 plates" in whole.text
    again = door.get("/s/demo/check")
    assert "hx-get" not in again.text, "what is known is shown at once"


def test_a_mistake_leads_to_its_well(quick_door: TestClient, unrun: Path) -> None:
    changed(unrun / "plates" / "Q1.csv", "FM10", "FM99")
    text = quick_door.get("/s/unrun/check").text
    assert "donor FM99" in text
    assert 'href="/s/unrun/plates/Q1?well=A1"' in text


def test_a_mistake_of_study_yaml_leads_to_its_form_and_line(unrun: Path) -> None:
    checked = at_once(unrun)
    lines = (unrun / "study.yaml").read_text("utf-8").splitlines()
    line = next(n for n, text in enumerate(lines, 1) if "more_tnf" in text)
    mistake = Mistake(f"study.yaml:{line}", "a", "b", "c")
    assert of_mistake(mistake, checked.study, checked.sources) == [
        Link("the questions", "/questions"),
        Link(f"line {line} of study.yaml", f"/check/study#L{line}"),
    ]


def test_a_mistake_in_many_places_leads_to_several(unrun: Path) -> None:
    checked = at_once(unrun)
    where = "plates/Q1.csv:3, plates/Q1.csv:4, donors.csv:2 and 7 more"
    links = of_mistake(Mistake(where, "a", "b", "c"), checked.study, checked.sources)
    assert [link.address for link in links] == [
        "/plates/Q1?well=A1",
        "/plates/Q1?well=A2",
        "/people",
    ]


def test_study_yaml_is_shown_as_text(quick_door: TestClient, unrun: Path) -> None:
    changed(unrun / "study.yaml", "# The people compared.", "# <script>alert(1)</script>")
    text = quick_door.get("/s/unrun/check/study").text
    assert 'id="L8"' in text
    assert "&lt;script&gt;" in text and "<script>alert" not in text


def test_a_study_that_cannot_be_read_says_so(quick_door: TestClient, unrun: Path) -> None:
    (unrun / "study.yaml").write_text("exvivo: [", "utf-8")
    for path in ("check", "check/full", "wells", "flags"):
        assert quick_door.get(f"/s/unrun/{path}").status_code == 200
    assert "study.yaml" in quick_door.get("/s/unrun/check").text


def test_cells_of_people_are_for_those_who_may_see_them(door_as: DoorAs, studies: Path) -> None:
    changed(studies / "demo" / "donors.csv", ",FM,", ",Secret,")
    assert "Secret" in door_as(Role.COORDINATOR).get("/s/demo/check").text
    analyst = door_as(Role.ANALYST).get("/s/demo/check").text
    assert "Secret" not in analyst and "your role does not show" in analyst


@pytest.mark.parametrize("role", [Role.VIEWER, Role.STEWARD])
def test_only_who_works_on_a_study_sees_its_checks(door_as: DoorAs, role: Role) -> None:
    assert door_as(role).get("/s/demo/check").status_code == 403


def test_a_check_is_made_once_until_a_file_changes(
    unrun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []

    def make(folder: Path) -> Checked:
        made.append(folder)
        return at_once(folder)

    checks = Checks()
    monkeypatch.setattr(checks._quick, "make", make)
    first = checks.quick(unrun)
    assert checks.quick(unrun) is first
    changed(unrun / "plates" / "Q1.csv", "FM10", "FM99")
    assert checks.quick(unrun).mistakes and len(made) == 2


def test_what_exvivo_writes_makes_no_check_old(unrun: Path) -> None:
    before = stamp_of(unrun)
    for name in ("results", ".exvivo-cache", "shared-team"):
        (unrun / name).mkdir(exist_ok=True)
        (unrun / name / "a.csv").write_text("", "utf-8")
    (unrun / "exvivo.sqlite-wal").write_text("", "utf-8")
    assert stamp_of(unrun) == before
    shutil.copy(unrun / "donors.csv", unrun / "raw" / "new.csv")
    assert stamp_of(unrun) != before


def test_a_whole_check_has_the_contradictions(studies: Path) -> None:
    changed(studies / "demo" / "plates" / "Q1.csv", "FM10", "FM09")
    checked = in_full(studies / "demo")
    assert checked.whole and not checked.is_sound
    assert [flag.place for flag in checked.withholding] == ["Q1"]
