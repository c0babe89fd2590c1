"""Invitations: a link of one use by which somebody gets an account with roles, or a new passkey for
the account that they have.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from exvivo.errors import ExvivoError
from exvivo.web.access.audit import note
from exvivo.web.access.times import now
from exvivo.web.access.tokens import hashed, new_token
from exvivo.web.access.users import (
    User,
    add_user,
    checked_name,
    existing,
    give_role,
    refuse_taken,
)
from exvivo.web.database import Row, Transaction
from exvivo.web.visitor import Role

DAYS = 7


class NoInvitation(ExvivoError):
    """A link that is not one of ours, was used, was taken back, or is too old."""


@dataclass(frozen=True)
class Invitation:
    """A link that waits: for whom, with what roles by study, and until when. `user_id` is the
    account it is for, where that exists. `hash` names it.
    """

    hash: str
    name: str
    user_id: str | None
    grants: Mapping[str, Role]
    made_by: str
    created: str
    expires: str


def invite(
    transaction: Transaction, name: str, grants: Mapping[str, Role], by: str, user_id: str = ""
) -> str:
    """Make an invitation; gives the secret of its link. Raises `UserMistake` where a new account
    would have the name of another.
    """
    for_name = existing(transaction, user_id).name if user_id else checked_name(name)
    if not user_id:
        refuse_taken(transaction, for_name)
    token = new_token()
    named = {study: role.value for study, role in grants.items()}
    transaction.run(
        "INSERT INTO invitations (hash, name, user_id, grants, made_by, created, expires) "
        "VALUES (:hash, :name, :user_id, :grants, :made_by, :created, :expires)",
        hash=hashed(token),
        name=for_name,
        user_id=user_id or None,
        grants=json.dumps(named, sort_keys=True),
        made_by=by,
        created=now(transaction),
        expires=now(transaction, days=DAYS),
    )
    states = {"by": by, "invitation": hashed(token)[:12], "roles": named}
    note(transaction, "invite", {**states, "user": user_id or None})
    return token


def invitation(transaction: Transaction, token: str) -> Invitation:
    """The invitation of a link. Raises `NoInvitation`."""
    row = transaction.row(
        "SELECT * FROM invitations WHERE hash = :hash AND used IS NULL AND expires > :now",
        hash=hashed(token),
        now=now(transaction),
    )
    if row is None:
        raise NoInvitation
    return _of_row(row)


def open_invitations(transaction: Transaction) -> list[Invitation]:
    """Those that wait, the last first."""
    rows = transaction.rows(
        "SELECT * FROM invitations WHERE used IS NULL AND expires > :now "
        "ORDER BY created DESC, hash",
        now=now(transaction),
    )
    return [_of_row(row) for row in rows]


def _of_row(row: Row) -> Invitation:
    grants = {study: Role(role) for study, role in json.loads(str(row["grants"])).items()}
    user_id = None if row["user_id"] is None else str(row["user_id"])
    texts = {name: str(row[name]) for name in ("hash", "name", "made_by", "created", "expires")}
    return Invitation(user_id=user_id, grants=grants, **texts)


def accept(transaction: Transaction, token: str) -> User:
    """Use an invitation up: the account it makes, or the one it is for, with its roles. Raises
    `NoInvitation`, and `UserMistake` where the name was given to somebody else since.
    """
    used = invitation(transaction, token)
    transaction.run(
        "UPDATE invitations SET used = :used WHERE hash = :hash",
        used=now(transaction),
        hash=used.hash,
    )
    if used.user_id is None:
        user = add_user(transaction, used.name)
    else:
        user = existing(transaction, used.user_id)
    note(transaction, "join", {"user": user.id, "invitation": used.hash[:12]})
    for study, role in used.grants.items():
        give_role(transaction, user.id, study, role, used.made_by)
    return user


def take_back(transaction: Transaction, invitation_hash: str, by: str) -> None:
    """Make a link worth nothing."""
    taken = transaction.run(
        "DELETE FROM invitations WHERE hash = :hash AND used IS NULL", hash=invitation_hash
    )
    if taken:
        states = {"by": by, "invitation": invitation_hash[:12], "taken_back": True}
        note(transaction, "invite", states)
