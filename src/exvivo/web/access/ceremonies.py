"""A sign-in that has begun and is to end soon, once: the challenge of a passkey, or what goes along
to a provider and comes back. The browser holds a secret in a cookie, the door its hash.
"""

from __future__ import annotations

import json
from typing import Any

from exvivo.web.access.times import now
from exvivo.web.access.tokens import hashed, new_token
from exvivo.web.database import Transaction

MINUTES = 10
MOST = 10_000
"""How many may be open: who begins more pushes the oldest out, and fills no disk."""


def begin(transaction: Transaction, purpose: str, states: dict[str, Any]) -> str:
    """Begin a sign-in; gives the secret that ends it."""
    token = new_token()
    _make_room(transaction)
    transaction.run(
        "INSERT INTO ceremonies (hash, purpose, states, expires) "
        "VALUES (:hash, :purpose, :states, :expires)",
        hash=hashed(token),
        purpose=purpose,
        states=json.dumps(states),
        expires=now(transaction, minutes=MINUTES),
    )
    return token


def end(transaction: Transaction, token: str, purpose: str) -> dict[str, Any] | None:
    """What a sign-in was begun with; None where it was not, is too old, or has ended before. It
    ends whatever comes of it.
    """
    row = transaction.row("SELECT * FROM ceremonies WHERE hash = :hash", hash=hashed(token))
    transaction.run("DELETE FROM ceremonies WHERE hash = :hash", hash=hashed(token))
    if row is None or row["purpose"] != purpose or str(row["expires"]) <= now(transaction):
        return None
    states: dict[str, Any] = json.loads(str(row["states"]))
    return states


def _make_room(transaction: Transaction) -> None:
    transaction.run("DELETE FROM ceremonies WHERE expires <= :now", now=now(transaction))
    row = transaction.row("SELECT count(*) AS number FROM ceremonies")
    if row is not None and int(str(row["number"])) >= MOST:
        transaction.run(
            "DELETE FROM ceremonies WHERE hash IN "
            "(SELECT hash FROM ceremonies ORDER BY expires LIMIT :most)",
            most=MOST // 10,
        )
