"""What somebody has here: passkeys, and the browsers in which they are signed in."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from exvivo.web.access import passkeys
from exvivo.web.access.passkeys import Refused
from exvivo.web.access.sessions import sessions_of, sign_out
from exvivo.web.access.users import existing
from exvivo.web.pages.sign_in import (
    begun,
    ended,
    keep_passkey,
    keeper_of,
    place_of,
    small_json,
    with_passkeys,
)
from exvivo.web.render import page
from exvivo.web.visitor import Visitor, needs

router = APIRouter(include_in_schema=False, prefix="/account")


@router.get("")
def account(request: Request, visitor: Visitor = needs(None)) -> Response:
    """The page of one's own account."""
    keeper = keeper_of(request)
    with keeper.database.reading() as transaction:
        context: dict[str, Any] = {
            "user": existing(transaction, visitor.user),
            "keys": passkeys.passkeys_of(transaction, visitor.user),
            "sessions": sessions_of(transaction, visitor.user),
        }
    return page(
        request,
        "account.html",
        visitor=visitor,
        session=keeper.session(request),
        passkeys=keeper.settings.passkeys,
        **context,
    )


@router.post("/passkeys/begin")
def begin(request: Request, visitor: Visitor = needs(None)) -> Response:
    """What the browser is to make another passkey with."""
    keeper = with_passkeys(request)
    with keeper.database.reading() as transaction:
        had = passkeys.passkeys_of(transaction, visitor.user)
    options = passkeys.options_to_make(place_of(keeper), visitor.user, visitor.name, had)
    return begun(keeper, "add", options, {"user": visitor.user})


@router.post("/passkeys")
def add(
    request: Request,
    sent: dict[str, Any] = Depends(small_json),
    visitor: Visitor = needs(None),
) -> Response:
    """Keep another passkey."""
    keeper = with_passkeys(request)
    states = ended(request, keeper, "add")
    if states["user"] != visitor.user:
        raise Refused
    with keeper.database.writing() as transaction:
        keep_passkey(transaction, keeper, visitor.user, sent, states["challenge"])
    return JSONResponse({"to": "/account"})


@router.post("/passkeys/{passkey}/remove")
def remove(request: Request, passkey: str, visitor: Visitor = needs(None)) -> Response:
    """Take a passkey away."""
    with keeper_of(request).database.writing() as transaction:
        passkeys.drop_passkey(transaction, visitor.user, passkey)
    return RedirectResponse("/account", status_code=303)


@router.post("/sign-out-everywhere")
def sign_out_everywhere(request: Request, visitor: Visitor = needs(None)) -> Response:
    """End every session of one's own, on a lost device as well."""
    keeper = keeper_of(request)
    with keeper.database.writing() as transaction:
        sign_out(transaction, visitor.user)
    answer = RedirectResponse("/sign-in", status_code=303)
    keeper.let_out(answer)
    return answer
