"""The server, for its steward: people and their roles, invitations, and who did what."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from exvivo.errors import Mistake, UserMistake
from exvivo.store.chain import Row
from exvivo.web.access import users
from exvivo.web.access.audit import last_rows, walked
from exvivo.web.access.invitations import DAYS, invite, open_invitations, take_back
from exvivo.web.database import Transaction
from exvivo.web.pages.sign_in import keeper_of
from exvivo.web.render import page
from exvivo.web.running import cancel_run
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Role, Visitor, needs

router = APIRouter(include_in_schema=False, prefix="/admin")
_SHOWN = 100


@router.get("")
def people(request: Request, visitor: Visitor = needs(Permission.STEWARD)) -> Response:
    """People, roles and invitations."""
    return _people(request, visitor)


def _people(request: Request, visitor: Visitor, link: str = "", whom: str = "") -> Response:
    """The page of people, with the link of an invitation just made, which is shown once."""
    keeper = keeper_of(request)
    with keeper.database.reading() as transaction:
        everybody, invited = users.users(transaction), open_invitations(transaction)
    return page(
        request,
        "admin.html",
        visitor=visitor,
        people=[each for each in everybody if not each.closed],
        closed=[each for each in everybody if each.closed],
        invited=invited,
        studies=site_of(request).shelf.studies(),
        link=link,
        whom=whom,
        days=DAYS,
    )


@router.post("/invitations")
def make_invitation(
    request: Request,
    name: str = Form(""),
    study: str = Form(""),
    role: str = Form(""),
    visitor: Visitor = needs(Permission.STEWARD),
) -> Response:
    """Invite somebody; the answer shows the link, once."""
    keeper, place = keeper_of(request), _place(request, study, role)
    with keeper.database.writing() as transaction:
        token = invite(transaction, name, {place: users.checked_role(place, role)}, visitor.user)
    return _people(request, visitor, _link(request, token), name)


@router.post("/invitations/{invitation}/remove")
def remove_invitation(
    request: Request, invitation: str, visitor: Visitor = needs(Permission.STEWARD)
) -> Response:
    """Take an invitation back."""
    with keeper_of(request).database.writing() as transaction:
        take_back(transaction, invitation, visitor.user)
    return _back()


@router.post("/people/{user}/invite")
def invite_again(
    request: Request, user: str, visitor: Visitor = needs(Permission.STEWARD)
) -> Response:
    """A link by which somebody who lost their passkey makes another."""
    keeper = keeper_of(request)
    with keeper.database.writing() as transaction:
        name = users.existing(transaction, user).name
        token = invite(transaction, name, {}, visitor.user, user_id=user)
    return _people(request, visitor, _link(request, token), name)


@router.post("/people/{user}/roles")
def set_role(
    request: Request,
    user: str,
    study: str = Form(""),
    role: str = Form(""),
    visitor: Visitor = needs(Permission.STEWARD),
) -> Response:
    """Give somebody a role."""
    place = _place(request, study, role)
    with keeper_of(request).database.writing() as transaction:
        users.existing(transaction, user)
        given = users.checked_role(place, role)
        users.give_role(transaction, user, place, given, visitor.user)
    return _back()


@router.post("/people/{user}/roles/remove")
def remove_role(
    request: Request,
    user: str,
    study: str = Form(""),
    visitor: Visitor = needs(Permission.STEWARD),
) -> Response:
    """Take a role from somebody."""
    with keeper_of(request).database.writing() as transaction:
        users.take_role(transaction, user, study, visitor.user)
    return _back()


@router.post("/people/{user}/close")
def close(request: Request, user: str, visitor: Visitor = needs(Permission.STEWARD)) -> Response:
    """Close an account."""
    with keeper_of(request).database.writing() as transaction:
        users.close_user(transaction, user, visitor.user)
    return _back()


@router.get("/jobs")
def jobs(request: Request, visitor: Visitor = needs(Permission.STEWARD)) -> Response:
    """The runs of all studies."""
    listed = site_of(request).jobs.everywhere(most=_SHOWN)
    return page(request, "admin_jobs.html", visitor=visitor, jobs=listed)


@router.post("/jobs/cancel")
def cancel(
    request: Request,
    study: str = Form(""),
    job: str = Form(""),
    visitor: Visitor = needs(Permission.STEWARD),
) -> Response:
    """End a run, or take one back that waits."""
    cancel_run(site_of(request), study, job, visitor)
    return RedirectResponse("/admin/jobs", status_code=303)


def _place(request: Request, study: str, role: str) -> str:
    """Where a role is to hold: a steward's on the server. Raises `UserMistake` for a study that is
    not there.
    """
    if role == Role.STEWARD.value:
        return users.SERVER
    if study not in site_of(request).shelf.studies():
        expected, cure = "a study of this server", "choose one of the list"
        raise UserMistake(Mistake("Study", repr(study[:80]), expected, cure))
    return study


def _link(request: Request, token: str) -> str:
    return f"{keeper_of(request).settings.origin}/invitation/{token}"


def _back() -> Response:
    return RedirectResponse("/admin", status_code=303)


@dataclass(frozen=True)
class Event:
    """A row of the audit for people: when, who, and what."""

    number: int
    recorded: str
    who: str
    text: str
    hash: str


@router.get("/audit")
def audit(
    request: Request, before: int | None = None, visitor: Visitor = needs(Permission.STEWARD)
) -> Response:
    """Who did what, the last first, and whether the chain stands."""
    with keeper_of(request).database.reading() as transaction:
        rows = last_rows(transaction, _SHOWN + 1, before)
        chain, names = walked(transaction), _names(transaction)
    events = [_event(row, names) for row in rows[:_SHOWN]]
    return page(
        request,
        "audit.html",
        visitor=visitor,
        events=events,
        chain=chain,
        older=events[-1].number if len(rows) > _SHOWN else None,
    )


def _names(transaction: Transaction) -> dict[str, str]:
    return {each.id: each.name for each in users.users(transaction)}


def _event(row: Row, names: dict[str, str]) -> Event:
    facts = row.facts
    who = str(facts.get("by") or facts.get("user") or "")
    text = _WORDS.get(row.kind, _plain)(facts, names)
    return Event(row.number, row.recorded, names.get(who, who), text, row.hash)


def _plain(facts: dict[str, Any], names: dict[str, str]) -> str:
    """What a row states, as it states it."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True)


