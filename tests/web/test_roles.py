"""Every route against every role: each route says what it needs, who lacks it is refused, and a
study in which somebody has no part is not there for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from door_fixtures import client_of

from exvivo.web.app import make_app
from exvivo.web.routes import RouteOf, routes_of
from exvivo.web.settings import Settings
from exvivo.web.visitor import PERMISSIONS, Needs, Open, Role

if TYPE_CHECKING:
    from door_fixtures import DoorAs
    from starlette.testclient import TestClient

_OPEN = {"/enter", "/sign-in", "/sign-out", "/invitation"}
"""Where somebody may come who is not signed in."""


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[RouteOf]:
    """Every route of a door."""
    room = tmp_path_factory.mktemp("routes")
    return routes_of(make_app(Settings(room, room / "state", hosts=("testserver",))))


def needed(routes: list[RouteOf]) -> Iterator[tuple[RouteOf, Needs]]:
    """The routes that need a visitor, and what they need."""
    for route in routes:
        if isinstance(route.guard, Needs):
            yield route, route.guard


def address(route: RouteOf) -> str:
    """An address of a route, in the study `demo`."""
    plain = route.path.replace("{study}", "demo")
    return re.sub(r"\{(\w+)(:path)?\}", "1", plain)


def answered(client: TestClient, route: RouteOf) -> int:
    """How a request of somebody is answered."""
    return client.request(route.method, address(route)).status_code


def test_every_route_says_what_it_needs(routes: list[RouteOf]) -> None:
    assert len(routes) > 100
    assert [route for route in routes if route.guard is None] == []


def test_only_entrances_are_open_to_all(routes: list[RouteOf]) -> None:
    unguarded = {route.path for route in routes if isinstance(route.guard, Open)}
    assert {"/" + path.split("/")[1] for path in unguarded} <= _OPEN


def test_all_of_a_study_needs_a_part_in_it(routes: list[RouteOf]) -> None:
    of_studies = [(route, guard) for route, guard in needed(routes) if "{study}" in route.path]
    assert [route.path for route, guard in of_studies if guard.permission is None] == []


@pytest.mark.parametrize("role", Role)
def test_who_lacks_what_a_route_needs_is_refused(
    role: Role, routes: list[RouteOf], small_as: DoorAs
) -> None:
    client = small_as(role)
    lacking = [
        route
        for route, guard in needed(routes)
        if guard.permission and guard.permission not in PERMISSIONS[role]
    ]
    assert lacking
    refused = {route.path: answered(client, route) for route in lacking}
    in_no_study = {path for path in refused if "{study}" not in path}
    assert {path: code for path, code in refused.items() if code != 403} == {}
    assert role is Role.STEWARD or in_no_study  # the server is the steward's


def test_a_study_without_a_part_is_not_there(routes: list[RouteOf], small_as: DoorAs) -> None:
    client = small_as(None)
    of_studies = [route for route, _ in needed(routes) if "{study}" in route.path]
    answers = {(route.method, route.path): answered(client, route) for route in of_studies}
    assert {route: code for route, code in answers.items() if code != 404} == {}


def test_nobody_gets_anywhere_unknown(routes: list[RouteOf], tmp_path: Path) -> None:
    (tmp_path / "studies" / "demo").mkdir(parents=True)
    (tmp_path / "studies" / "demo" / "study.yaml").write_text("exvivo: 1\ntitle: x\n")
    client = client_of(tmp_path / "studies")
    answers = {(route.method, route.path): answered(client, route) for route, _ in needed(routes)}
    assert {route: code for route, code in answers.items() if code not in (303, 401)} == {}
