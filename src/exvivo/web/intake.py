"""Requests that bring files: as the body of a PUT, one file each, or as a form without a script."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import asdict

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from exvivo.bounds import MIB
from exvivo.web.refusals import mistakes_page
from exvivo.web.uploads import Handed, Intake, Taken, TooLarge


async def take_body(request: Request, intake: Intake, name: str, *, replaces: str) -> Response:
    """Take the body of a request as a file, and say as JSON what was taken, or why not: 413 where
    it is too large, 409 with the hash of the file that has its name.
    """
    try:
        handed = await intake.take(
            request.stream(), name, declared=declared(request), replaces=replaces
        )
    except ClientDisconnect:
        return Response(status_code=400)
    except TooLarge as error:
        return mistakes_page(request, error.mistakes, status=413)
    except Taken as error:
        return taken(error)
    return JSONResponse(asdict(handed), status_code=200 if handed.before else 201)


def taken(error: Taken) -> Response:
    """Another file has the name: its hash is what a request to replace it states."""
    about = {"name": error.name, "sha256": error.sha256}
    return JSONResponse(
        {**about, "mistakes": [asdict(each) for each in error.mistakes]}, status_code=409
    )


async def take_form(request: Request, intake: Intake) -> list[Handed]:
    """Take the files of a form, in its fields `files`. Raises as `Intake.take` does, at the first
    file that cannot be taken; those before it stay.
    """
    handed: list[Handed] = []
    async with request.form(max_files=1000) as form:
        for part in form.getlist("files"):
            if isinstance(part, UploadFile) and part.filename:
                handed.append(await intake.take(_chunks(part), part.filename))
    return handed


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(MIB):
        yield chunk


def declared(request: Request) -> int:
    """The bytes that a request says it has; 0 where it does not say."""
    with suppress(ValueError):
        return max(int(request.headers.get("content-length", "0")), 0)
    return 0
