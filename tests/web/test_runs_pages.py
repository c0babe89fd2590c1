"""Runs, the report and the record as pages: what each role sees, and what a run that fails says."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from door_fixtures import FixedKeeper

from benchmarks.killed_doors import QUICK
from exvivo import store
from exvivo.errors import Mistake
from exvivo.web.running import ask_run, cancel_run
from exvivo.web.visitor import EVERYTHING, Role, Visitor

if TYPE_CHECKING:
    from door_fixtures import Axe, DoorAs
    from door_server import Served
    from playwright.sync_api import Page
    from starlette.testclient import TestClient

    from exvivo.web.site import Site


def site(client: TestClient) -> Site:
    made: Site = client.app.state.site  # type: ignore[attr-defined]
    return made


def run(client: TestClient, study: str) -> str:
    """Press Run and follow it to its end; gives what the stream said."""
    site(client).workers.program = QUICK
    assert client.post(f"/s/{study}/runs").headers["location"] == f"/s/{study}/runs"
    stream = client.get(f"/s/{study}/runs/progress")
    assert stream.headers["content-type"].startswith("text/event-stream")
    return stream.text


def test_a_study_that_was_never_run_says_what_a_run_is(quick_door: TestClient) -> None:
    page = quick_door.get("/s/unrun/runs").text
    assert "No run yet" in page and ">Run</button>" in page and "/report/" not in page
    none = quick_door.get("/s/unrun/report/")
    assert none.status_code == 404 and "No report yet" in none.text
    assert "Nothing is on record yet" in quick_door.get("/s/unrun/record").text


def test_a_run_is_followed_to_its_end(quick_door: TestClient) -> None:
    said = run(quick_door, "unrun")
    assert "A run is being made" in said or "A run waits" in said
    assert said.endswith("event: over\ndata: The run is done.\n\n")
    page = quick_door.get("/s/unrun/runs").text
    assert "1 supported" in page and "Open the report" in page
    assert "the first run on record" in quick_door.get("/s/unrun/runs/past").text
    assert quick_door.get("/s/unrun/runs/progress").text.count("event: over") == 1


def test_two_runs_are_compared(quick_door: TestClient, unrun: Path) -> None:
    for _ in range(2):
        made = store.Run(version="0", study_hash="", inputs=())
        store.keep(unrun, run=made, write=lambda new: None)
    chosen = quick_door.get("/s/unrun/runs/compare?before=1&after=2")
    assert chosen.headers["location"] == "/s/unrun/runs/1..2"
    assert "From run 1 to run 2" in quick_door.get("/s/unrun/runs/1..2").text
    assert quick_door.get("/s/unrun/runs/1..9").status_code == 422


def ended(client: TestClient, study: str, **facts: object) -> None:
    """A run that was asked for and could not be made."""
    site(client).workers.stop()
    queue = site(client).jobs
    queue.ask(study, "A. Berg")
    job = queue.take("w")
    assert job is not None
    queue.end(job, "failed", json.dumps(facts))


def test_what_is_to_fix_is_for_who_works_in_the_study(small_as: DoorAs) -> None:
    analyst, viewer = small_as(Role.ANALYST), small_as(Role.VIEWER)
    mistake = Mistake("donors.csv, line 3", "a group `XX`", "a group of the study", "rename it")
    ended(analyst, "demo", mistakes=[asdict(mistake)])
    page = analyst.get("/s/demo/runs").text
    assert "donors.csv, line 3" in page and "results of the last run stay" in page
    page = viewer.get("/s/demo/runs").text
    assert "donors.csv" not in page and "shown to those who work in the study" in page


def test_a_fault_is_told_as_one(quick_door: TestClient) -> None:
    ended(quick_door, "unrun", fault="ZeroDivisionError: <b>of ours</b>")
    assert "ZeroDivisionError: &lt;b&gt;of ours" in quick_door.get("/s/unrun/runs").text


def test_a_run_that_waits_is_cancelled(quick_door: TestClient) -> None:
    door = quick_door
    site(door).workers.stop()
    door.post("/s/unrun/runs")
    job = site(door).jobs.jobs("unrun")[0]
    assert "A run waits for its turn" in door.get("/s/unrun/runs").text
    assert door.post(f"/s/unrun/runs/{job.id}/cancel").status_code == 303
    page = door.get("/s/unrun/runs").text
    assert "was cancelled" in page and ">Run</button>" in page
    assert door.post("/s/unrun/runs/none/cancel").status_code == 422


def test_who_may_not_run_has_no_button(small_as: DoorAs) -> None:
    viewer = small_as(Role.VIEWER)
    assert ">Run</button>" not in viewer.get("/s/demo/runs").text
    assert viewer.post("/s/demo/runs").status_code == 403
    assert site(viewer).jobs.jobs("demo") == []


# ---- the report


def test_the_report_is_packed_once_and_bound_by_its_own_policy(small_door: TestClient) -> None:
    first = small_door.get("/s/demo/report/", headers={"accept-encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    style = re.findall(r"<style[^>]*>(.*?)</style>", first.text, re.DOTALL)[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = first.headers["content-security-policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; ")
    assert "unsafe" not in policy and "script" not in policy
    served = site(small_door).reports
    folder = site(small_door).shelf.folder("demo")
    assert served.of(folder, lab=True) is served.of(folder, lab=True)
    assert gzip.decompress(served.of(folder, lab=True).packed).decode() == first.text
    plain = small_door.get("/s/demo/report/", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers and plain.text == first.text


def test_a_browser_that_has_the_report_is_told_so(small_door: TestClient) -> None:
    first = small_door.get("/s/demo/report/")
    assert first.headers["cache-control"] == "private, no-cache"
    tag = first.headers["etag"]
    again = small_door.get("/s/demo/report/", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    digest = hashlib.sha256(first.text.encode()).hexdigest()
    kept = small_door.get(f"/s/demo/report/?v={digest[:16]}")
    assert "immutable" in kept.headers["cache-control"]
    assert "immutable" not in small_door.get("/s/demo/report/?v=0").headers["cache-control"]


def test_a_new_report_is_served_at_once(small_door: TestClient, tmp_path: Path) -> None:
    old = small_door.get("/s/demo/report/")
    (tmp_path / "studies" / "demo" / "results" / "report.html").write_text(
        "<style>p {}</style><p>new</p>"
    )
    new = small_door.get("/s/demo/report/", headers={"if-none-match": old.headers["etag"]})
    assert new.status_code == 200 and "new" in new.text


def test_the_team_sees_no_name_of_a_file(tmp_path: Path, small_as: DoorAs) -> None:
    names = {p.name for p in (tmp_path / "studies" / "demo" / "raw").rglob("*") if p.is_file()}
    lab = small_as(Role.COORDINATOR).get("/s/demo/report/").text
    team = small_as(Role.ANALYST).get("/s/demo/report/").text
    assert any(name in lab for name in names)
    assert not any(name in team for name in names)
    assert small_as(Role.VIEWER).get("/s/demo/report/").text == team
    data = "report_data/question_more_tnf.csv"
    assert small_as(Role.VIEWER).get(f"/s/demo/report/{data}").status_code == 200


def test_a_report_in_memory_is_not_given_to_who_is_not_in(small_door: TestClient) -> None:
    small_door.get("/s/demo/report/")  # in memory from now on
    ready = small_door.get("/s/demo/report/")
    assert ready.status_code == 200 and ready.headers["x-content-type-options"] == "nosniff"
    evil = small_door.get("/s/demo/report/", headers={"host": "evil.example"})
    assert evil.status_code == 421
    small_door.cookies.clear()
    out = small_door.get("/s/demo/report/", follow_redirects=False)
    assert out.status_code != 200 and "etag" not in out.headers


def test_a_report_in_memory_is_that_of_the_role_of_now(small_as: DoorAs) -> None:
    client = small_as(Role.COORDINATOR)
    for _ in range(2):
        lab = client.get("/s/demo/report/").text
    site(client).keeper = FixedKeeper(Role.VIEWER)
    assert client.get("/s/demo/report/").text != lab
    assert client.get("/s/demo/report/").text != lab
    site(client).keeper = FixedKeeper(None)
    assert client.get("/s/demo/report/").status_code == 404


def test_a_report_that_names_somebody_is_not_for_the_team(tmp_path: Path, small_as: DoorAs) -> None:
    page = tmp_path / "studies" / "demo" / "results" / "report.html"
    page.write_text(page.read_text() + "<p>raw P1 CSV</p>")
    answer = small_as(Role.VIEWER).get("/s/demo/report/")
    assert answer.status_code == 422 and "p1 csv" not in answer.text.lower()
    assert small_as(Role.COORDINATOR).get("/s/demo/report/").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "study.yaml",
        "report_data/none.csv",
        "report_data/..%2F..%2Fstudy.yaml",
        "report_data/%2E%2E/%2E%2E/donors.csv",
        "tables/wells.parquet",
    ],
)
def test_nothing_else_is_beside_the_report(small_door: TestClient, path: str) -> None:
    assert small_door.get(f"/s/demo/report/{path}").status_code == 404


def test_the_page_of_the_record_is_that_of_the_door(small_door: TestClient) -> None:
    assert small_door.get("/s/demo/report/record.html").headers["location"] == "/s/demo/record"


def test_the_report_of_a_run_is_kept_for_who_may_see_people(small_as: DoorAs) -> None:
    coordinator = small_as(Role.COORDINATOR)
    kept = coordinator.get("/s/demo/runs/1/report")
    assert kept.text == coordinator.get("/s/demo/report/").text
    assert coordinator.get("/s/demo/runs/2/report").status_code == 404
    assert coordinator.get("/s/demo/runs/0/report").status_code == 404
    assert small_as(Role.ANALYST).get("/s/demo/runs/1/report").status_code == 403


# ---- the record


@pytest.fixture
def decided(small_as: DoorAs, tmp_path: Path) -> Path:
    """The demo with a line of exclusions that is on record."""
    folder = tmp_path / "studies" / "demo"
    line = {"plate": "P1", "wells": "A1", "reason": "<b>bubbles</b>", "who": "A. Berg"}
    header, values = ",".join(line), ",".join(line.values())
    (folder / "exclusions.csv").write_text(f"{header}\n{values}\n")
    texts = {"decision": json.dumps(line).encode()}
    store.record_decision(folder, "exclude", {"by": "hand"}, texts)
    return folder


def test_reasons_are_for_who_works_in_the_study(decided: Path, small_as: DoorAs) -> None:
    analyst = small_as(Role.ANALYST)
    assert "&lt;b&gt;bubbles&lt;/b&gt;" in analyst.get("/s/demo/record").text
    ledger = analyst.get("/s/demo/record/ledger").text
    assert "&lt;b&gt;bubbles&lt;/b&gt;" in ledger and "/s/demo/wells/P1/A1" in ledger
    for role in (Role.VIEWER, Role.STEWARD):
        page = small_as(role).get("/s/demo/record").text
        assert "exclusion" in page and "bubbles" not in page and "Berg" not in page
        assert small_as(role).get("/s/demo/record/ledger").status_code == 403


def test_a_row_that_joins_the_record_is_shown_at_once(quick_door: TestClient, unrun: Path) -> None:
    for number in (1, 2):
        store.record_decision(unrun, "keep", {}, {"reason": f"why {number}".encode()})
        assert f"why {number}" in quick_door.get("/s/unrun/record").text
    assert f'id="row-{number}"' in quick_door.get("/s/unrun/record").text


def test_what_stands_is_verified(small_door: TestClient, tmp_path: Path) -> None:
    assert "All stands." in small_door.get("/s/demo/record/verify").text
    head = store.head(tmp_path / "studies" / "demo")
    assert head is not None
    part = small_door.get(
        f"/s/demo/record/verify?expect={head.hash[:12]}", headers={"hx-request": "true"}
    )
    assert "is in it; no rows followed" in part.text and "<html" not in part.text
    assert (
        "set back to an earlier" in small_door.get("/s/demo/record/verify?expect=" + "0" * 12).text
    )
    assert small_door.get("/s/demo/record/verify?expect=zz").status_code == 422


def test_what_was_changed_is_named_to_who_works_there(tmp_path: Path, small_as: DoorAs) -> None:
    (tmp_path / "studies" / "demo" / "donors.csv").write_text("other")
    analyst = small_as(Role.ANALYST).get("/s/demo/record/verify").text
    assert "Not all stands." in analyst and "donors.csv" in analyst
    viewer = small_as(Role.VIEWER).get("/s/demo/record/verify").text
    assert "Not all stands." in viewer and "donors.csv" not in viewer


# ---- in the browser


def test_a_run_in_the_browser(served: Served, page: Page, axe: Axe, unrun_folder: Path) -> None:
    """A run that cannot be made: quick, and the page ends with what is to be fixed."""
    study = served.study(of=unrun_folder)
    (served.root / study / "donors.csv").write_text("donor,group\nFM01,none of these\n")
    page.goto(f"/s/{study}/runs")
    assert axe(page) == []
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("button", name="Run", exact=True).wait_for()
    page.get_by_text("The run could not be made.").wait_for()
    page.get_by_text("none of these").first.wait_for()
    assert axe(page) == []


# ---- who asked, and what may be seen


def test_what_names_a_person_is_hidden_from_who_may_not_see_them(small_as: DoorAs) -> None:
    analyst, coordinator = small_as(Role.ANALYST), small_as(Role.COORDINATOR)
    mistake = Mistake("donors.csv, line 3", "a group of Maria", "a group", "rename it")
    ended(analyst, "demo", mistakes=[asdict(mistake)])
    assert "Maria" not in analyst.get("/s/demo/runs").text
    assert "Maria" not in analyst.get("/api/v1/studies/demo/runs").text
    assert "Maria" in coordinator.get("/s/demo/runs").text


def test_a_run_from_elsewhere_takes_the_place_of_an_old_word(
    quick_door: TestClient, unrun: Path
) -> None:
    ended(quick_door, "unrun", fault="of ours")
    assert "could not be made" in quick_door.get("/s/unrun/runs").text
    with site(quick_door).database.writing() as transaction:
        transaction.run("UPDATE jobs SET ended = ended - 60")
    store.keep(unrun, run=store.Run(version="0", study_hash="", inputs=()), write=lambda new: None)
    page = quick_door.get("/s/unrun/runs").text
    assert "could not be made" not in page and "Asked for and not made" in page


def test_who_asked_stands_on_record_of_the_server(quick_door: TestClient) -> None:
    door = site(quick_door)
    door.workers.stop()
    quick_door.post("/s/unrun/runs")
    assert audited(door) == []  # a local door has one person
    door.settings = replace(door.settings, mode="server")
    job = door.jobs.jobs("unrun")[0]
    visitor = Visitor("u9", "A. Berg", everywhere=EVERYTHING)
    assert cancel_run(door, "unrun", job.id, visitor).state == "cancelled"
    ask_run(door, "unrun", visitor)
    ask_run(door, "unrun", visitor)
    assert [(each["by"], each["state"]) for each in audited(door)] == [
        ("u9", "cancelled"),
        ("u9", "asked"),
    ]


def audited(door: Site) -> list[dict[str, str]]:
    with door.database.reading() as transaction:
        rows = transaction.rows("SELECT states FROM audit ORDER BY number")
    return [json.loads(row["states"]) for row in rows]
