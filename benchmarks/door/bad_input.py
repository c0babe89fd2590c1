"""What people do by mistake, and what happens to a door: many files, a huge one, names that lead
elsewhere, a full disk, a tab that is closed during a run. Each has to end in a clear message, and
nothing may be lost.
"""

from __future__ import annotations

import json
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from door_browser import ARGUMENTS, Watch, chromium
from door_server import Served, serving
from playwright.sync_api import expect, sync_playwright
from small_study import write_small_study

from benchmarks.door.pages import window
from benchmarks.door.speed import send
from benchmarks.row import Row

_MARKUP = "<img src=x onerror=alert(1)>.csv"


def rows(*, quick: bool = False) -> list[Row]:
    """Every such thing, in one door."""
    with tempfile.TemporaryDirectory(prefix="exvivo-bad-") as room:
        (root := Path(room) / "studies").mkdir()
        study = write_small_study(Path(room) / "small")
        with serving(root, template=lambda: study) as served:
            return [
                *_dropped(served, Path(room) / "dropped", 50 if quick else 500),
                *_names(served),
                *_huge(served),
                *_closed_tab(served),
                *_full(served),
            ]


def _row(what: str, holds: bool) -> Row:
    return Row(what=what, value=float(holds), unit="", bar=">= 1")


def _dropped(served: Served, folder: Path, count: int) -> Iterator[Row]:
    """A folder of many files, one of them with markup in its name."""
    folder.mkdir()
    for number in range(count - 1):
        (folder / f"reading {number:03}.csv").write_text(f"well,TNF\nA1,{number}\n", "utf-8")
    (folder / _MARKUP).write_text("well,TNF\nA1,1\n", encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        watch = Watch(served.address)
        context = window(browser, served, watch)
        page = context.new_page()
        page.goto("/new")
        begun = time.perf_counter()
        page.locator("#files-input").set_input_files(sorted(map(str, folder.iterdir())))
        expect(page.locator("#kinds").get_by_text("reading 000.csv")).to_be_visible(timeout=300_000)
        expect(page.locator("#kinds tbody tr")).to_have_count(count, timeout=300_000)
        seconds = time.perf_counter() - begun
        shown = page.locator("#kinds").get_by_text(_MARKUP).count() == 1
        context.close()
        browser.close()
    what = f"a drop of {count} files"
    yield Row(what=f"{what}: until all are told", value=seconds, unit="s")
    yield _row(f"{what}: a name with markup is shown as it is", shown and not watch.standing())


def _names(served: Served) -> Iterator[Row]:
    """Names that lead out of the study, or cannot be seen."""
    study = served.study("names")
    before = sorted(served.root.parent.rglob("*"))
    bad = ("../out.csv", "..%2f..%2fout.csv", "%2fetc%2fout.csv", "a%00b.csv", "a%0ab.csv", ".x")
    statuses = [send(served, f"/s/{study}/files/{name}", 0) for name in bad]
    refused = all(400 <= status < 500 for status in statuses)
    new = [path for path in sorted(served.root.parent.rglob("*")) if path not in before]
    written = [path for path in new if "out" in path.name or path.suffix == ".csv"]
    what = "names that lead elsewhere are refused, and nothing is written"
    yield _row(what, refused and not written)


def _huge(served: Served) -> Iterator[Row]:
    """A file of 4 GB is refused by what it says it has; one of a wrong length is cut off."""
    study = served.study("huge")
    begun = time.perf_counter()
    status = send(served, f"/s/{study}/files/huge.fcs", 1, declared=4096)
    seconds = time.perf_counter() - begun
    yield _row("a file of 4 GB is refused", status in (413, 507))
    yield Row(what="a file of 4 GB: until it is refused", value=seconds, unit="s")
    send(served, f"/s/{study}/files/torn.fcs", 1, declared=2)
    time.sleep(1)
    left = [*(served.root / study / "raw").glob("*.fcs"), *(served.root / study).rglob(".upload-*")]
    yield _row("an upload that is cut off leaves nothing", not left)


def _closed_tab(served: Served) -> Iterator[Row]:
    """A run whose page is closed is made all the same."""
    study = served.study("closed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        context = window(browser, served, Watch(served.address))
        page = context.new_page()
        page.goto(f"/s/{study}/runs")
        page.get_by_role("button", name="Run", exact=True).click()
        page.close()
        context.close()
        browser.close()
    until = time.monotonic() + 120
    states = [""]
    while states[0] not in ("done", "failed") and time.monotonic() < until:
        time.sleep(0.3)
        states = [run["state"] for run in _json(served, f"/api/v1/studies/{study}/runs")["runs"]]
    yield _row("a run is made although its tab was closed", states == ["done"])


def _full(served: Served) -> Iterator[Row]:
    """A disk that takes no more: here a limit on the size of files, which is met as an error of
    writing. What was saved before stays.
    """
    study = served.study("full")
    process = served.process.pid
    layout = served.root / study / "plates" / "P1.csv"
    before = layout.read_bytes()
    version = _json(served, f"/api/v1/studies/{study}/plates/P1")["version"]
    resource.prlimit(process, resource.RLIMIT_FSIZE, (512, resource.RLIM_INFINITY))
    try:
        uploaded = send(served, f"/s/{study}/files/more.csv", 1)
        edited = _edit(served, study, version)
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    yield _row("a full disk: an upload is answered 507", uploaded == 507)
    yield _row("a full disk: an edit is refused, and the file is as it was", edited >= 400)
    yield _row("a full disk: nothing of the study is lost", layout.read_bytes() == before)
    after = _edit(served, study, version)
    yield _row("a full disk: with room again the same edit is made", after == 200)


def _edit(served: Served, study: str, version: str) -> int:
    """Change one well; gives the status."""
    body = json.dumps({"edits": [{"where": ["A1", "donor"], "was": "FM1", "now": "FM2"}]})
    headers = {**served.headers, "If-Match": version, "Content-Type": "application/json"}
    address = served.url(f"/api/v1/studies/{quote(study)}/edits/plates/P1.csv")
    request = Request(address, data=body.encode(), headers=headers, method="POST")
    try:
        with urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except HTTPError as error:
        with suppress(OSError):
            error.close()
        return int(error.code)


def _json(served: Served, path: str) -> Any:
    with urlopen(Request(served.url(path), headers=served.headers), timeout=60) as answer:
        return json.load(answer)
