"""A flag that may stand: what it says, what keeping it would make of every answer, the decision."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from exvivo.errors import UserMistake
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs
from exvivo.web.wells.asked import Keeping, changed_since, version_of
from exvivo.web.wells.checks import CHECKS
from exvivo.web.wells.last_run import flags_of
from exvivo.web.wells.outlook import seen
from exvivo.web.wells.places import segment
from exvivo.web.wells.shown import Raised, raised

router = APIRouter(include_in_schema=False)
Asked = Annotated[Keeping, Query()]
Sent = Annotated[Keeping, Form()]


@router.get("/s/{study}/keep")
def keeping(
    request: Request, study: str, asked: Asked, visitor: Visitor = needs(Permission.DECIDE)
) -> Response:
    """The form that answers a flag."""
    return _form(request, study, visitor, asked)


@router.get("/s/{study}/keep/preview")
def keeping_preview(
    request: Request, study: str, asked: Asked, visitor: Visitor = needs(Permission.DECIDE)
) -> Response:
    """What keeping it would make of every answer; nothing is written."""
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


@router.post("/s/{study}/keep")
def keep(
    request: Request, study: str, asked: Sent, visitor: Visitor = needs(Permission.DECIDE)
) -> Response:
    """Let a flag stand, on record."""
    from exvivo.decide.keeping import keep as keep_flag

    folder = site_of(request).shelf.folder(study)
    asked = _signed(request, asked, visitor)
    try:
        draft = asked.draft(folder)
        if changed := tuple(changed_since(draft, asked.if_match)):
            return _form(request, study, visitor, asked, mistakes=changed, status=412)
        row = keep_flag(folder, draft)
    except UserMistake as error:
        return _form(request, study, visitor, asked, mistakes=error.mistakes, status=422)
    address = f"/s/{segment(study)}/wells?{urlencode({'row': row.number})}"
    return RedirectResponse(address, status_code=303)


def _signed(request: Request, asked: Keeping, visitor: Visitor) -> Keeping:
    """On a server whoever is signed in decides, and nobody else."""
    if site_of(request).settings.is_local:
        return asked
    return asked.model_copy(update={"who": visitor.name})


def _form(
    request: Request,
    study: str,
    visitor: Visitor,
    asked: Keeping,
    *,
    status: int = 200,
    **more: Any,
) -> Response:
    """The page of a flag, with its outlook or its mistakes."""
    is_part = request.headers.get("hx-request") == "true"
    return page(
        request,
        "_keep.html" if is_part else "keep.html",
        status=200 if is_part else status,
        visitor=visitor,
        study=study,
        asked=asked,
        shown=_flag(request, study, visitor, asked.flag),
        **_with_all(more),
    )


def _flag(request: Request, study: str, visitor: Visitor, name: str) -> Raised | None:
    """The flag of a name as the page of flags shows it; None where it is not there."""
    folder = site_of(request).shelf.folder(study)
    checked = CHECKS.whole(folder)
    accepted = {each.flag: each.reason for each in checked.study.accept} if checked.study else {}
    flags = [each for each in flags_of(folder, checked.flags, accepted) if each.name == name]
    shown = raised(flags, checked.study, identify=visitor.may(Permission.IDENTIFY, study))
    return shown[0] if shown else None


def _with_all(more: dict[str, Any]) -> dict[str, Any]:
    """What the template asks for, as far as there is any."""
    return {"outlook": None, "mistakes": (), "version": "", **more}
