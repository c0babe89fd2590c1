"""How a report is answered: with its tag, packed where the reader takes that."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from exvivo.web.reports import Served

AGAIN = "private, no-cache"
_FOR_EVER = "private, max-age=31536000, immutable"
_KIND = "text/html; charset=utf-8"


def answer(request: Request, served: Served, version: str) -> Response:
    """A page with its tag, packed where the reader takes that; only that it is the same, where they
    have it.
    """
    headers = {
        "ETag": served.tag,
        "Vary": "Accept-Encoding",
        "Content-Security-Policy": served.policy,
        "Cache-Control": _FOR_EVER if version == served.digest[:16] else AGAIN,
    }
    if request.headers.get("if-none-match", "") == served.tag:
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(served.raw, media_type=_KIND, headers=headers)
    packed = {**headers, "Content-Encoding": "gzip"}
    return Response(served.packed, media_type=_KIND, headers=packed)
