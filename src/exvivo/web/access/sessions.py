"""Who is signed in: a random cookie in the browser, its hash here, until it expires or is ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from exvivo.web.access.audit import note
from exvivo.web.access.times import now
from exvivo.web.access.tokens import hashed, new_token
from exvivo.web.access.users import User, user_of
from exvivo.web.database import Transaction

Way = Literal["passkey", "oidc", "proxy"]
"""How somebody signs in."""
_SEEN_EVERY = timedelta(minutes=10)
"""How often it is noted that a session is in use: a request is not a write."""


@dataclass(frozen=True)
class Session:
    """A browser that is signed in. `hash` names it: that of its cookie."""

    hash: str
    way: str
    created: str
    seen: str
    expires: str


def sign_in(transaction: Transaction, user_id: str, way: Way, hours: float) -> str:
    """Begin a session; gives its cookie."""
    cookie, begun = new_token(), now(transaction)
    transaction.run("DELETE FROM sessions WHERE expires <= :now", now=begun)
    transaction.run(
        "INSERT INTO sessions (hash, user_id, way, created, seen, expires) "
        "VALUES (:hash, :user_id, :way, :begun, :begun, :expires)",
        hash=hashed(cookie),
        user_id=user_id,
        way=way,
        begun=begun,
        expires=now(transaction, hours=hours),
    )
    note(transaction, "sign-in", {"user": user_id, "way": way})
    return cookie


def signed_in(transaction: Transaction, cookie: str) -> tuple[User, bool] | None:
    """Whose cookie this is, and whether it is time to note that it is in use; None where it is
    nobody's, or the session or the account has ended.
    """
    row = transaction.row("SELECT * FROM sessions WHERE hash = :hash", hash=hashed(cookie))
    time = now(transaction)
    if row is None or str(row["expires"]) <= time:
        return None
    user = user_of(transaction, str(row["user_id"]))
    if user is None or user.closed:
        return None
    seen = datetime.fromisoformat(str(row["seen"]))
    return user, datetime.fromisoformat(time) - seen >= _SEEN_EVERY


def note_use(transaction: Transaction, cookie: str) -> None:
    """Note that a session is in use now."""
    transaction.run(
        "UPDATE sessions SET seen = :seen WHERE hash = :hash",
        seen=now(transaction),
        hash=hashed(cookie),
    )


def sign_out(transaction: Transaction, user_id: str, session: str = "") -> None:
    """End a session of somebody by its hash, or all of theirs."""
    where = "AND hash = :session" if session else "AND :session = ''"
    ended = transaction.run(
        f"DELETE FROM sessions WHERE user_id = :user_id {where}", user_id=user_id, session=session
    )
    if ended:
        note(transaction, "sign-out", {"user": user_id, "sessions": ended})


def sessions_of(transaction: Transaction, user_id: str) -> list[Session]:
    """Where somebody is signed in, the last first."""
    rows = transaction.rows(
        "SELECT hash, way, created, seen, expires FROM sessions "
        "WHERE user_id = :user_id AND expires > :now ORDER BY created DESC, hash",
        user_id=user_id,
        now=now(transaction),
    )
    return [Session(**{name: str(value) for name, value in row.items()}) for row in rows]
