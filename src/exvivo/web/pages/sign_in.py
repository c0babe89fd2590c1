"""The entrance of a server: sign in with a passkey, at a provider or by the proxy; use an
invitation; sign out.
"""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from exvivo.web.access import ceremonies, passkeys
from exvivo.web.access.audit import note
from exvivo.web.access.invitations import Invitation, accept, invitation
from exvivo.web.access.keeper import ServerKeeper
from exvivo.web.access.oidc import Provided
from exvivo.web.access.passkeys import Refused
from exvivo.web.access.proxy import named_by_proxy
from exvivo.web.access.sessions import Way, sign_in, sign_out
from exvivo.web.access.tokens import new_id
from exvivo.web.access.users import User, know_as, user_known_as
from exvivo.web.database import Transaction
from exvivo.web.pages.enter import is_here
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import Visitor, needs, open_to_all

router = APIRouter(include_in_schema=False)
_LARGEST = 64 * 1024
"""Bytes that a browser sends about a passkey at most."""


def keeper_of(request: Request) -> ServerKeeper:
    """Who knows the visitors of a server; a local door has none of these pages."""
    keeper = site_of(request).keeper
    if not isinstance(keeper, ServerKeeper):
        raise HTTPException(404)
    return keeper


async def small_json(request: Request) -> dict[str, Any]:
    """The JSON object that a request brings, read only as far as one of ours can be long."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            raise HTTPException(413)
    try:
        sent = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict):
        raise HTTPException(422)
    return sent


@router.get("/sign-in", dependencies=[open_to_all()])
def sign_in_page(request: Request, to: str = "/") -> Response:
    """The ways to sign in. A browser that comes from another site has kept its cookie back: it is
    sent on once, from here.
    """
    keeper, to = keeper_of(request), to if is_here(to) else "/"
    if request.headers.get("sec-fetch-site") == "cross-site":
        return page(request, "continue.html", to=to)
    if keeper.visitor(request) is not None:
        return RedirectResponse(to, status_code=303)
    return page(request, "sign_in.html", to=to, **_ways(request, keeper))


def _ways(request: Request, keeper: ServerKeeper) -> dict[str, Any]:
    settings = keeper.settings
    return {
        "passkeys": settings.passkeys,
        "provider": settings.provider,
        "by_proxy": settings.proxy is not None,
        "named": named_by_proxy(request, settings.proxy),
    }


@router.post("/sign-in/passkey/begin", dependencies=[open_to_all()])
def begin_passkey(request: Request) -> Response:
    """What the browser is to sign with a passkey."""
    keeper = with_passkeys(request)
    options = passkeys.options_to_sign_in(place_of(keeper))
    return begun(keeper, "use", options, {})


@router.post("/sign-in/passkey", dependencies=[open_to_all()])
def end_passkey(request: Request, sent: dict[str, Any] = Depends(small_json)) -> Response:
    """Let somebody in whose passkey signed it."""
    keeper = with_passkeys(request)
    states = ended(request, keeper, "use")
    try:
        with keeper.database.writing() as transaction:
            user = passkeys.user_of_passkey(
                transaction, place_of(keeper), _answer(sent), states["challenge"]
            )
            cookie = _session(transaction, keeper, user, "passkey")
    except Refused as refused:
        _note_refused(keeper, refused.user, "passkey")
        raise
    to = str(sent.get("to", "/"))
    answer = JSONResponse({"to": to if is_here(to) else "/"})
    keeper.let_in(answer, cookie)
    return answer


@router.get("/sign-in/provider", dependencies=[open_to_all()])
def to_provider(request: Request, to: str = "/") -> Response:
    """Send the browser to the provider."""
    return _to_provider(request, {"to": to if is_here(to) else "/", "invitation": ""})


@router.get("/sign-in/return", dependencies=[open_to_all()])
def from_provider(request: Request) -> Response:
    """Let somebody in who comes back from the provider: an account that is known, or one that an
    invitation makes.
    """
    keeper = keeper_of(request)
    states = ended(request, keeper, "provider")
    subject = _provided(request).subject(request.query_params, states)
    with keeper.database.writing() as transaction:
        user = _known(transaction, "oidc", subject, states["invitation"])
        cookie = _session(transaction, keeper, user, "oidc") if user else ""
    if user is None:
        ways = _ways(request, keeper)
        return page(request, "sign_in.html", status=403, to="/", unknown=True, **ways)
    answer = page(request, "continue.html", to=states["to"])
    keeper.let_in(answer, cookie)
    return answer


@router.get("/invitation/{token}", dependencies=[open_to_all()])
def invitation_page(request: Request, token: str) -> Response:
    """What an invitation is for, and the ways to use it. Looking at it uses nothing up."""
    keeper = keeper_of(request)
    invited, ways = _invited(keeper, token), _ways(request, keeper)
    roles = [(study, role.value) for study, role in invited.grants.items()]
    return page(request, "invitation.html", invited=invited, token=token, roles=roles, **ways)


@router.post("/invitation/{token}/passkey/begin", dependencies=[open_to_all()])
def begin_joining(request: Request, token: str) -> Response:
    """What the browser is to make a passkey with."""
    keeper = with_passkeys(request)
    invited = _invited(keeper, token)
    with keeper.database.reading() as transaction:
        had = passkeys.passkeys_of(transaction, invited.user_id or "")
    handle = invited.user_id or new_id()
    options = passkeys.options_to_make(place_of(keeper), handle, invited.name, had)
    return begun(keeper, "join", options, {"invitation": token})


@router.post("/invitation/{token}/passkey", dependencies=[open_to_all()])
def end_joining(
    request: Request, token: str, sent: dict[str, Any] = Depends(small_json)
) -> Response:
    """Use an invitation up with a new passkey."""
    keeper = with_passkeys(request)
    states = ended(request, keeper, "join")
    if states["invitation"] != token:
        raise Refused
    with keeper.database.writing() as transaction:
        user = accept(transaction, token)
        keep_passkey(transaction, keeper, user.id, sent, states["challenge"])
        cookie = _session(transaction, keeper, user, "passkey")
    answer = JSONResponse({"to": "/"})
    keeper.let_in(answer, cookie)
    return answer


@router.get("/invitation/{token}/provider", dependencies=[open_to_all()])
def join_at_provider(request: Request, token: str) -> Response:
    """Send the browser to the provider, with the invitation to be used on return."""
    _invited(keeper_of(request), token)
    return _to_provider(request, {"to": "/", "invitation": token})


@router.post("/invitation/{token}/proxy", dependencies=[open_to_all()])
def join_by_proxy(request: Request, token: str) -> Response:
    """Use an invitation up as the person whom the proxy names."""
    keeper = keeper_of(request)
    named = named_by_proxy(request, keeper.settings.proxy)
    if not named:
        raise Refused
    with keeper.database.writing() as transaction:
        _known(transaction, "proxy", named, token)
    return RedirectResponse("/", status_code=303)


@router.post("/sign-out")
def sign_out_here(request: Request, visitor: Visitor = needs(None)) -> Response:
    """End the session of this browser."""
    keeper = keeper_of(request)
    with keeper.database.writing() as transaction:
        sign_out(transaction, visitor.user, keeper.session(request))
    answer = RedirectResponse("/sign-in", status_code=303)
    keeper.let_out(answer)
    return answer


def place_of(keeper: ServerKeeper) -> passkeys.Site:
    """The address that passkeys are made for."""
    return passkeys.Site(keeper.settings.origin)


def with_passkeys(request: Request) -> ServerKeeper:
    """Who knows the visitors, where they sign in with passkeys."""
    keeper = keeper_of(request)
    if not keeper.settings.passkeys:
        raise HTTPException(404)
    return keeper


def begun(
    keeper: ServerKeeper, purpose: str, options: dict[str, Any], states: dict[str, Any]
) -> Response:
    """The options of a passkey, with the secret that ends what begins here."""
    with keeper.database.writing() as transaction:
        secret = ceremonies.begin(
            transaction, purpose, {"challenge": options["challenge"], **states}
        )
    answer = JSONResponse(options)
    keeper.hold(answer, secret)
    return answer


def ended(request: Request, keeper: ServerKeeper, purpose: str) -> dict[str, Any]:
    """What a sign-in of this browser was begun with: once, whatever comes of it. Raises
    `Refused`.
    """
    with keeper.database.writing() as transaction:
        secret = request.cookies.get(keeper.ceremony_cookie, "")
        states = ceremonies.end(transaction, secret, purpose)
    if states is None:
        raise Refused
    return states


def _answer(sent: dict[str, Any]) -> dict[str, Any]:
    """What the browser made of the options."""
    answer = sent.get("credential")
    if not isinstance(answer, dict):
        raise Refused
    return answer


def keep_passkey(
    transaction: Transaction,
    keeper: ServerKeeper,
    user_id: str,
    sent: dict[str, Any],
    challenge: str,
) -> None:
    """Keep the passkey that a browser made for a challenge. Raises `Refused`."""
    label = str(sent.get("label", ""))
    passkeys.add_passkey(
        transaction, place_of(keeper), user_id, _answer(sent), challenge=challenge, label=label
    )


def _session(transaction: Transaction, keeper: ServerKeeper, user: User, way: Way) -> str:
    return sign_in(transaction, user.id, way, keeper.settings.session_hours)


def _note_refused(keeper: ServerKeeper, user_id: str, way: Way) -> None:
    """Put a refused sign-in into an account on record; what names no account fills no disk."""
    if user_id:
        with keeper.database.writing() as transaction:
            note(transaction, "refused", {"user": user_id, "way": way})


def _invited(keeper: ServerKeeper, token: str) -> Invitation:
    with keeper.database.reading() as transaction:
        return invitation(transaction, token)


def _provided(request: Request) -> Provided:
    """The provider of a server; it is asked for its addresses once."""
    provider, state = keeper_of(request).settings.provider, request.app.state
    if provider is None:
        raise HTTPException(404)
    known = getattr(state, "provided", None)
    if not isinstance(known, Provided) or known.provider != provider:
        known = state.provided = Provided(provider, keeper_of(request).settings.origin)
    return known


def _to_provider(request: Request, states: dict[str, str]) -> Response:
    keeper, begun = keeper_of(request), _provided(request).begin()
    with keeper.database.writing() as transaction:
        secret = ceremonies.begin(transaction, "provider", {**begun.states, **states})
    answer = RedirectResponse(begun.address, status_code=303)
    keeper.hold(answer, secret)
    return answer


def _known(transaction: Transaction, way: Way, subject: str, token: str) -> User | None:
    """Whom a provider or a proxy names; with an invitation they join. None where nobody here is
    known so. Raises `NoInvitation`, and `UserMistake` where another account is.
    """
    if not token:
        return user_known_as(transaction, way, subject)
    user = accept(transaction, token)
    know_as(transaction, user.id, way, subject)
    return user
