"""A line of exclusions taken back: what it would make of every answer, and the change."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from exvivo.errors import StudyError
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs
from exvivo.web.wells.asked import Word, changed_since, version_of
from exvivo.web.wells.outlook import seen
from exvivo.web.wells.places import segment

router = APIRouter(include_in_schema=False)


@router.get("/s/{study}/take-back")
def preview(
    request: Request, study: str, line: Word = "", visitor: Visitor = needs(Permission.DECIDE)
) -> Response:
    """What every answer would be with the wells of a line in it again; nothing is written."""
    from exvivo.decide.decisions import outlook
    from exvivo.decide.taking_back import drafted_return

    folder = site_of(request).shelf.folder(study)
    draft = drafted_return(folder, line)
    return page(
        request,
        "take_back.html",
        visitor=visitor,
        study=study,
        line=line,
        says=draft.decision.says,
        outlook=seen(outlook(folder, draft)),
        version=version_of(draft),
    )


@router.post("/s/{study}/take-back")
def put_in_again(
    request: Request,
    study: str,
    line: Annotated[Word, Form()],
    who: Annotated[Word, Form()] = "",
    if_match: Annotated[Word, Form()] = "",
    visitor: Visitor = needs(Permission.DECIDE),
) -> Response:
    """Take the line out of the table, on record."""
    from exvivo.decide.taking_back import drafted_return, take_back

    site = site_of(request)
    folder = site.shelf.folder(study)
    draft = drafted_return(folder, line)
    if changed := tuple(changed_since(draft, if_match)):
        raise StudyError(*changed)
    whose = who if site.settings.is_local and who else visitor.name
    row = take_back(folder, draft, who=whose)
    there = f"/s/{segment(study)}/wells?{urlencode({'row': row.number})}"
    return RedirectResponse(there, status_code=303)
