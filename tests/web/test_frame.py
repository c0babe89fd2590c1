"""The frame of the door: who gets in, which requests are answered, and what every page carries."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from exvivo.study.files import UNTITLED
from exvivo.web.app import make_app
from exvivo.web.render import STATIC
from exvivo.web.settings import Mode, Settings


@pytest.fixture
def closed(tmp_path: Path) -> TestClient:
    """A door that nobody has opened yet."""
    study = tmp_path / "studies" / "mine"
    study.mkdir(parents=True)
    (study / "study.yaml").write_text("exvivo: 1\ntitle: <b>Mine</b>\n", encoding="utf-8")
    settings = Settings(
        tmp_path / "studies", tmp_path / "state", hosts=("testserver",), token="once"
    )
    return TestClient(make_app(settings), follow_redirects=False)


@pytest.fixture
def opened(closed: TestClient) -> TestClient:
    """A door that was opened with its token."""
    assert closed.get("/enter?token=once").status_code == 303
    return closed


def test_nobody_gets_in_without_the_token(closed: TestClient) -> None:
    away = closed.get("/s/mine")
    assert (away.status_code, away.headers["location"]) == (303, "/enter?to=%2Fs%2Fmine")
    assert closed.get("/enter?token=twice").status_code == 401
    assert closed.get("/").status_code == 303


def test_the_token_opens_once(closed: TestClient) -> None:
    first = closed.get("/enter?token=once&to=/s/mine")
    assert first.headers["location"] == "/s/mine"
    cookie = first.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    closed.cookies.clear()
    assert closed.get("/enter?token=once").status_code == 401


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_the_entrance_leads_nowhere_else(closed: TestClient, to: str) -> None:
    assert closed.get("/enter", params={"token": "once", "to": to}).headers["location"] == "/"


def test_a_study_without_a_title_has_its_name(opened: TestClient, tmp_path: Path) -> None:
    for file in tmp_path.rglob("study.yaml"):
        file.write_text(f"exvivo: 1\ntitle: {json.dumps(UNTITLED)}\n", encoding="utf-8")
    assert UNTITLED not in opened.get("/").text


def test_a_title_adds_no_markup(opened: TestClient) -> None:
    assert "&lt;b&gt;Mine&lt;/b&gt;" in opened.get("/").text


@pytest.mark.parametrize("study", ["none", "%2E%2E", ".hidden", "mine%2F..", "a%00b"])
def test_a_study_that_is_not_there_is_404(opened: TestClient, study: str) -> None:
    assert opened.get(f"/s/{study}").status_code == 404


def test_another_host_is_not_answered(opened: TestClient) -> None:
    assert opened.get("/", headers={"host": "evil.example"}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "same-origin", "origin": "http://evil.example"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
    ],
)
def test_another_site_changes_nothing(opened: TestClient, headers: dict[str, str]) -> None:
    assert opened.post("/", headers=headers).status_code == 403


@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "same-origin"}])
def test_our_own_pages_may(opened: TestClient, headers: dict[str, str]) -> None:
    assert opened.post("/", headers=headers).status_code == 405  # there is no such form


@pytest.mark.parametrize("path", ["/", "/enter", "/s/none", "/static/door.css", "/nothing"])
def test_every_answer_binds_the_browser(opened: TestClient, path: str) -> None:
    headers = opened.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("origin", "secure"), [("https://lab.example", True), ("", False)])
def test_a_server_behind_https_is_asked_for_nothing_without_it(
    tmp_path: Path, origin: str, secure: bool
) -> None:
    mode: Mode = "server" if origin else "local"
    settings = Settings(tmp_path, tmp_path / "state", mode, hosts=("testserver",), origin=origin)
    headers = TestClient(make_app(settings)).get("/static/door.css").headers
    assert ("strict-transport-security" in headers) is secure


def test_what_is_vendored_is_what_was_taken() -> None:
    lines = (STATIC / "HASHES").read_text("utf-8").splitlines()
    for digest, name, *_ in map(str.split, lines):
        assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == digest
