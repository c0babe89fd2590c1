"""Every route of a study with every role: what a role may not do is refused before anything is
looked at, and a study without a part in it is not there. Made of the routes of the door.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from door_routes import routes_of

from exvivo.web.visitor import PERMISSIONS, Needs, Role

if TYPE_CHECKING:
    from door_fixtures import DoorAs

_OF_ADDRESS = {"study": "demo", "file": "study.yaml", "audience": "team", "kind": "svg"}


def address(path: str) -> str:
    """An address of a route; numbers and names that need not be there."""
    return re.sub(r"\{(\w+)(:path)?\}", lambda part: _OF_ADDRESS.get(part[1], "1"), path)


@pytest.mark.parametrize("role", [None, *Role], ids=lambda role: role.value if role else "nobody")
def test_what_a_role_may_not_do_is_refused(small_as: DoorAs, role: Role | None) -> None:
    client = small_as(role)
    may = PERMISSIONS[role] if role else frozenset()
    refused = 0
    for route in routes_of(client.app):  # type: ignore[arg-type]
        assert route.guard is not None, f"{route.path} states nobody who may use it"
        permission = route.guard.permission if isinstance(route.guard, Needs) else None
        if permission is None or permission in may:
            continue
        expected = 404 if role is None and "{study}" in route.path else 403
        answer = client.request(route.method, address(route.path))
        assert answer.status_code == expected, (route.method, route.path)
        refused += 1
    assert refused or role is Role.COORDINATOR
