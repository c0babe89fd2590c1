"""A text that somebody wrote, held against the answers of the last run. The text is read, shown
with what was found, and not kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from exvivo.errors import Mistake, StoreError, StudyError
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.standing import standing_of
from exvivo.web.visitor import Permission, Visitor, needs

if TYPE_CHECKING:
    from exvivo.claimed import Claimed

router = APIRouter(include_in_schema=False)
LARGEST = 200_000
"""Bytes of a text that is checked here: some 30,000 words."""
_LARGEST_FORM = 3 * LARGEST
"""Bytes of a form that is read at all: a text, a file, and what stands around them."""
_ONE_AT_A_TIME = BoundedSemaphore()
_PATIENCE = 30.0
"""Seconds that a text waits for the one before it."""
_RUN = "start a run on the page Runs and report"
_PASTED = "the pasted text"


@dataclass(frozen=True)
class Handed:
    """What came with the form: the pasted text, or the name and the bytes of a file."""

    pasted: str = ""
    name: str = ""
    content: bytes = b""
    too_large: bool = False

    @property
    def is_file(self) -> bool:
        """Whether a file was chosen."""
        return bool(self.name)


async def _sent(request: Request) -> Handed:
    """The form of a request; one that is too large is let go by unread."""
    size = request.headers.get("content-length", "")
    if not size.isascii() or not size.isdigit() or int(size) > _LARGEST_FORM:
        async for _ in request.stream():
            pass
        return Handed(too_large=True)
    async with request.form(max_files=1, max_fields=4, max_part_size=_LARGEST_FORM) as form:
        return await _handed(form)


async def _handed(form: FormData) -> Handed:
    text, file = form.get("text", ""), form.get("file")
    pasted = text.replace("\r\n", "\n") if isinstance(text, str) else ""
    if not isinstance(file, UploadFile) or not file.filename:
        return Handed(pasted)
    name = PurePath(file.filename.replace("\\", "/")).name[-100:]
    return Handed(pasted, name, await file.read(LARGEST + 1))


Sent = Annotated[Handed, Depends(_sent)]


@router.get("/s/{study}/claims")
def claims(request: Request, study: str, visitor: Visitor = needs(Permission.READ)) -> Response:
    """The form."""
    return _page(request, study, visitor, Handed())


@router.post("/s/{study}/claims")
def check(
    request: Request, study: str, sent: Sent, visitor: Visitor = needs(Permission.READ)
) -> Response:
    """What the check found, below the form; or at its field why the text cannot be checked."""
    try:
        claimed = _checked(sent, site_of(request).shelf.folder(study))
    except StoreError as error:
        mistakes = tuple(replace(each, where=study, cure=_RUN) for each in error.mistakes)
        return _page(request, study, visitor, sent, mistakes=mistakes)
    except StudyError as error:
        return _page(request, study, visitor, sent, mistakes=error.mistakes)
    return _page(request, study, visitor, sent, claimed=claimed)


def _checked(sent: Handed, folder: Path) -> Claimed:
    """The text checked, one at a time: a check takes all of a processor. Raises `StudyError` or
    `StoreError` with why it cannot be.
    """
    from exvivo.claimed import check_bytes, check_text

    _refuse(sent)
    if not _ONE_AT_A_TIME.acquire(timeout=_PATIENCE):
        raise StudyError(_busy())
    try:
        if sent.is_file:
            return check_bytes(sent.content, folder, name=sent.name)
        return check_text(sent.pasted, folder, name=_PASTED)
    finally:
        _ONE_AT_A_TIME.release()


def _refuse(sent: Handed) -> None:
    """Raise `StudyError` for a form without one text, or with one that is too large."""
    size = len(sent.content) if sent.is_file else len(sent.pasted.encode("utf-8", "replace"))
    if sent.too_large or size > LARGEST:
        expected = "an abstract, a press release or a page"
        cure = "check its parts one by one, or use `exvivo claims`, which takes 1 MB"
        finding = f"more than {LARGEST // 1000} kB"
        raise StudyError(Mistake(sent.name or _PASTED, finding, expected, cure))
    if sent.is_file and sent.pasted.strip():
        cure = "empty the field, or choose no file"
        raise StudyError(Mistake("the form", "a text and a file", "one of them", cure))


def _busy() -> Mistake:
    finding = "other texts are being checked"
    return Mistake("the check", finding, "one text at a time", "try it again in a minute")


def _page(
    request: Request,
    study: str,
    visitor: Visitor,
    sent: Handed,
    *,
    claimed: Claimed | None = None,
    mistakes: tuple[Mistake, ...] = (),
) -> Response:
    return page(
        request,
        "claims.html",
        status=413 if sent.too_large else 422 if mistakes else 200,
        headers={"Cache-Control": "no-store"},
        visitor=visitor,
        study=study,
        has_run=standing_of(site_of(request).shelf.folder(study)).has_report,
        sent=sent,
        mistakes=mistakes,
        claimed=claimed,
        found=_found(claimed) if claimed else "",
        kilobytes=LARGEST // 1000,
    )


def _found(claimed: Claimed) -> str:
    """What was found, as the page of the command shows it: its template escapes what people
    wrote.
    """
    from markupsafe import Markup

    from exvivo.tell.claims import claims_found

    return Markup(claims_found(claimed.shown))
