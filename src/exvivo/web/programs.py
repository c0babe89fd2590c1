"""Whether a person or a program asks."""

from __future__ import annotations

from fastapi import Request


def is_for_program(request: Request) -> bool:
    """Whether a program asks: below /api, or it accepts JSON and no page."""
    accepts = request.headers.get("accept", "")
    of_api = request.url.path.startswith("/api/")
    return of_api or ("application/json" in accepts and "text/html" not in accepts)
