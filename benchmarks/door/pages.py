"""Every page in each of its states at both widths: accessibility, the policy of the pages, requests
to elsewhere, and how wide they are.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from door_browser import ARGUMENTS, Watch, chromium
from door_pages import NARROW, WIDE, Seen, looked_at, pages_of
from door_server import Served, serving
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from small_study import write_broken_study, write_large_study, write_small_study

from benchmarks.row import Row
from exvivo import run

_BOTH = (WIDE, NARROW)


def rows(*, quick: bool = False) -> list[Row]:
    """Pages without a study, and of a study that was never run, was run, is broken, is large."""
    with (
        tempfile.TemporaryDirectory(prefix="exvivo-pages-") as room,
        sync_playwright() as playwright,
    ):
        root = Path(room) / "studies"
        root.mkdir()
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        with serving(root) as served:
            watch = Watch(served.address)
            context = window(browser, served, watch)
            seen = _empty(context, served)
            for state in _states(root, quick=quick):
                page = context.new_page()
                seen += looked_at(page, pages_of(served, state, "P1", "A1"), _BOTH, axe_at=_BOTH)
                page.close()
            context.close()
        browser.close()
    return list(_rows(seen, watch))


def window(browser: Browser, served: Served, watch: Watch) -> BrowserContext:
    """A window of the browser whose visitor is in the door, and that is watched."""
    context = browser.new_context(base_url=served.address, reduced_motion="reduce", locale="en-GB")
    name, value = served.cookie
    context.add_cookies([{"name": name, "value": value, "url": served.address}])
    context.set_default_timeout(60_000)
    watch.on(context)
    return context


def _empty(context: BrowserContext, served: Served) -> list[Seen]:
    """The pages of no study, while the door has none."""
    page = context.new_page()
    seen = looked_at(page, pages_of(served, "", "", ""), _BOTH, axe_at=_BOTH)
    page.close()
    return seen


def _states(root: Path, *, quick: bool) -> Iterator[str]:
    write_small_study(root / "never-run")
    yield "never-run"
    write_broken_study(root / "broken")
    yield "broken"
    run(write_small_study(root / "run"))
    yield "run"
    if not quick:
        run(write_large_study(root / "large"))
        yield "large"


def _rows(seen: list[Seen], watch: Watch) -> Iterator[Row]:
    for each in seen:
        for wrong in each.wrong:
            print(f"  {each.address} at {each.width}: {wrong}")
    for complaint in watch.standing():
        print(f"  {complaint}")
    bad = sum(bool(each.wrong) for each in seen)
    yield Row(what="pages looked at, at 1280 and 390 px", value=len(seen), unit="")
    yield Row(what="pages with a finding of axe, or too wide", value=bad, unit="", bar="<= 0")
    elsewhere = [c for c in watch.standing() if c.startswith("request to elsewhere")]
    yield Row(what="requests to elsewhere", value=len(elsewhere), unit="", bar="<= 0")
    others = len(watch.standing()) - len(elsewhere)
    yield Row(what="violations of the policy, errors of scripts", value=others, unit="", bar="<= 0")
