"""The page that shows two people's changes of one file side by side."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from fastapi import Request
from starlette.responses import JSONResponse, Response

from exvivo.web.edits import Clash, Conflict, Edit
from exvivo.web.programs import is_for_program
from exvivo.web.render import page
from exvivo.web.visitor import Visitor


@dataclass(frozen=True)
class _Side:
    """A row of the page: the place, the three values, and whether both changed it."""

    place: tuple[str, ...]
    was: str | None
    now: str | None
    theirs: str | None
    clash: bool

    @property
    def where(self) -> str:
        """The place in words."""
        return " › ".join(step.strip().replace("\t", ", visit ") for step in self.place)

    @property
    def edit(self) -> str:
        """Our value against the one that stands there now, as JSON."""
        return json.dumps({"where": self.place, "was": self.theirs, "now": self.now})


def merge_page(
    request: Request, study: str, visitor: Visitor, conflict: Conflict, back: str
) -> Response:
    """What two people wrote, side by side; as JSON for a program."""
    if is_for_program(request):
        return JSONResponse(_as_json(conflict), 412, {"ETag": f'"{conflict.current}"'})
    clashes = [_side(each, each.theirs, clash=True) for each in conflict.clashes]
    rows = clashes + [_side(each, each.was, clash=False) for each in conflict.clean]
    return page(
        request,
        "merge.html",
        status=412,
        visitor=visitor,
        study=study,
        conflict=conflict,
        rows=rows,
        back=back,
    )


def _side(each: Edit | Clash, theirs: str | None, *, clash: bool) -> _Side:
    return _Side(each.where, each.was, each.now, theirs, clash)


def _as_json(conflict: Conflict) -> dict[str, Any]:
    return {
        "error": "changed meanwhile",
        "file": conflict.file,
        "version": conflict.current,
        "clashes": [asdict(each) for each in conflict.clashes],
        "clean": [asdict(each) for each in conflict.clean],
    }
