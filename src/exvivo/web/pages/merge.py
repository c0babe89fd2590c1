"""Two people changed the same file: what each wrote side by side, and which of it stays. Nothing
was written when this page is shown, and nothing is lost by it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from exvivo.errors import Mistake, StudyError
from exvivo.web.edited_files import refuse_edits
from exvivo.web.edits import Conflict, Edit, save
from exvivo.web.edits.saved import conflict_of
from exvivo.web.merging import merge_page
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs

router = APIRouter(include_in_schema=False)


async def _sent(request: Request) -> FormData:
    """The form of a request."""
    return await request.form()


Sent = Annotated[FormData, Depends(_sent)]


@router.post("/s/{study}/merge")
def merge(
    request: Request, study: str, form: Sent, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """Show edits beside the file as it is now (`edits`, a JSON list), or make those that were
    chosen (`edit-N`, `keep-N`) and go back.
    """
    folder, file = site_of(request).shelf.folder(study), _text(form, "file")
    back = _back(_text(form, "back"), study)
    if "edits" in form:
        shown = list(_edits(_text(form, "edits")))
        refuse_edits(folder, file, shown, visitor, study)
        conflict = conflict_of(folder, file, shown)
        return merge_page(request, study, visitor, conflict, back)
    chosen = list(_chosen(form))
    refuse_edits(folder, file, chosen, visitor, study)
    try:
        save(folder, file, chosen, expected=_text(form, "if_match"), who=visitor.name)
    except Conflict as again:
        return merge_page(request, study, visitor, again, back)
    return RedirectResponse(back, status_code=303)


def _text(form: FormData, name: str) -> str:
    """A field of the form; nothing where it is not there, or is a file."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _back(address: str, study: str) -> str:
    """A page of the study to go back to; its overview where the address is none."""
    base = f"/s/{study}"
    is_here = address.startswith(f"{base}/") and "\\" not in address and "//" not in address
    return address if is_here else base


def _edits(text: str) -> Iterator[Edit]:
    """Edits as JSON: a list of objects with where, was and now. Raises `StudyError` for others."""
    try:
        listed = json.loads(text)
        yield from map(edit_of, listed if isinstance(listed, list) else [None])
    except (ValueError, RecursionError):
        raise StudyError(_no_edits(text)) from None


def edit_of(each: Any) -> Edit:
    """An edit of an object of JSON. Raises `StudyError` for anything else."""
    if not isinstance(each, Mapping):
        raise StudyError(_no_edits(str(each)))
    where, was, now = each.get("where"), each.get("was"), each.get("now")
    is_place = isinstance(where, Sequence) and not isinstance(where, str) and where
    if not is_place or not all(isinstance(step, str) for step in where or ()):
        raise StudyError(_no_edits(str(each)))
    if not all(value is None or isinstance(value, str) for value in (was, now)):
        raise StudyError(_no_edits(str(each)))
    return Edit(tuple(where or ()), was, now)


def _no_edits(text: str) -> Mistake:
    expected = "a list of edits: where (a list of texts), was, now (texts or null)"
    return Mistake("the request", text[:80] or "nothing", expected, "load the page again")


def _chosen(form: FormData) -> Iterator[Edit]:
    """The edits that stay: those of which our own value was chosen, against what stands there."""
    for name in form:
        number = name.removeprefix("edit-")
        if name != number and _text(form, f"keep-{number}") == "mine":
            yield from _edits(f"[{_text(form, name)}]")
