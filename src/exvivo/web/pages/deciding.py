"""What the pages of a decision share: the form, what it would make of every answer, and the
decision, which is made only with the file that its preview was made with.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from exvivo.errors import UserMistake
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import Visitor
from exvivo.web.wells.asked import Asked, changed_since, version_of
from exvivo.web.wells.outlook import seen
from exvivo.web.wells.places import segment

if TYPE_CHECKING:
    from exvivo.decide.decisions import Draft
    from exvivo.store.chain import Row

A = TypeVar("A", bound=Asked)
Show = Callable[..., Response]
"""Makes the page, with what there is of an outlook, mistakes, a status."""


def form(request: Request, study: str, visitor: Visitor, template: str, **context: Any) -> Show:
    """The page of a decision before anything more is known; `template` is its name, and that of its
    part below the form, which htmx asks for, begins with `_`.
    """
    is_part = request.headers.get("hx-request") == "true"

    def show(*, status: int = 200, **more: Any) -> Response:
        whole = {"outlook": None, "mistakes": (), "version": "", **context, **more}
        name, status = (f"_{template}", 200) if is_part else (template, status)
        return page(request, name, status=status, visitor=visitor, study=study, **whole)

    return show


def previewed(folder: Path, asked: Asked, show: Show) -> Response:
    """What a decision would make of every answer; nothing is written."""
    from exvivo.decide.decisions import outlook

    try:
        draft = asked.draft(folder)
        shown = seen(outlook(folder, draft))
    except UserMistake as error:
        return show(mistakes=error.mistakes, status=422)
    return show(outlook=shown, version=version_of(draft))


def decided(
    folder: Path, asked: Asked, show: Show, write: Callable[[Path, Draft], Row], after: str
) -> Response:
    """Make a decision, then go to the page `after`, which says that it is on record."""
    try:
        draft = asked.draft(folder)
        if changed := tuple(changed_since(draft, asked.if_match)):
            return show(mistakes=changed, status=412)
        row = write(folder, draft)
    except UserMistake as error:
        return show(mistakes=error.mistakes, status=422)
    return RedirectResponse(f"{after}?{urlencode({'row': row.number})}", status_code=303)


def signed(request: Request, asked: A, visitor: Visitor) -> A:
    """On a server whoever is signed in decides, and nobody else."""
    if site_of(request).settings.is_local:
        return asked
    return asked.model_copy(update={"who": visitor.name})


def wells_page(study: str, *well: str) -> str:
    """The address of all wells, or of one."""
    return "/".join([f"/s/{segment(study)}/wells", *map(segment, well)])
