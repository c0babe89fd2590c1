"""Every route of the door, also those of routers that are included in others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from exvivo.web.visitor import Needs, Open


@dataclass(frozen=True)
class RouteOf:
    """A method of an address, and what stands before it: `Needs`, `Open`, or nothing (None)."""

    method: str
    path: str
    guard: Needs | Open | None
    in_schema: bool


def routes_of(app: FastAPI) -> list[RouteOf]:
    """Every route but the static files, in order."""
    return sorted(_routes(app), key=lambda route: (route.path, route.method))


def _routes(app: FastAPI) -> Iterator[RouteOf]:
    for context in iter_route_contexts(app.routes):
        known: Any = context
        for method in sorted(getattr(known, "methods", None) or ()):
            dependant: Dependant | None = getattr(known, "dependant", None)
            guard = _guard(dependant) if dependant else None
            yield RouteOf(method, str(known.path), guard, bool(known.include_in_schema))


def _guard(dependant: Dependant) -> Needs | Open | None:
    """What the dependencies of a route ask of its visitor."""
    for each in dependant.dependencies:
        if isinstance(each.call, Needs | Open):
            return each.call
    return None
