"""Changes of values and cells, with the version of the file that the program has seen."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Request, Response
from pydantic import Field
from starlette.responses import JSONResponse

from exvivo.web.api.refused import Plain
from exvivo.web.edited_files import is_edited, refuse_edits
from exvivo.web.edits import Clash, Conflict, Edit, save
from exvivo.web.people_files import holds_people
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs

router = APIRouter(tags=["edits"])
Text = Annotated[str, Field(max_length=100_000)]
Where = Annotated[list[Annotated[str, Field(max_length=500)]], Field(min_length=1, max_length=12)]


class OneEdit(Plain):
    """One value: where it stands, what was there, what it is to be; null is nothing.

    In a layout `where` is [well, field], in a table of people [row, column] (the row by its donor,
    of scores by donor, tab, visit), in study.yaml the path of the value, records by their id:
    ["questions", "more_tnf", "margin"]; values of study.yaml are YAML in one line.
    """

    where: Where
    was: Text | None = None
    now: Text | None = None


class Edits(Plain):
    """Changes of one file: all of them are made, or none."""

    edits: Annotated[list[OneEdit], Field(min_length=1, max_length=20_000)]


class Saved(Plain):
    """The version of the file as it is now: what the next change sends as If-Match."""

    version: str


class ClashOf(OneEdit):
    """A value that somebody else changed meanwhile, to `theirs`."""

    theirs: str | None


class Conflicted(Plain):
    """The file is not the one that the program has seen, and nothing was written: `clean` are the
    changes of values that nobody touched, `clashes` those of values that somebody did; `current` is
    the version of the file as it is.
    """

    current: str
    clashes: list[ClashOf]
    clean: list[OneEdit]


@router.post(
    "/studies/{study}/edits/{file:path}",
    response_model=Saved,
    responses={412: {"model": Conflicted, "description": "The file was changed meanwhile"}},
)
def edit(
    request: Request,
    response: Response,
    study: str,
    file: str,
    asked: Edits,
    if_match: Annotated[str, Header(max_length=200, pattern=r'^("?[0-9a-f]{64}"?|"")$')],
    visitor: Visitor = needs(Permission.WORK),
) -> Saved | JSONResponse:
    """Change values of study.yaml, cells of a table of people, or wells of a layout; everything
    else in the file stays as it is. If-Match is the version that was seen, `""` for a file that is
    not there yet.
    """
    folder = site_of(request).shelf.folder(study)
    edits = [Edit(tuple(each.where), each.was, each.now) for each in asked.edits]
    if not holds_people(file) and not is_edited(folder, file):
        raise HTTPException(404, "No file of this study can be changed at this address.")
    refuse_edits(folder, file, edits, visitor, study)
    expected = if_match.strip('"')
    try:
        version = save(folder, file, edits, expected=expected, who=visitor.name)
    except Conflict as conflict:
        return JSONResponse(_conflicted(conflict).model_dump(), status_code=412)
    response.headers["ETag"] = f'"{version}"'
    return Saved(version=version)


def _conflicted(conflict: Conflict) -> Conflicted:
    return Conflicted(
        current=conflict.current,
        clashes=[_clash(each) for each in conflict.clashes],
        clean=[
            OneEdit(where=list(each.where), was=each.was, now=each.now) for each in conflict.clean
        ],
    )


def _clash(clash: Clash) -> ClashOf:
    return ClashOf(where=list(clash.where), was=clash.was, now=clash.now, theirs=clash.theirs)
