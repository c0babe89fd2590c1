"""What was left out put back: the line of exclusions, what every answer would be without it, and
the decision.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from exvivo.web.pages import deciding
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs
from exvivo.web.wells.asked import PuttingBack
from exvivo.web.wells.checks import CHECKS, shown

router = APIRouter(include_in_schema=False)
Asked = Annotated[PuttingBack, Query()]
Sent = Annotated[PuttingBack, Form()]


@router.get("/s/{study}/put-back")
def putting_back(
    request: Request, study: str, asked: Asked, visitor: Visitor = needs(Permission.DECIDE)
) -> Response:
    """The line that is to go."""
    return _form(request, study, visitor, asked)()


@router.get("/s/{study}/put-back/preview")
def putting_back_preview(
    request: Request, study: str, asked: Asked, visitor: Visitor = needs(Permission.DECIDE)
) -> Response:
    """What every answer would be without the line; nothing is written."""
    folder = site_of(request).shelf.folder(study)
    asked = deciding.signed(request, asked, visitor)
    return deciding.previewed(folder, asked, _form(request, study, visitor, asked))


@router.post("/s/{study}/put-back")
def put_back(
    request: Request, study: str, asked: Sent, visitor: Visitor = needs(Permission.DECIDE)
) -> Response:
    """Take the line out of exclusions.csv, on record."""
    from exvivo.decide import putting_back

    folder = site_of(request).shelf.folder(study)
    asked = deciding.signed(request, asked, visitor)
    write = partial(putting_back.put_back, who=asked.who)
    show, after = _form(request, study, visitor, asked), deciding.wells_page(study)
    return deciding.decided(folder, asked, show, write, after)


def _form(request: Request, study: str, visitor: Visitor, asked: PuttingBack) -> deciding.Show:
    """The page of a line."""
    folder = site_of(request).shelf.folder(study)
    whose = shown(folder, CHECKS.best(folder)).study
    rows = whose.exclusions.filter(line=asked.line).to_dicts() if whose else []
    return deciding.form(request, study, visitor, "put_back.html", asked=asked, rows=rows)
