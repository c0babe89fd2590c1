"""Passkeys (WebAuthn): the browser proves with a key of its own who is there; the door keeps the
public half. Made and read for the one address of the server, so no other site can ask for them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from exvivo.errors import ExvivoError, Mistake, UserMistake
from exvivo.visible import one_line
from exvivo.web.access.audit import note
from exvivo.web.access.times import now
from exvivo.web.access.users import User, existing
from exvivo.web.database import Taken, Transaction

LONGEST_LABEL = 60
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)
"""What the parser of an answer raises for one that no browser sends."""


class Refused(ExvivoError):
    """A sign-in that did not prove who is there; `user` is the account that was asked for, where
    there is one.
    """

    def __init__(self, user: str = "") -> None:
        super().__init__("the sign-in proves nothing")
        self.user = user


@dataclass(frozen=True)
class Passkey:
    """A key that opens an account; `label` is what its owner calls it."""

    id: str
    label: str
    created: str
    used: str | None


@dataclass(frozen=True)
class Site:
    """The address for which passkeys are made (https://exvivo.example.org)."""

    origin: str

    @property
    def id(self) -> str:
        """The name of the server in every passkey of it: its host."""
        return urlsplit(self.origin).hostname or ""


def options_to_make(site: Site, user_id: str, name: str, had: list[Passkey]) -> dict[str, Any]:
    """What the browser is to make a passkey with; none of those the account `had`."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    made = generate_registration_options(
        rp_id=site.id,
        rp_name="exvivo",
        user_id=user_id.encode(),
        user_name=name,
        user_display_name=name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.id)) for each in had
        ],
    )
    return dict(json.loads(options_to_json(made)))


def options_to_sign_in(site: Site) -> dict[str, Any]:
    """What the browser is to ask for: any passkey of this server, with its owner verified."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    made = generate_authentication_options(
        rp_id=site.id, user_verification=UserVerificationRequirement.REQUIRED
    )
    return dict(json.loads(options_to_json(made)))


def add_passkey(
    transaction: Transaction,
    site: Site,
    user_id: str,
    answer: Mapping[str, Any],
    *,
    challenge: str,
    label: str,
) -> None:
    """Keep the passkey that a browser made for a challenge. Raises `Refused`."""
    from webauthn import base64url_to_bytes, verify_registration_response
    from webauthn.helpers import bytes_to_base64url
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        made = verify_registration_response(
            credential=dict(answer),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
        transaction.run(
            "INSERT INTO credentials (id, user_id, public_key, sign_count, label, created) "
            "VALUES (:id, :user_id, :public_key, :sign_count, :label, :created)",
            id=bytes_to_base64url(made.credential_id),
            user_id=user_id,
            public_key=bytes_to_base64url(made.credential_public_key),
            sign_count=made.sign_count,
            label=_label(label),
            created=now(transaction),
        )
    except (*_UNREADABLE, WebAuthnException, Taken) as error:
        raise Refused from error
    note(transaction, "passkey", {"user": user_id, "added": True})


def _label(text: str) -> str:
    return one_line(" ".join(text.split()))[:LONGEST_LABEL] or "passkey"


def user_of_passkey(
    transaction: Transaction, site: Site, answer: Mapping[str, Any], challenge: str
) -> User:
    """Whose passkey signed a challenge. Raises `Refused` where it is none of ours, the signature is
    not its own, or its counter did not grow (a copy of it is in use).
    """
    from webauthn import base64url_to_bytes, verify_authentication_response
    from webauthn.helpers.exceptions import WebAuthnException

    row = transaction.row(
        "SELECT * FROM credentials WHERE id = :id", id=str(answer.get("id", ""))[:2000]
    )
    if row is None:
        raise Refused
    try:
        proof = verify_authentication_response(
            credential=dict(answer),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.id,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(str(row["public_key"])),
            credential_current_sign_count=int(str(row["sign_count"])),
            require_user_verification=True,
        )
        user = existing(transaction, str(row["user_id"]))
    except (*_UNREADABLE, WebAuthnException, UserMistake) as error:
        raise Refused(str(row["user_id"])) from error
    transaction.run(
        "UPDATE credentials SET sign_count = :sign_count, used = :used WHERE id = :id",
        sign_count=proof.new_sign_count,
        used=now(transaction),
        id=str(row["id"]),
    )
    return user


def passkeys_of(transaction: Transaction, user_id: str) -> list[Passkey]:
    """The passkeys of somebody, the oldest first."""
    rows = transaction.rows(
        "SELECT id, label, created, used FROM credentials WHERE user_id = :id ORDER BY created, id",
        id=user_id,
    )
    return [
        Passkey(
            str(row["id"]),
            str(row["label"]),
            str(row["created"]),
            None if row["used"] is None else str(row["used"]),
        )
        for row in rows
    ]


def drop_passkey(transaction: Transaction, user_id: str, passkey: str) -> None:
    """Take a passkey away. Raises `UserMistake` for the only way into an account."""
    listed = passkeys_of(transaction, user_id)
    elsewhere = transaction.row("SELECT way FROM identities WHERE user_id = :id", id=user_id)
    if [each.id for each in listed] == [passkey] and elsewhere is None:
        cure = "add another first"
        raise UserMistake(
            Mistake("Passkeys", "the only way into your account", "another one beside it", cure)
        )
    dropped = transaction.run(
        "DELETE FROM credentials WHERE id = :id AND user_id = :user_id", id=passkey, user_id=user_id
    )
    if dropped:
        note(transaction, "passkey", {"user": user_id, "added": False})
