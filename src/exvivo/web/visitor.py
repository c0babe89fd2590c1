"""Who is at the door, and what they may do there: roles, permissions, and the dependency by which
every route states the one that it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from fastapi import Depends, Request

from exvivo.errors import ExvivoError
from exvivo.web.shelf import NoStudy


class Permission(Enum):
    """What a route may need, each in the words of the docs."""

    READ = "read the summary and the report for the team"
    WORK = "see and change files, plates and questions"
    IDENTIFY = "see and change the tables of people, and the report with their identifiers"
    DECIDE = "leave wells out, keep flags, lock, withdraw"
    RUN = "start and cancel runs"
    EXPORT = "take results away"
    STEWARD = "manage users, roles and jobs"


class Role(Enum):
    """What a person is in a study, or on the whole server (steward)."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    COORDINATOR = "coordinator"
    STEWARD = "steward"


_ANALYST = frozenset(
    {Permission.READ, Permission.WORK, Permission.DECIDE, Permission.RUN, Permission.EXPORT}
)
PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.READ}),
    Role.ANALYST: _ANALYST,
    Role.COORDINATOR: _ANALYST | {Permission.IDENTIFY},
    Role.STEWARD: frozenset(
        {Permission.READ, Permission.DECIDE, Permission.EXPORT, Permission.STEWARD}
    ),
}
EVERYTHING = frozenset(Permission)


class NotSignedIn(ExvivoError):
    """Nobody is signed in, and the route is not open to everybody."""


class NotAllowed(ExvivoError):
    """The visitor may be here, and not do this."""

    def __init__(self, permission: Permission) -> None:
        super().__init__(permission.value)
        self.permission = permission


class NotBlinded(ExvivoError):
    """What was asked for names the groups of a study that is blinded."""


_UNDER_CODES = (
    *("check", "check/full", "report", "runs", "record", "wells", "flags", "exclude", "keep"),
    *("put-back", "unblind", "answers", "kept", "exclusions"),
)
"""What stands behind the study in the addresses of pages, and of the API, that show a blinded study
under its codes; what lies below them does too, but for what is listed under `_NAMING`.
"""
_NAMING = ("check/study",)
_OF_RESULTS = frozenset({"report", "answers", "wells", "flags", "keep", "kept"})
"""What is made of the last results: closed until a blinded run has made them anew."""


def is_under_codes(rest: str) -> bool:
    """Whether an address, by what stands behind the study, may be shown of a blinded study.

    >>> [is_under_codes(rest) for rest in ("", "runs/3/report", "people", "check/study")]
    [True, True, False, False]
    """
    if not rest:
        return True
    return rest not in _NAMING and any(f"{rest}/".startswith(f"{part}/") for part in _UNDER_CODES)


@dataclass(frozen=True)
class Visitor:
    """Whoever asks: an id and a name, the role in each study, and `everywhere`, what they may do
    without regard to a study (all of it for the person who opened a local door; the permissions of
    a steward on a server).
    """

    user: str
    name: str
    roles: Mapping[str, Role] = field(default_factory=dict)
    everywhere: frozenset[Permission] = frozenset()

    def may(self, permission: Permission, study: str = "") -> bool:
        """Whether a permission is theirs, in a study or outside of all."""
        return permission in self.permissions(study)

    @property
    def may_begin(self) -> bool:
        """Whether they may begin a study: who works in one, or runs the server."""
        parts = [self.everywhere, *(PERMISSIONS[role] for role in self.roles.values())]
        return any(part & {Permission.WORK, Permission.STEWARD} for part in parts)

    def permissions(self, study: str = "") -> frozenset[Permission]:
        """All that is theirs in a study, or outside of all."""
        role = self.roles.get(study) if study else None
        return self.everywhere | (PERMISSIONS[role] if role else frozenset())


class Keeper(Protocol):
    """Whoever knows the visitors of a door: the holder of the one-time token, or the sign-in of a
    server.
    """

    @property
    def entrance(self) -> str:
        """Where somebody who is not signed in is sent."""

    def visitor(self, request: Request) -> Visitor | None:
        """Who asks; None where nobody is signed in."""

    def made(self, visitor: Visitor, study: str) -> None:
        """A study was begun by a visitor, who has a part in it from now on."""


@dataclass(frozen=True)
class Needs:
    """The permission of a route, as a dependency that gives the visitor.

    Raises `NotSignedIn`, `NoStudy` where the visitor has no part in the study of the address,
    `NotAllowed` where they have another part, and `NotBlinded` for what would name the groups of a
    study that is blinded. `None` is open to everybody who is signed in.
    """

    permission: Permission | None

    def __call__(self, request: Request) -> Visitor:
        """The visitor of a request, who may what the route needs."""
        visitor: Visitor | None = request.app.state.site.keeper.visitor(request)
        if visitor is None:
            raise NotSignedIn(request.url.path)
        study = request.path_params.get("study", "")
        if study and not visitor.permissions(study):
            raise NoStudy(study)
        if study:
            request.app.state.site.shelf.folder(study)
        if self.permission is not None and not visitor.may(self.permission, study):
            raise NotAllowed(self.permission)
        if study:
            _refuse_names(request, study)
        return visitor


def _refuse_names(request: Request, study: str) -> None:
    """Raise `NotBlinded` where a page would name the groups of a study that is blinded: by what it
    shows, or since the results are of a run before.
    """
    from exvivo.plan.blinding import is_blinded, results_name_groups

    folder = request.app.state.site.shelf.folder(study)
    rest = request.url.path.partition(f"/{study}")[2].strip("/")
    if not is_under_codes(rest) and is_blinded(folder):
        raise NotBlinded(study)
    if rest.partition("/")[0] in _OF_RESULTS and results_name_groups(folder):
        raise NotBlinded(study)


@dataclass(frozen=True)
class Open:
    """Marks a route that needs nobody to be signed in (the entrance itself)."""

    def __call__(self) -> None:
        """Nothing is asked."""


def needs(permission: Permission | None) -> Any:
    """The visitor of a route that needs a permission; None needs a visitor only.

    Every route of the door states it: a route without one (or `open_to_all`) fails a test.
    """
    return Depends(Needs(permission), use_cache=False)


def open_to_all() -> Any:
    """States that a route is for everybody."""
    return Depends(Open())
