"""Every page of a study as a browser shows it: found by the routes of the door, looked at with axe
and held against the width of the window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from door_browser import axe_findings
from fastapi import FastAPI

from exvivo.web.pages import ROUTERS
from exvivo.web.routes import routes_of

if TYPE_CHECKING:
    from door_server import Served
    from playwright.sync_api import Page

WIDE, NARROW = 1280, 390
_DEEPER = (
    "/plates/{plate}",
    "/wells/{plate}",
    "/wells/{plate}/{well}",
    "/questions/new",
)
"""Pages of a study whose address names more than the study."""


@dataclass(frozen=True)
class Seen:
    """A page that was looked at, and what is wrong with it."""

    address: str
    width: int
    wrong: tuple[str, ...]


def pages_of(served: Served, study: str, plate: str, well: str) -> list[str]:
    """The addresses of all pages of a study that a browser can open, and of those about no study
    where `study` is empty.
    """
    return [each for each in _addresses(study, plate, well) if _is_page(served, each)]


def _addresses(study: str, plate: str, well: str) -> Iterator[str]:
    app = FastAPI()
    for router in ROUTERS:
        app.include_router(router)
    paths = dict.fromkeys(route.path for route in routes_of(app) if route.method == "GET")
    if not study:
        yield from (path for path in paths if "{" not in path)
        return
    base = f"/s/{quote(study)}"
    own = [path.removeprefix("/s/{study}") for path in paths if path.startswith("/s/{study}")]
    for path in dict.fromkeys((*own, *_DEEPER)):
        whole = path.replace("{plate}", plate).replace("{well}", well)
        if "{" not in whole:
            yield base + whole


def _is_page(served: Served, address: str) -> bool:
    """Whether a whole page is there: no download, no part for htmx, no stream."""
    request = Request(served.url(address), headers={**served.headers, "Accept": "text/html"})
    try:
        with urlopen(request, timeout=60) as answer:
            is_html = bool(answer.headers.get_content_type() == "text/html")
            return is_html and bytes(answer.read(20)).lower().startswith(b"<!doctype html")
    except HTTPError as error:
        error.close()
        return False


def looked_at(
    page: Page, addresses: Sequence[str], widths: Sequence[int], *, axe_at: Sequence[int]
) -> list[Seen]:
    """Each page at each width: what axe has against it (at some of the widths, as it takes longest),
    what is wider than the window, how many headings of the first order it has.
    """
    seen: list[Seen] = []
    for address in addresses:
        page.set_viewport_size({"width": widths[0], "height": 900})
        page.goto(address)
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            seen.append(Seen(address, width, tuple(_wrong(page, with_axe=width in axe_at))))
    return seen


def _wrong(page: Page, *, with_axe: bool) -> Iterator[str]:
    yield from axe_findings(page) if with_axe else ()
    over = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    if over > 1:
        yield f"{over} px wider than the window"
    headings = page.locator("h1").count()
    if headings != 1:
        yield f"{headings} headings of the first order"
