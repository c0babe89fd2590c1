"""The door on a blinded study: no page that it opens names a group, the others are closed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from blinded_study import telling_words, write_telling_study
from door_fixtures import client_of
from starlette.testclient import TestClient

import exvivo
from exvivo import store
from exvivo.web.visitor import is_under_codes

PLATE = "plate%20FM"


@pytest.fixture(scope="module")
def hidden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study of telling names, run blinded; not to be changed."""
    folder = write_telling_study(tmp_path_factory.mktemp("hidden") / "demo")
    exvivo.run(folder, blinded=True)
    return folder


@pytest.fixture
def door(tmp_path: Path, hidden: Path) -> Iterator[TestClient]:
    """A client in a local door on it."""
    shutil.copytree(hidden, tmp_path / "studies" / "demo")
    with client_of(tmp_path / "studies") as client:
        assert client.get("/enter?token=once").status_code == 303
        yield client


def code_of(plate: str, folder: Path) -> str:
    from exvivo.plan.blinding import key_now

    key = key_now(folder)
    assert key is not None
    return key.names[plate]


OPENED = (
    *("/", "/s/demo", "/s/demo/check", "/s/demo/check/full", "/s/demo/report/", "/s/demo/runs"),
    *("/s/demo/runs/past", "/s/demo/runs/1/report", "/s/demo/record", "/s/demo/record/ledger"),
    *("/s/demo/record/verify", "/s/demo/wells", "/s/demo/flags", "/s/demo/exclude"),
    *("/api/v1/studies", "/api/v1/studies/demo", "/api/v1/studies/demo/check?whole=true"),
    *("/api/v1/studies/demo/answers", "/api/v1/studies/demo/wells", "/api/v1/studies/demo/flags"),
    *("/api/v1/studies/demo/exclusions", "/api/v1/studies/demo/record"),
    *("/api/v1/studies/demo/runs", "/api/v1/studies/demo/record/verified"),
)
CLOSED = (
    *("/s/demo/people", "/s/demo/plates", "/s/demo/questions", "/s/demo/files", "/s/demo/scales"),
    *("/s/demo/check/study", "/s/demo/export", "/s/demo/export/study.zip", "/s/demo/dictionary"),
    *("/s/demo/people/table-1.csv", "/api/v1/studies/demo/questions"),
    *("/api/v1/studies/demo/files", "/api/v1/studies/demo/plates"),
)


def test_no_page_that_is_open_names_a_group(door: TestClient) -> None:
    for address in OPENED:
        answer = door.get(address)
        assert answer.status_code == 200, address
        assert telling_words(answer.text) == set(), address


def test_the_wells_are_shown_under_codes(door: TestClient, hidden: Path) -> None:
    code = code_of("plate FM", hidden)
    for address in (f"/s/demo/wells/{code}", f"/s/demo/wells/{code}/A2"):
        answer = door.get(address)
        assert answer.status_code == 200, address
        assert telling_words(answer.text) == set(), address
    assert "group " in door.get(f"/s/demo/wells/{code}/A2").text


def test_pages_that_name_groups_are_closed(door: TestClient) -> None:
    for address in CLOSED:
        answer = door.get(address)
        assert answer.status_code == 403, address
        assert "blinded" in answer.text and telling_words(answer.text) == set()


def test_the_rail_has_no_page_that_is_closed(door: TestClient) -> None:
    page = door.get("/s/demo/runs").text
    assert ">Check<" in page and ">People<" not in page and ">Export<" not in page


def test_what_is_left_out_at_the_door_is_under_codes(door: TestClient, hidden: Path) -> None:
    asked = {"plate": code_of("plate FM", hidden), "wells": "A2", "reason": "bubbles"}
    preview = door.get("/s/demo/exclude/preview", params=asked)
    assert preview.status_code == 200 and telling_words(preview.text) == set()
    made = door.post("/api/v1/studies/demo/exclusions", json=asked)
    assert made.status_code == 201
    folder = Path(door.app.state.site.shelf.root) / "demo"  # type: ignore[attr-defined]
    last = (folder / "exclusions.csv").read_text("utf-8").splitlines()[-1]
    assert last.startswith("plate FM,A2")


def test_it_is_lifted_at_the_door_and_pages_open(door: TestClient) -> None:
    page = door.get("/s/demo/runs").text
    assert "Lift the blinding" in page and "Run blinded" not in page
    assert door.post("/s/demo/unblind", data={"reason": "all seen"}).status_code == 303
    page = door.get("/s/demo/runs").text
    assert "Lift the blinding" not in page and "Run blinded" in page
    assert door.get("/s/demo/people").status_code == 200


def test_a_run_is_asked_for_blinded(small_door: TestClient) -> None:
    assert small_door.post("/s/demo/runs", data={"blinded": "yes"}).status_code == 303
    folder = Path(small_door.app.state.site.shelf.root) / "demo"  # type: ignore[attr-defined]
    blinding = store.blinding(folder)
    assert blinding is not None and blinding.holds and blinding.runs == 1
    for page in ("runs/1/report", "report/", "wells", "flags"):
        assert small_door.get(f"/s/demo/{page}").status_code == 403, page
    assert telling_words(small_door.get("/s/demo/runs").text) == set()


def test_every_address_of_a_study_is_open_or_closed() -> None:
    assert is_under_codes("") and is_under_codes("exclusions/preview")
    assert not is_under_codes("plates/P1") and not is_under_codes("runsheet")
