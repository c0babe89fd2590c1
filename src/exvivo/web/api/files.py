"""The files of a study: what is there, and the bytes of each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response

from exvivo.web.access.seen import files_of_work
from exvivo.web.api.refused import Mistakes, Plain
from exvivo.web.edits import version as version_of
from exvivo.web.site import site_of
from exvivo.web.visitor import NotAllowed, Permission, Visitor, needs

router = APIRouter(tags=["files"])


class FileOf(Plain):
    """A file of a study: its name from the study folder, and its size in bytes."""

    name: str
    size: int


class Files(Plain):
    """The files that people put into a study; what exvivo writes is not among them."""

    files: list[FileOf]


@router.get("/studies/{study}/files")
def files(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> Files:
    """The files that people put into a study."""
    folder = site_of(request).shelf.folder(study)
    listed = sorted(_files_below(folder))
    return Files(files=[FileOf(name=name, size=(folder / name).stat().st_size) for name in listed])


@router.get(
    "/studies/{study}/files/{name:path}",
    response_class=FileResponse,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def file(
    request: Request, study: str, name: str, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """The bytes of a file, with its version as ETag. Tables of people need the permission to see
    identifiers.
    """
    folder = site_of(request).shelf.folder(study)
    if name not in set(_files_below(folder)):
        raise HTTPException(404, "This study has no such file.")
    if not visitor.may(Permission.IDENTIFY, study) and name not in files_of_work(folder):
        raise NotAllowed(Permission.IDENTIFY)
    version = version_of(folder, name)
    kind = "application/octet-stream"
    return FileResponse(folder / name, media_type=kind, headers={"ETag": f'"{version}"'})


class Handed(Plain):
    """A file that was taken, with the sha256 of its bytes; `before` is that of the file whose place
    it took, `is_same` says that the very same bytes were there.
    """

    name: str
    size: int
    sha256: str
    before: str
    is_same: bool


class Occupied(Mistakes):
    """Another file has the name; its sha256 is what a request to replace it states."""

    name: str
    sha256: str


@router.put(
    "/studies/{study}/files/{name:path}",
    status_code=201,
    response_model=Handed,
    responses={
        200: {"model": Handed, "description": "The file took the place of another"},
        409: {"model": Occupied, "description": "Another file has the name"},
        413: {"model": Mistakes, "description": "The file is larger than the door takes"},
    },
    openapi_extra={
        "requestBody": {"content": {"application/octet-stream": {"schema": {"type": "string"}}}}
    },
)
async def put_file(
    request: Request,
    study: str,
    name: str,
    replace: str = "",
    visitor: Visitor = needs(Permission.WORK),
) -> Response:
    """Hand in a file of an instrument, below the folder `raw` of the study, under its name there.
    `replace` is the sha256 of the file whose place it is to take.
    """
    from exvivo.web.intake import take_body
    from exvivo.web.study_intake import StudyIntake

    intake = await run_in_threadpool(StudyIntake.of, site_of(request), study, visitor)
    return await take_body(request, intake, name, replaces=replace)


def _files_below(folder: Path) -> Iterator[str]:
    """The plain files of a study folder by their names, but what is hidden and what exvivo
    writes.
    """
    from exvivo import store

    for root, folders, names in os.walk(folder):
        at, top = Path(root), Path(root) == folder
        folders[:] = [f for f in folders if f[0] != "." and not (top and f == store.RESULTS)]
        for name in names:
            path = at / name
            own = top and name.startswith(store.DATABASE)
            if name[0] != "." and not own and path.is_file() and not path.is_symlink():
                yield path.relative_to(folder).as_posix()
