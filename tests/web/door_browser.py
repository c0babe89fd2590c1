"""What a browser test watches: violations of the policy, errors of scripts, requests to elsewhere;
and axe, the checker of accessibility.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
_WATCHER = """
document.addEventListener('securitypolicyviolation', (event) =>
  console.debug('policy violated: ' + event.violatedDirective + ' ' + event.blockedURI + ' '
    + event.sourceFile + ':' + event.lineNumber));
"""
_NO_RESOURCE = "Failed to load resource"  # told by the response, with its address


def needed(what: str, how: str) -> Any:
    """Skip, as something a test needs is not here; fail where everything must be (CI)."""
    if os.environ.get("EXVIVO_ALL_SERVICES") == "1":
        pytest.fail(f"{what} is not here, and EXVIVO_ALL_SERVICES=1 says that it must be: {how}")
    pytest.skip(f"{what} is not here: {how}")


def chromium() -> str:
    """The browser of the system."""
    paths = [path for path in CHROMIUM if Path(path).exists()]
    return paths[0] if paths else needed("Chromium", "apt-get install chromium")


def axe_source() -> str:
    """The text of axe-core, which a package for Playwright carries."""
    try:
        return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    except ModuleNotFoundError:
        return str(needed("axe-core", "pip install axe-playwright-python"))


@dataclass
class Watch:
    """What went wrong in a context of the browser, whoever looks."""

    origin: str
    complaints: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def on(self, context: BrowserContext) -> None:
        """Watch a context from now on."""
        context.add_init_script(_WATCHER)
        context.on("console", self._console)
        context.on("weberror", lambda error: self._note(f"script: {error.error}"))
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("requestfailed", self._failed)

    def allow(self, part: str) -> None:
        """Let a complaint pass that holds this text: what a test does on purpose."""
        self.allowed.append(part)

    def standing(self) -> list[str]:
        """The complaints that nobody allowed."""
        return [c for c in self.complaints if not any(part in c for part in self.allowed)]

    def _note(self, complaint: str) -> None:
        self.complaints.append(complaint)

    def _console(self, message: ConsoleMessage) -> None:
        text = message.text
        violated = text.startswith("policy violated")
        if violated or (message.type in ("error", "warning") and _NO_RESOURCE not in text):
            self._note(f"{message.type}: {text}")

    def _request(self, request: Request) -> None:
        ours = (self.origin, "data:", "blob:", "about:")
        if not request.url.startswith(ours):
            self._note(f"request to elsewhere: {request.url}")

    def _response(self, response: Response) -> None:
        """A part of a page that is not there, and any fault of ours."""
        kind, status = response.request.resource_type, response.status
        of_page = kind in ("stylesheet", "script", "image", "font", "manifest", "other")
        if status >= 500 or (status >= 400 and of_page):
            self._note(f"{status} for {kind}: {response.url}")

    def _failed(self, request: Request) -> None:
        """A request that was cut off, unless a page was left meanwhile."""
        if request.failure not in (None, "net::ERR_ABORTED"):
            self._note(f"{request.failure}: {request.url}")


def axe_findings(page: Page, *, without: Sequence[str] = ()) -> list[str]:
    """What axe has against the page as it stands: each rule with the places, empty if nothing.

    The script goes in through the debugger, so that the policy of the page stands.
    """
    debugger = page.context.new_cdp_session(page)
    try:
        has_axe = debugger.send("Runtime.evaluate", {"expression": "typeof axe === 'object'"})
        if not has_axe["result"].get("value"):
            debugger.send("Runtime.evaluate", {"expression": axe_source(), "silent": True})
        rules = {name: {"enabled": False} for name in without}
        options = {"resultTypes": ["violations"], "rules": rules}
        found = page.evaluate("(options) => axe.run(document, options)", options)
    finally:
        debugger.detach()
    return [_finding(each) for each in found["violations"]]


def _finding(violation: dict[str, Any]) -> str:
    places = [" ".join(map(str, node["target"])) for node in violation["nodes"]]
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    return f"{violation['id']} ({violation['help']}): {'; '.join(places[:3])}{more}"


def screenshot(page: Page, path: Path) -> None:
    """A small picture of what the window shows: PNG of 256 colours would need a package, so the
    size is what the viewport makes it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, animations="disabled", caret="hide", scale="css")
