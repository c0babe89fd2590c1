"""Wells or a donor left out: a form, what it would make of every answer, and the decision."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from exvivo.errors import UserMistake
from exvivo.study.ids import ids
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs
from exvivo.web.wells.asked import Exclusion, changed_since, version_of
from exvivo.web.wells.checks import CHECKS
from exvivo.web.wells.outlook import seen
from exvivo.web.wells.places import is_well, segment

router = APIRouter(include_in_schema=False)
Asked = Annotated[Exclusion, Query()]
Sent = Annotated[Exclusion, Form()]


@router.get("/s/{study}/exclude")
def exclusion(
    request: Request, study: str, asked: Asked, visitor: Visitor = needs(Permission.DECIDE)
) -> Response:
    """The form, filled with what the address says."""
    return _form(request, study, visitor, asked)


@router.get("/s/{study}/exclude/preview")
def exclusion_preview(
    request: Request, study: str, asked: Asked, visitor: Visitor = needs(Permission.DECIDE)
) -> Response:
    """What leaving it out would make of every answer; nothing is written."""
    from exvivo.decide.decisions import outlook

    folder = site_of(request).shelf.folder(study)
    asked = _signed(request, asked, visitor)
    try:
        draft = asked.draft(folder)
        shown = seen(outlook(folder, draft))
    except UserMistake as error:
        return _form(request, study, visitor, asked, mistakes=error.mistakes, status=422)
    version = version_of(draft)
    return _form(request, study, visitor, asked, outlook=shown, version=version)


@router.post("/s/{study}/exclude")
def exclude(
    request: Request, study: str, asked: Sent, visitor: Visitor = needs(Permission.DECIDE)
) -> Response:
    """Leave it out, on record."""
    from exvivo.decide.leave_out import leave_out

    folder = site_of(request).shelf.folder(study)
    asked = _signed(request, asked, visitor)
    try:
        draft = asked.draft(folder)
        if changed := tuple(changed_since(draft, asked.if_match)):
            return _form(request, study, visitor, asked, mistakes=changed, status=412)
        done = leave_out(folder, draft)
    except UserMistake as error:
        return _form(request, study, visitor, asked, mistakes=error.mistakes, status=422)
    return RedirectResponse(_after(study, asked, done.row.number), status_code=303)


def _signed(request: Request, asked: Exclusion, visitor: Visitor) -> Exclusion:
    """On a server whoever is signed in decides, and nobody else."""
    if site_of(request).settings.is_local:
        return asked
    return asked.model_copy(update={"who": visitor.name})


def _after(study: str, asked: Exclusion, row: int) -> str:
    """The page of the well that was left out, where it is one; else that of all wells."""
    base = f"/s/{segment(study)}/wells"
    if asked.plate and is_well(asked.wells):
        base += f"/{segment(asked.plate)}/{segment(asked.wells)}"
    return f"{base}?{urlencode({'row': row})}"


def _form(
    request: Request,
    study: str,
    visitor: Visitor,
    asked: Exclusion,
    *,
    status: int = 200,
    **more: Any,
) -> Response:
    """The page of an exclusion, with its outlook or its mistakes."""
    whose = CHECKS.best(site_of(request).shelf.folder(study)).study
    is_part = request.headers.get("hx-request") == "true"
    return page(
        request,
        "_exclude.html" if is_part else "exclude.html",
        status=200 if is_part else status,
        visitor=visitor,
        study=study,
        asked=asked,
        pairs=[(name, name) for name in ids(whose.plates)] if whose else [],
        analytes=[(each.id, whose.name_of(each.id)) for each in whose.analytes] if whose else [],
        **_with_all(more),
    )


def _with_all(more: dict[str, Any]) -> dict[str, Any]:
    """What the template asks for, as far as there is any."""
    return {"outlook": None, "mistakes": (), "version": "", **more}
