"""Wells or a donor left out: a form, what it would make of every answer, and the decision."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from exvivo.study.ids import ids
from exvivo.web.pages import deciding
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs
from exvivo.web.wells.asked import Exclusion
from exvivo.web.wells.checks import CHECKS, shown
from exvivo.web.wells.places import is_on_plate

if TYPE_CHECKING:
    from exvivo.decide.decisions import Draft
    from exvivo.store.chain import Row

router = APIRouter(include_in_schema=False)
Asked = Annotated[Exclusion, Query()]
Sent = Annotated[Exclusion, Form()]


@router.get("/s/{study}/exclude")
def exclusion(
    request: Request, study: str, asked: Asked, visitor: Visitor = needs(Permission.DECIDE)
) -> Response:
    """The form, filled with what the address says."""
    return _form(request, study, visitor, asked)()


@router.get("/s/{study}/exclude/preview")
def exclusion_preview(
    request: Request, study: str, asked: Asked, visitor: Visitor = needs(Permission.DECIDE)
) -> Response:
    """What leaving it out would make of every answer; nothing is written."""
    folder = site_of(request).shelf.folder(study)
    asked = deciding.signed(request, asked, visitor)
    return deciding.previewed(folder, asked, _form(request, study, visitor, asked))


@router.post("/s/{study}/exclude")
def exclude(
    request: Request, study: str, asked: Sent, visitor: Visitor = needs(Permission.DECIDE)
) -> Response:
    """Leave it out, on record; then the page of the well, where it is one."""
    folder = site_of(request).shelf.folder(study)
    asked = deciding.signed(request, asked, visitor)
    is_one = asked.plate and is_on_plate(asked.wells)
    after = deciding.wells_page(study, *([asked.plate, asked.wells] if is_one else []))
    return deciding.decided(folder, asked, _form(request, study, visitor, asked), _write, after)


def _write(folder: Path, draft: Draft) -> Row:
    from exvivo.decide.leave_out import leave_out

    return leave_out(folder, draft).row


def _form(request: Request, study: str, visitor: Visitor, asked: Exclusion) -> deciding.Show:
    """The page of an exclusion."""
    folder = site_of(request).shelf.folder(study)
    whose = shown(folder, CHECKS.best(folder)).study
    return deciding.form(
        request,
        study,
        visitor,
        "exclude.html",
        asked=asked,
        pairs=[(name, name) for name in ids(whose.plates)] if whose else [],
        analytes=[(each.id, whose.name_of(each.id)) for each in whose.analytes] if whose else [],
    )
