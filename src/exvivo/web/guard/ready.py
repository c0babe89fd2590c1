"""Reports that are in memory, given before the routes are tried: a thousand people may open one in
the same moment.

Who may see it is asked as the route asks it. Whatever is not plainly given here (nobody signed in,
no such study, no report, another method) is left to the route, which says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from exvivo.errors import ExvivoError
from exvivo.web.report_answers import answer
from exvivo.web.reports import Served
from exvivo.web.site import Site
from exvivo.web.visitor import Needs, Permission

_BEFORE, _BEHIND = "/s/", "/report/"
_READ = Needs(Permission.READ)


@dataclass
class ReadyReports:
    """Gives the report of a study where it is in memory; everything else to the app behind."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        study = _study_of(scope)
        if not study:
            await self.app(scope, receive, send)
            return
        request = Request({**scope, "path_params": {"study": study}})
        served = await _ready(request, study)
        if served is None:
            await self.app(scope, receive, send)
            return
        version = parse_qs(scope["query_string"].decode("latin-1")).get("v", [""])[-1]
        await answer(request, served, version)(scope, receive, send)


def _study_of(scope: Scope) -> str:
    """The study whose report a request asks for; nothing where it asks for something else."""
    path = scope.get("path", "")
    if scope["type"] != "http" or scope["method"] != "GET" or not path.endswith(_BEHIND):
        return ""
    study = path[len(_BEFORE) : -len(_BEHIND)] if path.startswith(_BEFORE) else ""
    return "" if "/" in study else study


async def _ready(request: Request, study: str) -> Served | None:
    """The report that the visitor may see, where it is in memory. A local door knows its visitor
    at once; a server asks its database, and other requests do not wait for that.
    """
    site: Site = request.app.state.site
    try:
        if site.settings.is_local:
            visitor = _READ(request)
        else:
            visitor = await run_in_threadpool(_READ, request)
        lab = visitor.may(Permission.IDENTIFY, study)
        return site.reports.at_hand(site.shelf.folder(study), lab=lab)
    except (ExvivoError, OSError):
        return None
