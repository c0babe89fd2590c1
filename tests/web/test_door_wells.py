"""Wells and flags in the door: what a well shows, and decisions with their preview."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import polars as pl
import pytest
from small_slips import copy_a_donor
from small_study import write_large_study

import exvivo
from exvivo import store
from exvivo.flagged import Flag
from exvivo.study.load import load
from exvivo.web.visitor import Role
from exvivo.web.wells.places import wells_of
from exvivo.web.wells.plate import map_of

if TYPE_CHECKING:
    from door_fixtures import Axe, DoorAs
    from door_server import Served
    from playwright.sync_api import Page
    from starlette.testclient import TestClient

EXCLUDE = {"plate": "P1", "wells": "A1", "reason": "air bubble", "who": "me", "labels": "hidden"}

LAID_OUT_AND_NAMED = 'layout: plates/Q1.csv, samples: "{donor} {stimulus}"'


def version(text: str) -> str:
    """The version of the file that a preview was made with."""
    match = re.search(r'name="if_match" value="([0-9a-f]{64})"', text)
    assert match
    return match[1]


def test_a_well_shows_its_curve_and_its_numbers(door: TestClient, studies: Path) -> None:
    text = door.get("/s/demo/wells/Q1/A1").text
    assert 'aria-label="Amplification curve of TNF in this well' in text
    rows = store.read_table("quantities", folder=studies / "demo" / "results" / "tables")
    own = rows.filter(plate="Q1", well="A1", analyte="TNF", on="amount")["value"][0]
    assert f'<td class="number">{2**own:.3g}</td>' in text
    assert "FM10" in text and ">B1</a>" in text, "whose it is, and its replicate"
    assert 'rel="next" href="/s/demo/wells/Q1/A2"' in text
    assert "style=" not in text


def test_a_bead_well_shows_its_events_and_curves(door: TestClient, studies: Path) -> None:
    text = door.get("/s/demo/wells/B1/A11").text
    assert "events of 1 tube" in text
    assert text.count("Calibration curve of") == 5
    layout = load(studies / "demo").layout.filter(pl.col("nominal") > 0, plate="B1")
    standard = door.get(f"/s/demo/wells/B1/{layout['well'][0]}").text
    assert "known amount" in standard and "this well: at " in standard


def test_a_well_before_any_run(quick_door: TestClient) -> None:
    text = quick_door.get("/s/unrun/wells/Q1/A1").text
    assert "There is no result yet" in text and "Amplification curve of TNF" in text


@pytest.mark.parametrize("path", ["Q9", "Q9/A1", "Q1/Z99", "Q1/<b>"])
def test_what_is_not_there_is_not_found(quick_door: TestClient, path: str) -> None:
    answer = quick_door.get(f"/s/unrun/wells/{quote(path)}")
    assert answer.status_code == 404 and "<b>" not in answer.text


def test_a_plate_is_a_map_of_links(quick_door: TestClient, unrun: Path) -> None:
    (unrun / "exclusions.csv").write_text("plate,wells,reason\nQ1,A2,spilt\n", "utf-8")
    text = quick_door.get("/s/unrun/wells/Q1").text
    assert text.count("/s/unrun/wells/Q1/") == 378
    assert 'class="r-sample out"' in text
    assert "spilt" in quick_door.get("/s/unrun/wells").text


def test_a_plate_of_1536_wells_is_one_map(tmp_path: Path) -> None:
    study = load(write_large_study(tmp_path / "large"))
    shown = map_of(study.plates[0], study, {"AD3"})
    spots = [spot for _, row in shown.rows for spot in row if spot]
    assert (len(spots), shown.loose, len(shown.columns)) == (study.layout.height, (), 48)
    assert [spot.well for spot in spots if spot.is_flagged] == ["AD3"]


def test_flags_know_their_wells(unrun: Path) -> None:
    study = load(unrun)
    flag = Flag(table="wells", row="", severity="stop", what="", why="", cure="", place="Q1")
    told = replace(flag, evidence=("A1|FM10 none|x", "B2", "Q2 C3", "B1:A4", "nothing", "Q9 A1"))
    assert wells_of(told, study) == [("Q1", "A1"), ("Q1", "B2"), ("Q2", "C3"), ("B1", "A4")]


def test_wells_are_left_out_on_record(small_door: TestClient, tmp_path: Path) -> None:
    folder = tmp_path / "studies" / "demo"
    preview = small_door.get("/s/demo/exclude/preview", params=EXCLUDE).text
    assert "What would change" in preview and "more_tnf" in preview
    assert not (folder / "exclusions.csv").exists(), "a preview writes nothing"
    seen = version(preview)
    done = small_door.post("/s/demo/exclude", data={**EXCLUDE, "if_match": seen})
    assert done.status_code == 303
    entry = store.entries(folder)[-1]
    assert done.headers["location"] == f"/s/demo/wells/P1/A1?row={entry.number}"
    assert entry.kind == "exclude"
    said = pl.read_csv(folder / "exclusions.csv").row(0, named=True)
    assert (said["wells"], said["reason"], said["labels"]) == ("A1", "air bubble", "hidden")
    page = small_door.get(done.headers["location"]).text
    assert "on record as row" in page and "Left out</strong>: air bubble" in page
    assert "on record as row" not in small_door.get("/s/demo/wells/P1/A1?row=999").text


LINES = "plate,wells,reason,who\r\nP1,A1,air bubble,A. Berg\r\n# seen twice\r\nP1, A2 ,spilt,\r\n"


def test_what_was_left_out_is_put_back_on_record(small_door: TestClient, tmp_path: Path) -> None:
    folder = tmp_path / "studies" / "demo"
    (folder / "exclusions.csv").write_bytes(LINES.encode())
    listed = small_door.get("/s/demo/wells").text
    assert "/s/demo/put-back?line=exclusions.csv%3A4" in listed
    asked = {"line": "exclusions.csv:4", "who": "B. Kim"}
    form = small_door.get("/s/demo/put-back", params=asked).text
    assert "spilt" in form and "A2" in form
    preview = small_door.get("/s/demo/put-back/preview", params=asked).text
    assert "What would change" in preview and "more_tnf" in preview
    assert (folder / "exclusions.csv").read_bytes() == LINES.encode(), "a preview writes nothing"
    done = small_door.post("/s/demo/put-back", data={**asked, "if_match": version(preview)})
    assert done.headers["location"].startswith("/s/demo/wells?row=")
    assert (folder / "exclusions.csv").read_bytes() == LINES[: LINES.index("P1, A2")].encode()
    first, second = store.entries(folder)[-2:]
    assert [first.facts["does"], second.facts["does"]] == ["adds", "takes back"]
    assert second.facts["decision"] == first.facts["decision"]
    assert second.texts["who"] == b"B. Kim" and b"spilt" in (second.texts["decision"] or b"")
    assert not store.examine(folder).changes, "the file is as the record has it"
    assert "taken back" in small_door.get("/s/demo/record").text
    kinds = [row.kind for row in store.entries(folder)]
    exvivo.run(folder)
    after = [row.facts.get("does") for row in store.entries(folder)][len(kinds) :]
    assert after == ["adds", None], "the other line, by hand, and the run"


def test_only_a_line_that_is_there_as_it_was_seen_is_put_back(
    small_door: TestClient, tmp_path: Path
) -> None:
    file = tmp_path / "studies" / "demo" / "exclusions.csv"
    gone = "donor,reason\nwithdrawn-1,withdrew\nFM1,haemolysed\n"
    for line, says in (("2", "donor who withdrew"), ("9", "no line of exclusions")):
        file.write_text(gone, "utf-8")
        asked = {"line": f"exclusions.csv:{line}"}
        answer = small_door.get("/s/demo/put-back/preview", params=asked)
        assert answer.status_code == 422 and says in answer.text
    unseen = small_door.post("/s/demo/put-back", data={"line": "exclusions.csv:3"})
    assert unseen.status_code == 412 and file.read_text("utf-8") == gone


def test_what_is_left_out_is_known_at_once(quick_door: TestClient, unrun: Path) -> None:
    (unrun / "exclusions.csv").write_text("plate,wells,reason\nQ1,A2,spilt\n", "utf-8")
    study = (unrun / "study.yaml").read_text("utf-8")
    (unrun / "study.yaml").write_text(
        study.replace("layout: plates/Q1.csv", LAID_OUT_AND_NAMED), "utf-8"
    )
    assert "spilt" in quick_door.get("/s/unrun/wells").text


def test_nothing_is_left_out_without_the_preview_of_these_files(
    small_door: TestClient, tmp_path: Path
) -> None:
    unseen = small_door.post("/s/demo/exclude", data=EXCLUDE)
    assert unseen.status_code == 412 and "no preview" in unseen.text
    old = small_door.post("/s/demo/exclude", data={**EXCLUDE, "if_match": "0" * 64})
    assert old.status_code == 412 and "changed since" in old.text
    assert not (tmp_path / "studies" / "demo" / "exclusions.csv").exists()


def test_what_cannot_be_left_out_says_why(small_door: TestClient) -> None:
    for wrong in ({"wells": "A99"}, {"labels": "x"}):
        answer = small_door.get("/s/demo/exclude/preview", params={**EXCLUDE, **wrong})
        assert answer.status_code == 422 and "to fix" in answer.text
        assert "<form" in answer.text, "the form stands there still, with what was typed"


def test_on_a_server_only_who_is_signed_in_decides(small_as: DoorAs, tmp_path: Path) -> None:
    client = small_as(Role.ANALYST)
    site = client.app.state.site  # type: ignore[attr-defined]
    site.settings = replace(site.settings, mode="server")
    none_yet = hashlib.sha256(b"").hexdigest()
    asked = {**EXCLUDE, "who": "boss", "if_match": none_yet}
    assert client.post("/s/demo/exclude", data=asked).status_code == 303
    lines = (tmp_path / "studies" / "demo" / "exclusions.csv").read_text("utf-8")
    assert "analyst" in lines and "boss" not in lines


def test_a_flag_is_kept_with_its_reason(
    small_door: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "studies" / "demo"
    copy_a_donor(folder)
    text = small_door.get("/s/demo/flags").text
    link = re.search(r"/s/demo/keep\?flag=([^\"]+)", text)
    assert link and "FM1, FM2" in text
    assert 'href="/s/demo/wells/P1/A1"' in text, "the wells of the donors"
    whole = SimpleNamespace(study=None)
    monkeypatch.setattr(
        "exvivo.decide.decisions.outlook",
        lambda folder, draft: SimpleNamespace(pairs=(), unchanged=18, ran=True, gathered=whole),
    )
    flag = {"flag": unquote(link[1]), "reason": "seen"}
    seen = version(small_door.get("/s/demo/keep/preview", params=flag).text)
    old = small_door.post("/s/demo/keep", data={**flag, "if_match": "0" * 64})
    assert old.status_code == 412
    assert flag["flag"] not in (folder / "study.yaml").read_text("utf-8")
    assert small_door.post("/s/demo/keep", data={**flag, "if_match": seen}).status_code == 303
    assert flag["flag"] in (folder / "study.yaml").read_text("utf-8")
    assert "Kept because: seen" in small_door.get("/s/demo/flags").text


def test_a_donor_is_erased_only_when_typed_twice(small_door: TestClient, tmp_path: Path) -> None:
    donors = tmp_path / "studies" / "demo" / "donors.csv"
    plan = small_door.post("/s/demo/withdraw/preview", data={"donor": "FM1"})
    assert "FM1 would become withdrawn-1" in plan.text and "FM1" in donors.read_text("utf-8")
    once = small_door.post("/s/demo/withdraw", data={"donor": "FM1", "again": "FM2"})
    assert once.status_code == 422 and "FM1" in donors.read_text("utf-8")
    done = small_door.post("/s/demo/withdraw", data={"donor": "FM1", "again": "FM1"})
    assert "withdrawn-1 now, on record" in done.text
    assert "summaries and public folders that were handed out are not called back" in done.text
    assert "FM1" not in donors.read_text("utf-8")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST, Role.STEWARD])
def test_only_a_coordinator_withdraws(small_as: DoorAs, role: Role) -> None:
    client = small_as(role)
    assert client.get("/s/demo/withdraw").status_code == 403
    again = {"donor": "FM1", "again": "FM1"}
    assert client.post("/s/demo/withdraw", data=again).status_code == 403


def test_leaving_out_a_well_by_keyboard(
    page: Page, served: Served, axe: Axe, small_folder: Path
) -> None:
    study = served.study(of=small_folder)
    page.goto(f"/s/{study}/wells/P1/A1")
    assert axe(page) == []
    page.get_by_role("link", name="Leave out this well").press("Enter")
    page.get_by_label("Reason").fill("air bubble")
    page.get_by_label("Reason").press("Enter")
    page.get_by_role("heading", name="What would change").wait_for()
    assert page.evaluate("document.activeElement.id") == "outlook-head"
    assert axe(page) == []
    page.get_by_label("No, they were hidden").check()
    page.get_by_role("heading", name="What would change").wait_for(state="detached")
    page.get_by_label("Reason").press("Enter")
    page.get_by_role("button", name="Leave out").press("Enter")
    page.get_by_text("It is on record as row").wait_for()
    assert axe(page) == []
