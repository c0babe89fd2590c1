"""The local door: whoever started it gets an address with a token, which opens it once and leaves
a cookie. Other programs and users of the same computer have neither.
"""

from __future__ import annotations

import getpass
import hashlib
import secrets
import threading
from dataclasses import dataclass, field

from fastapi import Request

from exvivo.web.visitor import EVERYTHING, Visitor


@dataclass
class LocalKeeper:
    """Knows the one person of a local door by the cookie that the token was given for. Cookies are
    shared by all ports of a computer, so each door has a `cookie` name of its own.
    """

    token: str
    cookie: str = "exvivo"
    entrance: str = "/enter"
    _cookies: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def cookie_for(self, token: str) -> str | None:
        """A new cookie for the token, which then opens nothing any more; None for any other."""
        with self._lock:
            if not self.token or not secrets.compare_digest(token.encode(), self.token.encode()):
                return None
            self.token = ""
            cookie = secrets.token_urlsafe(32)
            self._cookies.add(_hash(cookie))
            return cookie

    def visitor(self, request: Request) -> Visitor | None:
        """The person who opened the door; None without their cookie."""
        cookie = request.cookies.get(self.cookie, "")
        if not cookie or _hash(cookie) not in self._cookies:
            return None
        return Visitor(user="", name=_name(), everywhere=EVERYTHING)

    def made(self, visitor: Visitor, study: str) -> None:
        """Nothing to note: all studies are theirs."""


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()


def _name() -> str:
    """The name of the account on this computer, as decisions are signed with."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
