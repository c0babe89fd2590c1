"""What is answered where something is wrong: mistakes with their cures, a study that is not there,
a full disk, a fault of ours. As a page for people, a part of one for htmx, JSON for programs.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Match

from exvivo.errors import Mistake, UserMistake, condensed
from exvivo.web.access.invitations import NoInvitation
from exvivo.web.access.passkeys import Refused
from exvivo.web.access.seen import without_people
from exvivo.web.database import Away
from exvivo.web.edits import Conflict
from exvivo.web.merging import merge_page
from exvivo.web.programs import is_for_program
from exvivo.web.render import page
from exvivo.web.shelf import NoStudy
from exvivo.web.site import site_of
from exvivo.web.visitor import NotAllowed, NotBlinded, NotSignedIn, Permission

_LOG = logging.getLogger("exvivo.web")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_CURES = {
    errno.ENOSPC: "free some space on the disk of the studies, then do it again",
    errno.EDQUOT: "free some of the space that the door may use (its quota), then do it again",
    errno.EFBIG: "raise the limit on the size of files of the door, then do it again",
    errno.EACCES: "give the door the right to read and write in the folder of the study",
    errno.EROFS: "put the studies on a disk that may be written",
}
_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
_RIGHTS = "check the rights of the folder and the space on the disk"
_WORDS = {
    404: "There is nothing at this address.",
    405: "This address does not take that kind of request.",
    413: "That is too large.",
    422: "Something in this form is not as it should be.",
}


def mistakes_page(
    request: Request, mistakes: tuple[Mistake, ...], *, status: int = 422
) -> Response:
    """Everything to fix, each with its cure."""
    if is_for_program(request):
        return JSONResponse({"mistakes": [asdict(each) for each in mistakes]}, status)
    return page(request, _frame(request), status=status, mistakes=condensed(mistakes), text="")


def text_page(request: Request, text: str, *, status: int) -> Response:
    """One sentence."""
    if is_for_program(request):
        return JSONResponse({"error": text}, status)
    return page(request, _frame(request), status=status, mistakes=[], text=text)


def _frame(request: Request) -> str:
    """A part where htmx asks for a part of a page, else a page."""
    return "_refusal.html" if request.headers.get("hx-request") == "true" else "refusal.html"


async def _mistakes(request: Request, error: Any) -> Response:
    return mistakes_page(request, await run_in_threadpool(_seen, request, error.mistakes))


def _seen(request: Request, mistakes: tuple[Mistake, ...]) -> tuple[Mistake, ...]:
    """The mistakes as the visitor may see them: none of a person without the permission."""
    from exvivo.plan.blinding import seen_mistakes

    site, study = site_of(request), request.path_params.get("study", "")
    if study:
        mistakes = seen_mistakes(site.shelf.root / study, mistakes)
    visitor = site.keeper.visitor(request) if study else None
    if not study or (visitor is not None and visitor.may(Permission.IDENTIFY, study)):
        return mistakes
    return without_people(mistakes, site.shelf.root / study)


async def _conflict(request: Request, error: Any) -> Response:
    """Side by side, on the page that the form came from."""
    study = request.path_params.get("study", "")
    visitor = site_of(request).keeper.visitor(request)
    if not study or visitor is None:
        return text_page(request, "It was changed meanwhile. Nothing was written.", status=412)
    return merge_page(request, study, visitor, error, _came_from(request))


def _came_from(request: Request) -> str:
    """The page that a form was on: a path of this door only."""
    return urlsplit(request.headers.get("referer", "")).path or request.url.path


async def _away(request: Request, error: Any) -> Response:
    """The database of the door is away: it may be back in a moment."""
    answer = mistakes_page(request, error.mistakes, status=503)
    answer.headers["Retry-After"] = "5"
    return answer


async def _no_study(request: Request, error: Any) -> Response:
    text = "There is no such study here, or it is not shared with you."
    return text_page(request, text, status=404)


async def _not_allowed(request: Request, error: Any) -> Response:
    text = f"Your role here does not let you {error.permission.value}. Ask the steward for it."
    return text_page(request, text, status=403)


async def _under_codes(request: Request, error: Any) -> Response:
    text = (
        "This study is blinded, and this page would name its groups or donors. Lift the blinding "
        "first (Runs and report), or change the files without this door."
    )
    return text_page(request, text, status=403)


async def _not_signed_in(request: Request, error: Any) -> Response:
    """To the entrance and back, where a person looked at a page."""
    if is_for_program(request):
        return JSONResponse({"error": "not signed in"}, 401)
    entrance = site_of(request).keeper.entrance
    to = quote(request.url.path, safe="/") if request.method == "GET" else "/"
    return RedirectResponse(f"{entrance}?to={quote(to, safe='')}", status_code=303)


async def _refused(request: Request, error: Any) -> Response:
    text = "The sign-in could not be confirmed. Nothing was changed. Try it again."
    return text_page(request, text, status=403)


async def _no_invitation(request: Request, error: Any) -> Response:
    text = "This invitation was used, taken back, or is older than seven days. Ask for a new one."
    return text_page(request, text, status=404)


async def _system(request: Request, error: Any) -> Response:
    """What the operating system refused, with its cure; a full disk as 507."""
    code = error.errno or 0
    finding, cure = error.strerror or str(error), _CURES.get(code, _RIGHTS)
    place = str(error.filename or "the folder of the study")
    mistake = Mistake(place, finding, "a file that can be read or written", cure)
    return mistakes_page(request, (mistake,), status=507 if code in _FULL else 500)


async def _http(request: Request, error: Any) -> Response:
    status, detail = error.status_code, str(error.detail)
    is_ours = detail != HTTPStatus(status).phrase
    text = detail if is_ours else _WORDS.get(status, detail)
    answer = text_page(request, text, status=status)
    answer.headers.update(error.headers or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = ", ".join(_methods_of(request))
    return answer


def _methods_of(request: Request) -> list[str]:
    """What can be asked of an address, by all routes that have it."""
    scopes = {method: {**request.scope, "method": method} for method in _METHODS}
    return [
        method
        for method, scope in scopes.items()
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)
    ]


async def _form(request: Request, error: Any) -> Response:
    """Fields of a form, or of JSON, that are not as they should be."""
    mistakes = tuple(
        Mistake(
            ".".join(str(part) for part in each["loc"]) or "the request",
            str(each.get("input", ""))[:80] or "nothing",
            str(each["msg"]),
            "correct the field, then send it again",
        )
        for each in error.errors()
    )
    return mistakes_page(request, mistakes)


async def _fault(request: Request, error: Exception) -> Response:
    """A fault of ours: told as one, and logged with all there is."""
    _LOG.error("fault at %s", request.url.path, exc_info=error)
    text = "This is a fault of exvivo, not of your files. Nothing was changed. Please report it."
    return text_page(request, text, status=500)


Handler = Callable[[Request, Any], Awaitable[Response]]
HANDLERS: dict[type[Exception] | int, Handler] = {
    Away: _away,
    Conflict: _conflict,
    UserMistake: _mistakes,
    NoStudy: _no_study,
    NotAllowed: _not_allowed,
    NotBlinded: _under_codes,
    NotSignedIn: _not_signed_in,
    Refused: _refused,
    NoInvitation: _no_invitation,
    OSError: _system,
    HTTPException: _http,
    RequestValidationError: _form,
    Exception: _fault,
}