def _role_words(facts: dict[str, Any], names: dict[str, str]) -> str:
    whom = names.get(str(facts.get("user")), "somebody")
    where = f"in {facts['study']}" if facts.get("study") else "of the server"
    role = facts.get("role")
    return f"gave {whom} the role {role} {where}" if role else f"took the role {where} from {whom}"


def _invite_words(facts: dict[str, Any], names: dict[str, str]) -> str:
    invitation = facts.get("invitation", "")
    verb = "took back" if facts.get("taken_back") else "made"
    return f"{verb} invitation {invitation}"


def _job_words(facts: dict[str, Any], names: dict[str, str]) -> str:
    what = "cancelled a run" if facts.get("state") == "cancelled" else "asked for a run"
    return f"{what} of {facts.get('study')}"


_WORDS: dict[str, Callable[[dict[str, Any], dict[str, str]], str]] = {
    "sign-in": lambda facts, names: f"signed in ({facts.get('way')})",
    "refused": lambda facts, names: f"was refused: the sign-in proved nothing ({facts.get('way')})",
    "sign-out": lambda facts, names: "signed out",
    "invite": _invite_words,
    "join": lambda facts, names: f"used invitation {facts.get('invitation', '')}",
    "role": _role_words,
    "passkey": lambda facts, names: f"{'added' if facts.get('added') else 'removed'} a passkey",
    "account": lambda facts, names: f"closed the account of {names.get(str(facts.get('user')))}",
    "study": lambda facts, names: f"began the study {facts.get('study')}",
    "job": _job_words,
    "restore": lambda facts, names: f"the server was brought back from {facts.get('backup')}",
}
