"""The studies of the door, and the overview of one."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs

router = APIRouter(include_in_schema=False)


@router.get("/")
def studies(request: Request, visitor: Visitor = needs(None)) -> Response:
    """The studies that the visitor has a part in."""
    shelf = site_of(request).shelf
    listed = [(name, shelf.title(name)) for name in shelf.studies() if visitor.permissions(name)]
    return page(request, "studies.html", visitor=visitor, studies=listed)


@router.get("/s/{study}")
def overview(request: Request, study: str, visitor: Visitor = needs(Permission.READ)) -> Response:
    """Where a study stands."""
    return page(request, "overview.html", visitor=visitor, study=study)
