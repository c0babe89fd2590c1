"""The summary in plain words: the languages in which the last run wrote it, to read and to take."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.summaries import summaries_of
from exvivo.web.visitor import Permission, Visitor, needs

router = APIRouter(include_in_schema=False)


@router.get("/s/{study}/summary")
def summary(request: Request, study: str, visitor: Visitor = needs(Permission.READ)) -> Response:
    """The summaries, one a language. Whoever may read the report may take them: they are made of
    what may be told to anybody.
    """
    made = [each for each in summaries_of(site_of(request).shelf.folder(study)) if each.is_made]
    return page(request, "summary.html", visitor=visitor, study=study, summaries=made)
