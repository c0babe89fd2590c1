"""A flag that may stand: what it says, what keeping it would make of every answer, the decision."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from exvivo.web.pages import deciding
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs
from exvivo.web.wells.asked import Keeping
from exvivo.web.wells.checks import CHECKS, shown
from exvivo.web.wells.last_run import flags_of
from exvivo.web.wells.shown import Raised, raised

router = APIRouter(include_in_schema=False)
Asked = Annotated[Keeping, Query()]
Sent = Annotated[Keeping, Form()]


@router.get("/s/{study}/keep")
def keeping(
    request: Request, study: str, asked: Asked, visitor: Visitor = needs(Permission.DECIDE)
) -> Response:
    """The form that answers a flag."""
    return _form(request, study, visitor, asked)()


@router.get("/s/{study}/keep/preview")
def keeping_preview(
    request: Request, study: str, asked: Asked, visitor: Visitor = needs(Permission.DECIDE)
) -> Response:
    """What keeping it would make of every answer; nothing is written."""
    folder = site_of(request).shelf.folder(study)
    asked = deciding.signed(request, asked, visitor)
    return deciding.previewed(folder, asked, _form(request, study, visitor, asked))


@router.post("/s/{study}/keep")
def keep(
    request: Request, study: str, asked: Sent, visitor: Visitor = needs(Permission.DECIDE)
) -> Response:
    """Let a flag stand, on record."""
    from exvivo.decide.keeping import keep as keep_flag

    folder = site_of(request).shelf.folder(study)
    asked = deciding.signed(request, asked, visitor)
    show, after = _form(request, study, visitor, asked), deciding.wells_page(study)
    return deciding.decided(folder, asked, show, keep_flag, after)


def _form(request: Request, study: str, visitor: Visitor, asked: Keeping) -> deciding.Show:
    """The page of a flag."""
    flag = _flag(request, study, visitor, asked.flag)
    return deciding.form(request, study, visitor, "keep.html", asked=asked, shown=flag)


def _flag(request: Request, study: str, visitor: Visitor, name: str) -> Raised | None:
    """The flag of a name as the page of flags shows it; None where it is not there."""
    folder = site_of(request).shelf.folder(study)
    checked = shown(folder, CHECKS.whole(folder))
    accepted = {each.flag: each.reason for each in checked.study.accept} if checked.study else {}
    flags = [each for each in flags_of(folder, checked.flags, accepted) if each.name == name]
    met = raised(flags, checked.study, identify=visitor.may(Permission.IDENTIFY, study))
    return met[0] if met else None
