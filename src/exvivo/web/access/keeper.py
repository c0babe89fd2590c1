"""Who is at the door of a server: whom a trusted proxy names, or whose session a cookie is."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from exvivo.web.access.audit import note
from exvivo.web.access.proxy import named_by_proxy
from exvivo.web.access.sessions import note_use, signed_in
from exvivo.web.access.tokens import hashed
from exvivo.web.access.users import User, clear_roles, give_role, user_known_as
from exvivo.web.database import Database
from exvivo.web.settings import Settings
from exvivo.web.visitor import Role, Visitor


@dataclass(frozen=True)
class ServerKeeper:
    """Knows the visitors of a server by its database."""

    settings: Settings
    database: Database
    entrance: str = "/sign-in"

    @property
    def cookie(self) -> str:
        """The name of the cookie; `__Host-` binds it to https and to this host alone."""
        return "__Host-exvivo" if self.settings.is_https else "exvivo-server"

    @property
    def ceremony_cookie(self) -> str:
        """The name of the cookie of a sign-in that has begun."""
        return f"{self.cookie}-sign-in"

    def visitor(self, request: Request) -> Visitor | None:
        """Who asks; None where nobody is signed in."""
        user = self.user(request)
        return user.visitor if user else None

    def user(self, request: Request) -> User | None:
        """The account of whoever asks."""
        name = named_by_proxy(request, self.settings.proxy)
        if name:
            with self.database.reading() as transaction:
                return user_known_as(transaction, "proxy", name)
        cookie = request.cookies.get(self.cookie, "")
        return self._by_cookie(cookie) if cookie else None

    def _by_cookie(self, cookie: str) -> User | None:
        with self.database.reading() as transaction:
            session = signed_in(transaction, cookie)
        if session is None:
            return None
        user, is_to_note = session
        if is_to_note:
            with self.database.writing() as transaction:
                note_use(transaction, cookie)
        return user

    def session(self, request: Request) -> str:
        """The hash of the session of a request."""
        return hashed(request.cookies.get(self.cookie, ""))

    def made(self, visitor: Visitor, study: str) -> None:
        """A study was begun by a visitor, who becomes its coordinator; a study of this name that
        was there before leaves no roles.
        """
        with self.database.writing() as transaction:
            note(transaction, "study", {"by": visitor.user, "study": study})
            clear_roles(transaction, study, visitor.user)
            give_role(transaction, visitor.user, study, Role.COORDINATOR, visitor.user)

    def let_in(self, answer: Response, cookie: str) -> None:
        """Put the cookie of a session into an answer."""
        hours = self.settings.session_hours
        self._set(answer, self.cookie, cookie, seconds=int(hours * 3600))

    def hold(self, answer: Response, secret: str) -> None:
        """Put the secret of a sign-in that has begun into an answer. It comes back from a provider
        with the browser (`Lax`), and with no form of another site.
        """
        self._set(answer, self.ceremony_cookie, secret, seconds=900, samesite="lax")

    def let_out(self, answer: Response) -> None:
        """Take the cookie out of the browser."""
        answer.delete_cookie(
            self.cookie, path="/", secure=self.settings.is_https, httponly=True, samesite="strict"
        )

    def _set(
        self, answer: Response, name: str, value: str, *, seconds: int, samesite: str = "strict"
    ) -> None:
        answer.set_cookie(
            name,
            value,
            max_age=seconds,
            path="/",
            secure=self.settings.is_https,
            httponly=True,
            samesite="lax" if samesite == "lax" else "strict",
        )
