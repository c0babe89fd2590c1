"""Headers on every response: what a page may load (nothing from elsewhere, no inline script or
style), and that nobody may frame it or guess its kind.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page may load (Content-Security-Policy). A report states its own."""
_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SECURE = {"Strict-Transport-Security": "max-age=31536000"}


@dataclass
class Headers:
    """Adds the headers that a response does not state itself. `is_secure` tells the browser to ask
    for nothing without encryption here (a server behind https).
    """

    app: ASGIApp
    is_secure: bool = False

    def __post_init__(self) -> None:
        named = _HEADERS | (_SECURE if self.is_secure else {})
        self._added = [(k.lower().encode(), value.encode()) for k, value in named.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                stated = list(message.get("headers", ()))
                names = {name.lower() for name, _ in stated}
                added = (each for each in self._added if each[0] not in names)
                message = {**message, "headers": [*stated, *added]}
            await send(message)

        await self.app(scope, receive, with_headers)
