"""The fixtures of the door's tests themselves: what they are to notice, they notice."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from door_browser import Watch
    from door_fixtures import Axe, DoorAs
    from door_server import Served
    from playwright.sync_api import Browser, Page
    from starlette.testclient import TestClient

BAD = b"""<!doctype html><html><head><title>bad</title></head><body>
<img src="http://localhost:9/none.png"><button></button><p style="color: red">styled</p>
<script>throw Error('inline')</script><script src="/missing.js"></script></body></html>"""


class _Bad(BaseHTTPRequestHandler):
    """A page with every fault that the watch knows."""

    def do_GET(self) -> None:
        is_page = self.path == "/"
        self.send_response(200 if is_page else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Security-Policy", "default-src 'none'; script-src 'self'")
        self.end_headers()
        self.wfile.write(BAD if is_page else b"")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def bad_site() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Bad)
    thread = Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_watch_and_axe_notice_what_is_wrong(browser: Browser, bad_site: str, axe: Axe) -> None:
    from door_browser import Watch

    watch, context = Watch(bad_site), browser.new_context()
    watch.on(context)
    page = context.new_page()
    page.goto(bad_site)
    findings = axe(page)
    context.close()
    noticed = "\n".join(watch.standing())
    assert "policy violated: style-src-attr" in noticed
    assert "policy violated: script-src-elem inline" in noticed
    assert "http://localhost:9/none.png" in noticed
    assert "404 for script" in noticed
    assert any(each.startswith("button-name") for each in findings)
    watch.allow("")
    assert watch.standing() == []


def test_a_served_door_is_entered(page: Page, served: Served, axe: Axe) -> None:
    study = served.study()
    page.goto(f"/s/{study}")
    assert page.locator("h1").count() == 1
    assert axe(page) == []


def test_a_missing_page_is_no_complaint(page: Page, watch: Watch) -> None:
    answer = page.goto("/nothing")
    assert answer is not None and answer.status == 404
    assert watch.standing() == []


def test_the_client_is_in(door: TestClient, studies: Path) -> None:
    assert door.get("/s/demo").status_code == 200
    assert (studies / "demo" / "results" / "report.html").is_file()


def test_the_quick_door_is_quick(quick_door: TestClient, unrun: Path) -> None:
    assert quick_door.get("/s/unrun").status_code == 200
    assert not (unrun / "results").exists()


def test_somebody_with_a_role_is_in_the_demo_only(door_as: DoorAs) -> None:
    from exvivo.web.visitor import Role

    assert door_as(Role.VIEWER).get("/s/demo").status_code == 200
    assert door_as(None).get("/s/demo").status_code == 404
