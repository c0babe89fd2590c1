"""Pages from their templates: all text escaped, no control character of a name reaches a page, and
static files by an address that changes with their bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from fastapi import Request
from starlette.responses import HTMLResponse

from exvivo.visible import visible
from exvivo.web.access.seen import without_people
from exvivo.web.rail import RAIL, Stop
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, is_under_codes

if TYPE_CHECKING:
    from jinja2 import Environment

STATIC = Path(__file__).parent / "static"


@cache
def environment() -> Environment:
    """The templates of the door."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from exvivo.tell.page import prose
    from exvivo.tell.words import clock

    made = Environment(
        loader=PackageLoader("exvivo.web"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters["prose"] = prose
    made.filters["clock"] = clock
    made.filters["segment"] = lambda text: quote(str(text), safe="")
    made.globals["static"] = static
    return made


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """A page, or a part of one: templates whose name begins with `_` are parts.

    Templates of a study get `study` (its id), `title`, the `rail` that the visitor may see and
    `here`, the path of the page within the study.
    """
    about = _seen(request, {"visitor": None, "study": "", **context})
    text = environment().get_template(template).render(**about, **_around(request, about))
    return HTMLResponse(visible(text), status_code=status, headers=headers)


def _seen(request: Request, context: dict[str, Any]) -> dict[str, Any]:
    """What a page shows, its mistakes without persons for a visitor who may not see them."""
    visitor, study, mistakes = context["visitor"], context["study"], context.get("mistakes")
    is_shown = not study or visitor is None or visitor.may(Permission.IDENTIFY, study)
    if is_shown or not isinstance(mistakes, Sequence):
        return context
    folder = site_of(request).shelf.root / study
    return {**context, "mistakes": without_people(mistakes, folder)}


def _around(request: Request, context: dict[str, Any]) -> dict[str, Any]:
    """What the frame of every page needs."""
    from exvivo.plan.blinding import is_blinded

    site, visitor, study = site_of(request), context["visitor"], context["study"]
    may = visitor.permissions(study) if visitor else frozenset()
    base = f"/s/{quote(study, safe='')}" if study else ""
    blinded = bool(study) and is_blinded(site.shelf.root / study)
    return {
        "is_local": site.settings.is_local,
        "may": {each.name for each in may},
        "rail": [stop for stop in RAIL if stop.permission in may and _shows(stop, blinded)]
        if study
        else [],
        "blinded": blinded,
        "base": base,
        "here": unquote(request.url.path).removeprefix(f"/s/{study}" if study else ""),
        "title": site.shelf.title(study) if study else "",
    }


def _shows(stop: Stop, blinded: bool) -> bool:
    """Whether a page is in the rail: of a blinded study those that name no group."""
    return not blinded or is_under_codes(stop.path.strip("/"))


@cache
def static(name: str) -> str:
    """The address of a static file, with the hash of its bytes."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"
