"""The pictures of the docs. They are taken anew where EXVIVO_PICTURES=1; else it is only held that
each one that a page shows is there, and small.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from door_server import Served
    from playwright.sync_api import Page

DOCS = Path(__file__).parents[2] / "docs"
PICTURES = DOCS / "figures" / "door"
LARGEST = 160_000
OF_DEMO = {
    "studies": "/",
    "files": "/s/{study}/files",
    "people": "/s/{study}/people",
    "plate": "/s/{study}/plates/B1",
    "runs": "/s/{study}/runs",
    "well": "/s/{study}/wells/Q1/A1",
    "record": "/s/{study}/record",
}
_ANEW = os.environ.get("EXVIVO_PICTURES") == "1"


def test_every_picture_of_a_page_is_there_and_small() -> None:
    shown = {
        (page.parent / name).resolve()
        for page in (DOCS / "door").glob("*.md")
        for name in re.findall(r"!\[[^]]+\]\(([^)]+\.png)\)", page.read_text("utf-8"))
    }
    assert shown == {path.resolve() for path in PICTURES.glob("*.png")}
    assert max(path.stat().st_size for path in shown) <= LARGEST


@pytest.mark.skipif(not _ANEW, reason="pictures are taken with EXVIVO_PICTURES=1")
def test_pictures_are_taken(page: Page, served: Served, shared_data: Path) -> None:
    from door_browser import screenshot

    from benchmarks.door.gestures import Hand, begin

    page.set_viewport_size({"width": 1080, "height": 760})
    study = served.study("SIMULATED model study")
    for name, address in OF_DEMO.items():
        page.goto(address.format(study=study))
        page.wait_for_load_state("networkidle")
        screenshot(page, PICTURES / f"{name}.png")

    def take(name: str) -> None:
        page.evaluate("window.scrollTo(0, 0)")
        screenshot(page, PICTURES / f"{name}.png")

    page.goto("/")
    begin(Hand(page, before_draft=lambda: take("new")))
    take("open")
