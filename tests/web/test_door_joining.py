"""A shared server as people run it: `exvivo serve` in a process of its own, and a browser with a
passkey of the browser's own making.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from door_browser import Watch
from door_server import SOURCE, stop, wait_until_it_answers

if TYPE_CHECKING:
    from door_fixtures import Axe
    from playwright.sync_api import Browser, Page

WIDTHS = (1280, 390)


@dataclass
class Shared:
    """A server on this computer: where people reach it, and its folder of studies."""

    origin: str
    root: Path

    def invitation(self, name: str) -> str:
        """The link that `exvivo serve --invite` prints, while the server runs."""
        command = [*_command(self.root, self.origin), "--invite", name]
        done = subprocess.run(command, env=_environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[-1]


def _command(root: Path, origin: str) -> list[str]:
    return [sys.executable, "-m", "exvivo", "serve", str(root), "--origin", origin]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONUNBUFFERED": "1"}


def free_port() -> int:
    with socket.socket() as looking:
        looking.bind(("127.0.0.1", 0))
        port: int = looking.getsockname()[1]
        return port


@contextmanager
def serving(root: Path) -> Iterator[Shared]:
    port = free_port()
    origin = f"http://localhost:{port}"
    command = [*_command(root, origin), "--listen", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, env=_environment(), stdout=subprocess.PIPE, text=True)
    try:
        wait_until_it_answers(origin)
        yield Shared(origin, root)
    finally:
        stop(process)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Shared]:
    for name, title in (("img-atp", "TNF response of iMG to ATP"), ("pilot", "Pilot, 2025")):
        (tmp_path / "studies" / name).mkdir(parents=True)
        (tmp_path / "studies" / name / "study.yaml").write_text(f"exvivo: 1\ntitle: {title}\n")
    with serving(tmp_path / "studies") as made:
        yield made


@contextmanager
def window(browser: Browser, server: Shared) -> Iterator[Page]:
    """A window with a device that makes passkeys; what goes wrong in it fails the test."""
    context = browser.new_context(base_url=server.origin, reduced_motion="reduce", locale="en-GB")
    context.set_default_timeout(20_000)
    watch = Watch(server.origin)
    watch.on(context)
    page = context.new_page()
    _give_device(page)
    yield page
    context.close()
    assert watch.standing() == []


def _give_device(page: Page) -> None:
    """A device that confirms by itself."""
    debugger = page.context.new_cdp_session(page)
    debugger.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    debugger.send("WebAuthn.addVirtualAuthenticator", {"options": device})


def looked_at(page: Page, axe: Axe, name: str) -> None:
    """No finding of axe, no page wider than its window, and a picture where one is asked for."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert axe(page) == [], f"{name} at {width}"
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{name} at {width}: {wide} px too wide"
        if folder := os.environ.get("EXVIVO_PICTURES"):
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


def test_a_group_begins_in_the_browser(server: Shared, browser: Browser, axe: Axe) -> None:
    invitation = server.invitation("Sam Steward")
    with window(browser, server) as page:  # a look takes the device away
        page.goto("/")
        page.get_by_role("heading", name="Sign in").wait_for()
        looked_at(page, axe, "sign-in")
        page.goto(invitation)
        page.get_by_role("heading", name="Welcome, Sam Steward").wait_for()
        looked_at(page, axe, "invitation")
    with window(browser, server) as page:
        page.goto(invitation)
        page.get_by_label("Name of this device").fill("laptop")
        page.get_by_role("button", name="Make a passkey").click()
        page.get_by_role("heading", name="Studies").wait_for()
        page.goto("/admin")
        page.get_by_label("Name", exact=True).fill("Ada Analyst")
        page.locator("#f-role").select_option("analyst")
        page.locator("#f-study").select_option("img-atp")
        page.get_by_role("button", name="Make an invitation").click()
        link = page.locator("code.link").inner_text()
        looked_at(page, axe, "admin")
        with window(browser, server) as other:
            other.goto(link)
            other.get_by_role("button", name="Make a passkey").click()
            other.get_by_role("heading", name="Studies").wait_for()
            assert other.get_by_text("TNF response of iMG to ATP").is_visible()
            assert not other.get_by_text("Pilot, 2025").count()
            other.get_by_role("button", name="Sign out").click()
            other.get_by_role("button", name="Sign in with a passkey").click()
            other.get_by_role("heading", name="Studies").wait_for()
            other.goto("/account")
            looked_at(other, axe, "account")
        page.goto("/admin")
        page.get_by_text("Change").first.click()
        looked_at(page, axe, "admin-people")
        page.goto("/admin/audit")
        looked_at(page, axe, "audit")
        page.goto("/invitation/nothing")
        looked_at(page, axe, "no-invitation")


def test_a_refused_passkey_is_said(server: Shared, browser: Browser) -> None:
    """A device that has no passkey for this server."""
    with window(browser, server) as page:
        page.goto("/sign-in")
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.get_by_role("alert").filter(has_text="No passkey was used").wait_for()
