"""The page of checks: mistakes at once and in full, each leading to where it is fixed, and
remembered until a file changes.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from small_slips import copy_a_donor

from exvivo.checking import Checked, at_once, in_full
from exvivo.errors import Mistake
from exvivo.web.access.seen import HIDDEN
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


@pytest.fixture
def small(tmp_path: Path, small_folder: Path) -> Path:
    """The small study, as the door has it where there is one."""
    folder = tmp_path / "studies" / "demo"
    if not folder.exists():
        shutil.copytree(small_folder, folder)
    return folder


def test_a_sound_study_has_nothing_to_fix(small_door: TestClient) -> None:
    page = small_door.get("/s/demo/check")
    assert page.status_code == 200
    assert 'hx-get="/s/demo/check/full"' in page.text, "the files follow by themselves"
    assert "Nothing to fix in the study" in page.text
    whole = small_door.get("/s/demo/check/full", headers={"HX-Request": "true"})
    assert "<html" not in whole.text
    assert "Nothing to fix.</strong> 12 donors, 1 plate," in whole.text
    again = small_door.get("/s/demo/check")
    assert "hx-get" not in again.text, "what is known is shown at once"


def test_a_mistake_leads_to_its_well(small_door: TestClient, small: Path) -> None:
    changed(small / "plates" / "P1.csv", "FM1", "FM99")
    text = small_door.get("/s/demo/check").text
    assert "donor FM99" in text
    assert 'href="/s/demo/plates/P1?well=A1"' in text


def test_a_mistake_of_study_yaml_leads_to_its_form_and_line(small: Path) -> None:
    checked = at_once(small)
    lines = (small / "study.yaml").read_text("utf-8").splitlines()
    line = next(n for n, text in enumerate(lines, 1) if "more_tnf" in text)
    mistake = Mistake(f"study.yaml:{line}", "a", "b", "c")
    assert of_mistake(mistake, checked.study, checked.sources) == [
        Link("the questions", "/questions"),
        Link(f"line {line} of study.yaml", f"/check/study#L{line}"),
    ]


def test_a_mistake_in_many_places_leads_to_several(small: Path) -> None:
    checked = at_once(small)
    where = "plates/P1.csv:2, plates/P1.csv:3, donors.csv:2 and 7 more"
    links = of_mistake(Mistake(where, "a", "b", "c"), checked.study, checked.sources)
    assert [link.address for link in links] == [
        "/plates/P1?well=A1",
        "/plates/P1?well=A2",
        "/people#line-2",
    ]


def test_study_yaml_is_shown_as_text(small_door: TestClient, small: Path) -> None:
    changed(small / "study.yaml", "# concentrations of", "# <script>alert(1)</script>")
    text = small_door.get("/s/demo/check/study").text
    assert 'id="L8"' in text
    assert "&lt;script&gt;" in text and "<script>alert" not in text


def test_a_study_that_cannot_be_read_says_so(small_door: TestClient, small: Path) -> None:
    (small / "study.yaml").write_text("exvivo: [", "utf-8")
    for path in ("check", "check/full", "wells", "flags"):
        assert small_door.get(f"/s/demo/{path}").status_code == 200
    assert "study.yaml" in small_door.get("/s/demo/check").text


def test_cells_of_people_are_for_those_who_may_see_them(small_as: DoorAs, small: Path) -> None:
    changed(small / "donors.csv", ",FM,", ",Secret,")
    assert "Secret" in small_as(Role.COORDINATOR).get("/s/demo/check").text
    analyst = small_as(Role.ANALYST).get("/s/demo/check").text
    assert "Secret" not in analyst and HIDDEN in analyst


@pytest.mark.parametrize("role", [Role.VIEWER, Role.STEWARD])
def test_only_who_works_on_a_study_sees_its_checks(small_as: DoorAs, role: Role) -> None:
    assert small_as(role).get("/s/demo/check").status_code == 403


def test_a_check_is_made_once_until_a_file_changes(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []

    def make(folder: Path) -> Checked:
        made.append(folder)
        return at_once(folder)

    checks = Checks()
    monkeypatch.setattr(checks._quick, "make", make)
    first = checks.quick(small)
    assert checks.quick(small) is first
    changed(small / "plates" / "P1.csv", "FM1", "FM99")
    assert checks.quick(small).mistakes and len(made) == 2


def test_what_exvivo_writes_makes_no_check_old(small: Path) -> None:
    before = stamp_of(small)
    for name in ("results", ".exvivo-cache", "shared-team"):
        (small / name).mkdir(exist_ok=True)
        (small / name / "a.csv").write_text("", "utf-8")
    (small / "exvivo.sqlite-wal").write_text("", "utf-8")
    assert stamp_of(small) == before
    shutil.copy(small / "donors.csv", small / "raw" / "new.csv")
    assert stamp_of(small) != before


def test_a_whole_check_has_the_contradictions(small: Path) -> None:
    copy_a_donor(small)
    checked = in_full(small)
    assert checked.whole
    assert [(flag.severity, flag.code) for flag in checked.flags] == [("look", "copied_readings")]


def test_the_overview_counts_what_stands_in_the_files_now(
    small_door: TestClient, tmp_path: Path
) -> None:
    from exvivo.web.standing import mistakes_of

    folder = tmp_path / "studies" / "demo"
    before = mistakes_of(folder)
    assert mistakes_of(folder) == before
    study = folder / "study.yaml"
    sound = study.read_text("utf-8")
    study.write_text(sound + "nonsense: 1\n", "utf-8")
    assert mistakes_of(folder) > before
    study.write_text(sound, "utf-8")
    assert mistakes_of(folder) == before
    (folder / "donors.csv").unlink()
    assert mistakes_of(folder) > before
    assert small_door.get("/s/demo").status_code == 200
