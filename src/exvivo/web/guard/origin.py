"""Which requests are answered at all: those for a host that is ours, and, where something is to
change, those that our own pages send.

A page of another site cannot read what is here, but it could send forms; a name that is made to
point to 127.0.0.1 (DNS rebinding) could read as well. The first are told by the headers
Sec-Fetch-Site and Origin, the second by Host.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS = frozenset({"same-origin", "none"})


@dataclass
class SameOrigin:
    """Refuses other hosts, and changes that other sites ask for. `hosts` are the values of Host
    that are answered, with their port; `origins` where our pages come from.
    """

    app: ASGIApp
    hosts: tuple[str, ...]
    origins: tuple[str, ...]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope["method"], Headers(scope=scope))
        answer = self.app if refusal is None else refusal
        await answer(scope, receive, send)

    def _refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        """Why a request is not answered; None where it is."""
        if headers.get("host", "") not in self.hosts:
            return PlainTextResponse("This address is not one of this door.", status_code=421)
        if method in _SAFE or self._is_ours(headers):
            return None
        return PlainTextResponse("Sent by a page of another site.", status_code=403)

    def _is_ours(self, headers: Headers) -> bool:
        """Whether our own page, or a program that is no browser, sent it."""
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None:
            return site in _OURS and origin in (None, *self.origins)
        return origin is None or origin in self.origins
