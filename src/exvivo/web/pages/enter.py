"""The entrance of a local door: its address holds the token that opens it once."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from exvivo.web.guard.token import LocalKeeper
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import open_to_all

router = APIRouter(include_in_schema=False)


@router.get("/enter", dependencies=[open_to_all()])
def enter(request: Request, token: str = "", to: str = "/") -> Response:
    """Open the door with its token; tell how to get one without."""
    keeper = site_of(request).keeper
    cookie = keeper.cookie_for(token) if isinstance(keeper, LocalKeeper) else None
    if cookie is None or not isinstance(keeper, LocalKeeper):
        return page(request, "enter.html", status=401)
    answer = RedirectResponse(to if is_here(to) else "/", status_code=303)
    answer.set_cookie(keeper.cookie, cookie, httponly=True, samesite="strict", path="/")
    return answer


def is_here(to: str) -> bool:
    """Whether an address is a path of this door, and no other site: browsers leave out tabs and
    line ends, and take a backslash for a slash.
    """
    has_strange = "\\" in to or any(sign <= " " for sign in to)
    return to.startswith("/") and not to.startswith("//") and not has_strange
