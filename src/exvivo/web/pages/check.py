"""What is wrong with a study: at once what its tables show, then what its instrument files add."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from exvivo.checking import Checked
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs
from exvivo.web.wells.checks import CHECKS, shown
from exvivo.web.wells.shown import raised, to_fix

router = APIRouter(include_in_schema=False)


@router.get("/s/{study}/check")
def check(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> Response:
    """The quick check; the whole one where it is known, else it follows by itself."""
    folder = site_of(request).shelf.folder(study)
    checked = shown(folder, CHECKS.best(folder))
    return _shown(request, "check.html", study, visitor, checked)


@router.get("/s/{study}/check/full")
def full(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> Response:
    """The whole check, as a part of the page for htmx, as a page for all others."""
    folder = site_of(request).shelf.folder(study)
    is_part = request.headers.get("hx-request") == "true"
    name = "_checked.html" if is_part else "check.html"
    return _shown(request, name, study, visitor, shown(folder, CHECKS.whole(folder)))


@router.get("/s/{study}/check/study")
def text(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> Response:
    """study.yaml with its lines numbered, so that a mistake can lead to its line."""
    from exvivo.sources import Sources
    from exvivo.study.files import STUDY_FILE, table_of

    raw = table_of(Sources(site_of(request).shelf.folder(study)), STUDY_FILE)
    lines = raw.decode("utf-8-sig", errors="replace").splitlines()
    return page(request, "study_text.html", visitor=visitor, study=study, lines=lines)


def _shown(request: Request, name: str, study: str, visitor: Visitor, checked: Checked) -> Response:
    identify = visitor.may(Permission.IDENTIFY, study)
    return page(
        request,
        name,
        visitor=visitor,
        study=study,
        checked=checked,
        to_fix=to_fix(checked, site_of(request).shelf.folder(study), identify=identify),
        flags=raised(checked.flags, checked.study, identify=identify),
    )
