"""What the tests of the door share.

`studies` is a folder of studies with one of them, `demo`, as `exvivo demo` leaves it; `door` is a
client that is in a door on it; `door_as` gives one as somebody in a role. `small_door` and
`small_as` are the same with a study of one plate, which is much quicker to have. `served` is a door in a
process of its own, and `page` a page of Chromium that is in it: after each test nothing may stand
against the policy of the page, no error of a script, no request to elsewhere. `axe(page)` gives
what the checker of accessibility has against it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import exvivo

if TYPE_CHECKING:
    from door_browser import Watch
    from door_server import Served
    from fastapi import Request
    from playwright.sync_api import Browser, BrowserContext, Page
    from starlette.testclient import TestClient

    from exvivo.web.visitor import Role, Visitor

Axe = Callable[["Page"], list[str]]
DoorAs = Callable[["Role | None"], "TestClient"]


@pytest.fixture(scope="session")
def demo_folder(demo: exvivo.Result) -> Path:
    """The demo with its results; not to be changed."""
    return demo.report.parents[1]


@pytest.fixture(scope="session")
def unrun_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo before its first run; not to be changed. Much quicker to have than the other."""
    from numpy.random import default_rng

    from exvivo.simulate import model_study, write

    folder = tmp_path_factory.mktemp("unrun") / "study"
    write(model_study(rng=default_rng(1)), folder)
    return folder


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of one plate, run once; not to be changed. A run of it costs a second, a check 50
    ms.
    """
    from small_study import write_small_study

    folder = write_small_study(tmp_path_factory.mktemp("small") / "study")
    exvivo.run(folder)
    return folder


@pytest.fixture
def studies(tmp_path: Path, demo_folder: Path) -> Path:
    """A folder of studies that holds `demo`, with results."""
    shutil.copytree(demo_folder, tmp_path / "studies" / "demo")
    return tmp_path / "studies"


@pytest.fixture
def unrun(tmp_path: Path, unrun_folder: Path) -> Path:
    """The study `unrun` in the folder of studies: the demo before its first run."""
    folder = tmp_path / "studies" / "unrun"
    shutil.copytree(unrun_folder, folder)
    return folder


@pytest.fixture
def door(studies: Path) -> Iterator[TestClient]:
    """A client in a local door on `studies`. Redirections are not followed."""
    with client_of(studies) as client:
        assert client.get("/enter?token=once").status_code == 303
        yield client


@pytest.fixture
def quick_door(unrun: Path) -> Iterator[TestClient]:
    """A client in a local door that holds only `unrun`: nothing has to be run for it."""
    with client_of(unrun.parent) as client:
        assert client.get("/enter?token=once").status_code == 303
        yield client


@pytest.fixture
def small_door(tmp_path: Path, small_folder: Path) -> Iterator[TestClient]:
    """A client in a local door whose `demo` is the small study, run once."""
    shutil.copytree(small_folder, tmp_path / "studies" / "demo")
    with client_of(tmp_path / "studies") as client:
        assert client.get("/enter?token=once").status_code == 303
        yield client


@pytest.fixture
def door_as(studies: Path) -> Iterator[DoorAs]:
    """Clients in a door on `studies` as somebody with a role in `demo`; None: with a role in
    another study only.
    """
    with ExitStack() as open_doors:
        yield lambda role: open_doors.enter_context(client_as(role, studies))


@pytest.fixture
def small_as(tmp_path: Path, small_folder: Path) -> Iterator[DoorAs]:
    """As `door_as`, in a door whose `demo` is the small study."""
    shutil.copytree(small_folder, tmp_path / "studies" / "demo")
    with ExitStack() as open_doors:
        yield lambda role: open_doors.enter_context(client_as(role, tmp_path / "studies"))


def client_as(role: Role | None, root: Path) -> TestClient:
    """A client of a door as somebody with a role in `demo`."""
    client = client_of(root)
    client.app.state.site.keeper = FixedKeeper(role)  # type: ignore[attr-defined]
    return client


def client_of(root: Path) -> TestClient:
    """A client of a local door that nobody has opened."""
    from starlette.testclient import TestClient

    from exvivo.web.app import make_app
    from exvivo.web.settings import Settings

    state = root.parent / "state"
    settings = Settings(root, state, hosts=("testserver",), token="once")
    return TestClient(make_app(settings), follow_redirects=False, raise_server_exceptions=False)


class FixedKeeper:
    """Knows one visitor: somebody with a role."""

    entrance = "/sign-in"

    def __init__(self, role: Role | None) -> None:
        self.role = role

    def visitor(self, request: Request) -> Visitor | None:
        """That visitor, whoever asks."""
        from exvivo.web.visitor import PERMISSIONS, Role, Visitor

        if self.role is None:
            return Visitor("u0", "nobody here", roles={"another": Role.COORDINATOR})
        if self.role is Role.STEWARD:
            return Visitor("u1", "steward", everywhere=PERMISSIONS[Role.STEWARD])
        return Visitor("u2", self.role.value, roles={"demo": self.role})

    def made(self, visitor: Visitor, study: str) -> None:
        """Nothing to note."""


@pytest.fixture(scope="session")
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A door in a process of its own. `served.study()` puts a new copy of the demo into it, with
    results; `served.study(of=unrun_folder)` is quicker where they are not needed.
    """
    from door_server import serving

    root = tmp_path_factory.mktemp("served") / "studies"
    root.mkdir()
    with serving(root, template=lambda: request.getfixturevalue("demo_folder")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a process."""
    from door_browser import ARGUMENTS, chromium
    from playwright.sync_api import sync_playwright

    path = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield started
        started.close()


@pytest.fixture
def watch(served: Served) -> Watch:
    """What went wrong in the browser during a test; `watch.allow(text)` lets something pass."""
    from door_browser import Watch

    return Watch(served.address)


@pytest.fixture
def window(browser: Browser, served: Served, watch: Watch) -> Iterator[BrowserContext]:
    """A window of the browser whose visitor is in the door; what goes wrong in it fails the
    test.
    """
    context = browser.new_context(
        base_url=served.address,
        viewport={"width": 1280, "height": 900},
        locale="en-GB",
        reduced_motion="reduce",
    )
    name, value = served.cookie
    context.add_cookies([{"name": name, "value": value, "url": served.address}])
    context.set_default_timeout(15_000)
    watch.on(context)
    yield context
    context.close()
    assert watch.standing() == []


@pytest.fixture
def page(window: BrowserContext) -> Page:
    """A page in the door: `page.goto("/s/" + served.study())`."""
    return window.new_page()


@pytest.fixture(scope="session")
def axe() -> Axe:
    """The checker of accessibility: `assert axe(page) == []`."""
    from door_browser import axe_findings

    return axe_findings
